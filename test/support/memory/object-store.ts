import { isDeepStrictEqual } from 'node:util';
import { isBucketName } from '../../../src/naming/bucket.ts';
import { isKey } from '../../../src/naming/key.ts';
import type {
  ByteRange,
  NotRemoved,
  ObjectMetadata,
  ObjectStore,
  PutOptions,
  Removal,
  WriteCondition,
} from '../../../src/ports/object-store.ts';
import { getUnlessBy } from '../../../src/stores/objects/get-unless.ts';
import {
  describe,
  failure,
  type KeptBucket,
  type KeptObject,
  md5,
  type ObjectCall,
  readWhole,
} from './kept-objects.ts';
import { listInMemory } from './listing.ts';
import { createMemoryMultipartUploads } from './multipart-uploads.ts';
import { createMemoryPresigner } from './presigner.ts';

const MAX_REMOVED_KEYS = 1000;
const MIN_PART_BYTES = 5 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** What a test does around calls: what throws `before` keeps the call from happening, what throws `after` loses its answer. */
export interface ObjectHooks {
  before?: ((call: ObjectCall) => void | Promise<void>) | undefined;
  after?: ((call: ObjectCall) => void | Promise<void>) | undefined;
}

/** An object store that a test interferes with. */
export interface MemoryObjectStore extends ObjectStore {
  readonly hooks: ObjectHooks;
}

interface MemoryObjectStoreOptions {
  readonly now: () => Date;
  /** The least size of a part but the last; 5 MiB, as S3 has it, unless given. */
  readonly minPartSize?: number;
  /** Whether it holds conditions by itself, as it does unless told otherwise; else it looks first, as an adapter must. */
  readonly conditional?: boolean;
}

