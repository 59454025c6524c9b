import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { BucketSettings, CorsRule } from '../../ports/bucket-settings.ts';
import type { DocumentStore, JsonObject } from '../../ports/document-store.ts';
import type { Bucket, ObjectStore } from '../../ports/object-store.ts';
import type { Access, Caller } from '../access/access.ts';
import { defineCollection, openCollection } from '../collection.ts';

/** What somebody decided about a bucket. */
export const BUCKETS = defineCollection({
  name: 'buckets',
  schema: v.object({ policy: v.picklist(['private', 'public-read']) }),
  retention: { kept: 'one document a bucket, which goes with it' },
});
/** How long one instance may go on showing images of a bucket that has just been made private, in milliseconds. */
const REMEMBERED_MS = 5000;
const MAX_REMEMBERED = 1000;
const STALE_UPLOAD_DAYS = 1;

/** Who may see a bucket's images by their links: members, or everybody. */
export type BucketPolicy = 'private' | 'public-read';

/** The buckets of the bed. */
export interface Buckets {
  /** The buckets that the caller sees, by name: all, or one page of them, 10 a page unless said. */
  list(caller: Caller, pageSize?: number, pageNum?: number): Promise<readonly Bucket[]>;
  /** Refuses a bucket that the caller does not see; whether it is there the store says itself. @throws {AppError} NoSuchBucket */
  requireVisible(caller: Caller, bucketName: string): Promise<void>;
  /** Refuses a bucket that is missing, or that the caller does not see. @throws {AppError} NoSuchBucket */
  require(caller: Caller, bucketName: string): Promise<void>;
  exists(caller: Caller, bucketName: string): Promise<boolean>;
  /** @throws {AppError} BucketAlreadyExists */
  make(bucketName: string, policy: BucketPolicy): Promise<void>;
  /** Removes an empty bucket. @throws {AppError} BucketNotEmpty */
  remove(bucketName: string): Promise<void>;
  /** Tells whether links of the bucket work without a token. */
  isPublic(bucketName: string): Promise<boolean>;
  /** The simple policy, or the store's own document where somebody set one. */
  getPolicy(bucketName: string): Promise<BucketPolicy | JsonObject>;
  /** @throws {AppError} NotImplemented for a document where the store takes none */
  setPolicy(bucketName: string, policy: BucketPolicy | JsonObject): Promise<void>;
  /** Back to what the bed began with. */
  removePolicy(bucketName: string): Promise<void>;
  /** What the store can be told about the bucket. @throws {AppError} NotImplemented, NoSuchBucket */
  settings(bucketName: string): Promise<BucketSettings>;
  setCors(bucketName: string, rules: readonly CorsRule[]): Promise<void>;
}

interface BucketsOptions {
  readonly store: ObjectStore;
  readonly bucketSettings: BucketSettings | undefined;
  readonly documents: DocumentStore;
  readonly access: Access;
  /** Those whose images everybody may see, unless somebody decided otherwise. */
  readonly publicBuckets: ReadonlySet<string>;
  readonly now: () => Date;
}

