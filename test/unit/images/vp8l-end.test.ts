import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { findLosslessEnd } from '../../../src/images/vp8l-end.ts';
import { bytesOf, little, riffChunk, webp, webpCanvas, webpLossy } from '../../support/images/build.ts';
import { HIDDEN, hideInWebps } from '../../support/images/hidden.ts';
import { scrub, scrubTelling } from '../../support/images/scrub.ts';

const HIDINGS = await hideInWebps();
const pixelsOf = (image: Buffer): Promise<Buffer> =>
  sharp(image, { failOn: 'none', animated: true }).ensureAlpha().raw().toBuffer();

describe('R28 bytes behind a lossless picture or the alpha of a WebP', () => {
  it.each(HIDINGS)('are overwritten, and no pixel changes: $name', async ({ clean, dirty }) => {
    for (const lengths of [[65_536], [1], [5, 700]]) {
      expect(await scrubTelling(dirty, lengths)).toEqual({ output: clean, removed: ['trailing'] });
    }
    expect(await scrubTelling(clean)).toEqual({ output: clean, removed: [] });
    expect(await pixelsOf(clean)).toEqual(await pixelsOf(dirty));
  });

  it('are overwritten behind alpha that is not compressed', async () => {
    const image = (tail: Buffer): Buffer =>
      webp(webpCanvas(8, 6, 0x10), riffChunk('ALPH', 0, Buffer.alloc(48, 'a'), tail), webpLossy(8, 6));
    expect(await scrubTelling(image(HIDDEN))).toEqual({
      output: image(Buffer.alloc(HIDDEN.length)),
      removed: ['trailing'],
    });
  });

  it('stay where a stream is cut off, or is compressed as nobody knows', async () => {
    for (const alpha of [bytesOf(0, Buffer.alloc(9, 'a')), bytesOf(2, Buffer.alloc(90, 'a')), bytesOf(1, 0xff, 0xff)]) {
      const image = webp(webpCanvas(8, 6, 0x10), riffChunk('ALPH', alpha), webpLossy(8, 6));
      expect(await scrubTelling(image)).toEqual({ output: image, removed: [] });
    }
  });

  it('may be anything in any picture, and no pixel that is shown changes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...HIDINGS),
        fc.array(fc.tuple(fc.nat(9999), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        async ({ dirty }, changes) => {
          const damaged = Buffer.from(dirty);
          for (const [at, byte] of changes) damaged[40 + Math.floor(((damaged.length - 40) * at) / 10_000)] = byte;
          const stored = await scrubTelling(damaged).catch(() => undefined);
          if (stored === undefined) return;
          expect((await scrub(stored.output)).output.equals(stored.output)).toBe(true);
          const [before, after] = await Promise.allSettled([pixelsOf(damaged), pixelsOf(stored.output)]);
          if (before.status === 'fulfilled') expect(after).toEqual(before);
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);

  it('are looked for in noise, which is given up', async () => {
    const size = { width: 16_384, height: 16_384 };
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const end = await findLosslessEnd(bytes, size, false);
        expect(end ?? 0).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 2000 },
    );
    // Two groups of codes that take no bits, in the smallest tiles: a step for each.
    expect(await findLosslessEnd(Buffer.concat([little(0), Buffer.alloc(600)]), size, false)).toBeUndefined();
  });
});
