// https://www.w3.org/TR/png-3/#11IDAT
// The chunks of a stream are held until its end is known: one that says more than the rows need is packed anew.
import { crc32 } from 'node:zlib';
import type { ByteTransformer } from './byte-transformer.ts';
import type { PixelStream } from './png-pixels.ts';

export { createPixelStream, createUnpackBudget } from './png-pixels.ts';
export { rowsLength } from './png-rows.ts';

/** So much of a stream is held; what is longer passes as it comes. */
const MAX_HELD = 16 * 1024 ** 2;

/** A chunk of pixels: its name, with what comes ahead of its pixels, and these. */
interface PixelChunk {
  readonly head: Buffer;
  readonly pieces: readonly Buffer[];
}

/** How many bytes of a chunk there are from its name to its pixels, and of these. */
interface Extent {
  readonly before: number;
  readonly length: number;
}

type Check = (computed: number, stored: Buffer) => void;

/** The chunks of one stream of pixels on their way; what lies behind its end is overwritten. */
export interface PixelChunks {
  /** Passes, or holds, the chunk at hand; its checksum is shown to `check`. */
  pass(chunk: Extent, check: Check): Promise<void>;
  /** Writes what is held, because something else follows. */
  release(): Promise<void>;
  /** Frees what reading takes. */
  close(): void;
}

const toBytes = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

async function writeChunk(transformer: ByteTransformer, { head, pieces }: PixelChunk): Promise<void> {
  const length = head.length - 4 + pieces.reduce((sum, piece) => sum + piece.length, 0);
  await transformer.insert(toBytes(length));
  for (const part of [head, ...pieces]) await transformer.insert(part);
  await transformer.insert(toBytes(pieces.reduce((checksum, piece) => crc32(piece, checksum), crc32(head))));
}

/** Shares bytes out among chunks; those of an animation are counted, so that each stays. */
function shareOut(bytes: Buffer, chunks: readonly PixelChunk[]): readonly PixelChunk[] {
  const share = Math.ceil(bytes.length / chunks.length);
  return chunks
    .map(({ head }, index) => ({ head, pieces: [bytes.subarray(index * share, (index + 1) * share)] }))
    .filter(({ head, pieces: [piece] }) => head.length > 4 || piece?.length !== 0);
}

/** Creates what passes the chunks of one stream. */
export function createPixelChunks(transformer: ByteTransformer, stream: PixelStream): PixelChunks {
  let held: PixelChunk[] | undefined = [];
  let heldLength = 0;
  let repacked: Buffer | undefined;

  /** Reads the bytes at hand, at most `left`; answers them as they are kept. */
  async function readPiece(left: number): Promise<{ readonly piece: Buffer; readonly used: number }> {
    const piece = (await transformer.piece()).subarray(0, left);
    if (repacked !== undefined) return { piece, used: 0 };
    const used = Math.min((await stream.read(piece)) ?? piece.length, piece.length);
    const isBlank = piece.subarray(used).every((byte) => byte === 0);
    if (!isBlank) transformer.note('trailing');
    return { piece, used: isBlank ? piece.length : used };
  }

  async function keepThrough({ before, length }: Extent, check: Check): Promise<void> {
    await transformer.keep(4);
    let computed = 0;
    await transformer.keep(before, (piece) => {
      computed = crc32(piece, computed);
    });
    let kept = computed;
    for (let left = length; left > 0; ) {
      const { piece, used } = await readPiece(left);
      const behind = piece.length - used;
      computed = crc32(piece, computed);
      kept = crc32(behind > 0 ? Buffer.concat([piece.subarray(0, used), Buffer.alloc(behind)]) : piece, kept);
      left -= piece.length;
      await transformer.keep(used);
      if (behind > 0) await transformer.zero(behind);
    }
    check(computed, await transformer.peek(4));
    if (kept === computed) return transformer.keep(4);
    await transformer.drop(4);
    await transformer.insert(toBytes(kept));
  }

  async function hold({ before, length }: Extent, check: Check, chunks: PixelChunk[]): Promise<void> {
    await transformer.drop(4);
    const head = Buffer.from(await transformer.peek(before));
    await transformer.drop(before);
    const pieces: Buffer[] = [];
    let computed = crc32(head);
    for (let left = length; left > 0; ) {
      const { piece, used } = await readPiece(left);
      computed = crc32(piece, computed);
      left -= piece.length;
      if (repacked === undefined) pieces.push(piece.subarray(0, used), Buffer.alloc(piece.length - used));
      await transformer.drop(piece.length);
    }
    check(computed, await transformer.peek(4));
    await transformer.drop(4);
    chunks.push({ head, pieces });
  }

  /** Packs anew what says more than the rows need; writes what is held when no more is to be found in what follows. */
  async function judge(chunks: readonly PixelChunk[]): Promise<void> {
    if (repacked !== undefined) return;
    if (stream.hasSurplus()) repacked = await stream.repack(chunks.flatMap(({ pieces }) => pieces));
    if (repacked !== undefined) transformer.note('trailing');
    else if (!stream.isOpen()) await release();
  }

  async function release(): Promise<void> {
    const chunks = held ?? [];
    held = undefined;
    for (const chunk of repacked === undefined ? chunks : shareOut(repacked, chunks)) {
      await writeChunk(transformer, chunk);
    }
  }

  return {
    async pass(chunk, check) {
      if (repacked === undefined) heldLength += chunk.length;
      if (heldLength > MAX_HELD) await release();
      if (held === undefined) return keepThrough(chunk, check);
      await hold(chunk, check, held);
      await judge(held);
    },
    release,
    close: () => stream.close(),
  };
}
