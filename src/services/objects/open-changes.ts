import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { defineCollection, openCollection } from '../collection.ts';
import { isInDoubt } from './lost-answers.ts';
import type { Place } from './object-reader.ts';

/** Changes of which it is not known that records tell them; the job `settle-records` looks at their places. */
export const OPEN_CHANGES = defineCollection({
  name: 'open-changes',
  schema: v.object({
    at: v.number(),
    places: v.array(v.object({ bucketName: v.string(), objectName: v.string() })),
  }),
  retention: { kept: 'each goes with its change, or with the look at its places' },
});

export type OpenChange = v.InferOutput<typeof OPEN_CHANGES.schema>;

/** Says, before an object is written or removed, where that is. */
export type Mark = (...places: readonly Place[]) => Promise<void>;

/** Keeps note of where objects and records may differ, in case that a change does not come to its end. */
export interface OpenChanges {
  /** Runs a change that marks its places before it touches them; the mark goes when records tell all of it. */
  during<Result>(change: (mark: Mark) => Promise<Result>): Promise<Result>;
  /** Lets the marks of a place stay, whose records could not be brought up to date now. */
  doubt(place: Place): void;
}

/** A bed without records has nothing to keep up to date. */
export const NO_OPEN_CHANGES: OpenChanges = {
  during: (change) => change(async () => undefined),
  doubt: () => undefined,
};

/** Creates the notes. */
export function createOpenChanges(documents: DocumentStore, now: () => Date): OpenChanges {
  const marks = openCollection(documents, OPEN_CHANGES);
  const doubted = new Set<string>();

  /** Whether one of these places is doubted, which is then known. */
  const isDoubted = (places: readonly Place[]): boolean =>
    places.filter((place) => doubted.delete(toName(place))).length > 0;

  return {
    doubt: (place) => void doubted.add(toName(place)),
    during: async (change) => {
      const id = randomUUID();
      const places: Place[] = [];
      const mark: Mark = async (...added) => {
        places.push(...added.map(({ bucketName, objectName }) => ({ bucketName, objectName })));
        await marks.upsert(id, () => ({ at: now().getTime(), places: [...places] }));
      };
      const forget = async (): Promise<void> => {
        // What cannot be forgotten now is looked at once more.
        if (places.length > 0) await marks.remove(id).catch(() => undefined);
      };
      try {
        const result = await change(mark);
        if (!isDoubted(places)) await forget();
        return result;
      } catch (error) {
        if (isRefusal(error) && !isDoubted(places)) await forget();
        throw error;
      }
    },
  };
}

const toName = ({ bucketName, objectName }: Place): string => `${bucketName}/${objectName}`;

/** What is refused was not done. */
const isRefusal = (error: unknown): boolean => error instanceof AppError && !isInDoubt(error);
