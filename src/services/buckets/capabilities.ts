import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import { RESERVED_PREFIX } from '../../naming/key.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { StoreTrials } from '../../ports/store-trials.ts';
import { defineCollection, openCollection } from '../collection.ts';
import type { Leftovers } from '../leftovers.ts';

const capabilities = v.object({
  /** Stores only where nothing is (`If-None-Match: *`), and says so of the second. */
  conditionalWrite: v.boolean(),
  /** Replaces only what was looked at (`If-Match`). */
  conditionalReplace: v.boolean(),
  /** Copies only to where nothing is, and over only what was looked at. */
  conditionalCopy: v.optional(v.boolean(), false),
  /** Copies only what was looked at (`x-amz-copy-source-if-match`); Ceph 16 takes no notice of it. */
  conditionalSource: v.optional(v.boolean(), false),
  /** Copies under the type and metadata that are given in place of the old (`REPLACE`). */
  copyDescription: v.optional(v.boolean(), false),
  /** Removes only what was looked at (`If-Match`). */
  conditionalDelete: v.boolean(),
  /** HEAD gives back the type and the metadata that an object was stored with. */
  headDescription: v.boolean(),
  /** A listing has each key once, with its size and etag, in the order of its bytes, and folders by themselves. */
  listing: v.boolean(),
  /** Takes and lists a key below one that is an object itself, which stores on file systems may not; unsaid where that was not tried. */
  nestedKeys: v.optional(v.boolean()),
  /** Takes a form that was signed beforehand; nothing is said of it where that was not tried. */
  signedForm: v.optional(v.boolean()),
});

/** What a bucket's store was seen to do. */
export type Capabilities = v.InferOutput<typeof capabilities>;
export type Capability = keyof Capabilities;

/** What a bucket is not proven to do, so that it is done in another manner. */
const UNPROVEN = {
  conditionalWrite: undefined,
  conditionalReplace: false,
  conditionalCopy: false,
  conditionalSource: false,
  copyDescription: false,
  conditionalDelete: false,
} as const;

/** As far as is known: `undefined` is neither proven nor refuted. */
export type KnownCapabilities = { readonly [Name in Capability]?: boolean | undefined };

/** Not heeded before every process has had the time to hear of it, since one that still keeps others away by a lock sends no such condition. */
const UNSETTLED = { conditionalReplace: false, conditionalDelete: false } as const;

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
  /** What is remembered, at once; where nothing is, nothing is proven, and a probe begins meanwhile. */
  of(bucketName: string): Promise<KnownCapabilities>;
  /** Tries everything again and remembers it. @throws {AppError} what keeps the store from being tried at all */
  probe(bucketName: string): Promise<Capabilities>;
}

/** So long another process's probe may be overlooked, and a bucket that could not be probed is left alone. */
const MISSED_MS = 60_000;
/** Twice that, and what clocks differ by. */
const SETTLING_MS = 180_000;
/** Buckets that this process knows about; of more it asks the documents each time. */
const MAX_KNOWN = 1000;

interface CapabilitiesOptions {
  readonly store: ObjectStore;
  readonly trials: StoreTrials;
  readonly documents: DocumentStore;
  readonly leftovers: Leftovers;
  readonly now: () => Date;
}

