import { isAscii } from 'node:buffer';
import { type InputSize, MAX_DEPTH } from '../app.ts';
import { AppError } from '../errors.ts';
import { tellBytesInJson } from '../naming/base64.ts';
import type { HttpRequest } from './request.ts';

/** So many fields a form or a query may have; no route has half as many. */
const MAX_PAIRS = 64;
/** What is larger is an image in base64, which has hardly anything to decode. */
const MAX_DECODED_BYTES = 3 * 1024 * 1024;
/** Where an image begins, if anywhere. */
const LOOKED_AT = 64 * 1024;
/** PHP escapes each slash of base64, and Python each Chinese character. */
const MAX_ESCAPES = 200_000;

const [QUOTE, BACKSLASH, COMMA, PLUS, PERCENT] = [0x22, 0x5c, 0x2c, 0x2b, 0x25];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Reads a body that is text, up to a size; one that announces more is refused before any of it is read. @throws {AppError} EntityTooLarge */
export async function readBytes({ headers, body }: Pick<HttpRequest, 'headers' | 'body'>, most: number) {
  if (Number(headers.get('content-length') ?? 0) > most) throw tooLarge(most);
  const chunks: Uint8Array[] = [];
  for await (const chunk of upTo(body, most)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Passes a body on up to a size. @throws {AppError} EntityTooLarge */
export async function* upTo(body: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > most) throw tooLarge(most);
    yield chunk;
  }
}

/**
 * Reads JSON, after a look at how deep it is and how much would be built of it; nothing at all is an empty object.
 *
 * @throws {AppError} InvalidArgument
 */
export function parseJson(bytes: Buffer, { values }: Pick<InputSize, 'values'>): unknown {
  if (bytes.byteLength === 0) return {};
  requireModestJson(bytes, values);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new AppError('InvalidArgument', { zh: '请求体不是合法的 JSON', en: 'The body is not valid JSON' }, { cause });
  }
}

/** Strings, of which nearly all of a large body is made, are passed over in native code. */
function requireModestJson(bytes: Buffer, mostValues: number): void {
  requireFewEscapes(bytes);
  const seen = { depth: 0, values: 1, strings: 0 };
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      seen.strings += 1;
      at = endOfString(bytes, at);
    } else count(seen, byte);
    // An object has two strings a value; what has more is no JSON.
    if (seen.depth > MAX_DEPTH || seen.values > mostValues || seen.strings > 2 * mostValues) throw tooComplex(bytes);
  }
}

function count(seen: { depth: number; values: number }, byte: number): void {
  if (byte === COMMA) seen.values += 1;
  else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) seen.depth -= 1;
  else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
    seen.depth += 1;
    seen.values += 1;
  }
}

/** The place of the quote that ends a string; behind the last byte when none does. */
function endOfString(bytes: Buffer, start: number): number {
  for (let end = bytes.indexOf(QUOTE, start + 1); end >= 0; end = bytes.indexOf(QUOTE, end + 1)) {
    let before = end - 1;
    while (bytes[before] === BACKSLASH) before -= 1;
    if ((end - before) % 2 === 1) return end;
  }
  return bytes.length;
}

function requireFewEscapes(bytes: Buffer): void {
  if (bytes.byteLength > MAX_DECODED_BYTES && !isAscii(bytes)) throw tooComplex();
  let escapes = 0;
  for (let at = bytes.indexOf(BACKSLASH); at >= 0; at = bytes.indexOf(BACKSLASH, at + 2)) {
    escapes += 1;
    if (escapes > MAX_ESCAPES) throw tooComplex();
  }
}

/** Reads an urlencoded form as pairs. @throws {AppError} InvalidArgument */
export function parsePairs(bytes: Buffer): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf('&', start);
    const end = found < 0 ? bytes.length : found;
    const equals = bytes.subarray(start, end).indexOf('=');
    const middle = equals < 0 ? end : start + equals;
    if (end > start) pairs.push([decode(bytes.subarray(start, middle)), decode(bytes.subarray(middle + 1, end))]);
    requireFewPairs(pairs.length);
    start = end + 1;
  }
  return pairs;
}

/** Refuses more fields than any route has. @throws {AppError} InvalidArgument */
export function requireFewPairs(count: number): void {
  if (count <= MAX_PAIRS) return;
  throw new AppError('InvalidArgument', {
    zh: `字段最多 ${MAX_PAIRS} 个；请对照路由表（.github/REFERENCE.md）去掉多余的字段`,
    en: `There may be ${MAX_PAIRS} fields at most; leave out those that the table of routes (.github/REFERENCE.md) does not have`,
  });
}

/** As `URLSearchParams` does it, which takes seconds for megabytes. @see https://url.spec.whatwg.org/#urlencoded-parsing */
function decode(bytes: Buffer): string {
  if (!bytes.includes(PERCENT) && !bytes.includes(PLUS)) return bytes.toString('utf8');
  const decoded = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1, length += 1) {
    const byte = bytes[at] ?? 0;
    const escaped = byte === PERCENT ? hexAt(bytes, at + 1) : undefined;
    decoded[length] = escaped ?? (byte === PLUS ? 0x20 : byte);
    if (escaped !== undefined) at += 2;
  }
  return decoded.toString('utf8', 0, length);
}

function hexAt(bytes: Buffer, at: number): number | undefined {
  const [high, low] = [toDigit(bytes[at]), toDigit(bytes[at + 1])];
  return high === undefined || low === undefined ? undefined : high * 16 + low;
}

function toDigit(byte = 0): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}

const tooLarge = (most: number): AppError =>
  new AppError(
    'EntityTooLarge',
    {
      zh: `请求体超过此接口所需的 ${most} 字节；大图请用 multipart/form-data 上传，或调用 object/presignedPutObject 直传`,
      en: `The body is larger than the ${most} bytes that this needs; send large images as multipart/form-data or put them to an address from object/presignedPutObject`,
    },
    { details: { maxBytes: most } },
  );

/** An image whose every byte is a number is the one thing that has so much. */
const tooComplex = (bytes?: Buffer): AppError =>
  new AppError(
    'InvalidArgument',
    tellBytesInJson(bytes?.toString('latin1', 0, LOOKED_AT) ?? '') ?? {
      zh: '请求体的层次、项数或转义超出此接口所需；请对照路由表（.github/REFERENCE.md）',
      en: 'The body is nested deeper, or has more items or escapes, than this needs; compare it with the table of routes (.github/REFERENCE.md)',
    },
  );
