import fc from 'fast-check';
import sharp, { type TiffOptions } from 'sharp';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import type { ConvertibleFormat } from '../../../../src/ports/image-converter.ts';
import { createImageConverter } from '../../../../src/transformers/converter/image-converter.ts';
import {
  bitmaps,
  drawColoured,
  icon,
  iconPictures,
  type Pixels,
  writeFile,
  writeHeader,
} from '../../../support/images/bitmaps.ts';

const limits = { maxPixels: 1_000_000_000, maxSide: 100_000 };
const create = (changes: Partial<typeof limits> = {}) =>
  createImageConverter({ wanted: ['heic', 'tiff', 'bmp', 'ico'], limits: { ...limits, ...changes } });
const { convert: convertRead } = create();
const convert = (format: ConvertibleFormat, bytes: Uint8Array) => convertRead(format, async () => bytes);

/** The picture of a PNG, as sharp sees it. */
async function pixelsOf(png: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(png).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgba: data };
}

/** How far two pictures differ in any channel; where both are clear, colours do not count. */
function differenceOf(one: Pixels, other: Pixels): number {
  expect([one.width, one.height]).toEqual([other.width, other.height]);
  return one.rgba.reduce((most, value, at) => {
    const alpha = at - (at % 4) + 3;
    const isSeen = at === alpha || one.rgba[alpha] !== 0 || other.rgba[alpha] !== 0;
    return isSeen ? Math.max(most, Math.abs(value - (other.rgba[at] ?? 0))) : most;
  }, 0);
}

describe('the converter of BMP', () => {
  it.each(bitmaps())('keeps every pixel of one of $name', async ({ bytes, pixels, tolerance }) => {
    const { bytes: made, contentType, leftBehind } = await convert('bmp', bytes);
    expect([contentType, leftBehind]).toEqual(['image/png', []]);
    expect(differenceOf(await pixelsOf(made), pixels)).toBeLessThanOrEqual(tolerance);
  });

  it('makes a PNG with alpha of what has some, and of that alone', async () => {
    for (const { name, bytes, pixels } of bitmaps()) {
      const { hasAlpha } = await sharp((await convert('bmp', bytes)).bytes).metadata();
      expect(hasAlpha, name).toBe(pixels.rgba.some((value, at) => at % 4 === 3 && value < 255) || /runs/.test(name));
    }
  });

  it('takes the whitest white of five bits for white', async () => {
    const white = writeFile(writeHeader({ width: 2, height: 1, depth: 16 }), Buffer.from([0xff, 0x7f, 0xff, 0x7f]));
    expect([...(await pixelsOf((await convert('bmp', white)).bytes)).rgba]).toEqual(Array(8).fill(255));
  });

  it('passes over what runs leave out and what they would draw outside', async () => {
    const header = writeHeader({ width: 3, height: 2, depth: 8, compression: 1, colours: 256 });
    // Two pixels right and one row up, then nine pixels of one colour, where one is left.
    const file = writeFile(header, Buffer.from([0, 2, 2, 1, 9, 7, 0, 1]));
    const { rgba } = await pixelsOf((await convert('bmp', file)).bytes);
    expect([...rgba].filter((_, at) => at % 4 === 3)).toEqual([0, 0, 255, 0, 0, 0]);
  });

  it('refuses runs that are cut off, and takes those that only leave out their end', async () => {
    const header = writeHeader({ width: 3, height: 2, depth: 8, compression: 1, colours: 256 });
    const whole = [3, 7, 0, 0, 3, 9];
    for (const end of [[], [0, 0], [0, 1], [0, 1, 5, 5]]) {
      await expect(convert('bmp', writeFile(header, Buffer.from([...whole, ...end])))).resolves.toBeDefined();
    }
    for (const length of [2, 4, 5]) {
      const cut = writeFile(header, Buffer.from(whole.slice(0, length)));
      await expect(convert('bmp', cut)).rejects.toMatchObject({ code: 'InvalidImage' });
    }
  });

  it('lets others have their turn while it decodes', async () => {
    const { width, height } = { width: 2000, height: 1500 };
    const file = writeFile(writeHeader({ width, height, depth: 24 }), Buffer.alloc(width * height * 3, 90));
    let turns = 0;
    let isRunning = true;
    const count = (): void => {
      turns += 1;
      if (isRunning) setImmediate(count);
    };
    setImmediate(count);
    await convert('bmp', file);
    isRunning = false;
    expect(turns).toBeGreaterThan(10);
  });
});

