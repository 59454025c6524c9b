import type { CallLimits } from '../../../concurrency/resilience.ts';
import { AppError } from '../../../errors.ts';
import { toPartBytes } from '../../../naming/s3-limits.ts';
import type { MultipartCalls, ObjectBody, ObjectStore, Part, PendingUpload } from '../../../ports/object-store.ts';
import { SourceFailure } from '../../disk/storage-error.ts';
import { exactly, readBody } from '../byte-source.ts';
import { joinEtags } from '../etag.ts';
import { isNamed, present, toRefusal, undefinedIf } from './errors.ts';
import { bareEtag, type Description, describe, type S3Condition, type S3Object, toS3Object } from './sdk-words.ts';
import { allPages, once, prepareUpload, QUICK, type S3Connection } from './transport.ts';

type StoredParts = Awaited<ReturnType<ObjectStore['listParts']>>;

/** An upload in parts that was created. */
type OpenUpload = S3Object & { readonly UploadId: string };

/** Putting one part into its place takes a store next to no time, but there may be 10,000. */
const COMPLETE_MS_PER_PART = 20;
/** Parts held in memory: one that is being read while the others are sent. */
const LANES = 3;
/** So short that a store which has gone silent is reported within 5 s. */
const CLEAN_UP: CallLimits = { idempotent: true, budgetMs: 1000 };

/** Creates the calls that multipart uploads are made of. */
export function createMultipartUploads(connection: S3Connection): MultipartCalls {
  const upload = (bucket: string, key: string, UploadId: string): OpenUpload => ({
    ...toS3Object(bucket, key),
    UploadId,
  });
  return {
    createMultipartUpload: async (bucket, key, description) =>
      createUpload(connection, { ...toS3Object(bucket, key), ...describe(description) }),
    uploadPart: async (bucket, key, uploadId, partNumber, body) =>
      sendPart(connection, { ...upload(bucket, key, uploadId), PartNumber: partNumber }, body),
    listParts: async (bucket, key, uploadId) => listParts(connection, upload(bucket, key, uploadId)),
    completeMultipartUpload: async (bucket, key, uploadId, parts) =>
      completeUpload(connection, upload(bucket, key, uploadId), parts),
    abortMultipartUpload: async (bucket, key, uploadId) => abortUpload(connection, upload(bucket, key, uploadId)),
    listMultipartUploads: (bucket) => listUploads(connection, bucket),
  };
}

/** An object that is too large to be sent whole. */
interface LargeWrite {
  readonly target: S3Object & Description & S3Condition;
  readonly body: ObjectBody;
  readonly size: number;
}

/** Stores an object in parts with bounded memory; when it fails, the parts are removed. @throws {AppError} ObjectExists when the condition forbids it */
export async function putInParts(connection: S3Connection, write: LargeWrite): Promise<{ readonly etag: string }> {
  const { IfNoneMatch, IfMatch, ...target } = write.target;
  const UploadId = await createUpload(connection, target);
  const upload = { Bucket: target.Bucket, Key: target.Key, UploadId };
  const fill = async () => {
    const parts = await sendParts(connection, upload, write);
    const condition = { ...(IfNoneMatch && { IfNoneMatch }), ...(IfMatch && { IfMatch }) };
    return completeUpload(connection, { ...upload, ...condition }, parts);
  };
  const { whileOpen = (_upload, work) => work() } = connection.options;
  try {
    return await whileOpen({ bucket: target.Bucket, key: target.Key, uploadId: UploadId }, fill);
  } catch (error) {
    // What this leaves behind, whoever kept note of it clears away.
    await abortUpload(connection, upload, CLEAN_UP).catch(() => undefined);
    throw error instanceof SourceFailure ? error.cause : error;
  }
}

async function sendParts(connection: S3Connection, upload: OpenUpload, write: LargeWrite): Promise<Part[]> {
  const failed = new AbortController();
  const sending: Promise<Part>[] = [];
  try {
    for await (const bytes of inParts(write)) {
      const part = sendPart(connection, { ...upload, PartNumber: sending.length + 1 }, bytes, failed.signal);
      // It is waited for below, maybe after it has failed.
      part.catch(() => undefined);
      sending.push(part);
      // The next part is read into the memory of this one.
      await sending[sending.length - LANES];
    }
    return await Promise.all(sending);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(sending);
    throw error;
  }
}

async function* inParts({ body, size }: LargeWrite): AsyncGenerator<Uint8Array> {
  const partBytes = toPartBytes(size);
  const nextLane = createLanes(partBytes);
  let lane = nextLane();
  let filled = 0;
  for await (const chunk of exactly(readBody(body))) {
    for (let taken = 0; taken < chunk.byteLength; ) {
      const slice = chunk.subarray(taken, taken + partBytes - filled);
      lane.set(slice, filled);
      taken += slice.byteLength;
      filled += slice.byteLength;
      if (filled < partBytes) continue;
      yield lane;
      lane = nextLane();
      filled = 0;
    }
  }
  if (filled > 0) yield lane.subarray(0, filled);
}

