import sharp from 'sharp';
import { thumbHashToAverageRGBA } from 'thumbhash';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Fit, Gravity, Transformation, VariantFormat } from '../../../../src/ports/image-transformer.ts';
import { createSharpTransformer } from '../../../../src/transformers/sharp/image-transformer.ts';

const create = () => {
  const { transform, describe: describePicture } = createSharpTransformer();
  return {
    transform: (source: Uint8Array, to: Transformation) => transform(async () => source, to),
    describe: describePicture,
  };
};
const transformer = create();
const PLAIN: Transformation = {
  fit: 'cover',
  gravity: 'center',
  rotate: 0,
  format: 'webp',
  quality: 80,
  isAnimated: true,
};

/** A picture with nothing alike in any two corners, so that no turn and no cut is mistaken for another. */
async function picture(width: number, height: number): Promise<Buffer> {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 3;
      pixels[at] = (255 * x) / width;
      pixels[at + 1] = (255 * y) / height;
      pixels[at + 2] = (127 * (x + y)) / (width + height) + ((x >> 4) & 1 ? 64 : 0);
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

async function animation(frames: number, width = 64, height = 48): Promise<Buffer> {
  const colour = (frame: number) => ({ r: (frame * 40) % 256, g: (frame * 90) % 256, b: 30 });
  const each = await Promise.all(
    Array.from({ length: frames }, (_, frame) =>
      sharp({ create: { width, height, channels: 3, background: colour(frame) } })
        .png()
        .toBuffer(),
    ),
  );
  return sharp(each, { join: { animated: true } })
    .gif({ delay: 80 })
    .toBuffer();
}

const pixelsOf = async (bytes: Uint8Array): Promise<Buffer> =>
  sharp(bytes).flatten({ background: '#ffffff' }).toColourspace('srgb').removeAlpha().raw().toBuffer();

/** Mean difference of a channel, of 255. */
async function difference(one: Uint8Array, other: Uint8Array): Promise<number> {
  const [left, right] = await Promise.all([pixelsOf(one), pixelsOf(other)]);
  expect(left.length).toBe(right.length);
  return left.reduce((sum, value, at) => sum + Math.abs(value - (right[at] ?? 0)), 0) / left.length;
}

let source: Buffer;
beforeAll(async () => {
  source = await picture(400, 300);
});

describe('the transformer on sharp', () => {
  const FITS: readonly Fit[] = ['cover', 'contain', 'inside'];
  const FORMATS: readonly VariantFormat[] = ['avif', 'webp', 'jpeg', 'png', 'gif'];
  const OPTIONS = { avif: { quality: 90 }, webp: { quality: 90 }, jpeg: { quality: 90 }, png: {}, gif: { effort: 4 } };
  const GRAVITIES: readonly Gravity[] = ['center', 'smart'];
  const SIZES = [
    [100, 100],
    [200, 60],
    [50, 150],
  ] as const;

  it.each(FORMATS)('makes of every fit, gravity and size what sharp makes, as %s', async (format) => {
    for (const fit of FITS) {
      for (const gravity of GRAVITIES) {
        for (const [width, height] of SIZES) {
          const made = await transformer.transform(source, {
            ...PLAIN,
            width,
            height,
            fit,
            gravity,
            format,
            quality: 90,
          });
          const position = gravity === 'smart' ? sharp.strategy.attention : 'centre';
          const background = { r: 255, g: 255, b: 255, alpha: format === 'jpeg' ? 1 : 0 };
          const resized = sharp(source).resize({ width, height, fit, position, background });
          const wanted = await resized.toFormat(format, OPTIONS[format]).toBuffer();
          const { width: expectedWidth, height: expectedHeight } = await sharp(wanted).metadata();
          const name = `${fit} ${gravity} ${width}×${height}`;
          expect([made.width, made.height], name).toEqual([expectedWidth, expectedHeight]);
          expect((await sharp(made.bytes).metadata()).format, name).toBe(format === 'avif' ? 'heif' : format);
          expect(await difference(made.bytes, wanted), name).toBeLessThan(format === 'avif' ? 2 : 1);
        }
      }
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('shows a JPEG of orientation %i upright', async (orientation) => {
    const jpeg = await sharp(source).jpeg({ quality: 95 }).withMetadata({ orientation }).toBuffer();
    const upright = await sharp(jpeg).autoOrient().png().toBuffer();
    for (const rotate of [0, 90, 180, 270] as const) {
      const made = await transformer.transform(jpeg, { ...PLAIN, width: 90, format: 'png', rotate });
      const turned = await sharp(upright).rotate(rotate).png().toBuffer();
      expect(await difference(made.bytes, await sharp(turned).resize({ width: 90 }).png().toBuffer())).toBeLessThan(3);
    }
  });

  it.each([
    [
      { x: 0, y: 0 },
      { left: 0, top: 0 },
    ],
    [
      { x: 1, y: 1 },
      { left: 100, top: 0 },
    ],
    [
      { x: 0.5, y: 0.5 },
      { left: 50, top: 0 },
    ],
    [
      { x: 0.6, y: 0.2 },
      { left: 90, top: 0 },
    ],
  ])('keeps the point %j in the middle as far as there is picture', async (gravity, { left, top }) => {
    const made = await transformer.transform(source, { ...PLAIN, width: 300, height: 300, gravity, format: 'png' });
    const wanted = await sharp(source).extract({ left, top, width: 300, height: 300 }).png().toBuffer();
    expect(await difference(made.bytes, wanted)).toBeLessThan(1);
  });

  it('never makes a picture larger than it is', async () => {
    const sizes = async (to: Partial<Transformation>) => {
      const { width, height } = await transformer.transform(source, { ...PLAIN, ...to });
      return [width, height];
    };
    expect(await sizes({ width: 4000 })).toEqual([400, 300]);
    expect(await sizes({ height: 4000 })).toEqual([400, 300]);
    expect(await sizes({ width: 4000, height: 4000, fit: 'inside' })).toEqual([400, 300]);
    expect(await sizes({ width: 4000, height: 4000 })).toEqual([300, 300]);
    expect(await sizes({ width: 8000, height: 1000 })).toEqual([400, 50]);
    expect(await sizes({ width: 800, height: 800, fit: 'contain' })).toEqual([400, 400]);
    expect(await sizes({ width: 800, height: 800, gravity: { x: 0, y: 0 } })).toEqual([300, 300]);
    expect(await sizes({})).toEqual([400, 300]);
  });

  it('puts a ground behind what is transparent where the format has need of one', async () => {
    const clear = await sharp({
      create: { width: 20, height: 20, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    const first = async (to: Partial<Transformation>) => {
      const { bytes } = await transformer.transform(clear, { ...PLAIN, ...to });
      return [...(await sharp(bytes).raw().toBuffer()).subarray(0, 4)];
    };
    expect((await first({ format: 'jpeg' })).slice(0, 3)).toEqual([255, 255, 255]);
    expect((await first({ format: 'png', background: '336699' })).slice(0, 3)).toEqual([0x33, 0x66, 0x99]);
    expect(await first({ format: 'webp' })).toEqual([0, 0, 0, 0]);
  });

  it('keeps the colours that a profile means, and drops the profile and all that is private', async () => {
    const wide = await sharp(source)
      .jpeg()
      .withIccProfile('p3')
      .withExif({ IFD0: { Make: 'Camera' } })
      .toBuffer();
    const { bytes } = await transformer.transform(wide, { ...PLAIN, width: 100, format: 'png' });
    const { icc, exif } = await sharp(bytes).metadata();
    expect([icc, exif]).toEqual([undefined, undefined]);
    expect(await difference(bytes, await sharp(source).resize(100).png().toBuffer())).toBeLessThan(5);
  });

  it.each(['webp', 'gif'] as const)('leaves an animation one as %s, each frame at its size', async (format) => {
    const made = await transformer.transform(await animation(5), { ...PLAIN, width: 32, height: 32, format });
    const facts = await sharp(made.bytes, { animated: true }).metadata();
    expect([made.width, made.height]).toEqual([32, 32]);
    expect([facts.pages, facts.width, facts.pageHeight, facts.delay?.[0]]).toEqual([5, 32, 32, 80]);
  });

  it.each([
    ['it was asked for', { isAnimated: false }],
    ['the format has no other', { format: 'jpeg' }],
    ['it is turned', { rotate: 90 }],
  ] as const)('takes the first frame where %s', async (_, to) => {
    const { bytes } = await transformer.transform(await animation(5), { ...PLAIN, ...to });
    expect((await sharp(bytes, { animated: true }).metadata()).pages ?? 1).toBe(1);
  });

  it('makes of a broken picture what browsers show of it, and refuses what is none', async () => {
    const jpeg = await sharp(source).jpeg().toBuffer();
    const cut = await transformer.transform(jpeg.subarray(0, jpeg.length / 2), { ...PLAIN, width: 100 });
    expect([cut.width, cut.height]).toEqual([100, 75]);
    for (const bytes of [Buffer.alloc(0), Buffer.from('no picture'), Buffer.alloc(5000, 0xff)]) {
      await expect(transformer.transform(bytes, PLAIN)).rejects.toMatchObject({ code: 'InvalidImage' });
    }
  });

  it('refuses a picture of more pixels than it takes before it decodes one', async () => {
    const bomb = await sharp({ create: { width: 16_000, height: 16_000, channels: 3, background: '#000000' } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    await expect(transformer.transform(bomb, { ...PLAIN, width: 10 })).rejects.toMatchObject({
      code: 'EntityTooLarge',
      details: { pixels: 256_000_000, limit: 120e6 },
    });
    const long = await animation(1001, 8, 8);
    await expect(transformer.transform(long, PLAIN)).rejects.toMatchObject({ code: 'EntityTooLarge' });
    expect((await transformer.transform(long, { ...PLAIN, isAnimated: false })).width).toBe(8);
  }, 60_000);

  it('works on two at once, lets 64 wait, and sends the others away', async () => {
    const busy = create();
    const outcomes = await Promise.all(
      Array.from({ length: 70 }, () =>
        busy.transform(source, { ...PLAIN, width: 20 }).then(
          () => 'made',
          ({ code, details }) => `${code} ${details.retryAfterSeconds}`,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'made')).toHaveLength(66);
    expect(outcomes.filter((outcome) => outcome === 'TooManyRequests 2')).toHaveLength(4);
    expect((await busy.transform(source, { ...PLAIN, width: 20 })).width).toBe(20);
  });

  it('describes a picture by its hash and the colour that most of it has', async () => {
    const red = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#cc2211' } })
      .png()
      .toBuffer();
    const { thumbhash = '', color } = (await transformer.describe(red)) ?? {};
    const { r, g, b } = thumbHashToAverageRGBA(Buffer.from(thumbhash, 'base64'));
    expect([r, g, b].map((part) => Math.round(part * 10))).toEqual([8, 1, 1]);
    expect(color).toMatch(/^c[0-9a-f]2[0-9a-f]1[0-9a-f]$/);
    expect(await transformer.describe(Buffer.from('no picture'))).toBeUndefined();
  });

  it('describes nothing while it is busy', async () => {
    const busy = create();
    const large = await sharp(source).resize(3000, 3000).png().toBuffer();
    await busy.transform(source, { ...PLAIN, width: 20 });
    const work = [1, 2].map(() => busy.transform(large, { ...PLAIN, width: 2000 }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await busy.describe(source)).toBeUndefined();
    await Promise.all(work);
  });
});
