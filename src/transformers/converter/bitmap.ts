// https://learn.microsoft.com/windows/win32/gdi/bitmap-storage
import { type BitmapHeader, type Mask, readBitmapHeader } from './bitmap-header.ts';
import { drawRuns } from './bitmap-runs.ts';
import { type Breathe, type PictureLimits, type Raster, requireSize, truncated } from './raster.ts';

/** Pixels between two breaths: some milliseconds. */
const PIXELS_A_PIECE = 200_000;
const FILE_HEADER_BYTES = 14;

/** Decodes a file that begins with `BM`. @throws {AppError} InvalidImage, EntityTooLarge */
export async function decodeBitmapFile(bytes: Buffer, limits: PictureLimits, breathe: Breathe): Promise<Raster> {
  const header = readBitmapHeader(bytes, FILE_HEADER_BYTES);
  requireSize(header, limits);
  const { width, height, compression, masks, palette, end } = header;
  const told = bytes.readUInt32LE(10);
  const { data } = await decodeBitmap(header, bytes.subarray(told < palette.at ? end : told), bytes, breathe);
  const mayHaveAlpha = compression === 'runs' || masks[3] !== 0;
  return { width, height, hasAlpha: mayHaveAlpha && (await hasAlpha(data, breathe)), data };
}

/** Draws what a header says; `pixels` begin where its pixels do, and `bytes` hold its palette. What follows the pixels is at `end`. */
export async function decodeBitmap(
  header: BitmapHeader,
  pixels: Buffer,
  bytes: Buffer,
  breathe: Breathe,
): Promise<{ readonly data: Uint8Array; readonly end: number }> {
  const { width, height, depth } = header;
  const colours = depth <= 8 ? readPalette(header, bytes) : undefined;
  if (header.compression === 'runs') {
    const data = await drawRuns(header, pixels, colours ?? new Uint32Array(), breathe);
    return { data, end: pixels.length };
  }
  const stride = strideOf(width, depth);
  // The last row need not be filled up.
  if (pixels.length < stride * (height - 1) + Math.ceil((width * depth) / 8)) throw truncated();
  const data = new Uint8Array(width * height * 4);
  const drawRow = colours === undefined ? fieldsOf(header) : indexesOf(header, colours);
  const rowsAPiece = Math.max(1, Math.floor(PIXELS_A_PIECE / width));
  for (let row = 0; row < height; row += 1) {
    if (row % rowsAPiece === 0) await breathe();
    const y = header.isTopDown ? row : height - 1 - row;
    drawRow(pixels, row * stride, data.subarray(y * width * 4, (y + 1) * width * 4));
  }
  return { data, end: stride * height };
}

/** Bytes of a row, which are filled up to four. */
export const strideOf = (width: number, depth: number): number => Math.ceil((width * depth) / 32) * 4;

type DrawRow = (pixels: Buffer, at: number, row: Uint8Array) => void;

/** Colours as the four bytes of a pixel, in the order of this machine; what is not in the palette is black. */
function readPalette({ palette: { at, entryBytes, entries } }: BitmapHeader, bytes: Buffer): Uint32Array {
  const rgba = new Uint8Array(256 * 4).map((_, index) => (index % 4 === 3 ? 255 : 0));
  for (let index = 0; index < entries; index += 1) {
    const entry = at + index * entryBytes;
    rgba.set([bytes[entry + 2] ?? 0, bytes[entry + 1] ?? 0, bytes[entry] ?? 0], index * 4);
  }
  return new Uint32Array(rgba.buffer);
}

function indexesOf({ width, depth }: BitmapHeader, colours: Uint32Array): DrawRow {
  const mask = 2 ** depth - 1;
  return (pixels, at, row) => {
    const out = new Uint32Array(row.buffer, row.byteOffset, width);
    for (let x = 0; x < width; x += 1) {
      const bit = x * depth;
      const shift = 8 - depth - (bit & 7);
      out[x] = colours[((pixels[at + (bit >>> 3)] ?? 0) >>> shift) & mask] ?? 0;
    }
  };
}

function fieldsOf({ width, depth, masks }: BitmapHeader): DrawRow {
  const [red, green, blue] = [channelOf(masks[0]), channelOf(masks[1]), channelOf(masks[2])];
  const alpha = masks[3] === 0 ? () => 255 : channelOf(masks[3]);
  const bytesAPixel = depth / 8;
  return (pixels, at, row) => {
    for (let x = 0, out = 0; x < width; x += 1, out += 4) {
      const value = pixels.readUIntLE(at + x * bytesAPixel, bytesAPixel);
      row[out] = red(value);
      row[out + 1] = green(value);
      row[out + 2] = blue(value);
      row[out + 3] = alpha(value);
    }
  };
}

/** Reads a channel, in eight bits whatever it has. */
function channelOf(mask: Mask): (value: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  if (most === 255) return (value) => (value >>> shift) & 255;
  const scale = 255 / most;
  return (value) => Math.round(((value & mask) >>> shift) * scale);
}

/** An alpha that is nowhere anything but zero is none: many programs leave it unwritten. */
export async function hasAlpha(data: Uint8Array, breathe: Breathe): Promise<boolean> {
  for (let start = 0; start < data.length; start += PIXELS_A_PIECE * 4) {
    await breathe();
    const end = Math.min(data.length, start + PIXELS_A_PIECE * 4);
    for (let at = start + 3; at < end; at += 4) if (data[at] !== 0) return true;
  }
  return false;
}
