import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { scrub } from '../../support/images/scrub.ts';
import { turnedAvif, turnedByExif } from '../../support/images/turned.ts';

const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8];
const TURNS = [undefined, 0, 1, 2, 3].flatMap((quarters) => [undefined, 0, 1].map((axis) => [quarters, axis] as const));

/** As sharp reads what was stored: with EXIF applied, which it does of its own accord where an AVIF is turned. */
async function sizeBySharp(image: Buffer) {
  const { autoOrient, orientation = 1 } = await sharp(image).metadata();
  return { ...autoOrient, orientation };
}

describe('the size of an image as shown', () => {
  it.each(ORIENTATIONS.flatMap((orientation) => Object.keys(turnedByExif).map((format) => [format, orientation])))(
    'is that which sharp reads of a stored %s of orientation %i',
    async (format, orientation) => {
      const image = await turnedByExif[String(format)]?.(Number(orientation));
      const { facts, output } = await scrub(image ?? Buffer.alloc(0));
      const { width, height } = facts;
      expect({ width, height, orientation: facts.orientation }).toEqual(await sizeBySharp(output));
      expect(await scrub(output)).toEqual({ facts, output });
    },
  );

  it.each(TURNS)('is that which sharp reads of an AVIF of irot %s and imir %s', async (quarters, axis) => {
    const { facts, output } = await scrub(await turnedAvif(quarters, axis));
    const { width, height } = await sharp(output).metadata();
    expect(facts).toMatchObject({ width, height });
    const turned = await sharp(output).raw().toBuffer();
    const upright = await sharp(await turnedAvif())
      .png()
      .withMetadata({ orientation: facts.orientation })
      .toBuffer();
    expect(turned.equals(await sharp(upright).autoOrient().removeAlpha().raw().toBuffer())).toBe(true);
  });
});