describe('the converter of ICO', () => {
  it.each(iconPictures())('keeps every pixel of $name', async ({ bytes, depth, pixels }) => {
    const { width, height } = pixels;
    const { bytes: made } = await convert('ico', icon([{ width, height, depth, bytes }]));
    expect(differenceOf(await pixelsOf(made), pixels)).toBe(0);
  });

  it('takes the largest picture, and of several as large that of the most colours; a PNG stays bit for bit', async () => {
    const [eight, , thirtyTwo] = iconPictures();
    if (eight === undefined || thirtyTwo === undefined) throw new Error('no pictures');
    const own = { width: 21, height: 13 };
    const file = icon([
      { ...own, ...thirtyTwo },
      { ...own, ...eight },
      { width: 4, height: 4, depth: 32, bytes: Buffer.from('small') },
    ]);
    expect(differenceOf(await pixelsOf((await convert('ico', file)).bytes), thirtyTwo.pixels)).toBe(0);
    const png = await sharp({ create: { width: 256, height: 256, channels: 4, background: '#12345678' } })
      .png()
      .toBuffer();
    const withPng = icon([
      { ...own, ...thirtyTwo },
      { width: 256, height: 256, depth: 32, bytes: png },
    ]);
    expect(Buffer.from((await convert('ico', withPng)).bytes).equals(png)).toBe(true);
  });

  it('takes a cursor, whose point is no depth', async () => {
    const [picture] = iconPictures();
    if (picture === undefined) throw new Error('no picture');
    const file = icon([{ width: 21, height: 13, ...picture, depth: 9999 }], 2);
    expect(differenceOf(await pixelsOf((await convert('ico', file)).bytes), picture.pixels)).toBe(0);
  });
});

describe('the converter of TIFF', () => {
  const raw = drawColoured(40, 24, (x, y) => 255 - x - y);
  const opaque = drawColoured(40, 24);
  const open = ({ width, height, rgba }: Pixels) => sharp(rgba, { raw: { width, height, channels: 4 } });
  const WAYS: readonly TiffOptions[] = [
    { compression: 'none' },
    { compression: 'lzw', predictor: 'horizontal' },
    { compression: 'deflate' },
    { compression: 'packbits' },
    { tile: true, tileWidth: 16, tileHeight: 16, compression: 'lzw' },
    { bigtiff: true, compression: 'none' },
  ];

  it.each(WAYS)('keeps every pixel of one that is written as %o', async (options) => {
    for (const pixels of [raw, opaque]) {
      const { bytes, contentType } = await convert('tiff', await open(pixels).tiff(options).toBuffer());
      expect(contentType).toBe('image/png');
      expect(differenceOf(await pixelsOf(bytes), pixels)).toBe(0);
    }
  });

  it('brings 16 bits and CMYK to 8 bits and sRGB', async () => {
    const deep = await open(opaque).removeAlpha().toColourspace('rgb16').tiff({ compression: 'lzw' }).toBuffer();
    expect(await sharp(deep).metadata()).toMatchObject({ depth: 'ushort' });
    const { bytes } = await convert('tiff', deep);
    expect(await sharp(bytes).metadata()).toMatchObject({ space: 'srgb', depth: 'uchar', hasProfile: false });
    expect(differenceOf(await pixelsOf(bytes), opaque)).toBeLessThanOrEqual(1);
    const cmyk = await open(opaque).removeAlpha().toColourspace('cmyk').tiff({ compression: 'lzw' }).toBuffer();
    const made = (await convert('tiff', cmyk)).bytes;
    expect(await sharp(made).metadata()).toMatchObject({ space: 'srgb', channels: 3 });
    expect(
      differenceOf(await pixelsOf(made), await pixelsOf(await sharp(cmyk).toColourspace('srgb').png().toBuffer())),
    ).toBe(0);
  });

  it.each([1, 3, 6, 8])('turns one of orientation %d, once', async (orientation) => {
    const turned = await open(opaque).withMetadata({ orientation }).tiff({ compression: 'none' }).toBuffer();
    const upright = await pixelsOf(await sharp(turned).autoOrient().png().toBuffer());
    const { bytes } = await convert('tiff', turned);
    expect(differenceOf(await pixelsOf(bytes), upright)).toBe(0);
    expect(await sharp(bytes).metadata()).not.toHaveProperty('orientation', orientation === 1 ? 0 : orientation);
  });

  it('takes the first page, and tells what else the file said', async () => {
    const frames = Buffer.concat([opaque.rgba, drawColoured(40, 24, () => 9).rgba]);
    const pages = await sharp(frames, { raw: { width: 40, height: 48, channels: 4, pageHeight: 24 } })
      .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>')
      .tiff({ compression: 'none' })
      .toBuffer();
    const { bytes, leftBehind } = await convert('tiff', pages);
    expect(differenceOf(await pixelsOf(bytes), opaque)).toBe(0);
    expect([...leftBehind].sort()).toEqual(['other', 'xmp']);
    expect(await sharp(bytes).metadata()).not.toHaveProperty('xmp');
  });

  it('tells GPS, camera and texts by their entries', async () => {
    const tags = [0x010e, 0x010f, 0x0131, 0x8825, 0x83bb];
    const plain = await open(opaque).tiff({ compression: 'none' }).toBuffer();
    const directory = plain.readUInt32LE(4);
    const own = plain.subarray(directory + 2, directory + 2 + plain.readUInt16LE(directory) * 12);
    const more = tags.map((tag) => {
      const entry = Buffer.alloc(12);
      entry.writeUInt16LE(tag, 0);
      entry.writeUInt16LE(4, 2);
      entry.writeUInt32LE(1, 4);
      return entry;
    });
    const count = Buffer.alloc(2);
    count.writeUInt16LE(plain.readUInt16LE(directory) + tags.length);
    const file = Buffer.concat([plain, count, own, ...more, Buffer.alloc(4)]);
    file.writeUInt32LE(plain.length, 4);
    expect([...(await convert('tiff', file)).leftBehind].sort()).toEqual(['camera', 'comment', 'exif', 'gps', 'iptc']);
  });
});

