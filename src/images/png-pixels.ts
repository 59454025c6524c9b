// https://www.rfc-editor.org/rfc/rfc1950 (2.2): two bytes of header, deflated data, and four bytes of checksum.
import { createInflateRaw } from 'node:zlib';
import { repackRows } from './png-rows.ts';

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
  /** Whether it is known to say more than the rows need. */
  hasSurplus(): boolean;
  /** Whether its end is still looked for. */
  isOpen(): boolean;
  /** Packs anew what the rows need of the bytes that were read; nothing where that is too much, or they are not shown. */
  repack(packed: readonly Buffer[]): Promise<Buffer | undefined>;
  /** Frees what reading takes. */
  close(): void;
}

/** Creates the reader of one stream whose rows need `needed` bytes. What is broken, or says more, has no end. */
export function createPixelStream(needed: number, budget: UnpackBudget): PixelStream {
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
    if (unpacked > needed || budget.left < 0) lose();
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
      if (isLost || deflatedEnd === undefined || deflatedEnd + CHECKSUM_LENGTH > passed) return undefined;
      return Math.max(0, deflatedEnd + CHECKSUM_LENGTH - from);
    },
    hasSurplus: () => unpacked > needed,
    isOpen: () => !isLost && (deflatedEnd === undefined || deflatedEnd + CHECKSUM_LENGTH > passed),
    async repack(packed) {
      budget.left -= needed;
      return budget.left < 0 ? undefined : repackRows(packed, needed);
    },
    close: () => inflater.destroy(),
  };
}
