import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../errors.ts';
import type { ObjectBody } from '../../ports/object-store.ts';

/** Bytes kept in memory before a spool moves to a file. */
const MAX_IN_MEMORY = 4 * 1024 * 1024;

/** Holds bytes from the moment they arrive until the request is answered. */
export interface Spool {
  write(chunk: Uint8Array): Promise<void>;
  /** Ends the writing and gives the bytes, which may be read many times. */
  finish(): Promise<ObjectBody>;
  /** Gives the bytes up; may be called at any time, also twice. */
  discard(): Promise<void>;
}

/** Creates a spool: in memory while small, beyond that a file in `folder` that only this process knows. */
export function createSpool(folder: string, maxInMemory = MAX_IN_MEMORY): Spool {
  const path = join(folder, `spool-${randomUUID()}`);
  let chunks: Uint8Array[] = [];
  let size = 0;
  let file: FileHandle | undefined;

  const moveToFile = async (): Promise<FileHandle> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    file = await open(path, 'wx', 0o600);
    await file.writeFile(Buffer.concat(chunks));
    chunks = [];
    return file;
  };

  const write = async (chunk: Uint8Array): Promise<void> => {
    size += chunk.byteLength;
    if (file === undefined && size <= maxInMemory) {
      // Copied, since whoever gave it may write over it.
      chunks.push(Buffer.from(chunk));
      return;
    }
    try {
      await (file ?? (await moveToFile())).writeFile(chunk);
    } catch (cause) {
      throw isFull(cause) ? noRoom(cause) : cause;
    }
  };

  const finish = async (): Promise<ObjectBody> => {
    if (file === undefined) return Buffer.concat(chunks);
    await file.close();
    return { size, open: () => createReadStream(path) };
  };

  const discard = async (): Promise<void> => {
    chunks = [];
    if (file === undefined) return;
    await file.close();
    await rm(path, { force: true });
  };

  return { write, finish, discard };
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(error.code));

const noRoom = (cause: unknown): AppError =>
  new AppError(
    'InsufficientStorage',
    {
      zh: '服务器暂存空间不足，请稍后重试或联系管理员',
      en: 'The server has no room left; try again later or ask an admin',
    },
    { cause },
  );
