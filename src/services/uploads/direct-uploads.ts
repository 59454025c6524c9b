import { randomBytes } from 'node:crypto';
import { AppError, type ErrorCode } from '../../errors.ts';
import { toPartBytes } from '../../naming/s3-limits.ts';
import type { ObjectStore, Part, PresignedForm, PresignedRequest, SignedRequest } from '../../ports/object-store.ts';
import { type Caller, requireMember } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { accountDisabled } from '../identity/accounts.ts';
import { toMember, type Users } from '../identity/users.ts';
import type { Links } from '../objects/links.ts';
import type { PlaceLocks } from '../objects/place-locks.ts';
import type { ReceivedImage } from './received-image.ts';
import { type Receiver, withReceived } from './receiver.ts';
import type { StoreImage } from './store-image.ts';
import { type Announcement, PENDING_PREFIX, type Upload, type UploadRecords } from './upload-records.ts';
import type { StoredImage } from './uploads.ts';

/** How long a multipart upload may take. */
const MULTIPART_MS = 24 * 60 * 60 * 1000;
/** S3's smallest part is 5 MiB and its largest number 10,000. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */

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

/** Uploads that go past the service, straight to the store: begin → PUT → commit. Nothing is an image before its commit. */
export interface DirectUploads {
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
  presignPart(
    caller: Caller,
    part: { readonly uploadId: string; readonly partNumber: number; readonly expiry: number },
    mountUrl: string,
  ): Promise<PresignedRequest>;
  listParts(caller: Caller, uploadId: string): Promise<readonly (Part & { readonly size: number })[]>;
  /** The caller's own uploads of a bucket that are neither committed nor aborted. */
  listMultiparts(
    caller: Caller,
    bucketName: string,
  ): Promise<
    readonly {
      readonly uploadId: string;
      readonly objectName: string;
      readonly size: number;
      readonly expiresAt: string;
    }[]
  >;
  /** Puts the parts together and commits. */
  complete(caller: Caller, uploadId: string, parts: readonly Part[], mountUrl: string): Promise<StoredImage>;
  abort(caller: Caller, uploadId: string): Promise<void>;
  /** Checks what lies in the store by the rules of every upload; then, and only then, it is an image. Doing it again gives the same answer. */
  commit(caller: Caller, uploadId: string, mountUrl: string): Promise<StoredImage>;
  /** Takes a PUT that came back to our own mount; a whole image is committed at once. @throws {AppError} AccessDenied for a request that was not signed so */
  receiveSigned(request: SignedPut): Promise<{ readonly etag: string }>;
}

interface DirectUploadsOptions {
  readonly records: UploadRecords;
  readonly store: ObjectStore;
  readonly receive: Receiver;
  readonly buckets: Buckets;
  readonly storeImage: StoreImage;
  readonly users: Users;
  readonly links: Links;
  readonly locks: PlaceLocks;
  readonly now: () => Date;
}

