import { mapLimited } from '../../concurrency/limit.ts';
import { AppError } from '../../errors.ts';
import type { NotRemoved, ObjectMetadata, ObjectStore, Removal as StoreRemoval } from '../../ports/object-store.ts';
import { type Access, type Caller, requireMember, requireOwner } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { ObjectEvents } from './events.ts';
import { despiteLostAnswer, isInDoubt } from './lost-answers.ts';
import type { ObjectReader, Place } from './object-reader.ts';
import type { Mark, OpenChanges } from './open-changes.ts';
import { contended, type PlaceLocks } from './place-locks.ts';
import { MAX_TRIES, pauseAfter } from './tries.ts';
import { findOwn, toChanged } from './writes.ts';

/** What became of one image that was to be removed. */
export interface Removal {
  readonly objectName: string;
  /** Why it is still there. */
  readonly error?: AppError;
}

/** Where removed images go first, so that they can come back. */
export interface Bin {
  /** Puts exactly the image that was seen at a place into it, and tells so; `changed` where it is no longer that one. */
  put(actorId: string, place: Place, seen: ObjectMetadata): Promise<StoreRemoval>;
}

/** How images are removed. */
interface RemoveOptions {
  /** Whether for good, at once. */
  readonly purge?: boolean | undefined;
}

/** How images leave the bed. */
export interface Removals {
  /** Removes an image; removing what is absent succeeds. @throws {AppError} AccessDenied for somebody else's */
  remove(caller: Caller, bucketName: string, objectName: string, options?: RemoveOptions): Promise<void>;
  /** Removes exactly the image that was seen there, and tells what became of it. @throws {AppError} AccessDenied for somebody else's */
  removeSeen(caller: Caller, place: Place, seen: ObjectMetadata): Promise<StoreRemoval>;
  /** Removes up to 1,000 images; answers for each. */
  removeMany(
    caller: Caller,
    bucketName: string,
    objectNames: readonly string[],
    options?: RemoveOptions,
  ): Promise<readonly Removal[]>;
  /** Removes exactly this version, and tells nobody. */
  removeExactly(place: Place, ifMatch: ObjectMetadata): Promise<StoreRemoval>;
}

/** What removing stands on. */
export interface RemovalsOptions {
  readonly store: ObjectStore;
  readonly reader: ObjectReader;
  readonly buckets: Buckets;
  readonly access: Access;
  readonly events: ObjectEvents;
  readonly changes: OpenChanges;
  readonly locks: PlaceLocks;
  /** Absent where what is removed is gone. */
  readonly bin?: Bin | undefined;
}

/** Calls at once to the store for one request. */
const AT_ONCE = 16;

