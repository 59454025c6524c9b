import { sleep } from '../../concurrency/retry.ts';
import { AppError, type ErrorCode } from '../../errors.ts';
import type { ObjectStore, Part } from '../../ports/object-store.ts';
import { type Caller, type Member, requireMember } from '../access/access.ts';
import type { Links } from '../objects/links.ts';
import type { OpenUploads } from './open-uploads.ts';
import { type ReceivedImage, toRemoval } from './received-image.ts';
import { type Receiver, withReceived } from './receiver.ts';
import type { StoreImage } from './store-image.ts';
import { type ReadyUpload, type Turn, toPendingKey, type Upload, type UploadRecords } from './upload-records.ts';
import type { StoredImage } from './uploads.ts';

/** How an upload past the service ends. Whatever comes at once, it ends once. */
export interface SettleUploads {
  /** Checks what lies in the store by the rules of every upload; then, and only then, it is an image. Doing it again gives the same answer. */
  commit(caller: Caller, uploadId: string, mountUrl: string): Promise<StoredImage>;
  /** Puts the parts together and commits. */
  complete(caller: Caller, uploadId: string, parts: readonly Part[], mountUrl: string): Promise<StoredImage>;
  /** Gives an upload up, with what was sent of it. */
  abort(caller: Caller, uploadId: string): Promise<void>;
  /** Stores an image that came whole; `undefined` when the upload has ended otherwise, or is just ending. */
  store(member: Member, uploadId: string, image: ReceivedImage): Promise<{ readonly etag: string } | undefined>;
}

/** What it stands on. */
export interface SettleUploadsOptions {
  readonly records: UploadRecords;
  readonly openUploads: OpenUploads;
  readonly store: ObjectStore;
  readonly receive: Receiver;
  /** Stores without leaving room for what is under way: that is done here, where it is known what has room already. */
  readonly storeImage: StoreImage;
  readonly links: Links;
}

/** So often and so long a second call waits for the first. */
const TRIES = 20;
const PAUSE_MS = 100;

