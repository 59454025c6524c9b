import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { mapLimited } from '../../concurrency/limit.ts';
import { AppError } from '../../errors.ts';
import type { RemovedPart } from '../../images/index.ts';
import { RESERVED_PREFIX } from '../../naming/key.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { type Access, type Caller, requireMember } from '../access/access.ts';
import { defineCollection, openCollection } from '../collection.ts';
import type { MeasuredImage } from '../objects/image-facts.ts';
import { requireImageKey } from '../objects/object-name.ts';
import type { OnConflict, Writes } from '../objects/writes.ts';
import type { OpenUploads } from './open-uploads.ts';
import type { Removal } from './received-image.ts';
import { requireSize } from './size-limits.ts';

/** Where such an upload lies until it is committed. */
const PENDING_PREFIX = `${RESERVED_PREFIX}pending/`;

/** What the service calls its uploads; whoever has the store's keys may call others differently. */
const UPLOAD_KEY = new RegExp(`^${PENDING_PREFIX.replaceAll('.', '\\.')}([0-9a-f]{32})$`);

/** The key of an upload that is not committed yet. */
export const toPendingKey = (uploadId: string): string => PENDING_PREFIX + uploadId;

/** The upload that lies at a key; `undefined` for any other key. */
export const parsePendingKey = (key: string): string | undefined => UPLOAD_KEY.exec(key)?.[1];

/** So long after its end an upload is still told that it has expired, and what came late is removed. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000;
/** Whoever settles an upload says so again before this is over; after it, its process has died. */
const TURN_MS = 60_000;
const AT_ONCE = 16;

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
    /** How many seconds the image stays once it is one; for good where it is absent. */
    expiresIn: v.optional(v.number()),
    /** When its addresses end. */
    expiresAt: v.string(),
    /** Until when it may be committed, where that is longer. */
    endsAt: v.optional(v.string()),
    /** The store's own id of a multipart upload. */
    storeUploadId: v.optional(v.string()),
    etag: v.optional(v.string()),
    /** The image's own id; absent of what was settled before it was kept here. */
    imageId: v.optional(v.string()),
    /** What was taken out of it, so that each who commits it is told the same. */
    removed: v.optional(v.array(v.custom<RemovedPart>((part) => typeof part === 'string'))),
    savedBytes: v.optional(v.number()),
    /** When the image goes by itself; absent where it stays. */
    goesAt: v.optional(v.string()),
    /** What it looks like; absent of what was settled before that was known. */
    facts: v.optional(
      v.object({
        ...{ width: v.number(), height: v.number(), frames: v.number() },
        ...{ thumbhash: v.optional(v.string()), color: v.optional(v.string()) },
      }),
    ),
    /** Who is storing it or giving it up. */
    turn: v.optional(v.object({ id: v.string(), until: v.number() })),
  }),
  retention: {
    // Of parts nothing can come late, and until they are removed they take up room.
    isExpired: ({ expiresAt, storeUploadId, state, turn }, now) => {
      const isLost =
        state === 'pending' && storeUploadId !== undefined && (turn === undefined || turn.until <= now.getTime());
      return now.getTime() - Date.parse(expiresAt) >= (isLost ? 0 : REMEMBERED_MS);
    },
    // Also of one that is ready: its address may have been used once more.
    release: async (uploadId, upload, store) => clearPending(store, uploadId, upload),
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
  /** How many seconds the image stays once it is one; for good unless given. */
  readonly expiresIn?: number | undefined;
}

/** When an upload ends: its addresses, and what was sent by them. */
export interface UploadEnd {
  readonly expiresAt: Date;
  readonly endsAt: Date;
  readonly inParts: boolean;
}

/** What the store has opened for an upload. */
interface Opened {
  readonly storeUploadId?: string;
}

/** An upload that is one's own to settle for as long as it takes. */
export interface Turn {
  readonly upload: Upload;
  /** Remembers the image that it has become. */
  finish(
    stored: Removal & {
      readonly objectName: string;
      readonly etag: string;
      readonly imageId?: string | undefined;
      readonly size: number;
      readonly contentType: string;
      readonly facts: MeasuredImage;
    },
  ): Promise<ReadyUpload>;
  /** Forgets the upload. */
  forget(): Promise<void>;
  /** Lets others try. */
  release(): Promise<void>;
}

