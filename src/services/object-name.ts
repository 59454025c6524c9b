import { basename } from 'node:path/posix';
import { MAX_KEY_BYTES } from '../contract/fields.ts';
import type { ReceivedImage } from '../contract/received-image.ts';
import { AppError } from '../errors.ts';

/** Longest display name, in bytes of UTF-8. */
const MAX_NAME_BYTES = 255;

/** Names an image by what it is: `{yyyy}/{MM}/{dd}/{hash}.{ext}`, in UTC. */
export function nameByTemplate(image: ReceivedImage, now: Date): string {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/${image.sha256.slice(0, 32)}.${image.extension}`;
}

/** Names an image as its file was named, or by the template where that name says nothing. */
export function nameByOrigin(image: ReceivedImage, now: Date): string {
  return toDisplayName(image.originalName ?? '') ?? nameByTemplate(image, now);
}

/** Puts a name into a folder. */
export const inFolder = (folder: string | undefined, name: string): string =>
  folder === undefined || folder === '' ? name : `${folder}/${name}`;

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
