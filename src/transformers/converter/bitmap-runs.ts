// https://learn.microsoft.com/windows/win32/gdi/bitmap-compression
import type { BitmapHeader } from './bitmap-header.ts';
import { type Breathe, truncated } from './raster.ts';

/** Commands between two breaths, each of at most 255 pixels. */
const COMMANDS_A_PIECE = 5000;

const [END_OF_LINE, END_OF_BITMAP, DELTA] = [0, 1, 2];
/** Instead of where the next command is. */
const ENDED = -1;

/** Draws what is compressed by runs; what no run reaches is transparent, and what would lie outside is left out. @throws {AppError} InvalidImage where it is cut off */
export async function drawRuns(
  header: Pick<BitmapHeader, 'width' | 'height' | 'depth'>,
  pixels: Buffer,
  colours: Uint32Array,
  breathe: Breathe,
): Promise<Uint8Array> {
  const pen = createPen(header, colours);
  const run = createRunner(pixels, header.depth, pen);
  for (let at = 0, commands = 0; at + 1 < pixels.length && pen.isInside(); commands += 1) {
    if (commands % COMMANDS_A_PIECE === 0) await breathe();
    at = run(at);
    // The end of the bitmap, which everything may follow.
    if (at === ENDED) return pen.drawn();
  }
  // Of what is cut off there must be no half picture.
  if (!pen.isFull()) throw truncated();
  return pen.drawn();
}

/** Does the command that stands somewhere, and says where the next one does, or that there is none. */
function createRunner(pixels: Buffer, depth: number, pen: Pen): (at: number) => number {
  const byte = (at: number): number => pixels[at] ?? 0;
  /** Pixels of four bits come in pairs. */
  const indexAt = (at: number, pixel: number): number =>
    depth === 8 ? byte(at + pixel) : (byte(at + (pixel >> 1)) >> (pixel % 2 === 0 ? 4 : 0)) & 15;
  /** As many pixels as there are, filled up to two bytes. */
  const copy = (at: number, count: number): number => {
    for (let pixel = 0; pixel < count; pixel += 1) pen.put(indexAt(at, pixel));
    return at + 2 * Math.ceil((count * depth) / 16);
  };
  /** One pixel again and again, or two of four bits by turns. */
  const repeat = (at: number, count: number): number => {
    const pair = [indexAt(at, 0), depth === 8 ? indexAt(at, 0) : indexAt(at, 1)] as const;
    for (let pixel = 0; pixel < count; pixel += 1) pen.put(pair[pixel % 2 === 0 ? 0 : 1]);
    return at + 1;
  };

  return (at) => {
    const [count, value] = [byte(at), byte(at + 1)];
    if (count > 0) return repeat(at + 1, count);
    if (value === END_OF_BITMAP) return ENDED;
    if (value > DELTA) return copy(at + 2, value);
    if (value === END_OF_LINE) pen.nextLine();
    else pen.move(byte(at + 2), byte(at + 3));
    return at + (value === DELTA ? 4 : 2);
  };
}

type Pen = ReturnType<typeof createPen>;

/** Draws pixel after pixel in rows that are counted from the bottom. */
function createPen({ width, height }: Pick<BitmapHeader, 'width' | 'height'>, colours: Uint32Array) {
  const pixels = new Uint32Array(width * height);
  let [x, row] = [0, 0];
  return {
    isInside: (): boolean => row < height,
    isFull: (): boolean => row >= height || (row === height - 1 && x >= width),
    put: (index: number): void => {
      if (x < width) pixels[(height - 1 - row) * width + x] = colours[index] ?? 0;
      x += 1;
    },
    nextLine: (): void => {
      [x, row] = [0, row + 1];
    },
    move: (right: number, up: number): void => {
      [x, row] = [x + right, row + up];
    },
    drawn: (): Uint8Array => new Uint8Array(pixels.buffer),
  };
}
