// https://www.w3.org/Graphics/JPEG/itu-t81.pdf (G.1.2: progressive scans, which say some coefficients, or one more bit of each)
import { type Bits, type BlockReader, BROKEN, judge, runOf, sizeOf } from './jpeg-blocks.ts';
import { type CodeTable, findCode, peekBits, type ToEntry } from './jpeg-codes.ts';

/** Which coefficients a scan is about: from the first to the last. */
export interface Band {
  readonly start: number;
  readonly end: number;
}

/** Which coefficients of each block of a component are not zero: two words a block. */
export type Known = Uint32Array;

const ZERO_RUN = 15;
const MAX_BITS = 15;

/** Coefficients of a first scan, shifted by `low`: bits to pass, and the symbol. */
export const toSpectral =
  (low: number): ToEntry =>
  (symbol, length) => {
    if (sizeOf(symbol) + low > MAX_BITS) return 0;
    const extra = sizeOf(symbol) === 0 && runOf(symbol) < ZERO_RUN ? runOf(symbol) : sizeOf(symbol);
    return (symbol << 5) | (length + extra);
  };

/** Coefficients of a refinement: bits of the code alone, and the symbol. */
export const toRefinement: ToEntry = (symbol, length) => (sizeOf(symbol) > 1 ? 0 : (symbol << 5) | length);

/** Reads the first bits of the first coefficients; the components of a unit have their tables in turn. */
export function createDifferenceReader(turns: readonly CodeTable[]): BlockReader {
  let left = 0;
  let turn = 0;
  return {
    begin: (blocks) => {
      left = blocks;
      turn = 0;
    },
    read: (bits) => {
      for (; left > 0; left -= 1) {
        const entry = findCode(turns[turn] as CodeTable, bits.data, bits.at);
        const at = entry === 0 ? BROKEN : bits.at + entry;
        if (at === BROKEN || at > bits.end) return judge(at, bits);
        bits.at = at;
        turn = turn + 1 === turns.length ? 0 : turn + 1;
      }
      return 'done';
    },
  };
}

/** Reads one more bit of each first coefficient. */
export function createBitReader(): BlockReader {
  let left = 0;
  return {
    begin: (blocks) => {
      left = blocks;
    },
    read: (bits) => {
      const taken = Math.min(left, bits.end - bits.at);
      bits.at += taken;
      left -= taken;
      return left === 0 ? 'done' : 'more';
    },
  };
}

/** How many blocks a run takes that the code before the bit `at` begins. */
function readRun(data: DataView, symbol: number, at: number): number {
  const length = runOf(symbol);
  return length === 0 ? 1 : (1 << length) + (peekBits(data, at) >>> (16 - length));
}

/** One block at a time: how far it goes is left in `run`, and which coefficients it says in `low` and `high`. */
interface BlockState {
  run: number;
  low: number;
  high: number;
}

function say(state: BlockState, k: number): void {
  if (k < 32) state.low |= 1 << k;
  else state.high |= 1 << (k - 32);
}

function passSpectral(data: DataView, from: number, band: Band, table: CodeTable, state: BlockState): number {
  let at = from;
  for (let k = band.start; k <= band.end; k += 1) {
    const entry = findCode(table, data, at);
    if (entry === 0) return BROKEN;
    at += entry & 31;
    const symbol = entry >>> 5;
    k += runOf(symbol);
    if (sizeOf(symbol) > 0) {
      if (k > band.end) return BROKEN;
      say(state, k);
    } else if (runOf(symbol) < ZERO_RUN) {
      state.run = readRun(data, symbol, at - runOf(symbol));
      return at;
    }
  }
  return at;
}

