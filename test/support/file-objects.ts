import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { ObjectStore, OpenObject } from '../../src/ports/object-store.ts';
import { createFileObjectStore } from '../../src/stores/objects/file-system/object-store.ts';
import { makeTempFolder, type TempFolder } from './temp-folder.ts';

/** An object store of its own for each test, with the bucket `images`. */
export interface FileObjects {
  readonly folder: string;
  readonly store: ObjectStore;
  /** Opens an object of the bucket. */
  open(key: string): Promise<OpenObject | undefined>;
  /** The path of a file below the folder of the bucket's keys. */
  keys(...names: readonly string[]): string;
}

/** Opens a store before each test and removes it afterwards. */
export function useFileObjects(): FileObjects {
  let folder: TempFolder;
  let store: ObjectStore;
  beforeEach(async () => {
    folder = await makeTempFolder();
    const signing = { key: Buffer.alloc(32, 'k') };
    store = createFileObjectStore({ folder: folder.path, now: () => new Date(), signing, minPartSize: 1 });
    await store.makeBucket('images');
  });
  afterEach(() => folder.remove());
  return {
    get folder() {
      return folder.path;
    },
    get store() {
      return store;
    },
    open: (key) => store.get('images', key),
    keys: (...names) => join(folder.path, 'images', 'keys', ...names),
  };
}
