// https://www.w3.org/TR/png-3/#8InterlaceMethods
import { createDeflate, createInflateRaw } from 'node:zlib';

/** What the rows of a picture or frame are made of. */
export interface RowShape {
  readonly width: number;
  readonly height: number;
  readonly bitsPerPixel: number;
  readonly interlaced: boolean;
}

const HEADER_LENGTH = 2;
const PRESET_DICTIONARY = 0x20;

/** For each pass, the first column and row, and how far it is to the next. */
const WHOLE = [[0, 0, 1, 1]] as const;
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** How many bytes the rows of a picture have, with a filter ahead of each. */
export function rowsLength({ width, height, bitsPerPixel, interlaced }: RowShape): number {
  let length = 0;
  for (const [x, y, across, down] of interlaced ? PASSES : WHOLE) {
    const columns = Math.max(0, Math.ceil((width - x) / across));
    const rows = Math.max(0, Math.ceil((height - y) / down));
    if (columns > 0) length += rows * (1 + Math.ceil((columns * bitsPerPixel) / 8));
  }
  return length;
}

/** Unpacks a zlib stream up to the end of the rows and packs these anew, in other threads; nothing where decoders show none. */
export async function repackRows(packed: readonly Buffer[], length: number): Promise<Buffer | undefined> {
  const all = Buffer.concat(packed);
  const header = all.readUInt16BE(0);
  const isDeflated = (header & 0x0f00) === 0x0800 && header >>> 12 <= 7;
  if (!isDeflated || header % 31 !== 0 || (header & PRESET_DICTIONARY) !== 0) return undefined;
  const inflater = createInflateRaw({ windowBits: 8 + (header >>> 12) });
  inflater.end(all.subarray(HEADER_LENGTH));
  return packFirst(inflater, length).catch(() => undefined);
}

async function packFirst(pieces: AsyncIterable<Buffer>, length: number): Promise<Buffer> {
  const deflater = createDeflate();
  const packed: Buffer[] = [];
  deflater.on('data', (piece: Buffer) => packed.push(piece));
  let left = length;
  for await (const piece of pieces) {
    await new Promise<void>((resolve) => void deflater.write(piece.subarray(0, left), () => resolve()));
    left -= piece.length;
    if (left <= 0) break;
  }
  await new Promise<void>((resolve) => void deflater.once('end', resolve).end());
  return Buffer.concat(packed);
}
