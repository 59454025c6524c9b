// https://www.rfc-editor.org/rfc/rfc1950 (2.2): two bytes of header, deflated data, and four bytes of checksum.
import { crc32, createInflateRaw } from 'node:zlib';
import type { ByteTransformer } from './byte-transformer.ts';

const HEADER_LENGTH = 2;
const CHECKSUM_LENGTH = 4;
/** So much of one image is unpacked to find the ends of its streams: 128 megapixels of eight-bit colour with alpha. */
const MAX_UNPACKED = 512 * 1024 ** 2;
const UNPACKED_PIECE = 256 * 1024;

/** What may still be unpacked, in bytes, of one image. */
export interface UnpackBudget {
  left: number;
}

export const createUnpackBudget = (): UnpackBudget => ({ left: MAX_UNPACKED });

/** A zlib stream of pixels that passes in pieces, read just closely enough to know where it ends. */
export interface PixelStream {
  /** Reads on, in another thread; answers how many of the bytes belong to the stream where it ends among or before them. */
  read(bytes: Uint8Array): Promise<number | undefined>;
  /** Frees what reading takes. */
  close(): void;
}

/** Creates the reader of one stream that has at most `longest` bytes to say. What is broken, or says more, has no end. */
export function createPixelStream(longest: number, budget: UnpackBudget): PixelStream {
  const inflater = createInflateRaw({ chunkSize: UNPACKED_PIECE });
  let passed = 0;
  let unpacked = 0;
  let deflatedEnd: number | undefined;
  let isLost = false;
  let settle: () => void = () => undefined;

  const lose = (): void => {
    isLost = true;
    inflater.destroy();
    settle();
  };
  inflater.on('data', ({ length }: Buffer) => {
    unpacked += length;
    budget.left -= length;
    if (unpacked > longest || budget.left < 0) lose();
  });
  inflater.on('error', lose);
  inflater.on('end', () => {
    deflatedEnd = HEADER_LENGTH + inflater.bytesWritten;
    settle();
  });
  /** Waits until the bytes are read, or the end is found: then their callback never comes. */
  const unpack = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      settle = resolve;
      inflater.write(bytes, () => resolve());
    });

  return {
    async read(bytes) {
      const from = passed;
      passed += bytes.length;
      const deflated = bytes.subarray(Math.max(0, HEADER_LENGTH - from));
      if (deflatedEnd === undefined && !isLost && deflated.length > 0) await unpack(deflated);
      if (deflatedEnd === undefined || deflatedEnd + CHECKSUM_LENGTH > passed) return undefined;
      return Math.max(0, deflatedEnd + CHECKSUM_LENGTH - from);
    },
    close: () => inflater.destroy(),
  };
}

/**
 * Passes a chunk of pixels behind its length and keeps what its stream holds; what lies behind the end is overwritten.
 * Answers the checksums of the chunk as it came and as it was kept.
 */
export async function passPixels(
  transformer: ByteTransformer,
  { before, length }: { readonly before: number; readonly length: number },
  stream: PixelStream,
): Promise<{ readonly computed: number; readonly kept: number }> {
  let computed = 0;
  let kept = 0;
  await transformer.keep(before, (piece) => {
    computed = crc32(piece, computed);
    kept = computed;
  });
  for (let left = length; left > 0; ) {
    const piece = (await transformer.piece()).subarray(0, left);
    const used = Math.min((await stream.read(piece)) ?? piece.length, piece.length);
    const isBehind = used < piece.length && !piece.subarray(used).every((byte) => byte === 0);
    computed = crc32(piece, computed);
    kept = crc32(isBehind ? Buffer.concat([piece.subarray(0, used), Buffer.alloc(piece.length - used)]) : piece, kept);
    left -= piece.length;
    await transformer.keep(isBehind ? used : piece.length);
    if (!isBehind) continue;
    transformer.note('trailing');
    await transformer.zero(piece.length - used);
  }
  return { computed, kept };
}
