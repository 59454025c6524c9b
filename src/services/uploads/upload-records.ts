import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import { RESERVED_PREFIX } from '../../naming/key.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { type Access, type Caller, requireMember } from '../access/access.ts';
import { defineCollection, openCollection } from '../collection.ts';
import { requireImageKey } from '../objects/object-name.ts';
import type { OnConflict, Writes } from '../objects/writes.ts';
import { requireSize } from './receiver.ts';

/** Where such an upload lies until it is committed. */
export const PENDING_PREFIX = `${RESERVED_PREFIX}pending/`;

/** What the service calls its uploads; whoever has the store's keys may call others differently. */
const UPLOAD_ID = /^[0-9a-f]{32}$/;

/** So long after its end an upload is still told that it has expired. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000;

/** The uploads that clients make by themselves. */
export const UPLOADS = defineCollection({
  name: 'uploads',
  schema: v.object({
    state: v.picklist(['pending', 'ready']),
    bucketName: v.string(),
    /** What it will be called; once it is ready, what it is called. */
    objectName: v.string(),
    userId: v.string(),
    contentType: v.string(),
    size: v.number(),
    onConflict: v.picklist(['overwrite', 'rename', 'error']),
    expiresAt: v.string(),
    /** The store's own id of a multipart upload. */
    storeUploadId: v.optional(v.string()),
    etag: v.optional(v.string()),
  }),
  retention: {
    isExpired: ({ expiresAt }, now) => now.getTime() - Date.parse(expiresAt) >= REMEMBERED_MS,
    release: async (uploadId, { bucketName, storeUploadId }, store) => {
      const key = PENDING_PREFIX + uploadId;
      if (storeUploadId !== undefined) await store.abortMultipartUpload(bucketName, key, storeUploadId);
      // Also of one that is ready: its address may have been used once more.
      await store.remove(bucketName, key);
    },
  },
});
/** An upload. */
export type Upload = v.InferOutput<typeof UPLOADS.schema>;

/** What a client wants to put by itself. */
export interface Announcement {
  readonly bucketName: string;
  readonly objectName: string;
  readonly contentType: string;
  readonly size: number;
  readonly onConflict?: OnConflict | undefined;
}

/** What is remembered of uploads that go past the service. */
export interface UploadRecords {
  /** Checks an announced upload; nothing is stored yet. @throws {AppError} as `Writes.requireWritable`, InvalidArgument, EntityTooLarge */
  prepare(caller: Caller, put: Announcement, expiresAt: Date): Promise<Upload>;
  add(uploadId: string, upload: Upload): Promise<void>;
  find(uploadId: string): Promise<Upload | undefined>;
  /** Finds an upload of the caller's own; somebody else's answers like none. @throws {AppError} NoSuchUpload */
  findOwn(caller: Caller, uploadId: string): Promise<Upload>;
  /** The same for one in parts that is still open. @throws {AppError} NoSuchUpload */
  findParts(caller: Caller, uploadId: string): Promise<Upload & { readonly storeUploadId: string }>;
  /** Remembers what became of an upload, unless it was forgotten meanwhile. */
  complete(uploadId: string, upload: Upload): Promise<void>;
  remove(uploadId: string): Promise<void>;
}

interface UploadRecordsOptions {
  readonly documents: DocumentStore;
  readonly writes: Writes;
  readonly access: Access;
  readonly maxBytes: number;
}

/** Creates the records of uploads. */
export function createUploadRecords({ documents, writes, access, maxBytes }: UploadRecordsOptions): UploadRecords {
  const uploads = openCollection(documents, UPLOADS);

  const prepare: UploadRecords['prepare'] = async (caller, put, expiresAt) => {
    const { userId, narrowing } = requireMember(caller);
    requireSize(put.size, Math.min(maxBytes, narrowing?.maxBytes ?? maxBytes));
    const objectName = requireImageKey(access.place(caller, put.objectName));
    const { onConflict = 'overwrite' } = put;
    await writes.requireWritable(caller, { bucketName: put.bucketName, objectName }, onConflict);
    return { ...put, onConflict, state: 'pending', objectName, userId, expiresAt: expiresAt.toISOString() };
  };

  const find: UploadRecords['find'] = async (uploadId) =>
    UPLOAD_ID.test(uploadId) ? uploads.read(uploadId) : undefined;

  const findOwn: UploadRecords['findOwn'] = async (caller, uploadId) => {
    const upload = await find(uploadId);
    if (upload?.userId !== requireMember(caller).userId) throw noSuchUpload();
    return upload;
  };

  const findParts: UploadRecords['findParts'] = async (caller, uploadId) => {
    const upload = await findOwn(caller, uploadId);
    if (upload.storeUploadId === undefined || upload.state !== 'pending') throw noSuchUpload();
    return { ...upload, storeUploadId: upload.storeUploadId };
  };

  return {
    prepare,
    find,
    findOwn,
    findParts,
    add: async (uploadId, upload) => {
      await uploads.create(uploadId, upload);
    },
    complete: async (uploadId, upload) => {
      await uploads.update(uploadId, () => upload);
    },
    remove: uploads.remove,
  };
}

const noSuchUpload = (): AppError =>
  new AppError('NoSuchUpload', {
    zh: '没有这个上传，或它已完成、已中止、已过期；请重新开始',
    en: 'There is no such upload, or it was completed, aborted or has expired; begin anew',
  });