/** An upload that has become an image. */
export type ReadyUpload = Upload & { readonly etag: string };

/** What is remembered of uploads that go past the service. */
export interface UploadRecords {
  /**
   * Checks an announced upload, keeps room for it, lets the store open it and remembers it.
   *
   * @throws {AppError} as `Writes.requireWritable`, InvalidArgument, EntityTooLarge, QuotaExceeded
   */
  begin<Result extends object>(
    caller: Caller,
    put: Announcement,
    end: UploadEnd,
    open: (uploadId: string) => Promise<Result & Opened>,
  ): Promise<Result & { readonly uploadId: string }>;
  /** Finds an upload that the caller may go on with as it may begin it now; any other answers like none. @throws {AppError} NoSuchUpload */
  findOwn(caller: Caller, uploadId: string): Promise<Upload>;
  /** The same for one that is still open. @throws {AppError} NoSuchUpload */
  findOpen(caller: Caller, uploadId: string): Promise<Upload>;
  /** The same for one in parts. @throws {AppError} NoSuchUpload */
  findParts(caller: Caller, uploadId: string): Promise<Upload & { readonly storeUploadId: string }>;
  /** The caller's uploads that are open, by `findOpen`, whole ones and those in parts; what is done for others costs nothing here. */
  listOpen(caller: Caller, bucketName: string): Promise<readonly (Upload & { readonly uploadId: string })[]>;
  /** Takes the turn to settle an upload, which one at a time has; `undefined` while another has it. @throws {AppError} NoSuchUpload */
  takeTurn(uploadId: string): Promise<Turn | ReadyUpload | undefined>;
}

/** What it stands on. */
export interface UploadRecordsOptions {
  readonly documents: DocumentStore;
  readonly store: ObjectStore;
  readonly writes: Writes;
  readonly access: Access;
  readonly openUploads: OpenUploads;
  readonly maxBytes: number;
  readonly now: () => Date;
}

