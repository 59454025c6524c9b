import { mapLimited } from '../../concurrency/limit.ts';
import type { RouteOutput } from '../../contract/contract.ts';
import type { ImageContentType } from '../../naming/media-type.ts';
import { shortHash } from '../../naming/name-template.ts';
import { toPartBytes } from '../../naming/s3-limits.ts';
import { BedError, type BedErrorCode } from '../bed-error.ts';
import type { BedCalls } from '../client.ts';
import type { SignedSend } from '../transport.ts';
import type { KnownSource } from './source.ts';
import type { Destination, Sending } from './upload.ts';

/** An image that a bed takes, too large for a form. */
export interface LargeImage extends KnownSource {
  readonly contentType: ImageContentType;
}

type Part = RouteOutput<'object/listParts'>[number];

const DEFAULT_CONCURRENCY = 3;
/** Each with an address of its own. */
const ADDRESS_ATTEMPTS = 3;
/** Parts that were refused, lost or cut short are sent again so often. */
const ROUNDS = 3;

/** Sends an image as a whole, straight to the store. */
export async function sendWhole(
  bed: BedCalls,
  { contentType, size, slice }: LargeImage,
  destination: Destination,
  { signal, onBytes, onSent }: Sending,
): Promise<RouteOutput<'object/putObject'>> {
  const body = await slice(0, size);
  for (let attempt = 1; ; attempt += 1) {
    const announced = { ...destination, contentType, size };
    const { uploadId, url, method, headers } = await bed.call('object/presignedPutObject', announced, { signal });
    const refused = await send(bed, { url, method, headers, body, signal, onProgress: onBytes });
    onSent();
    try {
      return await bed.call('object/commitObject', { uploadId }, { signal });
    } catch (error) {
      // Nothing has arrived, and why is what the store said.
      if (refused === undefined || !isCode(error, 'NoSuchUpload')) throw error;
      if (attempt === ADDRESS_ATTEMPTS) throw refused;
    }
  }
}

/** @returns what it was refused with: its address had ended on a slow line, or was used up by an attempt whose answer was lost */
async function send(bed: BedCalls, request: SignedSend): Promise<BedError | undefined> {
  try {
    await bed.send(request);
    return undefined;
  } catch (error) {
    if (!isCode(error, 'StoreRefused') && !isCode(error, 'AccessDenied')) throw error;
    return error;
  }
}

const isCode = (error: unknown, code: BedErrorCode): error is BedError =>
  error instanceof BedError && error.code === code;

/** Sends an image in parts, straight to the store, and on from where an upload of the same bytes was cut off. */
export async function sendInParts(
  bed: BedCalls,
  image: LargeImage,
  destination: Destination,
  sending: Sending,
): Promise<RouteOutput<'object/putObject'>> {
  const begun = await findBegun(bed, image, destination, sending.signal);
  if (begun !== undefined) {
    try {
      return await sendAll(bed, image, begun, sending);
    } catch (error) {
      // It has expired, or somebody else has ended it.
      if (!isCode(error, 'NoSuchUpload')) throw error;
    }
  }
  const { contentType, size } = image;
  const announced = { ...destination, contentType, size };
  const { uploadId } = await bed.call('object/createMultipartUpload', announced, { signal: sending.signal });
  return sendAll(bed, image, uploadId, sending);
}

/** The upload of these bytes that another run, or another page, began: their hash is in the name. */
async function findBegun(
  bed: BedCalls,
  { size, sha256 }: LargeImage,
  { objectName, ...bucket }: Destination,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (!objectName.includes(shortHash(sha256))) return undefined;
  const open = await bed.call('object/listMultipartUploads', bucket, { signal });
  return open.find(
    // In a private bed the name comes back below the member's own prefix.
    (begun) => begun.kind !== 'whole' && begun.size === size && `/${begun.objectName}`.endsWith(`/${objectName}`),
  )?.uploadId;
}

async function sendAll(bed: BedCalls, image: LargeImage, uploadId: string, sending: Sending) {
  const { signal } = sending;
  const plan = toPlan(image.size);
  const partsOf = async (): Promise<Part[]> =>
    (await bed.call('object/listParts', { uploadId }, { signal })).filter(
      ({ partNumber, size }) => size === sizeOf(plan[partNumber - 1]),
    );
  let there = await partsOf();
  let refused: BedError | undefined;
  for (let round = 0; there.length < plan.length && round < ROUNDS; round += 1) {
    refused = await sendMissing(bed, image, { uploadId, plan, there }, sending);
    there = await partsOf();
  }
  if (refused !== undefined && there.length < plan.length) throw refused;
  sending.onSent();
  const parts = there.map(({ partNumber, etag }) => ({ partNumber, etag }));
  return bed.call('object/completeMultipartUpload', { uploadId, parts }, { signal });
}

interface Range {
  readonly partNumber: number;
  readonly start: number;
  readonly end: number;
}

function toPlan(size: number): readonly Range[] {
  const partBytes = toPartBytes(size);
  return Array.from({ length: Math.ceil(size / partBytes) }, (_, index) => ({
    partNumber: index + 1,
    start: index * partBytes,
    end: Math.min(size, (index + 1) * partBytes),
  }));
}

const sizeOf = (range: Range | undefined): number => (range === undefined ? -1 : range.end - range.start);

interface Missing {
  readonly uploadId: string;
  readonly plan: readonly Range[];
  readonly there: readonly Part[];
}

async function sendMissing(
  bed: BedCalls,
  image: LargeImage,
  { uploadId, plan, there }: Missing,
  { onBytes, signal, concurrency = DEFAULT_CONCURRENCY }: Sending,
): Promise<BedError | undefined> {
  let refused: BedError | undefined;
  const done = new Set(there.map(({ partNumber }) => partNumber));
  const sent = new Map(there.map(({ partNumber, size }) => [partNumber, size]));
  const tell = (partNumber: number, bytes: number): void => {
    sent.set(partNumber, bytes);
    onBytes([...sent.values()].reduce((sum, part) => sum + part, 0));
  };
  const missing = plan.filter(({ partNumber }) => !done.has(partNumber));
  await mapLimited(missing, concurrency, async ({ partNumber, start, end }) => {
    const body = await image.slice(start, end);
    const onProgress = (bytes: number): void => tell(partNumber, bytes);
    const address = await bed.call('object/presignedUploadPart', { uploadId, partNumber }, { signal });
    const answer = await send(bed, { ...address, body, signal, onProgress });
    if (answer === undefined) tell(partNumber, end - start);
    refused ??= answer;
  });
  return refused;
}
