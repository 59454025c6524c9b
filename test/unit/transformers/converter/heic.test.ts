import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import { convertHeic } from '../../../../src/transformers/converter/heic.ts';
import { hasHeic } from '../../../../src/transformers/converter/heic-thread.ts';
import { createImageConverter } from '../../../../src/transformers/converter/image-converter.ts';
import { toGrid } from '../../../support/images/heic-grid.ts';

const read = (name: string): Buffer =>
  readFileSync(new URL(`../../../support/images/heic/${name}.heic`, import.meta.url));
const [PHOTO, ALPHA, TEN] = [read('photo'), read('alpha'), read('ten')];
const limits = { maxPixels: 50_000_000, maxSide: 65_535 };
const tooSlow = (): AppError => new AppError('ServiceUnavailable', { zh: '太慢', en: 'too slow' });
const convert = (bytes: Buffer, changes: { maxPixels?: number; maxSide?: number; seconds?: number } = {}) => {
  const { seconds = 10, ...limited } = changes;
  return convertHeic(bytes, { limits: { ...limits, ...limited }, seconds, tooSlow });
};

/** What the fixtures show, before it is turned. */
const colourAt = (x: number, y: number): readonly number[] =>
  [(x * 255) / 95, (y * 255) / 63, 255 - ((x + y) * 255) / 158, x < 48 ? 255 : 64].map(Math.floor);

/** The numbers in a file, whatever colours its profile says they are. */
async function numbersOf(bytes: Uint8Array) {
  const { data, info } = await sharp(bytes, { ignoreIcc: true })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    ...info,
    at: (x: number, y: number) => [...data.subarray((y * info.width + x) * 4, (y * info.width + x) * 4 + 4)],
  };
}

/** How far the worst channel of any pixel is from what is expected of it. */
async function differenceOf(bytes: Uint8Array, expected: (x: number, y: number) => readonly number[]): Promise<number> {
  const { width, height, at } = await numbersOf(bytes);
  let most = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const wanted = expected(x, y);
      for (const [channel, value] of at(x, y).entries())
        most = Math.max(most, Math.abs(value - (wanted[channel] ?? 255)));
    }
  }
  return most;
}

describe('the converter of HEIC', () => {
  it('finds its decoder where that is installed', () => {
    expect(hasHeic()).toBe(true);
  });

  it('makes a JPEG of a photo, turned once, with its own colours, and tells what else the file said', async () => {
    const { bytes, contentType, leftBehind } = await convert(PHOTO);
    expect([contentType, [...leftBehind].sort()]).toEqual(['image/jpeg', ['camera', 'gps', 'xmp']]);
    const facts = await sharp(bytes).metadata();
    expect(facts).toMatchObject({
      format: 'jpeg',
      width: 64,
      height: 96,
      chromaSubsampling: '4:4:4',
      hasProfile: true,
    });
    expect(facts).not.toHaveProperty('exif');
    expect(facts).not.toHaveProperty('xmp');
    // By six: what is at the bottom comes to the left.
    expect(await differenceOf(bytes, (x, y) => colourAt(y, 63 - x).slice(0, 3))).toBeLessThanOrEqual(8);
    const p3 = await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
      .withIccProfile('p3')
      .png()
      .toBuffer();
    expect(facts.icc?.equals((await sharp(p3).metadata()).icc ?? Buffer.alloc(0))).toBe(true);
  });

  it('makes a PNG of what has alpha', async () => {
    const { bytes, contentType, leftBehind } = await convert(ALPHA);
    expect([contentType, leftBehind]).toEqual(['image/png', []]);
    const { at, width, height } = await numbersOf(bytes);
    expect([width, height, at(0, 0)[3], at(95, 63)[3]]).toEqual([96, 64, 255, 64]);
    expect(await differenceOf(bytes, (x, y) => [...colourAt(x, y).slice(0, 3), at(x, y)[3] ?? 0])).toBeLessThanOrEqual(
      8,
    );
  });

  it('brings ten bits to eight', async () => {
    expect(await differenceOf((await convert(TEN)).bytes, (x, y) => colourAt(x, y).slice(0, 3))).toBeLessThanOrEqual(
      12,
    );
  });

  it('shows a grid of tiles whole, cut and turned, as phones write it', async () => {
    const { bytes, contentType } = await convert(toGrid(TEN, { width: 280, height: 120, turns: 3 }));
    expect(contentType).toBe('image/jpeg');
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 120, height: 280 });
    // Three turns to the left are one to the right: what is at the bottom comes to the left.
    const shown = (x: number, y: number) => colourAt(y % 96, (119 - x) % 64).slice(0, 3);
    const { at } = await numbersOf(bytes);
    for (const [x, y] of [
      [20, 20],
      [100, 40],
      [60, 150],
      [10, 270],
    ] as const) {
      for (const [channel, value] of shown(x, y).entries())
        expect(Math.abs((at(x, y)[channel] ?? 0) - value)).toBeLessThanOrEqual(12);
    }
  });

  it('lets others have their turn while it decodes', async () => {
    let turns = 0;
    let isRunning = true;
    const count = (): void => {
      turns += 1;
      if (isRunning) setImmediate(count);
    };
    setImmediate(count);
    await convert(PHOTO);
    isRunning = false;
    expect(turns).toBeGreaterThan(100);
  });

  it('R27 refuses one of too many pixels, by its header and by what its header hides', async () => {
    const large = { code: 'EntityTooLarge', text: { zh: expect.stringContaining('PNG') } };
    await expect(convert(PHOTO, { maxPixels: 6000 })).rejects.toMatchObject(large);
    await expect(convert(PHOTO, { maxSide: 90 })).rejects.toMatchObject({
      ...large,
      details: { width: 64, height: 96 },
    });
    const hidden = Buffer.from(PHOTO);
    for (let at = hidden.indexOf('ispe'); at !== -1; at = hidden.indexOf('ispe', at + 4)) {
      hidden.writeUInt32BE(9, at + 8);
      hidden.writeUInt32BE(6, at + 12);
    }
    await expect(convert(hidden, { maxPixels: 6000 })).rejects.toBeInstanceOf(AppError);
  });

  it('R27 gives up one that takes too long, and the thread with it', async () => {
    await expect(convert(PHOTO, { seconds: 0.001 })).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    expect((await convert(PHOTO)).contentType).toBe('image/jpeg');
  });

  it.each([12, 100, 500, PHOTO.length - 1200])('refuses one that ends after %d bytes', async (length) => {
    await expect(convert(PHOTO.subarray(0, length))).rejects.toMatchObject({
      code: 'InvalidImage',
      text: { en: expect.stringContaining('damaged') },
    });
  });

  it('answers whatever becomes of the bytes with an image or a refusal', async () => {
    const converter = createImageConverter({ wanted: ['heic'], limits });
    const changes = fc.array(fc.tuple(fc.nat(2300), fc.nat(255)), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(PHOTO, ALPHA), changes, async (bytes, changed) => {
        const broken = Buffer.from(bytes);
        for (const [at, value] of changed) if (at < broken.length) broken[at] = value;
        const made = await converter.convert('heic', async () => broken).catch((error: unknown) => error);
        if (made instanceof AppError) expect(made.code).toMatch(/^(InvalidImage|EntityTooLarge|ServiceUnavailable)$/);
        else expect(made).toMatchObject({ contentType: expect.stringMatching(/^image\/(png|jpeg)$/) });
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
