import { AppError } from '../../../errors.ts';
import { isKey } from '../../../naming/key.ts';
import type { ObjectStore } from '../../../ports/object-store.ts';
import { checkRemovedKeys, type Failures, removeEach } from '../remove-many.ts';
import { toS3Object } from './address.ts';
import { QUICK, type S3Connection } from './connection.ts';
import { present, toRefusal, undefinedIf } from './errors.ts';

/** The calls that remove objects. */
export type S3Removes = Pick<ObjectStore, 'remove' | 'removeMany'>;

/** XML 1.0 has no way to say these. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSPEAKABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/** Creates the calls that remove objects. */
export function createRemoves(connection: S3Connection): S3Removes {
  const { send } = connection;

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
  const remove: S3Removes['remove'] = async (bucket, key) => {
    const input = toS3Object(bucket, key);
    const call = send(
      ({ client, DeleteObjectCommand }, options) => client.send(new DeleteObjectCommand(input), options),
      QUICK,
    );
    await undefinedIf(call, 'NoSuchKey', 'NoSuchBucket');
  };

  const removeMany: S3Removes['removeMany'] = async (bucket, keys) => {
    checkRemovedKeys(keys);
    const removeOneByOne = (some: readonly string[]): Promise<Failures> =>
      removeEach(some, (key) => remove(bucket, key));
    const isListable = (key: string): boolean => isKey(key) && !UNSPEAKABLE.test(key);
    const together = [...new Set(keys.filter(isListable))];
    const apart = keys.filter((key) => !isListable(key));
    const failures = await removeOneByOne(apart);
    if (together.length === 0) return failures;
    try {
      return [...failures, ...(await removeTogether(connection, bucket, together))];
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'NotImplemented')) throw error;
      return [...failures, ...(await removeOneByOne(together))];
    }
  };

  return { remove, removeMany };
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
async function removeTogether({ send }: S3Connection, bucket: string, keys: readonly string[]): Promise<Failures> {
  const input = { Bucket: bucket, Delete: { Objects: keys.map((key) => ({ Key: key })) } };
  const call = send(async ({ client, DeleteObjectsCommand }, options) => {
    const { Deleted, Errors = [] } = await client.send(new DeleteObjectsCommand(input), options);
    if (Errors.length === 0) present(Deleted, 'keys');
    return Errors.filter(({ Code }) => Code !== 'NoSuchKey').map(({ Key, Code = '', Message }) => ({
      key: present(Key, 'key'),
      cause: toRefusal(Code, new Error(Message ?? Code)),
    }));
  }, QUICK);
  return (await undefinedIf(call, 'NoSuchBucket')) ?? [];
}
