// https://www.w3.org/Graphics/JPEG/itu-t81.pdf (F.2.2 and G.1.2: how blocks of 64 coefficients are coded)
// No coefficient is worked out: where a block ends depends on its codes, and in a refinement on which coefficients are not zero.
import { type CodeTable, findCode, type ToEntry } from './jpeg-codes.ts';

/** Coded bytes without what stuffs them, of which the bits up to `end` are there; some more can be read. */
export interface Bits {
  readonly data: DataView;
  at: number;
  end: number;
}

/** What a reader of blocks comes to: all are read, more bytes are needed, or they are no blocks. */
export type Outcome = 'done' | 'more' | 'broken';

/** Reads the blocks of one restart interval; a block counts when all of its bits are there. */
export interface BlockReader {
  begin(blocks: number): void;
  read(bits: Bits): Outcome;
}

/** No place: what was read is no block. */
export const BROKEN = -1;
const COEFFICIENTS = 64;
/** At least as long as any block. */
const LONGEST_BLOCK = COEFFICIENTS * 32;
/** Beyond every coefficient: where an end of block leads. */
const ENDED = 128;
const MAX_DIFFERENCE = 11;

export const sizeOf = (symbol: number): number => symbol & 15;
export const runOf = (symbol: number): number => symbol >>> 4;

/** The difference of a first coefficient: how many bits it takes. */
export const toDifference: ToEntry = (symbol, length) => (symbol > MAX_DIFFERENCE ? 0 : length + symbol);

/** Other coefficients of a sequential scan: bits to pass, and how many coefficients they say. */
export const toCoefficient: ToEntry = (symbol, length) => {
  if (sizeOf(symbol) > 0) return ((runOf(symbol) + 1) << 5) | (length + sizeOf(symbol));
  if (runOf(symbol) === 15) return (16 << 5) | length;
  return symbol === 0 ? (ENDED << 5) | length : 0;
};

function passSequential(data: DataView, from: number, first: CodeTable, others: CodeTable): number {
  const difference = findCode(first, data, from);
  if (difference === 0) return BROKEN;
  let at = from + difference;
  let k = 1;
  while (k < COEFFICIENTS) {
    const entry = findCode(others, data, at);
    if (entry === 0) return BROKEN;
    at += entry & 31;
    k += entry >>> 5;
  }
  return k === COEFFICIENTS || k > ENDED ? at : BROKEN;
}

/** What it means that a block ends at `at`, or is none: near the end, the bits that would tell may not be there yet. */
export function judge(at: number, bits: Bits): Outcome {
  if (at === BROKEN) return bits.at + LONGEST_BLOCK > bits.end ? 'more' : 'broken';
  return at > bits.end ? 'more' : 'done';
}

/** Reads blocks of which each has its own tables in turn, as the components of a unit have. */
export function createSequentialReader(
  turns: readonly { readonly first: CodeTable; readonly others: CodeTable }[],
): BlockReader {
  let left = 0;
  let turn = 0;
  return {
    begin: (blocks) => {
      left = blocks;
      turn = 0;
    },
    read: (bits) => {
      for (; left > 0; left -= 1) {
        const { first, others } = turns[turn] as (typeof turns)[number];
        const at = passSequential(bits.data, bits.at, first, others);
        if (at === BROKEN || at > bits.end) return judge(at, bits);
        bits.at = at;
        turn = turn + 1 === turns.length ? 0 : turn + 1;
      }
      return 'done';
    },
  };
}
