import { AppError } from '../../errors.ts';
import type { ObjectMetadata, ObjectStore } from '../../ports/object-store.ts';
import { type Access, type Caller, OWNER, requireMember, requireOwner } from '../access/access.ts';
import type { Usage } from '../access/usage.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { ReceivedImage } from '../uploads/received-image.ts';
import { namesLike } from './object-name.ts';
import type { ObjectReader, Place } from './object-reader.ts';

/** What to do when a name is taken. */
export type OnConflict = 'overwrite' | 'rename' | 'error';

/** How to store an image; by default it overwrites the caller's own of that name. */
export interface StoreOptions {
  readonly onConflict?: OnConflict | undefined;
  /** What the user wants kept beside the image. */
  readonly metaData?: Readonly<Record<string, string>> | undefined;
}

/** What became of an image. */
export interface Stored {
  readonly etag: string;
  /** The name that it got. */
  readonly objectName: string;
}

/** How images get into the bed, move about in it and leave it. */
export interface Objects {
  /** Stores an image under its owner's name. @throws {AppError} AccessDenied over somebody else's image, ObjectExists, QuotaExceeded */
  store(caller: Caller, place: Place, image: ReceivedImage, options?: StoreOptions): Promise<Stored>;
  /** Copies an image; the copy is the caller's. @throws {AppError} NoSuchKey, and as `store` */
  copy(caller: Caller, source: Place, target: Place, options?: StoreOptions): Promise<Stored>;
  /** Copies an image and removes the source, which must be the caller's. */
  move(caller: Caller, source: Place, target: Place, options?: StoreOptions): Promise<Stored>;
  /** Refuses a name that the caller may not write to. @throws {AppError} NoSuchBucket, AccessDenied, ObjectExists */
  requireWritable(caller: Caller, place: Place, onConflict?: OnConflict): Promise<void>;
  /** @throws {AppError} NoSuchBucket */
  requireBucket(caller: Caller, bucketName: string): Promise<void>;
  /** Removes an image; removing what is absent succeeds. @throws {AppError} AccessDenied for somebody else's */
  remove(caller: Caller, bucketName: string, objectName: string): Promise<void>;
  /** Removes up to 1,000 images; answers for each. */
  removeMany(caller: Caller, bucketName: string, objectNames: readonly string[]): Promise<readonly Removal[]>;
}

/** What became of one image that was to be removed. */
export interface Removal {
  readonly objectName: string;
  /** Why it is still there. */
  readonly error?: AppError;
}

interface ObjectsOptions {
  readonly store: ObjectStore;
  readonly reader: ObjectReader;
  readonly buckets: Buckets;
  readonly access: Access;
  readonly usage: Usage;
}

