// https://www.w3.org/Graphics/JPEG/itu-t81.pdf (B: compressed data formats) and https://www.w3.org/Graphics/JPEG/jfif3.pdf
// Segments: 0xFF, code, length, data. After a scan's header come coded data, a byte 0xFF in them written 0xFF 0x00, up to the next marker.
import type { ByteTransformer } from './byte-transformer.ts';
import { orientationTiff, readOrientation } from './exif.ts';
import { isUsable, requireProfileLength, scrubProfile } from './icc.ts';
import { ImageError, isTruncated } from './image-error.ts';
import type { CheckSize, ImageSize } from './image-size.ts';
import type { Coding } from './jpeg-coding.ts';
import type { passScan as PassScan } from './jpeg-scan.ts';
import { areTables, isTables } from './jpeg-tables.ts';
import { listExif, type RemovedPart } from './removed.ts';

const SOI_LENGTH = 2;
const END = Buffer.from([0xff, 0xd9]);
const EOI = 0xd9;
const SOS = 0xda;
const DHT = 0xc4;
const DRI = 0xdd;
const DNL = 0xdc;
const TEM = 0x01;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP13 = 0xed;
const APP14 = 0xee;
const APP15 = 0xef;
const COM = 0xfe;

/** Frame headers that a picture can begin with: baseline, extended and progressive, by Huffman or arithmetic coding. */
const FRAMES = new Set([0xc0, 0xc1, 0xc2, 0xc9, 0xca]);
/** Frame headers of lossless pictures, which no browser shows. */
const LOSSLESS = new Set([0xc3, 0xcb]);
/** How finely the samples that browsers show are graded. */
const PRECISION = 8;
const MAX_SAMPLING = 4;

const JFIF = Buffer.from('JFIF\0', 'latin1');
const JFIF_LENGTH = 14;
const EXIF = Buffer.from('Exif\0', 'latin1');
/** With a byte of padding. */
const EXIF_HEAD_LENGTH = EXIF.length + 1;
const ICC_PROFILE = Buffer.from('ICC_PROFILE\0', 'latin1');
const ICC_HEAD_LENGTH = ICC_PROFILE.length + 2;
const ADOBE = Buffer.from('Adobe', 'latin1');
const ADOBE_LENGTH = 12;

/** What has passed of a JPEG. */
interface Progress {
  size?: ImageSize;
  components: number;
  scans: number;
  readonly coding: Coding;
  readonly passScan: typeof PassScan;
  /** Whether scans may be cut into intervals. */
  restarts: boolean;
  exif: boolean;
  orientation: number;
  /** The parts of a colour profile that have come so far, by their number. */
  readonly profile: Map<number, Buffer>;
}

/** A stuffed byte or a restart, both of which coded data hold. */
const isCoded = (code: number): boolean => code === 0 || (code >= 0xd0 && code <= 0xd7);
/** What stands for nothing between segments. */
const isStray = (code: number): boolean => isCoded(code) || code === TEM;
const hexOf = (code: number): string => `0x${code.toString(16).toUpperCase().padStart(2, '0')}`;

function startsWith(data: Buffer, prefix: Buffer): boolean {
  return data.length >= prefix.length && data.compare(prefix, 0, prefix.length, 0, prefix.length) === 0;
}

/** Where what comes before a marker ends in `piece`: at the marker, or at a last byte that may begin one. */
function lengthUpToMarker(piece: Buffer, isPassed: (code: number) => boolean): number {
  let at = piece.indexOf(0xff);
  while (at !== -1) {
    const code = piece[at + 1];
    if (code === 0xff) at += 1;
    else if (code !== undefined && isPassed(code)) at = piece.indexOf(0xff, at + 2);
    else return at;
  }
  return piece.length;
}

/** Keeps fill bytes ahead of a marker and shows its code; 0 for a stuffed byte. */
async function codeAfterFill(transformer: ByteTransformer): Promise<number> {
  for (;;) {
    const code = (await transformer.peek(2)).readUInt8(1);
    if (code !== 0xff) return code;
    const piece = await transformer.piece();
    const end = piece.findIndex((byte) => byte !== 0xff);
    await transformer.keep((end === -1 ? piece.length : end) - 1);
  }
}

