/** Longest object key, in bytes of UTF-8. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const MAX_KEY_BYTES = 1024;

/** Keys below this prefix are the service's own and never shown. */
export const RESERVED_PREFIX = '.imagepic/';

/** Direction marks that make a name read as another one. @see https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing */
const CONTROL_OR_DIRECTION = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/** A segment that is empty, `.` or `..`. */
const EMPTY_OR_DOTS = /(?:^|\/)\.{0,2}(?:\/|$)/;

/** What a UTF-16 unit takes at most in UTF-8. */
const MAX_UNIT_BYTES = 3;

const encoder = /* @__PURE__ */ new TextEncoder();

/** Bytes of a text in UTF-8. */
export const byteLength = (text: string): number => encoder.encode(text).length;

/** Tells whether a store may be asked for this key: 1–1,024 bytes of UTF-8, no NUL, no empty, `.` or `..` segment. */
export const isKey = (key: string): boolean =>
  isShort(key) && !key.includes('\0') && key.isWellFormed() && !EMPTY_OR_DOTS.test(key);

// Most are so short that nothing of them must be counted.
const isShort = (key: string): boolean =>
  key.length * MAX_UNIT_BYTES <= MAX_KEY_BYTES || byteLength(key) <= MAX_KEY_BYTES;

/** Tells whether a key, besides, means the same to every client and URL parser: nothing that could become another segment. */
export const isUnambiguousKey = (key: string): boolean =>
  isKey(key) && !key.includes('\\') && !CONTROL_OR_DIRECTION.test(key) && !/%[0-9a-f]{2}/i.test(key);

/** The last part of a key, by which people know it. */
export const fileNameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1);

/** Tells whether a key is one of the service's own. */
export const isReservedKey = (key: string): boolean => `${key}/`.startsWith(RESERVED_PREFIX);

/** Tells whether a key may be given to an image. */
export const isImageKey = (key: string): boolean => isUnambiguousKey(key) && !isReservedKey(key);

/** Tells whether listings may begin with this prefix, which may end within a segment. */
export const isPrefix = (prefix: string): boolean =>
  byteLength(prefix) <= MAX_KEY_BYTES && !/\p{Cc}/u.test(prefix) && prefix.isWellFormed();

/** Cuts what no key may hold out of one part of a name, which may come from any system: NFC, no control or direction characters, no half of a character, no `%XX`. */
export const toKeyPart = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/gu, '')
    .normalize('NFC')
    .replace(/%(?=[0-9a-f]{2})/gi, '-');

/** Cuts a text to so many bytes of UTF-8, between characters. */
export function cutToBytes(text: string, maxBytes: number): string {
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += bytesOf(character.codePointAt(0) ?? 0);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept;
}

/** What `byteLength` says of one character, also where there is no `TextEncoder`, as in mini-programs. */
function bytesOf(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