/** Reads the first bits of other coefficients. */
export function createSpectralReader(band: Band, table: CodeTable, known: Known): BlockReader {
  const state: BlockState = { run: 0, low: 0, high: 0 };
  let block = 0;
  let left = 0;
  /** Takes a block, and the following ones that have nothing to say. */
  const take = (): void => {
    known[block * 2] = (known[block * 2] ?? 0) | state.low;
    known[block * 2 + 1] = (known[block * 2 + 1] ?? 0) | state.high;
    const taken = Math.min(left, Math.max(1, state.run));
    block += taken;
    left -= taken;
  };
  return {
    begin: (blocks) => {
      left = blocks;
    },
    read: (bits) => {
      while (left > 0) {
        state.run = 0;
        state.low = 0;
        state.high = 0;
        const at = passSpectral(bits.data, bits.at, band, table, state);
        if (at === BROKEN || at > bits.end) return judge(at, bits);
        bits.at = at;
        take();
      }
      return 'done';
    },
  };
}

/** Counts the bits of a word. */
function countBits(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

const isKnown = (low: number, high: number, k: number): boolean => ((k < 32 ? low >>> k : high >>> (k - 32)) & 1) === 1;

/** How many coefficients from `k` to `end` are not zero: each has one more bit. */
function countKnown(low: number, high: number, k: number, end: number): number {
  let count = 0;
  if (k < 32 && low !== 0) count += countBits(low & (-1 << k) & (end < 31 ? (2 << end) - 1 : -1));
  if (end >= 32 && high !== 0) count += countBits(high & (k > 32 ? -1 << (k - 32) : -1) & (-1 >>> (63 - end)));
  return count;
}

/** Where a refinement goes on: at which bit, and at which coefficient. */
interface Place {
  at: number;
  k: number;
}

/** Passes `zeros` coefficients that are zero, with one more bit of each that is not; stops at the next zero. */
function passZeros(place: Place, end: number, zeros: number, low: number, high: number): void {
  let left = zeros;
  for (; place.k <= end; place.k += 1) {
    if (isKnown(low, high, place.k)) place.at += 1;
    else if (left === 0) return;
    else left -= 1;
  }
}

/** Passes what a block says before its end is said, if at all. */
function passNews(data: DataView, place: Place, band: Band, table: CodeTable, state: BlockState): boolean {
  const { low, high } = state;
  while (place.k <= band.end) {
    const entry = findCode(table, data, place.at);
    if (entry === 0) return false;
    const symbol = entry >>> 5;
    place.at += entry & 31;
    if (sizeOf(symbol) === 0 && runOf(symbol) < ZERO_RUN) {
      state.run = readRun(data, symbol, place.at);
      place.at += runOf(symbol);
      return true;
    }
    place.at += sizeOf(symbol);
    passZeros(place, band.end, runOf(symbol), low, high);
    if (sizeOf(symbol) > 0) {
      if (place.k > band.end) return false;
      say(state, place.k);
    }
    place.k += 1;
  }
  return true;
}

function passRefined(data: DataView, place: Place, band: Band, table: CodeTable, state: BlockState): number {
  const { low, high } = state;
  place.k = band.start;
  if (state.run === 0 && !passNews(data, place, band, table, state)) return BROKEN;
  if (state.run > 0) {
    if ((low | high) !== 0) place.at += countKnown(low, high, place.k, band.end);
    state.run -= 1;
  }
  return place.at;
}

/** Reads one more bit of other coefficients. */
export function createRefinementReader(band: Band, table: CodeTable, known: Known): BlockReader {
  const state: BlockState = { run: 0, low: 0, high: 0 };
  const place: Place = { at: 0, k: 0 };
  let run = 0;
  let block = 0;
  let left = 0;
  const readBlock = (bits: Bits): number => {
    state.run = run;
    state.low = known[block * 2] ?? 0;
    state.high = known[block * 2 + 1] ?? 0;
    place.at = bits.at;
    return passRefined(bits.data, place, band, table, state);
  };
  return {
    begin: (blocks) => {
      left = blocks;
      run = 0;
    },
    read: (bits) => {
      for (; left > 0; left -= 1) {
        const at = readBlock(bits);
        if (at === BROKEN || at > bits.end) return judge(at, bits);
        bits.at = at;
        known[block * 2] = state.low;
        known[block * 2 + 1] = state.high;
        run = state.run;
        block += 1;
      }
      return 'done';
    },
  };
}
