import { sleep } from '../../concurrency/retry.ts';
import { AppError } from '../../errors.ts';
import type { ObjectMetadata, ObjectStore, WriteCondition } from '../../ports/object-store.ts';
import { type Access, type Caller, IMAGE_ID, type Member, ownerOf, requireOwner } from '../access/access.ts';
import type { Usage } from '../access/usage.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { ChangedImage } from './events.ts';
import { despiteLostAnswer } from './lost-answers.ts';
import { namesLike } from './object-name.ts';
import type { Place } from './object-reader.ts';
import { contended, type PlaceLocks } from './place-locks.ts';

/** What to do when a name is taken. */
export type OnConflict = 'overwrite' | 'rename' | 'error';

/** Bytes on their way to a place. */
export type Write = (place: Place, condition: WriteCondition) => Promise<{ readonly etag: string } | undefined>;

/** What became of an image. */
export interface Stored {
  readonly etag: string;
  /** The name that it got. */
  readonly objectName: string;
}

/** The same, with what it took the place of. */
export interface Written extends Stored {
  readonly replaced: ChangedImage | undefined;
}

interface WriteOptions {
  /** Bytes, counted as the member's. */
  readonly size: number;
  readonly onConflict: OnConflict;
  /** Which of the store's acts `write` is. */
  readonly act: 'put' | 'copy';
  /** By which what was written is known again; `write` stores it beside the bytes. */
  readonly imageId: string;
}

/** How new images get to a name. */
export interface Writes {
  /**
   * Writes an image of the member's.
   *
   * @throws {AppError} NoSuchBucket, AccessDenied, also over somebody else's image, ObjectExists, QuotaExceeded, and
   * ServiceUnavailable when others were faster every time
   */
  write(member: Member, place: Place, options: WriteOptions, write: Write): Promise<Written>;
  /** Refuses a name that the caller may not write to. @throws {AppError} NoSuchBucket, AccessDenied, ObjectExists */
  requireWritable(caller: Caller, place: Place, onConflict: OnConflict): Promise<void>;
}

interface WritesOptions {
  readonly store: ObjectStore;
  readonly buckets: Buckets;
  readonly access: Access;
  readonly usage: Usage;
  readonly locks: PlaceLocks;
  /** Spreads those who collide, from 0 to below 1. */
  readonly random?: () => number;
}

/** Names that are likely taken, so many of the last. */
const MOST_REMEMBERED = 1000;
/** Each try needs somebody else who put or removed the object between our look and our write, and one of them always gets on. */
const MAX_TRIES = 20;
const PAUSE_MS = 20;
const MAX_PAUSE_MS = 200;

