// What becomes of the bytes of a source:
//   source    header   EXIF              pixels   GPS   pixels
//   call      keep     drop     insert   keep     zero  keep
//   written   header            turn 6   pixels   000   pixels
import { ImageError } from './image-error.ts';
import type { RemovedPart } from './removed.ts';

/** Is shown bytes as they pass, in order, in pieces of any size. */
type Observe = (piece: Buffer) => void;

/**
 * Bytes that run once from a source to a `write`; every byte is kept, dropped or replaced in passing.
 *
 * No more of the source is pulled than the calls need. Kept neighbours are written together, as views of the source's chunks.
 *
 * @throws {ImageError} truncated, from every call that needs more bytes than the source has, except `peekUpTo`
 */
export interface ByteTransformer {
  /** How many bytes of the source have passed. */
  position(): number;
  /** Counts one more chunk, segment, block or box. @throws {ImageError} too-many-parts for too few bytes a part */
  beginPart(): void;
  /** Shows the next `length` bytes; only a stretch that straddles chunks is copied. */
  peek(length: number): Promise<Buffer>;
  /** Shows at most `length` bytes, fewer only when the source ends before. */
  peekUpTo(length: number): Promise<Buffer>;
  /** Shows the bytes at hand, at least one. */
  piece(): Promise<Buffer>;
  keep(length: number, observe?: Observe): Promise<void>;
  drop(length: number, observe?: Observe): Promise<void>;
  /** Passes `length` bytes and writes as many zeros. */
  zero(length: number): Promise<void>;
  /** Writes bytes that are not from the source. */
  insert(bytes: Uint8Array): Promise<void>;
  /** Says what is being taken out. */
  note(part: RemovedPart): void;
  /** Whether bytes are at hand that have not passed; the source is not asked for more. */
  hasMore(): boolean;
  /** Writes the kept bytes that are still held back. */
  flush(): Promise<void>;
  /** Tells a source that has not ended that no more will be pulled. */
  close(): Promise<void>;
}

const NOTHING: Buffer = Buffer.alloc(0);
const ZEROS = Buffer.alloc(65_536);
// Pieces below this are gathered: a write costs more than a copy.
const SMALL_LENGTH = 2048;
const GATHERED_LENGTH = 16_384;
// A join takes this much more of a chunk that is at hand, so that steps of a few bytes do not join again at once.
const SPARE_LENGTH = 1024;
// Real images have one part for some thousands of bytes; millions of empty ones would only cost time.
const MAX_PARTS = 10_000;
const MIN_PART_LENGTH = 1024;

const endsEarly = () => new ImageError('truncated');

type Write = (chunk: Uint8Array) => void | Promise<void>;

/** Writes large pieces as they are and gathers small ones. */
function createSink(write: Write): { put(bytes: Uint8Array): Promise<void>; flush(): Promise<void> } {
  let gathered = NOTHING;
  let length = 0;

  async function flush(): Promise<void> {
    if (length === 0) return;
    const chunk = gathered.subarray(0, length);
    // Whoever was written to may hold on to the bytes.
    gathered = gathered.subarray(length);
    length = 0;
    await write(chunk);
  }

  async function put(bytes: Uint8Array): Promise<void> {
    if (bytes.length >= SMALL_LENGTH) {
      await flush();
      await write(bytes);
      return;
    }
    if (length + bytes.length > gathered.length) {
      await flush();
      if (bytes.length > gathered.length) gathered = Buffer.allocUnsafe(GATHERED_LENGTH);
    }
    gathered.set(bytes, length);
    length += bytes.length;
  }

  return { put, flush };
}

/** Creates a transformer between a source and a `write`, which is awaited before more is pulled. */
export function createByteTransformer(
  source: AsyncIterable<Uint8Array>,
  write: Write,
  note: (part: RemovedPart) => void = () => undefined,
): ByteTransformer {
  const iterator = source[Symbol.asyncIterator]();
  const sink = createSink(write);
  let ended = false;
  let head = NOTHING;
  // What is left of a chunk whose beginning was joined into `head`.
  let rest = NOTHING;
  // Offsets in `head`: the next byte, and the first kept byte that is not written yet.
  let at = 0;
  let keptFrom = 0;
  let headStart = 0;
  let parts = 0;

  async function nextChunk(): Promise<Buffer | undefined> {
    if (rest.length > 0) {
      const chunk = rest;
      rest = NOTHING;
      return chunk;
    }
    while (!ended) {
      // A source that fails or ends is over and needs no closing.
      ended = true;
      const { done, value } = await iterator.next();
      if (done === true) return undefined;
      ended = false;
      if (value.length > 0) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    return undefined;
  }

  function load(chunk: Buffer): void {
    headStart += at;
    head = chunk;
    at = 0;
    keptFrom = 0;
  }

  async function release(): Promise<void> {
    if (keptFrom === at) return;
    const kept = head.subarray(keptFrom, at);
    keptFrom = at;
    await sink.put(kept);
  }

  async function piece(): Promise<Buffer> {
    if (at === head.length) {
      await release();
      const chunk = await nextChunk();
      if (chunk === undefined) throw endsEarly();
      load(chunk);
    }
    return at === 0 ? head : head.subarray(at);
  }

  async function join(length: number): Promise<Buffer> {
    await release();
    const joined = Buffer.allocUnsafe(length + SPARE_LENGTH);
    let filled = head.copy(joined, 0, at);
    while (filled < length) {
      const chunk = await nextChunk();
      if (chunk === undefined) break;
      const taken = chunk.copy(joined, filled);
      filled += taken;
      rest = chunk.subarray(taken);
    }
    load(joined.subarray(0, filled));
    return head.subarray(0, length);
  }

  const peekUpTo = async (length: number): Promise<Buffer> =>
    at + length <= head.length ? head.subarray(at, at + length) : join(length);

  async function peek(length: number): Promise<Buffer> {
    const bytes = await peekUpTo(length);
    if (bytes.length < length) throw endsEarly();
    return bytes;
  }

  async function pass(length: number, passed: (piece: Buffer) => void | Promise<void>): Promise<void> {
    for (let left = length; left > 0; ) {
      const ready = await piece();
      const taken = left < ready.length ? ready.subarray(0, left) : ready;
      at += taken.length;
      left -= taken.length;
      await passed(taken);
    }
  }

  return {
    position: () => headStart + at,

    note,

    hasMore: () => at < head.length || rest.length > 0,

    beginPart() {
      parts += 1;
      if (parts > MAX_PARTS + (headStart + at) / MIN_PART_LENGTH) {
        throw new ImageError('too-many-parts');
      }
    },

    peek,
    peekUpTo,
    piece,

    async keep(length, observe) {
      for (let left = length; left > 0; ) {
        const ready = await piece();
        const taken = Math.min(left, ready.length);
        observe?.(ready.subarray(0, taken));
        at += taken;
        left -= taken;
      }
    },

    async drop(length, observe) {
      await release();
      await pass(length, (dropped) => {
        keptFrom = at;
        observe?.(dropped);
      });
    },

    async zero(length) {
      await release();
      await pass(length, async ({ length: passed }) => {
        keptFrom = at;
        for (let left = passed; left > 0; left -= ZEROS.length) await sink.put(ZEROS.subarray(0, left));
      });
    },

    async insert(bytes) {
      await release();
      await sink.put(bytes);
    },

    async flush() {
      await release();
      await sink.flush();
    },

    async close() {
      if (ended) return;
      ended = true;
      await iterator.return?.();
    },
  };
}
