import { crc32 } from 'node:zlib';

/** One byte, Latin-1 text or other bytes. */
export type Part = number | string | Uint8Array;

/** Bytes out of numbers (one byte each), Latin-1 text and other bytes. */
export function bytesOf(...parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : toBytes(part))));
}

const toBytes = (part: number | Uint8Array): Uint8Array => (typeof part === 'number' ? Uint8Array.of(part) : part);

/** A big-endian number. */
export function big(value: number, bytes = 4): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigUInt64BE(BigInt(value));
  else buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

/** A little-endian number. */
export function little(value: number, bytes = 4): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, bytes);
  return buffer;
}

/** A PNG chunk with its checksum. */
export function pngChunk(type: string, ...data: readonly Part[]): Buffer {
  const body = bytesOf(type, ...data);
  return bytesOf(big(body.length - 4), body, big(crc32(body)));
}

/** An IHDR chunk: eight bits a sample unless told. */
export function pngHeader(width: number, height: number, { depth = 8, colour = 6, interlace = 0 } = {}): Buffer {
  return pngChunk('IHDR', big(width), big(height), depth, colour, 0, 0, interlace);
}

/** A PNG of these chunks, signature and IEND included. */
export function png(...chunks: readonly Uint8Array[]): Buffer {
  return bytesOf('\x89PNG\r\n\x1a\n', ...chunks, pngChunk('IEND'));
}

