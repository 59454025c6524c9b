import { opendir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isKey } from '../../../naming/key.ts';
import { hasCode } from '../../disk/storage-error.ts';
import { compareKeys } from '../key-order.ts';
import { decodeNames, encodeFolders, isObjectName } from './key-path.ts';

/** What of a bucket to list: keys and common prefixes that begin with `prefix` and come after `after`. */
export interface KeyRange {
  readonly prefix: string;
  readonly delimiter: boolean;
  readonly after: string;
}

/** Gives the path of a folder of keys by its names, unless links lead out of it. */
export type OpenFolder = (...names: readonly string[]) => Promise<string>;

/** A key with its file's path, or with a delimiter a common prefix, which has none. */
export interface Listed {
  readonly text: string;
  readonly path?: string;
}

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly isFolder: boolean;
}

interface Here {
  readonly folder: string;
  readonly base: string;
  readonly range: KeyRange;
  readonly heads: readonly string[];
}

/**
 * Walks a bucket's keys in UTF-8 byte order, a folder at a time, without opening an object. What comes and goes meanwhile
 * may be seen or not; what is not ours, as the link of a folder, is not.
 */
export async function* walk(open: OpenFolder, range: KeyRange): AsyncGenerator<Listed> {
  const segments = range.prefix.split('/').slice(0, -1);
  // A prefix with a segment that no key has: nothing begins with it.
  if (segments.length > 0 && !isKey(segments.join('/'))) return;
  const base = segments.map((segment) => `${segment}/`).join('');
  yield* walkFolder(await open(...encodeFolders(segments)), base, range);
}

/** Tells whether there is any object below a folder of keys, without reading all of a large one. */
export async function hasObject(folder: string): Promise<boolean> {
  const folders: string[] = [];
  try {
    for await (const entry of await opendir(folder)) {
      if (isObjectName(entry.name)) return true;
      if (entry.isDirectory()) folders.push(entry.name);
    }
  } catch (error) {
    if (!isNoFolder(error)) throw error;
  }
  for (const name of folders) {
    if (await hasObject(join(folder, name))) return true;
  }
  return false;
}

async function* walkFolder(folder: string, base: string, range: KeyRange): AsyncGenerator<Listed> {
  const entries: Entry[] = [];
  await readEntries(entries, { folder, base, range, heads: [] });
  entries.sort((left, right) => compareKeys(left.name, right.name));
  for (const { name, path, isFolder } of entries) {
    const text = base + name;
    if (!isFolder) yield { text, path };
    else if (!range.delimiter) yield* walkFolder(path, text, range);
    else if (compareKeys(text, range.after) > 0 && (await hasObject(path))) yield { text };
  }
}

/** Reads a folder and those in which its long names go on; `heads` are the names that led there. */
async function readEntries(entries: Entry[], here: Here): Promise<void> {
  const { folder, base, range, heads } = here;
  for (const { name, isLink } of await namesIn(folder)) {
    const found = decodeNames([...heads, name]);
    if (found === undefined || (isLink && found.kind !== 'object')) continue;
    const path = join(folder, name);
    const isFolder = found.kind === 'folder';
    const text = isFolder ? `${found.segment}/` : found.segment;
    if (!isInRange(base + text, found.kind !== 'object', range)) continue;
    if (found.kind === 'continued') await readEntries(entries, { ...here, folder: path, heads: [...heads, name] });
    else entries.push({ name: text, path, isFolder });
  }
}

/** `isBeginning` says that keys go on after `text`. */
function isInRange(text: string, isBeginning: boolean, { prefix, after }: KeyRange): boolean {
  if (!text.startsWith(prefix) && !(isBeginning && prefix.startsWith(text))) return false;
  return compareKeys(text, after) > 0 || (isBeginning && after.startsWith(text));
}

async function namesIn(folder: string): Promise<readonly { readonly name: string; readonly isLink: boolean }[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isLink: entry.isSymbolicLink() }));
  } catch (error) {
    if (isNoFolder(error)) return [];
    throw error;
  }
}

/** Removed meanwhile, or something that is not ours. */
const isNoFolder = (error: unknown): boolean => hasCode(error, 'ENOENT', 'ENOTDIR');
