import { sleep } from '../../concurrency/retry.ts';
import type { ImageRecord, ImageRecords, StoredImageRecord } from '../../ports/image-records.ts';
import type { ObjectMetadata, ObjectStore } from '../../ports/object-store.ts';
import { IMAGE_ID, imageIdOf } from '../access/access.ts';
import type { Place } from '../objects/object-reader.ts';
import { contended } from '../objects/place-locks.ts';
import { toChanged } from '../objects/writes.ts';
import type { FindExpiry } from './find-expiry.ts';
import type { KeptVersions } from './kept-versions.ts';
import { idAt, toImageRecord } from './to-image-record.ts';
import type { TrashBin } from './trash-bin.ts';
import { isBackFrom, parseTrashKey, REPLACES } from './trash-key.ts';

/**
 * Brings the records of a place in line with the object that stands there now, whatever was told of it: none without an
 * object, and else one that is its.
 *
 * @throws {AppError} ServiceUnavailable when either store does not answer, or others were faster every time
 */
export type SettlePlace = (place: Place) => Promise<void>;

interface SettlePlaceOptions {
  readonly records: ImageRecords;
  readonly store: Pick<ObjectStore, 'head'>;
  readonly findExpiry: FindExpiry;
  /** What goes on with a move into the trash or out of it; absent where there is none. */
  readonly trash?: Pick<TrashBin, 'settle' | 'settleKey'> | undefined;
  /** What knows of the pictures that images were before; absent where there is no trash. */
  readonly versions?: Pick<KeptVersions, 'complete'> | undefined;
}

/** Each try needs somebody else who changed the object or its record meanwhile. */
const MAX_TRIES = 6;
const PAUSE_MS = 20;

/** Creates what settles places. */
export function createSettlePlace({ records, store, findExpiry, trash, versions }: SettlePlaceOptions): SettlePlace {
  const look = ({ bucketName, objectName }: Place) => store.head(bucketName, objectName);

  /** What an image of this object is called by: its own id, unless another image has it. */
  const toId = async (place: Place, found: ObjectMetadata): Promise<string> => {
    const ownId = imageIdOf(found.metadata);
    if (ownId === undefined) return idAt(place, found, found.lastModified);
    const known = await records.get(ownId);
    if (known === undefined || isAt(place, known)) return ownId;
    if (known.removedAt !== undefined) return isBackFrom(known, found) ? ownId : idAt(place, found, found.lastModified);
    const other = await look(toPlace(known));
    return other?.metadata[IMAGE_ID] === ownId ? idAt(place, found, found.lastModified) : ownId;
  };

  /** Writes what a record lacks; answers whether nobody was in the way. */
  const write = async (place: Place, found: ObjectMetadata, imageId: string): Promise<boolean> => {
    const fresh = toImageRecord(imageId, toChanged(place, found), found.lastModified);
    const known = await records.get(imageId);
    if (known === undefined) return records.put({ ...fresh, ...(await findExpiry(imageId, found)) });
    const next = withObject(known, fresh);
    return next === known || records.replace(next, known.revision);
  };

  /** Goes on with what was thrown away or restored, if it was; answers whether it did. */
  const settleTrashed = async (place: Place, imageId: string): Promise<boolean> => {
    const known = await records.get(imageId);
    if (known?.removedAt === undefined || trash === undefined) return false;
    await trash.settle(place, known);
    return true;
  };

  const settlePresent = async (place: Place, found: ObjectMetadata, imageId: string): Promise<boolean> => {
    if (!(await write(place, found, imageId))) return false;
    if (found.metadata[REPLACES] !== undefined) await versions?.complete(place, found, imageId);
    return true;
  };

  /** Answers whether nobody was in the way: a record that has gone to another place since is that one's. */
  const forgetOthers = async (place: Place, imageId: string | undefined): Promise<boolean> => {
    const others = (await recordsAt(records, place)).filter((record) => record.imageId !== imageId);
    for (const { imageId: other, revision } of others) if (!(await records.remove(other, revision))) return false;
    return true;
  };

  const settleOnce = async (place: Place): Promise<boolean> => {
    const found = await look(place);
    const imageId = found && (await toId(place, found));
    if (imageId !== undefined && (await settleTrashed(place, imageId))) return false;
    if (found !== undefined && imageId !== undefined && !(await settlePresent(place, found, imageId))) return false;
    if (!(await forgetOthers(place, imageId))) return false;
    // Whoever changed it meanwhile may have looked at the records before we wrote.
    return isSame(found, await look(place));
  };

  return async (place) => {
    if (trash !== undefined && parseTrashKey(place.objectName) !== undefined) return trash.settleKey(place);
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      if (await settleOnce(place)) return;
      await sleep(Math.random() * PAUSE_MS * tries);
    }
    throw contended(place.objectName);
  };
}

/** What records say of a place; the lists of one are short. */
export async function recordsAt(records: ImageRecords, { bucketName, objectName }: Place) {
  const within = [{ bucket: bucketName, key: objectName }];
  const { images } = await records.search({ within, state: 'present', order: 'newest', limit: 1000 });
  return images;
}

const toPlace = ({ bucket, key }: ImageRecord): Place => ({ bucketName: bucket, objectName: key });

const isAt = ({ bucketName, objectName }: Place, { bucket, key }: ImageRecord): boolean =>
  bucket === bucketName && key === objectName;

/** A record with what its object says; what people said of the image stays. The same where that is what it says already. */
function withObject(known: StoredImageRecord, fresh: ImageRecord): StoredImageRecord {
  const { title, description, tags, albumIds, createdAt, expiresAt, removedAt, trashKey, revision } = known;
  const { updatedAt, ...object } = fresh;
  const next = {
    ...{ ...object, title, description, tags, albumIds, createdAt, updatedAt: known.updatedAt, revision },
    ...(expiresAt !== undefined && { expiresAt }),
    ...(removedAt !== undefined && { removedAt }),
    ...(trashKey !== undefined && { trashKey }),
  };
  return isEqual(known, next) ? known : { ...next, updatedAt };
}

const isEqual = (one: StoredImageRecord, other: StoredImageRecord): boolean => toText(one) === toText(other);

const toText = (record: StoredImageRecord): string =>
  JSON.stringify(Object.entries(record).toSorted(([one], [other]) => (one < other ? -1 : 1)));

const isSame = (one: ObjectMetadata | undefined, other: ObjectMetadata | undefined): boolean =>
  one?.etag === other?.etag && one?.metadata[IMAGE_ID] === other?.metadata[IMAGE_ID];