/** Creates the bucket service. */
export function createBuckets({
  store,
  bucketSettings,
  documents,
  access,
  publicBuckets,
  now,
}: BucketsOptions): Buckets {
  const decided = openCollection(documents, BUCKETS);
  const remembered = new Map<string, { readonly policy: BucketPolicy; readonly at: number }>();

  const readPolicy = async (bucketName: string): Promise<BucketPolicy> => {
    const bucket = await decided.read(toId(bucketName));
    if (bucket !== undefined) return bucket.policy;
    return publicBuckets.has(bucketName) ? 'public-read' : 'private';
  };

  const isPublic: Buckets['isPublic'] = async (bucketName) => {
    const known = remembered.get(bucketName);
    const at = now().getTime();
    if (known !== undefined && at - known.at < REMEMBERED_MS) return known.policy === 'public-read';
    const policy = await readPolicy(bucketName);
    remembered.delete(bucketName);
    remembered.set(bucketName, { policy, at });
    const [oldest] = remembered.keys();
    if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    return policy === 'public-read';
  };

  const writePolicy = async (bucketName: string, policy: BucketPolicy): Promise<void> => {
    await decided.upsert(toId(bucketName), () => ({ policy }));
    remembered.delete(bucketName);
  };

  const requireExisting = async (bucketName: string): Promise<void> => {
    if (!(await store.bucketExists(bucketName))) throw noSuchBucket(bucketName);
  };

  const isSeen = async (caller: Caller, bucketName: string): Promise<boolean> =>
    access.seesBucket(caller, bucketName) || isPublic(bucketName);

  const exists: Buckets['exists'] = async (caller, bucketName) =>
    (await isSeen(caller, bucketName)) && store.bucketExists(bucketName);

  const settings: Buckets['settings'] = async (bucketName) => {
    if (bucketSettings === undefined) throw notImplemented();
    await requireExisting(bucketName);
    return bucketSettings;
  };

  return {
    isPublic,
    exists,
    settings,
    list: async (caller, pageSize, pageNum) => {
      const all = (await store.listBuckets()).filter(({ name }) => access.seesBucket(caller, name));
      if (pageNum === -1 || (pageSize === undefined && pageNum === undefined)) return all;
      const size = pageSize ?? 10;
      return all.slice(((pageNum ?? 1) - 1) * size, (pageNum ?? 1) * size);
    },
    requireVisible: async (caller, bucketName) => {
      if (!(await isSeen(caller, bucketName))) throw noSuchBucket(bucketName);
    },
    require: async (caller, bucketName) => {
      if (!(await exists(caller, bucketName))) throw noSuchBucket(bucketName);
    },
    make: async (bucketName, policy) => {
      if (!(await store.makeBucket(bucketName))) throw bucketExists(bucketName);
      await writePolicy(bucketName, policy);
      // A precaution, after all is done: what a store says to it is no failure of the bucket.
      await bucketSettings?.abortStaleUploads(bucketName, STALE_UPLOAD_DAYS).catch(() => undefined);
    },
    remove: async (bucketName) => {
      await store.removeBucket(bucketName);
      await decided.remove(toId(bucketName));
      remembered.delete(bucketName);
    },
    getPolicy: async (bucketName) => {
      await requireExisting(bucketName);
      return (await bucketSettings?.getPolicy(bucketName)) ?? readPolicy(bucketName);
    },
    setPolicy: async (bucketName, policy) => {
      await requireExisting(bucketName);
      if (typeof policy === 'string') return writePolicy(bucketName, policy);
      await (await settings(bucketName)).setPolicy(bucketName, policy);
    },
    removePolicy: async (bucketName) => {
      await requireExisting(bucketName);
      await bucketSettings?.removePolicy(bucketName);
      await decided.remove(toId(bucketName));
      remembered.delete(bucketName);
    },
    setCors: async (bucketName, rules) => (await settings(bucketName)).setCors(bucketName, rules),
  };
}

/** Bucket names have dots, document ids have none, and underscores are in ids only. */
const toId = (bucketName: string): string => bucketName.replaceAll('.', '_');

const noSuchBucket = (bucketName: string): AppError =>
  new AppError('NoSuchBucket', {
    zh: `没有名为 ${bucketName} 的存储桶；请用 bucket/listBuckets 查看`,
    en: `There is no bucket named ${bucketName}; bucket/listBuckets shows what there is`,
  });

const bucketExists = (bucketName: string): AppError =>
  new AppError('BucketAlreadyExists', {
    zh: `已有名为 ${bucketName} 的存储桶`,
    en: `There is a bucket named ${bucketName} already`,
  });

const notImplemented = (): AppError =>
  new AppError('NotImplemented', {
    zh: '当前存储没有这项功能（内置的文件存储只支持 private 和 public-read）；请改用 S3 存储（IMAGEPIC_S3_*）',
    en: 'This store has no such thing (the embedded one knows private and public-read only); use an S3 store (IMAGEPIC_S3_*)',
  });
