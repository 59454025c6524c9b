// https://www.rfc-editor.org/rfc/rfc9649#section-3 (lossless WebP: transforms, then a picture of prefix codes)
// Only pictures that choose codes are worked out; of the others, it counts how many pixels each code draws.
import { breathe } from './breathe.ts';
import { type LowBits, NoEndError, type PrefixCode, readBits, readPrefixCode, readSymbol } from './vp8l-codes.ts';

const COLOUR_INDEXING = 3;
const SUBTRACT_GREEN = 2;
const LITERALS = 256;
const FIRST_CACHED = LITERALS + 24;
const DISTANCES = 40;
const MAX_CACHE = 11;
/** As many as some encoders use, and some more: each takes up to 5 kB. */
const MAX_GROUPS = 4096;
const HASH = 0x1e35a7bd;
/** Steps that may take no bits at all, and how many may be for each that is taken. */
const FREE_STEPS = 4_000_000;
const STEPS_A_BIT = 8;
const STEPS_BETWEEN_BREATHS = 200_000;
const HEADER_BITS = 40;
/** A reader looks four bytes at a time. */
const SLACK = 8;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The codes for green and lengths, red, blue, alpha and distances. */
interface Group {
  readonly green: PrefixCode;
  readonly rest: readonly [PrefixCode, PrefixCode, PrefixCode];
  readonly distance: PrefixCode;
  /** Whether every pixel is the same and takes no bits. */
  readonly isFree: boolean;
}

interface Picture extends Size {
  readonly groups: readonly Group[];
  /** Which group each tile has, and how large tiles are; nothing where there is one group. */
  readonly choice: Uint32Array | undefined;
  readonly tileBits: number;
  readonly cacheBits: number;
}

interface Walk extends LowBits {
  steps: number;
}

const parts = (size: number, bits: number): number => Math.ceil(size / 2 ** bits);

function countStep(walk: Walk): void {
  walk.steps += 1;
  if (walk.steps > FREE_STEPS + STEPS_A_BIT * walk.at) throw new NoEndError();
}

/** Reads how long a copy is, or how far from it. */
function readAmount(walk: Walk, symbol: number): number {
  if (symbol < 4) return symbol + 1;
  const extra = (symbol - 2) >> 1;
  return ((2 + (symbol & 1)) << extra) + readBits(walk, extra) + 1;
}

function readGroup(walk: Walk, cacheBits: number): Group {
  const green = readPrefixCode(walk, FIRST_CACHED + (cacheBits === 0 ? 0 : 1 << cacheBits));
  const rest = [0, 1, 2].map(() => readPrefixCode(walk, LITERALS)) as unknown as Group['rest'];
  const distance = readPrefixCode(walk, DISTANCES);
  const isLiteral = green.only !== undefined && green.only < LITERALS;
  return { green, rest, distance, isFree: isLiteral && rest.every(({ only }) => only !== undefined) };
}

function readCacheBits(walk: Walk): number {
  if (readBits(walk, 1) === 0) return 0;
  const bits = readBits(walk, 4);
  if (bits < 1 || bits > MAX_CACHE) throw new NoEndError();
  return bits;
}

/** Reads what is ahead of a picture's pixels; only the main picture has tiles. */
function readPicture(walk: Walk, { width, height }: Size, isMain: boolean): Picture {
  const cacheBits = readCacheBits(walk);
  let choice: Uint32Array | undefined;
  let tileBits = 0;
  let count = 1;
  if (isMain && readBits(walk, 1) === 1) {
    tileBits = readBits(walk, 3) + 2;
    choice = readPixels(walk, { width: parts(width, tileBits), height: parts(height, tileBits) }).map(
      (pixel) => (pixel >>> 8) & 0xffff,
    );
    count = choice.reduce((most, group) => Math.max(most, group), 0) + 1;
    if (count > MAX_GROUPS) throw new NoEndError();
  }
  const groups = Array.from({ length: count }, () => readGroup(walk, cacheBits));
  return { width, height, groups, choice, tileBits, cacheBits };
}

// https://www.rfc-editor.org/rfc/rfc9649#section-3.6.2.2: the nearest pixels, as libwebp writes them: rows up, and 8 less columns to the left.
const NEAR = Buffer.from(
  '1807171928062729161a262a38053739151b363a252b48044749141c353b464a242c58454b343c035759131d565a232d444c555b333d68' +
    '026769121e666a222e545c434d656b323e78017779535d111f646c424e767a212f757b313f636d525e00747c414f1020626e30737d515f40727e616f50717f6070',
  'hex',
);

function toDistance(code: number, width: number): number {
  const near = NEAR[code - 1];
  return near === undefined ? code - NEAR.length : Math.max(1, (near >> 4) * width + 8 - (near & 15));
}

/** Pixels that are worked out, up to the one at `at`. */
interface Drawing {
  readonly pixels: Uint32Array;
  readonly width: number;
  at: number;
}

