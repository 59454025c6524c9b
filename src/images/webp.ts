// https://developers.google.com/speed/webp/docs/riff_container and https://www.rfc-editor.org/rfc/rfc9649
// One RIFF chunk that says the length of all, with chunks in it: type, length, data, a byte of padding after odd lengths.
import type { ByteTransformer } from './byte-transformer.ts';
import { requireProfileLength, scrubProfile } from './icc.ts';
import { ImageError } from './image-error.ts';
import type { CheckSize, ImageSize } from './image-size.ts';
import { listExif } from './removed.ts';

const ANIMATION_FLAG = 0x02;
const XMP_FLAG = 0x04;
const EXIF_FLAG = 0x08;

/** The name and length of a chunk that decoders pass over. */
const JUNK = Buffer.from('JUNK', 'latin1');
const MAX_EXIF_LENGTH = 65_536;
/** Longer pictures are not read to their end: a chunk is held as a whole for that. */
const MAX_READ_LENGTH = 32 * 1024 ** 2;
const RIFF_LENGTH = 12;
const CANVAS_LENGTH = 10;
const ANIMATION_LENGTH = 6;
const FRAME_HEADER_LENGTH = 16;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A stretch of bytes that says nothing to decoders. */
interface Spare {
  readonly from: number;
  readonly to: number;
}

interface Chunk {
  readonly type: string;
  readonly length: number;
  /** With its header and padding. */
  readonly total: number;
}

/** What has passed of an extended WebP. */
interface Progress {
  readonly canvas: Size;
  readonly animated: boolean;
  readonly parts: Set<string>;
  frames: number;
}

const readUInt24 = (bytes: Buffer, at: number): number => bytes.readUIntLE(at, 3);

async function peekChunk(transformer: ByteTransformer, end: number): Promise<Chunk> {
  transformer.beginPart();
  const head = await transformer.peek(8);
  const length = head.readUInt32LE(4);
  const total = 8 + length + (length % 2);
  if (transformer.position() + total > end) throw new ImageError('webp-contradictory-length');
  return { type: head.toString('latin1', 0, 4), length, total };
}

/** Walks the chunks up to `end`. */
async function walk(transformer: ByteTransformer, end: number, scrub: (chunk: Chunk) => Promise<void>): Promise<void> {
  while (transformer.position() < end) await scrub(await peekChunk(transformer, end));
}

/** Overwrites a chunk without moving the rest, because the length of the whole has been written already. */
async function blank(transformer: ByteTransformer, chunk: Chunk): Promise<void> {
  if (chunk.type === 'EXIF') {
    const exif = await transformer.peek(8 + Math.min(chunk.length, MAX_EXIF_LENGTH));
    for (const part of listExif(exif.subarray(8))) transformer.note(part);
  } else if (chunk.type !== 'JUNK') transformer.note(chunk.type === 'XMP ' ? 'xmp' : 'other');
  await transformer.drop(4);
  await transformer.insert(JUNK);
  await transformer.keep(4);
  await transformer.zero(chunk.total - 8);
}

/** Keeps a chunk's data but for the stretches that say nothing to decoders, and the byte of padding. */
async function keepData(transformer: ByteTransformer, chunk: Chunk, spares: readonly Spare[]): Promise<void> {
  await transformer.keep(8);
  let at = 0;
  for (const { from, to } of spares) {
    await transformer.keep(from - at);
    await transformer.zero(to - from);
    at = to;
  }
  await transformer.keep(chunk.length - at);
  await transformer.zero(chunk.total - 8 - chunk.length);
}

// https://www.rfc-editor.org/rfc/rfc6386#section-9.1
function lossySize(bytes: Buffer): Size | undefined {
  const keyFrame = (bytes.readUInt8(0) & 1) === 0 && bytes.readUIntBE(3, 3) === 0x9d012a;
  return keyFrame ? { width: bytes.readUInt16LE(6) & 0x3fff, height: bytes.readUInt16LE(8) & 0x3fff } : undefined;
}

