import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { type Access, IMAGE_ID, type Member, OWNER } from '../access/access.ts';
import { type RecallHolder, toHolder } from '../identity/callers.ts';
import type { ObjectEvents } from '../objects/events.ts';
import { type MeasuredImage, toMetadata } from '../objects/image-facts.ts';
import { nameByOrigin, nameOfOriginal, ORIGINAL_NAME, requireImageKey } from '../objects/object-name.ts';
import type { Place } from '../objects/object-reader.ts';
import type { OpenChanges } from '../objects/open-changes.ts';
import { type OnConflict, type Stored, toChanged, type Writes } from '../objects/writes.ts';
import type { DescribeImage } from './describe-image.ts';
import type { Duplicate, DuplicateKey, Duplicates } from './duplicates.ts';
import type { ReceivedImage } from './received-image.ts';
import { requireSize } from './size-limits.ts';

/** Where an image is to go; in a private bed the member's own prefix comes before the name. */
export interface WantedPlace extends Omit<Place, 'objectName'> {
  /** The name, or what names the image as it is stored: the rule of its bucket may have made another of it. */
  readonly objectName: string | ((image: ReceivedImage) => string);
  /** What to do when the name is taken; by default the caller's own image of that name is overwritten. */
  readonly onConflict?: OnConflict | undefined;
  /** What the user wants kept beside the image. */
  readonly metaData?: Readonly<Record<string, string>> | undefined;
  /** When the image goes by itself, or in how many seconds; never unless one is given. */
  readonly expiresAt?: Date | undefined;
  readonly expiresIn?: number | undefined;
  /**
   * What makes two uploads of the same bytes one: then nothing is ever overwritten, and bytes that their owner has there
   * already are not stored again. Without it every upload is stored.
   */
  readonly duplicateKey?: DuplicateKey | undefined;
}

/** An image that is there now. */
export interface PlacedImage extends Place {
  readonly etag: string;
  /** Its own id; absent of an old one. */
  readonly imageId?: string | undefined;
  readonly isDuplicate: boolean;
  readonly lastModified: Date;
  /** When it goes by itself; absent where it stays. */
  readonly expiresAt?: Date | undefined;
  readonly facts: MeasuredImage;
  /** The image as it is stored. */
  readonly image: ReceivedImage;
}

/** An image as it is to be stored. */
export interface PreparedImage {
  readonly image: ReceivedImage;
  /** Whether the image as it came is to be kept beside it. */
  readonly keepsOriginal: boolean;
}

/** Makes of an image what the rule of a bucket says. */
export type PrepareImage = (bucketName: string, image: ReceivedImage) => Promise<PreparedImage>;

/**
 * The one way in for every image, whatever entry, dialect or commit it comes by: limits of the caller's token, the rule of
 * the bucket, the finished key checked once, duplicates, quota, put, event. Who sends an image slowly is asked once more
 * whether it may.
 *
 * @throws {AppError} InvalidToken, EntityTooLarge, InvalidArgument, NoSuchBucket, AccessDenied, ObjectExists, QuotaExceeded, and as
 * `applyUploadRule`
 */
export type StoreImage = (member: Member, image: ReceivedImage, wanted: WantedPlace) => Promise<PlacedImage>;

interface StoreImageOptions {
  readonly documents: DocumentStore;
  readonly store: ObjectStore;
  readonly access: Access;
  readonly writes: Writes;
  readonly duplicates: Duplicates;
  readonly events: ObjectEvents;
  readonly changes: Pick<OpenChanges, 'during'>;
  readonly describe: DescribeImage;
  readonly prepare: PrepareImage;
  readonly recallHolder: RecallHolder;
  readonly newImageId: () => string;
  readonly now: () => Date;
}

type StoredImage = Stored & Pick<PlacedImage, 'facts' | 'image'> & { readonly imageId: string };
type FinalPlace = Omit<WantedPlace, 'objectName' | 'duplicateKey' | 'expiresIn'> & Place;