/** Creates the object service. */
export function createObjects({ store, reader, buckets, access, usage }: ObjectsOptions): Objects {
  /** What stands at a place that the caller may overwrite. */
  const findReplaceable = async (
    caller: Caller,
    { bucketName, objectName }: Place,
  ): Promise<ObjectMetadata | undefined> => {
    const existing = await store.head(bucketName, objectName);
    if (existing !== undefined) requireOwner(caller, existing.metadata);
    return existing;
  };

  const requireGranted = async (caller: Caller, { bucketName, objectName }: Place): Promise<void> => {
    await buckets.requireSeen(caller, bucketName);
    if (!access.reaches(caller, 'upload', bucketName, objectName)) throw notGranted(bucketName, objectName);
  };

  const requireWritable: Objects['requireWritable'] = async (caller, place, onConflict = 'overwrite') => {
    await requireGranted(caller, place);
    await buckets.require(caller, place.bucketName);
    if (onConflict === 'overwrite') await findReplaceable(caller, place);
    if (onConflict !== 'error') return;
    if ((await store.head(place.bucketName, place.objectName)) !== undefined) throw objectExists(place.objectName);
  };

  /** Writes where nothing is yet, which takes one call, or over something of the caller's own; whoever is faster is looked at again. */
  const overwrite = async (caller: Caller, place: Place, write: Write): Promise<Stored> => {
    const { objectName } = place;
    for (;;) {
      const created = await write(place, { ifNoneMatch: '*' });
      if (created !== undefined) return { etag: created.etag, objectName };
      const replaced = await findReplaceable(caller, place);
      const written = replaced && (await write(place, {}));
      if (written === undefined) continue;
      await releaseOwner(replaced);
      return { etag: written.etag, objectName };
    }
  };

  /** Writes to the first of the names that is free. */
  const writeNew = async (place: Place, names: Iterable<string>, write: Write): Promise<Stored> => {
    for (const objectName of names) {
      const written = await write({ ...place, objectName }, { ifNoneMatch: '*' });
      if (written !== undefined) return { etag: written.etag, objectName };
    }
    throw objectExists(place.objectName);
  };

  const writeTo = (caller: Caller, place: Place, onConflict: OnConflict, write: Write): Promise<Stored> => {
    if (onConflict === 'overwrite') return overwrite(caller, place, write);
    return writeNew(place, onConflict === 'rename' ? namesLike(place.objectName) : [place.objectName], write);
  };

  const put: Objects['store'] = async (caller, place, image, { onConflict = 'overwrite', metaData = {} } = {}) => {
    await requireGranted(caller, place);
    const metadata = {
      ...metaData,
      [OWNER]: requireMember(caller).userId,
      width: String(image.width),
      height: String(image.height),
      sha256: image.sha256,
    };
    return usage.counted(requireMember(caller), image.size, () =>
      writeTo(caller, place, onConflict, ({ bucketName, objectName }, condition) =>
        store.put(bucketName, objectName, image.body, { contentType: image.contentType, metadata, ...condition }),
      ),
    );
  };

  const copy: Objects['copy'] = async (caller, source, target, { onConflict = 'overwrite' } = {}) => {
    const original = await reader.stat(caller, source.bucketName, source.objectName);
    const place = { ...target, objectName: access.place(caller, target.objectName) };
    await requireGranted(caller, place);
    if (isSame(source, place)) throw objectExists(place.objectName);
    const metadata = { ...original.metadata, [OWNER]: requireMember(caller).userId };
    const { contentType } = original;
    return usage.counted(requireMember(caller), original.size, () =>
      writeTo(caller, place, onConflict, async ({ bucketName, objectName }, condition) => {
        const from = { bucket: source.bucketName, key: source.objectName };
        const to = { bucket: bucketName, key: objectName };
        return store.copy(from, to, { contentType, metadata, ...condition });
      }),
    );
  };

  const move: Objects['move'] = async (caller, source, target, options) => {
    const original = await reader.stat(caller, source.bucketName, source.objectName);
    requireOwner(caller, original.metadata);
    await reader.requireReach(caller, 'delete', source);
    const stored = await copy(caller, source, target, options);
    await remove(caller, source.bucketName, source.objectName);
    return stored;
  };

  const releaseOwner = async (gone: ObjectMetadata | undefined): Promise<void> => {
    const owner = gone?.metadata[OWNER];
    if (gone !== undefined && owner !== undefined) await usage.release(owner, gone.size);
  };

  const findRemovable = async (caller: Caller, place: Place): Promise<ObjectMetadata | undefined> => {
    if (!access.reaches(caller, 'delete', place.bucketName, place.objectName)) return undefined;
    return findReplaceable(caller, place);
  };

  const remove: Objects['remove'] = async (caller, bucketName, objectName) => {
    await buckets.requireSeen(caller, bucketName);
    const existing = await findRemovable(caller, { bucketName, objectName });
    if (existing === undefined) return buckets.require(caller, bucketName);
    await store.remove(bucketName, objectName);
    await releaseOwner(existing);
  };

  const removeMany: Objects['removeMany'] = async (caller, bucketName, objectNames) => {
    await buckets.require(caller, bucketName);
    const looked = await inTurns([...new Set(objectNames)], async (objectName) => {
      try {
        return { objectName, existing: await findRemovable(caller, { bucketName, objectName }) };
      } catch (error) {
        if (error instanceof AppError && error.code === 'AccessDenied') return { objectName, error };
        throw error;
      }
    });
    const removable = looked.flatMap(({ existing }) => existing ?? []);
    const failed = new Map(
      (
        await store.removeMany(
          bucketName,
          removable.map(({ key }) => key),
        )
      ).map(({ key, cause }) => [key, cause]),
    );
    await inTurns(
      removable.filter(({ key }) => !failed.has(key)),
      releaseOwner,
    );
    return looked.map(({ objectName, error }) => {
      const failure = error ?? (failed.has(objectName) ? notRemoved(failed.get(objectName)) : undefined);
      return { objectName, ...(failure && { error: failure }) };
    });
  };

  const requireBucket: Objects['requireBucket'] = buckets.require;

  return { store: put, copy, move, requireWritable, requireBucket, remove, removeMany };
}

/** Bytes on their way to a place. */
type Write = (
  place: Place,
  condition: { readonly ifNoneMatch?: '*' },
) => Promise<{ readonly etag: string } | undefined>;

const isSame = (one: Place, other: Place): boolean =>
  one.bucketName === other.bucketName && one.objectName === other.objectName;

/** Calls at once to the store for one request. */
const AT_ONCE = 16;

async function inTurns<Item, Result>(items: readonly Item[], task: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(task))));
  }
  return results;
}

const objectExists = (objectName: string): AppError =>
  new AppError('ObjectExists', {
    zh: `已有名为 ${objectName} 的对象；请换一个对象名，或用 onConflict: "rename"`,
    en: `There is an object named ${objectName} already; choose another name or use onConflict: "rename"`,
  });

const notRemoved = (cause: unknown): AppError =>
  new AppError(
    'ServiceUnavailable',
    { zh: '存储没有删除它，请重试', en: 'The store did not remove it; try again' },
    { cause },
  );

const notGranted = (bucketName: string, objectName: string): AppError =>
  new AppError('AccessDenied', {
    zh: `没有向 ${bucketName} 上传 ${objectName} 的权限；请换目录、换 token，或请管理员授权`,
    en: `You may not upload ${objectName} to ${bucketName}; use another folder or token, or ask an admin for a grant`,
  });
