import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { UploadSource } from '../upload/source.ts';

/** A file on a disk, which is opened for each piece of it. */
export interface FileSource extends UploadSource {
  readonly path: string;
}

/** Reads a file as a source. @throws ENOENT and the like */
export async function openFile(path: string): Promise<FileSource> {
  const { size } = await stat(path);
  return toFileSource(path, size);
}

/** The file at `path`, of which somebody else has found out the size. */
export const toFileSource = (path: string, size: number): FileSource => ({
  path,
  name: basename(path),
  size,
  slice: async (start, end) => new Blob([await readRange(path, start, end)]),
});

async function readRange(path: string, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const handle = await open(path);
  try {
    const bytes = new Uint8Array(end - start);
    let filled = 0;
    while (filled < bytes.byteLength) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.byteLength - filled, start + filled);
      if (bytesRead === 0) throw new Error(`${path} was cut while it was read`);
      filled += bytesRead;
    }
    return bytes;
  } finally {
    await handle.close();
  }
}

/** Lets `work` have the file at `path`; what can be read but once, such as a pipe, is spooled. @throws ENOENT and the like */
export async function withFile<Result>(path: string, work: (source: FileSource) => Promise<Result>): Promise<Result> {
  const found = await stat(path);
  return found.isFile()
    ? work(toFileSource(path, found.size))
    : withSpooled(createReadStream(path), basename(path), work);
}

/** Lets `work` have a stream as a file of its own, which is gone afterwards. */
export async function withSpooled<Result>(
  stream: AsyncIterable<Uint8Array>,
  name: string,
  work: (source: FileSource) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'imagepic-'));
  try {
    const path = join(folder, 'image');
    await pipeline(stream, createWriteStream(path, { mode: 0o600 }));
    return await work({ ...(await openFile(path)), name });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
