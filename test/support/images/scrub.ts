import {
  ImageError,
  type ImageErrorCode,
  type ImageFacts,
  type ImageLimits,
  type RemovedPart,
  scrubImage,
} from '../../../src/images/index.ts';

/** Limits that a test reaches cheaply. */
export const LIMITS: ImageLimits = { maxPixels: 40_000_000, maxSide: 16_384, maxFrames: 200 };

/** Gives bytes in pieces of the lengths in `lengths`, over and over. */
export async function* inPieces(bytes: Uint8Array, lengths: readonly number[] = [65_536]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

/** Scrubs bytes and gathers what was written. */
export async function scrub(
  bytes: Uint8Array,
  { lengths, limits = LIMITS }: { readonly lengths?: readonly number[]; readonly limits?: ImageLimits } = {},
): Promise<{ readonly facts: ImageFacts; readonly output: Buffer }> {
  const written: Uint8Array[] = [];
  const facts = await scrubImage(inPieces(bytes, lengths), (chunk) => void written.push(chunk), limits);
  return { facts, output: Buffer.concat(written) };
}

/** Scrubs bytes that come in pieces of these lengths; answers what was written and what it says it took out. */
export async function scrubTelling(
  bytes: Uint8Array,
  lengths?: readonly number[],
): Promise<{ readonly output: Buffer; readonly removed: readonly RemovedPart[] }> {
  const written: Uint8Array[] = [];
  const removed = new Set<RemovedPart>();
  await scrubImage(
    inPieces(bytes, lengths),
    (chunk) => void written.push(chunk),
    LIMITS,
    (part) => removed.add(part),
  );
  return { output: Buffer.concat(written), removed: [...removed] };
}

/** Scrubs bytes that must be refused; answers the refusal. */
export async function refusal(bytes: Uint8Array, limits = LIMITS): Promise<ImageError> {
  try {
    await scrub(bytes, { limits });
  } catch (error) {
    if (error instanceof ImageError) return error;
    throw error;
  }
  throw new Error('The image was accepted');
}

/** A row of a table of images that must be refused: what is wrong with the image, the image, and what `reasonOf` says. */
export type Refused = readonly [what: string, image: Buffer, reason: ImageErrorCode | `${ImageErrorCode} ${string}`];

/** Scrubs bytes that must be refused; answers the code, and after it the part that is at fault where the error names one. */
export async function reasonOf(bytes: Uint8Array): Promise<string> {
  const { code, facts } = await refusal(bytes);
  return facts.part === undefined ? code : `${code} ${facts.part}`;
}
