import type { Logger } from '../../logger.ts';
import type { ImageRecord, ImageRecords, StoredImageRecord } from '../../ports/image-records.ts';
import { imageIdOf } from '../access/access.ts';
import { type ChangedImage, type ObjectEvent, type ObjectListener, placesOf } from '../objects/events.ts';
import type { Place } from '../objects/object-reader.ts';
import type { OpenChanges } from '../objects/open-changes.ts';
import type { FindExpiry, KeepExpiry } from './find-expiry.ts';
import { recordsAt, type SettlePlace } from './settle-place.ts';
import { toImageRecord } from './to-image-record.ts';

interface RecordImagesOptions {
  readonly records: ImageRecords;
  readonly settle: SettlePlace;
  readonly findExpiry: FindExpiry;
  readonly keepExpiry: KeepExpiry;
  readonly changes: Pick<OpenChanges, 'doubt'>;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** What people said of an image, which its copy takes over; where the image itself came again, its albums as well. */
type Said = Pick<ImageRecord, 'title' | 'description' | 'tags'> & Partial<Pick<ImageRecord, 'albumIds'>>;

/**
 * Keeps the record of every image. It goes by what is told, without another look at the object, and looks where others
 * have been at the same place. Never fails: what could not be recorded is doubted, and settled later.
 */
export function recordImages({
  records,
  settle,
  findExpiry,
  keepExpiry,
  changes,
  logger,
  now,
}: RecordImagesOptions): ObjectListener {
  /** The record of an image where it stands, alone; `undefined` where that is not all that there is. An old image has another's id. */
  const alone = async (image: ChangedImage): Promise<StoredImageRecord | undefined> => {
    const [first, ...more] = await recordsAt(records, image);
    return more.length === 0 && isOf(image, first) ? first : undefined;
  };

  /** Answers whether they still were as they are known. */
  const removeAll = async (known: readonly StoredImageRecord[]): Promise<boolean> => {
    for (const { imageId, revision } of known) if (!(await records.remove(imageId, revision))) return false;
    return true;
  };

  /** Forgets what was replaced; answers whether nothing else is recorded there. */
  const makeRoom = async (place: Place, replaced: ChangedImage | undefined): Promise<boolean> => {
    const found = await recordsAt(records, place);
    if (found.some((record) => replaced === undefined || !isOf(replaced, record))) return false;
    return removeAll(found);
  };

  const add = async (image: ChangedImage, replaced: ChangedImage | undefined, said?: Said): Promise<void> => {
    const imageId = imageIdOf(image.metadata);
    if (imageId === undefined) return settle(image);
    const expiry = await findExpiry(imageId, image);
    if (!(await records.put({ ...toImageRecord(imageId, image, now()), ...said, ...expiry }))) return settle(image);
    const others = (await recordsAt(records, image)).filter((record) => record.imageId !== imageId);
    if (others.some((record) => replaced === undefined || !isOf(replaced, record))) return settle(image);
    if (!(await removeAll(others))) await settle(image);
  };

  /** Whoever may only upload is not told what is there, and sends again what people have said something of. */
  const store = async (image: ChangedImage, replaced: ChangedImage | undefined): Promise<void> => {
    const known = replaced !== undefined && isSame(image, replaced) ? await alone(replaced) : undefined;
    if (known === undefined) return add(image, replaced);
    const { title, description, tags, albumIds } = known;
    await add(image, replaced, { title, description, tags, albumIds });
  };

  const copy = async (source: ChangedImage, image: ChangedImage, replaced: ChangedImage | undefined): Promise<void> => {
    const { title, description, tags } = (await alone(source)) ?? NOTHING_SAID;
    await add(image, replaced, { title, description, tags });
  };

  const move = async (source: ChangedImage, image: ChangedImage, replaced: ChangedImage | undefined): Promise<void> => {
    const known = await alone(source);
    const isMoved = known !== undefined && (await makeRoom(image, replaced)) && (await follow(known, image));
    if (!isMoved || (await alone(image)) === undefined) await settle(image);
    if (!isMoved) await settle(source);
  };

  /** Lets a record go where its image has gone; answers whether nobody was in the way. */
  const follow = async (known: StoredImageRecord, image: ChangedImage): Promise<boolean> => {
    const { bucketName: bucket, objectName: key, metadata } = image;
    // An old image has got an id of its own by its move.
    const imageId = imageIdOf(metadata) ?? known.imageId;
    const { revision, ...moved } = { ...known, ...ownedBy(image), imageId, bucket, key, updatedAt: now() };
    if (imageId === known.imageId) return records.replace(moved, revision);
    await keepExpiry(imageId, known.expiresAt);
    const isNew = await records.put(moved);
    return isNew && records.remove(known.imageId, known.revision);
  };

  const give = async (image: ChangedImage): Promise<void> => {
    const known = await alone(image);
    const given = known && { ...known, ...ownedBy(image), updatedAt: now() };
    if (given === undefined || !(await records.replace(given, given.revision))) await settle(image);
  };

  const remove = async (image: ChangedImage): Promise<void> => {
    const known = await alone(image);
    // That it was stored may not have been told yet.
    if (known === undefined) changes.doubt(image);
    else if (!(await records.remove(known.imageId, known.revision))) await settle(image);
  };

  const apply = async (event: ObjectEvent): Promise<void> => {
    switch (event.kind) {
      case 'stored':
        return store(event.image, event.replaced);
      case 'copied':
        return copy(event.source, event.image, event.replaced);
      case 'moved':
        return move(event.source, event.image, event.replaced);
      case 'replaced':
        return settle(event.image);
      case 'given':
        return give(event.image);
      case 'removed':
        return remove(event.image);
      // Whoever puts images into the trash and out of it writes their records.
      case 'trashed':
      case 'restored':
      case 'purged':
        return;
    }
  };

  return async (event) => {
    try {
      await apply(event);
    } catch (cause) {
      const places = placesOf(event);
      for (const place of places) changes.doubt(place);
      logger.error('records', { changeId: event.changeId, places, cause });
    }
  };
}

const isOf = ({ metadata }: ChangedImage, record: ImageRecord | undefined): boolean =>
  record !== undefined && (imageIdOf(metadata) ?? record.imageId) === record.imageId;

/** Whether it is the very image of the same owner once more. */
const isSame = (one: ChangedImage, other: ChangedImage): boolean =>
  one.ownerId === other.ownerId &&
  one.metadata['sha256'] !== undefined &&
  one.metadata['sha256'] === other.metadata['sha256'];

const ownedBy = ({ ownerId }: ChangedImage) => (ownerId === undefined ? {} : { ownerId });

const NOTHING_SAID: Said = { title: '', description: '', tags: [] };
