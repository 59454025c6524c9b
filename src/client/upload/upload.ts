import { untilAborted } from '../../concurrency/deadline.ts';
import type { RouteOutput } from '../../contract/contract.ts';
import { toPartBytes } from '../../naming/s3-limits.ts';
import { BedError } from '../bed-error.ts';
import type { BedCalls } from '../client.ts';
import { nameImage } from './image-name.ts';
import { sendInParts, type sendWhole } from './past-service.ts';
import { putIntoAlbum } from './put-into-album.ts';
import { type CreateHash, examine, type KnownSource, type UploadSource } from './source.ts';

/** What an upload is doing, and how far it has come. */
export interface UploadProgress {
  readonly phase: 'hashing' | 'sending' | 'finishing';
  /** Of the phase. */
  readonly bytes: number;
  readonly totalBytes: number;
}

/** Where an image goes, and how. */
export interface UploadOptions {
  /** What the image is called, in place of what its source is. */
  readonly fileName?: string | undefined;
  /** The bed's default, or the one that the token is narrowed to, unless given. */
  readonly bucketName?: string | undefined;
  /** The root, or what the API token is narrowed to, unless given; `imagepic/wx` knows the root alone. */
  readonly folder?: string | undefined;
  /** The id of an album that the image is put into as well; none where it is empty. */
  readonly album?: string | undefined;
  /** Made of `{hash}`, `{name}` and `{ext}`; `{hash}.{ext}` unless given. */
  readonly nameTemplate?: string | undefined;
  /** Parts of one image that are sent at once; 3 unless given. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
}

type Stored = RouteOutput<'object/putObject'>;

/** An image that is on the bed now. */
export interface Uploaded
  extends Pick<Stored, 'imageId' | 'bucketName' | 'objectName' | 'size' | 'url' | 'removed' | 'savedBytes'> {
  /** Whether these very bytes were there before, so that nothing was sent. */
  readonly existed: boolean;
}

/** Where an image is going. */
export interface Destination {
  readonly bucketName?: string;
  readonly objectName: string;
}

/** How an image is sent. */
export interface Sending extends Pick<UploadOptions, 'concurrency' | 'signal'> {
  /** Told of all bytes that have gone out so far. */
  readonly onBytes: (bytes: number) => void;
  /** Told when all bytes are out and the bed is at work. */
  readonly onSent: () => void;
}

/** How images reach a bed. */
export interface ImageSender {
  readonly bed: BedCalls;
  /** Up to here an image is one form. */
  readonly maxFormBytes?: number | undefined;
  /** Sends what is larger and yet no more than a part; in parts all the same where nothing is given. */
  readonly sendWhole?: typeof sendWhole | undefined;
}

/** What uploads stand on. */
export interface Uploader extends ImageSender {
  readonly createHash: CreateHash;
  /** Where an image goes that is told no folder. */
  readonly root: () => Promise<string>;
  /** What is on its way now, by where it goes. */
  readonly underWay: Map<string, Promise<Uploaded>>;
}

/** The bytes tell the name, so that what is there already is found by it. */
const DEFAULT_TEMPLATE = '{hash}.{ext}';
/** How often an upload that is held is begun again; each time takes some six seconds. */
const TRIES = 12;
/** A function's event takes no more than 6 MB. */
const MAX_FORM_BYTES = 4 * 1024 * 1024;

/**
 * Brings an image to the bed: hashed first, so that what is there is not sent again; then as a form, or in parts straight
 * to the store, where whoever is cut off goes on from what has arrived.
 *
 * @throws {BedError} what the bed, the store or the album refuses, the album with the image as `details.uploaded`; the
 * signal's reason when it was aborted
 */
export async function upload(uploader: Uploader, source: UploadSource, options: UploadOptions = {}): Promise<Uploaded> {
  const { signal, onProgress, fileName, album, nameTemplate = DEFAULT_TEMPLATE } = options;
  const onBytes = (bytes: number): void => onProgress?.({ phase: 'hashing', bytes, totalBytes: source.size });
  const examined = await examine(source, uploader.createHash, { onBytes, signal });
  const known = fileName === undefined ? examined : { ...examined, fileName };
  const placed = { ...options, folder: options.folder ?? (await untilAborted(uploader.root(), signal)) };
  const uploaded = await (nameTemplate.includes('{hash}') ? uploadOnce : uploadKnown)(uploader, known, placed);
  if (album) await untilFree(() => putIntoAlbum(uploader.bed, album, uploaded, signal));
  return uploaded;
}

/** Sends once what has the same bytes and goes to the same place at the same time. */
async function uploadOnce(uploader: Uploader, known: KnownSource, options: UploadOptions): Promise<Uploaded> {
  const { bucketName = '', folder = '', nameTemplate = DEFAULT_TEMPLATE, signal } = options;
  const { underWay } = uploader;
  const place = `${bucketName}/${nameImage(known, folder, nameTemplate)}`;
  for (let same = underWay.get(place); same !== undefined; same = underWay.get(place)) {
    // Who fails, or is told to stop, leaves it to the next.
    const sent = await untilAborted(
      same.catch(() => undefined),
      signal,
    );
    if (sent !== undefined) return { ...sent, existed: true };
  }
  const sending = uploadKnown(uploader, known, options).finally(() => underWay.delete(place));
  underWay.set(place, sending);
  return sending;
}

/** Brings an image whose hash is known to the bed. @throws as `upload` does */
export async function uploadKnown(
  sender: ImageSender,
  known: KnownSource,
  options: UploadOptions = {},
): Promise<Uploaded> {
  const { bucketName, folder = '', nameTemplate = DEFAULT_TEMPLATE, signal, onProgress } = options;
  const tell = (phase: UploadProgress['phase']) => (bytes: number) =>
    onProgress?.({ phase, bytes, totalBytes: known.size });
  const objectName = nameImage(known, folder, nameTemplate);
  const destination = bucketName ? { bucketName, objectName } : { objectName };
  const sending = { ...options, onBytes: tell('sending'), onSent: () => tell('finishing')(known.size) };
  // What is named by its bytes may be sent again without being stored twice.
  if (!nameTemplate.includes('{hash}')) return { ...(await send(sender, known, destination, sending)), existed: false };
  return untilFree(async () => {
    const present = await find(sender.bed, destination, signal);
    return present === undefined
      ? { ...(await send(sender, known, destination, sending)), existed: false }
      : { ...present, existed: true };
  });
}

/** A server that died of a call goes on holding what it was at; what does no harm twice is begun again meanwhile. */
async function untilFree<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isHeld(error) || tries === TRIES) throw error;
    }
  }
}

