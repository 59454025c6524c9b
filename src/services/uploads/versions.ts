import { AppError } from '../../errors.ts';
import { isKey } from '../../naming/key.ts';
import type { ImageRecords, StoredImageRecord } from '../../ports/image-records.ts';
import type { ObjectMetadata, ObjectStore, WriteCondition } from '../../ports/object-store.ts';
import { type Access, type Caller, IMAGE_ID, imageIdOf, OWNER, requireOwner } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { RecallHolder } from '../identity/callers.ts';
import type { Users } from '../identity/users.ts';
import type { NamedImage } from '../library/image-search.ts';
import { createKeptVersions, isVersionOf, type Version } from '../library/kept-versions.ts';
import { recordsAt } from '../library/settle-place.ts';
import type { TrashBin } from '../library/trash-bin.ts';
import { REPLACES, RESTORED, ROLLED_BACK, toTrashKey } from '../library/trash-key.ts';
import type { ObjectChange, ObjectEvents } from '../objects/events.ts';
import { type ImageFacts, readFacts } from '../objects/image-facts.ts';
import type { Links } from '../objects/links.ts';
import { despiteLostAnswer, isInDoubt } from '../objects/lost-answers.ts';
import { noSuchKey, type Place } from '../objects/object-reader.ts';
import type { Mark, OpenChanges } from '../objects/open-changes.ts';
import { contended, type PlaceLocks } from '../objects/place-locks.ts';
import { toChanged, type Write, type Writes } from '../objects/writes.ts';
import type { StoreImageWith } from './incoming.ts';
import type { ReceivedImage } from './received-image.ts';
import { decodeBase64, type Receiver, withReceived } from './receiver.ts';
import { type ShownVersion, toShownVersion } from './shown-version.ts';
import { createStandIn, type StandIn } from './stand-in.ts';

/** An image, which is another picture now. */
interface ReplacedImage extends ImageFacts, Place {
  readonly etag: string;
  readonly imageId: string;
  readonly size: number;
  readonly contentType: string;
  readonly url: string;
  /** By which the picture before can be had again; absent where nothing is kept. */
  readonly versionId?: string;
}

/** Other pictures for images that keep their address, owner, and what people said of them. Of one's own, and as an admin of others'. */
export interface Versions {
  /** @throws {AppError} NoSuchKey, NoSuchBucket, AccessDenied for somebody else's, and all that an upload is refused with */
  replace(
    caller: Caller,
    named: NamedImage,
    from: {
      readonly base64?: string | undefined;
      readonly image: ReceivedImage | undefined;
      readonly mountUrl: string;
    },
  ): Promise<ReplacedImage>;
  /** The latest first. @throws {AppError} NoSuchKey, NoSuchBucket, AccessDenied for somebody else's */
  list(caller: Caller, named: NamedImage): Promise<readonly ShownVersion[]>;
  /** Makes an image what it was; what it is becomes a version. @throws {AppError} NoSuchKey, AccessDenied */
  rollBack(caller: Caller, imageId: string, versionId: string, mountUrl: string): Promise<ReplacedImage>;
}

interface VersionsOptions {
  /** Absent where the bed keeps none: then there are no versions either. */
  readonly records: ImageRecords | undefined;
  readonly bin: Pick<TrashBin, 'purge'> | undefined;
  readonly store: ObjectStore;
  readonly buckets: Pick<Buckets, 'require'>;
  readonly access: Access;
  readonly users: Pick<Users, 'find'>;
  readonly recallHolder: RecallHolder;
  readonly links: Links;
  readonly events: ObjectEvents;
  readonly changes: Pick<OpenChanges, 'during'>;
  readonly locks: PlaceLocks;
  readonly writes: Writes;
  readonly receive: Receiver;
  readonly storeImageWith: StoreImageWith;
  readonly maxBytes: number;
  /** How long versions are kept; with 0 none is. */
  readonly trashDays: number;
  readonly newId: () => string;
  readonly newImageId: () => string;
}

