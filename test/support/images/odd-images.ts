import { crc32, deflateSync, inflateSync } from 'node:zlib';
import sharp from 'sharp';

type Piece = string | Uint8Array | readonly number[];
const toBytes = (piece: Piece): Buffer =>
  typeof piece === 'string' ? Buffer.from(piece, 'latin1') : Buffer.from(piece);
const join = (...pieces: readonly Piece[]): Buffer => Buffer.concat(pieces.map(toBytes));
const insert = (image: Buffer, at: number, added: Piece): Buffer =>
  join(image.subarray(0, at), added, image.subarray(at));
const u16le = (value: number): number[] => [value & 255, value >> 8];
const flat = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#c04020' } });

function withByte(image: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(image);
  changed[at] = value;
  return changed;
}

function pngChunk(type: string, data: Piece, crc?: number): Buffer {
  const body = join(type, data);
  const chunk = join(Buffer.alloc(4), body, Buffer.alloc(4));
  chunk.writeUInt32BE(body.length - 4, 0);
  chunk.writeUInt32BE(crc ?? crc32(body), chunk.length - 4);
  return chunk;
}

function jpegSegment(code: number, data: Piece): Buffer {
  const bytes = toBytes(data);
  const segment = join([0xff, code, 0, 0], bytes);
  segment.writeUInt16BE(bytes.length + 2, 2);
  return segment;
}

const NETSCAPE = '!\xff\x0bNETSCAPE2.0';
/** A GIF whose frames change one pixel each. */
function gif(width: number, height: number, frames: number, loop = `${NETSCAPE}\x03\x01\0\0\0`): Buffer {
  const frame = (index: number): Buffer => {
    const colour = (index + Math.floor(index / width)) % 2 === 0 ? 0x44 : 0x4c;
    return join('!\xf9\x04\0\x05\0\0\0,', u16le(index % width), [0, 0, 1, 0, 1, 0, 0, 2, 2, colour, 1, 0]);
  };
  const head = join('GIF89a', u16le(width), u16le(height), [0x80, 0, 0, 255, 0, 0, 0, 255, 0]);
  return join(head, loop, ...Array.from({ length: frames }, (_, index) => frame(index)), ';');
}

/** Makes an APNG out of a PNG by frames of one pixel that follow the still. */
function apng(still: Buffer, frames: number): Buffer {
  const number = (value: number): number[] => [value >> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];
  const control = (sequence: number, width: number, height: number): Buffer =>
    pngChunk('fcTL', [...[sequence, width, height, 0, 0].flatMap(number), 0, 1, 0, 15, 0, 0]);
  const pixel = deflateSync(Buffer.from([0, 0, 0, 255]));
  const later = Array.from({ length: frames - 1 }, (_, index) =>
    join(control(1 + 2 * index, 1, 1), pngChunk('fdAT', join(number(2 + 2 * index), pixel))),
  );
  const [width, height] = [still.readUInt32BE(16), still.readUInt32BE(20)];
  const begun = insert(still, 33, join(pngChunk('acTL', [...number(frames), 0, 0, 0, 0]), control(0, width, height)));
  return insert(begun, begun.length - 12, join(...later));
}

/** Turns the copyright of an ICC profile into Apple's `mmod` tag: maker, model and serial number of a display. */
function withDisplay(image: Buffer): Buffer {
  const changed = Buffer.from(image);
  const profile = changed.indexOf('acsp') - 36;
  const tags = changed.readUInt32BE(profile + 128);
  for (let tag = profile + 132; tag < profile + 132 + 12 * tags; tag += 12) {
    if (changed.toString('latin1', tag, tag + 4) !== 'cprt') continue;
    changed.write('mmod', tag, 'latin1');
    const data = profile + changed.readUInt32BE(tag + 4);
    changed.fill(0, data, data + changed.readUInt32BE(tag + 8));
    changed.write('mmod\0\0\0\0\0\0\x11\x11\0\0\x22\x22\x01\x02\x03\x04', data, 'latin1');
  }
  return changed;
}