/** Creates an object store in memory. */
export function createMemoryObjectStore({
  now,
  minPartSize = MIN_PART_BYTES,
  conditional = true,
}: MemoryObjectStoreOptions): MemoryObjectStore {
  const buckets = new Map<string, KeptBucket>();
  const hooks: ObjectHooks = {};
  const require = (name: string): KeptBucket => {
    const bucket = buckets.get(name);
    if (bucket === undefined) throw failure('NoSuchBucket', 'The bucket is not there');
    return bucket;
  };
  const find = (bucket: string, key: string): KeptObject | undefined => buckets.get(bucket)?.objects.get(key);
  const keep = (bucket: string, key: string, bytes: Buffer, put: PutOptions, etag = md5(bytes)) => {
    const { objects } = require(bucket);
    if (conditional && isForbidden(find(bucket, key), put)) return undefined;
    const { contentType, metadata = {} } = put;
    const object = { key, size: bytes.byteLength, etag, contentType, lastModified: now(), metadata };
    objects.set(key, { bytes, object });
    return { etag };
  };

  /** Runs `work`, which never waits and so is atomic, between the hooks. */
  const call = async <Result>(method: keyof ObjectStore, place: Partial<ObjectCall>, work: () => Result) => {
    const { bucket = '', key = '' } = place;
    if (place.bucket !== undefined && !isBucketName(bucket)) throw failure('InvalidArgument', 'No bucket is called so');
    if (place.key !== undefined && !isKey(key)) throw failure('InvalidArgument', 'No object is called so');
    await hooks.before?.({ method, bucket, key });
    const result = work();
    await hooks.after?.({ method, bucket, key });
    return result;
  };
  const remove = (bucket: string, key: string, ifMatch: ObjectMetadata | undefined): Removal => {
    const found = find(bucket, key)?.object;
    if (found === undefined) return 'absent';
    if (conditional && ifMatch !== undefined && !isSame(found, ifMatch)) return 'changed';
    buckets.get(bucket)?.objects.delete(key);
    return 'removed';
  };
  const head = (bucket: string, key: string) =>
    call('head', { bucket, key }, () => {
      const found = find(bucket, key);
      return found && copyOf(found.object);
    });
  const get: ObjectStore['get'] = (bucket, key, { range } = {}) =>
    call('get', { bucket, key }, () => {
      const found = find(bucket, key);
      if (found === undefined) return undefined;
      const fitted = range && fitRange(range, found.bytes.byteLength);
      const bytes = fitted ? found.bytes.subarray(fitted.start, fitted.end + 1) : found.bytes;
      return { object: copyOf(found.object), body: inChunks(bytes), ...(fitted && { range: fitted }) };
    });
  /** What an adapter does for a store without conditions: it looks, and then acts. */
  const mayWrite = async (bucket: string, key: string, condition: WriteCondition): Promise<boolean> => {
    const { ifNoneMatch, ifMatch, hasLooked = false } = condition;
    if (conditional || hasLooked || (ifNoneMatch === undefined && ifMatch === undefined)) return true;
    const object = await head(bucket, key);
    return !isForbidden(object && { object }, condition);
  };
  const removeIfSame = async (bucket: string, key: string, ifMatch?: ObjectMetadata, hasLooked = false) => {
    const found = !conditional && !hasLooked && ifMatch && (await head(bucket, key));
    if (found && ifMatch && !isSame(found, ifMatch)) return 'changed';
    return call('remove', { bucket, key }, () => remove(bucket, key, ifMatch));
  };

  const uploads = createMemoryMultipartUploads({
    now,
    minPartSize,
    call,
    find: (bucket) => buckets.get(bucket),
    require,
    keep,
  });
  return {
    hooks,
    listBuckets: () =>
      call('listBuckets', {}, () =>
        [...buckets.values()]
          .map(({ name, creationDate }) => ({ name, creationDate }))
          .sort((left, right) => (left.name < right.name ? -1 : 1)),
      ),
    makeBucket: (bucket) =>
      call('makeBucket', { bucket }, () => {
        if (buckets.has(bucket)) return false;
        buckets.set(bucket, { name: bucket, creationDate: now(), objects: new Map(), uploads: new Map() });
        return true;
      }),
    bucketExists: (bucket) => call('bucketExists', { bucket }, () => buckets.has(bucket)),
    removeBucket: (bucket) =>
      call('removeBucket', { bucket }, () => {
        if ((buckets.get(bucket)?.objects.size ?? 0) > 0) throw failure('BucketNotEmpty', 'The bucket is not empty');
        buckets.delete(bucket);
      }),
    put: async (bucket, key, body, options) => {
      const described = describe(options);
      const bytes = await readWhole(body);
      if (!(await mayWrite(bucket, key, options))) return undefined;
      return call('put', { bucket, key }, () => keep(bucket, key, bytes, described));
    },
    holds: async () => conditional,
    get,
    getUnless: getUnlessBy(get),
    head,
    remove: async (bucket, key, { ifMatch, hasLooked } = {}) => removeIfSame(bucket, key, ifMatch, hasLooked),
    removeMany: async (bucket, keys, { ifMatch } = {}) => {
      if (keys.length > MAX_REMOVED_KEYS) throw failure('InvalidArgument', 'At most 1,000 keys at a time');
      const attempts = keys.map((key) =>
        call('removeMany', { bucket, key }, () => remove(bucket, key, ifMatch?.get(key))),
      );
      const results = await Promise.allSettled(attempts);
      return results.flatMap((result, index): NotRemoved[] => {
        const key = keys[index] ?? '';
        if (result.status === 'rejected') return [{ key, outcome: 'failed', cause: result.reason as unknown }];
        if (result.value === 'removed' || (result.value === 'absent' && !ifMatch?.has(key))) return [];
        return [{ key, outcome: result.value }];
      });
    },
    copy: async (source, target, { ifNoneMatch, ifMatch, hasLooked, ...options } = {}) => {
      const condition = { ...(ifNoneMatch && { ifNoneMatch }), ...(ifMatch && { ifMatch }) };
      if (!(await mayWrite(target.bucket, target.key, { ...condition, hasLooked: hasLooked ?? false })))
        return undefined;
      return call('copy', target, () => {
        require(target.bucket);
        require(source.bucket);
        const found = find(source.bucket, source.key);
        if (found === undefined || (source.ifMatch && !isSame(found.object, source.ifMatch)))
          throw failure('NoSuchKey', 'There is nothing to copy');
        const { contentType, metadata } = { ...found.object, ...options };
        const put = describe({ contentType, metadata, ...condition });
        return keep(target.bucket, target.key, found.bytes, put);
      });
    },
    list: (bucket, page) => call('list', { bucket }, () => listInMemory(require(bucket).objects, page)),
    ...uploads,
    ...createMemoryPresigner(now),
    ping: () => call('ping', {}, () => undefined),
  };
}

const isSame = (found: ObjectMetadata, seen: ObjectMetadata): boolean =>
  isDeepStrictEqual({ ...found, metadata: { ...found.metadata } }, { ...seen, metadata: { ...seen.metadata } });

const isForbidden = (found: { readonly object: ObjectMetadata } | undefined, condition: WriteCondition): boolean => {
  if (condition.ifNoneMatch === '*') return found !== undefined;
  return condition.ifMatch !== undefined && (found === undefined || !isSame(found.object, condition.ifMatch));
};

const copyOf = (object: ObjectMetadata): ObjectMetadata => ({ ...object, metadata: { ...object.metadata } });

function fitRange(range: ByteRange, size: number): { readonly start: number; readonly end: number } {
  const start = 'suffix' in range ? Math.max(0, size - range.suffix) : range.start;
  const end = 'suffix' in range ? size - 1 : Math.min(range.end ?? size - 1, size - 1);
  if (start > end) throw failure('InvalidRange', 'The object has none of the bytes asked for');
  return { start, end };
}

async function* inChunks(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += CHUNK_BYTES) {
    yield Buffer.from(bytes.subarray(start, start + CHUNK_BYTES));
  }
}
