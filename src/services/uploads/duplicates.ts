import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { type Access, IMAGE_ID, type Member, OWNER } from '../access/access.ts';
import { defineCollection, openCollection } from '../collection.ts';
import { type ImageFacts, readFacts } from '../objects/image-facts.ts';
import type { Place } from '../objects/object-reader.ts';

/** After so long nobody sends the same bytes again by mistake. */
const REMEMBERED_MS = 400 * 24 * 60 * 60 * 1000;

/** Where an owner's bytes already are. */
export const DUPLICATES = defineCollection({
  name: 'duplicates',
  schema: v.object({ objectName: v.string(), storedAt: v.optional(v.string()) }),
  retention: {
    isExpired: ({ storedAt }, now) => storedAt === undefined || now.getTime() - Date.parse(storedAt) > REMEMBERED_MS,
  },
});

/** An image that stands there already. */
export interface Duplicate extends Place {
  readonly etag: string;
  readonly lastModified: Date;
  readonly facts: ImageFacts;
}

/** What makes two uploads of a member one: the bytes, and all that decides where they go. */
export type DuplicateKey = readonly (string | undefined)[];

/** What is remembered of stored bytes, so that the same are not stored twice. */
export interface Duplicates {
  /** The member's own image at a place, if it has these very bytes and is to stay. */
  at(member: Member, place: Place, sha256: string): Promise<Duplicate | undefined>;
  /** The member's own image that was stored under `key`, if it is still there. */
  find(member: Member, key: DuplicateKey, bucketName: string, sha256: string): Promise<Duplicate | undefined>;
  remember(member: Member, key: DuplicateKey, objectName: string): Promise<void>;
}

interface DuplicatesOptions {
  readonly documents: DocumentStore;
  readonly store: ObjectStore;
  readonly access: Access;
  readonly now: () => Date;
}

/** Creates the memory of duplicates. */
export function createDuplicates({ documents, store, access, now }: DuplicatesOptions): Duplicates {
  const duplicates = openCollection(documents, DUPLICATES);

  const at: Duplicates['at'] = async (member, place, sha256) => {
    if (!access.reaches(member, 'upload', place.bucketName, place.objectName)) return undefined;
    const found = await store.head(place.bucketName, place.objectName);
    const isSame = found?.metadata[OWNER] === member.userId && found.metadata['sha256'] === sha256;
    if (!isSame) return undefined;
    const { etag, lastModified, metadata } = found;
    // What it was uploaded with says nothing: its owner may have thought better of it since, either way.
    if (await (await import('../library/expiries.ts')).isToGo(documents, metadata[IMAGE_ID])) return undefined;
    return { ...place, etag, imageId: metadata[IMAGE_ID], lastModified, facts: readFacts(found) };
  };

  return {
    at,
    find: async (member, key, bucketName, sha256) => {
      const known = await duplicates.read(toId(member, key));
      return known && at(member, { bucketName, objectName: known.objectName }, sha256);
    },
    remember: async (member, key, objectName) => {
      await duplicates.upsert(toId(member, key), () => ({ objectName, storedAt: now().toISOString() }));
    },
  };
}

const toId = ({ userId }: Member, key: DuplicateKey): string =>
  createHash('sha256')
    .update(JSON.stringify([userId, ...key]))
    .digest('hex');
