import * as v from 'valibot';
import { RESERVED_PREFIX } from '../../contract/fields.ts';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { type Access, type Caller, requireMember } from '../access/access.ts';
import { parseDocument } from '../documents.ts';
import { requireKeyLength } from '../objects/object-name.ts';
import type { Objects, OnConflict } from '../objects/objects.ts';
import { requireSize } from './receiver.ts';

/** Collection of the uploads that clients make by themselves. */
export const UPLOADS = 'uploads';

/** Where such an upload lies until it is committed. */
export const PENDING_PREFIX = `${RESERVED_PREFIX}pending/`;

/** An upload as it is stored. */
export const uploadDocument = v.object({
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
});
/** An upload. */
export type Upload = v.InferOutput<typeof uploadDocument>;

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
  /** Checks an announced upload; nothing is stored yet. @throws {AppError} as `Objects.requireWritable`, and EntityTooLarge */
  announce(caller: Caller, put: Announcement, expiresAt: Date): Promise<Upload>;
  add(uploadId: string, upload: Upload): Promise<void>;
  find(uploadId: string): Promise<Upload | undefined>;
  /** Finds an upload of the caller's own; somebody else's answers like none. @throws {AppError} NoSuchUpload */
  findOwn(caller: Caller, uploadId: string): Promise<Upload>;
  /** The same for one in parts that is still open. @throws {AppError} NoSuchUpload */
  findParts(caller: Caller, uploadId: string): Promise<Upload & { readonly storeUploadId: string }>;
  /** Remembers what became of an upload, unless it was forgotten meanwhile. */
  settle(uploadId: string, upload: Upload): Promise<void>;
  remove(uploadId: string): Promise<void>;
}

interface UploadRecordsOptions {
  readonly documents: DocumentStore;
  readonly objects: Objects;
  readonly access: Access;
  readonly maxBytes: number;
}

/** Creates the records of uploads. */
export function createUploadRecords({ documents, objects, access, maxBytes }: UploadRecordsOptions): UploadRecords {
  const announce: UploadRecords['announce'] = async (caller, put, expiresAt) => {
    const { userId, narrowing } = requireMember(caller);
    requireSize(put.size, Math.min(maxBytes, narrowing?.maxBytes ?? maxBytes));
    const objectName = access.place(caller, put.objectName);
    requireKeyLength(objectName);
    await objects.requireWritable(caller, { bucketName: put.bucketName, objectName }, put.onConflict);
    const upload: Upload = {
      ...put,
      onConflict: put.onConflict ?? 'overwrite',
      state: 'pending',
      objectName,
      userId,
      expiresAt: expiresAt.toISOString(),
    };
    return upload;
  };

  const find: UploadRecords['find'] = async (uploadId) => {
    const stored = await documents.read(UPLOADS, uploadId);
    return stored && parseDocument(uploadDocument, stored.doc);
  };

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
    announce,
    find,
    findOwn,
    findParts,
    add: async (uploadId, upload) => {
      await documents.create(UPLOADS, uploadId, toJson(upload));
    },
    settle: async (uploadId, upload) => {
      const stored = await documents.read(UPLOADS, uploadId);
      if (stored) await documents.replace(UPLOADS, uploadId, toJson(upload), stored.revision);
    },
    remove: (uploadId) => documents.remove(UPLOADS, uploadId),
  };
}

const toJson = (upload: Upload) => JSON.parse(JSON.stringify(upload));

const noSuchUpload = (): AppError =>
  new AppError('NoSuchUpload', {
    zh: '没有这个上传，或它已完成、已中止、已过期；请重新开始',
    en: 'There is no such upload, or it was completed, aborted or has expired; begin anew',
  });
