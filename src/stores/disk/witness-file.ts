import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { BedWitness } from '../../ports/bed-witness.ts';
import { linkExclusively, makeFolders, removeFile, syncFolder } from './publish.ts';
import { translateErrors, undefinedIfMissing } from './storage-error.ts';

/** Creates the witness that is the file `.bed` in a folder of the embedded stores. */
export function createWitnessFile(folder: string, isAmongImages: boolean): BedWitness {
  const file = join(resolve(folder), '.bed');
  const write = async (bedId: string): Promise<void> => {
    await makeFolders(dirname(file));
    const fresh = `${file}-${randomBytes(8).toString('hex')}`;
    try {
      await writeFile(fresh, `${bedId}\n`, { flag: 'wx', mode: 0o600, flush: true });
      await linkExclusively(fresh, file);
    } finally {
      await removeFile(fresh);
    }
    await syncFolder(dirname(file));
  };
  return {
    name: isAmongImages ? 'images folder' : 'data folder',
    place: file,
    isAmongImages,
    read: translateErrors(async () => (await undefinedIfMissing(readFile(file, 'utf8')))?.trim()),
    write: translateErrors(write),
  };
}
