// https://www.w3.org/Graphics/JPEG/itu-t81.pdf (C and F.2.2.3: Huffman codes and how they are read)

/** Codes of a Huffman table as a DHT segment says them: how many there are of each of 16 lengths, and their symbols. */
export interface Codes {
  readonly counts: Uint8Array;
  readonly symbols: Uint8Array;
}

/** What reading knows of a code at once: by its first ten bits, or by comparing where it is longer. */
export interface CodeTable {
  /** Entries by the first ten bits; 0 where the code is longer, or none. */
  readonly short: Uint16Array;
  /** For each length, what 16 bits are below when they begin with a code of that length or a shorter one. */
  readonly limits: Int32Array;
  /** For each length, what is added to a code of that length to have its place among the entries. */
  readonly offsets: Int32Array;
  readonly entries: Uint16Array;
}

/** Makes an entry of a symbol and its code's length: bits to pass in the low five, above them whatever the reader needs; 0 for what may not come. */
export type ToEntry = (symbol: number, length: number) => number;

const SHORT = 10;
const LONGEST = 16;

/** Reads the tables of a DHT segment whose lengths are known to be right: by class × 16 and number. */
export function* readCodes(data: Buffer): Generator<readonly [id: number, codes: Codes]> {
  for (let at = 0; at + 17 <= data.length; ) {
    const counts = Uint8Array.from(data.subarray(at + 1, at + 17));
    const end = at + 17 + counts.reduce((sum, count) => sum + count, 0);
    yield [data.readUInt8(at), { counts, symbols: Uint8Array.from(data.subarray(at + 17, end)) }];
    at = end;
  }
}

/** Makes a table for reading; nothing of codes that no table can have. */
export function toCodeTable({ counts, symbols }: Codes, toEntry: ToEntry): CodeTable | undefined {
  const short = new Uint16Array(1 << SHORT);
  const limits = new Int32Array(LONGEST + 1);
  const offsets = new Int32Array(LONGEST + 1);
  const entries = new Uint16Array(symbols.length);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= LONGEST; length += 1) {
    const count = counts[length - 1] ?? 0;
    offsets[length] = index - code;
    for (let last = index + count; index < last; index += 1, code += 1) {
      const entry = toEntry(symbols[index] ?? 0, length);
      entries[index] = entry;
      if (length <= SHORT) short.fill(entry, code << (SHORT - length), (code + 1) << (SHORT - length));
    }
    if (code > 1 << length) return undefined;
    limits[length] = code << (LONGEST - length);
    code <<= 1;
  }
  return { short, limits, offsets, entries };
}

/** Shows 16 bits from the bit `at`. */
export const peekBits = (data: DataView, at: number): number => (data.getUint32(at >>> 3) << (at & 7)) >>> 16;

function findLong({ limits, offsets, entries }: CodeTable, bits: number): number {
  // A short code that may not come is no long one.
  if (bits < (limits[SHORT] ?? 0)) return 0;
  for (let length = SHORT + 1; length <= LONGEST; length += 1) {
    if (bits < (limits[length] ?? 0)) return entries[(bits >>> (LONGEST - length)) + (offsets[length] ?? 0)] ?? 0;
  }
  return 0;
}

/** The entry of the code at the bit `at`; 0 where none may be. */
export function findCode(table: CodeTable, data: DataView, at: number): number {
  const bits = peekBits(data, at);
  const entry = table.short[bits >>> (LONGEST - SHORT)] ?? 0;
  return entry === 0 ? findLong(table, bits) : entry;
}
