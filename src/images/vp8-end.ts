// https://www.rfc-editor.org/rfc/rfc6386 (key frames: a partition of modes, then one to eight of tokens)
// What blocks are predicted from and how many coefficients they have is followed; their values are not kept.
import { breathe } from './breathe.ts';
import { type BoolReader, createBoolReader } from './vp8-bools.ts';
import { MODE_PROBABILITIES, STAY_PROBABILITIES, TOKEN_PROBABILITIES } from './vp8-tables.ts';

const HEADER_LENGTH = 10;
const SIZE_LENGTH = 3;
const EVEN = 128;
/** The band of each coefficient, and of what would follow the last. */
const BANDS = [0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0];
const BAND_LENGTH = 33;
const CONTEXT_LENGTH = 11;
const KIND_LENGTH = 8 * BAND_LENGTH;
/** A kind of block of 4 × 4, and its first coefficient. */
type Kind = readonly [kind: number, first: number];

/** Brightness without its first coefficients, these alone, colour, and brightness as a whole. */
const WITHOUT_DC: Kind = [0, 1];
const DC_ALONE: Kind = [KIND_LENGTH, 0];
const COLOUR: Kind = [2 * KIND_LENGTH, 0];
const WITH_DC: Kind = [3 * KIND_LENGTH, 0];
/** How likely each further bit of a large value is set, by category. */
const LARGE = [
  [173, 148, 140],
  [176, 155, 140, 135],
  [180, 157, 141, 134, 130],
  [254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129],
];
/** Ways to predict: the tree of those of small blocks, of which leaves are negative. */
const MODE_TREE = [0, 1, -1, 2, -2, 3, 4, 6, -3, 5, -4, -5, -6, 7, -7, 8, -8, -9];
const [DC, TRUE_MOTION, VERTICAL, HORIZONTAL] = [0, 1, 2, 3] as const;
/** Blocks and coefficients that may take no bits at all, and how many may be for each that is taken. */
const FREE_STEPS = 16_000_000;
const STEPS_A_BIT = 2;
const STEPS_BETWEEN_BREATHS = 30_000;

class NoEndError extends Error {}

/** A stretch of bytes that no decoder needs. */
interface Spare {
  readonly from: number;
  readonly to: number;
}

/** A partition, and where it lies. */
interface Partition {
  readonly reader: BoolReader;
  readonly from: number;
  readonly to: number;
}

interface Frame {
  readonly segments: readonly number[] | undefined;
  readonly skip: number | undefined;
  readonly tokens: Uint8Array;
  readonly partitions: number;
}

/** What the blocks on one side of a row or column hand on: ways to predict, and whether they had coefficients. */
interface Edge {
  readonly modes: Uint8Array;
  /** Four of brightness, two and two of colour, and one of brightness alone. */
  readonly filled: Uint8Array;
}

const createEdge = (blocks: number): Edge => ({
  modes: new Uint8Array(4 * blocks),
  filled: new Uint8Array(9 * blocks),
});

const readFlag = (reader: BoolReader): boolean => reader.bool(EVEN) === 1;

function readNumber(reader: BoolReader, bits: number): number {
  let value = 0;
  for (let left = bits; left > 0; left -= 1) value = 2 * value + reader.bool(EVEN);
  return value;
}

/** Passes numbers that each may be left out, and their signs. */
function passOptional(reader: BoolReader, count: number, bits: number): void {
  for (let left = count; left > 0; left -= 1) if (readFlag(reader)) readNumber(reader, bits + 1);
}

/** Passes what differs among segments; answers how likely each is, where blocks choose. */
function readSegments(reader: BoolReader): readonly number[] | undefined {
  if (!readFlag(reader)) return undefined;
  const isChosen = readFlag(reader);
  if (readFlag(reader)) {
    readFlag(reader);
    passOptional(reader, 4, 7);
    passOptional(reader, 4, 6);
  }
  return isChosen ? [0, 1, 2].map(() => (readFlag(reader) ? readNumber(reader, 8) : 255)) : undefined;
}

function readFrame(reader: BoolReader): Frame {
  readNumber(reader, 2);
  const segments = readSegments(reader);
  readNumber(reader, 1 + 6 + 3);
  if (readFlag(reader) && readFlag(reader)) passOptional(reader, 8, 6);
  const partitions = 2 ** readNumber(reader, 2);
  readNumber(reader, 7);
  passOptional(reader, 5, 4);
  readFlag(reader);
  const tokens = TOKEN_PROBABILITIES.map((probability, at) =>
    reader.bool(STAY_PROBABILITIES[at] ?? 0) === 1 ? readNumber(reader, 8) : probability,
  );
  return { segments, skip: readFlag(reader) ? readNumber(reader, 8) : undefined, tokens, partitions };
}

