import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { findLossySpares } from '../../../src/images/vp8-end.ts';
import { bytesOf, little, riffChunk, webp } from '../../support/images/build.ts';
import { hideInLossyWebps } from '../../support/images/hidden.ts';
import { scrubTelling } from '../../support/images/scrub.ts';

const HIDINGS = await hideInLossyWebps();
const pixelsOf = (image: Buffer): Promise<Buffer> =>
  sharp(image, { failOn: 'none', animated: true }).ensureAlpha().raw().toBuffer();

/** A key frame whose partitions hold anything: what decoders make of it takes every kind of mode and token. */
function frameOf(width: number, height: number, noise: (length: number) => Buffer): Buffer {
  const first = noise(3000);
  const tag = little(0x10 | (first.length << 5), 3);
  const lengths = Array.from({ length: 7 }, () => little(7000, 3));
  return bytesOf(tag, 0x9d, 0x01, 0x2a, little(width, 2), little(height, 2), first, ...lengths, noise(70_000));
}

/** Noise that begins with these bytes. */
const noiseOf = (seed: number, begin: Uint8Array): ((length: number) => Buffer) => {
  let state = seed;
  return (length) => {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; at += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      bytes[at] = begin[at] ?? state >>> 24;
    }
    return bytes;
  };
};

describe('R28 bytes behind the partitions of a lossy WebP', () => {
  it.each(HIDINGS)('are overwritten, and no pixel changes: $name', async ({ clean, dirty }) => {
    for (const lengths of [[65_536], [1], [5, 700]]) {
      expect(await scrubTelling(dirty, lengths)).toEqual({ output: clean, removed: ['trailing'] });
    }
    expect(await scrubTelling(clean)).toEqual({ output: clean, removed: [] });
    expect(await pixelsOf(clean)).toEqual(await pixelsOf(dirty));
  });

  it('are found in frames of anything, of one partition to eight, in which no pixel changes', async () => {
    const counts = new Set<number>();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(0xffff_ffff),
        fc.uint8Array({ maxLength: 12 }),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 150 }),
        async (seed, begin, width, height) => {
          const frame = frameOf(width, height, noiseOf(seed, begin));
          const spares = await findLossySpares(frame);
          counts.add(spares.length);
          const image = webp(riffChunk('VP8 ', frame));
          const { output, removed } = await scrubTelling(image);
          expect(removed).toEqual(spares.length > 0 ? ['trailing'] : []);
          const filled = Buffer.from(image);
          for (const { from, to } of spares) filled.fill(0xa5, 20 + from, 20 + to);
          const [before, after, other] = await Promise.allSettled([image, output, filled].map(pixelsOf));
          expect([isDeepStrictEqual(after, before), isDeepStrictEqual(other, before)]).toEqual([true, true]);
          expect((await scrubTelling(output)).output.equals(output)).toBe(true);
        },
      ),
      { numRuns: 400 },
    );
    expect([...counts].toSorted((a, b) => a - b)).toEqual(expect.arrayContaining([2, 3, 5, 9]));
  }, 60_000);

  it('are found to the byte: the last that is needed is', async () => {
    let changed = 0;
    for (let seed = 0; seed < 60; seed += 1) {
      const frame = frameOf(16, 16, noiseOf(seed, Buffer.of(0)));
      const [, tokens] = await findLossySpares(frame);
      if (tokens === undefined) continue;
      const other = Buffer.from(frame);
      other[tokens.from - 1] = (other[tokens.from - 1] ?? 0) ^ 0xff;
      const [before, after] = await Promise.allSettled(
        [frame, other].map((data) => pixelsOf(webp(riffChunk('VP8 ', data)))),
      );
      if (!isDeepStrictEqual(before, after)) changed += 1;
    }
    expect(changed).toBeGreaterThan(10);
  });

  it('stay where a partition is cut off or longer than the frame', async () => {
    for (const [{ dirty } = { dirty: Buffer.alloc(0) }] of [HIDINGS.slice(0, 1), HIDINGS.slice(3, 4)]) {
      const data = dirty.subarray(20);
      const broken = [data.subarray(0, 200), bytesOf(0xf0, 0xff, 0xff, data.subarray(3)), data.subarray(0, 10)];
      for (const frame of broken) {
        const image = webp(riffChunk('VP8 ', frame));
        expect(await scrubTelling(image)).toEqual({ output: image, removed: [] });
      }
    }
  });

  it('may be anything in any picture, and no pixel that is shown changes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...HIDINGS),
        fc.array(fc.tuple(fc.nat(9999), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        async ({ dirty }, changes) => {
          const damaged = Buffer.from(dirty);
          for (const [at, byte] of changes) damaged[30 + Math.floor(((damaged.length - 30) * at) / 10_000)] = byte;
          const stored = await scrubTelling(damaged).catch(() => undefined);
          if (stored === undefined) return;
          const [before, after] = await Promise.allSettled([pixelsOf(damaged), pixelsOf(stored.output)]);
          if (before.status === 'fulfilled') expect(after).toEqual(before);
        },
      ),
      { numRuns: 100 },
    );
  }, 60_000);

  it('are not looked for behind more steps than a picture takes', async () => {
    // Noise of the largest size ends long before its blocks do.
    expect(await findLossySpares(frameOf(16_383, 16_383, noiseOf(1, Buffer.of(0))))).toEqual([]);
  });
});
