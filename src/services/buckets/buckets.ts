import * as v from 'valibot';
import { mapLimited } from '../../concurrency/limit.ts';
import { AppError } from '../../errors.ts';
import type { BucketSettings, CorsRule } from '../../ports/bucket-settings.ts';
import type { DocumentStore, JsonObject } from '../../ports/document-store.ts';
import type { Bucket, ObjectStore } from '../../ports/object-store.ts';
import type { Access, Caller } from '../access/access.ts';
import { type Collection, defineCollection, openCollection } from '../collection.ts';

/** What somebody decided about a bucket. */
export const BUCKETS = defineCollection({
  name: 'buckets',
  schema: v.object({ policy: v.picklist(['private', 'public-read']) }),
  retention: { kept: 'one document a bucket, which goes with it' },
});
/** How long one instance may go on showing images of a bucket that has just been made private, in milliseconds. */
const REMEMBERED_MS = 5000;
const MAX_REMEMBERED = 1000;
/** How long a bucket that was there is believed to be there. */
const SEEN_MS = 60_000;
const STALE_UPLOAD_DAYS = 1;
const PAGE = 200;
const AT_ONCE = 8;
/** What a store says to a key that has leave for one bucket and none to list them. */
const MAY_NOT_LIST: ReadonlySet<string> = new Set(['AccessDenied', 'NotImplemented']);

/** Who may see a bucket's images by their links: members, or everybody. */
export type BucketPolicy = 'private' | 'public-read';

/** A bucket of the bed; its date is not known where the store's key may not list buckets. */
export interface OwnBucket {
  readonly name: string;
  readonly creationDate?: Date;
}

/** The buckets of the bed. */
export interface Buckets {
  /** The bucket of an image where none is named: the one that the caller's token is narrowed to, or the bed's default. */
  defaultOf(caller: Caller): string;
  /** The bed's own buckets that the caller sees, by name: all, or one page of them, 10 a page unless said. */
  list(caller: Caller, pageSize?: number, pageNum?: number): Promise<readonly OwnBucket[]>;
  /** The bed's own buckets by name: the default one, and those that were made here, have a policy of the bed's or got images here. */
  own(): Promise<readonly OwnBucket[]>;
  /** Makes a bucket the bed's own, which whatever images go to has to be. */
  adopt(bucketName: string): Promise<void>;
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
  readonly defaultBucket: string;
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
  defaultBucket,
  publicBuckets,
  now,
}: BucketsOptions): Buckets {
  const decided = openCollection(documents, BUCKETS);
  const remembered = new Map<string, { readonly policy: BucketPolicy; readonly at: number }>();

  const defaultOf: Buckets['defaultOf'] = (caller) =>
    (caller.kind === 'member' ? caller.narrowing?.bucketName : undefined) ?? defaultBucket;

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

  const seen = new Map<string, number>();
  /** Asks the store once a minute at most; what has gone meanwhile, the store itself says of whatever comes next. */
  const isThere = async (bucketName: string): Promise<boolean> => {
    if (now().getTime() - (seen.get(bucketName) ?? Number.NEGATIVE_INFINITY) < SEEN_MS) return true;
    const found = await store.bucketExists(bucketName);
    if (!found || seen.size >= MAX_REMEMBERED) seen.clear();
    if (found) seen.set(bucketName, now().getTime());
    return found;
  };

  const exists: Buckets['exists'] = async (caller, bucketName) =>
    (await isSeen(caller, bucketName)) && store.bucketExists(bucketName);

  const listAll = (): Promise<readonly Bucket[] | undefined> =>
    store.listBuckets().catch((error: unknown) => {
      if (error instanceof AppError && MAY_NOT_LIST.has(error.code)) return undefined;
      throw error;
    });

  const own: Buckets['own'] = async () => {
    const names = new Set([defaultBucket, ...(await readNames(decided))]);
    const all = await listAll();
    if (all !== undefined) return all.filter(({ name }) => names.has(name));
    const sorted = [...names].sort();
    const found = await mapLimited(sorted, AT_ONCE, async (name) =>
      (await store.bucketExists(name)) ? [{ name }] : [],
    );
    return found.flat();
  };

  const adopted = new Set([defaultBucket]);
  const adopt: Buckets['adopt'] = async (bucketName) => {
    if (adopted.has(bucketName)) return;
    // What is there already stays as it was decided.
    await decided.create(toId(bucketName), { policy: 'private' });
    if (adopted.size < MAX_REMEMBERED) adopted.add(bucketName);
  };

  const settings: Buckets['settings'] = async (bucketName) => {
    if (bucketSettings === undefined) throw notImplemented();
    await requireExisting(bucketName);
    return bucketSettings;
  };

  return {
    defaultOf,
    isPublic,
    exists,
    settings,
    own,
    adopt,
    list: async (caller, pageSize, pageNum) => {
      const all = (await own()).filter(({ name }) => access.seesBucket(caller, name));
      if (pageNum === -1 || (pageSize === undefined && pageNum === undefined)) return all;
      const size = pageSize ?? 10;
      return all.slice(((pageNum ?? 1) - 1) * size, (pageNum ?? 1) * size);
    },
    requireVisible: async (caller, bucketName) => {
      if (!(await isSeen(caller, bucketName))) throw noSuchBucket(bucketName);
    },
    require: async (caller, bucketName) => {
      if (!(await isSeen(caller, bucketName)) || !(await isThere(bucketName))) throw noSuchBucket(bucketName);
    },
    make: async (bucketName, policy) => {
      if (!(await store.makeBucket(bucketName))) throw bucketExists(bucketName);
      await writePolicy(bucketName, policy);
      // A precaution, after all is done: what a store says to it is no failure of the bucket.
      await bucketSettings?.abortStaleUploads(bucketName, STALE_UPLOAD_DAYS).catch(() => undefined);
    },
    remove: async (bucketName) => {
      await store.removeBucket(bucketName);
      adopted.delete(bucketName);
      seen.delete(bucketName);
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
      // Any other but the default one is the bed's by its document alone, and what is in it, in its trash too, stays the bed's.
      if (bucketName === defaultBucket) await decided.remove(toId(bucketName));
      else if ((await decided.read(toId(bucketName))) !== undefined) await writePolicy(bucketName, 'private');
      remembered.delete(bucketName);
    },
    setCors: async (bucketName, rules) => (await settings(bucketName)).setCors(bucketName, rules),
  };
}

/** Bucket names have dots, document ids have none, and underscores are in ids only. */
const toId = (bucketName: string): string => bucketName.replaceAll('.', '_');
const toName = (id: string): string => id.replaceAll('_', '.');

async function readNames(decided: Collection<v.InferOutput<typeof BUCKETS.schema>>): Promise<readonly string[]> {
  const names: string[] = [];
  let after: string | undefined;
  do {
    const page = await decided.list({ after, limit: PAGE });
    names.push(...page.documents.map(({ id }) => toName(id)));
    after = page.after;
  } while (after !== undefined);
  return names;
}

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