/** Creates the records of uploads. */
export function createUploadRecords(options: UploadRecordsOptions): UploadRecords {
  const { documents, store, writes, access, openUploads, maxBytes, now } = options;
  const uploads = openCollection(documents, UPLOADS);

  const prepare = async (caller: Caller, put: Announcement, end: UploadEnd): Promise<Upload> => {
    const { userId, narrowing } = requireMember(caller);
    requireSize(put.size, maxBytes);
    requireSize(put.size, narrowing?.maxBytes, 'token');
    const objectName = requireImageKey(access.place(caller, put.objectName));
    const { bucketName, contentType, size, expiresIn, onConflict = 'overwrite' } = put;
    await writes.requireWritable(caller, { bucketName, objectName }, onConflict);
    const [expiresAt, endsAt] = [end.expiresAt.toISOString(), end.endsAt.toISOString()];
    return {
      bucketName,
      objectName,
      contentType,
      size,
      onConflict,
      expiresIn,
      state: 'pending',
      userId,
      expiresAt,
      endsAt,
    };
  };

  const clear = async (uploadId: string): Promise<void> => {
    const upload = await uploads.read(uploadId);
    if (upload !== undefined) await clearPending(store, uploadId, upload);
  };

  const begin: UploadRecords['begin'] = async (caller, put, end, open) => {
    const uploadId = randomBytes(16).toString('hex');
    const upload = await prepare(caller, put, end);
    const { bucketName, size, userId } = upload;
    const reservation = { uploadId, bucketName, size, inParts: end.inParts, endsAt: end.endsAt.toISOString() };
    await openUploads.reserve(requireMember(caller), reservation, clear);
    try {
      const opened = await open(uploadId);
      const { storeUploadId } = opened;
      await uploads.create(uploadId, { ...upload, ...(storeUploadId !== undefined && { storeUploadId }) });
      return { ...opened, uploadId };
    } catch (error) {
      await openUploads.free(userId, uploadId);
      throw error;
    }
  };

  /** The caller's token, grants and bed as they are now, whoever began it. */
  const isWithinReach = (caller: Caller, upload: Upload): boolean => {
    const { userId, narrowing } = requireMember(caller);
    if (upload.userId !== userId || upload.size > (narrowing?.maxBytes ?? upload.size)) return false;
    return access.reaches(caller, 'upload', upload.bucketName, upload.objectName);
  };

  const isOver = ({ state, endsAt, expiresAt }: Upload): boolean =>
    state === 'pending' && Date.parse(endsAt ?? expiresAt) <= now().getTime();

  const tryFind = async (caller: Caller, uploadId: string): Promise<Upload | undefined> => {
    const upload = await uploads.read(uploadId);
    return upload !== undefined && isWithinReach(caller, upload) && !isOver(upload) ? upload : undefined;
  };

  const findOwn: UploadRecords['findOwn'] = async (caller, uploadId) => {
    const upload = await tryFind(caller, uploadId);
    if (upload === undefined) throw noSuchUpload();
    return upload;
  };

  const findOpen: UploadRecords['findOpen'] = async (caller, uploadId) => {
    const upload = await findOwn(caller, uploadId);
    if (upload.state !== 'pending') throw noSuchUpload();
    return upload;
  };

  const findParts: UploadRecords['findParts'] = async (caller, uploadId) => {
    const upload = await findOpen(caller, uploadId);
    if (!isInParts(upload)) throw noSuchUpload();
    return upload;
  };

  const listOpen: UploadRecords['listOpen'] = async (caller, bucketName) => {
    const open = await openUploads.list(requireMember(caller).userId);
    const ids = open.filter((upload) => upload.bucketName === bucketName);
    const found = await mapLimited(ids, AT_ONCE, async ({ uploadId }) => ({
      uploadId,
      upload: await tryFind(caller, uploadId),
    }));
    return found.flatMap(({ uploadId, upload }) => (upload?.state === 'pending' ? [{ ...upload, uploadId }] : []));
  };

  const takeTurn: UploadRecords['takeTurn'] = async (uploadId) => {
    const id = randomBytes(8).toString('hex');
    const at = now().getTime();
    const upload = await uploads.update(uploadId, (found) =>
      found.state === 'ready' || (found.turn !== undefined && found.turn.until > at)
        ? found
        : { ...found, turn: { id, until: at + TURN_MS } },
    );
    if (upload === undefined) throw noSuchUpload();
    if (upload.state === 'ready') return { ...upload, etag: upload.etag ?? '' };
    return upload.turn?.id === id ? toTurn(uploadId, upload, id) : undefined;
  };

  const toTurn = (uploadId: string, upload: Upload, id: string): Turn => {
    const whileOwn = (change: (found: Upload) => Upload) =>
      uploads.update(uploadId, (found) => (found.turn?.id === id ? change(found) : found));
    const renew = () => whileOwn((found) => ({ ...found, turn: { id, until: now().getTime() + TURN_MS } }));
    // A renewal that fails costs nothing unless the next ones fail too.
    const renewals = setInterval(() => void renew().catch(() => undefined), TURN_MS / 3).unref();
    const { turn: _, ...settled } = upload;
    return {
      upload,
      finish: async (stored) => {
        clearInterval(renewals);
        const ready = { ...settled, ...stored, state: 'ready' as const };
        await whileOwn(() => ready);
        await openUploads.free(upload.userId, uploadId);
        return ready;
      },
      forget: async () => {
        clearInterval(renewals);
        await uploads.remove(uploadId);
        await openUploads.free(upload.userId, uploadId);
      },
      release: async () => {
        clearInterval(renewals);
        await whileOwn(() => settled);
      },
    };
  };

  return { begin, findOwn, findOpen, findParts, listOpen, takeTurn };
}

const isInParts = (upload: Upload): upload is Upload & { readonly storeUploadId: string } =>
  upload.storeUploadId !== undefined && upload.state === 'pending';

/** Where what was sent of an upload lies. */
interface Sent {
  readonly bucketName: string;
  readonly storeUploadId?: string | undefined;
}

/** Removes what was sent of an upload. */
async function clearPending(store: ObjectStore, uploadId: string, { bucketName, storeUploadId }: Sent): Promise<void> {
  const key = toPendingKey(uploadId);
  if (storeUploadId !== undefined) await store.abortMultipartUpload(bucketName, key, storeUploadId);
  await store.remove(bucketName, key);
}

const noSuchUpload = (): AppError =>
  new AppError('NoSuchUpload', {
    zh: '没有这个上传，或它已完成、已中止、已过期；请重新开始',
    en: 'There is no such upload, or it was completed, aborted or has expired; begin anew',
  });
