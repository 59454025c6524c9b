import { mapLimited } from '../../concurrency/limit.ts';
import { sleep } from '../../concurrency/retry.ts';
import { AppError } from '../../errors.ts';
import { isKey } from '../../naming/key.ts';
import type { ImageRecord, ImageRecords, StoredImageRecord } from '../../ports/image-records.ts';
import { type Access, type Caller, OWNER, requireOwner } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { noSuchKey } from '../objects/object-reader.ts';
import { contended } from '../objects/place-locks.ts';
import type { Expiries } from './expiries.ts';
import { type NamedImage, noSuchImage, notOneName, refuse } from './image-search.ts';
import { recordsAt } from './settle-place.ts';

/** What people say of an image; what is absent stays. */
interface Words {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** When the image goes by itself; empty for never. */
  readonly expiresAt?: Date | '' | undefined;
}

/** Tags that images get, and tags that they lose. */
interface TagChange {
  readonly addTags: readonly string[];
  readonly removeTags: readonly string[];
}

/** Which image was changed, and when it was last. */
interface ChangedRecord {
  readonly imageId: string;
  readonly bucketName: string;
  readonly objectName: string;
  readonly updatedAt: string;
}

/** What became of one of many images. */
export interface ImageOutcome {
  readonly imageId: string;
  /** Why it is as it was. */
  readonly error?: AppError;
}

/** How what is said of images is changed: by who may overwrite them. */
export interface ImageChanges {
  /** @throws {AppError} NoSuchKey, NoSuchBucket, AccessDenied for somebody else's, ServiceUnavailable when others were faster every time */
  update(caller: Caller, named: NamedImage, words: Words): Promise<ChangedRecord>;
  /** Tags up to 1,000 images; answers for each. @throws {AppError} InvalidArgument for a tag to be added and removed */
  tag(caller: Caller, imageIds: readonly string[], change: TagChange): Promise<readonly ImageOutcome[]>;
  /** Changes records of images that the caller may change; `change` gives back what it got to leave one. Answers for each. */
  changeEach(
    caller: Caller,
    imageIds: readonly string[],
    change: (record: ImageRecord) => ImageRecord,
  ): Promise<readonly ImageOutcome[]>;
}

/** What decides whether an image may be changed, and changes its record. */
export interface RecordChanges {
  /** Changes a record as long as nobody else does; `change` gives back what it got to leave it. @throws {AppError} NoSuchKey, AccessDenied */
  change(caller: Caller, imageId: string, change: (record: ImageRecord) => ImageRecord): Promise<ImageRecord>;
}

interface RecordChangesOptions {
  readonly records: ImageRecords;
  readonly access: Access;
  readonly now: () => Date;
}

interface ImageChangesOptions extends Omit<RecordChangesOptions, 'records'> {
  /** Absent where the bed keeps none: every change is refused then. */
  readonly records: ImageRecords | undefined;
  readonly buckets: Pick<Buckets, 'require'>;
  readonly expiries: Pick<Expiries, 'note'>;
}

/** Each try needs somebody else who wrote between our look and our write. */
const MAX_TRIES = 20;
const PAUSE_MS = 10;
/** Images of one call that are changed at the same time. */
const AT_ONCE = 16;
/** Most tags of an image. */
const MAX_TAGS = 100;

/** Creates the way to a record. */
function createRecordChanges({ records, access, now }: RecordChangesOptions): RecordChanges {
  const changeOnce = async (
    caller: Caller,
    imageId: string,
    change: (record: ImageRecord) => ImageRecord,
  ): Promise<ImageRecord | undefined> => {
    const found = await records.get(imageId);
    const known = requireChangeable(access, caller, found, () => noSuchImage(imageId));
    const next = change(known);
    if (next === known) return known;
    const written = { ...next, updatedAt: now() };
    return (await records.replace(written, known.revision)) ? written : undefined;
  };

  return {
    change: async (caller, imageId, change) => {
      for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
        const changed = await changeOnce(caller, imageId, change);
        if (changed !== undefined) return changed;
        await sleep(Math.random() * PAUSE_MS * tries);
      }
      throw contended(imageId);
    },
  };
}

