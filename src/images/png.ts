// https://www.w3.org/TR/png-3/
// A signature, then chunks: length, type, data, CRC-32. A type that begins with a small letter may be passed over by decoders.
import { crc32 } from 'node:zlib';
import type { ByteTransformer } from './byte-transformer.ts';
import { orientationTiff, readOrientation } from './exif.ts';
import { ImageError, isTruncated } from './image-error.ts';
import type { CheckSize, ImageSize } from './image-size.ts';
import { ANIMATING, INDEXED, isHeeded, KEPT_CHUNKS, MAX_CHUNK_LENGTH, toHeededLength } from './png-chunks.ts';
import type { PixelChunks } from './png-hold.ts';
import type { UnpackBudget } from './png-pixels.ts';
import { repackProfile } from './png-profile.ts';
import type { RowShape } from './png-rows.ts';
import { listExif } from './removed.ts';

/** The eight bytes that every PNG begins with. */
export const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

const END = Buffer.from('0000000049454e44ae426082', 'hex');

/** Chunks that may come once or must come before another. */
const TRACKED_CHUNKS = new Set(['IHDR', 'PLTE', 'IDAT', 'acTL']);

/** Bit depths and samples per pixel by colour type. */
const COLOUR_TYPES = new Map([
  [0, { depths: [1, 2, 4, 8, 16], samples: 1 }],
  [2, { depths: [8, 16], samples: 3 }],
  [3, { depths: [1, 2, 4, 8], samples: 1 }],
  [4, { depths: [8, 16], samples: 2 }],
  [6, { depths: [8, 16], samples: 4 }],
]);

// Deflate spends at least two bits on at most 258 bytes.
const MAX_INFLATION = 1032;
const MAX_EXIF_LENGTH = 65_536; // An IFD that begins later than this is not worth the memory.

interface Chunk {
  readonly type: string;
  readonly length: number;
}

interface Header extends RowShape {
  readonly colour: number;
  readonly rawLength: number;
}

/** What has passed of a PNG. */
interface Progress {
  readonly header: Header;
  readonly types: Set<string>;
  previous: string;
  dataLength: number;
  frames: number;
  controls: number;
  /** Colours of the palette. */
  colours: number;
  orientation?: number;
  /** The stream of the picture or frame at hand. */
  pixels?: PixelChunks | undefined;
  /** The size of the frame at hand. */
  frame?: { readonly width: number; readonly height: number };
  unpack?: UnpackBudget;
  /** The chunk at hand. */
  current: string;
}

async function peekChunk(transformer: ByteTransformer): Promise<Chunk> {
  transformer.beginPart();
  const head = await transformer.peek(8);
  const length = head.readUInt32BE(0);
  const type = head.toString('latin1', 4);
  if (!/^[A-Za-z]{4}$/.test(type) || length > MAX_CHUNK_LENGTH) {
    throw new ImageError('png-broken-chunk');
  }
  return { type, length };
}

const isPixels = (type: string): boolean => type === 'IDAT' || type === 'fdAT';

/** Whether decoders leave a chunk out that is damaged or where it should not be. */
const isAncillary = (type: string): boolean => /^[a-z]/.test(type) && !ANIMATING.has(type);

function checkCrc({ type }: Chunk, computed: number, stored: Buffer): void {
  if (stored.readUInt32BE(0) !== computed) {
    throw new ImageError('png-wrong-checksum', { part: type });
  }
}

/** Shows the data of a small chunk, its checksum verified. */
async function peekData(transformer: ByteTransformer, chunk: Chunk): Promise<Buffer> {
  const whole = await transformer.peek(chunk.length + 12);
  checkCrc(chunk, crc32(whole.subarray(4, -4)), whole.subarray(-4));
  return whole.subarray(8, -4);
}

/** Keeps a small chunk, its checksum verified. */
async function keepWhole(transformer: ByteTransformer, chunk: Chunk): Promise<void> {
  await peekData(transformer, chunk);
  await transformer.keep(chunk.length + 12);
}

/** Keeps a chunk of pixels of any length, but nothing that the rows do not need. */
async function keepPixels(transformer: ByteTransformer, chunk: Chunk, progress: Progress): Promise<void> {
  const isFrame = chunk.type === 'fdAT';
  const shape = { ...progress.header, ...(isFrame && progress.frame) };
  // Loaded with the first pixels.
  const { createPixelChunks, createPixelStream, createUnpackBudget, rowsLength } = await import('./png-hold.ts');
  progress.unpack ??= createUnpackBudget();
  progress.pixels ??= createPixelChunks(transformer, createPixelStream(rowsLength(shape), progress.unpack));
  // An animation's chunk counts itself ahead of its pixels.
  const before = 4 + Math.min(chunk.length, isFrame ? 4 : 0);
  await progress.pixels.pass({ before, length: chunk.length + 4 - before }, (computed, stored) =>
    checkCrc(chunk, computed, stored),
  );
}

function endPixels(progress: Progress): void {
  progress.pixels?.close();
  progress.pixels = undefined;
}

