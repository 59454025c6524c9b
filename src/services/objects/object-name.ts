import { randomUUID } from 'node:crypto';
import { basename } from 'node:path/posix';
import { MAX_KEY_BYTES } from '../../contract/fields.ts';
import { AppError } from '../../errors.ts';
import type { ReceivedImage } from '../uploads/received-image.ts';

/** Longest display name, in bytes of UTF-8. */
const MAX_NAME_BYTES = 255;

/** What a naming template may draw on. */
export interface NamingFacts {
  readonly image: Pick<ReceivedImage, 'originalName' | 'extension' | 'sha256'>;
  readonly now: Date;
  readonly userId: string;
}

/** Fills a template: `{yyyy} {MM} {dd}` (UTC), `{hash}` of the bytes, `{uuid}`, `{name}` without its extension, `{ext}`, `{userId}`. */
export function nameByTemplate(template: string, { image, now, userId }: NamingFacts): string {
  const [yyyy = '', MM = '', dd = ''] = now.toISOString().split(/[-T]/);
  const hash = image.sha256.slice(0, 32);
  const name = toDisplayName(image.originalName ?? '')?.replace(/(.)\.[^.]*$/, '$1') ?? hash;
  const values = new Map(
    Object.entries({ yyyy, MM, dd, hash, uuid: randomUUID(), name, ext: image.extension, userId }),
  );
  return template.replace(/\{(\w+)\}/g, (whole, part: string) => values.get(part) ?? whole);
}

/** Names an image as its file was named; `undefined` when that says nothing. */
export const nameByOrigin = (image: ReceivedImage): string | undefined => toDisplayName(image.originalName ?? '');

/** Puts a name into a folder. */
export const inFolder = (folder: string | undefined, name: string): string =>
  folder === undefined || folder === '' ? name : `${folder}/${name}`;

/** The names to try when a name is taken: `a.png`, `a-1.png`, `a-2.png` … */
export function* namesLike(objectName: string): Generator<string> {
  const [, stem = objectName, extension = ''] = /^(.*[^/])(\.[^./]{1,10})$/s.exec(objectName) ?? [];
  yield objectName;
  for (let number = 1; number <= MAX_RENAMES; number += 1) yield `${stem}-${number}${extension}`;
}

const MAX_RENAMES = 100;

/** Refuses a key that a folder has made too long. @throws {AppError} InvalidArgument */
export function requireKeyLength(key: string): void {
  if (Buffer.byteLength(key) <= MAX_KEY_BYTES) return;
  throw new AppError(
    'InvalidArgument',
    {
      zh: `目录加对象名共 ${Buffer.byteLength(key)} 字节，超过 ${MAX_KEY_BYTES}；请缩短 folder 或 objectName`,
      en: `Folder and object name have ${Buffer.byteLength(key)} bytes together, more than ${MAX_KEY_BYTES}; shorten one`,
    },
    { details: { fields: ['folder', 'objectName'] } },
  );
}

/**
 * Makes a safe name of a client's file name, which may be a whole path of any system: the last part in NFC, without
 * control and direction characters, at most 255 bytes with the extension kept; `undefined` when nothing is left.
 */
export function toDisplayName(fileName: string): string | undefined {
  const name = basename(fileName.replaceAll('\\', '/'))
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/gu, '')
    .replace(/%(?=[0-9a-f]{2})/gi, '-')
    .trim();
  if (/^\.*$/.test(name)) return undefined;
  return shorten(name);
}

function shorten(name: string): string {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 10 ? name.slice(dot) : '';
  const room = MAX_NAME_BYTES - Buffer.byteLength(extension);
  let stem = '';
  let bytes = 0;
  for (const character of name.slice(0, name.length - extension.length)) {
    bytes += Buffer.byteLength(character);
    if (bytes > room) break;
    stem += character;
  }
  return stem + extension;
}
