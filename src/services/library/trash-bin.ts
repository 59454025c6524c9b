import { AppError } from '../../errors.ts';
import type { ImageRecord, ImageRecords, StoredImageRecord } from '../../ports/image-records.ts';
import { CLOCKS_DIFFER_MS, type ObjectMetadata, type ObjectStore, type Removal } from '../../ports/object-store.ts';
import { IMAGE_ID, imageIdOf } from '../access/access.ts';
import type { ChangedImage, ObjectEvents } from '../objects/events.ts';
import { despiteLostAnswer } from '../objects/lost-answers.ts';
import { namesLike } from '../objects/object-name.ts';
import { noSuchKey, type Place } from '../objects/object-reader.ts';
import type { Mark, OpenChanges } from '../objects/open-changes.ts';
import { contended, type PlaceLocks } from '../objects/place-locks.ts';
import type { Bin } from '../objects/removals.ts';
import { objectExists, toChanged } from '../objects/writes.ts';
import { recordsAt, type SettlePlace } from './settle-place.ts';
import { chanceOf, isBackFrom, parseTrashKey, RESTORED, toTrashKey } from './trash-key.ts';

/**
 * How images get into the trash, out of it and away for good. Of each the bytes are copied first, then the record says where
 * they are, and then those at the old place go: whoever is killed in between has lost nothing, and what `settle` finds it
 * takes to its end. The place of the image is locked all the while.
 */
export interface TrashBin extends Bin {
  /**
   * Takes an image out of the trash again, to its old place or another one.
   *
   * @throws {AppError} NoSuchKey when it is not there, ObjectExists when the place is taken, whose `details` name one that is free
   */
  restore(actorId: string, imageId: string, target: Place): Promise<{ readonly etag: string }>;
  /** Removes an image for good; answers whether it was in the trash. */
  purge(actorId: string, imageId: string): Promise<boolean>;
  /** Goes on with what was begun at a place where the record in the trash and the object do not agree. */
  settle(place: Place, record: StoredImageRecord): Promise<void>;
  /** The same for a key in the trash itself. */
  settleKey(place: Place): Promise<void>;
}

interface TrashBinOptions {
  readonly records: ImageRecords;
  readonly store: ObjectStore;
  readonly events: ObjectEvents;
  readonly changes: Pick<OpenChanges, 'during'>;
  readonly locks: PlaceLocks;
  readonly settlePlace: SettlePlace;
  /** Makes 32 hex digits that nobody guesses. */
  readonly newId: () => string;
  readonly now: () => Date;
}

/** Longer than any change may take: what nobody has claimed until then is nobody's. */
const ORPHANED_MS = 30 * 60 * 1000 + CLOCKS_DIFFER_MS;
/** Free names that are looked for. */
const MOST_LOOKS = 10;

interface Putting {
  readonly actorId: string;
  readonly place: Place;
  readonly seen: ObjectMetadata;
  readonly known: StoredImageRecord;
  readonly mark: Mark;
}

type Trashed = StoredImageRecord & { readonly removedAt: Date; readonly trashKey: string };

