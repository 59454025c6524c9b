// Puts bytes where decoders do not look: behind what they need of coded data.
import sharp, { type JpegOptions, type Sharp, type WebpOptions } from 'sharp';
import { big, bytesOf, jpeg, jpegSegment, little, riffChunk, webp } from './build.ts';

/** What is hidden; it holds a stuffed byte, so that coded data may hold it too. */
export const HIDDEN = Buffer.from('Owner Name\xff\0', 'latin1');

/** A picture before and after bytes were hidden in it. */
export interface Hiding {
  readonly name: string;
  readonly clean: Buffer;
  readonly dirty: Buffer;
}

/** A picture with edges and noise, which takes codes of every kind. */
export async function drawPhoto(width: number, height: number): Promise<Sharp> {
  const background = { channels: 3, background: '#808080' } as const;
  const noise = (across: number, down: number, sigma: number): Promise<Buffer> =>
    sharp({ create: { width: across, height: down, ...background, noise: { type: 'gaussian', mean: 128, sigma } } })
      .png()
      .toBuffer();
  const coarse = await noise(Math.ceil(width / 8), Math.ceil(height / 8), 60);
  const fine = await noise(width, height, 12);
  const both = sharp(coarse)
    .resize(width, height, { fit: 'fill' })
    .composite([{ input: fine, blend: 'soft-light' }]);
  return sharp(await both.removeAlpha().png().toBuffer());
}

const isRestart = (code: number): boolean => code >= 0xd0 && code <= 0xd7;

/** Where coded data of a JPEG end: ahead of each marker that follows them, restarts too. */
export function codedEnds(image: Buffer): readonly number[] {
  const ends: number[] = [];
  for (let at = 2; image.readUInt8(at + 1) !== 0xd9; ) {
    const isScan = image.readUInt8(at + 1) === 0xda;
    at += 2 + image.readUInt16BE(at + 2);
    for (let inside = isScan; inside; at += 1) {
      at = image.indexOf(0xff, at);
      const code = image.readUInt8(at + 1);
      if (code !== 0) ends.push(at);
      inside = code === 0 || isRestart(code);
      if (!inside) break;
    }
  }
  return ends;
}

/** Puts bytes at these places, which go up. */
export const putAt = (image: Buffer, places: readonly number[], bytes: Buffer): Buffer =>
  places.toReversed().reduce((all, at) => Buffer.concat([all.subarray(0, at), bytes, all.subarray(at)]), image);

const JPEG_SETTINGS: readonly JpegOptions[] = [false, true].flatMap((progressive) =>
  ['4:2:0', '4:4:4'].flatMap((chromaSubsampling) =>
    [5, 50, 95, 100].map((quality) => ({ progressive, chromaSubsampling, quality, mozjpeg: quality === 50 })),
  ),
);

/** A grey baseline JPEG of blocks in a row, each its own restart interval, whose codes fill half of their last byte. */
export function restartedJpeg(blocks: number): Buffer {
  const table = (id: number, ...symbols: readonly number[]): Buffer =>
    bytesOf(id, 1, symbols.length - 1, Buffer.alloc(14), Uint8Array.from(symbols));
  // The difference is `10` and three bits, the end of the block `0`: 10vvv011.
  const coded = Array.from({ length: blocks }, (_, index) =>
    bytesOf(0x83 | ((index & 7) << 3), ...(index < blocks - 1 ? [0xff, 0xd0 | (index & 7)] : [])),
  );
  return jpeg(
    jpegSegment(0xdb, 0, Buffer.alloc(64, 40)),
    jpegSegment(0xc4, table(0, 0, 3), table(0x10, 0)),
    jpegSegment(0xdd, 0, 1),
    jpegSegment(0xc0, 8, big(8, 2), big(8 * blocks, 2), 1, 1, 0x11, 0),
    bytesOf(jpegSegment(0xda, 1, 1, 0, 0, 63, 0), ...coded),
  );
}

/** JPEGs in all settings of encoders, with bytes behind each scan and each restart interval. */
export async function hideInJpegs(): Promise<readonly Hiding[]> {
  const photo = await drawPhoto(123, 77);
  const pictures = await Promise.all([
    ...JPEG_SETTINGS.map(
      async (settings) => [JSON.stringify(settings), await photo.clone().jpeg(settings).toBuffer()] as const,
    ),
    ...[false, true].flatMap((progressive) => [
      photo
        .clone()
        .grayscale()
        .jpeg({ progressive })
        .toBuffer()
        .then((image) => ['grey', image] as const),
      photo
        .clone()
        .toColourspace('cmyk')
        .jpeg({ progressive })
        .toBuffer()
        .then((image) => ['CMYK', image] as const),
    ]),
  ]);
  return [...pictures, ['restarts', restartedJpeg(20)] as const].map(([name, clean]) => ({
    name: `JPEG ${name}`,
    clean,
    dirty: putAt(clean, codedEnds(clean), HIDDEN),
  }));
}