/** Changes the profile of a PNG. */
function withPngProfile(png: Buffer, name: string, change: (profile: Buffer) => Buffer, tail = ''): Buffer {
  const start = png.indexOf('iCCP') - 4;
  const end = start + 12 + png.readUInt32BE(start);
  const packed = png.subarray(png.indexOf(0, start + 8) + 2, end - 4);
  const chunk = pngChunk('iCCP', join(name, '\0\0', deflateSync(change(inflateSync(packed))), tail));
  return join(png.subarray(0, start), chunk, png.subarray(end));
}

/** Inserts text into the last of some nested AVIF boxes, `at` bytes from its start, and mends their lengths and the one offset. */
function withAvifText(avif: Buffer, parents: readonly string[], at: number, text: string): Buffer {
  const changed = Buffer.from(avif);
  const boxAt = (type: string): number => changed.indexOf(type) - 4;
  const data = boxAt('mdat') + 8;
  for (let offset = boxAt('iloc'); offset < boxAt('iloc') + changed.readUInt32BE(boxAt('iloc')) - 3; offset += 1) {
    if (changed.readUInt32BE(offset) !== data) continue;
    changed.writeUInt32BE(data + text.length, offset);
    break;
  }
  for (const type of parents) changed.writeUInt32BE(changed.readUInt32BE(boxAt(type)) + text.length, boxAt(type));
  return insert(changed, boxAt(parents.at(-1) ?? '') + at, text);
}

const orientation = (count: number, value: number): Buffer =>
  jpegSegment(0xe1, join('Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0', [count, 0, value, 0, 0, 0, 0, 0, 0]));

/** Makes a TIFF block of shorts and longs, each a tag, a type and a value. */
function exif(...entries: readonly (readonly [tag: number, type: number, value: number])[]): Buffer {
  const of = ([tag, type, value]: readonly [number, number, number]): readonly number[] => [
    ...[tag >> 8, tag & 255, 0, type, 0, 0, 0, 1],
    ...(type === 3 ? [0, value, 0, 0] : [0, 0, 0, value]),
  ];
  return join('MM\0*\0\0\0\x08\0', [entries.length], entries.flatMap(of), [0, 0, 0, 0]);
}

function riff(...chunks: readonly Piece[]): Buffer {
  const body = join('WEBP', ...chunks);
  const head = join('RIFF', Buffer.alloc(4));
  head.writeUInt32LE(body.length, 4);
  return join(head, body);
}

/** A chunk of a WebP with its padding. */
function riffPart(image: Buffer, type: string): Buffer {
  const at = image.indexOf(type);
  const length = image.readUInt32LE(at + 4);
  return image.subarray(at, at + 8 + length + (length % 2));
}

