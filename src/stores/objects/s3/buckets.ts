import { AppError } from '../../../errors.ts';
import type { Bucket, ObjectStore } from '../../../ports/object-store.ts';
import { compareKeys } from '../key-order.ts';
import { isNamed, present, undefinedIf } from './errors.ts';
import { allPages, once, QUICK, type S3Connection } from './transport.ts';

/** The calls on buckets, and the one that looks whether the store is there. */
export type S3Buckets = Pick<ObjectStore, 'listBuckets' | 'makeBucket' | 'bucketExists' | 'removeBucket' | 'ping'>;

/** Creates the calls on buckets. */
export function createBuckets(connection: S3Connection): S3Buckets {
  const { send, request } = connection;

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
  const bucketExists = async (bucket: string): Promise<boolean> => {
    const call = request(async ({ headBucket }, options) => {
      await headBucket({ Bucket: bucket }, options);
      return true;
    }, QUICK);
    return (await undefinedIf(call, 'NoSuchKey', 'NoSuchBucket')) ?? false;
  };

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
  const makeBucket = async (bucket: string): Promise<boolean> => {
    // Ceph and the first region of AWS make a bucket of one's own again, so two that look at once are both told `true`.
    if (await bucketExists(bucket)) return false;
    return send(async ({ client, CreateBucketCommand }, options) => {
      try {
        await client.send(new CreateBucketCommand({ Bucket: bucket }), options);
        return true;
      } catch (error) {
        if (isNamed(error, 'BucketAlreadyOwnedByYou')) return false;
        throw error;
      }
    }, once());
  };

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
  const removeBucket = async (bucket: string): Promise<void> => {
    const call = send(
      ({ client, DeleteBucketCommand }, options) => client.send(new DeleteBucketCommand({ Bucket: bucket }), options),
      QUICK,
    );
    await undefinedIf(call, 'NoSuchBucket');
  };

  return {
    listBuckets: () => listBuckets(connection),
    makeBucket,
    bucketExists,
    removeBucket,
    ping: () => ping(connection),
  };
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
async function listBuckets({ send }: S3Connection): Promise<readonly Bucket[]> {
  const buckets = await allPages((marker: string | undefined) =>
    send(async ({ client, ListBucketsCommand }, options) => {
      const input = marker === undefined ? {} : { ContinuationToken: marker };
      const call = client.send(new ListBucketsCommand(input), options);
      const { Buckets, Owner, ContinuationToken } = await call.catch(refuseListing);
      const items = present(Buckets ?? (Owner && []), 'buckets').flatMap(
        ({ Name: name, CreationDate = new Date(0) }) =>
          name === undefined ? [] : [{ name, creationDate: CreationDate }],
      );
      return { items, next: ContinuationToken };
    }, QUICK),
  );
  return buckets.sort((left, right) => compareKeys(left.name, right.name));
}

/** @throws {AppError} AccessDenied, of a key that has leave for some buckets and not for the list of them */
function refuseListing(error: unknown): never {
  if (!isNamed(error, 'AccessDenied')) throw error;
  throw new AppError(
    'AccessDenied',
    {
      zh: '密钥 IMAGEPIC_S3_ACCESS_KEY_ID 没有列出存储桶的权限（ListBuckets）',
      en: 'The key IMAGEPIC_S3_ACCESS_KEY_ID may not list buckets (ListBuckets)',
    },
    { cause: error },
  );
}

/** Keys that may not list buckets are known to the store all the same. */
const ping = ({ send }: S3Connection): Promise<void> =>
  send(async ({ client, ListBucketsCommand }, options) => {
    try {
      const { Buckets, Owner } = await client.send(new ListBucketsCommand({ MaxBuckets: 1 }), options);
      present(Buckets ?? Owner, 'buckets');
    } catch (error) {
      if (!isNamed(error, 'AccessDenied')) throw error;
    }
  }, QUICK);
