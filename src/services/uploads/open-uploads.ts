import * as v from 'valibot';
import { createBatches } from '../../concurrency/batches.ts';
import { mapLimited } from '../../concurrency/limit.ts';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { Member } from '../access/access.ts';
import type { Amount, Usage } from '../access/usage.ts';
import { defineCollection, openCollection } from '../collection.ts';
import type { Writes } from '../objects/writes.ts';

/** Most uploads that one account may have under way past the service. */
const MAX_OPEN_UPLOADS = 100;
/** Uploads that have run out and are cleared away before a new one begins; what is left is for the next. */
const CLEARED_AT_ONCE = 32;
const AT_ONCE = 8;

/** What each member has under way past the service. Whatever is lost in a crash runs out by itself. */
export const OPEN_UPLOADS = defineCollection({
  name: 'open-uploads',
  schema: v.object({
    uploads: v.array(
      v.object({
        uploadId: v.string(),
        bucketName: v.string(),
        /** Bytes as announced. */
        size: v.number(),
        inParts: v.boolean(),
        /** Until when it may be gone on with. */
        endsAt: v.string(),
      }),
    ),
  }),
  retention: { kept: `one document a member, of at most ${MAX_OPEN_UPLOADS} uploads that each run out` },
});

type OpenUpload = v.InferOutput<typeof OPEN_UPLOADS.schema>['uploads'][number];

/** The room that is kept for uploads which are announced and not stored yet: it counts as used. */
export interface OpenUploads {
  /**
   * Keeps room for an upload. What has run out makes room first: `clear` removes what was sent of it, and may be called twice.
   *
   * @throws {AppError} QuotaExceeded, keeping nothing
   */
  reserve(member: Member, upload: OpenUpload, clear: (uploadId: string) => Promise<void>): Promise<void>;
  /** Gives the room up, also twice. */
  free(userId: string, uploadId: string): Promise<void>;
  /** The uploads of an account that have not run out. */
  list(userId: string): Promise<readonly OpenUpload[]>;
  /** Runs `task` as a member whose quota leaves room for what is under way, but for the upload that is stored by it. */
  leavingRoom<Result>(
    member: Member,
    own: string | undefined,
    task: (member: Member) => Promise<Result>,
  ): Promise<Result>;
}

interface OpenUploadsOptions {
  readonly documents: DocumentStore;
  readonly usage: Usage;
  readonly now: () => Date;
}

type Change = { readonly add: OpenUpload; readonly most: Amount } | { readonly remove: readonly string[] };

/** Creates the room for announced uploads: one document an account, changed as a whole, so that nothing is booked twice or half. */
export function createOpenUploads({ documents, usage, now }: OpenUploadsOptions): OpenUploads {
  const accounts = openCollection(documents, OPEN_UPLOADS);
  const isOver = ({ endsAt }: OpenUpload): boolean => Date.parse(endsAt) <= now().getTime();
  const readAll = async (userId: string) => (await accounts.read(userId))?.uploads ?? [];

  const change = createBatches(async (userId: string, changes: readonly Change[]) => {
    let refusals: readonly (AppError | undefined)[] = [];
    await accounts.upsert(userId, (found) => {
      const applied = applyAll(found?.uploads ?? [], changes);
      refusals = applied.refusals;
      return { uploads: [...applied.uploads] };
    });
    return refusals;
  });

  const list: OpenUploads['list'] = async (userId) => (await readAll(userId)).filter((upload) => !isOver(upload));

  const clearEnded = async (userId: string, clear: (uploadId: string) => Promise<void>): Promise<void> => {
    const ended = (await readAll(userId)).filter(isOver).slice(0, CLEARED_AT_ONCE);
    if (ended.length === 0) return;
    await mapLimited(ended, AT_ONCE, ({ uploadId }) => clear(uploadId));
    await change(userId, { remove: ended.map(({ uploadId }) => uploadId) });
  };

  /** What the quota leaves beside the images that are there. */
  const roomOf = async ({ userId, quota: { bytes, objects } }: Member): Promise<Amount> => {
    if (bytes === undefined && objects === undefined) return UNBOUNDED;
    const used = await usage.read(userId);
    return { bytes: (bytes ?? Infinity) - used.bytes, objects: (objects ?? Infinity) - used.objects };
  };

  return {
    list,
    reserve: async (member, upload, clear) => {
      await clearEnded(member.userId, clear);
      const refusal = await change(member.userId, { add: upload, most: await roomOf(member) });
      if (refusal !== undefined) throw refusal;
    },
    free: async (userId, uploadId) => {
      await change(userId, { remove: [uploadId] });
    },
    leavingRoom: async (member, own, task) => {
      const { bytes, objects } = member.quota;
      if (bytes === undefined && objects === undefined) return task(member);
      const others = (await list(member.userId)).filter(({ uploadId }) => uploadId !== own);
      if (others.length === 0) return task(member);
      const kept = sum(others);
      const quota = {
        ...member.quota,
        ...(bytes !== undefined && { bytes: bytes - kept.bytes }),
        ...(objects !== undefined && { objects: objects - kept.objects }),
      };
      return task({ ...member, quota }).catch((error: unknown) => {
        throw error instanceof AppError && error.code === 'QuotaExceeded' ? withKept(error, kept) : error;
      });
    },
  };
}