/** Drops what is no marker, as decoders pass over it, and shows the code of the marker that comes next. */
async function nextCode(
  transformer: ByteTransformer,
  isPassed = isStray,
  part: RemovedPart = 'other',
): Promise<number> {
  for (;;) {
    if ((await transformer.peek(1)).readUInt8(0) === 0xff) {
      const code = await codeAfterFill(transformer);
      if (!isPassed(code)) return code;
    }
    const piece = await transformer.piece();
    const length = lengthUpToMarker(piece, isPassed);
    if (piece.subarray(0, length).some((byte) => byte !== 0 && byte !== 0xff)) transformer.note(part);
    await transformer.drop(length);
  }
}

/** Drops what is behind the coded data that a scan or an interval needs, and shows the code of the marker that comes next. */
const dropTrailing = (transformer: ByteTransformer, alsoRestarts: boolean): Promise<number> =>
  nextCode(transformer, alsoRestarts ? isStray : (code) => code === 0, 'trailing');

/** Shows a segment's data, without its marker and length. */
async function peekSegment(transformer: ByteTransformer): Promise<Buffer> {
  const length = (await transformer.peek(4)).readUInt16BE(2);
  if (length < 2) throw new ImageError('jpeg-invalid-segment-length');
  return (await transformer.peek(2 + length)).subarray(4);
}

const keepSegment = (transformer: ByteTransformer, data: Buffer): Promise<void> => transformer.keep(4 + data.length);
const dropSegment = (transformer: ByteTransformer, data: Buffer): Promise<void> => transformer.drop(4 + data.length);

async function replaceSegment(transformer: ByteTransformer, data: Buffer, replacement: Buffer): Promise<void> {
  const head = Buffer.from((await transformer.peek(4)).subarray(0, 4));
  head.writeUInt16BE(replacement.length + 2, 2);
  await dropSegment(transformer, data);
  await transformer.insert(Buffer.concat([head, replacement]));
}

/** Keeps JFIF's fixed fields only: a thumbnail shows what may have been cropped away. */
async function scrubJfif(transformer: ByteTransformer, data: Buffer): Promise<void> {
  if (!startsWith(data, JFIF) || data.length < JFIF_LENGTH) return dropSegment(transformer, data);
  if (data.length === JFIF_LENGTH && data.readUInt16BE(12) === 0) return keepSegment(transformer, data);
  const fields = Buffer.from(data.subarray(0, JFIF_LENGTH));
  fields.writeUInt16BE(0, 12);
  return replaceSegment(transformer, data, fields);
}

/** Drops EXIF and XMP; of the first EXIF with anything in it the orientation stays, because browsers turn the image by it. */
async function scrubExif(transformer: ByteTransformer, data: Buffer, progress: Progress): Promise<void> {
  const first = startsWith(data, EXIF) && !progress.exif && progress.scans === 0;
  if (!first || data.length === EXIF_HEAD_LENGTH) return dropSegment(transformer, data);
  progress.exif = true;
  const orientation = readOrientation(data.subarray(EXIF_HEAD_LENGTH));
  progress.orientation = orientation;
  if (orientation === 1) return dropSegment(transformer, data);
  return replaceSegment(transformer, data, Buffer.concat([EXIF, Buffer.alloc(1), orientationTiff(orientation)]));
}

async function scrubAdobe(transformer: ByteTransformer, data: Buffer): Promise<void> {
  if (!startsWith(data, ADOBE) || data.length < ADOBE_LENGTH) return dropSegment(transformer, data);
  if (data.length === ADOBE_LENGTH) return keepSegment(transformer, data);
  return replaceSegment(transformer, data, Buffer.from(data.subarray(0, ADOBE_LENGTH)));
}