/** Creates what removes images. */
export function createRemovals(options: RemovalsOptions): Removals {
  const { store, reader, buckets, access, events, changes, locks, bin } = options;

  /** A removal whose answer was lost is done if nothing stands there. */
  const removeSurely = (
    { bucketName, objectName }: Place,
    condition: Parameters<ObjectStore['remove']>[2],
  ): Promise<StoreRemoval> =>
    despiteLostAnswer(
      () => store.remove(bucketName, objectName, condition),
      async () => ((await store.head(bucketName, objectName)) === undefined ? 'removed' : undefined),
    );

  const removeExactly = (place: Place, ifMatch: ObjectMetadata): Promise<StoreRemoval> =>
    locks.hold(place, { kind: 'change' }, () => removeSurely(place, { ifMatch }));

  const removeSeen: Removals['removeSeen'] = async (caller, place, seen) => {
    requireOwner(caller, seen.metadata);
    if (bin !== undefined) return bin.put(requireMember(caller).userId, place, seen);
    return changes.during(async (mark) => {
      await mark(place);
      const removal = await removeExactly(place, seen);
      if (removal === 'removed') await tellRemoved(caller, place.bucketName, seen);
      return removal;
    });
  };

  const findRemovable = async (caller: Caller, place: Place): Promise<ObjectMetadata | undefined> => {
    if (!access.reaches(caller, 'delete', place.bucketName, place.objectName)) return undefined;
    return findOwn(store, caller, place);
  };

  const tellRemoved = (caller: Caller, bucketName: string, gone: ObjectMetadata): Promise<void> => {
    const image = toChanged({ bucketName, objectName: gone.key }, gone);
    return events.emit({ kind: 'removed', actorId: requireMember(caller).userId, image });
  };

  const remove: Removals['remove'] = async (caller, bucketName, objectName, { purge } = {}) => {
    await buckets.requireVisible(caller, bucketName);
    const place = reader.locate(caller, { bucketName, objectName });
    if (bin === undefined || purge === true) return changes.during((mark) => removeWhatever(caller, place, mark));
    await throwAway(caller, place, bin);
  };

  /** Puts into the trash what stands there, however often that changes meanwhile. */
  const throwAway = async (caller: Caller, place: Place, to: Bin): Promise<void> => {
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const existing = await findRemovable(caller, place);
      if (existing === undefined) return buckets.require(caller, place.bucketName);
      if ((await to.put(requireMember(caller).userId, place, existing)) !== 'changed') return;
      await pauseAfter(tries);
    }
    throw contended(place.objectName);
  };

  /** Removes what stands there, however often that changes meanwhile. */
  const removeWhatever = async (caller: Caller, place: Place, mark: Mark): Promise<void> => {
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const { existing, removal } = await lookAndRemove(caller, place, mark);
      if (existing === undefined) return buckets.require(caller, place.bucketName);
      if (removal === 'removed') return tellRemoved(caller, place.bucketName, existing);
      // Whoever removed it told so.
      if (removal === 'absent') return;
      await pauseAfter(tries);
    }
    throw contended(place.objectName);
  };

  const lookAndRemove = (caller: Caller, place: Place, mark: Mark) =>
    locks.hold(place, { kind: 'change' }, async () => {
      const existing = await findRemovable(caller, place);
      if (existing === undefined) return { existing, removal: 'absent' as const };
      await mark(place);
      return { existing, removal: await removeSurely(place, { ifMatch: existing, hasLooked: true }) };
    });

  const lookAtRemovable = async (caller: Caller, place: Place) => {
    const { objectName } = place;
    try {
      return { objectName, existing: await findRemovable(caller, place) };
    } catch (error) {
      if (error instanceof AppError && error.code === 'AccessDenied') return { objectName, error };
      throw error;
    }
  };

  /** One whose removal is in doubt is gone if it is not there. */
  const lookAfter = async (bucketName: string, one: NotRemoved): Promise<readonly NotRemoved[]> => {
    if (one.outcome !== 'failed' || !isInDoubt(one.cause)) return [one];
    const found = await store.head(bucketName, one.key).catch(() => true);
    return found === undefined ? [] : [one];
  };

  /** Removes in one go what nobody else is at, and answers for what it looked at. */
  const removeTogether = async (caller: Caller, bucketName: string, places: readonly Place[], mark: Mark) => {
    const looked = await mapLimited(places, AT_ONCE, (place) => lookAtRemovable(caller, place));
    const removable = looked.flatMap(({ existing }) => existing ?? []);
    if (removable.length === 0) return { looked, kept: new Map<string, NotRemoved>() };
    const keys = removable.map(({ key }) => key);
    await mark(...keys.map((objectName) => ({ bucketName, objectName })));
    const ifMatch = new Map(removable.map((object) => [object.key, object]));
    const notRemoved = await store.removeMany(bucketName, keys, { ifMatch, hasLooked: true }).catch(keepAll(keys));
    const left = await mapLimited(notRemoved, AT_ONCE, (one) => lookAfter(bucketName, one));
    const kept = new Map(left.flat().map((one) => [one.key, one]));
    for (const { key, outcome } of kept.values())
      if (outcome === 'failed') changes.doubt({ bucketName, objectName: key });
    const gone = removable.filter(({ key }) => !kept.has(key));
    await mapLimited(gone, AT_ONCE, (object) => tellRemoved(caller, bucketName, object));
    return { looked, kept };
  };

  const removeApart = async (
    caller: Caller,
    bucketName: string,
    objectName: string,
    how?: RemoveOptions,
  ): Promise<Removal> => {
    try {
      await remove(caller, bucketName, objectName, how);
      return { objectName };
    } catch (error) {
      return { objectName, error: error instanceof AppError ? error : notRemoved(error) };
    }
  };

  const removeMany: Removals['removeMany'] = async (caller, bucketName, objectNames, { purge } = {}) => {
    await buckets.requireVisible(caller, bucketName);
    const named = new Map(
      objectNames.map((objectName) => [objectName, reader.locate(caller, { bucketName, objectName }).objectName]),
    );
    const remove = bin === undefined || purge === true ? removeAll : throwAllAway;
    const removals = await remove(caller, bucketName, [...new Set(named.values())]);
    return [...named].flatMap(([objectName, key]) => {
      const removal = removals.get(key);
      return removal === undefined ? [] : [{ ...removal, objectName }];
    });
  };

  const throwAllAway = async (caller: Caller, bucketName: string, keys: readonly string[]) => {
    await buckets.require(caller, bucketName);
    const removals = await mapLimited(keys, AT_ONCE, (key) => removeApart(caller, bucketName, key));
    return new Map(removals.map((removal) => [removal.objectName, removal]));
  };

  /** Removes each of these keys, and answers for it. */
  const removeAll = async (
    caller: Caller,
    bucketName: string,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Removal>> => {
    const places = keys.map((objectName) => ({ bucketName, objectName }));
    const { looked, kept } = await locks.holdFree(places, { kind: 'change' }, (held) =>
      changes.during((mark) => removeTogether(caller, bucketName, held, mark)),
    );
    if (looked.every(({ existing }) => existing === undefined)) await buckets.require(caller, bucketName);
    const seen = new Map(looked.map((one) => [one.objectName, one]));
    const removals = await mapLimited(places, AT_ONCE, async ({ objectName }): Promise<Removal> => {
      const one = seen.get(objectName);
      const left = kept.get(objectName);
      // Somebody else is at it, or has just been.
      if (one === undefined || left?.outcome === 'changed')
        return removeApart(caller, bucketName, objectName, { purge: true });
      const error = one.error ?? (left?.outcome === 'failed' ? notRemoved(left.cause) : undefined);
      return { objectName, ...(error && { error }) };
    });
    return new Map(removals.map((removal) => [removal.objectName, removal]));
  };

  return { remove, removeSeen, removeMany, removeExactly };
}

/** What becomes of keys whose removal failed as a whole. */
const keepAll =
  (keys: readonly string[]) =>
  (cause: unknown): readonly NotRemoved[] => {
    if (!isInDoubt(cause)) throw cause;
    return keys.map((key) => ({ key, outcome: 'failed', cause }));
  };

const notRemoved = (cause: unknown): AppError =>
  new AppError(
    'ServiceUnavailable',
    { zh: '存储没有删除它，请重试', en: 'The store did not remove it; try again' },
    { cause },
  );
