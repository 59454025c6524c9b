import type { CallLimits } from '../../../concurrency/resilience.ts';
import { isKey } from '../../../naming/key.ts';
import type { NotRemoved, ObjectMetadata, ObjectStore, Removal } from '../../../ports/object-store.ts';
import { checkRemovedKeys, type Failures, removeEach } from '../remove-many.ts';
import { isSameObject } from '../same-object.ts';
import { isNamed, present, toRefusal, undefinedIf } from './errors.ts';
import type { S3Reads } from './objects.ts';
import { capabilitiesOf } from './options.ts';
import { toS3Object } from './sdk-words.ts';
import { QUICK, type S3Connection } from './transport.ts';

type S3Removes = Pick<ObjectStore, 'remove' | 'removeMany'>;

/** What any store takes to remove one of many; versitygw was seen to take 6.4 ms. */
const REMOVED_MS_PER_KEY = 20;

/** XML 1.0 has no way to say these. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSPEAKABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

const isListable = (key: string): boolean => isKey(key) && !UNSPEAKABLE.test(key);

/** Creates the calls that remove objects. */
export function createRemoves(connection: S3Connection, { head }: S3Reads): S3Removes {
  const holdsRemovals = async (bucket: string): Promise<boolean> =>
    (await capabilitiesOf(connection.options, bucket)).conditionalDelete;

  const remove: S3Removes['remove'] = async (bucket, key, { ifMatch, hasLooked = false } = {}) => {
    const isHeld = ifMatch !== undefined && (await holdsRemovals(bucket));
    // An etag is shared by all objects of the same bytes: only a look tells them apart.
    if (ifMatch !== undefined && !hasLooked) {
      const found = await head(bucket, key);
      if (found === undefined) return 'absent';
      if (!isSameObject(found, ifMatch)) return 'changed';
    }
    return removeOne(connection, { ...toS3Object(bucket, key), ...(isHeld && { IfMatch: `"${ifMatch.etag}"` }) });
  };

  const removeMany: S3Removes['removeMany'] = async (bucket, keys, { ifMatch, hasLooked = false } = {}) => {
    checkRemovedKeys(keys);
    const removeOneByOne = (some: readonly string[]): Promise<Failures> =>
      removeEach(some, async (key) => {
        const seen = ifMatch?.get(key);
        return remove(bucket, key, { hasLooked, ...(seen && { ifMatch: seen }) });
      });
    const isHeld = ifMatch !== undefined && (await holdsRemovals(bucket));
    if (ifMatch !== undefined && !hasLooked) return removeOneByOne(keys);
    const together = [...new Set(keys.filter(isListable))];
    const apart = keys.filter((key) => !isListable(key));
    const failures = await removeOneByOne(apart);
    if (together.length === 0) return failures;
    const removing = removeTogether(connection, bucket, together, isHeld ? ifMatch : undefined);
    const removed = await undefinedIf(removing, 'NotImplemented');
    return [...failures, ...(removed ?? (await removeOneByOne(together)))];
  };

  return { remove, removeMany };
}

/** A call for 1,000 keys has the time of 1,000 keys. */
const forKeys = (count: number): CallLimits => ({
  ...QUICK,
  attemptMs: (QUICK.attemptMs ?? 0) + count * REMOVED_MS_PER_KEY,
  budgetMs: (QUICK.budgetMs ?? 0) + count * REMOVED_MS_PER_KEY,
});

interface ToRemove {
  readonly Bucket: string;
  readonly Key: string;
  readonly IfMatch?: string;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
async function removeOne({ request }: S3Connection, input: ToRemove): Promise<Removal> {
  let tries = 0;
  return request(async (requests, options): Promise<Removal> => {
    tries += 1;
    try {
      await requests.remove(input, options);
      return 'removed';
    } catch (error) {
      const [, outcome] = OUTCOMES.find(([name]) => isNamed(error, name)) ?? [];
      if (outcome === undefined) throw error;
      // After an answer that was lost it is ours that is gone.
      return outcome === 'absent' && tries > 1 ? 'removed' : outcome;
    }
  }, QUICK);
}

/** What a refusal to remove means, by the store's name of it. */
const OUTCOMES: readonly (readonly [string, Removal])[] = [
  ['NoSuchKey', 'absent'],
  ['NotFound', 'absent'],
  ['NoSuchBucket', 'absent'],
  ['PreconditionFailed', 'changed'],
];

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
async function removeTogether(
  { send }: S3Connection,
  bucket: string,
  keys: readonly string[],
  seen: ReadonlyMap<string, ObjectMetadata> | undefined,
): Promise<Failures> {
  const toObject = (Key: string) => {
    const etag = seen?.get(Key)?.etag;
    return { Key, ...(etag !== undefined && { ETag: `"${etag}"` }) };
  };
  const input = { Bucket: bucket, Delete: { Objects: keys.map(toObject) } };
  const limits = forKeys(keys.length);
  const call = send(async ({ client, DeleteObjectsCommand }, options) => {
    const { Deleted, Errors = [] } = await client.send(new DeleteObjectsCommand(input), options);
    if (Errors.length === 0) present(Deleted, 'keys');
    return Errors.flatMap(({ Key, Code = '', Message }): NotRemoved[] => {
      const key = present(Key, 'key');
      if (Code === 'NoSuchKey') return seen?.has(key) ? [{ key, outcome: 'absent' }] : [];
      if (Code === 'PreconditionFailed') return [{ key, outcome: 'changed' }];
      return [{ key, outcome: 'failed', cause: toRefusal(Code, new Error(Message ?? Code)) }];
    });
  }, limits);
  return (await undefinedIf(call, 'NoSuchBucket')) ?? [];
}