/** Creates what changes what is said of images. */
export function createImageChanges({ records, access, buckets, expiries, now }: ImageChangesOptions): ImageChanges {
  if (records === undefined) return { update: refuse, tag: refuse, changeEach: refuse };
  const { change } = createRecordChanges({ records, access, now });

  const changeEach: ImageChanges['changeEach'] = (caller, imageIds, changeOne) =>
    forEachImage(imageIds, (imageId) => change(caller, imageId, changeOne));

  const findAt = async (caller: Caller, bucketName: string, name: string): Promise<string> => {
    const objectName = access.place(caller, name);
    const [found] = isKey(objectName) ? await recordsAt(records, { bucketName, objectName }) : [];
    if (found === undefined || !isSeen(access, caller, found)) {
      await buckets.require(caller, bucketName);
      throw noSuchKey(objectName);
    }
    return found.imageId;
  };

  const toId = async (caller: Caller, { imageId, bucketName, objectName }: NamedImage): Promise<string> => {
    if (imageId !== undefined && objectName === undefined) return imageId;
    if (imageId === undefined && objectName !== undefined) return findAt(caller, bucketName, objectName);
    throw notOneName();
  };

  return {
    update: async (caller, named, words) => {
      if (words.expiresAt instanceof Date && words.expiresAt <= now()) throw isPast();
      const record = await change(caller, await toId(caller, named), (known) => withWords(known, words));
      // The record decides; whoever fails in between asks again.
      if (words.expiresAt !== undefined) await expiries.note(record.imageId, record.expiresAt);
      const { imageId, bucket: bucketName, key: objectName, updatedAt } = record;
      return { imageId, bucketName, objectName, updatedAt: updatedAt.toISOString() };
    },
    tag: async (caller, imageIds, { addTags, removeTags }) => {
      if (addTags.some((tag) => removeTags.includes(tag))) throw tagBothWays();
      return changeEach(caller, imageIds, (known) =>
        withWords(known, { tags: tagged(known.tags, addTags, removeTags) }),
      );
    },
    changeEach,
  };
}

/** Does something with each of many images, and answers for each: what fails with one keeps no other back. */
async function forEachImage(
  imageIds: readonly string[],
  act: (imageId: string) => Promise<unknown>,
): Promise<readonly ImageOutcome[]> {
  return mapLimited([...new Set(imageIds)], AT_ONCE, async (imageId): Promise<ImageOutcome> => {
    try {
      await act(imageId);
      return { imageId };
    } catch (error) {
      return { imageId, error: error instanceof AppError ? error : notChanged(error) };
    }
  });
}

/** Tells whether an image is there, and in reach of the caller in any way. */
const isSeen = (access: Access, caller: Caller, { bucket, key, removedAt }: ImageRecord): boolean =>
  removedAt === undefined &&
  (['read', 'list', 'upload'] as const).some((action) => access.reaches(caller, action, bucket, key));

/** What may be changed: where the caller may upload, and the caller's own unless an admin calls. */
function requireChangeable(
  access: Access,
  caller: Caller,
  record: StoredImageRecord | undefined,
  noSuch: () => AppError,
): StoredImageRecord {
  if (record === undefined || !isSeen(access, caller, record)) throw noSuch();
  if (!access.reaches(caller, 'upload', record.bucket, record.key)) throw notGranted(record);
  requireOwner(caller, record.ownerId === undefined ? {} : { [OWNER]: record.ownerId });
  return record;
}

/** The record with what is said now; itself where that is what it says. */
function withWords(known: ImageRecord, words: Words): ImageRecord {
  const { title = known.title, description = known.description, tags, expiresAt = known.expiresAt } = words;
  const said = { title, description, tags: [...new Set(tags ?? known.tags)] };
  if (said.tags.length > MAX_TAGS) throw tooManyTags();
  const { expiresAt: _, ...rest } = known;
  const next = { ...rest, ...said, ...(expiresAt instanceof Date && { expiresAt }) };
  const toText = (one: ImageRecord) => JSON.stringify([one.title, one.description, one.tags, one.expiresAt]);
  return toText(known) === toText(next) ? known : next;
}

const tagged = (tags: readonly string[], added: readonly string[], removed: readonly string[]) =>
  [...tags, ...added].filter((tag) => !removed.includes(tag));

const notGranted = ({ bucket, key }: ImageRecord): AppError =>
  new AppError('AccessDenied', {
    zh: `没有修改 ${bucket} 中 ${key} 的权限；修改需要在那里上传的权限，请换 token 或请管理员授权`,
    en: `You may not change ${key} in ${bucket}: that takes leave to upload there; use another token or ask an admin for a grant`,
  });

const tooManyTags = (): AppError =>
  new AppError(
    'InvalidArgument',
    { zh: `一张图片至多 ${MAX_TAGS} 个标签`, en: `An image has at most ${MAX_TAGS} tags` },
    { details: { fields: ['tags'] } },
  );

const isPast = (): AppError =>
  new AppError(
    'InvalidArgument',
    { zh: 'expiresAt 必须是将来的时间', en: 'expiresAt is a time to come' },
    { details: { fields: ['expiresAt'] } },
  );

const tagBothWays = (): AppError =>
  new AppError(
    'InvalidArgument',
    { zh: '同一个标签不能既添加又移除', en: 'A tag is either added or removed' },
    { details: { fields: ['addTags', 'removeTags'] } },
  );

const notChanged = (cause: unknown): AppError =>
  new AppError(
    'ServiceUnavailable',
    { zh: '这张图片没有改成，请重试', en: 'This image was not changed; try again' },
    { cause },
  );
