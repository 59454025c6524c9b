import { AppError } from '../../../src/errors.ts';
import { type ImageFacts, type ImageLimits, scrubImage } from '../../../src/images/inspect.ts';

/** The limits of a usual deployment. */
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

/** Scrubs bytes that must be refused; answers the refusal. */
export async function refusal(bytes: Uint8Array, limits = LIMITS): Promise<AppError> {
  try {
    await scrub(bytes, { limits });
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('The image was accepted');
}
