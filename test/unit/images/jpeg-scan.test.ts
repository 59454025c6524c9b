import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createCoding } from '../../../src/images/jpeg-coding.ts';
import { big, bytesOf, jpeg, jpegFrame, jpegScan, jpegSegment } from '../../support/images/build.ts';
import { codedEnds, drawPhoto, HIDDEN, hideInJpegs, putAt, restartedJpeg } from '../../support/images/hidden.ts';
import { scrub, scrubTelling } from '../../support/images/scrub.ts';

const HIDINGS = await hideInJpegs();
const pixelsOf = (image: Buffer): Promise<Buffer> => sharp(image, { failOn: 'none' }).raw().toBuffer();

/** Sets the last byte of an interval, whose last three bits say nothing. */
const withFilling = (image: Buffer, filling: number): Buffer => {
  const changed = Buffer.from(image);
  for (const end of codedEnds(image)) changed.writeUInt8((changed.readUInt8(end - 1) & 0xfc) | filling, end - 1);
  return changed;
};

describe('R28 bytes behind the coded data of a JPEG', () => {
  it.each(HIDINGS)('go, and no pixel changes: $name', async ({ clean, dirty }) => {
    const kept = (await scrubTelling(clean)).output;
    expect(await pixelsOf(kept)).toEqual(await pixelsOf(clean));
    for (const lengths of [[65_536], [1], [5, 700]]) {
      const { output, removed } = await scrubTelling(dirty, lengths);
      expect(output.equals(kept)).toBe(true);
      expect(removed).toContain('trailing');
    }
  });

  it('are none in what encoders make', async () => {
    for (const { clean } of HIDINGS) {
      const { output, removed } = await scrubTelling(clean);
      expect(removed).not.toContain('trailing');
      expect((await scrub(output)).output.equals(output)).toBe(true);
    }
  });

  it('go where the picture was made lower in its header alone', async () => {
    const tall = await (await drawPhoto(64, 64)).jpeg().toBuffer();
    const cropped = Buffer.from(tall);
    cropped.writeUInt16BE(16, cropped.indexOf(Buffer.from([0xff, 0xc0])) + 5);

    const { output, removed } = await scrubTelling(cropped);

    expect(output.length).toBeLessThan(tall.length / 2);
    expect(removed).toContain('trailing');
    expect(await pixelsOf(output)).toEqual(await pixelsOf(cropped));
  });

  it('go with the restarts among them, and with what fills the last byte', async () => {
    const clean = restartedJpeg(3);
    const tail = bytesOf(0xff, 0xd3, HIDDEN, 0xff, 0xd4);
    expect(await scrubTelling(putAt(clean, [clean.length - 2], tail))).toEqual({
      output: clean,
      removed: ['trailing'],
    });
    expect(await scrubTelling(withFilling(clean, 0))).toEqual({ output: withFilling(clean, 0), removed: [] });
    for (const filling of [1, 2]) {
      expect(await scrubTelling(withFilling(clean, filling))).toEqual({ output: clean, removed: ['trailing'] });
    }
  });

  it.each([
    ['a restart lacks', (image: Buffer) => Buffer.concat([image.subarray(0, -7), image.subarray(-4)])],
    ['a restart is another', (image: Buffer) => bytesOf(image.subarray(0, -4), 0xd5, image.subarray(-3))],
    ['codes lack', (image: Buffer) => bytesOf(image.subarray(0, -3), 0xff, 0xd9)],
  ])('stay, as all does from where %s', async (_, damage) => {
    const damaged = damage(restartedJpeg(5));
    expect((await scrub(damaged)).output).toEqual(damaged);
  });

  it.each([
    ['arithmetic coding', jpeg(jpegFrame(8, 8, 0xc9), jpegScan(1, 2, 3))],
    ['no tables', jpeg(jpegFrame(8, 8), jpegScan(1, 2, 3))],
    [
      'tables that cannot be',
      jpeg(
        jpegSegment(0xc4, 0, 3, Buffer.alloc(15), 1, 2, 3, 0x10, 1, Buffer.alloc(15), 0),
        jpegFrame(8, 8),
        jpegScan(1, 2, 3),
      ),
    ],
    ['a component of another frame', jpeg(jpegFrame(8, 8), bytesOf(jpegSegment(0xda, 1, 7, 0, 0, 63, 0), 1, 2))],
  ])('stay with %s', async (_, image) => {
    expect(await scrubTelling(image)).toEqual({ output: image, removed: [] });
  });

  it('end no scan by a marker that says nothing, when restarts follow', async () => {
    const clean = restartedJpeg(20);
    const damaged = putAt(clean, codedEnds(clean).slice(4, 5), bytesOf(HIDDEN.subarray(0, 10), 0xff, 0x01));

    const { output } = await scrubTelling(damaged);

    expect(output.includes(HIDDEN.subarray(0, 10))).toBe(false);
    expect(await pixelsOf(output)).toEqual(await pixelsOf(damaged));
    expect((await scrub(output)).output).toEqual(output);
  });

  it('may be anything in any scan, and no pixel that is shown changes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...HIDINGS),
        fc.array(fc.tuple(fc.nat(9999), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 3 }),
        async ({ dirty }, changes, lengths) => {
          const damaged = Buffer.from(dirty);
          const from = damaged.indexOf(Buffer.from([0xff, 0xda])) + 20;
          for (const [at, byte] of changes) {
            damaged[from + Math.floor(((damaged.length - from) * at) / 10_000)] = byte;
          }
          const stored = await scrubTelling(damaged, lengths).catch(() => undefined);
          if (stored === undefined) return;
          expect((await scrub(damaged)).output.equals(stored.output)).toBe(true);
          expect((await scrub(stored.output)).output.equals(stored.output)).toBe(true);
          const [before, after] = await Promise.allSettled([pixelsOf(damaged), pixelsOf(stored.output)]);
          if (before.status === 'fulfilled') expect(after).toEqual(before);
        },
      ),
      { numRuns: 400 },
    );
  }, 60_000);

  it('are not looked for by going over a picture again and again, nor over one of more blocks than are remembered', () => {
    const frame = (side: number): Buffer => bytesOf(8, big(side, 2), big(side, 2), 1, 1, 0x11, 0);
    const first = bytesOf(1, 1, 0, 0, 0, 0);
    const refinement = bytesOf(1, 1, 0, 1, 63, 0x10);
    const codes = bytesOf(0, 1, Buffer.alloc(15), 0, 0x10, 1, Buffer.alloc(15), 0xe0);
    const countScans = (side: number, ...before: readonly Buffer[]): number => {
      const coding = createCoding();
      coding.setFrame(0xc2, frame(side));
      coding.setCodes(codes);
      for (const header of before) coding.begin(header);
      return Array.from({ length: 100 }, () => coding.begin(refinement)).filter((scan) => scan !== undefined).length;
    };

    expect(countScans(64)).toBe(0);
    expect(countScans(64, first)).toBe(40);
    expect(countScans(64, first, first)).toBe(80);
    expect(countScans(65_500, first)).toBe(0);
  });
});
