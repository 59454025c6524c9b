import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Disk } from '../../disk/disk.ts';
import { makeFolders, publish, removeEmptyFolders, removeFile, syncFolder } from '../../disk/publish.ts';
import { hasCode, undefinedIfMissing } from '../../disk/storage-error.ts';
import type { ByteSource } from '../byte-source.ts';
import type { BucketFolders } from './bucket-folders.ts';
import { encodeKey } from './key-path.ts';
import { type ObjectDescription, writeObject } from './object-file.ts';

/** Objects' files in the folders of their buckets. */
export interface ObjectFolders {
  /** The path of an object's file. @throws {AppError} InvalidArgument */
  path(bucket: string, key: string): string;
  /** Stores an object and gives its etag; `undefined` when `exclusive` and there is one already. @throws {AppError} NoSuchBucket */
  store(
    bucket: string,
    source: ByteSource,
    description: ObjectDescription,
    options: { readonly exclusive: boolean },
  ): Promise<{ readonly etag: string } | undefined>;
  /** Removes an object and the folders that it leaves empty. */
  remove(bucket: string, key: string): Promise<void>;
}

/** Creates the access to the objects of one disk. */
export function createObjectFolders({ scratch }: Disk, buckets: BucketFolders, now: () => Date): ObjectFolders {
  const path = (bucket: string, key: string): string => buckets.path(bucket, 'keys', ...encodeKey(key));

  const makeFolderOf = async (bucket: string, file: string): Promise<void> => {
    try {
      await makeFolders(dirname(file), buckets.path(bucket, 'keys'));
    } catch (error) {
      // Another one removed an empty folder just then, or the bucket: only that is final.
      if (!hasCode(error, 'ENOENT')) throw error;
      await buckets.require(bucket);
    }
  };
  const store: ObjectFolders['store'] = async (bucket, source, description, { exclusive }) => {
    const target = path(bucket, description.key);
    await buckets.require(bucket);
    if (exclusive && (await undefinedIfMissing(stat(target))) !== undefined) return undefined;
    const { path: written, result: etag } = await scratch.writeFile((file) =>
      writeObject(file, source, description, now),
    );
    try {
      const makeFolder = (): Promise<void> => makeFolderOf(bucket, target);
      return (await publish(written, target, { exclusive, makeFolder })) ? { etag } : undefined;
    } finally {
      await scratch.discard(written);
    }
  };
  const remove = async (bucket: string, key: string): Promise<void> => {
    const target = path(bucket, key);
    if (!(await removeFile(target))) return;
    await undefinedIfMissing(syncFolder(dirname(target)));
    await removeEmptyFolders(dirname(target), buckets.path(bucket, 'keys'));
  };
  return { path, store, remove };
}
