import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import { VARIANTS_PREFIX } from '../../naming/variant.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ObjectMetadata, ObjectStore } from '../../ports/object-store.ts';
import { defineCollection, openCollection } from '../collection.ts';
import type { Place } from '../objects/object-reader.ts';

/** What was made of one image: written before a variant is stored, so that none is stored that nobody knows of. */
export const VARIANTS = defineCollection({
  name: 'variants',
  schema: v.object({
    bucketName: v.string(),
    /** Of the image as it was then. */
    etag: v.string(),
    /** Milliseconds since 1970, a day too early at most. */
    usedAt: v.number(),
    files: v.array(v.object({ name: v.string(), bytes: v.number() })),
  }),
  retention: { kept: 'goes with its image, or when there are more than there is room for' },
});

/** One document of them. */
export type VariantRecord = v.InferOutput<typeof VARIANTS.schema>;

/** Of one image; who asks for more loses the first. */
const MAX_FILES = 100;
/** How exactly it is known when a variant was used last. */
const USED_MS = 24 * 60 * 60 * 1000;
const MAX_REMEMBERED = 10_000;
const NOT_REMOVED = { zh: '有变体没能删除，请重试', en: 'Some variants could not be removed; try again' };

/** Books of what is stored beside images. */
export interface VariantRecords {
  /** Where a variant of the image is kept. */
  keyOf(place: Place, etag: string, name: string): string;
  /** Notes a variant that is about to be stored; what has to make room for it is removed. */
  note(place: Place, etag: string, file: { readonly name: string; readonly bytes: number }): Promise<void>;
  /** Whether that is still noted, now that it is stored: it may have been forgotten in between. */
  knows(place: Place, etag: string, name: string): Promise<boolean>;
  /** Notes that it was asked for; once a day is enough. */
  touch(place: Place): void;
  /**
   * Removes all that was made of an image; what comes meanwhile of another image of that name may go too.
   *
   * @throws {AppError} ServiceUnavailable when the store kept some of it, of which the record stays
   */
  forget(place: Place): Promise<number>;
  /** The same by the id of the record. */
  drop(id: string, record: VariantRecord): Promise<void>;
}

interface VariantRecordsOptions {
  readonly documents: DocumentStore;
  readonly store: ObjectStore;
  readonly now: () => Date;
}

/** Creates the books. */
export function createVariantRecords({ documents, store, now }: VariantRecordsOptions): VariantRecords {
  const records = openCollection(documents, VARIANTS);
  const touched = new Map<string, number>();

  const removeFiles = async (bucketName: string, keys: readonly string[]): Promise<void> => {
    if (keys.length === 0) return;
    const failed = (await store.removeMany(bucketName, keys)).find(({ outcome }) => outcome === 'failed');
    if (failed !== undefined) throw new AppError('ServiceUnavailable', NOT_REMOVED, { cause: failed.cause });
  };

  const drop: VariantRecords['drop'] = async (id, { bucketName, etag, files }) => {
    await removeFiles(
      bucketName,
      files.map(({ name }) => toKey(id, etag, name)),
    );
    await records.remove(id);
  };

  return {
    drop,
    keyOf: (place, etag, name) => toKey(toId(place), etag, name),
    note: async (place, etag, file) => {
      const id = toId(place);
      let gone: readonly string[] = [];
      await records.upsert(id, (record) => {
        const known = record?.etag === etag ? record.files.filter(({ name }) => name !== file.name) : [];
        const files = [...known, file].slice(-MAX_FILES);
        gone = record === undefined ? [] : keysWithout(id, record, etag, files);
        return { bucketName: place.bucketName, etag, usedAt: now().getTime(), files };
      });
      await removeFiles(place.bucketName, gone);
    },
    knows: async (place, etag, name) => {
      const record = await records.read(toId(place));
      return record?.etag === etag && record.files.some((file) => file.name === name);
    },
    touch: (place) => {
      const [id, at] = [toId(place), now().getTime()];
      if (at - (touched.get(id) ?? 0) < USED_MS) return;
      if (touched.size >= MAX_REMEMBERED) touched.clear();
      touched.set(id, at);
      // Nobody waits for it: what is not noted goes a day earlier.
      void records
        .update(id, (record) => (at - record.usedAt < USED_MS ? record : { ...record, usedAt: at }))
        .catch(() => touched.delete(id));
    },
    forget: async (place) => {
      const id = toId(place);
      const record = await records.read(id);
      if (record === undefined) return 0;
      await drop(id, record);
      return record.files.length;
    },
  };
}

/** The record of an image. */
const toId = ({ bucketName, objectName }: Place): string =>
  createHash('sha256').update(`${bucketName}/${objectName}`).digest('hex').slice(0, 40);

/** Below folders of one name for each image, of which no folder has more than there are images in 256. */
const toKey = (id: string, etag: ObjectMetadata['etag'], name: string): string =>
  `${VARIANTS_PREFIX}${id.slice(0, 2)}/${id.slice(2)}/${etag}/${name}`;

/** What a record had and has no more. */
function keysWithout(
  id: string,
  before: VariantRecord,
  etag: string,
  files: VariantRecord['files'],
): readonly string[] {
  const kept = new Set(before.etag === etag ? files.map(({ name }) => name) : []);
  return before.files.filter(({ name }) => !kept.has(name)).map(({ name }) => toKey(id, before.etag, name));
}