function readSmallMode(reader: BoolReader, above: number, left: number): number {
  const start = (above * 10 + left) * 9;
  let at = MODE_TREE[reader.bool(MODE_PROBABILITIES[start] ?? 0)] ?? 0;
  while (at > 0) at = MODE_TREE[2 * at + reader.bool(MODE_PROBABILITIES[start + at] ?? 0)] ?? 0;
  return -at;
}

function readLargeMode(reader: BoolReader): number {
  if (reader.bool(156) === 1) return reader.bool(128) === 1 ? TRUE_MOTION : HORIZONTAL;
  return reader.bool(163) === 1 ? VERTICAL : DC;
}

/** How one block of 16 × 16 is coded. */
interface Block {
  readonly isSkipped: boolean;
  readonly isSplit: boolean;
}

function readBlock(
  reader: BoolReader,
  { segments, skip }: Frame,
  [above, left]: readonly [Edge, Edge],
  x: number,
): Block {
  if (segments !== undefined) reader.bool(segments[1 + reader.bool(segments[0] ?? 0)] ?? 0);
  const isSkipped = skip !== undefined && reader.bool(skip) === 1;
  const isSplit = reader.bool(145) === 0;
  if (isSplit) {
    for (let small = 0; small < 16; small += 1) {
      const [across, down] = [4 * x + (small & 3), small >> 2];
      const mode = readSmallMode(reader, above.modes[across] ?? 0, left.modes[down] ?? 0);
      above.modes[across] = mode;
      left.modes[down] = mode;
    }
  } else {
    const mode = readLargeMode(reader);
    above.modes.fill(mode, 4 * x, 4 * x + 4);
    left.modes.fill(mode);
  }
  // The way to predict colours.
  if (reader.bool(142) === 1 && reader.bool(114) === 1) reader.bool(183);
  return { isSkipped, isSplit };
}

/** Passes what a value of two and more is beyond that. */
function passLarge(reader: BoolReader, tokens: Uint8Array, at: number): void {
  const bool = (branch: number): number => reader.bool(tokens[at + branch] ?? 0);
  if (bool(3) === 0) {
    if (bool(4) === 1) bool(5);
  } else if (bool(6) === 0) {
    if (bool(7) === 0) reader.bool(159);
    else {
      reader.bool(165);
      reader.bool(145);
    }
  } else {
    const high = bool(8);
    for (const probability of LARGE[2 * high + bool(9 + high)] ?? []) reader.bool(probability);
  }
}

/** Where the probabilities of a coefficient begin. */
const tokensAt = (kind: number, place: number, context: number): number =>
  kind + (BANDS[place] ?? 0) * BAND_LENGTH + context * CONTEXT_LENGTH;

/** Passes the coefficients of a block of 4 × 4; answers behind which the last one is. */
function passCoefficients(reader: BoolReader, tokens: Uint8Array, [kind, first]: Kind, context: number): number {
  let at = tokensAt(kind, first, context);
  // After a zero comes another coefficient in any case.
  let isAfterZero = false;
  for (let place = first; place < 16; place += 1) {
    if (!isAfterZero && reader.bool(tokens[at] ?? 0) === 0) return place;
    isAfterZero = reader.bool(tokens[at + 1] ?? 0) === 0;
    const size = isAfterZero ? 0 : passValue(reader, tokens, at);
    at = tokensAt(kind, place + 1, size);
  }
  return 16;
}

/** Passes a coefficient that is not 0; answers 1 for one and 2 for more. */
function passValue(reader: BoolReader, tokens: Uint8Array, at: number): number {
  const isLarge = reader.bool(tokens[at + 2] ?? 0);
  if (isLarge === 1) passLarge(reader, tokens, at);
  reader.bool(EVEN);
  return 1 + isLarge;
}

/** Passes the tokens of one block of 16 × 16; answers how many steps it took. */
function passTokens(
  reader: BoolReader,
  tokens: Uint8Array,
  isSplit: boolean,
  sides: readonly [Edge, Edge],
  x: number,
): number {
  const [{ filled: above }, { filled: left }] = sides;
  let steps = 25;
  const pass = (kind: Kind, across: number, down: number): void => {
    const context = (above[9 * x + across] ?? 0) + (left[down] ?? 0);
    const last = passCoefficients(reader, tokens, kind, context);
    steps += last;
    above[9 * x + across] = last > kind[1] ? 1 : 0;
    left[down] = last > kind[1] ? 1 : 0;
  };
  if (!isSplit) pass(DC_ALONE, 8, 8);
  for (let small = 0; small < 16; small += 1) pass(isSplit ? WITH_DC : WITHOUT_DC, small & 3, small >> 2);
  for (let small = 0; small < 8; small += 1) {
    const colour = 4 + 2 * (small >> 2);
    pass(COLOUR, colour + (small & 1), colour + ((small >> 1) & 1));
  }
  return steps;
}

