import { isKey } from '../../../naming/key.ts';
import { checkKey } from '../arguments.ts';

/*
 * How an object's key becomes file names: one folder for each segment, and a file for the last.
 *
 * Names are the same key on every file system, whether it tells upper from lower case or composes characters or not:
 *   kept        a–z 0–9 . _ - = @ + , ( ) and letters without case or composition (CJK, kana, Hangul, emoji, àéя …)
 *   ^a … ^z     an ASCII upper-case letter
 *   %xx         any other byte of UTF-8; also a dot at a segment's end and the first letter of a Windows device name
 * A trailing `^` marks an object's file, a trailing `^+` a folder in which a segment too long for one name goes on;
 * all other names are folders, so the keys `a` and `a/b` do not meet.
 */
const PLAIN = /^[a-z0-9._=@+,()-]{0,200}[a-z0-9_=@+,()-]$/;
const KEPT =
  /[a-z0-9._=@+,()à-öø-þа-яё\u3001-\u3029\u3041-\u3098\u309b-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\u{1f300}-\u{1faff}\u{20000}-\u{2ebef}-]/u;
const DEVICE = /^(?:aux|con|nul|prn|com\d|lpt\d)(?:\.|$)/;
/** Whether Windows takes a name for a device, whatever follows its first dot. */
export const isDevice = (name: string): boolean => DEVICE.test(name);
const OBJECT = '^';
const CONTINUED = '^+';
const MAX_NAME_BYTES = 240;

/** Turns a key into the names of its folders and, last, its file. @throws {AppError} InvalidArgument */
export function encodeKey(key: string): readonly string[] {
  checkKey(key);
  const names = encodeFolders(key.split('/'));
  return [...names.slice(0, -1), `${names.at(-1)}${OBJECT}`];
}

/** Turns a key's leading segments into the names of their folders. */
export function encodeFolders(segments: readonly string[]): readonly string[] {
  return segments.flatMap(encodeSegment);
}

const percent = (text: string): string => Buffer.from(text).toString('hex').replace(/../g, '%$&');

function encodeCharacter(character: string): string {
  if (KEPT.test(character)) return character;
  return /[A-Z]/.test(character) ? `^${character.toLowerCase()}` : percent(character);
}

function encodeSegment(segment: string): readonly string[] {
  if (PLAIN.test(segment) && !isDevice(segment)) return [segment];
  const tokens = Array.from(segment, encodeCharacter);
  if (segment.endsWith('.')) tokens.splice(-1, 1, percent('.'));
  if (isDevice(segment)) tokens.splice(0, 1, percent(segment.slice(0, 1)));
  const names: string[] = [];
  let name = '';
  for (const token of tokens) {
    if (Buffer.byteLength(name + token) > MAX_NAME_BYTES) {
      names.push(name + CONTINUED);
      name = '';
    }
    name += token;
  }
  return [...names, name];
}

/** Tells a file that holds an object from the folders beside it. */
export const isObjectName = (name: string): boolean => name.endsWith(OBJECT);

/** A name found in a folder, or several where a segment is continued, read back. */
export interface FoundName {
  readonly kind: 'object' | 'folder' | 'continued';
  readonly segment: string;
}

/** Reads the last of `names` (the others are continued ones); `undefined` when no key makes such names. */
export function decodeNames(names: readonly string[]): FoundName | undefined {
  const last = names.at(-1) ?? '';
  const isObject = isObjectName(last);
  const bare = isObject ? [...names.slice(0, -1), last.slice(0, -1)] : names;
  const segment = decode(bare.join(''));
  if (segment === undefined || !isSegment(segment)) return undefined;
  if (last.endsWith(CONTINUED)) return { kind: 'continued', segment };
  // Only the one spelling that encoding gives counts; anything else is not ours.
  if (encodeSegment(segment).join('/') !== bare.join('/')) return undefined;
  return { kind: isObject ? 'object' : 'folder', segment };
}

/** A segment is a key without a slash. */
const isSegment = (segment: string): boolean => !segment.includes('/') && isKey(segment);

function decode(names: string): string | undefined {
  if (!/[\^%]/.test(names)) return names;
  const escaped = names.replaceAll(CONTINUED, '').replace(/\^([a-z])/g, (_, letter: string) => letter.toUpperCase());
  try {
    return decodeURIComponent(escaped);
  } catch {
    return undefined;
  }
}