const isHeld = (error: unknown): boolean => error instanceof BedError && error.code === 'IdempotencyInFlight';

/** A token that may only upload is not told; uploading the same under the same name once more does no harm. */
async function find(bed: BedCalls, destination: Destination, signal: AbortSignal | undefined) {
  try {
    return await bed.call('object/statObject', destination, { signal });
  } catch (error) {
    if (error instanceof BedError && (error.code === 'NoSuchKey' || error.code === 'AccessDenied')) return undefined;
    throw error;
  }
}

async function send(
  { bed, maxFormBytes = MAX_FORM_BYTES, sendWhole = sendInParts }: ImageSender,
  source: KnownSource,
  destination: Destination,
  { onSent, ...sending }: Sending,
): Promise<Stored> {
  const { kind, size } = source;
  if (kind !== undefined && kind.format !== 'svg' && size > maxFormBytes) {
    const image = { ...source, contentType: kind.contentType };
    // What would be one part anyway needs fewer calls when it is put as a whole.
    const sendLarge = size > toPartBytes(size) ? sendInParts : sendWhole;
    return sendLarge(bed, image, destination, { ...sending, onSent });
  }
  // Of what is no image the beginning is enough for the bed to say so.
  const blob = await source.slice(0, Math.min(size, maxFormBytes));
  const file = { name: source.fileName, blob };
  const onProgress = (sent: number): void => sending.onBytes(Math.min(sent, size));
  const stored = await bed.call('object/putObject', { ...destination }, { file, signal: sending.signal, onProgress });
  sending.onBytes(size);
  return stored;
}
