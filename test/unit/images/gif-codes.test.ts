import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, little } from '../../support/images/build.ts';
import { scrubTelling } from '../../support/images/scrub.ts';

const OWNER = Buffer.from('Owner Name');

/** Where the data of each frame lies: its first sub-block and its terminator. */
function framesOf(gif: Buffer): readonly { readonly from: number; readonly to: number }[] {
  const table = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));
  const skip = (from: number): number => {
    let at = from;
    while (gif.readUInt8(at) !== 0) at += 1 + gif.readUInt8(at);
    return at;
  };
  const frames: { from: number; to: number }[] = [];
  let at = 13 + table(gif.readUInt8(10));
  while (gif.readUInt8(at) !== 0x3b) {
    if (gif.readUInt8(at) === 0x21) {
      at = skip(at + 2) + 1;
      continue;
    }
    const from = at + 11 + table(gif.readUInt8(at + 9));
    frames.push({ from, to: skip(from) });
    at = skip(from) + 1;
  }
  return frames;
}

/** Puts bytes before the terminator of each frame. */
function withTails(gif: Buffer, tail: Buffer): Buffer {
  let shown = gif;
  for (const { to } of framesOf(gif).toReversed())
    shown = Buffer.concat([shown.subarray(0, to), tail, shown.subarray(to)]);
  return shown;
}

/** Makes the last sub-block of each frame longer. */
function withLongerBlocks(gif: Buffer, more: Buffer): Buffer {
  let shown = Buffer.from(gif);
  for (const { from, to } of framesOf(gif).toReversed()) {
    let last = from;
    while (last + 1 + shown.readUInt8(last) < to) last += 1 + shown.readUInt8(last);
    const size = shown.readUInt8(last) + more.length;
    if (size > 255) continue;
    shown.writeUInt8(size, last);
    shown = Buffer.concat([shown.subarray(0, to), more, shown.subarray(to)]);
  }
  return shown;
}

/** Codes of three bits, which draw pixels without ever using the table, and the end. */
const drawing = (pixels: number): readonly number[] => [
  ...Array.from({ length: pixels }, (_, at) => (at % 2 === 0 ? [4, at & 1] : [1])).flat(),
  5,
];

/** Codes of three bits in one sub-block. */
function packCodes(codes: readonly number[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil((codes.length * 3) / 8));
  for (const [index, code] of codes.entries()) {
    for (let bit = 0; bit < 3; bit += 1) {
      const at = index * 3 + bit;
      bytes.writeUInt8(bytes.readUInt8(at >> 3) | (((code >> bit) & 1) << (at & 7)), at >> 3);
    }
  }
  return bytesOf(bytes.length, bytes);
}

describe('bytes behind the codes of a GIF', () => {
  let pictures: readonly Buffer[];

  beforeAll(async () => {
    const noise = (width: number, height: number, colours: number) =>
      sharp({
        create: {
          ...{ width, height, channels: 3, background: '#808080' },
          noise: { type: 'gaussian', mean: 128, sigma: 60 },
        },
      })
        .gif({ colours })
        .toBuffer();
    const plain = (side: number, background: string) =>
      sharp({ create: { width: side, height: side, channels: 3, background } })
        .png()
        .toBuffer();
    const frames = await Promise.all([plain(64, '#ff0000'), plain(64, '#00ff00'), plain(64, '#0000ff')]);
    const moving = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    pictures = [
      ...(await Promise.all([noise(9, 9, 2), noise(40, 30, 16), noise(300, 200, 256), noise(1, 1, 2)])),
      moving,
    ];
  });

  it('are none in what an encoder makes: it stays bit for bit', async () => {
    for (const picture of pictures) {
      const clean = (await scrubTelling(picture)).output;

      expect((await scrubTelling(clean, [1, 7, 300])).output).toEqual(clean);
      expect((await scrubTelling(picture)).removed).not.toContain('trailing');
      expect(framesOf(clean).length).toBeGreaterThan(0);
    }
  });

  it('go, in sub-blocks of their own and in the last one, and the answer says so', async () => {
    const tail = Buffer.concat([Buffer.from([OWNER.length]), OWNER]);
    for (const picture of pictures) {
      const clean = (await scrubTelling(picture)).output;
      for (const dirty of [withTails(clean, tail), withLongerBlocks(clean, OWNER)]) {
        if (dirty.equals(clean)) continue;
        for (const lengths of [[65_536], [1], [5, 200]]) {
          const { output, removed } = await scrubTelling(dirty, lengths);
          expect(output).toEqual(clean);
          expect(removed).toContain('trailing');
        }
      }
    }
  });

  it('may be cut off anywhere, and nothing that draws is', async () => {
    const [, picture = Buffer.alloc(0)] = pictures;
    const clean = (await scrubTelling(picture)).output;
    const long = Buffer.concat([Buffer.from([200]), Buffer.alloc(200, 'x')]);
    const dirty = withTails(clean, long);
    const [{ to } = { to: 0 }] = framesOf(clean);

    for (const length of [to + 1, to + 2, to + 100, to + 201]) {
      expect((await scrubTelling(dirty.subarray(0, length))).output).toEqual(clean);
    }
  });

  it('are told from codes whatever they are, in pieces of any length', async () => {
    const clean = (await Promise.all(pictures.map(async (picture) => (await scrubTelling(picture)).output))).slice(
      0,
      3,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...clean),
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 255 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 4 }),
        async (picture, blocks, lengths) => {
          const tail = Buffer.concat(blocks.flatMap((block) => [Buffer.from([block.length]), Buffer.from(block)]));
          expect((await scrubTelling(withTails(picture, tail), lengths)).output).toEqual(picture);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([
    ['behind the last pixel of a frame', 4, 4],
    ['in a frame of no pixels', 0, 0],
    ['in a frame of no height', 4, 0],
  ])('go %s, though no code says that it ends', async (_, width, height) => {
    const shown = bytesOf(0x2c, little(0), little(4, 2), little(4, 2), 0, 2, packCodes(drawing(16)), 0);
    const hiding = (codes: readonly number[]): Buffer =>
      bytesOf(0x2c, little(0), little(width, 2), little(height, 2), 0, 2, packCodes(codes), 0);
    const gif = (frame: Buffer): Buffer =>
      bytesOf('GIF89a', little(4, 2), little(4, 2), 0x80, 0, 0, 0, 0, 0, 9, 9, 9, shown, frame, 0x3b);
    const more = Array.from({ length: 200 }, (_each, at) => (at % 3 === 0 ? 4 : at & 3));

    const clean = gif(hiding([...drawing(width * height).slice(0, -1), 4, 3]));
    const dirty = gif(hiding([...drawing(width * height).slice(0, -1), 4, 3, ...more]));

    for (const lengths of [[65_536], [1], [3, 50]]) {
      const { output, removed } = await scrubTelling(dirty, lengths);
      expect(removed).toEqual(['trailing']);
      // The codes that fill the last byte stay.
      expect(output.length).toBe(clean.length);
      expect((await scrubTelling(output)).output).toEqual(output);
      const pixels = (image: Buffer) => sharp(image, { failOn: 'none' }).raw().toBuffer();
      expect(await pixels(output)).toEqual(await pixels(dirty));
    }
  });
});