// https://www.rfc-editor.org/rfc/rfc9649#section-3.4
function losslessSize(bytes: Buffer): Size | undefined {
  const bits = bytes.readUInt32LE(1);
  if (bytes.readUInt8(0) !== 0x2f || bits >>> 29 !== 0) return undefined;
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

async function peekSize(transformer: ByteTransformer, { type, length }: Chunk): Promise<Size> {
  const needed = type === 'VP8 ' ? 10 : 5;
  const bytes = length < needed ? undefined : (await transformer.peek(8 + needed)).subarray(8);
  const size = bytes && (type === 'VP8 ' ? lossySize(bytes) : losslessSize(bytes));
  if (size === undefined || size.width === 0 || size.height === 0) {
    throw new ImageError('webp-damaged-picture');
  }
  return size;
}

/** Keeps a picture and its alpha, each once and of the declared size; blanks all else, as decoders take the first of each. */
async function scrubPicture(
  transformer: ByteTransformer,
  chunk: Chunk,
  parts: Set<string>,
  declared: Size,
): Promise<void> {
  const picture = chunk.type === 'VP8 ' || chunk.type === 'VP8L';
  if ((!picture && chunk.type !== 'ALPH') || parts.has('picture') || parts.has(chunk.type)) {
    return blank(transformer, chunk);
  }
  const size = picture ? await peekSize(transformer, chunk) : declared;
  if (size.width !== declared.width || size.height !== declared.height) throw new ImageError('webp-misfit-picture');
  parts.add(picture ? 'picture' : chunk.type);
  await keepData(transformer, chunk, await findSpares(transformer, chunk, size));
}

/** Which stretches of a chunk decoders do not need to draw it; none where that is not known. What is in them is noted. */
async function findSpares(
  transformer: ByteTransformer,
  { type, length }: Chunk,
  size: Size,
): Promise<readonly Spare[]> {
  if (length === 0 || length > MAX_READ_LENGTH) return [];
  const data = (await transformer.peek(8 + length)).subarray(8);
  const spares = type === 'VP8 ' ? await lossySpares(data) : await losslessSpares(type, data, size);
  const isBlank = spares.every(({ from, to }) => data.subarray(from, to).every((byte) => byte === 0));
  if (!isBlank) transformer.note('trailing');
  return isBlank ? [] : spares;
}

// Loaded with the first picture with loss.
async function lossySpares(data: Buffer): Promise<readonly Spare[]> {
  const { findLossySpares } = await import('./vp8-end.ts');
  return findLossySpares(data);
}

async function losslessSpares(type: string, data: Buffer, size: Size): Promise<readonly Spare[]> {
  const used = type === 'VP8L' ? await losslessLength(data, size) : await alphaLength(data, size);
  return used === undefined || used >= data.length ? [] : [{ from: used, to: data.length }];
}

// Loaded with the first picture without loss.
async function losslessLength(data: Buffer, size: Size, hasHeader = true): Promise<number | undefined> {
  const { findLosslessEnd } = await import('./vp8l-end.ts');
  return findLosslessEnd(data, size, hasHeader);
}

// https://www.rfc-editor.org/rfc/rfc9649#section-2.7.1.2: a byte that says how, then a byte for each pixel, or a picture of which green is meant.
async function alphaLength(data: Buffer, size: Size): Promise<number | undefined> {
  const compression = data.readUInt8(0) & 3;
  if (compression === 0) return 1 + size.width * size.height;
  const used = compression === 1 ? await losslessLength(data.subarray(1), size, false) : undefined;
  return used === undefined ? undefined : 1 + used;
}

async function scrubFrame(
  transformer: ByteTransformer,
  chunk: Chunk,
  progress: Progress,
  check: CheckSize,
): Promise<void> {
  const { canvas } = progress;
  if (chunk.length < FRAME_HEADER_LENGTH) throw new ImageError('webp-invalid-frame-header');
  const head = (await transformer.peek(8 + FRAME_HEADER_LENGTH)).subarray(8);
  const declared = { width: readUInt24(head, 6) + 1, height: readUInt24(head, 9) + 1 };
  const right = readUInt24(head, 0) * 2 + declared.width;
  const bottom = readUInt24(head, 3) * 2 + declared.height;
  progress.frames += 1;
  check({ ...canvas, frames: progress.frames, counting: true });
  if (right > canvas.width || bottom > canvas.height) {
    throw new ImageError('webp-frame-beyond-canvas');
  }
  const end = transformer.position() + chunk.total;
  const parts = new Set<string>();
  await transformer.keep(8 + FRAME_HEADER_LENGTH);
  await walk(transformer, end, (part) => scrubPicture(transformer, part, parts, declared));
  if (!parts.has('picture')) throw new ImageError('webp-frame-without-picture');
}

/** Keeps the canvas header, without saying that EXIF or XMP follow. */
async function keepCanvas(transformer: ByteTransformer, chunk: Chunk, check: CheckSize): Promise<Progress> {
  if (chunk.length !== CANVAS_LENGTH) throw new ImageError('webp-invalid-canvas-header');
  const header = Buffer.from(await transformer.peek(chunk.total));
  const flags = header.readUInt8(8);
  const canvas = { width: readUInt24(header, 12) + 1, height: readUInt24(header, 15) + 1 };
  check({ ...canvas, frames: 1 });
  // The flags, and three bytes that are reserved.
  header.writeUInt32LE(flags & ~(EXIF_FLAG | XMP_FLAG), 8);
  await transformer.drop(chunk.total);
  await transformer.insert(header);
  return { canvas, animated: (flags & ANIMATION_FLAG) !== 0, parts: new Set(), frames: 0 };
}

/** Keeps the first colour profile, wherever it stands, and the first of the animation's parameters, which no decoder looks for behind a frame. */
async function keepOnce(transformer: ByteTransformer, chunk: Chunk, { parts, frames }: Progress): Promise<void> {
  if (parts.has(chunk.type)) return blank(transformer, chunk);
  if (chunk.type === 'ANIM' && frames > 0) throw new ImageError('webp-misplaced-chunk', { part: chunk.type });
  parts.add(chunk.type);
  if (chunk.type === 'ANIM') {
    return keepData(transformer, chunk, [{ from: Math.min(chunk.length, ANIMATION_LENGTH), to: chunk.length }]);
  }
  requireProfileLength(chunk.length);
  const clean = scrubProfile((await transformer.peek(chunk.total)).subarray(8, 8 + chunk.length));
  if (!clean.equals((await transformer.peek(8 + chunk.length)).subarray(8))) transformer.note('profile');
  await transformer.keep(8);
  await transformer.drop(chunk.total - 8);
  await transformer.insert(Buffer.concat([clean, Buffer.alloc(chunk.length % 2)]));
}

async function scrubExtended(
  transformer: ByteTransformer,
  chunk: Chunk,
  progress: Progress,
  check: CheckSize,
): Promise<void> {
  if (chunk.type === 'ICCP' || (chunk.type === 'ANIM' && progress.animated))
    return keepOnce(transformer, chunk, progress);
  if (!progress.animated) return scrubPicture(transformer, chunk, progress.parts, progress.canvas);
  if (chunk.type === 'ANMF') return scrubFrame(transformer, chunk, progress, check);
  if (['VP8 ', 'VP8L', 'ALPH'].includes(chunk.type)) {
    throw new ImageError('webp-picture-outside-frames');
  }
  return blank(transformer, chunk);
}

/** Scrubs a WebP: keeps pictures, alpha, colour profile and animation, and blanks every other chunk. */
export async function scrubWebp(transformer: ByteTransformer, check: CheckSize): Promise<ImageSize> {
  const end = 8 + (await transformer.peek(RIFF_LENGTH)).readUInt32LE(4);
  await transformer.keep(RIFF_LENGTH);
  const first = await peekChunk(transformer, end);
  if (first.type === 'VP8X') {
    const progress = await keepCanvas(transformer, first, check);
    await walk(transformer, end, (chunk) => scrubExtended(transformer, chunk, progress, check));
    if (progress.frames === 0 && !progress.parts.has('picture')) {
      throw new ImageError('webp-no-picture');
    }
    return { ...progress.canvas, frames: Math.max(1, progress.frames) };
  }
  if (first.type !== 'VP8 ' && first.type !== 'VP8L') throw new ImageError('webp-no-picture');
  const size = await peekSize(transformer, first);
  check({ ...size, frames: 1 });
  const parts = new Set<string>();
  await walk(transformer, end, (chunk) => scrubPicture(transformer, chunk, parts, size));
  return { ...size, frames: 1 };
}