/** Creates the trash. */
export function createTrashBin(options: TrashBinOptions): TrashBin {
  const { records, store, events, changes, locks, settlePlace, newId, now } = options;
  const lock = <Result>(place: Place, work: () => Promise<Result>) => locks.hold(place, { kind: 'other' }, work);
  const look = ({ bucketName, objectName }: Place) => store.head(bucketName, objectName);

  const findPresent = async (place: Place, seen: ObjectMetadata): Promise<StoredImageRecord | undefined> => {
    const [first, ...more] = await recordsAt(records, place);
    return more.length === 0 && isOf(seen, first) ? first : undefined;
  };

  /** A removal whose answer was lost, or came for another try, is done if nothing stands there. */
  const leave = async (place: Place, ifMatch: ObjectMetadata): Promise<'removed' | 'changed'> => {
    const removal = await despiteLostAnswer<Removal>(
      () => store.remove(place.bucketName, place.objectName, { ifMatch }),
      async () => ((await look(place)) === undefined ? 'removed' : undefined),
    );
    return removal === 'changed' ? 'changed' : 'removed';
  };

  const tell = (kind: 'trashed' | 'restored' | 'purged', actorId: string, image: ChangedImage) =>
    events.emit({ kind, actorId, image });

  const put: TrashBin['put'] = async (actorId, place, seen) => {
    // One without a record, or whose record is in the trash already, is looked at by itself.
    if ((await findPresent(place, seen)) === undefined) await settlePlace(place);
    return changes.during((mark) =>
      lock(place, async () => {
        const known = await findPresent(place, seen);
        return known === undefined ? 'changed' : putKnown({ actorId, place, seen, known, mark });
      }),
    );
  };

  const putKnown = async ({ actorId, place, seen, known, mark }: Putting): Promise<'removed' | 'changed'> => {
    const trashed = { bucketName: place.bucketName, objectName: toTrashKey(known.imageId, newId()) };
    await mark(place, trashed);
    const metadata = { ...seen.metadata, [IMAGE_ID]: known.imageId };
    if (!(await copyAway(place, trashed, { ...seen, metadata }))) return 'changed';
    const { revision, ...record } = known;
    if (!(await records.replace({ ...record, removedAt: now(), trashKey: trashed.objectName }, revision))) {
      await store.remove(trashed.bucketName, trashed.objectName);
      return 'changed';
    }
    const removal = await leave(place, seen);
    if (removal === 'removed') {
      await tell('trashed', actorId, toChanged(place, { ...seen, metadata }));
    } else {
      // It was replaced meanwhile, which leaves nothing of it anywhere.
      await records.remove(known.imageId);
      await store.remove(trashed.bucketName, trashed.objectName);
    }
    return removal;
  };

  /** Copies what was seen; answers whether it is still that. */
  const copyAway = async (place: Place, to: Place, seen: ObjectMetadata): Promise<boolean> => {
    const { contentType, metadata } = seen;
    const from = { bucket: place.bucketName, key: place.objectName, ifMatch: seen };
    const copied = await store
      .copy(from, { bucket: to.bucketName, key: to.objectName }, { contentType, metadata })
      .catch(undefinedIfGone);
    return copied !== undefined;
  };

  const findTrashed = async (imageId: string): Promise<Trashed | undefined> => {
    const known = await records.get(imageId);
    return known !== undefined && isTrashed(known) ? known : undefined;
  };

  /** Says that an image is back at a place, and removes what the trash had of it. */
  const bringBack = async (known: Trashed, { bucketName, objectName }: Place): Promise<void> => {
    const { revision, removedAt: _, versionOf: __, trashKey, ...record } = known;
    const back = { ...record, bucket: bucketName, key: objectName, updatedAt: now() };
    if (!(await records.replace(back, revision))) throw contended(objectName);
    await store.remove(known.bucket, trashKey);
  };

  const copyBack = async (
    known: Trashed,
    original: ObjectMetadata,
    target: Place,
  ): Promise<{ readonly etag: string }> => {
    const { bucketName: bucket, objectName: key } = target;
    const from = { bucket: known.bucket, key: known.trashKey, ifMatch: original };
    const metadata = { ...original.metadata, [RESTORED]: chanceOf(known.trashKey) };
    const { contentType } = original;
    const copied = await store.copy(from, { bucket, key }, { contentType, metadata, ifNoneMatch: '*' });
    if (copied !== undefined) return copied;
    const there = await look(target);
    // What an attempt before this one has done.
    if (there !== undefined && isBackFrom(known, there)) return there;
    throw await taken(target);
  };

  const taken = async ({ bucketName, objectName }: Place): Promise<AppError> => {
    const refusal = objectExists(objectName);
    for (const name of [...namesLike(objectName)].slice(1, MOST_LOOKS)) {
      if ((await store.head(bucketName, name)) === undefined)
        return new AppError('ObjectExists', isTakenBut(objectName, name), {
          details: { objectName: name },
          cause: refusal,
        });
    }
    return refusal;
  };

  const restore: TrashBin['restore'] = async (actorId, imageId, target) => {
    const first = await findTrashed(imageId);
    if (first === undefined) throw noSuchKey(target.objectName);
    const old = lockedOf(first);
    return changes.during((mark) =>
      lock(old, async () => {
        const known = await findTrashed(imageId);
        const original = known && (await store.head(known.bucket, known.trashKey));
        if (known === undefined || original === undefined) throw noSuchKey(target.objectName);
        await mark(target, { bucketName: known.bucket, objectName: known.trashKey });
        const copy = () => copyBack(known, original, target);
        const isOld = old.bucketName === target.bucketName && old.objectName === target.objectName;
        const copied = await (isOld ? copy() : lock(target, copy));
        await bringBack(known, target);
        await tell('restored', actorId, toChanged(target, original));
        return { etag: copied.etag };
      }),
    );
  };

  const forget = async (actorId: string, known: Trashed): Promise<void> => {
    await store.remove(known.bucket, known.trashKey);
    await records.remove(known.imageId);
    await tell('purged', actorId, imageOf(known));
  };

  const purge: TrashBin['purge'] = async (actorId, imageId) => {
    const first = await findTrashed(imageId);
    if (first === undefined) return false;
    return changes.during((mark) =>
      lock(lockedOf(first), async () => {
        const known = await findTrashed(imageId);
        if (known === undefined) return false;
        await mark({ bucketName: known.bucket, objectName: known.trashKey });
        await forget(actorId, known);
        return true;
      }),
    );
  };

  const settle: TrashBin['settle'] = (place, record) =>
    lock(placeOf(record), async () => {
      const [known, found] = [await findTrashed(record.imageId), await look(place)];
      if (known !== undefined && found !== undefined) await goOn(place, found, known);
    });

  const goOn = async (place: Place, found: ObjectMetadata, known: Trashed): Promise<void> => {
    const isKept = (await store.head(known.bucket, known.trashKey)) !== undefined;
    if (isBackFrom(known, found) || !isKept) return bringBack(known, place);
    if ((await leave(place, found)) === 'removed') await tell('trashed', known.ownerId ?? '', toChanged(place, found));
  };

  const settleKey: TrashBin['settleKey'] = async ({ bucketName, objectName: trashKey }) => {
    const imageId = parseTrashKey(trashKey);
    const known = imageId === undefined ? undefined : await records.get(imageId);
    if (known === undefined) return removeOrphan(bucketName, trashKey);
    await lock(lockedOf(known), async () => {
      const current = await findTrashed(known.imageId);
      if (current?.trashKey !== trashKey) return removeOrphan(bucketName, trashKey);
      if ((await store.head(bucketName, trashKey)) === undefined) await forget(current.ownerId ?? '', current);
    });
  };

  /** Of bytes that no record names: a change that is still going on may be about to. */
  const removeOrphan = async (bucketName: string, trashKey: string): Promise<void> => {
    const found = await store.head(bucketName, trashKey);
    const isOld = found !== undefined && now().getTime() - found.lastModified.getTime() > ORPHANED_MS;
    if (isOld) await store.remove(bucketName, trashKey, { ifMatch: found });
  };

  return { put, restore, purge, settle, settleKey };
}