/** Makes images of which a part comes twice, late, or has nothing in it; decoders heed the first that says something. */
async function makeDoubledParts(): Promise<readonly (readonly [string, Buffer])[]> {
  const jpeg = await flat(8, 16).jpeg().toBuffer();
  const png = await flat(8, 16).png().toBuffer();
  const profiledPng = await flat(8, 8).withIccProfile('p3').png().toBuffer();
  const webp = await flat(8, 8).withIccProfile('p3').webp({ lossless: true }).toBuffer();
  const [canvas, profile, picture] = ['VP8X', 'ICCP', 'VP8L'].map((type) => riffPart(webp, type));
  const moving = await sharp(gif(4, 4, 3), { animated: true })
    .webp({ lossless: true })
    .toBuffer();
  const frames = moving.subarray(moving.indexOf('ANMF'));
  const [still, pixel] = [gif(4, 4, 1), join(',', [0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4c, 1, 0])];
  const image = still.indexOf('!\xf9', 0, 'latin1');
  const screen = gif(4, 4, 1, '').subarray(0, 19);
  const afterApp0 = 4 + jpeg.readUInt16BE(4);
  return [
    [
      'P9 GIF, plain text between a control and its frame',
      join(screen, '!\xf9\x04\x01\x32\0\x01\0!\x01\x0c', Buffer.alloc(12), '\x01a\0', pixel, ';'),
    ],
    [
      'P11 PNG, orientation 3 with a wrong checksum, then 6',
      insert(png, 33, join(pngChunk('eXIf', exif([0x112, 3, 3]), 4), pngChunk('eXIf', exif([0x112, 3, 6])))),
    ],
    [
      'P11 JPEG, EXIF without anything, then orientation 6',
      insert(
        jpeg,
        afterApp0,
        join(jpegSegment(0xe1, 'Exif\0\0'), jpegSegment(0xe1, join('Exif\0\0', exif([0x112, 3, 6])))),
      ),
    ],
    [
      'P11 JPEG, EXIF with two bytes, then orientation 6',
      insert(
        jpeg,
        afterApp0,
        join(jpegSegment(0xe1, 'Exif\0\0XX'), jpegSegment(0xe1, join('Exif\0\0', exif([0x112, 3, 6])))),
      ),
    ],
    [
      'P11 JPEG, orientation as a long, then 6 as a short',
      insert(jpeg, afterApp0, jpegSegment(0xe1, join('Exif\0\0', exif([0x112, 4, 1], [0x112, 3, 6])))),
    ],
    [
      'P2 PNG, a broken profile and then one',
      insert(profiledPng, 33, pngChunk('iCCP', join('x\0\0', deflateSync('no')))),
    ],
    ['P7 GIF, screen without a size', withByte(withByte(still, 6, 0), 8, 0)],
    ['P7 GIF, codes of two bits', join(screen, ',', [0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 2, 0x4c, 1, 0], ';')],
    ['P7 GIF, a frame without data and then one', insert(still, image, join(',', [0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 0]))],
    [
      'P7 GIF, a frame without a size and then one',
      insert(still, image, join(',', [0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0x4c, 1, 0])),
    ],
    ['P5 WebP, profile twice', riff(canvas ?? '', profile ?? '', profile ?? '', picture ?? '')],
    ['P5 WebP, profile behind the picture', riff(canvas ?? '', picture ?? '', profile ?? '')],
    ['P5 WebP, a second picture', riff(picture ?? '', picture ?? '')],
    [
      'P5 WebP, parameters of the animation twice',
      riff(riffPart(moving, 'VP8X'), riffPart(moving, 'ANIM'), riffPart(moving, 'ANIM'), frames),
    ],
  ];
}

