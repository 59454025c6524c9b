// https://learn.microsoft.com/windows/win32/gdi/bitmap-header-types
import { invalid, truncated } from './raster.ts';

/** The bits of one channel in a pixel. */
export type Mask = number;

/** What the header of a bitmap says. */
export interface BitmapHeader {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  /** Bits a pixel. */
  readonly depth: 1 | 2 | 4 | 8 | 16 | 24 | 32;
  readonly compression: 'none' | 'runs';
  /** Red, green, blue and alpha; of pixels that are no indexes. */
  readonly masks: readonly [Mask, Mask, Mask, Mask];
  /** Blue, green and red of each index, so many bytes each. */
  readonly palette: { readonly at: number; readonly entryBytes: 3 | 4; readonly entries: number };
  /** Where the pixels begin when nothing else says so. */
  readonly end: number;
}

const CORE_BYTES = 12;
const INFO_BYTES = 40;
/** Windows 3 to 5, what Photoshop writes of them, and OS/2 2, whole or cut short. */
const HEADER_BYTES: ReadonlySet<number> = new Set([CORE_BYTES, 16, INFO_BYTES, 52, 56, 64, 108, 124]);
const DEPTHS: ReadonlySet<number> = new Set([1, 2, 4, 8, 16, 24, 32]);

const [RGB, RUNS_OF_8, RUNS_OF_4, FIELDS, FIELDS_WITH_ALPHA] = [0, 1, 2, 3, 6];

const unknownForm = () =>
  invalid({ zh: '这种 BMP 没有浏览器能显示', en: 'This is a BMP of a kind that no browser shows' });

/** Reads the header that begins `at`. @throws {AppError} InvalidImage */
export function readBitmapHeader(bytes: Buffer, at: number): BitmapHeader {
  const { size, width, height, depth } = readSize(bytes, at);
  const method = size < 20 ? RGB : bytes.readUInt32LE(at + 16);
  if (!isDepth(depth) || !isKnown(method, depth, size)) throw unknownForm();
  const masks = readMasks(bytes, at, { size, depth, method });
  const paletteAt = at + size + (size === INFO_BYTES ? bytesOfMasks(method) : 0);
  const told = size < 36 ? 0 : bytes.readUInt32LE(at + 32);
  const palette = toPalette(bytes, paletteAt, { depth, isCore: size === CORE_BYTES, told });
  return {
    width,
    height: Math.abs(height),
    isTopDown: height < 0,
    depth,
    compression: method === RUNS_OF_8 || method === RUNS_OF_4 ? 'runs' : 'none',
    masks,
    palette,
    end: palette.at + palette.entries * palette.entryBytes,
  };
}

function readSize(bytes: Buffer, at: number) {
  if (at + CORE_BYTES > bytes.length) throw truncated();
  const size = bytes.readUInt32LE(at);
  if (!HEADER_BYTES.has(size)) throw unknownForm();
  if (at + size > bytes.length) throw truncated();
  const [short, long] = [
    (offset: number) => bytes.readUInt16LE(at + offset),
    (offset: number) => bytes.readInt32LE(at + offset),
  ];
  return size === CORE_BYTES
    ? { size, width: short(4), height: short(6), depth: short(10) }
    : { size, width: long(4), height: long(8), depth: short(14) };
}

const isDepth = (depth: number): depth is BitmapHeader['depth'] => DEPTHS.has(depth);

/** OS/2 means something else by 3 and 4, which nothing writes. */
function isKnown(method: number, depth: number, size: number): boolean {
  if (method === RGB) return true;
  if (method === RUNS_OF_8) return depth === 8;
  if (method === RUNS_OF_4) return depth === 4;
  return (method === FIELDS || method === FIELDS_WITH_ALPHA) && size !== 64 && (depth === 16 || depth === 32);
}

const bytesOfMasks = (method: number): number => ({ [FIELDS]: 12, [FIELDS_WITH_ALPHA]: 16 })[method] ?? 0;

interface Form {
  readonly size: number;
  readonly depth: number;
  readonly method: number;
}

function readMasks(bytes: Buffer, at: number, { size, depth, method }: Form): BitmapHeader['masks'] {
  if (bytesOfMasks(method) === 0) return depth === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
  const first = at + INFO_BYTES;
  const hasAlpha = size >= 56 || method === FIELDS_WITH_ALPHA;
  if (first + (hasAlpha ? 16 : 12) > bytes.length) throw truncated();
  const mask = (index: number): Mask => bytes.readUInt32LE(first + index * 4);
  return [mask(0), mask(1), mask(2), hasAlpha ? mask(3) : 0];
}

interface PaletteForm {
  readonly depth: number;
  readonly isCore: boolean;
  /** How many entries the header says there are; 0: all that the depth has. */
  readonly told: number;
}

function toPalette(bytes: Buffer, at: number, { depth, isCore, told }: PaletteForm): BitmapHeader['palette'] {
  const entryBytes = isCore ? 3 : 4;
  const room = Math.max(0, Math.floor((bytes.length - at) / entryBytes));
  // Of pixels that are no indexes it is a proposal for screens, and passed over.
  const wanted = depth > 8 ? told : told === 0 ? 2 ** depth : told;
  return { at, entryBytes, entries: Math.min(wanted, depth > 8 ? room : 2 ** depth, room) };
}