/** The chunks of a WebP, or of a frame of one, each as `change` makes it. */
function changeChunks(chunks: Buffer, change: (type: string, data: Buffer) => Buffer): readonly Buffer[] {
  const changed: Buffer[] = [];
  for (let at = 0; at < chunks.length; ) {
    const type = chunks.toString('latin1', at, at + 4);
    const length = chunks.readUInt32LE(at + 4);
    const data = chunks.subarray(at + 8, at + 8 + length);
    if (type === 'ANMF')
      changed.push(riffChunk(type, data.subarray(0, 16), ...changeChunks(data.subarray(16), change)));
    else changed.push(riffChunk(type, change(type, data)));
    at += 8 + length + (length % 2);
  }
  return changed;
}

/** Puts as many bytes behind each picture without loss, and each alpha, of a WebP. */
const lengthenWebp = (image: Buffer, bytes: Buffer): Buffer =>
  webp(
    ...changeChunks(image.subarray(12), (type, data) =>
      type === 'VP8L' || type === 'ALPH' ? Buffer.concat([data, bytes]) : data,
    ),
  );

const WEBP_SETTINGS: readonly WebpOptions[] = [
  { lossless: true, effort: 0 },
  { lossless: true, effort: 4 },
  { lossless: true, effort: 6 },
  { nearLossless: true, quality: 40 },
  { quality: 70 },
  { quality: 30, alphaQuality: 50, effort: 6 },
];

/** WebPs without loss or with alpha, with bytes behind each stream; cleaned, they have as many zeros there. */
export async function hideInWebps(): Promise<readonly Hiding[]> {
  const drawing = (background: string): Buffer =>
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="200" height="150">${background}
      <circle cx="100" cy="75" r="60" fill="red" opacity=".5"/><text x="9" y="90" font-size="50">Hello</text></svg>`);
  const photo = await drawPhoto(103, 77);
  const palette = (colours: number): Promise<Buffer> => photo.clone().png({ palette: true, colours }).toBuffer();
  const sources = [
    ['photo', await photo.clone().png().toBuffer()],
    ['3 colours', await palette(3)],
    ['60 colours', await palette(60)],
    [
      'one colour',
      await sharp(drawing(''))
        .resize(30)
        .flatten({ background: 'red' })
        .extract({ left: 0, top: 0, width: 5, height: 5 })
        .png()
        .toBuffer(),
    ],
    ['drawing', drawing('<rect width="200" height="150" fill="white"/>')],
    ['drawing with alpha', drawing('')],
  ] as const;
  const pictures = await Promise.all(
    sources.flatMap(([name, source]) =>
      WEBP_SETTINGS.map(
        async (settings) =>
          [`${name} ${JSON.stringify(settings)}`, await sharp(source).webp(settings).toBuffer()] as const,
      ),
    ),
  );
  const frames = [drawing(''), drawing('<rect width="90" height="150" fill="blue"/>')];
  const moving = await sharp(frames, { join: { animated: true } })
    .webp({ lossless: true })
    .toBuffer();
  const movingAlpha = await sharp(frames, { join: { animated: true } })
    .webp({ quality: 60 })
    .toBuffer();
  return [...pictures, ['animation', moving] as const, ['animation with alpha', movingAlpha] as const]
    .map(([name, image]) => ({
      name: `WebP ${name}`,
      clean: lengthenWebp(image, Buffer.alloc(HIDDEN.length)),
      dirty: lengthenWebp(image, HIDDEN),
    }))
    .filter(({ clean, dirty }) => !clean.equals(dirty));
}

/** Puts as many bytes behind both partitions of each picture with loss, of which libwebp makes no more. */
const lengthenLossy = (image: Buffer, bytes: Buffer): Buffer =>
  webp(
    ...changeChunks(image.subarray(12), (type, data) => {
      if (type !== 'VP8 ') return data;
      const tag = data.readUIntLE(0, 3);
      const end = 10 + (tag >>> 5);
      return bytesOf(little(tag + (bytes.length << 5), 3), data.subarray(3, end), bytes, data.subarray(end), bytes);
    }),
  );

const LOSSY_SETTINGS: readonly WebpOptions[] = [
  ...[1, 5, 30, 75, 100].map((quality) => ({ quality })),
  { quality: 60, effort: 0 },
  { quality: 60, effort: 6, smartSubsample: true },
  { quality: 80, preset: 'text' },
];

/** WebPs with loss in settings of the encoder, with bytes behind each partition; cleaned, they have as many zeros there. */
export async function hideInLossyWebps(): Promise<readonly Hiding[]> {
  const photo = await drawPhoto(93, 77);
  const frames = await Promise.all([photo.clone().png().toBuffer(), photo.clone().negate().png().toBuffer()]);
  const pictures = await Promise.all([
    ...LOSSY_SETTINGS.map(
      async (settings) => [JSON.stringify(settings), await photo.clone().webp(settings).toBuffer()] as const,
    ),
    sharp({ create: { width: 500, height: 3, channels: 3, background: 'red' } })
      .webp()
      .toBuffer()
      .then((image) => ['one colour', image] as const),
    sharp(frames, { join: { animated: true } })
      .webp({ quality: 60 })
      .toBuffer()
      .then((image) => ['animation', image] as const),
  ]);
  return pictures.map(([name, image]) => ({
    name: `WebP with loss ${name}`,
    clean: lengthenLossy(image, Buffer.alloc(HIDDEN.length)),
    dirty: lengthenLossy(image, HIDDEN),
  }));
}