/** Creates the end of uploads. */
export function createSettleUploads(options: SettleUploadsOptions): SettleUploads {
  const { records, openUploads, store, receive, storeImage, links } = options;

  const toStored = (upload: ReadyUpload, mountUrl: string): StoredImage => {
    const { bucketName, objectName, size, contentType, etag, imageId, facts, removed, savedBytes, goesAt } = upload;
    const removal = { ...(removed && { removed }), ...(savedBytes !== undefined && { savedBytes }) };
    return {
      etag,
      imageId,
      bucketName,
      objectName,
      size,
      contentType,
      url: links(mountUrl, bucketName, objectName),
      ...facts,
      ...removal,
      ...(goesAt !== undefined && { expiresAt: goesAt }),
    };
  };

  /** Waits until others are through. @throws {AppError} IdempotencyInFlight when they take too long */
  const waitForTurn = async (uploadId: string): Promise<Turn | ReadyUpload> => {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const turn = await records.takeTurn(uploadId);
      if (turn !== undefined) return turn;
      await sleep(PAUSE_MS);
    }
    throw inFlight();
  };

  /** Stores a checked image as its caller may now, and remembers that it is done. */
  const finish = async (member: Member, uploadId: string, turn: Turn, image: ReceivedImage): Promise<ReadyUpload> => {
    requireAsDeclared(image, turn.upload);
    const { bucketName, objectName, onConflict, expiresIn } = turn.upload;
    const placed = await openUploads.leavingRoom(member, uploadId, (narrowed) =>
      storeImage(narrowed, image, { bucketName, objectName, onConflict, expiresIn }),
    );
    const { objectName: name, etag, imageId, facts, image: stored, expiresAt } = placed;
    const going = expiresAt && { goesAt: expiresAt.toISOString() };
    const { size, contentType } = stored;
    return turn.finish({ objectName: name, etag, imageId, size, contentType, facts, ...toRemoval(stored), ...going });
  };

  const putTogether = async (uploadId: string, upload: Upload, parts: readonly Part[]): Promise<void> => {
    const { bucketName, storeUploadId } = upload;
    const key = toPendingKey(uploadId);
    if (storeUploadId === undefined || (await store.head(bucketName, key)) !== undefined) return;
    await store.completeMultipartUpload(bucketName, key, storeUploadId, parts);
  };

  const storePending = async (member: Member, uploadId: string, turn: Turn): Promise<ReadyUpload> => {
    const { bucketName, size } = turn.upload;
    const key = toPendingKey(uploadId);
    const opened = await store.get(bucketName, key);
    if (opened === undefined) throw notPutYet();
    const ready = await withReceived(receive(opened.body, { announcedBytes: size }), (image) =>
      finish(member, uploadId, turn, image),
    );
    await store.remove(bucketName, key);
    return ready;
  };

  /** What was refused is removed; of an upload in parts nothing is left to go on with. */
  const giveBack = async (uploadId: string, turn: Turn, error: unknown): Promise<void> => {
    if (!(error instanceof AppError) || !REFUSALS.has(error.code)) return turn.release();
    const { bucketName, storeUploadId } = turn.upload;
    const key = toPendingKey(uploadId);
    const wasThere = storeUploadId === undefined || (await store.head(bucketName, key)) !== undefined;
    await store.remove(bucketName, key);
    return wasThere && storeUploadId !== undefined ? turn.forget() : turn.release();
  };

  const settle = async (
    member: Member,
    uploadId: string,
    turn: Turn,
    parts: readonly Part[] | undefined,
  ): Promise<ReadyUpload> => {
    try {
      if (parts !== undefined) await putTogether(uploadId, turn.upload, parts);
      return await storePending(member, uploadId, turn);
    } catch (error) {
      // What the store says to that is less than why it came to it; nobody is kept waiting.
      await giveBack(uploadId, turn, error).catch(() => turn.release().catch(() => undefined));
      throw error;
    }
  };

  const end = async (
    caller: Caller,
    uploadId: string,
    parts: readonly Part[] | undefined,
    mountUrl: string,
  ): Promise<StoredImage> => {
    await records.findOwn(caller, uploadId);
    const turn = await waitForTurn(uploadId);
    const ready = 'finish' in turn ? await settle(requireMember(caller), uploadId, turn, parts) : turn;
    return toStored(ready, mountUrl);
  };

  return {
    commit: (caller, uploadId, mountUrl) => end(caller, uploadId, undefined, mountUrl),
    complete: end,
    abort: async (caller, uploadId) => {
      await records.findOpen(caller, uploadId);
      const turn = await waitForTurn(uploadId);
      // It has become an image meanwhile, and is told so.
      if (!('finish' in turn)) return void (await records.findOpen(caller, uploadId));
      const { bucketName, storeUploadId } = turn.upload;
      const key = toPendingKey(uploadId);
      try {
        if (storeUploadId !== undefined) await store.abortMultipartUpload(bucketName, key, storeUploadId);
        await store.remove(bucketName, key);
      } catch (error) {
        await turn.release();
        throw error;
      }
      await turn.forget();
    },
    store: async (member, uploadId, image) => {
      const turn = await records.takeTurn(uploadId);
      if (turn === undefined || !('finish' in turn)) return undefined;
      try {
        return await finish(member, uploadId, turn, image);
      } catch (error) {
        await turn.release();
        throw error;
      }
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

const notPutYet = (): AppError =>
  new AppError('NoSuchUpload', {
    zh: '存储里还没有这个上传的内容；请先把图片 PUT 到返回的 url，再调用 object/commitObject',
    en: 'Nothing was put for this upload yet; PUT the image to the url first, then call object/commitObject',
  });

const inFlight = (): AppError =>
  new AppError(
    'IdempotencyInFlight',
    {
      zh: '同一个上传正在提交或中止，请稍后重试',
      en: 'The same upload is just being committed or given up; try again later',
    },
    { details: { retryAfterSeconds: 1 } },
  );