/** Whether a record is in the trash. */
const isTrashed = (record: StoredImageRecord): record is Trashed =>
  record.removedAt !== undefined && record.trashKey !== undefined;

const isOf = ({ metadata }: ObjectMetadata, record: ImageRecord | undefined): boolean =>
  record !== undefined && (imageIdOf(metadata) ?? record.imageId) === record.imageId;

const placeOf = ({ bucket, key }: Pick<ImageRecord, 'bucket' | 'key'>): Place => ({
  bucketName: bucket,
  objectName: key,
});

/** Where others are kept away from a record; a version stands nowhere, and its image may be at work on. */
const lockedOf = (record: ImageRecord): Place =>
  record.versionOf === undefined
    ? placeOf(record)
    : { bucketName: record.bucket, objectName: record.trashKey ?? record.key };

const imageOf = ({ bucket, key, ownerId, size, contentType, imageId }: ImageRecord): ChangedImage => ({
  ...{ bucketName: bucket, objectName: key, ownerId, size, contentType },
  metadata: { [IMAGE_ID]: imageId },
});

/** Removed or replaced just then. */
function undefinedIfGone(error: unknown): undefined {
  if (!(error instanceof AppError && error.code === 'NoSuchKey')) throw error;
}

const isTakenBut = (objectName: string, free: string) => ({
  zh: `${objectName} 已被另一张图片占用；可恢复到 toObjectName: ${free}`,
  en: `There is another image at ${objectName} now; restore it with toObjectName: ${free}`,
});
