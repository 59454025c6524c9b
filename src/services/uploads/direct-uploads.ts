import { mapLimited } from '../../concurrency/limit.ts';
import { AppError } from '../../errors.ts';
import { toPartBytes } from '../../naming/s3-limits.ts';
import type { ObjectStore, Part, PresignedForm, PresignedRequest, SignedRequest } from '../../ports/object-store.ts';
import { type Caller, type Member, requireMember } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { type RecallHolder, toHolder } from '../identity/callers.ts';
import { type Receiver, withReceived } from './receiver.ts';
import type { SettleUploads } from './settle-uploads.ts';
import { requireSize } from './size-limits.ts';
import {
  type Announcement,
  parsePendingKey,
  toPendingKey,
  type UploadEnd,
  type UploadRecords,
} from './upload-records.ts';

/** How long a multipart upload may take. */
const MULTIPART_MS = 24 * 60 * 60 * 1000;
/** What a foreign store has signed nobody can take back, so it is short. */
const ELSEWHERE_SECONDS = 60 * 60;
/** So long after its address has ended, what was put to a foreign store in time may still be committed. */
const COMMIT_MS = 10 * 60 * 1000;
const AT_ONCE = 8;

/** A PUT that carries its permission in the query. */
export interface SignedPut {
  readonly bucketName: string;
  readonly objectName: string;
  readonly query: URLSearchParams;
  readonly contentType?: string | undefined;
  /** Bytes of the body as its header says. */
  readonly contentLength?: number | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Uploads that go past the service, straight to the store: begin → PUT → commit. Nothing is an image before its commit.
 * Each call on an upload is held to what its caller may begin now, whoever began it.
 */
export interface DirectUploads extends Omit<SettleUploads, 'store'> {
  presign(
    caller: Caller,
    put: Announcement,
    expiry: number,
    mountUrl: string,
  ): Promise<PresignedRequest & { readonly uploadId: string }>;
  /** The same as a form, for clients that can only post one. @throws {AppError} NotImplemented where the store takes none */
  presignPost(
    caller: Caller,
    put: Announcement,
    expiry: number,
  ): Promise<PresignedForm & { readonly uploadId: string }>;
  createMultipart(
    caller: Caller,
    put: Announcement,
  ): Promise<{
    readonly uploadId: string;
    readonly partSize: number;
    readonly parts: number;
    readonly expiresAt: Date;
  }>;
  /** @throws {AppError} InvalidArgument for a number beyond the parts that were announced */
  presignPart(
    caller: Caller,
    part: { readonly uploadId: string; readonly partNumber: number; readonly expiry: number },
    mountUrl: string,
  ): Promise<PresignedRequest>;
  listParts(caller: Caller, uploadId: string): Promise<readonly (Part & { readonly size: number })[]>;
  /** The caller's own uploads of a bucket that are neither committed nor aborted; `expiresAt` is until when they may be. */
  listMultiparts(
    caller: Caller,
    bucketName: string,
  ): Promise<
    readonly {
      readonly kind: 'parts' | 'whole';
      readonly uploadId: string;
      readonly objectName: string;
      readonly size: number;
      readonly expiresAt: string;
    }[]
  >;
  /** Takes a PUT that came back to our own mount; a whole image is committed at once. @throws {AppError} AccessDenied for a request that was not signed so */
  receiveSigned(request: SignedPut): Promise<{ readonly etag: string }>;
}

/** What it stands on. */
export interface DirectUploadsOptions {
  readonly records: UploadRecords;
  readonly settling: SettleUploads;
  readonly store: ObjectStore;
  readonly receive: Receiver;
  readonly buckets: Buckets;
  readonly recallHolder: RecallHolder;
  readonly now: () => Date;
}

/** Creates the service of direct uploads. */
export function createDirectUploads(options: DirectUploadsOptions): DirectUploads {
  const { records, settling, store, receive, buckets, recallHolder, now } = options;
  const { commit, complete, abort } = settling;
  const { toExpiry, toEnd } = createTerms(store, now);
  const by = (caller: Caller, mountUrl: string) => ({ mountUrl, holder: toHolder(requireMember(caller)) });

  const verify = ({ bucketName, objectName, query, contentType }: SignedPut): SignedRequest => {
    const allowed = store.signedRequests?.verify('PUT', bucketName, objectName, query);
    const isPlain = allowed?.partNumber === undefined;
    if (allowed?.size === undefined) throw signatureMismatch();
    if (isPlain && allowed.contentType !== contentType) throw signatureMismatch();
    return allowed;
  };

  /** Whoever asked for the address, if the upload is still theirs to go on with. */
  const requireHolder = async ({ holder = '' }: SignedRequest, uploadId: string): Promise<Member> => {
    const member = await recallHolder(holder);
    if (member === undefined) throw signatureMismatch();
    const { state } = await records.findOwn(member, uploadId);
    if (state !== 'pending') throw signatureMismatch();
    return member;
  };

  const receivePart = async (request: SignedPut, { uploadId = '', partNumber = 0, size = 0 }: SignedRequest) => {
    const { bucketName, objectName, contentLength, body } = request;
    if (contentLength === undefined) throw lengthMissing();
    if (contentLength > size) throw partTooLarge(partNumber, size);
    const source = { size: contentLength, open: () => body };
    const { etag } = await store.uploadPart(bucketName, objectName, uploadId, partNumber, source);
    return { etag };
  };

  /** A store may forget an upload in parts by its own rules; then nobody can go on with it. */
  const isStillThere = async (uploadId: string, bucketName: string, storeUploadId: string): Promise<boolean> => {
    try {
      await store.listParts(bucketName, toPendingKey(uploadId), storeUploadId);
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'NoSuchUpload') return false;
      throw error;
    }
  };

