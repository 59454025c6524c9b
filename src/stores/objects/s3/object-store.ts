import type { ObjectStore } from '../../../ports/object-store.ts';
import { createS3BucketSettings } from './bucket-settings.ts';
import { createBuckets } from './buckets.ts';
import { connectS3, type S3Connection } from './connection.ts';
import { createList } from './listing.ts';
import { createMultipart } from './multipart-uploads.ts';
import type { S3Options } from './options.ts';
import { createPartCalls } from './part-calls.ts';
import { createFormSigner, createPresigner } from './presign.ts';
import { createReads } from './reads.ts';
import { createRemoves } from './removes.ts';
import { createWrites } from './writes.ts';

export type { S3Credentials, S3Options } from './options.ts';

/**
 * Creates an object store on S3, or on whatever speaks its protocol: Ceph, COS, MinIO, R2.
 *
 * Nothing is sent, and the SDK is not loaded, before the first call; presigning never needs either. Calls answer or
 * fail within 5 s, transfers once they stand still. `ifNoneMatch` on `copy`, on objects above 16 MiB and on COS looks
 * first, so two that write at once may both succeed.
 */
export function createS3ObjectStore(options: S3Options, connection: S3Connection = connectS3(options)): ObjectStore {
  const reads = createReads(connection);
  const parts = createPartCalls(connection);
  return {
    ...createBuckets(connection),
    ...reads,
    ...createWrites(connection, reads, parts),
    ...createRemoves(connection),
    list: createList(connection),
    ...createMultipart(connection, parts),
    ...createPresignedRequests(options),
  };
}

/** Opens a store with the settings of its buckets, over one connection. */
export function openS3(options: S3Options) {
  const connection = connectS3(options);
  return { store: createS3ObjectStore(options, connection), bucketSettings: createS3BucketSettings(connection) };
}

type PresignedRequests = Pick<ObjectStore, 'presignGet' | 'presignPut' | 'presignPart' | 'presignPost'>;

function createPresignedRequests(options: S3Options): PresignedRequests {
  const sign = createPresigner(options);
  const signForm = createFormSigner(options);
  return {
    presignGet: async (bucket, key, { expiresInSeconds }) => ({
      ...sign({ method: 'GET', bucket, key, query: { 'x-id': 'GetObject' }, expiresInSeconds }),
      method: 'GET',
      headers: {},
    }),
    presignPut: async (bucket, key, { expiresInSeconds, contentType, size }) => {
      const headers = { 'content-length': String(size), 'content-type': contentType };
      const request = {
        method: 'PUT' as const,
        bucket,
        key,
        query: { 'x-id': 'PutObject' },
        headers,
        expiresInSeconds,
      };
      // The length is what any client says of the body that it sends, and browsers let nobody else say it.
      return { ...sign(request), method: 'PUT', headers: { 'content-type': contentType } };
    },
    presignPost: async (bucket, key, form) => signForm({ bucket, key, ...form }),
    presignPart: async (bucket, key, { expiresInSeconds, uploadId, partNumber }) => {
      const query = { partNumber: String(partNumber), uploadId, 'x-id': 'UploadPart' };
      return { ...sign({ method: 'PUT', bucket, key, query, expiresInSeconds }), method: 'PUT', headers: {} };
    },
  };
}
