import { randomFillSync } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

/** What makes one picture differ from the next. */
export interface PngOptions {
  /** The grey of every pixel. */
  readonly grey?: number;
  /** Fills the picture with noise, which does not compress, instead of the grey. */
  readonly noise?: boolean;
  /** Width and height that the header claims, instead of the true ones. */
  readonly claim?: readonly [number, number];
}

/** Makes a real PNG of one grey. */
export function makePng(width: number, height: number, options: PngOptions = {}): Buffer {
  const { grey = 0, claim = [width, height], noise = false } = options;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(claim[0], 0);
  header.writeUInt32BE(claim[1], 4);
  header.set([8, 2, 0, 0, 0], 8);
  const makeRow = (): Buffer => {
    const row = Buffer.alloc(1 + width * 3, grey);
    if (noise) randomFillSync(row);
    row[0] = 0;
    return row;
  };
  const pixels = Buffer.concat(Array.from({ length: height }, makeRow));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Makes one PNG chunk with its length and checksum. */
export function chunk(type: string, data: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.byteLength, 0);
  head.write(type, 4, 'latin1');
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crc32(Buffer.concat([head.subarray(4), data])), 0);
  return Buffer.concat([head, data, tail]);
}