/** Creates the knowledge of what buckets can do: one probe a bucket, which the documents remember for all processes. */
export function createCapabilities(options: CapabilitiesOptions): BucketCapabilities {
  const { documents, leftovers, now } = options;
  const remembered = openCollection(documents, CAPABILITIES);
  const known = new Map<string, { readonly seen: Capabilities | undefined; readonly at: number }>();
  const probing = new Map<string, Promise<Capabilities>>();
  const time = (): number => now().getTime();

  const know = (bucketName: string, seen: Capabilities | undefined, at: number): void => {
    known.delete(bucketName);
    known.set(bucketName, { seen, at });
    const [oldest = ''] = known.keys();
    if (known.size > MAX_KNOWN) known.delete(oldest);
  };
  const recall = async (bucketName: string): Promise<KnownCapabilities | undefined> => {
    const { seen, at } = known.get(bucketName) ?? { seen: undefined, at: Number.NEGATIVE_INFINITY };
    if (time() - at < (seen === undefined ? MISSED_MS : REMEMBERED_MS)) return seen && settled(seen, at);
    const found = await remembered.read(toId(bucketName));
    if (found === undefined || time() - found.at > REMEMBERED_MS) return undefined;
    know(bucketName, found.seen, found.at);
    return settled(found.seen, found.at);
  };
  const settled = (seen: Capabilities, at: number): KnownCapabilities =>
    time() - at < SETTLING_MS ? { ...seen, ...UNSETTLED } : seen;
  const probe: BucketCapabilities['probe'] = async (bucketName) => {
    const prefix = `${RESERVED_PREFIX}probe/${randomUUID()}/`;
    const seen = await leftovers.during({ kind: 'objects', bucketName, prefix }, () =>
      probeBucket(options, bucketName, prefix),
    );
    const at = time();
    await remembered.upsert(toId(bucketName), () => ({ at, seen }));
    know(bucketName, seen, at);
    return seen;
  };
  /** Nobody waits for it: what it does not prove is done in the safe manner. */
  const probeMeanwhile = (bucketName: string): void => {
    if (probing.has(bucketName) || time() - (known.get(bucketName)?.at ?? Number.NEGATIVE_INFINITY) < MISSED_MS) return;
    know(bucketName, undefined, time());
    const begun = probe(bucketName).finally(() => probing.delete(bucketName));
    probing.set(bucketName, begun);
    // Tried again after a while, and told in words by bucket/testBucket.
    begun.catch(() => undefined);
  };
  return {
    probe,
    of: async (bucketName) => {
      const seen = await recall(bucketName);
      if (seen === undefined) probeMeanwhile(bucketName);
      return seen ?? UNPROVEN;
    },
  };
}

const toId = (bucketName: string): string => bucketName.replaceAll('.', '_');

const CONTENT_TYPE = 'image/x-imagepic-probe';
const FIRST = Buffer.from('first');
const SECOND = Buffer.from('the second');
/** In the order of their bytes; what an encoding may spoil is in them. */
const LISTED = ['a b+c.png', 'a.png', '图.png'];
/** The first is a folder of the second too. */
const NESTED = ['nested', 'nested/a.png'];

