/** The date of an object whose store says none. */
export const UNDATED: Date = new Date(0);

/** How far the clock of a store may be off ours. */
export const CLOCKS_DIFFER_MS = 60_000;

/** What a store keeps beside an object's bytes. `etag` is bare (no quotes); `lastModified` may be `UNDATED`; `metadata` is the user's, names in lower case. */
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

/** An object being read. `range` says what `body` holds, both ends inclusive; without it that is everything, which a store may give to whoever asks for a range. */
export interface OpenObject {
  readonly object: ObjectMetadata;
  readonly range?: { readonly start: number; readonly end: number };
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads all of `body` into a target of its length in its stead, where a store can do that at once, and closes it. */
  readonly fill?: (target: Uint8Array) => Promise<void>;
}

/** A bucket. */
export interface Bucket {
  readonly name: string;
  readonly creationDate: Date;
}

/** On what a write depends: that nothing is there yet, or that exactly this object is, as `head` or `get` told of it. */
export interface WriteCondition {
  readonly ifNoneMatch?: '*';
  readonly ifMatch?: ObjectMetadata;
  /** The caller has looked just now, and keeps others away where the store does not hold the condition: no need to look again. */
  readonly hasLooked?: boolean;
}

/** What an object is stored with. */
export interface PutOptions extends WriteCondition {
  readonly contentType: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Of the bytes, in hex, where the caller has it; a store that checks such a hash stores nothing else. */
  readonly sha256?: string;
}

/** An object that is copied; with `ifMatch` only as it was then. */
export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly ifMatch?: ObjectMetadata;
}

/** What copying changes. */
export interface CopyOptions extends WriteCondition {
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What became of an object that was to be removed: it is gone now, it was not there, or it is not the one that was meant. */
export type Removal = 'removed' | 'absent' | 'changed';

/** A key of `removeMany` that this call did not remove; it failed with `cause`. */
export interface NotRemoved {
  readonly key: string;
  readonly outcome: Exclude<Removal, 'removed'> | 'failed';
  readonly cause?: unknown;
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
  /** Whose credential stands behind it; only our own mount asks, and gets it back with the request. */
  readonly holder?: string;
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
  readonly holder?: string;
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
  /** Lists all buckets by name, also those of others. @throws {AppError} AccessDenied, NotImplemented where that is not for us to see */
  listBuckets(): Promise<readonly Bucket[]>;
  /** Makes a bucket; `false` when it is already there. */
  makeBucket(bucket: string): Promise<boolean>;
  bucketExists(bucket: string): Promise<boolean>;
  /** Removes an empty bucket; removing what is absent succeeds. @throws {AppError} BucketNotEmpty */
  removeBucket(bucket: string): Promise<void>;

  /**
   * Whether the store holds a condition on such an act by itself, whoever else acts at that moment. Where it does not,
   * it looks first, which two at once can both pass: callers keep others away.
   */
  holds(bucket: string, act: 'put' | 'copy' | 'replace' | 'remove', size: number): Promise<boolean>;
  /** Stores an object; `undefined` when the condition forbade it. */
  put(
    bucket: string,
    key: string,
    body: ObjectBody,
    options: PutOptions,
  ): Promise<{ readonly etag: string } | undefined>;
  /** Opens an object; metadata and bytes are of one version. @throws {AppError} InvalidRange */
  get(bucket: string, key: string, options?: { readonly range?: ByteRange }): Promise<OpenObject | undefined>;
  /** The same unless the object still has this etag: then its bytes are not even asked for. */
  getUnless(
    bucket: string,
    key: string,
    options: { readonly etag: string; readonly range?: ByteRange | undefined },
  ): Promise<OpenObject | 'unchanged' | undefined>;
  head(bucket: string, key: string): Promise<ObjectMetadata | undefined>;
  /** Removes an object, with `ifMatch` only if it still is that one. Without, a store may say that it removed what was absent. */
  remove(bucket: string, key: string, condition?: Omit<WriteCondition, 'ifNoneMatch'>): Promise<Removal>;
  /** Removes up to 1,000 keys, those in `ifMatch` only as they were then; answers for the keys that it did not remove. */
  removeMany(
    bucket: string,
    keys: readonly string[],
    condition?: {
      readonly ifMatch?: ReadonlyMap<string, ObjectMetadata>;
      readonly hasLooked?: boolean;
    },
  ): Promise<readonly NotRemoved[]>;
  /**
   * Copies within the store, metadata included unless given; `undefined` when the condition forbade it.
   *
   * @throws {AppError} NoSuchKey when the source is missing, or no longer the one that was meant
   */
  copy(
    source: CopySource,
    target: { readonly bucket: string; readonly key: string },
    options?: CopyOptions,
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
  createMultipartUpload(bucket: string, key: string, options: Omit<PutOptions, keyof WriteCondition>): Promise<string>;
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
  presignGet(
    bucket: string,
    key: string,
    options: PresignOptions & {
      /** Whether a store that answers by itself, without our headers, says that a page is to be saved; images in pages show. */
      readonly asAttachment?: boolean;
    },
  ): Promise<PresignedRequest>;
  /** A PUT of exactly this type and size. */
  presignPut(
    bucket: string,
    key: string,
    options: PresignOptions & { readonly contentType: string; readonly size: number },
  ): Promise<PresignedRequest>;
  /** A PUT of one part, of exactly `size` bytes where the store itself sees to that, and where our own mount does, of no more. */
  presignPart(
    bucket: string,
    key: string,
    options: PresignOptions & {
      readonly uploadId: string;
      readonly partNumber: number;
      readonly size?: number;
    },
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
