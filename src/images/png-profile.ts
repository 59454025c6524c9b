// https://www.w3.org/TR/png-3/#11iCCP
// A name, a byte of nought, the one way of packing, and the packed profile.
import { deflate, inflate } from 'node:zlib';
import { isUsable, MAX_PROFILE_LENGTH, scrubProfile } from './icc.ts';
import { ImageError } from './image-error.ts';

/** The name that a profile gets, and the one way of packing it. */
const PROFILE_HEAD = Buffer.from('icc\0\0', 'latin1');
const MAX_NAME_LENGTH = 79;

interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

const deflateAll = (data: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) =>
    deflate(data, (error, packed) => (error === null ? resolve(packed) : reject(error))),
  );

/** Scrubs the profile of an iCCP chunk and takes its name and what follows it off; nothing where decoders find none. */
export async function repackProfile(data: Buffer): Promise<Buffer | undefined> {
  const packedAt = data.indexOf(0) + 2;
  if (packedAt < 3 || packedAt > MAX_NAME_LENGTH + 2 || data.at(packedAt - 1) !== 0) return undefined;
  const packed = data.subarray(packedAt);
  const profile = await inflateUpTo(packed);
  const clean = profile === undefined ? Buffer.alloc(0) : scrubProfile(profile.buffer);
  if (!isUsable(clean)) return undefined;
  const same = profile?.engine.bytesWritten === packed.length && clean.equals(profile.buffer);
  return Buffer.concat([PROFILE_HEAD, same ? packed : await deflateAll(clean)]);
}

/** Unpacks off the event loop; nothing where the stream is broken. @throws {ImageError} profile-too-large */
async function inflateUpTo(packed: Buffer): Promise<Inflated | undefined> {
  try {
    return await new Promise((resolve, reject) => {
      inflate(packed, { info: true, maxOutputLength: MAX_PROFILE_LENGTH }, (error, result) =>
        // With `info`, which its types do not know, it also says how much it has read.
        error === null ? resolve(result as unknown as Inflated) : reject(error),
      );
    });
  } catch (error) {
    if (error instanceof RangeError) throw new ImageError('profile-too-large');
    return undefined;
  }
}