  return {
    ...{ commit, complete, abort },
    presign: (caller, put, wanted, mountUrl) => {
      const expiresInSeconds = toExpiry(wanted);
      const { contentType, size } = put;
      const request = { contentType, size, expiresInSeconds, ...by(caller, mountUrl) };
      return records.begin(caller, put, toEnd(expiresInSeconds), (uploadId) =>
        store.presignPut(put.bucketName, toPendingKey(uploadId), request),
      );
    },
    presignPost: async (caller, put, wanted) => {
      const { presignPost } = store;
      if (presignPost === undefined) throw takesNoForms();
      const expiresInSeconds = toExpiry(wanted);
      const { contentType, size } = put;
      return records.begin(caller, put, toEnd(expiresInSeconds), (uploadId) =>
        presignPost(put.bucketName, toPendingKey(uploadId), { contentType, size, expiresInSeconds }),
      );
    },
    createMultipart: async (caller, put) => {
      const expiresAt = new Date(now().getTime() + MULTIPART_MS);
      const { bucketName, contentType, size } = put;
      const end = { expiresAt, endsAt: expiresAt, inParts: true };
      const { uploadId } = await records.begin(caller, put, end, async (id) => ({
        storeUploadId: await store.createMultipartUpload(bucketName, toPendingKey(id), { contentType }),
      }));
      return { uploadId, ...toPlan(size), expiresAt };
    },
    presignPart: async (caller, { uploadId, partNumber, expiry }, mountUrl) => {
      const { bucketName, storeUploadId, size } = await records.findParts(caller, uploadId);
      return store.presignPart(bucketName, toPendingKey(uploadId), {
        uploadId: storeUploadId,
        partNumber,
        size: requirePartSize(size, partNumber),
        expiresInSeconds: toExpiry(expiry),
        ...by(caller, mountUrl),
      });
    },
    listParts: async (caller, uploadId) => {
      const { bucketName, storeUploadId } = await records.findParts(caller, uploadId);
      return store.listParts(bucketName, toPendingKey(uploadId), storeUploadId);
    },
    listMultiparts: async (caller, bucketName) => {
      await buckets.require(caller, bucketName);
      const open = await records.listOpen(caller, bucketName);
      const there = await mapLimited(
        open,
        AT_ONCE,
        async ({ uploadId, storeUploadId }) =>
          storeUploadId === undefined || isStillThere(uploadId, bucketName, storeUploadId),
      );
      return open
        .filter((_, index) => there[index])
        .map(({ uploadId, objectName, size, expiresAt, endsAt = expiresAt, storeUploadId }) => {
          const kind = storeUploadId === undefined ? 'whole' : 'parts';
          return { kind, uploadId, objectName, size, expiresAt: endsAt };
        });
    },
    receiveSigned: async (request) => {
      const allowed = verify(request);
      const uploadId = parsePendingKey(request.objectName);
      if (uploadId === undefined) throw signatureMismatch();
      const member = await requireHolder(allowed, uploadId);
      if (allowed.partNumber !== undefined) return receivePart(request, allowed);
      requireSize(request.contentLength ?? 0, allowed.size, 'announced');
      const receiving = receive(request.body, { announcedBytes: allowed.size ?? 0 });
      const stored = await withReceived(receiving, (image) => settling.store(member, uploadId, image));
      if (stored === undefined) throw signatureMismatch();
      return { etag: stored.etag };
    },
  };
}