function draw(walk: Walk, drawing: Drawing, { green, rest, distance }: Group, cache: Uint32Array): void {
  const { pixels, width, at } = drawing;
  const symbol = readSymbol(green, walk);
  if (symbol >= FIRST_CACHED) {
    pixels[at] = cache[symbol - FIRST_CACHED] ?? 0;
    drawing.at += 1;
  } else if (symbol < LITERALS) {
    const red = readSymbol(rest[0], walk);
    const blue = readSymbol(rest[1], walk);
    pixels[at] = (readSymbol(rest[2], walk) << 24) | (red << 16) | (symbol << 8) | blue;
    drawing.at += 1;
  } else {
    drawing.at += readAmount(walk, symbol - LITERALS);
    const back = toDistance(readAmount(walk, readSymbol(distance, walk)), width);
    if (drawing.at > pixels.length || back > at) throw new NoEndError();
    for (let each = at; each < drawing.at; each += 1) pixels[each] = pixels[each - back] ?? 0;
  }
}

/** Works out a small picture that has one group of codes. */
function readPixels(walk: Walk, size: Size): Uint32Array {
  const { groups, cacheBits } = readPicture(walk, size, false);
  const length = size.width * size.height;
  if (length > FREE_STEPS) throw new NoEndError();
  const drawing: Drawing = { pixels: new Uint32Array(length), width: size.width, at: 0 };
  const cache = new Uint32Array(cacheBits === 0 ? 0 : 1 << cacheBits);
  while (drawing.at < length) {
    countStep(walk);
    const from = drawing.at;
    draw(walk, drawing, groups[0] as Group, cache);
    if (cacheBits === 0) continue;
    for (const pixel of drawing.pixels.subarray(from, drawing.at))
      cache[Math.imul(HASH, pixel) >>> (32 - cacheBits)] = pixel;
  }
  return drawing.pixels;
}

/** Passes what one code draws; answers how many pixels that is. */
function passStep(walk: Walk, { green, rest, distance }: Group): number {
  const symbol = readSymbol(green, walk);
  if (symbol >= FIRST_CACHED) return 1;
  if (symbol < LITERALS) {
    readSymbol(rest[0], walk);
    readSymbol(rest[1], walk);
    readSymbol(rest[2], walk);
    return 1;
  }
  const length = readAmount(walk, symbol - LITERALS);
  readAmount(walk, readSymbol(distance, walk));
  return length;
}

/** Passes a picture's pixels from the one at `from` on; answers where it rests. */
function passPixels(walk: Walk, picture: Picture, from: number): number {
  const { width, height, groups, choice, tileBits } = picture;
  const across = parts(width, tileBits);
  const end = width * height;
  const rest = walk.steps + STEPS_BETWEEN_BREATHS;
  let [x, y] = [from % width, Math.floor(from / width)];
  let at = from;
  while (at < end && walk.steps < rest) {
    countStep(walk);
    const group = groups[choice?.[(y >> tileBits) * across + (x >> tileBits)] ?? 0] as Group;
    const tile = choice === undefined ? end : Math.min(width, ((x >> tileBits) + 1) << tileBits) - x;
    const taken = group.isFree ? Math.min(tile, end - at) : passStep(walk, group);
    at += taken;
    x += taken;
    if (x < width) continue;
    y += Math.floor(x / width);
    x %= width;
  }
  if (at > end) throw new NoEndError();
  return at;
}

/** Passes a palette; answers how many pixels, as a power of two, one then holds. */
function passPalette(walk: Walk): number {
  const colours = readBits(walk, 8) + 1;
  readPixels(walk, { width: colours, height: 1 });
  if (colours > 16) return 0;
  if (colours > 4) return 1;
  return colours > 2 ? 2 : 3;
}

/** Passes the transforms, each of which may come once; answers how wide the main picture is after them. */
function passTransforms(walk: Walk, { width, height }: Size): number {
  const seen = new Set<number>();
  let narrowed = width;
  while (readBits(walk, 1) === 1) {
    const type = readBits(walk, 2);
    if (seen.has(type)) throw new NoEndError();
    seen.add(type);
    if (type === SUBTRACT_GREEN) continue;
    if (type === COLOUR_INDEXING) narrowed = parts(narrowed, passPalette(walk));
    else {
      const bits = readBits(walk, 3) + 2;
      readPixels(walk, { width: parts(narrowed, bits), height: parts(height, bits) });
    }
  }
  return narrowed;
}

/** How many bytes a lossless picture takes, with its header or, as alpha, without; nothing where it has no end. */
export async function findLosslessEnd(bytes: Uint8Array, size: Size, hasHeader: boolean): Promise<number | undefined> {
  const padded = new Uint8Array(bytes.length + SLACK);
  padded.set(bytes);
  const walk: Walk = { data: new DataView(padded.buffer), at: hasHeader ? HEADER_BITS : 0, steps: 0 };
  try {
    const width = passTransforms(walk, size);
    const picture = readPicture(walk, { width, height: size.height }, true);
    for (let at = passPixels(walk, picture, 0); at < width * size.height; at = passPixels(walk, picture, at)) {
      await breathe();
    }
  } catch (error) {
    if (error instanceof NoEndError || error instanceof RangeError) return undefined;
    throw error;
  }
  const end = Math.ceil(walk.at / 8);
  return end <= bytes.length ? end : undefined;
}
