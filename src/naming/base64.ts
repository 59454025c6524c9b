// https://datatracker.ietf.org/doc/html/rfc4648
import type { Text } from '../errors.ts';

const STANDARD = /^[A-Za-z0-9+/]*$/;
const FOR_ADDRESSES = /^[A-Za-z0-9_-]*$/;

/**
 * Tells what is certainly base64, nothing included: of one of its two alphabets throughout, and padded as it has to be or
 * not at all.
 */
export function isBase64(text: string): boolean {
  const bare = withoutPadding(text);
  const fits = bare === text ? bare.length % 4 !== 1 : bare.length % 4 > 1 && text.length % 4 === 0;
  return fits && (STANDARD.test(bare) || FOR_ADDRESSES.test(bare));
}

/** How many bytes such a text stands for. */
export const base64Bytes = (text: string): number => Math.floor((withoutPadding(text).length / 4) * 3);

const withoutPadding = (text: string): string => text.replace(/={1,2}$/, '');

const isByte = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 255;

/** What somebody sent as bytes where text was wanted, in the words of the platform that made it so; `undefined` when it is something else. */
function nameBytes(value: unknown): string | undefined {
  if (typeof value === 'string') return nameWritten(value);
  if (Array.isArray(value)) return isByte(value[0]) ? '[137,80,…]' : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? value.constructor.name : nameMembers(value);
}

/** As JSON writes them. */
function nameMembers(value: object): string | undefined {
  if (Reflect.get(value, 'type') === 'Buffer' && Array.isArray(Reflect.get(value, 'data'))) return 'Buffer';
  for (const first in value) return first === '0' && isByte(Reflect.get(value, '0')) ? 'Uint8Array' : undefined;
  return 'ArrayBuffer / Blob / File → {}';
}

/** As `String()` writes them. */
const nameWritten = (text: string): string | undefined =>
  /^\[object (?:ArrayBuffer|Uint8Array|Blob|File|Object)\]$/.exec(text)?.[0] ??
  (/^\d{1,3}(?:,\d{1,3}){7}/.test(text) ? '137,80,78,71…' : undefined);

/** Says of bytes that stand where base64 should how to write them; `undefined` of anything else. */
export function tellBytes(value: unknown): Text | undefined {
  const name = nameBytes(value);
  return name === undefined ? undefined : notAsText(name);
}

const NUMBERS = String.raw`\s*\d{1,3}\s*,\s*`;
/** A member that is a list of bytes, or an object of them, as it begins. */
const BYTES_IN_JSON = new RegExp(
  String.raw`:\s*(\[${NUMBERS}${NUMBERS}${NUMBERS}|\{\s*"0"\s*:\s*\d{1,3}\s*,\s*"1"\s*:|\{\s*"type"\s*:\s*"Buffer"\s*,\s*"data"\s*:\s*\[)`,
);

/** Says the same of JSON that has more of them than anybody reads, by its beginning. */
export function tellBytesInJson(beginning: string): Text | undefined {
  const [, found] = BYTES_IN_JSON.exec(beginning) ?? [];
  if (found === undefined) return undefined;
  return notAsText(found.startsWith('[') ? '[137,80,…]' : found.includes('Buffer') ? 'Buffer' : 'Uint8Array');
}

const notAsText = (name: string): Text => ({
  zh: `收到的是二进制数据（${name}），不是 base64：请用 wx.arrayBufferToBase64(buffer) 或 buffer.toString('base64')，或以表单上传`,
  en: `These are bytes (${name}), not base64: use wx.arrayBufferToBase64(buffer) or buffer.toString('base64'), or a form`,
});