function clearFilled({ filled }: Edge, x: number, isSplit: boolean): void {
  filled.fill(0, 9 * x, 9 * x + (isSplit ? 8 : 9));
}

function openPartition(bytes: Uint8Array, from: number, to: number): Partition {
  if (from > to || to > bytes.length) throw new NoEndError();
  return { reader: createBoolReader(bytes.subarray(from, to)), from, to };
}

/** Finds the partitions of tokens by their lengths, of which the last has none. */
function openPartitions(bytes: Uint8Array, from: number, count: number): readonly Partition[] {
  let at = from + SIZE_LENGTH * (count - 1);
  if (at > bytes.length) throw new NoEndError();
  return Array.from({ length: count }, (_, index) => {
    const [low = 0, middle = 0, high = 0] = bytes.subarray(from + SIZE_LENGTH * index);
    const start = at;
    at = index === count - 1 ? bytes.length : at + low + 256 * (middle + 256 * high);
    return openPartition(bytes, start, at);
  });
}

/** What is being walked. */
interface Walk {
  readonly frame: Frame;
  readonly first: Partition;
  readonly partitions: readonly Partition[];
  readonly above: Edge;
  steps: number;
}

function passBlock(walk: Walk, reader: BoolReader, left: Edge, x: number): void {
  const sides = [walk.above, left] as const;
  const { isSkipped, isSplit } = readBlock(walk.first.reader, walk.frame, sides, x);
  walk.steps += 1;
  if (!isSkipped) {
    walk.steps += passTokens(reader, walk.frame.tokens, isSplit, sides, x);
    return;
  }
  clearFilled(walk.above, x, isSplit);
  clearFilled(left, 0, isSplit);
}

/** Gives up what is cut off, or takes too many steps for its length. */
function checkSteps({ first, partitions, steps }: Walk): void {
  const all = [first, ...partitions];
  const bytes = all.reduce((sum, { reader }) => sum + reader.needed(), 0);
  const isTooMuch = steps > FREE_STEPS + STEPS_A_BIT * 8 * bytes;
  if (isTooMuch || all.some(({ reader }) => reader.isBroken())) throw new NoEndError();
}

async function passFrame(walk: Walk, [across, down]: readonly [number, number]): Promise<void> {
  let breath = 0;
  for (let y = 0; y < down; y += 1) {
    const left = createEdge(1);
    const { reader } = walk.partitions[y % walk.partitions.length] ?? walk.first;
    for (let x = 0; x < across; x += 1) {
      passBlock(walk, reader, left, x);
      if (walk.steps - breath < STEPS_BETWEEN_BREATHS) continue;
      breath = walk.steps;
      checkSteps(walk);
      await breathe();
    }
  }
}

async function walkPartitions(bytes: Uint8Array): Promise<readonly Partition[]> {
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_LENGTH);
  const firstEnd = HEADER_LENGTH + ((header.getUint16(0, true) + 65_536 * header.getUint8(2)) >>> 5);
  const first = openPartition(bytes, HEADER_LENGTH, firstEnd);
  const frame = readFrame(first.reader);
  const partitions = openPartitions(bytes, firstEnd, frame.partitions);
  const [across, down] = [6, 8].map((at) => Math.ceil((header.getUint16(at, true) & 0x3fff) / 16));
  const above = createEdge(across ?? 0);
  await passFrame({ frame, first, partitions, above, steps: 0 }, [across ?? 0, down ?? 0]);
  return [first, ...partitions];
}

/** Finds the bytes of a lossy key frame that no decision of a decoder depends on, behind each partition; none where one is cut off. */
export async function findLossySpares(bytes: Uint8Array): Promise<readonly Spare[]> {
  try {
    const partitions = await walkPartitions(bytes);
    if (partitions.some(({ reader }) => reader.isBroken())) return [];
    return partitions.map(({ reader, from, to }) => ({ from: from + reader.needed(), to }));
  } catch (error) {
    if (error instanceof NoEndError) return [];
    throw error;
  }
}
