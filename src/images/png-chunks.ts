// https://www.w3.org/TR/png-3/#11Chunks
import { MAX_PROFILE_LENGTH } from './icc.ts';

/** The longest that any chunk can be. */
export const MAX_CHUNK_LENGTH = 0x7fffffff;

/** The colour type of a picture whose pixels are numbers of a palette. */
export const INDEXED = 3;

/** The chunks that draw the image, each with the most bytes that it can need. */
export const KEPT_CHUNKS: ReadonlyMap<string, number> = new Map([
  ['IHDR', 13],
  ['PLTE', 768],
  ['IDAT', MAX_CHUNK_LENGTH],
  ['tRNS', 256],
  ['cHRM', 32],
  ['gAMA', 4],
  ['iCCP', MAX_PROFILE_LENGTH],
  ['sBIT', 4],
  ['sRGB', 1],
  ['cICP', 4],
  ['bKGD', 6],
  ['hIST', 512],
  ['pHYs', 9],
  ['acTL', 8],
  ['fcTL', 26],
  ['fdAT', MAX_CHUNK_LENGTH],
  ['mDCV', 24],
  ['cLLI', 8],
]);

/** The chunks that draw the frames of an animation, whatever their names say of them. */
export const ANIMATING: ReadonlySet<string> = new Set(['acTL', 'fcTL', 'fdAT']);

/** Those of the chunks that describe the pixels which may come behind them. */
const ANYWHERE = new Set(['IDAT', 'iCCP']);

/** The lengths that decoders take, by colour type; of a palette they depend on its colours. */
const LENGTHS: ReadonlyMap<string, ReadonlyMap<number, number>> = new Map([
  ['tRNS', lengths([0, 2], [2, 6])],
  ['sBIT', lengths([0, 1], [2, 3], [INDEXED, 3], [4, 2], [6, 4])],
  ['bKGD', lengths([0, 2], [2, 6], [INDEXED, 1], [4, 2], [6, 6])],
]);

function lengths(...byColour: readonly (readonly [colour: number, length: number])[]): ReadonlyMap<number, number> {
  return new Map(byColour);
}

interface Chunk {
  readonly type: string;
  readonly length: number;
}

/** What has passed of a picture. */
interface Passed {
  readonly header: { readonly colour: number };
  readonly types: ReadonlySet<string>;
  /** Colours of the palette. */
  readonly colours: number;
}

/** Whether a chunk says something at this place: an animation is only one when it says so once and ahead of the picture. */
export function isHeeded({ type, length }: Chunk, passed: Passed): boolean {
  const { types } = passed;
  if (type === 'acTL') return !types.has('acTL') && !types.has('IDAT');
  if (ANIMATING.has(type)) return types.has('acTL');
  if (length > (KEPT_CHUNKS.get(type) ?? 0)) return false;
  if (types.has('IDAT') && !ANYWHERE.has(type)) return false;
  return toHeededLength({ type, length }, passed) > 0;
}

/** How many bytes of a chunk decoders of such pixels look at: in what they pass over, anything could stay. */
export function toHeededLength({ type, length }: Chunk, { header: { colour }, colours }: Passed): number {
  const isIndexed = colour === INDEXED;
  if (type === 'PLTE') return isIndexed ? length : 0;
  if (type === 'hIST') return isIndexed && length === 2 * colours ? length : 0;
  const taken = type === 'tRNS' && isIndexed ? Math.min(length, colours) : toTaken(type, colour, length);
  // Chromium takes the beginning of a transparency that is too long, and nothing of the others.
  return taken === length || (type === 'tRNS' && taken < length) ? taken : 0;
}

const toTaken = (type: string, colour: number, length: number): number => {
  const byColour = LENGTHS.get(type);
  return byColour === undefined ? length : (byColour.get(colour) ?? 0);
};
