// https://www.w3.org/Graphics/JPEG/itu-t81.pdf (B.1.1.5: entropy-coded data segments)
import { breathe } from './breathe.ts';
import type { ByteTransformer } from './byte-transformer.ts';
import type { Bits, Outcome } from './jpeg-blocks.ts';
import { createCoding, type Scan } from './jpeg-coding.ts';

export { createCoding };

/** Bytes that are read between two turns of others: some milliseconds. */
const SLICE = 32_768;
/** More than a block that waits for its end, and more than one reads behind it. */
const ROOM = 1024;
const RESTART = 0xd0;

/** What the file around a scan is asked for. */
export interface Surroundings {
  /** Keeps fill bytes and shows the code of the marker at hand, 0 for a stuffed byte. */
  codeAfterFill(transformer: ByteTransformer): Promise<number>;
  /** Drops what is behind coded data up to a marker, also a restart when `alsoRestarts`; shows its code. */
  dropTrailing(transformer: ByteTransformer, alsoRestarts: boolean): Promise<number>;
}

/** Coded bytes, without what stuffs them. */
interface Unstuffed extends Bits {
  readonly bytes: Uint8Array;
}

/** Takes coded bytes up to a marker, or up to a last byte that may begin one; answers how many of `piece` they are. */
function unstuff(piece: Uint8Array, coded: Unstuffed): number {
  const { bytes } = coded;
  // What has not been read yet goes to the front.
  const start = coded.at >>> 3;
  bytes.copyWithin(0, start, coded.end >>> 3);
  coded.at &= 7;
  let to = (coded.end >>> 3) - start;
  let at = 0;
  for (; at < piece.length; at += 1) {
    const byte = piece[at] ?? 0;
    if (byte === 0xff) {
      if (piece[at + 1] !== 0) break;
      at += 1;
    }
    bytes[to] = byte;
    to += 1;
  }
  coded.end = to * 8;
  return at;
}

/** How many bytes of a piece hold its first `count` coded bytes. */
function stuffedLength(piece: Uint8Array, count: number): number {
  let at = 0;
  for (let left = count; left > 0; left -= 1) at += piece[at] === 0xff ? 2 : 1;
  return at;
}

/** Keeps the last coded byte; what fills it up says nothing. */
async function keepLastByte(transformer: ByteTransformer, piece: Buffer, length: number, free: number): Promise<void> {
  const mask = (1 << free) - 1;
  const last = piece.readUInt8(length - 1);
  const filling = last & mask;
  // After a stuffed byte all bits are set.
  const isStuffed = length > 1 && last === 0 && piece.readUInt8(length - 2) === 0xff;
  if (isStuffed || filling === 0 || filling === mask) return transformer.keep(length);
  transformer.note('trailing');
  await transformer.keep(length - 1);
  await transformer.drop(1);
  await transformer.insert((last | mask) === 0xff ? Buffer.from([0xff, 0]) : Buffer.from([last | mask]));
}

/** Passes one restart interval; answers how it ended. */
async function passInterval(
  transformer: ByteTransformer,
  { reader }: Scan,
  coded: Unstuffed,
  codeAfterFill: Surroundings['codeAfterFill'],
): Promise<Outcome> {
  for (;;) {
    const piece = (await transformer.piece()).subarray(0, SLICE);
    const before = ((coded.end >>> 3) - (coded.at >>> 3)) * 8;
    const length = unstuff(piece, coded);
    if (length === 0) {
      if ((await codeAfterFill(transformer)) !== 0) return 'more';
      continue;
    }
    const outcome = reader.read(coded);
    if (outcome === 'broken') return outcome;
    if (outcome === 'done') {
      const used = stuffedLength(piece, Math.ceil((coded.at - before) / 8));
      await keepLastByte(transformer, piece, used, -coded.at & 7);
      return outcome;
    }
    await transformer.keep(length);
    if (length === SLICE) await breathe();
  }
}

/** Passes the coded data of a scan and drops what comes after what is needed, in each restart interval. Answers whether the scan was read to its end. */
export async function passScan(
  transformer: ByteTransformer,
  scan: Scan,
  { codeAfterFill, dropTrailing }: Surroundings,
): Promise<boolean> {
  const bytes = new Uint8Array(SLICE + 2 * ROOM);
  const coded: Unstuffed = { bytes, data: new DataView(bytes.buffer), at: 0, end: 0 };
  for (let left = scan.blocks, number = 0; left > 0; number += 1) {
    const blocks = scan.interval === 0 ? left : Math.min(left, scan.interval);
    left -= blocks;
    coded.at = 0;
    coded.end = 0;
    scan.reader.begin(blocks);
    if ((await passInterval(transformer, scan, coded, codeAfterFill)) !== 'done') return false;
    const code = await dropTrailing(transformer, left === 0);
    if (left > 0 && code !== RESTART + (number & 7)) return false;
    if (left > 0) await transformer.keep(2);
  }
  return true;
}
