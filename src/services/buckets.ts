import { AppError } from '../errors.ts';
import type { Bucket, ObjectStore } from '../ports/object-store.ts';
import type { Access, Caller } from './access.ts';

/** The buckets of the bed. */
export interface Buckets {
  /** The buckets that the caller sees, by name: all, or one page of them, 10 a page unless said. */
  list(caller: Caller, pageSize?: number, pageNum?: number): Promise<readonly Bucket[]>;
  /** Refuses a bucket that is missing, or that the caller does not see. @throws {AppError} NoSuchBucket */
  require(caller: Caller, bucketName: string): Promise<void>;
  /** Tells whether links of the bucket work without a token. */
  isPublic(bucketName: string): Promise<boolean>;
}

interface BucketsOptions {
  readonly store: ObjectStore;
  readonly access: Access;
  /** Those whose images everybody may see. */
  readonly publicBuckets: ReadonlySet<string>;
}

/** Creates the bucket service. */
export function createBuckets({ store, access, publicBuckets }: BucketsOptions): Buckets {
  return {
    isPublic: async (bucketName) => publicBuckets.has(bucketName),
    list: async (caller, pageSize, pageNum) => {
      const all = (await store.listBuckets()).filter(({ name }) => access.seesBucket(caller, name));
      if (pageNum === -1 || (pageSize === undefined && pageNum === undefined)) return all;
      const size = pageSize ?? 10;
      return all.slice(((pageNum ?? 1) - 1) * size, (pageNum ?? 1) * size);
    },
    require: async (caller, bucketName) => {
      const isSeen = publicBuckets.has(bucketName) || access.seesBucket(caller, bucketName);
      if (isSeen && (await store.bucketExists(bucketName))) return;
      throw new AppError('NoSuchBucket', {
        zh: `没有名为 ${bucketName} 的存储桶；请用 bucket/listBuckets 查看`,
        en: `There is no bucket named ${bucketName}; bucket/listBuckets shows what there is`,
      });
    },
  };
}
