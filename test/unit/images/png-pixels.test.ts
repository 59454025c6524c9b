import { deflateSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createPixelStream, createUnpackBudget } from '../../../src/images/png-pixels.ts';
import { rowsLength } from '../../../src/images/png-rows.ts';
import { big, bytesOf, png, pngChunk, pngHeader } from '../../support/images/build.ts';
import { scrubTelling } from '../../support/images/scrub.ts';

const OWNER = Buffer.from('Owner Name');
const SIDE = 24;

/** Rows of a picture of eight-bit colour with alpha, each behind its filter. */
const rowsOf = (fill: (at: number) => number): Buffer =>
  Buffer.from(Array.from({ length: SIDE * (1 + 4 * SIDE) }, (_, at) => (at % (1 + 4 * SIDE) === 0 ? 0 : fill(at))));
const NOISE = rowsOf((at) => (at * 2_654_435_761) >>> 24);
const PLAIN = rowsOf(() => 200);

/** Cuts data into chunks of a type, `lengths` over and over. */
function chunksOf(data: Buffer, lengths: readonly number[], toChunk: (data: Buffer, at: number) => Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < data.length; ) {
    const length = lengths[chunks.length % lengths.length] ?? 1;
    chunks.push(toChunk(data.subarray(at, at + length), chunks.length));
    at += length;
  }
  return Buffer.concat(chunks);
}
const still = (data: Buffer, lengths = [data.length]): Buffer =>
  png(
    pngHeader(SIDE, SIDE),
    chunksOf(data, lengths, (piece) => pngChunk('IDAT', piece)),
  );

const control = (sequence: number): Buffer =>
  pngChunk('fcTL', big(sequence), big(SIDE), big(SIDE), big(0), big(0), big(1, 2), big(10, 2), 0, 0);
/** A picture and another frame, in two chunks. */
const animated = (first: Buffer, second: Buffer): Buffer =>
  png(
    pngHeader(SIDE, SIDE),
    pngChunk('acTL', big(2), big(0)),
    control(0),
    pngChunk('IDAT', first),
    control(1),
    pngChunk('fdAT', big(2), second.subarray(0, 9)),
    pngChunk('fdAT', big(3), second.subarray(9)),
  );

/** The data of chunks of these names. */
function dataOf(image: Buffer, ...names: readonly string[]): Buffer {
  const data: Buffer[] = [];
  for (let at = 8; at < image.length; at += 12 + image.readUInt32BE(at)) {
    const from = at + 8 + (image.toString('latin1', at + 4, at + 8) === 'fdAT' ? 4 : 0);
    if (names.includes(image.toString('latin1', at + 4, at + 8)))
      data.push(image.subarray(from, at + 8 + image.readUInt32BE(at)));
  }
  return Buffer.concat(data);
}

const pixelsOf = (bytes: Buffer): Promise<Buffer> => sharp(bytes, { failOn: 'none' }).ensureAlpha().raw().toBuffer();
const blank = (tail: Uint8Array): Buffer => Buffer.alloc(tail.length);

describe('R28 bytes behind the pixels of a PNG', () => {
  it.each([
    ['in the chunk where they end', [100_000]],
    ['in chunks of their own', [deflateSync(NOISE).length, 7]],
    ['in chunks of any length', [1, 2, 3, 500]],
  ])('are overwritten %s, and the answer says so', async (_, lengths) => {
    const packed = deflateSync(NOISE);
    const image = still(Buffer.concat([packed, OWNER]), lengths);

    const { output, removed } = await scrubTelling(image);

    expect(output).toEqual(still(Buffer.concat([packed, blank(OWNER)]), lengths));
    expect(removed).toEqual(['trailing']);
    expect(await pixelsOf(output)).toEqual(await pixelsOf(still(packed)));
  });

  it('are overwritten in each frame of an animation', async () => {
    const [first, second] = [deflateSync(NOISE), deflateSync(PLAIN)];

    const { output, removed } = await scrubTelling(
      animated(Buffer.concat([first, OWNER]), Buffer.concat([second, OWNER, OWNER])),
    );

    expect(output).toEqual(
      animated(Buffer.concat([first, blank(OWNER)]), Buffer.concat([second, blank(OWNER), blank(OWNER)])),
    );
    expect(removed).toEqual(['trailing']);
  });

  it('are told from pixels whatever they are and in whatever pieces they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: SIDE * 4 }),
        fc.constantFrom(0, 1, 6, 9),
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 4 }),
        async (colours, level, tail, chunks, pieces) => {
          const packed = deflateSync(
            rowsOf((at) => colours[at % colours.length] ?? 0),
            { level },
          );
          const { output, removed } = await scrubTelling(still(Buffer.concat([packed, tail]), chunks), pieces);
          expect(output).toEqual(still(Buffer.concat([packed, blank(tail)]), chunks));
          expect(removed).toEqual(tail.some((byte) => byte !== 0) ? ['trailing'] : []);
        },
      ),
      { numRuns: 500 },
    );
  }, 60_000);

  it('are found behind a checksum that is wrong', async () => {
    const packed = Buffer.from(deflateSync(NOISE));
    packed.writeUInt8(packed.readUInt8(packed.length - 1) ^ 1, packed.length - 1);

    const { output } = await scrubTelling(still(Buffer.concat([packed, OWNER])));

    expect(output).toEqual(still(Buffer.concat([packed, blank(OWNER)])));
  });

  it.each([
    ['is broken', bytesOf(deflateSync(NOISE).subarray(0, 40), Buffer.alloc(400, 0xff))],
    ['is cut off', deflateSync(NOISE).subarray(0, -9)],
    ['says more, packed as nobody knows', bytesOf(0x79, 0x9c, deflateSync(Buffer.concat([NOISE, OWNER])).subarray(2))],
  ])('are not looked for where the stream %s', async (_, data) => {
    const image = still(data, [50]);
    expect(await scrubTelling(image)).toEqual({ output: image, removed: [] });
  });

  it('cost no more than the picture is large, however much the stream says', async () => {
    const budget = createUnpackBudget();
    const { left } = budget;
    const stream = createPixelStream(NOISE.length, budget);

    expect(await stream.read(deflateSync(Buffer.alloc(300_000_000)))).toBeUndefined();

    expect(left - budget.left).toBeLessThan(1_000_000);
    expect(await stream.read(OWNER)).toBeUndefined();
  });

  it('cost no more than one large picture, however many frames there are', async () => {
    const budget = { left: NOISE.length - 1 };
    const packed = deflateSync(NOISE);
    const stream = createPixelStream(NOISE.length, budget);

    expect(await stream.read(packed)).toBeUndefined();

    expect(await createPixelStream(NOISE.length, { left: NOISE.length }).read(packed)).toBe(packed.length);
  });
});

