import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isRecord } from '../../naming/record.ts';
import type { KeptUpload, UploadStore } from '../upload/upload-queue.ts';
import { type FileSource, toFileSource } from './file-source.ts';

interface KeptFile extends Pick<KeptUpload, 'id' | 'placement'> {
  readonly path: string;
  readonly size: number;
}

/** Keeps a queue of files in a state file, so that it survives a restart; only what has a path can be kept. One process uses it at a time. */
export function createFileStore(stateFile: string): UploadStore {
  let turn: Promise<unknown> = Promise.resolve();
  /** One after another, each written whole. */
  const change = (edit: (kept: readonly KeptFile[]) => readonly KeptFile[]): Promise<void> => {
    const done = turn.then(async () => write(stateFile, edit(await read(stateFile))));
    turn = done.catch(() => undefined);
    return done;
  };
  return {
    load: async () =>
      (await read(stateFile)).map(({ id, placement, path, size }) => ({
        ...{ id, placement },
        source: toFileSource(path, size),
      })),
    save: ({ id, placement, source }) => {
      if (!isFile(source)) return Promise.reject(new TypeError('only what has a path is kept'));
      const { path, size } = source;
      return change((kept) => [...kept.filter((other) => other.id !== id), { id, placement, path, size }]);
    },
    remove: (id) => change((kept) => kept.filter((other) => other.id !== id)),
  };
}

const isFile = (source: object): source is FileSource => 'path' in source && typeof source.path === 'string';

async function read(stateFile: string): Promise<readonly KeptFile[]> {
  try {
    const kept: unknown = JSON.parse(await readFile(stateFile, 'utf8'));
    return Array.isArray(kept) ? kept.filter(isKept) : [];
  } catch (error) {
    // What nobody can read is begun anew; the images are still where they were.
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      return [];
    throw error;
  }
}

const isKept = (value: unknown): value is KeptFile =>
  isRecord(value) &&
  typeof value['id'] === 'string' &&
  typeof value['path'] === 'string' &&
  typeof value['size'] === 'number' &&
  isRecord(value['placement']);

async function write(stateFile: string, kept: readonly KeptFile[]): Promise<void> {
  await mkdir(dirname(stateFile), { recursive: true });
  const temporary = `${stateFile}.${randomUUID()}`;
  try {
    await writeFile(temporary, JSON.stringify(kept), { mode: 0o600, flush: true });
    await rename(temporary, stateFile);
  } finally {
    await rm(temporary, { force: true });
  }
}
