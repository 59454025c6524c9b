// https://www.w3.org/Graphics/JPEG/itu-t81.pdf (B.2.4: tables and the restart interval)

/** How long a table is that begins at `at`; nothing where it is none. */
type Measure = (data: Buffer, at: number) => number | undefined;

/** A number that also says how wide its values are, and a value for each of 8 × 8 frequencies. */
const quantization: Measure = (data, at) => {
  const precision = data.readUInt8(at) >> 4;
  return precision > 1 ? undefined : 1 + 64 * (1 + precision);
};

/** A number, how many codes there are of each of 16 lengths, and a symbol for each code. */
const huffman: Measure = (data, at) => {
  const counts = data.subarray(at + 1, at + 17);
  const symbols = counts.reduce((sum, count) => sum + count, 0);
  return counts.length < 16 || symbols > 256 ? undefined : 17 + symbols;
};

const MEASURES = new Map<number, Measure>([
  [0xc4, huffman],
  [0xcc, () => 2],
  [0xdb, quantization],
  [0xdd, (_, at) => (at === 0 ? 2 : undefined)],
]);

/** Whether a marker's segment holds tables, or the restart interval. */
export const isTables = (code: number): boolean => MEASURES.has(code);

/** Whether such a segment holds whole tables and nothing else, without which decoders refuse the image. */
export function areTables(code: number, data: Buffer): boolean {
  let at = 0;
  while (at < data.length) {
    const length = MEASURES.get(code)?.(data, at);
    if (length === undefined) return false;
    at += length;
  }
  return at === data.length && at > 0;
}