describe('R28 what the stream of a PNG says more than its rows need', () => {
  const BITS = [
    [0, 1, 1],
    [0, 16, 16],
    [2, 8, 24],
    [4, 8, 16],
    [6, 8, 32],
    [6, 16, 64],
  ] as const;

  it.each(
    [false, true].flatMap((interlaced) =>
      BITS.flatMap((bits) => [1, 3, 5, 29].map((width) => [interlaced, bits, width] as const)),
    ),
  )(
    'goes, and no pixel changes: interlaced %s, colours %j, %i wide',
    async (interlaced, [colour, depth, bits], width) => {
      const [height, shape] = [7, { width, height: 7, bitsPerPixel: bits, interlaced }];
      // No filter is any other than 0, however the rows lie.
      const rows = Buffer.alloc(rowsLength(shape), 0);
      const image = (data: Buffer): Buffer =>
        png(pngHeader(width, height, { colour, depth, interlace: interlaced ? 1 : 0 }), pngChunk('IDAT', data));
      const clean = image(deflateSync(rows));
      expect(await scrubTelling(clean)).toEqual({ output: clean, removed: [] });
      await sharp(clean, { failOn: 'warning' }).raw().toBuffer();
      await expect(
        sharp(image(deflateSync(rows.subarray(1))), { failOn: 'truncated' })
          .raw()
          .toBuffer(),
      ).rejects.toThrow();

      for (const more of [Buffer.of(1), OWNER, Buffer.alloc(70_000, OWNER)]) {
        for (const level of [0, 9]) {
          const { output, removed } = await scrubTelling(image(deflateSync(Buffer.concat([rows, more]), { level })));
          expect(removed).toEqual(['trailing']);
          expect(inflateSync(dataOf(output, 'IDAT')).equals(rows)).toBe(true);
          expect(await scrubTelling(output)).toEqual({ output, removed: [] });
        }
      }
    },
  );

  it('goes from each frame of an animation, whose chunks stay as many', async () => {
    const more = (rows: Buffer): Buffer => deflateSync(Buffer.concat([rows, OWNER]), { level: 0 });
    const image = animated(more(NOISE), more(PLAIN));

    const { output, removed } = await scrubTelling(image);

    expect(removed).toEqual(['trailing']);
    expect(output.includes(OWNER)).toBe(false);
    expect(inflateSync(dataOf(output, 'IDAT'))).toEqual(NOISE);
    expect(inflateSync(dataOf(output, 'fdAT'))).toEqual(PLAIN);
    const namesOf = (bytes: Buffer): readonly string[] | null => bytes.toString('latin1').match(/fcTL|fdAT\0\0\0./gs);
    expect(namesOf(output)).toEqual(namesOf(image));
    expect(await pixelsOf(output)).toEqual(await pixelsOf(image));
  });

  it('goes whatever it is, in whatever chunks and pieces it comes, damaged or not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 3000 }),
        fc.constantFrom(0, 1, 6, 9),
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 4 }),
        fc.option(fc.tuple(fc.nat(9999), fc.nat(255)), { nil: undefined }),
        async (more, level, chunks, pieces, damage) => {
          const packed = Buffer.from(deflateSync(Buffer.concat([NOISE, more, OWNER]), { level }));
          if (damage) packed[Math.floor((packed.length * damage[0]) / 10_000)] = damage[1];
          const image = still(packed, chunks);
          const { output, removed } = await scrubTelling(image, pieces);
          if (!damage) expect([inflateSync(dataOf(output, 'IDAT')), removed]).toEqual([NOISE, ['trailing']]);
          const [before, after] = await Promise.allSettled([pixelsOf(image), pixelsOf(output)]);
          if (before.status === 'fulfilled') expect(after).toEqual(before);
          expect((await scrubTelling(output)).output.equals(output)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);

  it('stays where more than 16 MiB come ahead of it, and pixels pass', async () => {
    const rows = Buffer.alloc(rowsLength({ width: 3000, height: 2000, bitsPerPixel: 24, interlaced: false }), 0);
    const image = (more: Buffer): Buffer =>
      png(
        pngHeader(3000, 2000, { colour: 2 }),
        chunksOf(deflateSync(Buffer.concat([rows, more]), { level: 0 }), [65_536], (piece) => pngChunk('IDAT', piece)),
      );
    for (const whole of [image(OWNER), image(Buffer.alloc(0))]) {
      const { output, removed } = await scrubTelling(whole);
      expect(output.equals(whole)).toBe(true);
      expect(removed).toEqual([]);
    }
  });
});
