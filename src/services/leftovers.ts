import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { DocumentStore } from '../ports/document-store.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { defineCollection, openCollection } from './collection.ts';

/** Longer than any call may take. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

const leftover = v.variant('kind', [
  v.object({ kind: v.literal('upload'), bucketName: v.string(), objectName: v.string(), uploadId: v.string() }),
  v.object({ kind: v.literal('objects'), bucketName: v.string(), prefix: v.string() }),
]);

/** What a call puts into a bucket for as long as it runs: an upload in parts, or objects below a prefix of the bed's own. */
export type Leftover = v.InferOutput<typeof leftover>;

/** What is left in buckets if the call that put it there does not come to its end; the sweep then removes it. */
export const LEFTOVERS = defineCollection({
  name: 'leftovers',
  schema: v.object({ at: v.number(), what: leftover }),
  retention: {
    isExpired: ({ at }, now) => now.getTime() - at > ABANDONED_MS,
    release: (_id, { what }, store) => clearAway(what, store),
  },
});

/** Keeps note of what must not stay. */
export interface Leftovers {
  /** Notes it, runs `work`, which clears away after itself, and forgets it. */
  during<Result>(what: Leftover, work: () => Promise<Result>): Promise<Result>;
}

/** Creates the notes. */
export function createLeftovers(documents: DocumentStore, now: () => Date): Leftovers {
  const notes = openCollection(documents, LEFTOVERS);
  return {
    during: async (what, work) => {
      const id = randomUUID();
      await notes.create(id, { at: now().getTime(), what });
      const result = await work();
      // What cannot be forgotten now is looked for in vain by the sweep; what failed may have left something.
      await notes.remove(id).catch(() => undefined);
      return result;
    },
  };
}

const PAGE = 1000;

async function clearAway(what: Leftover, store: ObjectStore): Promise<void> {
  if (what.kind === 'upload') return store.abortMultipartUpload(what.bucketName, what.objectName, what.uploadId);
  const { bucketName, prefix } = what;
  if (!(await store.bucketExists(bucketName))) return;
  const { objects } = await store.list(bucketName, { prefix, limit: PAGE });
  const keys = objects.map(({ key }) => key);
  if (keys.length > 0) await store.removeMany(bucketName, keys);
}
