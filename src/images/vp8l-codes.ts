// https://www.rfc-editor.org/rfc/rfc9649#section-3.7.2 (prefix codes of lossless WebP, the first bit of a code in the lowest bit)

/** Bits of which the first is the lowest of its byte; some bytes of nothing follow the last, and reading beyond these throws a `RangeError`. */
export interface LowBits {
  readonly data: DataView;
  at: number;
}

/** A prefix code for reading: entries of symbol × 16 and length by the next bits, and how longer codes are found. */
export interface PrefixCode {
  readonly width: number;
  readonly table: Uint16Array;
  /** For each length, the first code that is longer, how far symbols are from codes, and the symbols in order. */
  readonly limits: Int32Array;
  readonly offsets: Int32Array;
  readonly symbols: Uint16Array;
  /** Where there is one symbol, which takes no bits. */
  readonly only: number | undefined;
}

const MAX_LENGTH = 15;
const SHORT = 9;
const LENGTH_ORDER = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
/** The length before, some more times; above it, none so often. */
const REPEATED = 16;
const REPEATS = new Map([
  [REPEATED, { bits: 2, least: 3 }],
  [17, { bits: 3, least: 3 }],
  [18, { bits: 7, least: 11 }],
]);

/** What cannot be read has no end. */
export class NoEndError extends Error {}

/** Shows at least 25 bits from the next one. */
const peek = ({ data, at }: LowBits): number => data.getUint32(at >>> 3, true) >>> (at & 7);

/** Reads up to 24 bits. */
export function readBits(bits: LowBits, count: number): number {
  const value = peek(bits) & ((1 << count) - 1);
  bits.at += count;
  return value;
}

function reverse(code: number, length: number): number {
  let reversed = 0;
  for (let bit = 0; bit < length; bit += 1) reversed |= ((code >>> bit) & 1) << (length - 1 - bit);
  return reversed;
}

const ONE_CODE = { width: 0, limits: new Int32Array(0), offsets: new Int32Array(0), symbols: new Uint16Array(0) };

/** Makes a code of the lengths of its symbols. */
function toPrefixCode(lengths: Uint8Array): PrefixCode {
  const counts = new Int32Array(MAX_LENGTH + 1);
  let longest = 0;
  let used = 0;
  let only = 0;
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue;
    counts[length] = (counts[length] ?? 0) + 1;
    longest = Math.max(longest, length);
    used += 1;
    only = symbol;
  }
  if (used === 0) throw new NoEndError();
  if (used === 1) return { ...ONE_CODE, only, table: Uint16Array.of(only << 4) };
  return fillCode(lengths, counts, longest, used);
}

function fillCode(lengths: Uint8Array, counts: Int32Array, longest: number, used: number): PrefixCode {
  const limits = new Int32Array(MAX_LENGTH + 1);
  const offsets = new Int32Array(MAX_LENGTH + 1);
  const next = new Int32Array(MAX_LENGTH + 1);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= MAX_LENGTH; length += 1) {
    const count = counts[length] ?? 0;
    offsets[length] = index - code;
    next[length] = code;
    code += count;
    index += count;
    limits[length] = code;
    if (code > 1 << length) throw new NoEndError();
    code <<= 1;
  }
  // A code without gaps ends at the last one of its longest.
  if (limits[longest] !== 1 << longest) throw new NoEndError();
  return { ...fillTable(lengths, { next, offsets, used }, Math.min(longest, SHORT)), limits, offsets, only: undefined };
}

/** The first code of each length, how far symbols are from codes, and how many there are. */
interface Codes {
  readonly next: Int32Array;
  readonly offsets: Int32Array;
  readonly used: number;
}

function fillTable(
  lengths: Uint8Array,
  { next, offsets, used }: Codes,
  width: number,
): Pick<PrefixCode, 'width' | 'table' | 'symbols'> {
  const table = new Uint16Array(1 << width);
  const symbols = new Uint16Array(used);
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue;
    const own = next[length] ?? 0;
    next[length] = own + 1;
    symbols[own + (offsets[length] ?? 0)] = symbol;
    if (length > width) continue;
    for (let at = reverse(own, length); at < table.length; at += 1 << length) table[at] = (symbol << 4) | length;
  }
  return { width, table, symbols };
}

function readLong(code: PrefixCode, bits: LowBits, shown: number): number {
  let value = reverse(shown & ((1 << SHORT) - 1), SHORT);
  for (let length = SHORT + 1; length <= MAX_LENGTH; length += 1) {
    value = (value << 1) | ((shown >>> (length - 1)) & 1);
    if (value < (code.limits[length] ?? 0)) {
      bits.at += length;
      return code.symbols[value + (code.offsets[length] ?? 0)] ?? 0;
    }
  }
  throw new NoEndError();
}

/** Reads a symbol. */
export function readSymbol(code: PrefixCode, bits: LowBits): number {
  const shown = peek(bits);
  const entry = code.table[shown & ((1 << code.width) - 1)] ?? 0;
  if ((entry & 15) === 0 && code.only === undefined) return readLong(code, bits, shown);
  bits.at += entry & 15;
  return entry >>> 4;
}

function readSimple(bits: LowBits, lengths: Uint8Array): void {
  const count = readBits(bits, 1) + 1;
  const widths = [readBits(bits, 1) === 0 ? 1 : 8, 8].slice(0, count);
  for (const width of widths) {
    const symbol = readBits(bits, width);
    if (symbol >= lengths.length) throw new NoEndError();
    lengths[symbol] = 1;
  }
}

function readLengths(bits: LowBits, lengths: Uint8Array): void {
  const own = new Uint8Array(LENGTH_ORDER.length);
  const count = readBits(bits, 4) + 4;
  for (const symbol of LENGTH_ORDER.slice(0, count)) own[symbol] = readBits(bits, 3);
  const code = toPrefixCode(own);
  fillLengths(bits, lengths, code);
}

/** Reads lengths by their own code, up to the last or to as many as are announced. */
function fillLengths(bits: LowBits, lengths: Uint8Array, code: PrefixCode): void {
  let left = readBits(bits, 1) === 0 ? lengths.length : 2 + readBits(bits, 2 + 2 * readBits(bits, 3));
  if (left > lengths.length) throw new NoEndError();
  let before = 8;
  for (let symbol = 0; symbol < lengths.length && left > 0; left -= 1) {
    const length = readSymbol(code, bits);
    const times = readTimes(bits, length);
    if (symbol + times > lengths.length) throw new NoEndError();
    // What stands for others stands for the one before, or for none.
    const meant = [before, 0, 0][length - REPEATED] ?? length;
    lengths.fill(meant, symbol, symbol + times);
    if (meant > 0) before = meant;
    symbol += times;
  }
}

/** How often a length is meant: once, or as often as some bits say where it stands for others. */
function readTimes(bits: LowBits, length: number): number {
  const repeat = REPEATS.get(length);
  return repeat === undefined ? 1 : repeat.least + readBits(bits, repeat.bits);
}

/** Reads a code for an alphabet of `size` symbols. */
export function readPrefixCode(bits: LowBits, size: number): PrefixCode {
  const lengths = new Uint8Array(size);
  if (readBits(bits, 1) === 1) readSimple(bits, lengths);
  else readLengths(bits, lengths);
  return toPrefixCode(lengths);
}
