import { createHash } from 'node:crypto';
import { AppError, type ErrorCode } from '../../../src/errors.ts';
import type {
  ObjectBody,
  ObjectMetadata,
  ObjectStore,
  PendingUpload,
  PutOptions,
} from '../../../src/ports/object-store.ts';

/** A call of the store, as its hooks see it. */
export interface ObjectCall {
  readonly method: keyof ObjectStore;
  readonly bucket: string;
  readonly key: string;
}

/** An object as it is kept; what is kept is never changed, only replaced. */
export interface KeptObject {
  readonly bytes: Buffer;
  readonly object: ObjectMetadata;
}

/** The buckets and what is in them. */
export interface KeptBucket {
  readonly name: string;
  readonly creationDate: Date;
  readonly objects: Map<string, KeptObject>;
  readonly uploads: Map<string, KeptUpload>;
}

/** A multipart upload as it is kept. */
export interface KeptUpload extends PendingUpload {
  readonly options: PutOptions;
  readonly parts: Map<number, { readonly bytes: Buffer; readonly etag: string }>;
}

/** What the multipart calls stand on. */
export interface MemoryObjects {
  readonly now: () => Date;
  readonly minPartSize: number;
  call<Result>(method: keyof ObjectStore, place: Partial<ObjectCall>, work: () => Result): Promise<Result>;
  find(bucket: string): KeptBucket | undefined;
  /** @throws {AppError} NoSuchBucket */
  require(bucket: string): KeptBucket;
  keep(
    bucket: string,
    key: string,
    bytes: Buffer,
    put: PutOptions,
    etag?: string,
  ): { readonly etag: string } | undefined;
}

/** Copies what an object is put with, names of metadata in lower case. */
export const describe = ({ metadata = {}, ...options }: PutOptions): PutOptions => ({
  ...options,
  metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value])),
});

/** Reads a body to its end. @throws {AppError} InvalidArgument when it is not as long as it said */
export async function readWhole(body: ObjectBody, signal?: AbortSignal): Promise<Buffer> {
  signal?.throwIfAborted();
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.open()) {
    signal?.throwIfAborted();
    chunks.push(Buffer.from(chunk));
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.byteLength !== body.size) throw failure('InvalidArgument', 'The body is not as long as was said');
  return bytes;
}

/** MD5 in hex, as S3 makes etags. */
export const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** A failure of the store. */
export const failure = (code: ErrorCode, text: string): AppError =>
  new AppError(code, { zh: `内存存储拒绝：${code}`, en: text });
