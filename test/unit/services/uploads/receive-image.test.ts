import { readdir } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { createReceiver } from '../../../../src/services/uploads/receiver.ts';
import { createImageConverter } from '../../../../src/transformers/converter/image-converter.ts';
import { bitmaps, drawColoured, icon, iconPictures, writeFile, writeHeader } from '../../../support/images/bitmaps.ts';
import { readFixture } from '../../../support/images/fixtures.ts';
import { inPieces, LIMITS, scrub } from '../../../support/images/scrub.ts';
import { makeTempFolder } from '../../../support/temp-folder.ts';

const folder = await makeTempFolder();
afterAll(folder.remove);

const wanted = ['heic', 'tiff', 'bmp'] as const;
let asked = 0;
const options = {
  spoolFolder: folder.path,
  maxBytes: 2_000_000,
  imageLimits: LIMITS,
  converter: async () => {
    asked += 1;
    return createImageConverter({ wanted, limits: { maxPixels: 1_000_000, maxSide: 10_000 } });
  },
};
const receive = createReceiver(options);

const BMP = bitmaps().find(({ name }) => name === '24 bits') ?? Promise.reject(new Error('no such bitmap'));
const { bytes: bmp, pixels } = await BMP;
const tiff = await sharp(pixels.rgba, { raw: { width: 21, height: 13, channels: 4 } })
  .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">A. N. Other</x:xmpmeta>')
  .tiff({ compression: 'none' })
  .toBuffer();

describe('an image that browsers do not show', () => {
  it.each([1, 3, 4096, 1_000_000])(
    'is converted and then taken in like any other, in pieces of %d bytes',
    async (size) => {
      const image = await receive(inPieces(bmp, [size]), { originalName: '照片.1.BMP' });
      expect(image).toMatchObject({
        ...{ originalName: '照片.1.png', contentType: 'image/png', extension: 'png', width: 21, height: 13, frames: 1 },
        ...{ receivedSize: bmp.length, convertedFrom: 'bmp', removed: [] },
      });
      if (!(image.body instanceof Uint8Array)) throw new Error('a small image is in a file');
      expect(image.size).toBe(image.body.length);
      expect((await sharp(image.body).ensureAlpha().raw().toBuffer()).equals(pixels.rgba)).toBe(true);
      await image.discard();
    },
  );

  it('comes without what it said beside its picture, and that is told', async () => {
    const image = await receive(inPieces(tiff), { originalName: 'scan.tif' });
    expect(image).toMatchObject({ originalName: 'scan.png', convertedFrom: 'tiff', removed: ['xmp'] });
    if (!(image.body instanceof Uint8Array)) throw new Error('a small image is in a file');
    expect(Buffer.from(image.body).includes('Other')).toBe(false);
  });

  it.each([
    ['photo', 'photo'],
    ['photo.png', 'photo.png'],
    ['a.bmp.zip', 'a.bmp.zip'],
    [undefined, undefined],
  ])('is called %j as it was where that names no format', async (originalName, kept) => {
    expect(await receive(inPieces(bmp), { originalName })).toMatchObject({ originalName: kept });
  });

  it('is refused by its name where nothing converts it, with what would', async () => {
    const [picture] = iconPictures();
    const ico = icon([{ width: 21, height: 13, depth: 8, bytes: picture?.bytes ?? Buffer.alloc(0) }]);
    const bare = createReceiver({ spoolFolder: folder.path, maxBytes: 2_000_000, imageLimits: LIMITS });
    const none = createReceiver({ ...options, converter: async () => undefined });
    for (const [receiver, bytes, found] of [
      [receive, ico, 'ico'],
      [bare, bmp, 'bmp'],
      [none, tiff, 'tiff'],
    ] as const) {
      await expect(receiver(inPieces(bytes), {})).rejects.toMatchObject({
        code: 'UnsupportedMediaType',
        text: {
          zh: expect.stringMatching(/安装 sharp 且 IMAGEPIC_CONVERT 含/),
          en: expect.stringContaining(`IMAGEPIC_CONVERT has ${found}`),
        },
        details: { found },
      });
    }
  });

  it('is refused where it was announced, because it is not what it was announced as', async () => {
    await expect(receive(inPieces(bmp), { announcedBytes: bmp.length })).rejects.toMatchObject({
      code: 'UnsupportedMediaType',
      details: { found: 'bmp' },
    });
  });

  it('is held to every limit, and leaves nothing in the spool when it is refused', async () => {
    const long = writeFile(writeHeader({ width: 800, height: 800, depth: 24 }), Buffer.alloc(800 * 800 * 3));
    const small = createReceiver({ ...options, maxBytes: 100_000 });
    await expect(small(inPieces(long), { maxInMemory: 1000 })).rejects.toMatchObject({
      code: 'EntityTooLarge',
      details: { maxBytes: 100_000 },
    });
    const tight = createReceiver({
      ...options,
      converter: async () => ({ ...createImageConverter({ wanted, limits: LIMITS }), maxBytes: 5000 }),
    });
    await expect(tight(inPieces(long), { maxInMemory: 1000 })).rejects.toMatchObject({
      code: 'EntityTooLarge',
      text: { zh: expect.stringContaining('不自动转换') },
      details: { maxBytes: 5000 },
    });
    const bomb = writeFile(writeHeader({ width: 65_535, height: 65_535, depth: 1 }), Buffer.alloc(100_000));
    await expect(receive(inPieces(bomb), { maxInMemory: 1000 })).rejects.toMatchObject({
      code: 'EntityTooLarge',
      details: { width: 65_535 },
    });
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('goes by a file where there is no room for it in memory', async () => {
    const noise = drawColoured(300, 200);
    const rows = Buffer.from(noise.rgba.filter((_, at) => at % 4 !== 3));
    const file = writeFile(writeHeader({ width: 300, height: -200, depth: 24 }), rows);
    const image = await receive(inPieces(file), { maxInMemory: 100 });
    if (image.body instanceof Uint8Array) throw new Error('it is in memory');
    expect(await sharp(await buffer(image.body.open())).metadata()).toMatchObject({
      width: 300,
      height: 200,
      format: 'png',
    });
    expect(await readdir(folder.path)).toHaveLength(1);
    await image.discard();
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('passes a failure of the source on as it is, and tells the source when no more is wanted', async () => {
    const failure = new Error('connection reset');
    let closed = 0;
    async function* source(failing: boolean) {
      try {
        yield bmp.subarray(0, 500);
        if (failing) throw failure;
        for (;;) yield Buffer.alloc(100_000);
      } finally {
        closed += 1;
      }
    }
    await expect(receive(source(true), {})).rejects.toBe(failure);
    await expect(receive(source(false), {})).rejects.toMatchObject({ code: 'EntityTooLarge' });
    expect(closed).toBe(2);
  });
});

it('asks for no converter for what is shown anyway, or is no image', async () => {
  asked = 0;
  const { bytes } = readFixture('progressive.jpg');
  const image = await receive(inPieces(bytes), { originalName: 'a.bmp' });
  expect(image).toMatchObject({ originalName: 'a.bmp', convertedFrom: undefined, body: (await scrub(bytes)).output });
  await expect(receive(inPieces(Buffer.from('<!doctype html>')), {})).rejects.toMatchObject({
    details: { found: 'html' },
  });
  await expect(receive(inPieces(bytes.subarray(0, 100)), {})).rejects.toMatchObject({ code: 'InvalidImage' });
  expect(asked).toBe(0);
});