/** One picture that is to take the place of another. */
interface Replacing extends StandIn {
  readonly imageId: string;
  readonly versionId: string;
  readonly mark: Mark;
}

/** Creates what replaces pictures. */
export function createVersions(options: VersionsOptions): Versions {
  const { records, bin, store, buckets, access, links, events, changes, locks, writes } = options;
  if (records === undefined || bin === undefined) return { replace: refuse, list: refuse, rollBack: refuse };
  const kept = createKeptVersions({ records, store });
  const standIn = createStandIn(options);
  const { receive, storeImageWith, maxBytes, trashDays, newId, newImageId } = options;

  const reaches = (caller: Caller, action: 'upload' | 'read', { bucket, key }: StoredImageRecord): boolean =>
    access.reaches(caller, action, bucket, key);

  const findAt = async (caller: Caller, bucketName: string, name: string): Promise<StoredImageRecord | undefined> => {
    const objectName = access.place(caller, name);
    const [found] = isKey(objectName) ? await recordsAt(records, { bucketName, objectName }) : [];
    if (found === undefined) await buckets.require(caller, bucketName);
    return found;
  };

  const findNamed = (caller: Caller, { imageId, bucketName, objectName }: NamedImage) => {
    if (imageId !== undefined && objectName === undefined) return records.get(imageId);
    if (imageId === undefined && objectName !== undefined) return findAt(caller, bucketName, objectName);
    throw notOneName();
  };

  const isSeen = (caller: Caller, known: StoredImageRecord): boolean =>
    known.removedAt === undefined && (reaches(caller, 'read', known) || reaches(caller, 'upload', known));

  const find = async (caller: Caller, named: NamedImage, action: 'upload' | 'read'): Promise<StoredImageRecord> => {
    const known = await findNamed(caller, named);
    if (known === undefined || !isSeen(caller, known)) throw noSuchKey(named.imageId ?? named.objectName ?? '');
    if (!reaches(caller, action, known)) throw notGranted();
    requireOwner(caller, known.ownerId === undefined ? {} : { [OWNER]: known.ownerId });
    return known;
  };

  /** Copies what stands there into the trash, from where it can come back; `undefined` when others were faster. */
  const keep = async (place: Place, seen: ObjectMetadata, { imageId, versionId, member, mark }: Replacing) => {
    if (imageIdOf(seen.metadata) !== undefined && imageIdOf(seen.metadata) !== imageId)
      throw noSuchKey(place.objectName);
    // It was given to somebody else just then.
    if (seen.metadata[OWNER] !== member.userId) throw contended(place.objectName);
    // Of what was replaced just before nobody may have written the record yet.
    await kept.complete(place, seen, imageId);
    const { bucketName: bucket } = place;
    const key = toTrashKey(versionId, newId());
    await mark(place, { bucketName: bucket, objectName: key });
    const { contentType } = seen;
    const metadata = { ...withoutMarks(seen.metadata), [IMAGE_ID]: versionId };
    const copied = await store
      .copy({ bucket, key: place.objectName, ifMatch: seen }, { bucket, key }, { contentType, metadata })
      .catch(undefinedIfGone);
    return copied && { bucket, key };
  };

  /** Writes over exactly what was seen, which is kept; `undefined` when it is not that any more. */
  const writeOver = async (
    place: Place,
    seen: ObjectMetadata,
    replacing: Replacing,
    write: () => ReturnType<Write>,
  ): ReturnType<Write> => {
    const copy = await keep(place, seen, replacing);
    if (copy === undefined) return undefined;
    const drop = () => store.remove(copy.bucket, copy.key);
    const look = async () => {
      const found = await store.head(place.bucketName, place.objectName);
      return found?.metadata[REPLACES] === replacing.versionId ? { etag: found.etag } : undefined;
    };
    try {
      const written = await despiteLostAnswer(write, look);
      if (written === undefined) await drop();
      return written;
    } catch (error) {
      // What is in doubt is settled.
      if (!isInDoubt(error)) await drop();
      throw error;
    }
  };

  const marksOf = ({ imageId, versionId }: Replacing) => ({ [IMAGE_ID]: imageId, [REPLACES]: versionId });

  /** The way in of every image, which writes over the one that is there. */
  const storeOver = (place: Place, replacing: Replacing) => {
    const isHere = (bucket: string, key: string): boolean => bucket === place.bucketName && key === place.objectName;
    const put: ObjectStore['put'] = (bucket, key, body, how) => {
      const metadata = { ...how.metadata, ...(isHere(bucket, key) && marksOf(replacing)) };
      return store.put(bucket, key, body, { ...how, metadata });
    };
    const over =
      (write: Write): Write =>
      async (at, condition: WriteCondition) => {
        if (condition.ifMatch !== undefined)
          return writeOver(at, condition.ifMatch, replacing, () => write(at, condition));
        if (condition.hasLooked === true) throw noSuchKey(at.objectName);
        // Nothing is made where nothing stands.
        return undefined;
      };
    return storeImageWith({
      store: { ...store, put },
      access: { ...access, place: (_, name) => name },
      writes: {
        ...writes,
        write: (member, at, how, write) =>
          writes.write(member, at, how, isHere(at.bucketName, at.objectName) ? over(write) : write),
      },
      events: {
        ...events,
        emit: (change) =>
          events.emit({ ...toReplaced(change, isHere, marksOf(replacing)), actorId: replacing.actorId }),
      },
      recallHolder: replacing.recallHolder,
    });
  };

  const settleKept = async ({
    actorId,
    versionId,
  }: Omit<Replacing, 'mark'>): Promise<{ readonly versionId?: string }> => {
    if (trashDays > 0) return { versionId };
    await bin.purge(actorId, versionId);
    return {};
  };

  const replaceBy = async (caller: Caller, known: StoredImageRecord, image: ReceivedImage, mountUrl: string) => {
    const place = placeOf(known);
    const { imageId } = known;
    const replacing = { ...(await standIn(caller, known.ownerId)), imageId, versionId: newImageId() };
    const placed = await changes.during((mark) =>
      storeOver(place, { ...replacing, mark })(replacing.member, image, { ...place, onConflict: 'overwrite' }),
    );
    const { size, contentType } = placed.image;
    const { etag, facts } = placed;
    const url = links(mountUrl, place.bucketName, place.objectName);
    const version = await settleKept(replacing);
    return { ...{ etag, imageId, ...place, size, contentType, url }, ...facts, ...version };
  };

  const requireVersion = async (known: StoredImageRecord, versionId: string) => {
    const version = await records.get(versionId);
    const isOne = version !== undefined && isVersionOf(version, known.imageId);
    if (!isOne || version.bucket !== known.bucket || version.ownerId !== known.ownerId) throw noSuchVersion(versionId);
    const bytes = await store.head(version.bucket, version.trashKey);
    if (bytes === undefined) throw noSuchVersion(versionId);
    return { version, bytes };
  };

  /** Puts the bytes of a version where its image stands; they are found there by whoever has to go on. */
  const copyBack = async (place: Place, version: Version, bytes: ObjectMetadata, replacing: Replacing) => {
    const { bucketName: bucket, objectName: key } = place;
    const seen = await store.head(bucket, key);
    if (seen === undefined) throw noSuchKey(key);
    const { contentType } = bytes;
    const metadata = { ...bytes.metadata, ...marksOf(replacing), [ROLLED_BACK]: version.imageId };
    const copied = await writeOver(place, seen, replacing, () =>
      store.copy(
        { bucket, key: version.trashKey, ifMatch: bytes },
        { bucket, key },
        { contentType, metadata, ifMatch: seen, hasLooked: true },
      ),
    );
    if (copied === undefined) throw contended(key);
    return { etag: copied.etag, image: toChanged(place, { ...bytes, metadata }), replaced: toChanged(place, seen) };
  };

  return {
    replace: async (caller, named, { base64, image, mountUrl }) => {
      const known = await find(caller, named, 'upload');
      if (image !== undefined) return replaceBy(caller, known, image, mountUrl);
      return withReceived(receive(decodeBase64(base64 ?? '', maxBytes), {}), (received) =>
        replaceBy(caller, known, received, mountUrl),
      );
    },
    list: async (caller, named) => {
      const known = await find(caller, named, 'read');
      const versions = await kept.list(placeOf(known), known.imageId);
      return versions.map((version) => toShownVersion(version, trashDays));
    },
    rollBack: async (caller, imageId, versionId, mountUrl) => {
      const known = await find(caller, { imageId, bucketName: '' }, 'upload');
      const place = placeOf(known);
      const replacing = { ...(await standIn(caller, known.ownerId)), imageId, versionId: newImageId() };
      const { etag, image } = await changes.during(async (mark) => {
        const copied = await locks.hold(place, { kind: 'change' }, async () => {
          const { version, bytes } = await requireVersion(known, versionId);
          return copyBack(place, version, bytes, { ...replacing, mark });
        });
        const { replaced } = copied;
        await events.emit({ kind: 'replaced', actorId: replacing.actorId, image: copied.image, replaced });
        return copied;
      });
      const { size, contentType } = image;
      const url = links(mountUrl, place.bucketName, place.objectName);
      const now = await settleKept(replacing);
      return { ...{ etag, imageId, ...place, size, contentType, url }, ...readFacts(image), ...now };
    },
  };
}