/** Creates the way to a name. */
export function createWrites({ store, buckets, access, usage, locks, random = Math.random }: WritesOptions): Writes {
  const requireGranted = async (caller: Caller, { bucketName, objectName }: Place): Promise<void> => {
    await buckets.requireVisible(caller, bucketName);
    if (!access.reaches(caller, 'upload', bucketName, objectName)) throw notGranted(bucketName, objectName);
  };

  const remembered = new Set<string>();
  const toName = ({ bucketName, objectName }: Place): string => `${bucketName}/${objectName}`;
  /** A hint and no more: where something is known to stand, it is looked at before bytes are sent in vain. */
  const remember = (place: Place): void => {
    remembered.delete(toName(place));
    remembered.add(toName(place));
    const [oldest = ''] = remembered;
    if (remembered.size > MOST_REMEMBERED) remembered.delete(oldest);
  };

  /** Writes where nothing is yet, which takes one call where the store holds that by itself. */
  const create = async (place: Place, { act, size }: WriteOptions, write: Write): Promise<Written | undefined> => {
    const created = await locks.hold(place, { kind: act, size }, () => write(place, { ifNoneMatch: '*' }));
    remember(place);
    return created && { etag: created.etag, objectName: place.objectName, replaced: undefined };
  };

  /** Looks, and writes where nothing is or over exactly what it saw; `undefined` when others were faster. */
  const replace = (caller: Caller, place: Place, { size }: WriteOptions, write: Write): Promise<Written | undefined> =>
    locks.hold(place, { kind: 'change', size }, async () => {
      const found = await findOwn(store, caller, place);
      const condition = found === undefined ? { ifNoneMatch: '*' as const } : { ifMatch: found };
      const written = await write(place, { ...condition, hasLooked: true });
      if (written === undefined) return undefined;
      remember(place);
      return { etag: written.etag, objectName: place.objectName, replaced: found && toChanged(place, found) };
    });

  /** Writes where nothing is yet, or over something of the caller's own; whoever is faster is looked at again. */
  const overwrite = async (caller: Caller, place: Place, options: WriteOptions, write: Write): Promise<Written> => {
    const isLikelyFree = !remembered.has(toName(place));
    const looksFirst = !(isLikelyFree && (await store.holds(place.bucketName, options.act, options.size)));
    const created = looksFirst ? undefined : await create(place, options, write);
    if (created !== undefined) return created;
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const written = await replace(caller, place, options, write);
      if (written !== undefined) return written;
      await sleep(random() * Math.min(PAUSE_MS * tries, MAX_PAUSE_MS));
    }
    throw contended(place.objectName);
  };

  /** Writes to the first of the names that is free. */
  const writeNew = async (
    { bucketName, objectName: wanted }: Place,
    options: WriteOptions,
    write: Write,
  ): Promise<Written> => {
    for (const objectName of options.onConflict === 'rename' ? namesLike(wanted) : [wanted]) {
      const written = await create({ bucketName, objectName }, options, write);
      if (written !== undefined) return written;
    }
    throw objectExists(wanted);
  };

  /** A write whose answer was lost is done if its image stands there. */
  const surely =
    (write: Write, imageId: string): Write =>
    (place, condition) =>
      despiteLostAnswer(
        () => write(place, condition),
        async () => {
          const found = await store.head(place.bucketName, place.objectName);
          return found?.metadata[IMAGE_ID] === imageId ? { etag: found.etag } : undefined;
        },
      );

  return {
    write: async (member, place, options, write) => {
      await requireGranted(member, place);
      await buckets.adopt(place.bucketName);
      const how = [options, surely(write, options.imageId)] as const;
      return usage.withUsage(member, options.size, () =>
        options.onConflict === 'overwrite' ? overwrite(member, place, ...how) : writeNew(place, ...how),
      );
    },
    requireWritable: async (caller, place, onConflict) => {
      await requireGranted(caller, place);
      await buckets.require(caller, place.bucketName);
      if (onConflict === 'overwrite') await findOwn(store, caller, place);
      if (onConflict !== 'error') return;
      if ((await store.head(place.bucketName, place.objectName)) !== undefined) throw objectExists(place.objectName);
    },
  };
}

/** What stands at a place, which the caller may change. @throws {AppError} AccessDenied for somebody else's */
export async function findOwn(
  store: ObjectStore,
  caller: Caller,
  { bucketName, objectName }: Place,
): Promise<ObjectMetadata | undefined> {
  const existing = await store.head(bucketName, objectName);
  if (existing !== undefined) requireOwner(caller, existing.metadata);
  return existing;
}

/** An object as events tell of it. */
export const toChanged = (
  { bucketName, objectName }: Place,
  { metadata, size, contentType }: Pick<ObjectMetadata, 'metadata' | 'size' | 'contentType'>,
): ChangedImage => ({ bucketName, objectName, ownerId: ownerOf(metadata), size, contentType, metadata });

/** The refusal of a name that is taken. */
export const objectExists = (objectName: string): AppError =>
  new AppError('ObjectExists', {
    zh: `已有名为 ${objectName} 的对象；请换一个对象名，或用 onConflict: "rename"`,
    en: `There is an object named ${objectName} already; choose another name or use onConflict: "rename"`,
  });

const notGranted = (bucketName: string, objectName: string): AppError =>
  new AppError('AccessDenied', {
    zh: `没有向 ${bucketName} 上传 ${objectName} 的权限；请换目录、换 token，或请管理员授权`,
    en: `You may not upload ${objectName} to ${bucketName}; use another folder or token, or ask an admin for a grant`,
  });
