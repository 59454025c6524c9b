import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createFileLocks } from './file-locks.ts';
import type { Locks } from './locks.ts';
import { createPathGate, type PathGate } from './path-gate.ts';
import { createRootFolder, type RootFolder } from './root-folder.ts';
import { createScratch, type Scratch } from './scratch.ts';
import { hasCode, translateErrors } from './storage-error.ts';

/** How many files of one call are open at once: enough to keep libuv's threads busy, few enough to leave descriptors for others. */
export const MAX_OPEN_FILES = 32;

/** What the adapters on a file system build upon. */
export interface Disk {
  readonly path: PathGate;
  readonly scratch: Scratch;
  readonly locks: Locks;
  readonly requireOwn: RootFolder['requireOwn'];
  /**
   * Wraps a store's method: errors of the system leave it as the ports have them, and it is refused where the folder was seen
   * and is gone, so that nobody takes that for an empty store.
   */
  guard<Arguments extends readonly unknown[], Result>(
    method: (...args: Arguments) => Promise<Result>,
  ): (...args: Arguments) => Promise<Result>;
  /** Resolves when the folder can be read and written, or made. */
  ping(): Promise<void>;
}

/** Takes a folder into use. What crashed processes left there is removed in the background. */
export function openDisk(folder: string): Disk {
  const path = createPathGate(folder);
  const root = createRootFolder(path);
  const scratch = createScratch(path, root);
  const fileLocks = createFileLocks(path, scratch);
  const locks: Locks = {
    ...fileLocks,
    hold: async (name, work) => {
      await root.requireOwn(path('.locks'));
      return fileLocks.hold(name, work);
    },
  };
  // A sweep that fails changes nothing for the store, and the next start sweeps again.
  void scratch
    .sweep()
    .then(() => locks.sweep())
    .catch(() => undefined);
  const ping = async (): Promise<void> => {
    const folder = (await root.look()) ? path() : await nearestFolder(dirname(path()));
    await access(folder, constants.R_OK | constants.W_OK);
  };
  const guard: Disk['guard'] = (method) =>
    translateErrors(async (...args) => {
      // Begun at once, with the arguments as they are now; what writes looks for itself before it does.
      const work = method(...args);
      work.catch(() => undefined);
      await root.look();
      return work;
    });
  return { path, scratch, locks, requireOwn: root.requireOwn, guard, ping: guard(ping) };
}

/** The first folder that is there, from `folder` upwards. */
async function nearestFolder(folder: string): Promise<string> {
  try {
    await access(folder);
    return folder;
  } catch (error) {
    if (!hasCode(error, 'ENOENT') || dirname(folder) === folder) throw error;
    return nearestFolder(dirname(folder));
  }
}
