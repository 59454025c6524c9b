import type { ObjectStore } from '../../../ports/object-store.ts';
import { createS3BucketSettings } from './bucket-settings.ts';
import { createBuckets } from './buckets.ts';
import { createMultipartUploads } from './multipart-uploads.ts';
import { createObjects } from './objects.ts';
import type { S3Options } from './options.ts';
import { createPresignedRequests } from './presign.ts';
import { connectS3, type S3Connection } from './transport.ts';
import { createS3Trials } from './trials.ts';

export type { S3Credentials, S3Options } from './options.ts';

/**
 * Creates an object store on S3, or on whatever speaks its protocol: Ceph, COS, MinIO, R2.
 *
 * Nothing is sent before the first call, and what puts, gets, looks at or removes one object, or looks for a bucket,
 * never loads the SDK. Calls answer or fail within 5 s, transfers once they stand still. Which conditions the store holds
 * by itself, `capabilities` says of a bucket or its flavour in general; on objects above 16 MiB it holds none. A copy
 * under a condition that only a put holds goes through this process.
 */
export function createS3ObjectStore(options: S3Options, connection: S3Connection = connectS3(options)): ObjectStore {
  return {
    ...createBuckets(connection),
    ...createObjects(connection),
    ...createMultipartUploads(connection),
    ...createPresignedRequests(options),
  };
}

/** Opens a store with the settings of its buckets, over one connection. */
export function openS3(options: S3Options) {
  const connection = connectS3(options);
  return {
    store: createS3ObjectStore(options, connection),
    bucketSettings: createS3BucketSettings(connection),
    trials: createS3Trials(connection, createPresignedRequests(withoutKnowledge(options))),
  };
}

/** What is tried must not be kept from being tried by what was found before. */
const withoutKnowledge = ({ capabilities: _, ...options }: S3Options): S3Options => options;
