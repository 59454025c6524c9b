import { lstat, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ObjectMetadata, Removal, WriteCondition } from '../../../ports/object-store.ts';
import type { Disk } from '../../disk/disk.ts';
import { makeFolders, publish, removeEmptyFolders, removeFile, syncFolder } from '../../disk/publish.ts';
import { hasCode, undefinedIfMissing } from '../../disk/storage-error.ts';
import type { ByteSource } from '../byte-source.ts';
import { isSameObject } from '../same-object.ts';
import type { BucketFolders } from './bucket-folders.ts';
import { encodeKey } from './key-path.ts';
import { type ObjectDescription, readMetadata, writeObject } from './object-file.ts';

/** Objects' files in the folders of their buckets. */
export interface ObjectFolders {
  /** The path of an object's file, in folders of our own. @throws {AppError} InvalidArgument, ServiceUnavailable */
  path(bucket: string, key: string): Promise<string>;
  /** Stores an object and gives its etag; `undefined` when the condition forbids it. @throws {AppError} NoSuchBucket */
  store(
    bucket: string,
    source: ByteSource,
    description: ObjectDescription,
    condition: WriteCondition,
  ): Promise<{ readonly etag: string } | undefined>;
  /** Removes an object, with `ifMatch` only that one, and the folders that it leaves empty. */
  remove(bucket: string, key: string, ifMatch?: ObjectMetadata): Promise<Removal>;
}

/**
 * Creates the access to the objects of one disk.
 *
 * Whoever replaces or removes an object holds the lock of its key; whoever makes one where none is needs no lock, for
 * the system links a name only where it is free. So what the holder of the lock has seen there stays until it acts.
 */
export function createObjectFolders(
  { scratch, locks, requireOwn }: Disk,
  buckets: BucketFolders,
  now: () => Date,
): ObjectFolders {
  const path = async (bucket: string, key: string): Promise<string> => {
    const file = buckets.path(bucket, 'keys', ...encodeKey(key));
    await requireOwn(dirname(file));
    return file;
  };

  const makeFolderOf = async (bucket: string, file: string): Promise<void> => {
    try {
      await makeFolders(dirname(file), buckets.path(bucket, 'keys'));
    } catch (error) {
      // Another one removed an empty folder just then, or the bucket: only that is final.
      if (!hasCode(error, 'ENOENT')) throw error;
      await buckets.require(bucket);
    }
  };
  const lockOf = (bucket: string, key: string): string => `object ${bucket}/${key}`;
  const isStill = async (bucket: string, key: string, seen: ObjectMetadata): Promise<boolean> => {
    const found = await readMetadata(await path(bucket, key), key);
    return found !== undefined && isSameObject(found, seen);
  };
  const store: ObjectFolders['store'] = async (bucket, source, description, { ifNoneMatch, ifMatch }) => {
    const { key } = description;
    const target = await path(bucket, key);
    const exclusive = ifNoneMatch === '*';
    await buckets.require(bucket);
    if (exclusive && (await undefinedIfMissing(stat(target))) !== undefined) return undefined;
    if (ifMatch !== undefined && !(await isStill(bucket, key, ifMatch))) return undefined;
    const { path: written, result: etag } = await scratch.writeFile((file) =>
      writeObject(file, source, description, now),
    );
    try {
      const makeFolder = (): Promise<void> => makeFolderOf(bucket, target);
      if (exclusive) return (await publish(written, target, { exclusive, makeFolder })) ? { etag } : undefined;
      return await locks.hold(lockOf(bucket, key), async (assertHeld) => {
        if (ifMatch !== undefined && !(await isStill(bucket, key, ifMatch))) return undefined;
        assertHeld();
        await publish(written, target, { exclusive, makeFolder });
        return { etag };
      });
    } finally {
      await scratch.discard(written);
    }
  };
  const remove: ObjectFolders['remove'] = async (bucket, key, ifMatch) => {
    const target = await path(bucket, key);
    if ((await undefinedIfMissing(lstat(target))) === undefined) return 'absent';
    return locks.hold(lockOf(bucket, key), async (assertHeld) => {
      const found = ifMatch && (await readMetadata(target, key));
      if (ifMatch !== undefined && found === undefined) return 'absent';
      if (ifMatch !== undefined && found !== undefined && !isSameObject(found, ifMatch)) return 'changed';
      assertHeld();
      if (!(await removeFile(target))) return 'absent';
      await undefinedIfMissing(syncFolder(dirname(target)));
      await removeEmptyFolders(dirname(target), buckets.path(bucket, 'keys'));
      return 'removed';
    });
  };
  return { path, store, remove };
}