/** Writes the right checksum into every chunk of a PNG, as far as its structure can be walked. */
export function mendPng(bytes: Buffer): Buffer {
  const mended = Buffer.from(bytes);
  for (let at = 8; at + 12 <= mended.length; ) {
    const end = at + 8 + mended.readUInt32BE(at);
    if (end + 4 > mended.length) break;
    mended.writeUInt32BE(crc32(mended.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return mended;
}

/** A JPEG segment by its marker's code. */
export function jpegSegment(code: number, ...data: readonly Part[]): Buffer {
  const body = bytesOf(...data);
  return bytesOf(0xff, code, big(body.length + 2, 2), body);
}

/** A baseline frame header of one component. */
export function jpegFrame(width: number, height: number, code = 0xc0): Buffer {
  return jpegSegment(code, 8, big(height, 2), big(width, 2), 1, 1, 0x11, 0);
}

/** A scan of one component with its coded data. */
export function jpegScan(...coded: readonly Part[]): Buffer {
  return bytesOf(jpegSegment(0xda, 1, 1, 0, 0, 63, 0), ...coded);
}

/** A JPEG of these segments, SOI and EOI included. */
export function jpeg(...segments: readonly Uint8Array[]): Buffer {
  return bytesOf(0xff, 0xd8, ...segments, 0xff, 0xd9);
}

/** Puts segments right after a JPEG's SOI. */
export function withSegments(image: Buffer, ...segments: readonly Uint8Array[]): Buffer {
  return bytesOf(image.subarray(0, 2), ...segments, image.subarray(2));
}

/** A TIFF block whose first directory has the given entries: tag, type, count, value (as written into the entry's four bytes). */
export function tiff(
  order: 'II' | 'MM',
  entries: readonly (readonly [tag: number, type: number, count: number, value: Uint8Array])[],
): Buffer {
  const number = order === 'II' ? little : big;
  const fields = entries.map(([tag, type, count, value]) =>
    bytesOf(number(tag, 2), number(type, 2), number(count), value),
  );
  return bytesOf(order, number(42, 2), number(8), number(entries.length, 2), ...fields, number(0));
}

/** A colour profile of these tags, which says nothing but colours in its header. */
export function iccProfile(...tags: readonly (readonly [signature: string, data: Buffer])[]): Buffer {
  const dataAt = 132 + 12 * tags.length;
  const entries = tags.map(([signature, data], index) => {
    const before = tags.slice(0, index).reduce((length, [, { length: taken }]) => length + taken, 0);
    return bytesOf(signature, big(dataAt + before), big(data.length));
  });
  const content = bytesOf(...entries, ...tags.map(([, data]) => data));
  const header = Buffer.alloc(128);
  header.writeUInt32BE(132 + content.length, 0);
  header.write('\x04\x30\0\0mntrRGB XYZ \x07\xd0\0\x01\0\x01', 8, 'latin1');
  header.write('acsp', 36, 'latin1');
  header.write('\0\0\xf6\xd6\0\x01\0\0\0\0\xd3\x2d', 68, 'latin1');
  return bytesOf(header, big(tags.length), content);
}

/** A GIF's header and screen, without a colour table. */
export function gifScreen(width: number, height: number): Buffer {
  return bytesOf('GIF89a', little(width, 2), little(height, 2), 0, 0, 0);
}

/** A GIF frame with a little data. */
export function gifFrame(width: number, height: number, codeSize = 2): Buffer {
  return bytesOf(0x2c, little(0), little(width, 2), little(height, 2), 0, codeSize, 2, 0x44, 0x01, 0);
}

/** A GIF extension with its sub-blocks. */
export function gifExtension(label: number, ...blocks: readonly (string | Uint8Array)[]): Buffer {
  return bytesOf(0x21, label, ...blocks.flatMap((block) => [block.length, block]), 0);
}

/** A RIFF chunk, padded. */
export function riffChunk(type: string, ...data: readonly Part[]): Buffer {
  const body = bytesOf(...data);
  return bytesOf(type, little(body.length), body, Buffer.alloc(body.length % 2));
}

/** A WebP of these chunks. */
export function webp(...chunks: readonly Uint8Array[]): Buffer {
  return riffChunk('RIFF', 'WEBP', ...chunks);
}

/** A VP8X chunk. */
export function webpCanvas(width: number, height: number, flags = 0): Buffer {
  return riffChunk('VP8X', little(flags), little(width - 1, 3), little(height - 1, 3));
}

/** The header of a lossless bitstream. */
export function webpLossless(width: number, height: number): Buffer {
  return riffChunk('VP8L', 0x2f, little((width - 1) | ((height - 1) << 14)), 0);
}

/** The header of a lossy bitstream. */
export function webpLossy(width: number, height: number): Buffer {
  return riffChunk('VP8 ', 0x10, 0, 0, 0x9d, 0x01, 0x2a, little(width, 2), little(height, 2));
}

/** A frame of an animation at the canvas's corner. */
export function webpFrame(width: number, height: number, ...parts: readonly Uint8Array[]): Buffer {
  return riffChunk(
    'ANMF',
    little(0, 3),
    little(0, 3),
    little(width - 1, 3),
    little(height - 1, 3),
    little(0),
    ...parts,
  );
}

/** A box. */
export function box(type: string, ...data: readonly Part[]): Buffer {
  const body = bytesOf(...data);
  return bytesOf(big(body.length + 8), type, body);
}

/** A box with version and flags. */
export function fullBox(type: string, version: number, ...data: readonly Part[]): Buffer {
  return box(type, version, 0, 0, 0, ...data);
}

/** The first box of an AVIF. */
export function avifType(...brands: readonly string[]): Buffer {
  return box('ftyp', brands[0] ?? 'avif', big(0), ...brands, 'mif1');
}

/** An item of an AVIF: where its bytes are (`method` 0 the file, 1 the idat box) and what they are. */
export interface BuiltItem {
  readonly id: number;
  readonly type: string;
  readonly start: number;
  readonly length: number;
  readonly method?: number;
}

/** A meta box whose first item is the primary one and has the given size; `extra` is put at its end. */
export function avifMeta(
  [width, height]: readonly [number, number],
  items: readonly BuiltItem[],
  ...extra: readonly Uint8Array[]
): Buffer {
  const infos = items.map(({ id, type }) => fullBox('infe', 2, big(id, 2), big(0, 2), type, 0));
  const places = items.map(({ id, method = 0, start, length }) =>
    bytesOf(big(id, 2), big(method, 2), big(0, 2), big(1, 2), big(start), big(length)),
  );
  return fullBox(
    'meta',
    0,
    fullBox('hdlr', 0, big(0), 'pict', Buffer.alloc(13)),
    fullBox('pitm', 0, big(items[0]?.id ?? 1, 2)),
    fullBox('iloc', 1, 0x44, 0, big(items.length, 2), ...places),
    fullBox('iinf', 0, big(items.length, 2), ...infos),
    box(
      'iprp',
      box('ipco', fullBox('ispe', 0, big(width), big(height))),
      fullBox('ipma', 0, big(1), big(items[0]?.id ?? 1, 2), 1, 0x81),
    ),
    ...extra,
  );
}
