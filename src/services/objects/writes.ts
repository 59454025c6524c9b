import { sleep } from '../../concurrency/retry.ts';
import { AppError } from '../../errors.ts';
import type { ObjectMetadata, ObjectStore } from '../../ports/object-store.ts';
import { type Access, type Caller, type Member, ownerOf, requireOwner } from '../access/access.ts';
import type { Usage } from '../access/usage.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { BookedImage } from './events.ts';
import { namesLike } from './object-name.ts';
import type { Place } from './object-reader.ts';

/** What to do when a name is taken. */
export type OnConflict = 'overwrite' | 'rename' | 'error';

/** Bytes on their way to a place. */
export type Write = (
  place: Place,
  condition: { readonly ifNoneMatch?: '*' },
) => Promise<{ readonly etag: string } | undefined>;

/** What became of an image. */
export interface Stored {
  readonly etag: string;
  /** The name that it got. */
  readonly objectName: string;
}

/** The same, with what it took the place of. */
export interface Written extends Stored {
  readonly replaced: BookedImage | undefined;
}

interface WriteOptions {
  /** Bytes, counted as the member's. */
  readonly size: number;
  readonly onConflict: OnConflict;
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
  /** Spreads those who collide, from 0 to below 1. */
  readonly random?: () => number;
}

/** Each try needs somebody else who put or removed the object between our look and our write. */
const MAX_TRIES = 5;
const PAUSE_MS = 20;

/** Creates the way to a name. */
export function createWrites({ store, buckets, access, usage, random = Math.random }: WritesOptions): Writes {
  const requireGranted = async (caller: Caller, { bucketName, objectName }: Place): Promise<void> => {
    await buckets.requireVisible(caller, bucketName);
    if (!access.reaches(caller, 'upload', bucketName, objectName)) throw notGranted(bucketName, objectName);
  };

  /** Writes where nothing is yet, which takes one call, or over something of the caller's own; whoever is faster is looked at again. */
  const overwrite = async (caller: Caller, place: Place, write: Write): Promise<Written> => {
    const { objectName } = place;
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const created = await write(place, { ifNoneMatch: '*' });
      if (created !== undefined) return { etag: created.etag, objectName, replaced: undefined };
      const replaced = await findOwn(store, caller, place);
      const written = replaced && (await write(place, {}));
      if (written !== undefined) {
        return { etag: written.etag, objectName, replaced: replaced && toBooked(place, replaced) };
      }
      await sleep(random() * PAUSE_MS * tries);
    }
    throw contended(objectName);
  };

  /** Writes to the first of the names that is free. */
  const writeNew = async (place: Place, names: Iterable<string>, write: Write): Promise<Written> => {
    for (const objectName of names) {
      const written = await write({ ...place, objectName }, { ifNoneMatch: '*' });
      if (written !== undefined) return { etag: written.etag, objectName, replaced: undefined };
    }
    throw objectExists(place.objectName);
  };

  const writeTo = (caller: Caller, place: Place, onConflict: OnConflict, write: Write): Promise<Written> => {
    if (onConflict === 'overwrite') return overwrite(caller, place, write);
    return writeNew(place, onConflict === 'rename' ? namesLike(place.objectName) : [place.objectName], write);
  };

  return {
    write: async (member, place, { size, onConflict }, write) => {
      await requireGranted(member, place);
      return usage.withUsage(member, size, () => writeTo(member, place, onConflict, write));
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

/** What the books know of an object. */
export const toBooked = ({ bucketName, objectName }: Place, { metadata, size }: ObjectMetadata): BookedImage => ({
  bucketName,
  objectName,
  ownerId: ownerOf(metadata),
  size,
});

/** The refusal of a name that is taken. */
export const objectExists = (objectName: string): AppError =>
  new AppError('ObjectExists', {
    zh: `已有名为 ${objectName} 的对象；请换一个对象名，或用 onConflict: "rename"`,
    en: `There is an object named ${objectName} already; choose another name or use onConflict: "rename"`,
  });

const contended = (objectName: string): AppError =>
  new AppError('ServiceUnavailable', {
    zh: `${objectName} 正被同时写入和删除，这次没有写入；请稍后重试，或换一个对象名`,
    en: `${objectName} is being written and removed by others at once, and nothing was stored; try again later or choose another name`,
  });

const notGranted = (bucketName: string, objectName: string): AppError =>
  new AppError('AccessDenied', {
    zh: `没有向 ${bucketName} 上传 ${objectName} 的权限；请换目录、换 token，或请管理员授权`,
    en: `You may not upload ${objectName} to ${bucketName}; use another folder or token, or ask an admin for a grant`,
  });
