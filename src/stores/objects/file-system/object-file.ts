import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { AppError } from '../../../errors.ts';
import type { ObjectMetadata, PutOptions } from '../../../ports/object-store.ts';
import { isTextRecord, parseJsonObject, toDate } from '../../disk/json.ts';
import { hasCode, undefinedIfMissing } from '../../disk/storage-error.ts';
import { type ByteSource, exactly } from '../byte-source.ts';

/*
 * An object's file: its bytes, then a trailer in JSON (key, size, etag, contentType, metadata, lastModified), then a
 * footer of 16 bytes: the trailer's length and CRC-32 (both unsigned, big-endian) and the magic `imgpic01`.
 * So one rename replaces bytes and metadata together, and metadata is read from the end.
 */
const MAGIC = Buffer.from('imgpic01');
const FOOTER_BYTES = 8 + MAGIC.byteLength;
/** Trailers are far shorter as a rule: then one read gets both. */
const TAIL_BYTES = 4096;
const MAX_TRAILER_BYTES = 1024 * 1024;
const READ_CHUNK_BYTES = 256 * 1024;
// A planted link is not followed, and a planted pipe does not block.
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What is kept of an object besides its bytes; without `etag` it is their MD5 in hex. */
export interface ObjectDescription {
  readonly key: string;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly etag?: string;
}

/** Describes an object as it is kept: the names of its metadata in lower case. */
export function describeObject(key: string, { contentType, metadata = {} }: PutOptions): ObjectDescription {
  const names = Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value]);
  return { key, contentType, metadata: Object.fromEntries(names) };
}

/** Writes an object into a new file and gives its etag. @throws {AppError} InvalidArgument for a wrong size or too much metadata */
export async function writeObject(
  file: FileHandle,
  source: ByteSource,
  description: ObjectDescription,
  now: () => Date,
): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of exactly(source)) {
    if (description.etag === undefined) hash.update(chunk);
    // Not write(), which may write less than it was given.
    await file.writeFile(chunk);
  }
  const etag = description.etag ?? hash.digest('hex');
  const { key, contentType, metadata } = description;
  const lastModified = now().toISOString();
  const trailer = Buffer.from(JSON.stringify({ key, size: source.size, etag, contentType, metadata, lastModified }));
  if (trailer.byteLength > MAX_TRAILER_BYTES) {
    throw new AppError('InvalidArgument', { zh: '对象的元数据过大', en: 'There is too much metadata' });
  }
  await file.writeFile(withFooter(trailer));
  return etag;
}

/** An open object's file; who got it closes it, or reads it to its end by `readBytes`. */
export interface OpenFile {
  readonly file: FileHandle;
  readonly object: ObjectMetadata;
}

/** Opens an object's file; `undefined` when there is none. @throws {AppError} ServiceUnavailable when it is damaged */
export async function openObject(path: string, key: string): Promise<OpenFile | undefined> {
  const file = await undefinedIfMissing(openFile(path));
  if (file === undefined) return undefined;
  try {
    return { file, object: { ...(await readTrailer(file)), key } };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, READ_FLAGS);
  } catch (error) {
    throw hasCode(error, 'ELOOP') ? damaged(error) : error;
  }
}

/** Reads an object's metadata; `undefined` when there is none. @throws {AppError} ServiceUnavailable when it is damaged */
export async function readMetadata(path: string, key: string): Promise<ObjectMetadata | undefined> {
  const opened = await openObject(path, key);
  await opened?.file.close();
  return opened?.object;
}

/** Streams `length` bytes from `start` and closes the file at the end, on failure, and when the reader stops early. */
export async function readBytes(file: FileHandle, start: number, length: number): Promise<Readable> {
  if (length === 0) {
    await file.close();
    return Readable.from([]);
  }
  return file.createReadStream({ start, end: start + length - 1, highWaterMark: READ_CHUNK_BYTES });
}

/**
 * Reads what a body from `readBytes` would give, with one read as a rule, into memory that the caller has; and closes it.
 *
 * @throws {AppError} ServiceUnavailable when the file has become shorter
 */
export async function fillBytes({ file }: OpenFile, start: number, body: Readable, target: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < target.byteLength; ) {
      const { bytesRead } = await file.read(target, at, target.byteLength - at, start + at);
      if (bytesRead === 0) throw damaged();
      at += bytesRead;
    }
  } finally {
    body.destroy();
  }
}

function withFooter(trailer: Buffer): Buffer {
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.writeUInt32BE(trailer.byteLength, 0);
  footer.writeUInt32BE(crc32(trailer), 4);
  footer.set(MAGIC, 8);
  return Buffer.concat([trailer, footer]);
}

async function readTrailer(file: FileHandle): Promise<ObjectMetadata> {
  const stat = await file.stat();
  if (!stat.isFile()) throw damaged();
  const fileSize = stat.size;
  const tail = await readEnd(file, fileSize, TAIL_BYTES);
  const footer = tail.subarray(-FOOTER_BYTES);
  if (footer.byteLength < FOOTER_BYTES || !footer.subarray(8).equals(MAGIC)) throw damaged();
  const length = footer.readUInt32BE(0);
  if (length > MAX_TRAILER_BYTES) throw damaged();
  const whole = length + FOOTER_BYTES;
  const end = whole <= tail.byteLength ? tail : await readEnd(file, fileSize, whole);
  const trailer = end.subarray(-whole, -FOOTER_BYTES);
  if (trailer.byteLength !== length || crc32(trailer) !== footer.readUInt32BE(4)) throw damaged();
  const object = parseTrailer(trailer);
  if (object === undefined || object.size + whole !== fileSize) throw damaged();
  return object;
}

async function readEnd(file: FileHandle, fileSize: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.min(length, fileSize));
  const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, fileSize - buffer.byteLength);
  return buffer.subarray(0, bytesRead);
}

function parseTrailer(bytes: Buffer): ObjectMetadata | undefined {
  const { key, size, etag, contentType, metadata, lastModified } = parseJsonObject(bytes.toString()) ?? {};
  const date = toDate(lastModified);
  if (typeof key !== 'string' || typeof size !== 'number' || typeof etag !== 'string') return undefined;
  if (typeof contentType !== 'string' || !isTextRecord(metadata) || date === undefined) return undefined;
  return { key, size, etag, contentType, lastModified: date, metadata };
}

function damaged(cause?: unknown): AppError {
  const text = { zh: '有一个对象已损坏，需要修复', en: 'An object is damaged and needs repair' };
  return new AppError('ServiceUnavailable', text, { cause });
}