/** Holds the parts of a colour profile back until the last has come. Decoders look for none after a scan has begun. */
async function scrubProfilePart(transformer: ByteTransformer, data: Buffer, progress: Progress): Promise<void> {
  const { profile } = progress;
  const [number, count] = data.subarray(ICC_PROFILE.length);
  if (count === undefined || progress.scans > 0) return dropSegment(transformer, data);
  if (number !== undefined && number >= 1 && number <= count) profile.set(number, Buffer.from(data));
  await dropSegment(transformer, data);
  requireProfileLength([...profile.values()].reduce((length, part) => length + part.length, 0));
  if (profile.size !== count) return;
  const parts = [...profile].toSorted(([a], [b]) => a - b).map(([, part]) => part);
  profile.clear();
  const whole = Buffer.concat(parts.map((part) => part.subarray(ICC_HEAD_LENGTH)));
  const clean = scrubProfile(whole);
  if (!clean.equals(whole)) transformer.note('profile');
  if (isUsable(clean)) await insertProfile(transformer, parts, clean);
}

/** Writes a profile in parts as long as those that it came in. */
async function insertProfile(transformer: ByteTransformer, parts: readonly Buffer[], clean: Buffer): Promise<void> {
  let at = 0;
  for (const part of parts) {
    const length = part.length - ICC_HEAD_LENGTH;
    const head = Buffer.from([0xff, APP2, 0, 0]);
    head.writeUInt16BE(part.length + 2, 2);
    await transformer.insert(Buffer.concat([head, part.subarray(0, ICC_HEAD_LENGTH), clean.subarray(at, at + length)]));
    at += length;
  }
}

/** Says what a segment holds that does not stay. */
function noteSegment(transformer: ByteTransformer, code: number, data: Buffer): void {
  if (code === APP1 && startsWith(data, EXIF))
    for (const part of listExif(data.subarray(EXIF_HEAD_LENGTH))) transformer.note(part);
  else if (code === APP1) transformer.note('xmp');
  else if (code === APP0 && (!startsWith(data, JFIF) || data.length > JFIF_LENGTH)) transformer.note('thumbnail');
  else if (code === APP13) transformer.note('iptc');
  else if (![APP0, APP2, APP14].includes(code) || (code === APP2 && !startsWith(data, ICC_PROFILE))) {
    transformer.note('other');
  }
}

async function scrubApplication(transformer: ByteTransformer, code: number, progress: Progress): Promise<void> {
  const data = await peekSegment(transformer);
  noteSegment(transformer, code, data);
  if (code === APP0) return scrubJfif(transformer, data);
  if (code === APP1) return scrubExif(transformer, data, progress);
  if (code === APP14) return scrubAdobe(transformer, data);
  if (code === APP2 && startsWith(data, ICC_PROFILE)) return scrubProfilePart(transformer, data, progress);
  return dropSegment(transformer, data);
}

function requireSampling(factors: number): void {
  const [across, down] = [factors >> 4, factors & 15];
  if (Math.min(across, down) < 1 || Math.max(across, down) > MAX_SAMPLING) {
    throw new ImageError('jpeg-invalid-frame-header');
  }
}

async function keepFrame(
  transformer: ByteTransformer,
  code: number,
  progress: Progress,
  check: CheckSize,
): Promise<void> {
  const data = await peekSegment(transformer);
  const components = data.length < 6 ? 0 : data.readUInt8(5);
  const bits = data.at(0) ?? 0;
  if (bits > PRECISION) throw new ImageError('jpeg-unshown-precision', { part: String(bits) });
  if (progress.size !== undefined || components < 1 || components > 4 || data.length !== 6 + 3 * components) {
    throw new ImageError('jpeg-invalid-frame-header');
  }
  for (let at = 7; at < data.length; at += 3) requireSampling(data.readUInt8(at));
  const size = { width: data.readUInt16BE(3), height: data.readUInt16BE(1), frames: 1 };
  if (size.width === 0 || size.height === 0) {
    throw new ImageError('jpeg-no-size');
  }
  check(size);
  progress.size = size;
  progress.components = components;
  progress.coding.setFrame(code, data);
  await keepSegment(transformer, data);
}