/** Lets nothing be written into the room that is kept for uploads under way. */
export const leaveRoom = (writes: Writes, openUploads: OpenUploads): Writes => ({
  ...writes,
  write: (member, place, options, write) =>
    openUploads.leavingRoom(member, undefined, (narrowed) => writes.write(narrowed, place, options, write)),
});

const UNBOUNDED: Amount = { bytes: Number.POSITIVE_INFINITY, objects: Number.POSITIVE_INFINITY };

const sum = (uploads: readonly OpenUpload[]): Amount => ({
  bytes: uploads.reduce((bytes, { size }) => bytes + size, 0),
  objects: uploads.length,
});

/** Applies a batch in its order, leaving out what there is no room for. */
function applyAll(start: readonly OpenUpload[], changes: readonly Change[]) {
  let uploads = start;
  const refusals = changes.map((change) => {
    if ('remove' in change) {
      uploads = uploads.filter(({ uploadId }) => !change.remove.includes(uploadId));
      return undefined;
    }
    const next = [...uploads, change.add];
    const refusal = refuse(sum(next), change.most);
    if (refusal === undefined) uploads = next;
    return refusal;
  });
  return { uploads, refusals };
}

function refuse({ bytes, objects }: Amount, most: Amount): AppError | undefined {
  if (objects > MAX_OPEN_UPLOADS) return tooManyOpen();
  return bytes > most.bytes || objects > most.objects ? noRoom(bytes, objects) : undefined;
}

const tooManyOpen = (): AppError =>
  new AppError(
    'QuotaExceeded',
    {
      zh: `一个账号同时最多 ${MAX_OPEN_UPLOADS} 个直传；请先完成或用 object/abortMultipartUpload 中止一些，其余到期自动结束`,
      en: `An account may have ${MAX_OPEN_UPLOADS} uploads past the service under way; complete some or give them up by object/abortMultipartUpload, the others end when they expire`,
    },
    { details: { limit: MAX_OPEN_UPLOADS } },
  );

const noRoom = (bytes: number, objects: number): AppError =>
  new AppError(
    'QuotaExceeded',
    {
      zh: `剩余配额放不下未完成的直传（连同这个共 ${objects} 个、${bytes} 字节）；请先完成或中止一些、删除旧图片，或请管理员调整配额`,
      en: `The quota has no room for the uploads under way (${objects} of ${bytes} bytes with this one); complete or give up some, remove old images or ask an admin for more`,
    },
    { details: { openUploads: objects, openBytes: bytes } },
  );

const withKept = (refusal: AppError, { bytes, objects }: Amount): AppError =>
  new AppError(
    'QuotaExceeded',
    {
      zh: `配额已满，其中为 ${objects} 个未完成的直传保留了 ${bytes} 字节；请先完成或中止它们、删除旧图片，或请管理员调整配额`,
      en: `The quota is used up, ${bytes} bytes of it by ${objects} uploads under way; complete or give them up, remove old images or ask an admin for more`,
    },
    { details: { openUploads: objects, openBytes: bytes }, cause: refusal },
  );
