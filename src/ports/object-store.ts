/** What a store keeps beside an object's bytes. `etag` is bare (no quotes); `metadata` is the user's, names in lower case. */
export interface ObjectMetadata {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly contentType: string;
  readonly lastModified: Date;
  readonly metadata: Readonly<Record<string, string>>;
  readonly versionId?: string;
}

/** An object as a listing shows it. */
export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: Date;
}

/** One page of a listing, both arrays in UTF-8 byte order; `continuationToken` is absent on the last page. */
export interface ObjectPage {
  readonly objects: readonly ListedObject[];
  readonly prefixes: readonly string[];
  readonly continuationToken?: string;
}

/** Bytes to store: whole, or a source of known `size` that can be opened again for a retry. */
export type ObjectBody = Uint8Array | { readonly size: number; open(): AsyncIterable<Uint8Array> };

/** A range of bytes as HTTP says it: from `start` to `end` inclusive (to the last byte when absent), or the last `suffix` bytes. */
export type ByteRange = { readonly start: number; readonly end?: number } | { readonly suffix: number };

/** An object being read. `range` says what `body` holds when a range was asked for, both ends inclusive. */
export interface OpenObject {
  readonly object: ObjectMetadata;
  readonly range?: { readonly start: number; readonly end: number };
  readonly body: AsyncIterable<Uint8Array>;
}

/** A bucket. */
export interface Bucket {
  readonly name: string;
  readonly creationDate: Date;
}

/** What an object is stored with. `ifNoneMatch: '*'` stores only where nothing is yet. */
export interface PutOptions {
  readonly contentType: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly ifNoneMatch?: '*';
}

/** A part of a multipart upload. */
export interface Part {
  readonly partNumber: number;
  readonly etag: string;
}

/** A multipart upload that is neither completed nor aborted. */
export interface PendingUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: Date;
}

/** A request that a client sends by itself; every header must be sent as given. */
export interface PresignedRequest {
  readonly url: string;
  readonly method: 'GET' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
}

/** How long a presigned request holds (1 s to 7 days), and the address of our own HTTP mount, for stores that are served through it. */
export interface PresignOptions {
  readonly expiresInSeconds: number;
  readonly mountUrl: string;
}

/** A form that a client posts by itself: every field as given, then the file as the field `file`. */
export interface PresignedForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
}

/** What a presigned request of our own mount allows. */
export interface SignedRequest {
  readonly contentType?: string;
  readonly size?: number;
  readonly uploadId?: string;
  readonly partNumber?: number;
}

/** For stores whose presigned requests come back to our own HTTP mount: checks them. */
export interface SignedRequestVerifier {
  /** What the request's query allows for exactly this method, bucket and key; `undefined` when forged, altered or expired. */
  verify(method: string, bucket: string, key: string, query: URLSearchParams): SignedRequest | undefined;
}

/**
 * Images as objects in buckets, as S3 has them.
 *
 * Absence is `undefined`, deleting what is absent succeeds, an object is seen whole or not at all, and a write is durable
 * when its promise resolves. Keys are 1–1,024 bytes of UTF-8 without empty, `.` or `..` segments; the last writer wins.
 * A source that fails while it is read leaves nothing behind.
 *
 * @throws {AppError} NoSuchBucket from `put`, `list`, `copy` and the multipart calls when the bucket is missing
 * @throws {AppError} ServiceUnavailable when the store does not answer in time
 * @throws {AppError} InsufficientStorage when there is no room
 */
export interface ObjectStore {
  /** Lists all buckets by name. */
  listBuckets(): Promise<readonly Bucket[]>;
  /** Makes a bucket; `false` when it is already there. */
  makeBucket(bucket: string): Promise<boolean>;
  bucketExists(bucket: string): Promise<boolean>;
  /** Removes an empty bucket; removing what is absent succeeds. @throws {AppError} BucketNotEmpty */
  removeBucket(bucket: string): Promise<void>;

