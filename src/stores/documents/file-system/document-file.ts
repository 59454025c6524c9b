import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { JsonObject, StoredDocument } from '../../../ports/document-store.ts';
import { isJsonObject, parseJsonObject } from '../../disk/json.ts';
import { undefinedIfMissing } from '../../disk/storage-error.ts';
import { type DocumentId, damaged } from '../document-id.ts';

const MEMBERS = ['revision', 'checksum', 'doc'];
// A planted link is not followed, and a planted pipe does not block.
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A document and the path of its file. */
export interface DocumentFile extends DocumentId {
  readonly path: string;
}

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
  const members = parseJsonObject(text);
  if (members === undefined || !Object.keys(members).every((name) => MEMBERS.includes(name))) return undefined;
  const { revision, checksum, doc } = members;
  if (typeof revision !== 'string' || revision === '' || !isJsonObject(doc)) return undefined;
  return checksum === undefined || checksum === checksumOf(revision, doc) ? { revision, doc } : undefined;
}

/** Reads the file of a document; `undefined` when there is none. */
export async function readText(path: string): Promise<string | undefined> {
  const handle = await undefinedIfMissing(open(path, READ_FLAGS));
  return handle?.readFile('utf8').finally(() => handle.close());
}

/** Reads what such a file says. @throws {AppError} ServiceUnavailable when it is damaged */
export function toDocument(file: DocumentFile, text: string | undefined): StoredDocument | undefined {
  if (text === undefined) return undefined;
  const stored = parseDocument(text);
  if (stored === undefined) throw damaged(file);
  return stored;
}

/** Reads a document; `undefined` when there is none. @throws {AppError} ServiceUnavailable when it is damaged */
export const readDocument = async (file: DocumentFile): Promise<StoredDocument | undefined> =>
  toDocument(file, await readText(file.path));
