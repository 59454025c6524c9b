import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createFileLocks } from './file-locks.ts';
import type { Locks } from './locks.ts';
import { createPathGate, type PathGate } from './path-gate.ts';
import { makeFolders } from './publish.ts';
import { createScratch, type Scratch } from './scratch.ts';

/** How many files of one call are open at once: enough to keep libuv's threads busy, few enough to leave descriptors for others. */
export const MAX_OPEN_FILES = 32;

/** What the adapters on a file system build upon. */
export interface Disk {
  readonly path: PathGate;
  readonly scratch: Scratch;
  readonly locks: Locks;
  /** Resolves when the folder can be read and written. */
  ping(): Promise<void>;
}

/** Takes a folder into use. What crashed processes left there is removed in the background. */
export function openDisk(folder: string): Disk {
  const path = createPathGate(folder);
  const scratch = createScratch(path);
  const locks = createFileLocks(path, scratch);
  // A sweep that fails changes nothing for the store, and the next start sweeps again.
  void scratch
    .sweep()
    .then(() => locks.sweep())
    .catch(() => undefined);
  const ping = async (): Promise<void> => {
    await makeFolders(path());
    await access(path(), constants.R_OK | constants.W_OK);
  };
  return { path, scratch, locks, ping };
}
