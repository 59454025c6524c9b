import { lstat } from 'node:fs/promises';
import { mapLimited } from '../../../concurrency/limit.ts';
import { AppError } from '../../../errors.ts';
import { isKey } from '../../../naming/key.ts';
import type { ListedObject, ObjectPage, ObjectStore } from '../../../ports/object-store.ts';
import { checkLimit, invalidArgument } from '../../arguments.ts';
import { MAX_OPEN_FILES } from '../../disk/disk.ts';
import { undefinedIfMissing } from '../../disk/storage-error.ts';
import { type Listed, type OpenFolder, walk } from './key-walk.ts';
import { readMetadata } from './object-file.ts';

/** The first character of what a token holds; the rest is the key or prefix that came last. */
const TOKEN_VERSION = '1';

/** Lists a page of a bucket's keys. @throws {AppError} InvalidArgument for a token or limit that is none */
export async function listPage(open: OpenFolder, options: Parameters<ObjectStore['list']>[1]): Promise<ObjectPage> {
  const { prefix = '', delimiter, continuationToken, limit } = options;
  checkLimit(limit);
  const after = continuationToken === undefined ? '' : parseToken(continuationToken);
  const listed: Listed[] = [];
  for await (const item of walk(open, { prefix, delimiter: delimiter !== undefined, after })) {
    listed.push(item);
    if (listed.length > limit) break;
  }
  const shown = listed.slice(0, limit);
  const last = shown.at(-1);
  return {
    objects: (await mapLimited(shown, MAX_OPEN_FILES, toObjects)).flat(),
    prefixes: shown.filter(({ path }) => path === undefined).map(({ text }) => text),
    ...(listed.length > limit && last !== undefined && { continuationToken: formatToken(last.text) }),
  };
}

/** None for a prefix, and for what was removed since its name was read. */
async function toObjects({ text: key, path }: Listed): Promise<readonly ListedObject[]> {
  if (path === undefined) return [];
  try {
    const object = await readMetadata(path, key);
    if (object === undefined) return [];
    const { size, etag, lastModified } = object;
    return [{ key, size, etag, lastModified }];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // A damaged object must not hide the others; it is shown without an etag, and can be removed.
    const file = await undefinedIfMissing(lstat(path));
    return file === undefined ? [] : [{ key, size: file.size, etag: '', lastModified: file.mtime }];
  }
}

function formatToken(after: string): string {
  return Buffer.from(TOKEN_VERSION + after).toString('base64url');
}

function parseToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  const after = text.slice(TOKEN_VERSION.length);
  if (formatToken(after) === token && isKey(after.replace(/\/$/, ''))) return after;
  throw invalidArgument('continuationToken');
}