async function keepScan(transformer: ByteTransformer, progress: Progress): Promise<void> {
  const data = await peekSegment(transformer);
  const components = data.length < 1 ? 0 : data.readUInt8(0);
  if (components < 1 || components > progress.components || data.length !== 4 + 2 * components) {
    throw new ImageError('jpeg-invalid-scan-header');
  }
  progress.scans += 1;
  const scan = progress.coding.begin(data);
  await keepSegment(transformer, data);
  if (scan !== undefined && (await progress.passScan(transformer, scan, { codeAfterFill, dropTrailing }))) return;
  progress.coding.lose();
  await keepCoded(transformer, progress);
}

/** Keeps coded data of which the end is not known otherwise than by a marker. */
async function keepCoded(transformer: ByteTransformer, { restarts }: Progress): Promise<void> {
  for (;;) {
    const piece = await transformer.piece();
    const length = lengthUpToMarker(piece, isCoded);
    await transformer.keep(length);
    if (length === piece.length) continue;
    const code = await codeAfterFill(transformer);
    // Behind a marker that says nothing, decoders go on with the next restart.
    if (!isCoded(code) && !(restarts && code === TEM)) return;
    await transformer.keep(2);
  }
}

async function keepTables(transformer: ByteTransformer, code: number, progress: Progress): Promise<void> {
  const { coding } = progress;
  const data = await peekSegment(transformer);
  if (!areTables(code, data)) throw new ImageError('jpeg-invalid-segment-length');
  if (code === DHT) coding.setCodes(data);
  if (code === DRI) coding.setRestart(data);
  if (code === DRI) progress.restarts = true;
  await keepSegment(transformer, data);
}

async function scrubSegment(
  transformer: ByteTransformer,
  code: number,
  progress: Progress,
  check: CheckSize,
): Promise<void> {
  if (code >= APP0 && code <= APP15) return scrubApplication(transformer, code, progress);
  if (code === COM) transformer.note('comment');
  if (code === COM || code === DNL) return dropSegment(transformer, await peekSegment(transformer));
  if (isTables(code)) return keepTables(transformer, code, progress);
  if (FRAMES.has(code)) return keepFrame(transformer, code, progress, check);
  if (LOSSLESS.has(code)) throw new ImageError('jpeg-lossless');
  if (code === SOS) return keepScan(transformer, progress);
  throw new ImageError('jpeg-unexpected-marker', { part: hexOf(code) });
}

/** Passes all segments up to the end; answers whether the end is there, which decoders do without after a scan. */
async function scrubSegments(transformer: ByteTransformer, progress: Progress, check: CheckSize): Promise<boolean> {
  try {
    for (let code = await nextCode(transformer); code !== EOI; code = await nextCode(transformer)) {
      transformer.beginPart();
      await scrubSegment(transformer, code, progress, check);
    }
    return true;
  } catch (error) {
    if (progress.scans === 0 || !isTruncated(error)) throw error;
    return false;
  }
}

/** Scrubs a JPEG: keeps what decodes it, its colour profile and, of EXIF, the orientation. */
export async function scrubJpeg(transformer: ByteTransformer, check: CheckSize): Promise<ImageSize> {
  // Loaded with the first JPEG: uploads of other formats do without.
  const { createCoding, passScan } = await import('./jpeg-scan.ts');
  const coding = createCoding();
  const progress: Progress = {
    components: 0,
    scans: 0,
    coding,
    passScan,
    restarts: false,
    exif: false,
    orientation: 1,
    profile: new Map(),
  };
  await transformer.keep(SOI_LENGTH);
  const isEnded = await scrubSegments(transformer, progress, check);
  if (progress.size === undefined || progress.scans === 0) {
    throw new ImageError('jpeg-no-picture');
  }
  if (isEnded) await transformer.keep(2);
  else await transformer.insert(END);
  return { ...progress.size, orientation: progress.orientation };
}
