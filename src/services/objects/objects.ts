import { mapLimited } from '../../concurrency/limit.ts';
import { AppError } from '../../errors.ts';
import type { ObjectMetadata, ObjectStore } from '../../ports/object-store.ts';
import { type Access, type Caller, OWNER, requireMember, requireOwner } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { ObjectEvents } from './events.ts';
import { noSuchKey, type ObjectReader, type Place } from './object-reader.ts';
import { findOwn, type OnConflict, objectExists, type Stored, toBooked, type Writes } from './writes.ts';

interface CopyOptions {
  /** By default a copy overwrites the caller's own image of that name. */
  readonly onConflict?: OnConflict | undefined;
}

/** How images move about in the bed and leave it. */
export interface Objects {
  /** Copies an image; the copy is the caller's. @throws {AppError} NoSuchKey, and as `Writes.write` */
  copy(caller: Caller, source: Place, target: Place, options?: CopyOptions): Promise<Stored>;
  /** Copies an image and removes the source, which must be the caller's. */
  move(caller: Caller, source: Place, target: Place, options?: CopyOptions): Promise<Stored>;
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
  readonly writes: Writes;
  readonly events: ObjectEvents;
}

/** Calls at once to the store for one request. */
const AT_ONCE = 16;

/** Creates the object service. */
export function createObjects({ store, reader, buckets, access, writes, events }: ObjectsOptions): Objects {
  const writeCopy = async (
    caller: Caller,
    source: Place,
    original: ObjectMetadata,
    target: Place,
    options: CopyOptions,
  ) => {
    const member = requireMember(caller);
    const place = { ...target, objectName: access.place(caller, target.objectName) };
    if (isSame(source, place)) {
      await writes.requireWritable(caller, place, 'rename');
      throw objectExists(place.objectName);
    }
    const { size, contentType } = original;
    const metadata = { ...original.metadata, [OWNER]: member.userId };
    const { onConflict = 'overwrite' } = options;
    const { replaced, ...stored } = await writes.write(member, place, { size, onConflict }, (to, condition) =>
      store
        .copy(
          { bucket: source.bucketName, key: source.objectName },
          { bucket: to.bucketName, key: to.objectName },
          { contentType, metadata, ...condition },
        )
        .catch((cause: unknown) => {
          // In our words: it was there, and is gone.
          throw cause instanceof AppError && cause.code === 'NoSuchKey' ? noSuchKey(source.objectName, cause) : cause;
        }),
    );
    const image = { bucketName: place.bucketName, objectName: stored.objectName, ownerId: member.userId, size };
    return { stored, change: { actorId: member.userId, source: toBooked(source, original), image, replaced } };
  };

  const copy: Objects['copy'] = async (caller, source, target, options = {}) => {
    const original = await reader.stat(caller, source.bucketName, source.objectName);
    const { stored, change } = await writeCopy(caller, source, original, target, options);
    await events.emit({ kind: 'copied', ...change });
    return stored;
  };

  const move: Objects['move'] = async (caller, source, target, options = {}) => {
    const original = await reader.stat(caller, source.bucketName, source.objectName);
    requireOwner(caller, original.metadata);
    await reader.requireReach(caller, 'delete', source);
    const { stored, change } = await writeCopy(caller, source, original, target, options);
    const gone = await findRemovable(caller, source);
    // Somebody else has removed it meanwhile, and told so.
    if (gone === undefined) await events.emit({ kind: 'copied', ...change });
    else {
      await store.remove(source.bucketName, source.objectName);
      await events.emit({ kind: 'moved', ...change, source: toBooked(source, gone) });
    }
    return stored;
  };

  const findRemovable = async (caller: Caller, place: Place): Promise<ObjectMetadata | undefined> => {
    if (!access.reaches(caller, 'delete', place.bucketName, place.objectName)) return undefined;
    return findOwn(store, caller, place);
  };

  const tellRemoved = (caller: Caller, bucketName: string, gone: ObjectMetadata): Promise<void> => {
    const image = toBooked({ bucketName, objectName: gone.key }, gone);
    return events.emit({ kind: 'removed', actorId: requireMember(caller).userId, image });
  };

  const remove: Objects['remove'] = async (caller, bucketName, objectName) => {
    await buckets.requireVisible(caller, bucketName);
    const existing = await findRemovable(caller, { bucketName, objectName });
    if (existing === undefined) return buckets.require(caller, bucketName);
    await store.remove(bucketName, objectName);
    await tellRemoved(caller, bucketName, existing);
  };

  const lookAtRemovable = async (caller: Caller, place: Place) => {
    const { objectName } = place;
    try {
      return { objectName, existing: await findRemovable(caller, place) };
    } catch (error) {
      if (error instanceof AppError && error.code === 'AccessDenied') return { objectName, error };
      throw error;
    }
  };

  const removeMany: Objects['removeMany'] = async (caller, bucketName, objectNames) => {
    await buckets.require(caller, bucketName);
    const names = [...new Set(objectNames)];
    const looked = await mapLimited(names, AT_ONCE, (objectName) =>
      lookAtRemovable(caller, { bucketName, objectName }),
    );
    const removable = looked.flatMap(({ existing }) => existing ?? []);
    const kept = await store.removeMany(
      bucketName,
      removable.map(({ key }) => key),
    );
    const failed = new Map(kept.map(({ key, cause }) => [key, notRemoved(cause)]));
    const gone = removable.filter(({ key }) => !failed.has(key));
    await mapLimited(gone, AT_ONCE, (object) => tellRemoved(caller, bucketName, object));
    return looked.map(({ objectName, error = failed.get(objectName) }) => ({ objectName, ...(error && { error }) }));
  };

  return { copy, move, remove, removeMany };
}

const isSame = (one: Place, other: Place): boolean =>
  one.bucketName === other.bucketName && one.objectName === other.objectName;

const notRemoved = (cause: unknown): AppError =>
  new AppError(
    'ServiceUnavailable',
    { zh: '存储没有删除它，请重试', en: 'The store did not remove it; try again' },
    { cause },
  );
