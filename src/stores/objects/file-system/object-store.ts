import type { ObjectStore } from '../../../ports/object-store.ts';
import { openDisk } from '../../disk/disk.ts';
import { translateErrors } from '../../disk/storage-error.ts';
import { noSuchSource } from '../arguments.ts';
import { readBody } from '../byte-source.ts';
import { getUnlessBy } from '../get-unless.ts';
import { checkRemovedKeys, removeEach } from '../remove-many.ts';
import { isSameObject } from '../same-object.ts';
import { type BucketFolders, createBucketFolders } from './bucket-folders.ts';
import { fitRange } from './byte-range.ts';
import { listPage } from './list-page.ts';
import { createMultipartUploads } from './multipart-uploads.ts';
import { describeObject, fillBytes, openObject, readBytes, readMetadata } from './object-file.ts';
import { createObjectFolders, type ObjectFolders } from './object-folders.ts';
import { createSignedUrls } from './signed-urls.ts';

const MIN_PART_BYTES = 5 * 1024 * 1024;

/** Where objects are kept, and the key (32 bytes or more) that signs presigned requests. */
export interface FileObjectStoreOptions {
  readonly folder: string;
  readonly now: () => Date;
  readonly signing: { readonly key: Uint8Array };
  /** The least size of a part but the last; 5 MiB, as S3 has it, unless given. */
  readonly minPartSize?: number;
}

/**
 * Creates an object store on a file system that all its processes share.
 *
 * On disk: `<folder>/<bucket>/` for each bucket (see `bucket-folders.ts`), and beside them `.tmp` and `.locks`.
 * Every write is made aside and then linked or renamed into place. A body from `get` keeps its file open until it is
 * read to the end or its iterator returns.
 */
export function createFileObjectStore(options: FileObjectStoreOptions): ObjectStore {
  const { folder, now, signing, minPartSize = MIN_PART_BYTES } = options;
  const disk = openDisk(folder);
  const buckets = createBucketFolders(disk, now);
  const objects = createObjectFolders(disk, buckets, now);
  const uploads = createMultipartUploads({ disk, buckets, objects, now, minPartSize });
  const { sign, verify } = createSignedUrls(signing, now);
  return {
    listBuckets: disk.guard(buckets.list),
    makeBucket: disk.guard(buckets.make),
    bucketExists: disk.guard(buckets.exists),
    removeBucket: disk.guard(buckets.remove),
    // All of it, by links and locks.
    holds: async () => true,
    put: disk.guard(async (bucket, key, body, options) =>
      objects.store(bucket, readBody(body), describeObject(key, options), options),
    ),
    get: disk.guard(get(objects)),
    getUnless: disk.guard(getUnlessBy(get(objects))),
    head: disk.guard(async (bucket, key) => readMetadata(await objects.path(bucket, key), key)),
    remove: disk.guard(async (bucket, key, { ifMatch } = {}) => objects.remove(bucket, key, ifMatch)),
    removeMany: disk.guard(removeMany(objects)),
    copy: disk.guard(copy(buckets, objects)),
    list: disk.guard(async (bucket, page) => {
      await buckets.require(bucket);
      const open = async (...names: readonly string[]): Promise<string> => {
        const folder = buckets.path(bucket, 'keys', ...names);
        await disk.requireOwn(folder);
        return folder;
      };
      return listPage(open, page);
    }),
    createMultipartUpload: disk.guard(uploads.createMultipartUpload),
    uploadPart: disk.guard(uploads.uploadPart),
    listParts: disk.guard(uploads.listParts),
    completeMultipartUpload: disk.guard(uploads.completeMultipartUpload),
    abortMultipartUpload: disk.guard(uploads.abortMultipartUpload),
    listMultipartUploads: disk.guard(uploads.listMultipartUploads),
    presignGet: async (bucket, key, request) => sign('GET', { bucket, key }, request),
    presignPut: async (bucket, key, request) => sign('PUT', { bucket, key }, request),
    presignPart: async (bucket, key, request) => sign('PUT', { bucket, key }, request),
    signedRequests: { verify },
    ping: disk.ping,
  };
}

function get(objects: ObjectFolders): ObjectStore['get'] {
  return async (bucket, key, { range } = {}) => {
    const opened = await openObject(await objects.path(bucket, key), key);
    if (opened === undefined) return undefined;
    const { file, object } = opened;
    try {
      const fitted = range === undefined ? undefined : fitRange(range, object.size);
      const { start, end } = fitted ?? { start: 0, end: object.size - 1 };
      const body = await readBytes(file, start, end - start + 1);
      const fill = translateErrors((target: Uint8Array) => fillBytes(opened, start, body, target));
      return { object, body, fill, ...(fitted !== undefined && { range: fitted }) };
    } catch (error) {
      await file.close();
      throw error;
    }
  };
}

function removeMany(objects: ObjectFolders): ObjectStore['removeMany'] {
  const remove = translateErrors(objects.remove);
  return async (bucket, keys, { ifMatch } = {}) => {
    checkRemovedKeys(keys);
    const notRemoved = await removeEach(keys, (key) => remove(bucket, key, ifMatch?.get(key)));
    return notRemoved.filter(({ key, outcome }) => outcome !== 'absent' || ifMatch?.has(key));
  };
}

function copy(buckets: BucketFolders, objects: ObjectFolders): ObjectStore['copy'] {
  return async (source, target, { contentType, metadata, ...condition } = {}) => {
    await buckets.require(target.bucket);
    const opened = await openObject(await objects.path(source.bucket, source.key), source.key);
    if (opened === undefined) {
      await buckets.require(source.bucket);
      throw noSuchSource(source.key);
    }
    const { file, object } = opened;
    if (source.ifMatch !== undefined && !isSameObject(object, source.ifMatch)) {
      await file.close();
      throw noSuchSource(source.key);
    }
    const description = describeObject(target.key, {
      contentType: contentType ?? object.contentType,
      metadata: metadata ?? object.metadata,
    });
    const chunks = await readBytes(file, 0, object.size);
    try {
      return await objects.store(target.bucket, { size: object.size, chunks }, description, condition);
    } finally {
      chunks.destroy();
    }
  };
}
