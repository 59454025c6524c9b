import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import { RESERVED_PREFIX } from '../../naming/key.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { StoreTrials } from '../../ports/store-trials.ts';
import { defineCollection, openCollection } from '../collection.ts';

const capabilities = v.object({
  /** Stores only where nothing is (`If-None-Match: *`), and says so of the second. */
  conditionalWrite: v.boolean(),
  /** Replaces only what was looked at (`If-Match`). */
  conditionalReplace: v.boolean(),
  /** Removes only what was looked at (`If-Match`). */
  conditionalDelete: v.boolean(),
  /** HEAD gives back the type and the metadata that an object was stored with. */
  headDescription: v.boolean(),
  /** A listing has each key once, with its size and etag, in the order of its bytes, and folders by themselves. */
  listing: v.boolean(),
});

/** What a bucket's store was seen to do. */
export type Capabilities = v.InferOutput<typeof capabilities>;
export type Capability = keyof Capabilities;

/** A store may be replaced by another version of it behind the same name. */
const REMEMBERED_MS = 30 * 24 * 60 * 60 * 1000;

/** What the stores of the buckets were seen to do, and when. */
export const CAPABILITIES = defineCollection({
  name: 'capabilities',
  schema: v.object({ at: v.number(), seen: capabilities }),
  retention: { isExpired: ({ at }, now) => now.getTime() - at > REMEMBERED_MS },
});

/** Knows what the stores of the buckets do, because it was tried. */
export interface BucketCapabilities {
  /** What is remembered, else what a probe finds; while none can be made, nothing is proven and everything is `false`. */
  of(bucketName: string): Promise<Capabilities>;
  /** What is remembered, without trying anything; `undefined` where nothing is. */
  recall(bucketName: string): Promise<Capabilities | undefined>;
  /** Tries everything again and remembers it. @throws {AppError} what keeps the store from being tried at all */
  probe(bucketName: string): Promise<Capabilities>;
}

/** So long another process's probe may be overlooked. */
const MISSED_MS = 60_000;

/** Nothing is proven. */
const UNPROVEN: Capabilities = {
  conditionalWrite: false,
  conditionalReplace: false,
  conditionalDelete: false,
  headDescription: false,
  listing: false,
};

interface CapabilitiesOptions {
  readonly store: ObjectStore;
  readonly trials: StoreTrials;
  readonly documents: DocumentStore;
  readonly now: () => Date;
}

/** Creates the knowledge of what buckets can do: one probe a bucket, which the documents remember for all processes. */
export function createCapabilities({ store, trials, documents, now }: CapabilitiesOptions): BucketCapabilities {
  const remembered = openCollection(documents, CAPABILITIES);
  const known = new Map<string, Capabilities>();
  const missed = new Map<string, number>();
  const probing = new Map<string, Promise<Capabilities>>();

  const remember = (bucketName: string, seen: Capabilities): Capabilities => {
    known.set(bucketName, seen);
    missed.delete(bucketName);
    return seen;
  };
  const recall: BucketCapabilities['recall'] = async (bucketName) => {
    const seen = known.get(bucketName);
    if (seen !== undefined || now().getTime() - (missed.get(bucketName) ?? Number.NEGATIVE_INFINITY) < MISSED_MS)
      return seen;
    const found = await remembered.read(toId(bucketName));
    if (found !== undefined && now().getTime() - found.at <= REMEMBERED_MS) return remember(bucketName, found.seen);
    missed.set(bucketName, now().getTime());
    return undefined;
  };
  const probe: BucketCapabilities['probe'] = async (bucketName) => {
    const seen = await probeBucket(store, trials, bucketName);
    await remembered.upsert(toId(bucketName), () => ({ at: now().getTime(), seen }));
    return remember(bucketName, seen);
  };
  /** Callers at the same time share a probe. */
  const probeTogether = (bucketName: string): Promise<Capabilities> => {
    const begun = probing.get(bucketName) ?? probe(bucketName).finally(() => probing.delete(bucketName));
    probing.set(bucketName, begun);
    return begun;
  };
  return {
    probe,
    recall,
    of: async (bucketName) => (await recall(bucketName)) ?? probeTogether(bucketName).catch(() => UNPROVEN),
  };
}

const toId = (bucketName: string): string => bucketName.replaceAll('.', '_');

const CONTENT_TYPE = 'image/x-imagepic-probe';
const FIRST = Buffer.from('first');
const SECOND = Buffer.from('the second');
/** In the order of their bytes; what an encoding may spoil is in them. */
const LISTED = ['a b+c.png', 'a.png', '图.png'];