/** How long addresses hold, and how long what was sent by them may be committed. */
function createTerms(store: ObjectStore, now: () => Date) {
  const isOurs = store.signedRequests !== undefined;
  return {
    toExpiry: (seconds: number): number => (isOurs ? seconds : Math.min(seconds, ELSEWHERE_SECONDS)),
    toEnd: (expiresInSeconds: number): UploadEnd => {
      const expiresAt = new Date(now().getTime() + expiresInSeconds * 1000);
      const endsAt = isOurs ? expiresAt : new Date(expiresAt.getTime() + COMMIT_MS);
      return { expiresAt, endsAt, inParts: false };
    },
  };
}

/** How an announced size is cut into parts. */
function toPlan(size: number): { readonly partSize: number; readonly parts: number } {
  const partSize = toPartBytes(size);
  return { partSize, parts: Math.ceil(size / partSize) };
}

/** What a part may have, so that all of them together have what was announced, however often each is sent. */
function requirePartSize(size: number, partNumber: number): number {
  const { partSize, parts } = toPlan(size);
  if (partNumber > parts) throw noSuchPart(parts);
  return Math.min(partSize, size - (partNumber - 1) * partSize);
}

const noSuchPart = (parts: number): AppError =>
  new AppError(
    'InvalidArgument',
    {
      zh: `这个上传只有 ${parts} 个分片；分片号应为 1–${parts}，每片大小见 object/createMultipartUpload 返回的 partSize`,
      en: `This upload has ${parts} parts; the part number must be 1–${parts}, each of the partSize that object/createMultipartUpload returned`,
    },
    { details: { fields: ['partNumber'], parts } },
  );

const partTooLarge = (partNumber: number, maxBytes: number): AppError =>
  new AppError(
    'EntityTooLarge',
    {
      zh: `第 ${partNumber} 个分片最多 ${maxBytes} 字节；请按开始上传时声明的 size 和返回的 partSize 切分`,
      en: `Part ${partNumber} may have ${maxBytes} bytes; cut the image by the size that was announced and the partSize that came back`,
    },
    { details: { maxBytes } },
  );

const signatureMismatch = (): AppError =>
  new AppError('AccessDenied', {
    zh: '上传地址无效、已过期或已使用，或请求头与签名不符；请重新取得上传地址，并原样发送返回的 headers',
    en: 'The upload address is not valid, has expired or was used, or the headers differ from those signed; get a new address and send its headers as they are',
  });

const lengthMissing = (): AppError =>
  new AppError('InvalidArgument', {
    zh: '分片上传需要 Content-Length 请求头',
    en: 'A part needs a Content-Length header',
  });

const takesNoForms = (): AppError =>
  new AppError('NotImplemented', {
    zh: '当前存储不接受表单直传；请用 object/presignedPutObject，或把表单发给 object/putObject',
    en: 'This store takes no forms; use object/presignedPutObject, or send the form to object/putObject',
  });