/** A TIFF of these entries, and 64 zeros at the end. */
function tiffOf(...entries: readonly (readonly [tag: number, value: number])[]): Buffer {
  const directory = entries.map(([tag, value]) => {
    const entry = Buffer.alloc(12);
    entry.writeUInt16LE(tag, 0);
    entry.writeUInt16LE(4, 2);
    entry.writeUInt32LE(1, 4);
    entry.writeUInt32LE(value, 8);
    return entry;
  });
  const head = Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0, entries.length, 0]);
  return Buffer.concat([head, ...directory, Buffer.alloc(4 + 64)]);
}

describe('the converter, of what is nasty', () => {
  const bomb = (width: number, height: number) =>
    writeFile(writeHeader({ width, height, depth: 1, colours: 2 }), Buffer.alloc(64));

  it.each([
    ['a BMP', 'bmp', bomb(65_535, 65_535), 'EntityTooLarge'],
    ['a BMP that is longer than a side may be', 'bmp', bomb(200_000, 1), 'EntityTooLarge'],
    ['a BMP from the top', 'bmp', bomb(65_535, -65_535), 'EntityTooLarge'],
    [
      'a BMP of runs',
      'bmp',
      writeFile(writeHeader({ width: 30_000, height: 30_000, depth: 8, compression: 1 }), Buffer.from([0, 1])),
      'EntityTooLarge',
    ],
    ['a BMP of the least height', 'bmp', bomb(1, -(2 ** 31)), 'EntityTooLarge'],
    ['a BMP without pixels', 'bmp', bomb(0, 5), 'InvalidImage'],
    ['a BMP of negative width', 'bmp', bomb(-5, 5), 'InvalidImage'],
    ['a BMP that ends early', 'bmp', bomb(1000, 1000), 'InvalidImage'],
    ['a BMP that is hardly begun', 'bmp', Buffer.from('BM'), 'InvalidImage'],
    ['a BMP of an unknown header', 'bmp', writeFile(Buffer.alloc(40, 1), Buffer.alloc(64)), 'InvalidImage'],
    [
      'a BMP that holds a JPEG',
      'bmp',
      writeFile(writeHeader({ width: 1, height: 1, depth: 24, compression: 4 }), Buffer.alloc(64)),
      'InvalidImage',
    ],
    [
      'an icon of a large picture',
      'ico',
      icon([{ width: 1, height: 1, depth: 1, bytes: writeHeader({ width: 3000, height: 6000, depth: 1 }) }]),
      'EntityTooLarge',
    ],
    ['an icon without pictures', 'ico', icon([]), 'InvalidImage'],
    [
      'an icon whose directory does not end',
      'ico',
      Buffer.concat([Buffer.from([0, 0, 1, 0, 255, 255]), Buffer.alloc(65_535 * 16, 255)]),
      'InvalidImage',
    ],
    [
      'an icon of runs',
      'ico',
      icon([{ width: 1, height: 1, depth: 8, bytes: writeHeader({ width: 4, height: 8, depth: 8, compression: 1 }) }]),
      'InvalidImage',
    ],
    ['an icon that is hardly begun', 'ico', Buffer.from([0, 0, 1, 0, 1]), 'InvalidImage'],
    [
      'a TIFF of tiles that are larger than all of it',
      'tiff',
      tiffOf(
        [256, 100],
        [257, 100],
        [258, 8],
        [259, 5],
        [262, 1],
        [277, 1],
        [322, 60_000],
        [323, 60_000],
        [324, 120],
        [325, 64],
      ),
      'InvalidImage',
    ],
    [
      'a TIFF of 65,535 channels',
      'tiff',
      tiffOf([256, 1000], [257, 1000], [258, 8], [259, 5], [262, 1], [273, 120], [277, 65_535], [278, 1000], [279, 64]),
      'InvalidImage',
    ],
    [
      'a TIFF that is packed and holds nothing',
      'tiff',
      tiffOf([256, 7000], [257, 7000], [258, 8], [259, 32_946], [262, 1], [273, 120], [277, 1], [278, 7000], [279, 64]),
      'InvalidImage',
    ],
    ['a TIFF that is hardly begun', 'tiff', Buffer.from('II*\0'), 'InvalidImage'],
    [
      'a TIFF whose directory leads to itself',
      'tiff',
      Buffer.from('49492a00080000000000080000000800', 'hex'),
      'InvalidImage',
    ],
  ] as const)('refuses %s', async (_, format, bytes, code) => {
    await expect(convert(format, bytes)).rejects.toMatchObject({ code, text: { zh: expect.stringContaining('PNG') } });
  });

  it('R27 refuses a TIFF of too many pixels before it decodes one', async () => {
    const file = await sharp({ create: { width: 100, height: 100, channels: 3, background: 'red' } })
      .tiff({ compression: 'lzw' })
      .toBuffer();
    const { convert: small } = create({ maxPixels: 9999 });
    await expect(small('tiff', async () => file)).rejects.toMatchObject({
      code: 'EntityTooLarge',
      details: { maxPixels: 9999 },
    });
  });

  it('answers whatever becomes of the bytes with a PNG or a refusal', async () => {
    const tiff = await sharp(drawColoured(20, 12).rgba, { raw: { width: 20, height: 12, channels: 4 } })
      .tiff({ compression: 'lzw' })
      .toBuffer();
    const icons = iconPictures().map(
      ({ bytes, depth }) => ['ico', icon([{ width: 21, height: 13, depth, bytes }])] as const,
    );
    const files = [...bitmaps().map(({ bytes }) => ['bmp', bytes] as const), ...icons, ['tiff', tiff] as const];
    const changes = fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), changes, fc.nat(400), async ([format, bytes], changed, cut) => {
        const broken = Buffer.from(bytes.subarray(0, Math.max(0, bytes.length - cut + 200)));
        for (const [at, value] of changed) if (at < broken.length) broken[at] = value;
        const made = await convert(format, broken).catch((error: unknown) => error);
        if (made instanceof AppError) expect(made.code).toMatch(/^(InvalidImage|EntityTooLarge|ServiceUnavailable)$/);
        else expect(made).toMatchObject({ contentType: 'image/png' });
      }),
      { numRuns: 400 },
    );
  }, 60_000);

  it('R27 converts one at a time, lets eight wait, and sends the others away', async () => {
    const { convert: busy } = create();
    let [running, most] = [0, 0];
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const [{ bytes } = { bytes: Buffer.alloc(0) }] = bitmaps();
    const read = async (): Promise<Uint8Array> => {
      running += 1;
      most = Math.max(most, running);
      await gate;
      running -= 1;
      return bytes;
    };
    const calls = Array.from({ length: 12 }, () =>
      busy('bmp', read).then(
        () => 'made',
        (error: AppError) => error.code,
      ),
    );
    letGo();
    const outcomes = await Promise.all(calls);
    expect(outcomes.filter((outcome) => outcome === 'made')).toHaveLength(9);
    expect(outcomes.filter((outcome) => outcome === 'TooManyRequests')).toHaveLength(3);
    expect(most).toBe(1);
  });
});
