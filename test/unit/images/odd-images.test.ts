import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/config.ts';
import { ImageError } from '../../../src/images/image-error.ts';
import { makeOddImages } from '../../support/images/odd-images.ts';
import { scrub } from '../../support/images/scrub.ts';

const ODD = await makeOddImages();
const { imageLimits: limits } = loadConfig({});

/** What browsers do not show, or what is no image of the five formats, and the reason that is given. */
const UNSHOWN: ReadonlyMap<string, string> = new Map([
  ['P10 JPEG of 12 bits', 'jpeg-unshown-precision'],
  ['P10 JPEG, lossless (SOF3)', 'jpeg-lossless'],
  ['P13 HEIC', 'unknown-format'],
  ['P13 an HTML page', 'unknown-format'],
]);
const SHOWN = [...ODD].filter(([name]) => !UNSHOWN.has(name));
// One step of a photograph of 48 megapixels tells what all of its pixels do; and of two profiles of a PNG sharp takes the
// second where the first is broken, and Chromium none.
const COMPARED = SHOWN.filter(([name]) => !/megapixels|16385|broken profile/.test(name));

const decode = (image: Buffer) => sharp(image, { animated: true, limitInputPixels: false }).raw().toBuffer();

describe('an odd image that browsers show', () => {
  it.each(SHOWN)('P1 P3 P5 P6 P7 is stored with the limits that a bed has by default: %s', async (_, image) => {
    const { facts, output } = await scrub(image, { limits });
    expect(facts.width).toBeGreaterThan(0);
    expect(await scrub(output, { limits })).toEqual({ facts, output });
  });

  it.each(COMPARED)('has the pixels that it had: %s', async (_, image) => {
    const { output } = await scrub(image, { limits });
    const [before, after] = [await sharp(image, { failOn: 'none' }).metadata(), await sharp(output).metadata()];
    expect((await decode(output)).equals(await sharp(image, { animated: true, failOn: 'none' }).raw().toBuffer())).toBe(
      true,
    );
    expect([after.loop, after.pages, after.delay]).toEqual([before.loop, before.pages, before.delay]);
  });

  it.each(SHOWN)('P2 P8 tells no maker, owner or serial number any more: %s', async (_, image) => {
    const { output } = await scrub(image, { limits });
    const { icc } = await sharp(output, { limitInputPixels: false }).metadata();
    for (const bytes of [output, icc ?? Buffer.alloc(0)]) {
      for (const secret of ['Owner', 'mmod', '\x01\x02\x03\x04'])
        expect(bytes.includes(secret, 0, 'latin1')).toBe(false);
    }
  });

  it('P9 P11 loses nothing of how often it plays, and no orientation that browsers heed', async () => {
    const scrubbed = async (name: string) => (await scrub(ODD.get(name) ?? Buffer.alloc(0))).output;
    expect((await sharp(await scrubbed('P9 GIF, loop and buffer size'), { animated: true }).metadata()).loop).toBe(0);
    expect((await sharp(await scrubbed('P11 JPEG, orientation 6 with count 1')).metadata()).orientation).toBe(6);
    expect(
      (await sharp(await scrubbed('P11 JPEG, orientation 6 with count 2')).metadata()).orientation,
    ).toBeUndefined();
  });
});

describe('an odd image that no browser shows', () => {
  it.each([...UNSHOWN])('P10 P13 is refused by name: %s', async (name, code) => {
    const refused = await scrub(ODD.get(name) ?? Buffer.alloc(0), { limits }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ImageError);
    expect(refused).toMatchObject({ code });
  });
});