/** Tries one bucket with objects of the service's own, and removes them. @throws {AppError} what keeps it from writing there at all */
async function probeBucket(store: ObjectStore, trials: StoreTrials, bucketName: string): Promise<Capabilities> {
  const prefix = `${RESERVED_PREFIX}probe/${randomUUID()}/`;
  const key = `${prefix}condition`;
  const keys = [key, ...LISTED.map((name) => `${prefix}list/${name}`), `${prefix}list/folder/a.png`];
  try {
    // What fails without a condition says nothing of conditions.
    await trials.put(bucketName, key, FIRST, {});
    return {
      conditionalWrite: await holds(() => refusesToOverwrite(store, trials, bucketName, key)),
      conditionalReplace: await holds(() => replacesOnlyTheSame(store, trials, bucketName, key)),
      conditionalDelete: await holds(() => removesOnlyTheSame(store, trials, bucketName, key)),
      headDescription: await holds(() => describes(store, bucketName, key)),
      listing: await holds(() => listsEachOnce(store, bucketName, `${prefix}list/`)),
    };
  } finally {
    // What a probe leaves lies below the service's own prefix, where nobody sees it.
    await store.removeMany(bucketName, keys).catch(() => undefined);
  }
}

/** A refusal is an answer; silence is none, and then nothing is remembered. @throws {AppError} ServiceUnavailable */
async function holds(trial: () => Promise<boolean>): Promise<boolean> {
  try {
    return await trial();
  } catch (error) {
    if (error instanceof AppError && error.code !== 'ServiceUnavailable') return false;
    throw error;
  }
}

type Trial = (store: ObjectStore, trials: StoreTrials, bucket: string, key: string) => Promise<boolean>;

const sizeOf = async (store: ObjectStore, bucket: string, key: string) => (await store.head(bucket, key))?.size;

/** A store may also refuse everything that has a condition, so both sides are tried. */
const refusesToOverwrite: Trial = async (store, trials, bucket, key) => {
  const second = await trials.put(bucket, key, SECOND, { ifNoneMatch: '*' });
  if (second !== undefined || (await sizeOf(store, bucket, key)) !== FIRST.length) return false;
  await store.remove(bucket, key);
  return (await trials.put(bucket, key, FIRST, { ifNoneMatch: '*' })) !== undefined;
};

const replacesOnlyTheSame: Trial = async (store, trials, bucket, key) => {
  const first = await trials.put(bucket, key, FIRST, {});
  if (first === undefined) return false;
  if ((await trials.put(bucket, key, SECOND, { ifMatch: OTHER_ETAG })) !== undefined) return false;
  if ((await sizeOf(store, bucket, key)) !== FIRST.length) return false;
  return (await trials.put(bucket, key, SECOND, { ifMatch: first.etag })) !== undefined;
};

const removesOnlyTheSame: Trial = async (store, trials, bucket, key) => {
  const first = await trials.put(bucket, key, FIRST, {});
  if (first === undefined) return false;
  const isRefused = !(await trials.remove(bucket, key, { ifMatch: OTHER_ETAG }));
  if (!isRefused || (await sizeOf(store, bucket, key)) !== FIRST.length) return false;
  return (
    (await trials.remove(bucket, key, { ifMatch: first.etag })) && (await sizeOf(store, bucket, key)) === undefined
  );
};

/** Of bytes that nobody stores here. */
const OTHER_ETAG = '00000000000000000000000000000000';

async function describes(store: ObjectStore, bucket: string, key: string): Promise<boolean> {
  const metadata = { probe: '图 a' };
  await store.put(bucket, key, FIRST, { contentType: CONTENT_TYPE, metadata });
  const object = await store.head(bucket, key);
  return object?.contentType === CONTENT_TYPE && object.metadata['probe'] === metadata.probe;
}

async function listsEachOnce(store: ObjectStore, bucket: string, prefix: string): Promise<boolean> {
  for (const name of [...LISTED, 'folder/a.png']) {
    await store.put(bucket, `${prefix}${name}`, FIRST, { contentType: CONTENT_TYPE });
  }
  const { objects, prefixes } = await store.list(bucket, { prefix, delimiter: '/', limit: 10 });
  const expected = LISTED.map((name) => `${prefix}${name}`);
  return (
    objects.length === expected.length &&
    objects.every(({ key, size, etag }, index) => key === expected[index] && size === FIRST.length && etag !== '') &&
    prefixes.length === 1 &&
    prefixes[0] === `${prefix}folder/`
  );
}
