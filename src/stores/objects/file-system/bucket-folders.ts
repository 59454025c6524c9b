import { mkdir, readdir, readFile, rename, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../errors.ts';
import { isBucketName } from '../../../naming/bucket.ts';
import type { Bucket } from '../../../ports/object-store.ts';
import type { Disk } from '../../disk/disk.ts';
import { parseJsonObject, toDate } from '../../disk/json.ts';
import { syncFolder } from '../../disk/publish.ts';
import { hasCode, undefinedIfMissing } from '../../disk/storage-error.ts';
import { checkBucketName } from '../arguments.ts';
import { isDevice } from './key-path.ts';
import { hasObject } from './key-walk.ts';

/**
 * Buckets on disk: `<folder>/<bucket>/` with `bucket.json` (when it was made), `keys/` (its objects) and `uploads/`.
 * A bucket is there while its `keys/` is, so that the system's own refusal to remove a folder in use decides between
 * removing a bucket and storing into it.
 */
export interface BucketFolders {
  /** A path in a bucket. @throws {AppError} InvalidArgument when the name is none of a bucket */
  path(bucket: string, ...names: readonly string[]): string;
  exists(bucket: string): Promise<boolean>;
  /** @throws {AppError} NoSuchBucket */
  require(bucket: string): Promise<void>;
  list(): Promise<readonly Bucket[]>;
  /** @throws {AppError} InvalidArgument for a name that is no folder's everywhere */
  make(bucket: string): Promise<boolean>;
  /** @throws {AppError} BucketNotEmpty */
  remove(bucket: string): Promise<void>;
}

/** Creates the access to the buckets of one disk. */
export function createBucketFolders({ path: gate, scratch, locks }: Disk, now: () => Date): BucketFolders {
  const path = (bucket: string, ...names: readonly string[]): string => {
    checkBucketName(bucket);
    return gate(bucket, ...names);
  };
  const exists = async (bucket: string): Promise<boolean> =>
    (await undefinedIfMissing(stat(path(bucket, 'keys')))) !== undefined;
  const require = async (bucket: string): Promise<void> => {
    if (await exists(bucket)) return;
    const text = { zh: `存储桶 ${bucket} 不存在`, en: `There is no bucket ${bucket}` };
    throw new AppError('NoSuchBucket', text, { details: { bucket } });
  };
  const list = async (): Promise<readonly Bucket[]> => {
    const buckets: Bucket[] = [];
    for (const name of ((await undefinedIfMissing(readdir(gate()))) ?? []).sort()) {
      if (!isBucketName(name) || !(await exists(name))) continue;
      const creationDate = await readCreationDate(path(name, 'bucket.json'));
      if (creationDate !== undefined) buckets.push({ name, creationDate });
    }
    return buckets;
  };
  const make = async (bucket: string): Promise<boolean> => {
    if (await exists(bucket)) return false;
    if (isDevice(bucket)) throw notMovable(bucket);
    const fresh = await scratch.makeFolder((folder) => fillBucket(folder, now()));
    try {
      // What a crash left of the removal of such a bucket.
      await scratch.throwAway(path(bucket));
      await rename(fresh, path(bucket));
      await syncFolder(gate());
    } finally {
      await scratch.discard(fresh);
    }
    return true;
  };
  const remove = async (bucket: string): Promise<void> => {
    if (!(await exists(bucket))) return;
    if ((await hasObject(path(bucket, 'keys'))) || !(await removeEmptyTree(path(bucket, 'keys')))) {
      const text = {
        zh: `存储桶 ${bucket} 不为空；回收站里的图片也算（image/listTrash）`,
        en: `The bucket ${bucket} is not empty; images in the trash count too (image/listTrash)`,
      };
      throw new AppError('BucketNotEmpty', text, { details: { bucket } });
    }
    await scratch.throwAway(path(bucket));
  };
  return {
    path,
    exists,
    require,
    list,
    make: (bucket) => locks.hold(`bucket ${bucket}`, () => make(bucket)),
    remove: (bucket) => locks.hold(`bucket ${bucket}`, () => remove(bucket)),
  };
}

const notMovable = (bucket: string): AppError =>
  new AppError('InvalidArgument', {
    zh: `存储桶不能叫 ${bucket}：Windows 上这是设备名，文件夹无法移到那里`,
    en: `A bucket cannot be called ${bucket}: on Windows that is a device, and the folder could not be moved there`,
  });

async function fillBucket(folder: string, creationDate: Date): Promise<void> {
  const text = JSON.stringify({ creationDate: creationDate.toISOString() });
  await writeFile(join(folder, 'bucket.json'), `${text}\n`, { flag: 'wx', mode: 0o600, flush: true });
  await mkdir(join(folder, 'keys'), 0o700);
  await mkdir(join(folder, 'uploads'), 0o700);
}

/** `undefined` when the bucket was removed meanwhile. */
async function readCreationDate(file: string): Promise<Date | undefined> {
  const text = await undefinedIfMissing(readFile(file, 'utf8'));
  if (text === undefined) return undefined;
  const creationDate = toDate(parseJsonObject(text)?.['creationDate']);
  if (creationDate !== undefined) return creationDate;
  throw new AppError('ServiceUnavailable', {
    zh: '一个存储桶的信息已损坏',
    en: 'The description of a bucket is damaged',
  });
}

/** Removes a folder that holds nothing but empty folders; `false` when there is more. */
async function removeEmptyTree(folder: string): Promise<boolean> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeEmptyTree(join(folder, entry.name));
  }
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}