  /** Stores an object; `undefined` when `ifNoneMatch` forbade it. */
  put(
    bucket: string,
    key: string,
    body: ObjectBody,
    options: PutOptions,
  ): Promise<{ readonly etag: string } | undefined>;
  /** Opens an object; metadata and bytes are of one version. @throws {AppError} InvalidRange */
  get(bucket: string, key: string, options?: { readonly range?: ByteRange }): Promise<OpenObject | undefined>;
  head(bucket: string, key: string): Promise<ObjectMetadata | undefined>;
  remove(bucket: string, key: string): Promise<void>;
  /** Removes up to 1,000 keys; answers for the keys that could not be removed. */
  removeMany(
    bucket: string,
    keys: readonly string[],
  ): Promise<readonly { readonly key: string; readonly cause: unknown }[]>;
  /** Copies within the store, metadata included unless given; `undefined` when `ifNoneMatch` forbade it. @throws {AppError} NoSuchKey when the source is missing */
  copy(
    source: { readonly bucket: string; readonly key: string },
    target: { readonly bucket: string; readonly key: string },
    options?: {
      readonly ifNoneMatch?: '*';
      readonly contentType?: string;
      readonly metadata?: Readonly<Record<string, string>>;
    },
  ): Promise<{ readonly etag: string } | undefined>;
  /** Lists by prefix in UTF-8 byte order, at most `limit` (1–1,000) objects and prefixes together. */
  list(
    bucket: string,
    options: {
      readonly prefix?: string;
      readonly delimiter?: '/';
      readonly continuationToken?: string;
      readonly limit: number;
    },
  ): Promise<ObjectPage>;

  /** Begins an upload in parts of 5 MiB (the last may be smaller) to 5 GiB, numbered 1–10,000. */
  createMultipartUpload(bucket: string, key: string, options: Omit<PutOptions, 'ifNoneMatch'>): Promise<string>;
  /** Stores a part; sending a number again replaces it. @throws {AppError} NoSuchUpload */
  uploadPart(bucket: string, key: string, uploadId: string, partNumber: number, body: ObjectBody): Promise<Part>;
  /** Lists the parts stored so far by number. @throws {AppError} NoSuchUpload */
  listParts(bucket: string, key: string, uploadId: string): Promise<readonly (Part & { readonly size: number })[]>;
  /** Makes the object out of the named parts. @throws {AppError} NoSuchUpload, InvalidArgument for parts that do not fit */
  completeMultipartUpload(
    bucket: string,
    key: string,
    uploadId: string,
    parts: readonly Part[],
  ): Promise<{ readonly etag: string }>;
  /** Forgets an upload and its parts; also one that is gone. */
  abortMultipartUpload(bucket: string, key: string, uploadId: string): Promise<void>;
  /** Lists the uploads that are still open. */
  listMultipartUploads(bucket: string): Promise<readonly PendingUpload[]>;

  /** A GET that needs no token. Does not look whether the object is there. */
  presignGet(bucket: string, key: string, options: PresignOptions): Promise<PresignedRequest>;
  /** A PUT of exactly this type and size. */
  presignPut(
    bucket: string,
    key: string,
    options: PresignOptions & { readonly contentType: string; readonly size: number },
  ): Promise<PresignedRequest>;
  /** A PUT of one part. */
  presignPart(
    bucket: string,
    key: string,
    options: PresignOptions & { readonly uploadId: string; readonly partNumber: number },
  ): Promise<PresignedRequest>;
  /** Present where the store takes forms: a POST of exactly this type and size. */
  readonly presignPost?: (
    bucket: string,
    key: string,
    options: Omit<PresignOptions, 'mountUrl'> & { readonly contentType: string; readonly size: number },
  ) => Promise<PresignedForm>;
  /** Present where presigned requests come back to our own HTTP mount. */
  readonly signedRequests?: SignedRequestVerifier;

  /** Resolves when the store answers; for the health check. */
  ping(): Promise<void>;
}

/** The calls that multipart uploads are made of. */
export type MultipartCalls = Pick<
  ObjectStore,
  | 'createMultipartUpload'
  | 'uploadPart'
  | 'listParts'
  | 'completeMultipartUpload'
  | 'abortMultipartUpload'
  | 'listMultipartUploads'
>;