/** Gives the same few buffers over and over. */
function createLanes(bytes: number): () => Buffer {
  const lanes: Buffer[] = [];
  let turn = 0;
  return () => {
    const index = turn % LANES;
    turn += 1;
    lanes[index] ??= Buffer.allocUnsafeSlow(bytes);
    return lanes[index];
  };
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
const createUpload = ({ send }: S3Connection, target: S3Object & Description) =>
  send(async ({ client, CreateMultipartUploadCommand }, options) => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(target), options);
    return present(UploadId, 'upload id');
  }, once());

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
async function sendPart(
  { send }: S3Connection,
  part: OpenUpload & { readonly PartNumber: number },
  body: ObjectBody,
  signal?: AbortSignal,
): Promise<Part> {
  const { limits, attempt } = await prepareUpload(body);
  return send(
    ({ client, UploadPartCommand }, { abortSignal }) =>
      attempt(abortSignal, async (bytes, options) => {
        const { ETag } = await client.send(new UploadPartCommand({ ...part, ...bytes }), options);
        return { partNumber: part.PartNumber, etag: bareEtag(ETag) };
      }),
    { ...limits, signal },
  );
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
async function completeUpload(
  { send }: S3Connection,
  upload: OpenUpload & S3Condition,
  parts: readonly Part[],
): Promise<{ readonly etag: string }> {
  checkOrder(parts);
  const Parts = parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag }));
  return send(
    async ({ client, CompleteMultipartUploadCommand, ListPartsCommand }, options) => {
      try {
        const command = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } });
        const { Key, ETag } = await client.send(command, options);
        present(Key, 'key');
        // Ceph may leave it empty.
        return { etag: bareEtag(ETag) || joinEtags(parts) };
      } catch (error) {
        // Ceph fails in this way when the upload is gone, and only a listing of its parts says so.
        if (isNamed(error, 'InternalError')) await client.send(new ListPartsCommand(upload), options);
        throw error;
      }
    },
    once(parts.length * COMPLETE_MS_PER_PART),
  ).catch(asNoSuchUpload);
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
async function abortUpload({ send }: S3Connection, upload: OpenUpload, limits = QUICK): Promise<void> {
  const call = send(
    ({ client, AbortMultipartUploadCommand }, options) => client.send(new AbortMultipartUploadCommand(upload), options),
    limits,
  );
  await undefinedIf(call, 'NoSuchUpload', 'NoSuchBucket');
}

/** Ceph takes parts in any order, and the last of those that are named twice. @throws {AppError} InvalidArgument */
function checkOrder(parts: readonly Part[]): void {
  const isOrdered = parts.every(({ partNumber }, index) => partNumber > (parts[index - 1]?.partNumber ?? 0));
  if (parts.length === 0 || !isOrdered) throw toRefusal('InvalidPartOrder', undefined);
}

/** Of an upload that is gone Ceph says that there is no such key. */
function asNoSuchUpload(error: unknown): never {
  if (!(error instanceof AppError && error.code === 'NoSuchKey')) throw error;
  throw toRefusal('NoSuchUpload', error.cause);
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
const listParts = ({ send }: S3Connection, upload: OpenUpload): Promise<StoredParts> =>
  allPages((marker: string | undefined) =>
    send(async ({ client, ListPartsCommand }, options) => {
      const input = { ...upload, ...(marker !== undefined && { PartNumberMarker: marker }) };
      const output = await client.send(new ListPartsCommand(input), options);
      present(output.UploadId, 'upload id');
      const items = (output.Parts ?? []).map(({ PartNumber, ETag, Size }) => ({
        partNumber: present(PartNumber, 'part number'),
        etag: bareEtag(ETag),
        size: present(Size, 'size'),
      }));
      return { items, next: output.IsTruncated === true ? output.NextPartNumberMarker : undefined };
    }, QUICK),
  ).catch(asNoSuchUpload);

interface UploadMarker {
  readonly KeyMarker: string;
  readonly UploadIdMarker: string;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
const listUploads = ({ send }: S3Connection, bucket: string): Promise<readonly PendingUpload[]> =>
  allPages((marker: UploadMarker | undefined) =>
    send(async ({ client, ListMultipartUploadsCommand }, options) => {
      // Not in URL encoding: Ceph then encodes the keys, but neither says so nor does it to the markers.
      const command = new ListMultipartUploadsCommand({ Bucket: bucket, ...marker });
      const { Bucket, Uploads = [], IsTruncated, ...next } = await client.send(command, options);
      present(Bucket, 'bucket');
      // One odd upload hides no other.
      const items = Uploads.flatMap(({ Key: key, UploadId: uploadId, Initiated: initiated }) =>
        key === undefined || uploadId === undefined || initiated === undefined ? [] : [{ key, uploadId, initiated }],
      );
      const { NextKeyMarker: KeyMarker = '', NextUploadIdMarker: UploadIdMarker = '' } = next;
      return { items, next: IsTruncated === true ? { KeyMarker, UploadIdMarker } : undefined };
    }, QUICK),
  );
