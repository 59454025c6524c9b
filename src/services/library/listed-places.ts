import { AppError } from '../../errors.ts';
import { isPrefix } from '../../naming/key.ts';
import type { Access, Caller } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';

/** What lies below a prefix of a bucket. */
export interface ListedPlace {
  readonly bucket: string;
  readonly prefix: string;
}

/**
 * Finds where a caller may list, in one bucket or all; below a prefix that is longer than a key there is nothing.
 *
 * @throws {AppError} NoSuchBucket, InvalidArgument for too many places
 */
export type FindListedPlaces = (
  caller: Caller,
  asked: { readonly bucketName?: string | undefined; readonly prefix?: string | undefined },
) => Promise<readonly ListedPlace[]>;

/** Places that records can be asked for at once. */
const MAX_PLACES = 100;

/** Creates it. */
export function createFindListedPlaces({
  buckets,
  access,
}: {
  readonly buckets: Pick<Buckets, 'own' | 'require'>;
  readonly access: Access;
}): FindListedPlaces {
  return async (caller, { bucketName, prefix = '' }) => {
    if (bucketName !== undefined) await buckets.require(caller, bucketName);
    const names = bucketName === undefined ? (await buckets.own()).map(({ name }) => name) : [bucketName];
    const places = names.flatMap((bucket) =>
      access.listPrefixes(caller, bucket, prefix).map((allowed) => ({ bucket, prefix: allowed })),
    );
    const within = places.filter((place) => isPrefix(place.prefix));
    if (within.length > MAX_PLACES) throw tooManyPlaces();
    return within;
  };
}

const tooManyPlaces = (): AppError =>
  new AppError(
    'InvalidArgument',
    {
      zh: `一次最多搜索 ${MAX_PLACES} 个位置；请用 bucketName 指定存储桶`,
      en: `At most ${MAX_PLACES} places are searched at once; name one bucket with bucketName`,
    },
    { details: { fields: ['bucketName'] } },
  );