/** A picture that took another's place is no new image, and nothing of the other is gone. */
function toReplaced(
  change: ObjectChange,
  isHere: (bucket: string, key: string) => boolean,
  marks: Readonly<Record<string, string>>,
): ObjectChange {
  if (change.kind !== 'stored' || change.replaced === undefined) return change;
  const { actorId, image, replaced } = change;
  if (!isHere(image.bucketName, image.objectName)) return change;
  return { kind: 'replaced', actorId, image: { ...image, metadata: { ...image.metadata, ...marks } }, replaced };
}

const withoutMarks = ({
  [REPLACES]: _,
  [ROLLED_BACK]: __,
  [RESTORED]: ___,
  ...metadata
}: ObjectMetadata['metadata']): Record<string, string> => metadata;

/** Removed or replaced just then. */
function undefinedIfGone(error: unknown): undefined {
  if (!(error instanceof AppError && error.code === 'NoSuchKey')) throw error;
}

const placeOf = ({ bucket, key }: StoredImageRecord): Place => ({ bucketName: bucket, objectName: key });

const refuse = async (): Promise<never> => {
  throw new AppError('NotImplemented', {
    zh: '图床不保存图片记录，不能替换图片；请设置 IMAGEPIC_RECORDS，或用 object/putObject 覆盖',
    en: 'The bed keeps no records of images, so none is replaced; set IMAGEPIC_RECORDS, or overwrite it by object/putObject',
  });
};

const notGranted = (): AppError =>
  new AppError('AccessDenied', {
    zh: '替换图片需要在那里上传的权限',
    en: 'Images are replaced with leave to upload there',
  });

const noSuchVersion = (versionId: string): AppError =>
  new AppError('NoSuchKey', {
    zh: `这张图片没有 versionId 为 ${versionId} 的旧版本；请用 image/listVersions 查看`,
    en: `The image has no version of the versionId ${versionId}; image/listVersions shows what there is`,
  });

const notOneName = (): AppError =>
  new AppError(
    'InvalidArgument',
    { zh: '请给出 imageId 或 objectName 中的一个', en: 'Give one of imageId and objectName' },
    { details: { fields: ['imageId', 'objectName'] } },
  );
