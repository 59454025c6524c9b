import { constants } from 'node:fs';
import { link, mkdir, open, rename, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, parse } from 'node:path';
import { hasCode } from './storage-error.ts';

// Each further attempt needs somebody else who removed the empty folder at that very moment.
const MAX_ATTEMPTS = 100;

/** Makes a folder's entries durable. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders and needs no sync of them.
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, 0o700);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return;
    throw error;
  }
  await syncFolder(dirname(folder));
}

/** Makes a folder and those above it, durably, but never `base` itself: without it the call fails with ENOENT. */
export async function makeFolders(folder: string, base: string = parse(folder).root): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (error) {
    if (!hasCode(error, 'ENOENT') || dirname(folder) === base) throw error;
    await makeFolders(dirname(folder), base);
    await makeFolder(folder);
  }
}

/** Removes `folder` and those above it up to `base` (kept) as far as they are empty. */
export async function removeEmptyFolders(folder: string, base: string): Promise<void> {
  for (let current = folder; current !== base; current = dirname(current)) {
    try {
      await rmdir(current);
    } catch {
      // In use, or removed by somebody else who goes on upwards; an empty folder left behind does no harm.
      return;
    }
  }
}

/** Gives the file `from` the second name `to`; `false` when `to` is taken. Of many at once exactly one gets `true`. */
export async function linkExclusively(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    // Over NFS a repeated request finds its own link: the count of names tells (link(2), NOTES).
    return (await stat(from)).nlink > 1;
  }
}

/** Removes a file if it is there. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function giveName(from: string, to: string, exclusive: boolean): Promise<boolean> {
  if (exclusive) return linkExclusively(from, to);
  await rename(from, to);
  return true;
}

/**
 * Gives a written and synced file its final name, durably; `false` when `exclusive` and the name is taken.
 * Without `exclusive` or on failure the temporary name is gone or still there: the caller discards it.
 */
export async function publish(
  from: string,
  to: string,
  { exclusive, makeFolder: makeTargetFolder }: { readonly exclusive: boolean; makeFolder(): Promise<void> },
): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (!(await giveName(from, to, exclusive))) return false;
      break;
    } catch (error) {
      if (!hasCode(error, 'ENOENT') || attempt === MAX_ATTEMPTS) throw error;
    }
    await makeTargetFolder();
  }
  try {
    await syncFolder(dirname(to));
  } catch (error) {
    // The file was removed again already, and its empty folder with it.
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  return true;
}