function parseHeader(data: Buffer): Header {
  const [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
  const colour = COLOUR_TYPES.get(data.readUInt8(9));
  const depth = data.readUInt8(8);
  const methods = data.readUInt8(10) === 0 && data.readUInt8(11) === 0 && data.readUInt8(12) <= 1;
  if (width === 0 || height === 0 || colour?.depths.includes(depth) !== true || !methods) {
    throw new ImageError('png-invalid-header');
  }
  const bitsPerPixel = colour.samples * depth;
  const rawLength = Math.ceil((width * height * bitsPerPixel) / 8);
  return { width, height, bitsPerPixel, interlaced: data.readUInt8(12) === 1, colour: data.readUInt8(9), rawLength };
}

async function keepHeader(transformer: ByteTransformer, check: CheckSize): Promise<Progress> {
  const chunk = await peekChunk(transformer);
  if (chunk.type !== 'IHDR' || chunk.length !== 13) {
    throw new ImageError('png-no-header');
  }
  const header = parseHeader(await peekData(transformer, chunk));
  check({ ...header, frames: 1 });
  await transformer.keep(chunk.length + 12);
  const counts = { dataLength: 0, frames: 0, controls: 0, colours: 0 };
  return { header, types: new Set(['IHDR']), previous: 'IHDR', current: '', ...counts };
}

/** Refuses a chunk that may not come here, so that decoders cannot disagree on what is drawn. */
function checkOrder({ type, length }: Chunk, progress: Progress): void {
  const { types, previous, header } = progress;
  // A palette behind the pixels is nobody's.
  const repeats = type === 'IHDR' || (type === 'PLTE' && types.has(type) && !types.has('IDAT'));
  const split = type === 'IDAT' && types.has('IDAT') && previous !== 'IDAT';
  const colourless = type === 'IDAT' && header.colour === INDEXED && !types.has('PLTE');
  const frameless = type === 'fdAT' && types.has('acTL') && progress.controls === 0;
  if (repeats || split || colourless || frameless) {
    throw new ImageError('png-misplaced-chunk', { part: type });
  }
  if (!isAncillary(type) && length > (KEPT_CHUNKS.get(type) ?? MAX_CHUNK_LENGTH)) {
    throw new ImageError('png-oversized-chunk', { part: type });
  }
}

async function noteAnimation(
  transformer: ByteTransformer,
  chunk: Chunk,
  progress: Progress,
  check: CheckSize,
): Promise<void> {
  const data = await peekData(transformer, chunk);
  if (data.length !== 8) throw new ImageError('apng-invalid-frame-count');
  progress.frames = data.readUInt32BE(0);
  check({ ...progress.header, frames: progress.frames });
}

async function noteFrame(transformer: ByteTransformer, chunk: Chunk, progress: Progress): Promise<void> {
  const { width, height } = progress.header;
  const data = await peekData(transformer, chunk);
  progress.controls += 1;
  const fits =
    data.length === 26 &&
    data.readUInt32BE(4) > 0 &&
    data.readUInt32BE(8) > 0 &&
    data.readUInt32BE(4) + data.readUInt32BE(12) <= width &&
    data.readUInt32BE(8) + data.readUInt32BE(16) <= height;
  if (!fits || progress.controls > progress.frames) throw new ImageError('apng-misfit-frame');
  progress.frame = { width: data.readUInt32BE(4), height: data.readUInt32BE(8) };
  endPixels(progress);
}

async function keepChunk(
  transformer: ByteTransformer,
  chunk: Chunk,
  progress: Progress,
  check: CheckSize,
): Promise<void> {
  if (isAncillary(chunk.type)) return keepAncillary(transformer, chunk, progress);
  if (chunk.type === 'acTL') await noteAnimation(transformer, chunk, progress, check);
  if (chunk.type === 'fcTL') await noteFrame(transformer, chunk, progress);
  if (chunk.type === 'IDAT') progress.dataLength += chunk.length;
  if (!isPixels(chunk.type)) return keepWhole(transformer, chunk);
  await keepPixels(transformer, chunk, progress);
}

/** Keeps a chunk that decoders leave out when its checksum is wrong; then it is dropped. */
async function keepAncillary(transformer: ByteTransformer, chunk: Chunk, progress: Progress): Promise<void> {
  const { type, length } = chunk;
  const whole = await transformer.peek(length + 12);
  const right = crc32(whole.subarray(4, -4)) === whole.readUInt32BE(length + 8);
  const heeded = toHeededLength(chunk, progress);
  if (!right) return transformer.drop(whole.length);
  if (type === 'iCCP') return keepProfile(transformer, whole, progress);
  if (heeded === length) return transformer.keep(whole.length);
  transformer.note('other');
  const begun = toChunk(type, whole.subarray(8, 8 + heeded));
  await transformer.drop(whole.length);
  await transformer.insert(begun);
}

/** Decoders look at no other profile than the first, be it broken. */
async function keepProfile(transformer: ByteTransformer, whole: Buffer, { types }: Progress): Promise<void> {
  const clean = types.has('iCCP') ? undefined : await repackProfile(whole.subarray(8, -4));
  types.add('iCCP');
  if (clean?.equals(whole.subarray(8, -4)) !== true) transformer.note('profile');
  await transformer.drop(whole.length);
  if (clean !== undefined) await transformer.insert(toChunk('iCCP', clean));
}

/** Says what a chunk holds that does not stay. */
function noteChunk(transformer: ByteTransformer, { type }: Chunk, exif: Buffer | undefined, head: Buffer): void {
  if (exif !== undefined) for (const part of listExif(exif.subarray(8))) transformer.note(part);
  else if (!['tEXt', 'zTXt', 'iTXt'].includes(type)) transformer.note('other');
  else transformer.note(head.toString('latin1', 8).startsWith('XML:com.adobe.xmp') ? 'xmp' : 'comment');
}

/** Drops a chunk; of EXIF the orientation stays, because browsers turn the image by it. */
async function dropChunk(transformer: ByteTransformer, chunk: Chunk, progress: Progress): Promise<void> {
  const first = chunk.type === 'eXIf' && !progress.types.has('eXIf');
  const exif = first ? await transformer.peek(8 + Math.min(chunk.length, MAX_EXIF_LENGTH)) : undefined;
  noteChunk(transformer, chunk, exif, await transformer.peekUpTo(26));
  const orientation = exif === undefined ? 1 : readOrientation(exif.subarray(8));
  let crc = 0;
  await transformer.drop(4);
  await transformer.drop(chunk.length + 4, (piece) => {
    if (first) crc = crc32(piece, crc);
  });
  const stored = (await transformer.peek(4)).readUInt32BE(0);
  await transformer.drop(4);
  if (!first || crc !== stored) return;
  progress.types.add('eXIf');
  if (orientation === 1) return;
  // Behind the picture nobody heeds it.
  if (!progress.types.has('IDAT')) progress.orientation = orientation;
  await transformer.insert(toChunk('eXIf', orientationTiff(orientation)));
}

function toChunk(type: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(data.length + 12);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return chunk;
}

function checkComplete(progress: Progress): void {
  if (progress.dataLength * MAX_INFLATION < progress.header.rawLength) throw new ImageError('png-too-little-data');
  if (progress.types.has('acTL') && progress.controls !== progress.frames) {
    throw new ImageError('apng-missing-frames');
  }
}

async function scrubChunk(transformer: ByteTransformer, progress: Progress, check: CheckSize): Promise<void> {
  progress.current = '';
  const chunk = await peekChunk(transformer);
  progress.current = chunk.type;
  if (!isPixels(chunk.type)) await progress.pixels?.release();
  if (chunk.type === 'IEND') await transformer.drop((await transformer.peekUpTo(END.length)).length);
  else await scrubMiddle(transformer, chunk, progress, check);
  progress.previous = chunk.type;
}

async function scrubMiddle(
  transformer: ByteTransformer,
  chunk: Chunk,
  progress: Progress,
  check: CheckSize,
): Promise<void> {
  checkOrder(chunk, progress);
  const known = KEPT_CHUNKS.has(chunk.type);
  if (!known && !isAncillary(chunk.type)) throw new ImageError('png-unknown-chunk', { part: chunk.type });
  // A palette that is left out may come once all the same.
  if (chunk.type === 'PLTE') progress.types.add(chunk.type);
  if (known && isHeeded(chunk, progress)) {
    await keepChunk(transformer, chunk, progress, check);
    if (chunk.type === 'PLTE') progress.colours = chunk.length / 3;
    if (TRACKED_CHUNKS.has(chunk.type)) progress.types.add(chunk.type);
  } else await dropChunk(transformer, chunk, progress);
}

/** Whether a file that ends, or goes on as no PNG does, lacks no more than its end: nothing that draws is cut. */
function isEnd(error: unknown, { types, current }: Progress): boolean {
  const broken = isTruncated(error) || (error instanceof ImageError && error.code === 'png-broken-chunk');
  return broken && types.has('IDAT') && (current === '' || isAncillary(current));
}

async function scrubChunks(transformer: ByteTransformer, progress: Progress, check: CheckSize): Promise<void> {
  try {
    while (progress.previous !== 'IEND') await scrubChunk(transformer, progress, check);
  } catch (error) {
    if (!isEnd(error, progress)) throw error;
  }
}

/** Scrubs a PNG or APNG: keeps the chunks that draw it and, of EXIF, the orientation. */
export async function scrubPng(transformer: ByteTransformer, check: CheckSize): Promise<ImageSize> {
  await transformer.keep(PNG_SIGNATURE.length);
  const progress = await keepHeader(transformer, check);
  try {
    await scrubChunks(transformer, progress, check);
    await progress.pixels?.release();
  } finally {
    endPixels(progress);
  }
  await transformer.insert(END);
  checkComplete(progress);
  const { header, frames, orientation } = progress;
  return { width: header.width, height: header.height, frames: Math.max(1, frames), orientation };
}
