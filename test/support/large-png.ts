import { crc32 } from 'node:zlib';
import { chunk, makePng } from './png.ts';

const PIECE = Buffer.alloc(1024 * 1024, 0x5a);

/** Streams a PNG of about so many bytes: one picture chunk whose checksum is right. */
export async function* streamLargePng(bytes: number): AsyncGenerator<Buffer> {
  const small = makePng(1000, 1000, { grey: 1 });
  yield small.subarray(0, 33);
  const pieces = Math.ceil(bytes / PIECE.length);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(pieces * PIECE.length, 0);
  head.write('IDAT', 4, 'latin1');
  yield head;
  let checksum = crc32('IDAT');
  for (let index = 0; index < pieces; index += 1) {
    checksum = crc32(PIECE, checksum);
    yield PIECE;
  }
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(checksum, 0);
  yield tail;
  yield chunk('IEND', Buffer.alloc(0));
}
