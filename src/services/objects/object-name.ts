import { randomUUID } from 'node:crypto';
import { basename } from 'node:path/posix';
import { AppError } from '../../errors.ts';
import { byteLength, cutToBytes, isImageKey, MAX_KEY_BYTES, toKeyPart } from '../../naming/key.ts';
import { fillNameTemplate, shortHash } from '../../naming/name-template.ts';

/** Longest display name, in bytes of UTF-8. */
const MAX_NAME_BYTES = 255;
const MAX_RENAMES = 100;

/** Where an image keeps what its file was called, whatever it is called here. */
export const ORIGINAL_NAME = 'original-name';

/** What a name template may draw on. */
export interface NamingFacts {
  readonly image: {
    readonly originalName: string | undefined;
    readonly extension: string;
    readonly cameAs?: string | undefined;
    readonly sha256: string;
  };
  readonly now: Date;
  readonly userId: string;
}

/** Fills a template: `{yyyy} {MM} {dd}` (UTC), `{hash}` of the bytes, `{uuid}`, `{name}` without its extension, `{ext}`, `{userId}`. */
export function nameByTemplate(template: string, { image, now, userId }: NamingFacts): string {
  const [yyyy = '', MM = '', dd = ''] = now.toISOString().split(/[-T]/);
  const hash = shortHash(image.sha256);
  const origin = toDisplayName(image.originalName ?? '');
  const name = origin === undefined ? hash : stemOf(origin);
  return fillNameTemplate(template, { yyyy, MM, dd, hash, uuid: randomUUID(), name, ext: image.extension, userId });
}

/** Names an image as its file was named, but for the extension of one that was converted; `undefined` when that says nothing. */
export function nameByOrigin({ originalName, extension, cameAs }: NamingFacts['image']): string | undefined {
  const name = toDisplayName(originalName ?? '');
  return cameAs === undefined ? name : name && `${stemOf(name)}.${extension}`;
}

/** A name without its extension. */
const stemOf = (name: string): string => name.replace(/(.)\.[^./]*$/s, '$1');

/** Puts a name into a folder. */
export const inFolder = (folder: string | undefined, name: string): string =>
  folder === undefined || folder === '' ? name : `${folder}/${name}`;

/** The names to try when a name is taken: `a.png`, `a-1.png`, `a-2.png` … */
export function* namesLike(objectName: string): Generator<string> {
  const [, stem = objectName, extension = ''] = /^(.*[^/])(\.[^./]{1,10})$/s.exec(objectName) ?? [];
  yield objectName;
  for (let number = 1; number <= MAX_RENAMES; number += 1) yield `${stem}-${number}${extension}`;
}

/** Names what an image was before the rule of its bucket was applied, beside it: nobody guesses it who has not these bytes. */
export function nameOfOriginal(objectName: string, { sha256, extension }: NamingFacts['image']): string {
  const ending = `.original-${shortHash(sha256)}.${extension}`;
  return cutToBytes(stemOf(objectName), MAX_KEY_BYTES - byteLength(ending)) + ending;
}

/** Looks a finished key over, whatever parts it was made of. @throws {AppError} InvalidArgument unless an image may have it */
export function requireImageKey(made: string): string {
  const key = made.normalize('NFC');
  if (byteLength(key) > MAX_KEY_BYTES) throw tooLong(byteLength(key));
  if (isImageKey(key)) return key;
  throw new AppError(
    'InvalidArgument',
    {
      zh: '目录、相册与命名模板合起来得不出合法的对象名：各段不能为空，不能是 . 或 ..，也不能在 .imagepic 之下',
      en: 'Folder, album and name template make no valid object name: no part may be empty, "." or "..", or below .imagepic',
    },
    { details: { fields: ['folder', 'album', 'nameTemplate'] } },
  );
}

const tooLong = (bytes: number): AppError =>
  new AppError(
    'InvalidArgument',
    {
      zh: `目录加对象名共 ${bytes} 字节，超过 ${MAX_KEY_BYTES}；请缩短 folder 或 objectName`,
      en: `Folder and object name have ${bytes} bytes together, more than ${MAX_KEY_BYTES}; shorten one`,
    },
    { details: { fields: ['folder', 'objectName'] } },
  );

/**
 * Makes a safe name of a client's file name, which may be a whole path of any system: the last part in NFC, without
 * control and direction characters, at most 255 bytes with the extension kept; `undefined` when nothing is left.
 */
export function toDisplayName(fileName: string): string | undefined {
  const name = toKeyPart(basename(fileName.replaceAll('\\', '/'))).trim();
  return /^\.*$/.test(name) ? undefined : shorten(name);
}

function shorten(name: string): string {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 10 ? name.slice(dot) : '';
  return cutToBytes(name.slice(0, name.length - extension.length), MAX_NAME_BYTES - byteLength(extension)) + extension;
}
