import { createHash, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { RESERVED_PREFIX } from '../contract/fields.ts';
import { ReceivedImage } from '../contract/received-image.ts';
import { AppError } from '../errors.ts';
import type { DocumentStore } from '../ports/document-store.ts';
import type { ObjectStore, PresignedRequest } from '../ports/object-store.ts';
import { type Access, type Caller, requireMember } from './access.ts';
import { accountDisabled } from './accounts.ts';
import { parseDocument } from './documents.ts';
import { type ImageLimits, scrubImage } from './images/inspect.ts';
import type { Links } from './links.ts';
import { inFolder, nameByOrigin, requireKeyLength } from './object-name.ts';
import type { Objects } from './objects.ts';
import { createSpool } from './spool.ts';
import { toMember, type Users } from './users.ts';

const UPLOADS = 'uploads';
const PENDING_PREFIX = `${RESERVED_PREFIX}pending/`;

const uploadDocument = v.object({
  state: v.picklist(['pending', 'ready']),
  bucketName: v.string(),
  objectName: v.string(),
  userId: v.string(),
  contentType: v.string(),
  size: v.number(),
  expiresAt: v.string(),
});

/** What a client wants to put by itself. */
export interface PresignedPut {
  readonly bucketName: string;
  readonly objectName: string;
  readonly contentType: string;
  readonly size: number;
  readonly expiry: number;
}

/** One image for a bucket: as base64 or already received. */
export interface Put {
  readonly bucketName: string;
  readonly objectName?: string | undefined;
  readonly folder?: string | undefined;
  readonly base64?: string | undefined;
  readonly file?: ReceivedImage | undefined;
}

/** A stored image. */
export interface StoredImage {
  readonly etag: string;
  readonly bucketName: string;
  readonly objectName: string;
  readonly size: number;
  readonly contentType: string;
  readonly url: string;
}

/** How images come in. */
export interface Uploads {
  /** Takes an image in: scrubs, measures and hashes it; nothing is stored yet. */
  receive(
    source: AsyncIterable<Uint8Array>,
    options: { readonly originalName?: string | undefined; readonly maxBytes?: number },
  ): Promise<ReceivedImage>;
  /** Stores an image as `objectName`, else as its file was named, else by the template, in `folder`. */
  put(caller: Caller, put: Put, mountUrl: string): Promise<StoredImage>;
  /** Lets a member put one image of exactly this type and size without a token. */
  presignPut(caller: Caller, put: PresignedPut, mountUrl: string): Promise<PresignedRequest>;
  /** Takes what such a member puts through our own mount. @throws {AppError} AccessDenied for a request that was not signed so */
  receiveSigned(request: SignedPut): Promise<{ readonly etag: string }>;
}

/** A PUT that carries its permission in the query. */
export interface SignedPut {
  readonly bucketName: string;
  readonly objectName: string;
  readonly query: URLSearchParams;
  readonly contentType?: string | undefined;
  readonly receive: (maxBytes: number) => Promise<ReceivedImage>;
}

interface UploadsOptions {
  readonly documents: DocumentStore;
  readonly objectStore: ObjectStore;
  readonly objects: Objects;
  readonly spoolFolder: string;
  readonly maxBytes: number;
  readonly imageLimits: ImageLimits;
  readonly access: Access;
  readonly users: Users;
  readonly links: Links;
  readonly now: () => Date;
}

/** Creates the upload service. */
export function createUploads(options: UploadsOptions): Uploads {
  const { documents, objectStore, objects, spoolFolder, imageLimits, access, users, links, now } = options;

  const receive: Uploads['receive'] = async (source, { originalName, maxBytes = options.maxBytes }) => {
    const spool = createSpool(spoolFolder);
    const hash = createHash('sha256');
    const counter = { bytes: 0 };
    try {
      const facts = await scrubImage(
        counted(source, counter, maxBytes),
        async (chunk) => {
          hash.update(chunk);
          await spool.write(chunk);
        },
        imageLimits,
      );
      const body = await spool.finish();
      return new ReceivedImage({
        ...facts,
        originalName,
        size: body instanceof Uint8Array ? body.byteLength : body.size,
        receivedSize: counter.bytes,
        sha256: hash.digest('hex'),
        body,
        discard: spool.discard,
      });
    } catch (error) {
      await spool.discard();
      throw error;
    }
  };

  const put: Uploads['put'] = async (caller, { bucketName, objectName, folder, base64, file }, mountUrl) => {
    const image = file ?? (await receive(decode(base64 ?? '', options.maxBytes), {}));
    try {
      requireTokenLimit(caller, image.size);
      const key = access.place(caller, inFolder(folder, objectName ?? nameByOrigin(image, now())));
      requireKeyLength(key);
      const { etag } = await objects.store(caller, bucketName, key, image);
      const { size, contentType } = image;
      return { etag, bucketName, objectName: key, size, contentType, url: links(mountUrl, bucketName, key) };
    } finally {
      await image.discard();
    }
  };

  const presignPut: Uploads['presignPut'] = async (caller, put, mountUrl) => {
    if (put.size > options.maxBytes) throw tooLarge(options.maxBytes);
    requireTokenLimit(caller, put.size);
    const { expiry, ...rest } = { ...put, objectName: access.place(caller, put.objectName) };
    requireKeyLength(rest.objectName);
    await objects.requireWritable(caller, rest.bucketName, rest.objectName);
    const uploadId = randomBytes(16).toString('hex');
    const request = await objectStore.presignPut(put.bucketName, PENDING_PREFIX + uploadId, {
      contentType: put.contentType,
      size: put.size,
      expiresInSeconds: expiry,
      mountUrl,
    });
    await documents.create(UPLOADS, uploadId, {
      ...rest,
      state: 'pending',
      userId: requireMember(caller).userId,
      expiresAt: request.expiresAt.toISOString(),
    });
    return request;
  };

  const receiveSigned: Uploads['receiveSigned'] = async ({ bucketName, objectName, query, contentType, receive }) => {
    const allowed = objectStore.signedRequests?.verify('PUT', bucketName, objectName, query);
    if (allowed?.size === undefined || allowed.contentType !== contentType || !objectName.startsWith(PENDING_PREFIX)) {
      throw signatureMismatch();
    }
    const uploadId = objectName.slice(PENDING_PREFIX.length);
    const stored = await documents.read(UPLOADS, uploadId);
    const upload = stored && parseDocument(uploadDocument, stored.doc);
    if (upload?.state !== 'pending') throw signatureMismatch();
    const image = await receive(allowed.size);
    try {
      requireAsDeclared(image, upload);
      const user = await users.get(upload.userId);
      if (user.disabled) throw accountDisabled();
      const { etag } = await objects.store(toMember(upload.userId, user), upload.bucketName, upload.objectName, image);
      if (stored) await documents.replace(UPLOADS, uploadId, { ...stored.doc, state: 'ready' }, stored.revision);
      return { etag };
    } finally {
      await image.discard();
    }
  };

  return { receive, put, presignPut, receiveSigned };
}

const signatureMismatch = (): AppError =>
  new AppError('AccessDenied', {
    zh: '上传地址无效、已过期或已使用，或请求头与签名不符；请重新调用 object/presignedPutObject，并原样发送返回的 headers',
    en: 'The upload address is not valid, has expired or was used, or the headers differ from those signed; call object/presignedPutObject again and send its headers as they are',
  });

function requireAsDeclared(
  image: ReceivedImage,
  declared: { readonly size: number; readonly contentType: string },
): void {
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

function requireTokenLimit(caller: Caller, size: number): void {
  const maxBytes = caller.kind === 'member' ? caller.narrowing?.maxBytes : undefined;
  if (maxBytes !== undefined && size > maxBytes) throw tooLarge(maxBytes);
}

const tooLarge = (maxBytes: number): AppError =>
  new AppError(
    'EntityTooLarge',
    { zh: `图片超过上限 ${maxBytes} 字节`, en: `The image is larger than the limit of ${maxBytes} bytes` },
    { details: { maxBytes } },
  );

/** Decodes what is certainly base64; its length says the size before a byte is decoded. */
async function* decode(base64: string, maxBytes: number): AsyncGenerator<Uint8Array> {
  if (base64.length > Math.ceil(maxBytes / 3) * 4) throw tooLarge(maxBytes);
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    throw new AppError(
      'InvalidArgument',
      {
        zh: 'base64 不是标准 base64：长度应为 4 的倍数，只含 A–Z a–z 0–9 + / 和末尾的 =，不带 data: 前缀',
        en: 'base64 is not standard base64: a multiple of 4 characters of A–Z a–z 0–9 + / and = at the end, without a data: prefix',
      },
      { details: { fields: ['base64'] } },
    );
  }
  yield Buffer.from(base64, 'base64');
}

async function* counted(source: AsyncIterable<Uint8Array>, counter: { bytes: number }, maxBytes: number) {
  for await (const chunk of source) {
    counter.bytes += chunk.byteLength;
    if (counter.bytes > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}