/** Creates the service of direct uploads. */
export function createDirectUploads(options: DirectUploadsOptions): DirectUploads {
  const { records, store, receive, buckets, storeImage, users, links, locks, now } = options;
  const { prepare, find, findOwn, findParts } = records;
  const keyOf = (uploadId: string): string => PENDING_PREFIX + uploadId;

  const toStored = (upload: Upload & { readonly etag: string }, mountUrl: string): StoredImage => {
    const { bucketName, objectName, size, contentType, etag } = upload;
    return { etag, bucketName, objectName, size, contentType, url: links(mountUrl, bucketName, objectName) };
  };

  /** Stores a checked image under its owner's name and remembers that it is done. */
  const complete = async (uploadId: string, upload: Upload, image: ReceivedImage) => {
    requireAsDeclared(image, upload);
    const user = await users.get(upload.userId);
    if (user.disabled) throw accountDisabled();
    const { bucketName, onConflict } = upload;
    const wanted = { bucketName, objectName: upload.objectName, onConflict };
    const { etag, objectName } = await storeImage(toMember(upload.userId, user), image, wanted);
    const done = { ...upload, state: 'ready' as const, objectName, etag, size: image.size };
    await records.complete(uploadId, done);
    return done;
  };

  /** Of all who would make an image of one upload, or abort it, one is at it: who comes next finds what became of it. */
  const inTurn = <Result>(bucketName: string, uploadId: string, work: () => Promise<Result>): Promise<Result> =>
    locks.hold({ bucketName, objectName: keyOf(uploadId) }, { kind: 'other' }, work);

  const commitInTurn: DirectUploads['commit'] = async (caller, uploadId, mountUrl) => {
    const upload = await findOwn(caller, uploadId);
    if (upload.state === 'ready') return toStored({ ...upload, etag: upload.etag ?? '' }, mountUrl);
    const key = keyOf(uploadId);
    const opened = await store.get(upload.bucketName, key);
    if (opened === undefined) throw notPutYet();
    try {
      const done = await withReceived(receive(opened.body, { maxBytes: upload.size }), (image) =>
        complete(uploadId, upload, image),
      );
      await store.remove(upload.bucketName, key);
      return toStored(done, mountUrl);
    } catch (error) {
      if (error instanceof AppError && REFUSALS.has(error.code)) await store.remove(upload.bucketName, key);
      throw error;
    }
  };

  const commit: DirectUploads['commit'] = async (caller, uploadId, mountUrl) => {
    const { bucketName } = await findOwn(caller, uploadId);
    return inTurn(bucketName, uploadId, () => commitInTurn(caller, uploadId, mountUrl));
  };

  const completeInTurn: DirectUploads['complete'] = async (caller, uploadId, parts, mountUrl) => {
    const upload = await findOwn(caller, uploadId);
    if (upload.state === 'pending' && upload.storeUploadId !== undefined) {
      const isThere = (await store.head(upload.bucketName, keyOf(uploadId))) !== undefined;
      if (!isThere)
        await store.completeMultipartUpload(upload.bucketName, keyOf(uploadId), upload.storeUploadId, parts);
    }
    return commitInTurn(caller, uploadId, mountUrl);
  };

  const receiveWhole = async (request: SignedPut, uploadId: string, maxBytes: number) => {
    const upload = await find(uploadId);
    if (upload?.state !== 'pending') throw signatureMismatch();
    return withReceived(receive(request.body, { maxBytes }), (image) => complete(uploadId, upload, image));
  };

  const verify = ({ bucketName, objectName, query, contentType }: SignedPut): SignedRequest => {
    const allowed = store.signedRequests?.verify('PUT', bucketName, objectName, query);
    const isPlain = allowed?.partNumber === undefined;
    if (allowed === undefined || !objectName.startsWith(PENDING_PREFIX)) throw signatureMismatch();
    if (isPlain && (allowed.size === undefined || allowed.contentType !== contentType)) throw signatureMismatch();
    return allowed;
  };

  const receivePart = async (request: SignedPut, uploadId: string, partNumber: number) => {
    const { bucketName, objectName, contentLength, body } = request;
    if (contentLength === undefined) throw lengthMissing();
    const source = { size: contentLength, open: () => body };
    const { etag } = await store.uploadPart(bucketName, objectName, uploadId, partNumber, source);
    return { etag };
  };

  return {
    commit,
    presign: async (caller, put, expiry, mountUrl) => {
      const uploadId = newId();
      const upload = await prepare(caller, put, new Date(now().getTime() + expiry * 1000));
      const { contentType, size } = put;
      const options = { contentType, size, expiresInSeconds: expiry, mountUrl };
      const request = await store.presignPut(put.bucketName, keyOf(uploadId), options);
      await records.add(uploadId, upload);
      return { ...request, uploadId };
    },
    presignPost: async (caller, put, expiry) => {
      if (store.presignPost === undefined) throw takesNoForms();
      const uploadId = newId();
      const upload = await prepare(caller, put, new Date(now().getTime() + expiry * 1000));
      const { contentType, size } = put;
      const form = await store.presignPost(put.bucketName, keyOf(uploadId), {
        contentType,
        size,
        expiresInSeconds: expiry,
      });
      await records.add(uploadId, upload);
      return { ...form, uploadId };
    },
    createMultipart: async (caller, put) => {
      const uploadId = newId();
      const expiresAt = new Date(now().getTime() + MULTIPART_MS);
      const upload = await prepare(caller, put, expiresAt);
      const { bucketName, contentType, size } = put;
      const storeUploadId = await store.createMultipartUpload(bucketName, keyOf(uploadId), { contentType });
      await records.add(uploadId, { ...upload, storeUploadId });
      const partSize = toPartBytes(size);
      return { uploadId, partSize, parts: Math.ceil(size / partSize), expiresAt };
    },
    presignPart: async (caller, { uploadId, partNumber, expiry }, mountUrl) => {
      const { bucketName, storeUploadId } = await findParts(caller, uploadId);
      const options = { uploadId: storeUploadId, partNumber, expiresInSeconds: expiry, mountUrl };
      return store.presignPart(bucketName, keyOf(uploadId), options);
    },
    listParts: async (caller, uploadId) => {
      const { bucketName, storeUploadId } = await findParts(caller, uploadId);
      return store.listParts(bucketName, keyOf(uploadId), storeUploadId);
    },
    listMultiparts: async (caller, bucketName) => {
      await buckets.require(caller, bucketName);
      const { userId } = requireMember(caller);
      const open = await store.listMultipartUploads(bucketName);
      const ids = open
        .filter(({ key }) => key.startsWith(PENDING_PREFIX))
        .map(({ key }) => key.slice(PENDING_PREFIX.length));
      const found = await Promise.all(ids.map(async (uploadId) => ({ uploadId, upload: await find(uploadId) })));
      return found.flatMap(({ uploadId, upload }) => {
        if (upload?.userId !== userId) return [];
        const { objectName, size, expiresAt } = upload;
        return [{ uploadId, objectName, size, expiresAt }];
      });
    },
    complete: async (caller, uploadId, parts, mountUrl) => {
      const { bucketName } = await findOwn(caller, uploadId);
      return inTurn(bucketName, uploadId, () => completeInTurn(caller, uploadId, parts, mountUrl));
    },
    abort: async (caller, uploadId) => {
      const { bucketName } = await findParts(caller, uploadId);
      await inTurn(bucketName, uploadId, async () => {
        const { storeUploadId } = await findParts(caller, uploadId);
        await store.abortMultipartUpload(bucketName, keyOf(uploadId), storeUploadId);
        await records.remove(uploadId);
      });
    },
    receiveSigned: async (request) => {
      const allowed = verify(request);
      if (allowed.uploadId !== undefined && allowed.partNumber !== undefined) {
        return receivePart(request, allowed.uploadId, allowed.partNumber);
      }
      const uploadId = request.objectName.slice(PENDING_PREFIX.length);
      const receiveNow = () => receiveWhole(request, uploadId, allowed.size ?? 0);
      const { etag } = await inTurn(request.bucketName, uploadId, receiveNow);
      return { etag };
    },
  };
}

/** What will not be better the next time; after anything else the client may commit again. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'InvalidArgument',
  'InvalidImage',
  'UnsupportedMediaType',
  'EntityTooLarge',
]);

function requireAsDeclared(image: ReceivedImage, declared: Upload): void {
  if (image.receivedSize === declared.size && image.contentType === declared.contentType) return;
  throw new AppError(
    'InvalidImage',
    {
      zh: `上传内容与声明不符：声明 ${declared.contentType} ${declared.size} 字节，收到 ${image.contentType} ${image.receivedSize} 字节`,
      en: `The upload is not what was declared: ${declared.contentType} of ${declared.size} bytes was, ${image.contentType} of ${image.receivedSize} bytes came`,
    },
    { details: { size: image.receivedSize, contentType: image.contentType } },
  );
}

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

const newId = (): string => randomBytes(16).toString('hex');

const notPutYet = (): AppError =>
  new AppError('NoSuchUpload', {
    zh: '存储里还没有这个上传的内容；请先把图片 PUT 到返回的 url，再调用 object/commitObject',
    en: 'Nothing was put for this upload yet; PUT the image to the url first, then call object/commitObject',
  });
