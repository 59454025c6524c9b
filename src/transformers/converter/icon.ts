// https://learn.microsoft.com/previous-versions/ms997538(v=msdn.10)
import { decodeBitmap, hasAlpha, strideOf } from './bitmap.ts';
import { type BitmapHeader, readBitmapHeader } from './bitmap-header.ts';
import { type Breathe, invalid, type PictureLimits, type Raster, requireSize, truncated } from './raster.ts';

const DIRECTORY_BYTES = 6;
const ENTRY_BYTES = 16;
/** Icons have 256 pixels a side, and some few more; what draws one is not stopped on the way. */
const MAX_PIXELS = 2048 * 2048;
const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** The largest picture of an icon, or of a cursor: its pixels, or the PNG that it is already. @throws {AppError} InvalidImage, EntityTooLarge */
export async function decodeIcon(bytes: Buffer, limits: PictureLimits, breathe: Breathe): Promise<Raster | Buffer> {
  const picture = largestOf(bytes);
  if (picture.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)) return picture;
  const said = readBitmapHeader(picture, 0);
  if (said.compression === 'runs')
    throw invalid({ zh: 'ICO 中的图片被压缩', en: 'The picture in the ICO is compressed' });
  // Twice as high: below the picture lies the mask of what is transparent.
  const header = { ...said, height: Math.floor(said.height / 2) };
  requireSize(header, { ...limits, maxPixels: Math.min(limits.maxPixels, MAX_PIXELS) });
  const pixels = picture.subarray(header.end);
  const masks = header.depth === 32 ? ([0xff0000, 0xff00, 0xff, 0xff000000] as const) : header.masks;
  const { data, end } = await decodeBitmap({ ...header, masks }, pixels, picture, breathe);
  if (header.depth !== 32 || !(await hasAlpha(data, breathe))) applyMask(header, data, pixels.subarray(end));
  return { width: header.width, height: header.height, hasAlpha: true, data };
}

/** Of pictures of one size, that of the most colours. */
function largestOf(bytes: Buffer): Buffer {
  const count = Math.min(bytes.readUInt16LE(4), Math.floor((bytes.length - DIRECTORY_BYTES) / ENTRY_BYTES));
  let best: { readonly rank: number; readonly at: number } | undefined;
  for (let index = 0; index < count; index += 1) {
    const at = DIRECTORY_BYTES + index * ENTRY_BYTES;
    // A side of 256 is written as 0, and of a cursor the place of its point is where the depth else is.
    const [width, height] = [bytes[at] || 256, bytes[at + 1] || 256];
    const rank = width * height * 64 + (bytes[2] === 1 ? Math.min(32, bytes.readUInt16LE(at + 6)) : 0);
    if (best === undefined || rank > best.rank) best = { rank, at };
  }
  if (best === undefined) throw invalid({ zh: 'ICO 中没有图片', en: 'The ICO has no picture in it' });
  const [size, offset] = [bytes.readUInt32LE(best.at + 8), bytes.readUInt32LE(best.at + 12)];
  if (offset >= bytes.length) throw truncated();
  return bytes.subarray(offset, offset + size);
}

/** Makes opaque what the mask does not clear; of an icon that ends before its mask, everything. */
function applyMask({ width, height, isTopDown }: BitmapHeader, data: Uint8Array, mask: Buffer): void {
  const stride = strideOf(width, 1);
  const isWhole = mask.length >= stride * height;
  for (let row = 0; row < height; row += 1) {
    const y = isTopDown ? row : height - 1 - row;
    for (let x = 0; x < width; x += 1) {
      const isClear = isWhole && ((mask[row * stride + (x >> 3)] ?? 0) & (128 >> (x & 7))) !== 0;
      data[(y * width + x) * 4 + 3] = isClear ? 0 : 255;
    }
  }
}
