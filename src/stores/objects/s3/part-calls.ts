import type { CallLimits } from '../../../concurrency/resilience.ts';
import { AppError } from '../../../errors.ts';
import type { ObjectBody, Part } from '../../../ports/object-store.ts';
import { joinEtags } from '../etag.ts';
import type { S3Object } from './address.ts';
import { once, QUICK, type S3Connection } from './connection.ts';
import { bareEtag, type Description } from './description.ts';
import { isNamed, present, toRefusal, undefinedIf } from './errors.ts';
import { prepareUpload } from './upload.ts';

/** An upload in parts that was created. */
export type OpenUpload = S3Object & { readonly UploadId: string };

/** The calls that an upload in parts is made of. */
export interface PartCalls {
  create(target: S3Object & Description): Promise<string>;
  send(upload: OpenUpload, partNumber: number, body: ObjectBody, signal?: AbortSignal): Promise<Part>;
  /** @throws {AppError} ObjectExists when `ifNoneMatch` forbids it */
  complete(upload: OpenUpload, parts: readonly Part[], ifNoneMatch?: '*'): Promise<{ readonly etag: string }>;
  abort(upload: OpenUpload, limits?: CallLimits): Promise<void>;
}

/** Putting one part into its place takes a store next to no time, but there may be 10,000. */
const COMPLETE_MS_PER_PART = 20;

/** Creates the calls that uploads in parts are made of. */
export const createPartCalls = (connection: S3Connection): PartCalls => ({
  create: (target) => createUpload(connection, target),
  send: (upload, partNumber, body, signal) => sendPart(connection, { ...upload, PartNumber: partNumber }, body, signal),
  complete: async (upload, parts, ifNoneMatch) => {
    checkOrder(parts);
    return completeUpload(connection, { ...upload, ...(ifNoneMatch && { IfNoneMatch: ifNoneMatch }) }, parts);
  },
  abort: (upload, limits = QUICK) => abortUpload(connection, upload, limits),
});

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
  signal: AbortSignal | undefined,
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
const completeUpload = (
  { send }: S3Connection,
  upload: OpenUpload & { readonly IfNoneMatch?: '*' },
  parts: readonly Part[],
): Promise<{ readonly etag: string }> => {
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
};

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
async function abortUpload({ send }: S3Connection, upload: OpenUpload, limits: CallLimits): Promise<void> {
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
export function asNoSuchUpload(error: unknown): never {
  if (!(error instanceof AppError && error.code === 'NoSuchKey')) throw error;
  throw toRefusal('NoSuchUpload', error.cause);
}