/** Makes small images as odd encoders, tools and editors write them, by what is odd about each. */
export async function makeOddImages(): Promise<ReadonlyMap<string, Buffer>> {
  const jpeg = await flat(8, 8).jpeg().toBuffer();
  const progressive = await flat(64, 64).jpeg({ progressive: true }).toBuffer();
  const png = await flat(8, 8).png().toBuffer();
  const indexed = await flat(8, 8).png({ palette: true }).toBuffer();
  const avif = await flat(8, 8).avif().toBuffer();
  const profiled = flat(8, 8).withIccProfile('p3');
  const profiledPng = await profiled.clone().png().toBuffer();
  const afterApp0 = 4 + jpeg.readUInt16BE(4);
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  const secondScan = progressive.indexOf(Buffer.from([0xff, 0xc4]), progressive.indexOf(Buffer.from([0xff, 0xda])));
  return new Map([
    ['P1 GIF 674x584, 147 frames of one pixel', gif(674, 584, 147)],
    ['P1 GIF 8x8, 201 frames', gif(8, 8, 201)],
    ['P1 APNG 674x584, 147 frames, 146 of one pixel', apng(await flat(674, 584).png().toBuffer(), 147)],
    [
      'P1 WebP 8x8, 201 frames',
      await sharp(gif(8, 8, 201), { animated: true })
        .webp({ lossless: true })
        .toBuffer(),
    ],
    ['P2 JPEG, ICC with mmod', withDisplay(await profiled.clone().jpeg().toBuffer())],
    ['P2 PNG, ICC with mmod', withPngProfile(profiledPng, 'icc', withDisplay)],
    ['P2 WebP, ICC with mmod', withDisplay(await profiled.clone().webp().toBuffer())],
    ['P2 AVIF, ICC with mmod', withDisplay(await profiled.clone().avif().toBuffer())],
    ['P2 PNG, name of the profile', withPngProfile(profiledPng, 'Owner Name', (profile) => profile)],
    ['P2 PNG, text after the profile', withPngProfile(profiledPng, 'icc', (profile) => profile, 'Owner Name')],
    ['P3 JPEG 8064x6048 (48 megapixels)', await flat(8064, 6048).jpeg({ quality: 20 }).toBuffer()],
    ['P3 PNG 1080x16385', await flat(1080, 16_385).png().toBuffer()],
    ['P5 JPEG, 00 between segments', insert(jpeg, afterApp0, '\0')],
    ['P5 JPEG, four bytes between segments', insert(jpeg, afterApp0, '\x01\x02\x03\x04')],
    ['P5 JPEG, RST0 between segments', insert(jpeg, afterApp0, '\xff\xd0')],
    ['P5 JPEG, TEM (FF01) between segments', insert(jpeg, afterApp0, '\xff\x01')],
    [
      'P5 JPEG, two bytes after a segment between scans',
      insert(progressive, secondScan + 2 + progressive.readUInt16BE(secondScan + 2), '\x01\x02'),
    ],
    ['P6 PNG, tEXt with a wrong checksum', insert(png, 33, pngChunk('tEXt', 'a\0b', 1))],
    ['P6 PNG, sRGB with a wrong checksum', insert(png, 33, pngChunk('sRGB', '\0', 1))],
    ['P7 PNG without IEND', png.subarray(0, -12)],
    ['P7 PNG, a palette behind its pixels', insert(indexed, indexed.length - 12, pngChunk('PLTE', 'abc'))],
    ['P7 GIF without trailer', gif(4, 4, 1).subarray(0, -1)],
    ['P7 JPEG without EOI', jpeg.subarray(0, -2)],
    ['P8 AVIF, name of the item', withAvifText(avif, ['meta', 'iinf', 'infe'], 20, 'Owner Name')],
    ['P8 AVIF, name of the handler', withAvifText(avif, ['meta', 'hdlr'], 32, 'Owner Name')],
    ['P9 GIF, loop and buffer size', gif(4, 4, 2, `${NETSCAPE}\x03\x01\0\0\x05\x02\0\x04\0\0\0`)],
    ['P10 JPEG of 12 bits', withByte(jpeg, frame + 4, 12)],
    ['P10 JPEG, lossless (SOF3)', withByte(jpeg, frame + 1, 0xc3)],
    ['P11 JPEG, orientation 6 with count 2', insert(jpeg, afterApp0, orientation(2, 6))],
    ['P11 JPEG, orientation 6 with count 1', insert(jpeg, afterApp0, orientation(1, 6))],
    ['P12 WebP, orientation 6', await flat(8, 16).withMetadata({ orientation: 6 }).webp().toBuffer()],
    ['P13 HEIC', join([0, 0, 0, 24], 'ftypheic\0\0\0\0mif1heic')],
    ...(await makeDoubledParts()),
    ['P13 an HTML page', Buffer.from('<!doctype html><title>404 Not Found</title>')],
  ]);
}

/** One whose transparency Chromium takes the beginning of, and other decoders nothing. */
export async function makeLongTransparency(): Promise<readonly [string, Buffer]> {
  const png = await flat(8, 8).png().toBuffer();
  return ['P2 PNG, a transparency that is too long', insert(png, 33, pngChunk('tRNS', [0, 192, 0, 64, 0, 32, 7]))];
}