/** Tries one bucket with objects of the service's own, and removes them. @throws {AppError} what keeps it from writing there at all */
async function probeBucket(
  { store, trials }: Pick<CapabilitiesOptions, 'store' | 'trials'>,
  bucketName: string,
  prefix: string,
): Promise<Capabilities> {
  const key = `${prefix}condition`;
  const keys = [
    key,
    `${key}-copy`,
    `${key}-form`,
    ...LISTED.map((name) => `${prefix}list/${name}`),
    `${prefix}list/folder/a.png`,
    ...NESTED.map((name) => `${prefix}${name}`),
  ];
  try {
    // What fails without a condition says nothing of conditions.
    await trials.put(bucketName, key, FIRST, {});
    return {
      conditionalWrite: await holds(() => refusesToOverwrite(store, trials, bucketName, key)),
      conditionalReplace: await holds(() => replacesOnlyTheSame(store, trials, bucketName, key)),
      conditionalCopy: await holds(() => copiesOnlyTheSame(store, trials, bucketName, key)),
      conditionalSource: await holds(() => copiesOnlyWhatWasSeen(store, trials, bucketName, key)),
      copyDescription: await holds(() => describesCopies(store, trials, bucketName, key)),
      signedForm: await holds(() => takesSignedForm(store, trials, bucketName, `${key}-form`)),
      conditionalDelete: await holds(() => removesOnlyTheSame(store, trials, bucketName, key)),
      headDescription: await holds(() => describes(store, bucketName, key)),
      listing: await holds(() => listsEachOnce(store, bucketName, `${prefix}list/`)),
      nestedKeys: await holds(() => listsNested(store, bucketName, prefix)),
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

/** Whether HEAD gives the etag of a write, so that a condition on what was looked at can be met. */
const showsEtag = async (store: ObjectStore, bucket: string, key: string, etag: string): Promise<boolean> =>
  (await store.head(bucket, key))?.etag === etag;

const replacesOnlyTheSame: Trial = async (store, trials, bucket, key) => {
  const first = await trials.put(bucket, key, FIRST, {});
  if (first === undefined || !(await showsEtag(store, bucket, key, first.etag))) return false;
  if ((await trials.put(bucket, key, SECOND, { ifMatch: OTHER_ETAG })) !== undefined) return false;
  if ((await sizeOf(store, bucket, key)) !== FIRST.length) return false;
  return (await trials.put(bucket, key, SECOND, { ifMatch: first.etag })) !== undefined;
};

const removesOnlyTheSame: Trial = async (store, trials, bucket, key) => {
  const first = await trials.put(bucket, key, FIRST, {});
  if (first === undefined || !(await showsEtag(store, bucket, key, first.etag))) return false;
  const isRefused = !(await trials.remove(bucket, key, { ifMatch: OTHER_ETAG }));
  if (!isRefused || (await sizeOf(store, bucket, key)) !== FIRST.length) return false;
  return (
    (await trials.remove(bucket, key, { ifMatch: first.etag })) && (await sizeOf(store, bucket, key)) === undefined
  );
};

const copiesOnlyTheSame: Trial = async (store, trials, bucket, key) => {
  const [from, to] = [key, `${key}-copy`];
  if ((await trials.put(bucket, from, FIRST, {})) === undefined) return false;
  const copied = await trials.copy(bucket, from, to, { ifNoneMatch: '*' });
  if (copied === undefined || !(await showsEtag(store, bucket, to, copied.etag))) return false;
  if ((await trials.put(bucket, from, SECOND, {})) === undefined) return false;
  if ((await trials.copy(bucket, from, to, { ifNoneMatch: '*' })) !== undefined) return false;
  if ((await trials.copy(bucket, from, to, { ifMatch: OTHER_ETAG })) !== undefined) return false;
  if ((await sizeOf(store, bucket, to)) !== FIRST.length) return false;
  await trials.copy(bucket, from, to, { ifMatch: copied.etag });
  return (await sizeOf(store, bucket, to)) === SECOND.length;
};

const copiesOnlyWhatWasSeen: Trial = async (store, trials, bucket, key) => {
  const [from, to] = [key, `${key}-copy`];
  await store.remove(bucket, to);
  const first = await trials.put(bucket, from, FIRST, {});
  if (first === undefined || !(await showsEtag(store, bucket, from, first.etag))) return false;
  if ((await trials.copy(bucket, from, to, { ifSource: OTHER_ETAG })) !== undefined) return false;
  if ((await sizeOf(store, bucket, to)) !== undefined) return false;
  return (await trials.copy(bucket, from, to, { ifSource: first.etag })) !== undefined;
};

/** Also of a copy onto itself, by which an image is given to somebody else. */
const describesCopies: Trial = async (store, trials, bucket, key) => {
  const [from, to] = [key, `${key}-copy`];
  await store.put(bucket, from, FIRST, { contentType: CONTENT_TYPE, metadata: { probe: '图 a', former: 'a' } });
  for (const [source, probe] of [
    [from, '图 b'],
    [to, '图 c'],
  ] as const) {
    const contentType = `${CONTENT_TYPE}-copy`;
    await trials.copy(bucket, source, to, { description: { contentType, metadata: { probe, latter: 'b' } } });
    const object = await store.head(bucket, to);
    if (object?.contentType !== contentType || object.metadata['probe'] !== probe) return false;
    if (object.metadata['former'] !== undefined || object.metadata['latter'] !== 'b') return false;
  }
  return true;
};

const takesSignedForm: Trial = async (store, trials, bucket, key) => {
  await trials.postForm(bucket, key, FIRST);
  return (await sizeOf(store, bucket, key)) === FIRST.length;
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

async function listsNested(store: ObjectStore, bucket: string, prefix: string): Promise<boolean> {
  const keys = NESTED.map((name) => `${prefix}${name}`);
  for (const key of keys) await store.put(bucket, key, FIRST, { contentType: CONTENT_TYPE });
  const listed = (await store.list(bucket, { prefix: `${prefix}nested`, limit: 10 })).objects.map(({ key }) => key);
  return keys.every((key) => listed.includes(key));
}
