import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { AppError } from '../../../errors.ts';
import type { JsonObject, StoredDocument } from '../../../ports/document-store.ts';
import { isJsonObject, parseJsonObject } from '../../disk/json.ts';
import { undefinedIfMissing } from '../../disk/storage-error.ts';

const MEMBERS = ['revision', 'checksum', 'doc'];
// A planted link is not followed, and a planted pipe does not block.
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Where one document is kept. */
export interface Place {
  readonly collection: string;
  readonly id: string;
  readonly path: string;
}

/** The SHA-256 of an id in hex, which spreads ids evenly and names them where the id itself must not be shown. */
export const digestOf = (id: string): string => createHash('sha256').update(id).digest('hex');

const checksumOf = (revision: string, doc: JsonObject): string =>
  createHash('sha256')
    .update(JSON.stringify([revision, doc]))
    .digest('hex')
    .slice(0, 32);

/**
 * Writes a document as a file: `{"revision":"…","checksum":"…","doc":{…}}`.
 * The checksum, half a SHA-256 of `[revision, doc]`, finds damage that is still JSON; who mends a file by hand leaves it out.
 */
export function formatDocument({ revision, doc }: StoredDocument): string {
  return `${JSON.stringify({ revision, checksum: checksumOf(revision, doc), doc })}\n`;
}

/** Reads what `formatDocument` wrote; `undefined` when it is damaged. */
function parseDocument(text: string): StoredDocument | undefined {
  const file = parseJsonObject(text);
  if (file === undefined || !Object.keys(file).every((name) => MEMBERS.includes(name))) return undefined;
  const { revision, checksum, doc } = file;
  if (typeof revision !== 'string' || revision === '' || !isJsonObject(doc)) return undefined;
  return checksum === undefined || checksum === checksumOf(revision, doc) ? { revision, doc } : undefined;
}

/** Reads a document; `undefined` when there is none. @throws {AppError} ServiceUnavailable when it is damaged */
export async function readDocument(place: Place): Promise<StoredDocument | undefined> {
  const handle = await undefinedIfMissing(open(place.path, READ_FLAGS));
  if (handle === undefined) return undefined;
  const stored = parseDocument(await handle.readFile('utf8').finally(() => handle.close()));
  if (stored === undefined) throw damaged(place);
  return stored;
}

/** Says which document to repair, without its id or content. */
export function damaged({ collection, id }: Place): AppError {
  const digest = digestOf(id).slice(0, 12);
  return new AppError('ServiceUnavailable', {
    zh: `集合 ${collection} 中有一个文档已损坏，需要修复（其 id 的 SHA-256 以 ${digest} 开头）`,
    en: `A document of ${collection} is damaged and needs repair (the SHA-256 of its id begins with ${digest})`,
  });
}