/** Creates the way in. */
export function createStoreImage(options: StoreImageOptions): StoreImage {
  const { store, access, writes, duplicates, events, changes, describe, prepare, recallHolder, newImageId, now } =
    options;
  const noteExpiry = async (imageId: string, at: Date | undefined) =>
    at === undefined ? {} : (await import('./note-expiry.ts')).noteExpiry(options, imageId, at);

  const put = async (member: Member, image: ReceivedImage, wanted: FinalPlace): Promise<StoredImage> => {
    const { onConflict = 'overwrite', metaData = {}, expiresAt, ...place } = wanted;
    const { contentType, size } = image;
    const imageId = newImageId();
    const described = describe(image);
    const toObjectMetadata = async () => ({
      ...named,
      ...metaData,
      ...ids,
      ...toMetadata(await toFacts()),
      sha256: image.sha256,
    });
    const toFacts = async (): Promise<MeasuredImage> => {
      const { width, height, frames } = image;
      return { width, height, frames, ...(await described) };
    };
    const name = nameByOrigin(image);
    const named = name === undefined ? {} : { [ORIGINAL_NAME]: name };
    const ids = { [OWNER]: member.userId, [IMAGE_ID]: imageId, ...(await noteExpiry(imageId, expiresAt)) };
    return changes.during(async (mark) => {
      const { replaced, ...stored } = await writes.write(
        member,
        place,
        { size, onConflict, act: 'put', imageId },
        async (to, condition) => {
          const [metadata] = await Promise.all([toObjectMetadata(), mark(to)]);
          const options = { contentType, metadata, sha256: image.sha256, ...condition };
          return store.put(to.bucketName, to.objectName, image.body, options);
        },
      );
      const at = { bucketName: place.bucketName, objectName: stored.objectName };
      const changed = toChanged(at, { size, contentType, metadata: await toObjectMetadata() });
      await events.emit({ kind: 'stored', actorId: member.userId, image: changed, replaced });
      return { ...stored, imageId, image, facts: await toFacts() };
    });
  };

  const putNew = async (member: Member, image: ReceivedImage, wanted: FinalPlace): Promise<PlacedImage> => {
    const { bucketName, objectName } = wanted;
    const lastModified = now();
    const toPlaced = (stored: StoredImage): PlacedImage => ({
      bucketName,
      ...stored,
      isDuplicate: false,
      lastModified,
    });
    try {
      return toPlaced(await put(member, image, { ...wanted, onConflict: 'error' }));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'ObjectExists') throw error;
      const stays = wanted.expiresAt === undefined;
      const duplicate = stays && (await duplicates.at(member, { bucketName, objectName }, image.sha256));
      if (duplicate) return toKnown(duplicate, image);
      return toPlaced(await put(member, image, { ...wanted, onConflict: 'rename' }));
    }
  };

  const putOnce = async (
    member: Member,
    image: ReceivedImage,
    place: FinalPlace,
    duplicateKey: DuplicateKey | undefined,
  ): Promise<PlacedImage> => {
    const { bucketName } = place;
    if (duplicateKey === undefined) {
      const lastModified = now();
      return { bucketName, ...(await put(member, image, place)), isDuplicate: false, lastModified };
    }
    // What goes by itself is nobody's duplicate, and nothing that stays is its.
    if (place.expiresAt !== undefined) return putNew(member, image, place);
    const known = await duplicates.find(member, duplicateKey, bucketName, image.sha256);
    if (known !== undefined) return toKnown(known, image);
    const placed = await putNew(member, image, place);
    await duplicates.remember(member, duplicateKey, placed.objectName);
    return placed;
  };

  /** It comes first, so that no image is without one; the same one is stored once. */
  const keepOriginal = async (member: Member, original: ReceivedImage, place: FinalPlace): Promise<void> => {
    await writes.requireWritable(member, place, place.onConflict ?? 'overwrite');
    const objectName = nameOfOriginal(place.objectName, original);
    await putNew(member, original, { bucketName: place.bucketName, objectName, expiresAt: place.expiresAt });
  };

  return async (member, received, { duplicateKey, objectName: name, expiresIn, ...wanted }) => {
    requireSize(received.size, member.narrowing?.maxBytes, 'token');
    const [{ image, keepsOriginal }, holder] = await Promise.all([
      prepare(wanted.bucketName, received),
      recallHolder(toHolder(member)),
    ]);
    if (holder === undefined) throw isOver();
    // What a token is narrowed to never changes; what its owner may do does.
    const { role, grants, quota } = holder;
    const current: Member = { ...member, role, grants, quota };
    const objectName = typeof name === 'string' ? name : name(image);
    const expiresAt = expiresIn === undefined ? wanted.expiresAt : new Date(now().getTime() + expiresIn * 1000);
    const place = { ...wanted, expiresAt, objectName: requireImageKey(access.place(current, objectName)) };
    if (keepsOriginal) await keepOriginal(current, received, place);
    return { ...(await putOnce(current, image, place, duplicateKey)), expiresAt };
  };
}

const isOver = (): AppError =>
  new AppError('InvalidToken', {
    zh: '上传途中账号已被停用或注销，或凭证已失效，图片没有保存；请重新登录后再传',
    en: 'Meanwhile the account was disabled or deleted, or its credential ended, so the image was not stored; sign in and send it again',
  });

/** The same bytes look the same. */
const toKnown = (known: Duplicate, image: ReceivedImage): PlacedImage => {
  const { width, height, frames } = image;
  return { ...known, facts: { ...known.facts, width, height, frames }, image, isDuplicate: true };
};
