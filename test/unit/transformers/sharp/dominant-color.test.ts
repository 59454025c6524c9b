import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { findDominantColor } from '../../../../src/transformers/sharp/dominant-color.ts';
import { FIXTURES } from '../../../support/images/fixtures.ts';

const toHex = ({ r, g, b }: { readonly r: number; readonly g: number; readonly b: number }): string =>
  [r, g, b].map((value) => value.toString(16).padStart(2, '0')).join('');

/** What sharp says of the same raster. */
async function bySharp(pixels: Uint8Array, width: number, height: number): Promise<string> {
  const { dominant } = await sharp(pixels, { raw: { width, height, channels: 4 } }).stats();
  return toHex(dominant);
}

/** How many pixels are of each of the 4,096 colours, the most first. */
function toCounts(pixels: Uint8Array): readonly number[] {
  const counts = new Map<string, number>();
  for (let at = 0; at < pixels.length; at += 4) {
    const color = [...pixels.subarray(at, at + 3)].map((value) => Math.ceil(value / 16) || 1).join();
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  return [...counts.values()].sort((one, other) => other - one);
}

describe('the dominant colour', () => {
  it.each(FIXTURES.filter(({ name }) => !name.endsWith('.avif')))('of $name is what sharp finds', async ({ bytes }) => {
    const raster = sharp(bytes).resize({ width: 100, height: 100, fit: 'inside' }).toColourspace('srgb').ensureAlpha();
    const { data, info } = await raster.raw().toBuffer({ resolveWithObject: true });
    const [most, second] = toCounts(data);
    if (most !== second) expect(findDominantColor(data)).toBe(await bySharp(data, info.width, info.height));
  });

  it('is what sharp finds in any raster, unless two are as frequent', async () => {
    const side = fc.integer({ min: 1, max: 12 });
    const raster = fc.tuple(side, side, fc.constantFrom(3, 60, 255)).chain(([width, height, max]) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        pixels: fc.array(fc.integer({ min: 0, max }), { minLength: width * height * 4, maxLength: width * height * 4 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(raster, async ({ width, height, pixels }) => {
        const bytes = Uint8Array.from(pixels);
        const [most, second] = toCounts(bytes);
        fc.pre(most !== second);
        expect(findDominantColor(bytes)).toBe(await bySharp(bytes, width, height));
      }),
      { numRuns: 200 },
    );
  });

  it.each<[string, readonly number[]]>([
    ['080808', []],
    ['f80808', [255, 0, 0, 255]],
    ['0808f8', [0, 0, 255, 0, 255, 0, 0, 255, 0, 0, 250, 9]],
  ])('is %s of %j', (color, pixels) => {
    expect(findDominantColor(Uint8Array.from(pixels))).toBe(color);
  });
});
