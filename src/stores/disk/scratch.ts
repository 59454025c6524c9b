import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PathGate } from './path-gate.ts';
import { makeFolders, syncFolder } from './publish.ts';
import { createRootFolder, type RootFolder } from './root-folder.ts';
import { hasCode, undefinedIfMissing } from './storage-error.ts';

const STRAY_AFTER_MS = 10 * 60_000;
const OWN_NAME = /^[0-9a-f]{32}\.tmp$/;

/** What is being made or thrown away: `<root>/.tmp/<32 hex digits>.tmp`, on the file system of what it becomes. */
export interface Scratch {
  /** Writes a new file, synced and closed; a `write` that fails leaves nothing behind. */
  writeFile<Result>(
    write: (file: FileHandle) => Promise<Result>,
  ): Promise<{ readonly path: string; readonly result: Result }>;
  /** Writes a short file that need not outlive a power cut. */
  writeNote(text: string): Promise<string>;
  /** Makes a new folder, filled and synced; a `fill` that fails leaves nothing behind. */
  makeFolder(fill: (folder: string) => Promise<void>): Promise<string>;
  /** Removes what `writeFile`, `writeNote` or `makeFolder` made, if it is still there. */
  discard(path: string): Promise<void>;
  /** Makes a folder disappear at once, durably, and then removes it; `false` when it was not there. */
  throwAway(folder: string): Promise<boolean>;
  /** Removes what crashed processes left; a file being written is never that old. */
  sweep(): Promise<void>;
}

/** Creates the scratch area of one store. */
export function createScratch(path: PathGate, root: RootFolder = createRootFolder(path)): Scratch {
  const folder = path('.tmp');
  const newPath = (): string => path('.tmp', `${randomBytes(16).toString('hex')}.tmp`);
  const discard = async (stray: string): Promise<void> => {
    try {
      await unlink(stray);
    } catch (error) {
      // What cannot be removed now is swept later, and must not hide the result or failure of the work itself.
      if (!hasCode(error, 'ENOENT')) await rm(stray, { recursive: true, force: true }).catch(() => undefined);
    }
  };
  const inFolder = async <T>(make: (path: string) => Promise<T>): Promise<{ path: string; made: T }> => {
    const fresh = newPath();
    // Whatever is written begins here: into the place of another folder nothing is.
    await root.look();
    await root.requireOwn(folder);
    try {
      return { path: fresh, made: await make(fresh) };
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
      await root.make();
      await makeFolders(folder, path());
      return { path: fresh, made: await make(fresh) };
    }
  };
  const write = async <Result>(use: (file: FileHandle) => Promise<Result>) => {
    const { path: fresh, made: file } = await inFolder((name) => open(name, 'wx', 0o600));
    try {
      const result = await use(file).finally(() => file.close());
      return { path: fresh, result };
    } catch (error) {
      await discard(fresh);
      throw error;
    }
  };
  const writeNote = async (text: string): Promise<string> => (await write((file) => file.writeFile(text))).path;
  return {
    writeFile: (use) =>
      write(async (file) => {
        const result = await use(file);
        await file.sync();
        return result;
      }),
    writeNote,
    makeFolder: async (fill) => {
      const { path: fresh } = await inFolder((name) => mkdir(name, 0o700));
      try {
        await fill(fresh);
        await syncFolder(fresh);
        return fresh;
      } catch (error) {
        await discard(fresh);
        throw error;
      }
    },
    discard,
    throwAway: async (unwanted) => {
      await root.requireOwn(dirname(unwanted));
      const { path: moved, made } = await inFolder((name) => moveIfPresent(unwanted, name));
      if (made) await syncFolder(dirname(unwanted));
      await discard(moved);
      return made;
    },
    sweep: async () => {
      const names = ((await undefinedIfMissing(readdir(folder))) ?? []).filter((name) => OWN_NAME.test(name));
      if (names.length === 0) return;
      // The file system's own clock decides: hosts that share a mount may disagree about the time.
      const note = await writeNote('');
      try {
        const oldest = (await stat(note)).mtimeMs - STRAY_AFTER_MS;
        for (const stray of names.map((name) => path('.tmp', name))) {
          const found = await undefinedIfMissing(stat(stray));
          if (found !== undefined && found.mtimeMs < oldest) await discard(stray);
        }
      } finally {
        await discard(note);
      }
    },
  };
}

async function moveIfPresent(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT') && (await undefinedIfMissing(stat(from))) === undefined) return false;
    throw error;
  }
}
