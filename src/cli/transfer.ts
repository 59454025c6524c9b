import { type BedClient, BedError } from '../client/node/index.ts';
import type { RouteOutput } from '../contract/contract.ts';
import type { ImageType } from '../naming/media-type.ts';
import { type ImageSource, MAX_FORM_BYTES } from './image-source.ts';

/** Where an image goes. */
export interface Destination {
  readonly bucketName: string;
  readonly objectName: string;
}

/** What became of an image that is on the bed now. */
export interface Transferred {
  readonly url: string;
  readonly objectName: string;
  readonly size: number;
  /** Whether it was there before. */
  readonly skipped: boolean;
}

/** Brings an image to a destination whose name is of its bytes, unless it is there. Large ones go in parts and on from where a run before them was cut off. */
export async function transfer(
  bed: BedClient,
  source: ImageSource,
  destination: Destination,
  onBytes: (bytes: number) => void,
): Promise<Transferred> {
  const present = await find(bed, destination);
  if (present !== undefined) {
    onBytes(source.size);
    return { url: present.url, objectName: destination.objectName, size: present.size, skipped: true };
  }
  const { url, objectName, size } = await send(bed, source, destination, onBytes);
  return { url, objectName, size, skipped: false };
}

/** A token that may only upload is not told; uploading the same under the same name once more does no harm. */
async function find(bed: BedClient, destination: Destination): Promise<RouteOutput<'object/statObject'> | undefined> {
  try {
    return await bed.object.statObject(destination);
  } catch (error) {
    if (error instanceof BedError && (error.code === 'NoSuchKey' || error.code === 'AccessDenied')) return undefined;
    throw error;
  }
}

type Stored = RouteOutput<'object/putObject'>;

async function send(bed: BedClient, source: ImageSource, destination: Destination, onBytes: (bytes: number) => void) {
  const { kind, size } = source;
  if (kind !== undefined && kind.format !== 'svg' && size > MAX_FORM_BYTES)
    return sendInParts(bed, { ...source, kind }, destination, onBytes);
  // Of what is no image the beginning is enough for the server to say so.
  const file = { name: source.fileName, blob: new Blob([await source.read(0, MAX_FORM_BYTES)]) };
  const stored = await bed.object.putObject({ ...destination }, { file });
  onBytes(size);
  return stored;
}

type Sending = Readonly<{ uploadId: string; partSize: number; done: ReadonlySet<number> }>;
type LargeImage = ImageSource & { readonly kind: Exclude<ImageType, { format: 'svg' }> };

async function sendInParts(
  bed: BedClient,
  source: LargeImage,
  destination: Destination,
  onBytes: (bytes: number) => void,
) {
  const begun = await findBegun(bed, source, destination);
  if (begun !== undefined) {
    try {
      return await sendParts(bed, source, begun, onBytes);
    } catch (error) {
      // It has expired, or another run has completed it.
      if (!(error instanceof BedError) || error.code !== 'NoSuchUpload') throw error;
    }
  }
  return sendParts(bed, source, await begin(bed, source, destination), onBytes);
}

async function begin(bed: BedClient, { kind, size }: LargeImage, destination: Destination): Promise<Sending> {
  const { contentType } = kind;
  const { uploadId, partSize } = await bed.object.createMultipartUpload({ ...destination, contentType, size });
  return { uploadId, partSize, done: new Set() };
}

/** The upload that a run before this one began: the first part that it left tells how large its parts are. */
async function findBegun(bed: BedClient, { size }: LargeImage, destination: Destination): Promise<Sending | undefined> {
  const { bucketName, objectName } = destination;
  const open = await bed.object.listMultipartUploads({ bucketName });
  // In a private bed the name comes back below the member's own prefix.
  const isSame = (name: string): boolean => name === objectName || name.endsWith(`/${objectName}`);
  const begun = open.filter(
    ({ kind, ...upload }) => kind !== 'whole' && upload.size === size && isSame(upload.objectName),
  );
  for (const { uploadId } of begun) {
    const parts = await bed.object.listParts({ uploadId });
    const partSize = parts.find(({ partNumber }) => partNumber === 1)?.size;
    if (partSize === undefined) continue;
    const done = parts.filter((part) => part.size === sizeOfPart(part.partNumber, partSize, size));
    return { uploadId, partSize, done: new Set(done.map(({ partNumber }) => partNumber)) };
  }
  return undefined;
}

const sizeOfPart = (partNumber: number, partSize: number, size: number): number =>
  Math.min(partSize, size - (partNumber - 1) * partSize);

async function sendParts(
  bed: BedClient,
  source: LargeImage,
  { uploadId, partSize, done }: Sending,
  onBytes: (bytes: number) => void,
): Promise<Stored> {
  const last = Math.ceil(source.size / partSize);
  // In their order, so that whoever goes on finds the first.
  for (let partNumber = 1; partNumber <= last; partNumber += 1) {
    if (!done.has(partNumber)) {
      const part = await bed.object.presignedUploadPart({ uploadId, partNumber });
      const body = new Blob([await source.read((partNumber - 1) * partSize, partSize)]);
      await bed.send({ ...part, body, signal: undefined });
    }
    onBytes(sizeOfPart(partNumber, partSize, source.size));
  }
  const stored = await bed.object.listParts({ uploadId });
  const parts = stored.map(({ partNumber, etag }) => ({ partNumber, etag }));
  return bed.object.completeMultipartUpload({ uploadId, parts });
}
