import type { StoreTrials } from '../../../ports/store-trials.ts';
import { undefinedIf } from './errors.ts';
import { bareEtag, toS3Object } from './sdk-words.ts';
import { QUICK, type S3Connection } from './transport.ts';

/** Creates the conditional calls as they are, for finding out what the store makes of them. */
export function createS3Trials({ send }: S3Connection): StoreTrials {
  return {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    put: (bucket, key, bytes, { ifNoneMatch, ifMatch }) => {
      const input = {
        ...toS3Object(bucket, key),
        Body: bytes,
        ContentLength: bytes.byteLength,
        ...(ifNoneMatch !== undefined && { IfNoneMatch: ifNoneMatch }),
        ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }),
      };
      const call = send(async ({ client, PutObjectCommand }, options) => {
        const { ETag } = await client.send(new PutObjectCommand(input), options);
        return { etag: bareEtag(ETag) };
      }, QUICK);
      return undefinedIf(call, 'ObjectExists');
    },
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
    remove: async (bucket, key, { ifMatch }) => {
      const input = { ...toS3Object(bucket, key), ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }) };
      const call = send(async ({ client, DeleteObjectCommand }, options) => {
        await client.send(new DeleteObjectCommand(input), options);
        return true;
      }, QUICK);
      return (await undefinedIf(call, 'ObjectExists')) ?? false;
    },
  };
}
