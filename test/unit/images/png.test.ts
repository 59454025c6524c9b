import { deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { big, bytesOf, iccProfile, png, pngChunk, pngHeader, tiff } from '../../support/images/build.ts';
import { readFixture } from '../../support/images/fixtures.ts';
import { LIMITS, type Refused, reasonOf, refusal, scrub } from '../../support/images/scrub.ts';

const DATA = pngChunk('IDAT', Buffer.alloc(20, 7));
const PLAIN = png(pngHeader(4, 4), DATA);

const control = (width: number, height: number, x = 0, y = 0): Buffer =>
  pngChunk('fcTL', big(0), big(width), big(height), big(x), big(y), big(1, 2), big(10, 2), 0, 0);
const animation = (frames: number): Buffer => pngChunk('acTL', big(frames), big(0));

const SIDEWAYS = tiff('MM', [[0x0112, 3, 1, big(6 * 65_536)]]);

const NAMED = [
  ['desc', bytesOf('desc', big(0), big(11), 'Owner Name\0')],
  ['mmod', bytesOf('mmod', big(0), 'Owner Name')],
  ['rXYZ', bytesOf('XYZ ', Buffer.alloc(16))],
] as const;
const PROFILE = iccProfile(['rXYZ', bytesOf('XYZ ', Buffer.alloc(16))]);

function withWrongChecksum(chunk: Buffer): Buffer {
  const wrong = Buffer.from(chunk);
  wrong.writeUInt8(wrong.readUInt8(wrong.length - 1) ^ 1, wrong.length - 1);
  return wrong;
}

describe('PNG', () => {
  it('keeps the chunks that draw the image, bit for bit', async () => {
    const image = png(
      pngHeader(4, 4, { colour: 3, depth: 2 }),
      pngChunk('cHRM', Buffer.alloc(32)),
      pngChunk('gAMA', big(45455)),
      pngChunk('iCCP', 'icc\0\0', deflateSync(PROFILE)),
      pngChunk('sBIT', 8, 8, 8),
      pngChunk('sRGB', 0),
      pngChunk('cICP', 1, 13, 0, 1),
      pngChunk('mDCV', Buffer.alloc(24)),
      pngChunk('cLLI', Buffer.alloc(8)),
      pngChunk('PLTE', Buffer.alloc(12)),
      pngChunk('tRNS', 0, 1),
      pngChunk('bKGD', 0),
      pngChunk('hIST', Buffer.alloc(8)),
      pngChunk('pHYs', Buffer.alloc(9)),
      DATA,
      DATA,
    );
    expect((await scrub(image)).output).toEqual(image);
  });

  it.each(['tEXt', 'zTXt', 'iTXt', 'tIME', 'eXIf', 'prVt', 'vpAg', 'caBX', 'sPLT'])(
    'drops %s, long or short',
    async (type) => {
      const image = png(pngHeader(4, 4), pngChunk(type, 'Secret'), DATA, pngChunk(type, 'Secret'.repeat(10_000)));
      expect((await scrub(image)).output).toEqual(PLAIN);
    },
  );

  it.each([2, 3, 4, 5, 6, 7, 8])('keeps orientation %i and nothing else of EXIF', async (orientation) => {
    const value = big(orientation * 65_536);
    const exif = tiff('MM', [
      [0x010f, 2, 4, Buffer.from('Sec\0')],
      [0x0112, 3, 1, value],
    ]);
    const { output } = await scrub(png(pngHeader(4, 4), pngChunk('eXIf', exif), pngChunk('eXIf', exif), DATA));
    expect(output).toEqual(png(pngHeader(4, 4), pngChunk('eXIf', tiff('MM', [[0x0112, 3, 1, value]])), DATA));
  });

  it('drops what follows the end without reading it', async () => {
    const image = bytesOf(PLAIN, '<script>alert(1)</script>');
    expect((await scrub(image)).output).toEqual(PLAIN);
  });

  it('counts the frames of an APNG', async () => {
    const image = png(
      pngHeader(4, 4),
      animation(2),
      control(4, 4),
      DATA,
      control(1, 1, 3, 3),
      pngChunk('fdAT', big(2), 1),
    );
    const { facts, output } = await scrub(image);
    expect(facts).toEqual({ format: 'png', width: 4, height: 4, frames: 2, orientation: 1 });
    expect(output).toEqual(image);
  });

  it.each<Refused>([
    ['only its signature', bytesOf('\x89PNG\r\n\x1a\n'), 'truncated'],
    ['no header', png(DATA), 'png-no-header'],
    ['a short header', png(pngChunk('IHDR', big(4), big(4))), 'png-no-header'],
    ['no width', png(pngHeader(0, 4), DATA), 'png-invalid-header'],
    ['no height', png(pngHeader(4, 0), DATA), 'png-invalid-header'],
    ['a colour type of no kind', png(pngHeader(4, 4, { colour: 5 }), DATA), 'png-invalid-header'],
    ['a depth that its colour type has not', png(pngHeader(4, 4, { depth: 4 }), DATA), 'png-invalid-header'],
    ['an unknown compression', png(pngChunk('IHDR', big(4), big(4), 8, 6, 1, 0, 0), DATA), 'png-invalid-header'],
    ['an unknown filter', png(pngChunk('IHDR', big(4), big(4), 8, 6, 0, 1, 0), DATA), 'png-invalid-header'],
    ['an unknown interlacing', png(pngChunk('IHDR', big(4), big(4), 8, 6, 0, 0, 2), DATA), 'png-invalid-header'],
    ['two headers', png(pngHeader(4, 4), pngHeader(4, 4), DATA), 'png-misplaced-chunk IHDR'],
    ['no data', png(pngHeader(4, 4)), 'png-too-little-data'],
    ['too little data for its size', png(pngHeader(400, 400), DATA), 'png-too-little-data'],
    ['its data in two places', png(pngHeader(4, 4), DATA, pngChunk('tEXt', 'x'), DATA), 'png-misplaced-chunk IDAT'],
    ['colours by index and no palette', png(pngHeader(4, 4, { colour: 3 }), DATA), 'png-misplaced-chunk IDAT'],
    [
      'two palettes',
      png(pngHeader(4, 4), pngChunk('PLTE', 'abc'), pngChunk('PLTE', 'abc'), DATA),
      'png-misplaced-chunk PLTE',
    ],
    [
      'a palette of 257 colours',
      png(pngHeader(4, 4), pngChunk('PLTE', Buffer.alloc(771)), DATA),
      'png-oversized-chunk PLTE',
    ],
    ['an unknown critical chunk', png(pngHeader(4, 4), pngChunk('CgBI', big(0)), DATA), 'png-unknown-chunk CgBI'],
    ['a chunk whose name has no letters', png(pngHeader(4, 4), pngChunk('te<t', 'x'), DATA), 'png-broken-chunk'],
    ['a chunk of 2^31 bytes', bytesOf(PLAIN.subarray(0, 33), big(0x80000000), 'IDAT'), 'png-broken-chunk'],
    ['a chunk that ends after the file', bytesOf(PLAIN.subarray(0, 33), big(0x7fffffff), 'IDATx'), 'truncated'],
    ['a short animation header', png(pngHeader(4, 4), pngChunk('acTL', big(1)), DATA), 'apng-invalid-frame-count'],
    [
      'frame data without a frame',
      png(pngHeader(4, 4), animation(1), DATA, pngChunk('fdAT', big(1))),
      'png-misplaced-chunk fdAT',
    ],
    ['a frame beyond the canvas', png(pngHeader(4, 4), animation(1), control(4, 4, 1), DATA), 'apng-misfit-frame'],
    ['a frame without a size', png(pngHeader(4, 4), animation(1), control(0, 4), DATA), 'apng-misfit-frame'],
    ['a short frame header', png(pngHeader(4, 4), animation(1), pngChunk('fcTL', big(0)), DATA), 'apng-misfit-frame'],
    [
      'more frames than declared',
      png(pngHeader(4, 4), animation(1), control(4, 4), control(4, 4), DATA),
      'apng-misfit-frame',
    ],
    ['fewer frames than declared', png(pngHeader(4, 4), animation(2), control(4, 4), DATA), 'apng-missing-frames'],
    [
      'ten thousand empty chunks',
      png(pngHeader(4, 4), ...Array<Buffer>(10_500).fill(pngChunk('tEXt'))),
      'too-many-parts',
    ],
  ])('is refused with %s', async (_, image, reason) => {
    expect(await reasonOf(image)).toBe(reason);
  });

  it.each(['IHDR', 'IDAT'])('is refused when the checksum of %s is wrong', async (type) => {
    const { bytes } = readFixture('text-xmp-exif.png');
    const at = bytes.indexOf(type);
    const damaged = Buffer.from(bytes);
    damaged.writeUInt8(bytes.readUInt8(at + 4) ^ 1, at + 4);
    expect(await reasonOf(damaged)).toBe(`png-wrong-checksum ${type}`);
  });

  it.each<readonly [string, Buffer]>([
    ['a text with a wrong checksum', withWrongChecksum(pngChunk('tEXt', 'a\0Secret'))],
    ['a colour space with a wrong checksum', withWrongChecksum(pngChunk('sRGB', 0))],
    ['a profile with a wrong checksum', withWrongChecksum(pngChunk('iCCP', 'x\0\0', Buffer.alloc(9000)))],
    ['an orientation with a wrong checksum', withWrongChecksum(pngChunk('eXIf', SIDEWAYS))],
    ['a gamma that is too long', pngChunk('gAMA', 'five!')],
    ['a transparency that is too long', pngChunk('tRNS', Buffer.alloc(257))],
    ['a transparency beside its own', pngChunk('tRNS', Buffer.alloc(6), 'Secret')],
    ['a histogram of no palette', pngChunk('hIST', 'Secret')],
    ['a palette that no pixel is of', pngChunk('PLTE', 'Secret')],
    ['depths of other pixels', pngChunk('sBIT', 'Sec')],
    ['a background of other pixels', pngChunk('bKGD', 's')],
    ['a frame without an animation', control(4, 4)],
    ['frame data without an animation', pngChunk('fdAT', big(1), 'Secret')],
  ])('is shown without %s, as browsers show it', async (_, chunk) => {
    expect((await scrub(png(pngHeader(4, 4), chunk, DATA))).output).toEqual(PLAIN);
  });

  it.each(['tRNS', 'cHRM', 'gAMA', 'sBIT', 'sRGB', 'cICP', 'bKGD', 'hIST', 'pHYs', 'mDCV', 'cLLI'])(
    'is shown without %s behind its pixels, as browsers show it',
    async (type) => {
      expect((await scrub(png(pngHeader(4, 4), DATA, pngChunk(type, 'S')))).output).toEqual(PLAIN);
    },
  );

  const inColour = (colour: number, ...chunks: readonly Buffer[]) =>
    png(pngHeader(4, 4, { colour }), ...(colour === 3 ? [pngChunk('PLTE', Buffer.alloc(6))] : []), ...chunks, DATA);

  it.each<readonly [number, number]>([
    [0, 2],
    [2, 6],
    [3, 2],
  ])('of colour type %i is shown with the transparency that browsers take of a longer one', async (colour, length) => {
    const taken = Buffer.alloc(length, 1);
    const image = inColour(colour, pngChunk('tRNS', taken, 'Secret'));
    expect((await scrub(image)).output).toEqual(inColour(colour, pngChunk('tRNS', taken)));
  });

  it('of a palette is shown without a histogram of more colours than it has, and without a palette behind it', async () => {
    expect((await scrub(inColour(3, pngChunk('hIST', 'Secret')))).output).toEqual(inColour(3));
    const palette = pngChunk('PLTE', Buffer.alloc(6));
    const late = png(pngHeader(4, 4, { colour: 3 }), palette, DATA, pngChunk('PLTE', 'Secret'));
    expect((await scrub(late)).output).toEqual(inColour(3));
  });

  it.each<readonly [string, Buffer]>([
    ['a name', bytesOf('Owner Name\0\0', deflateSync(PROFILE))],
    ['bytes behind it', bytesOf('icc\0\0', deflateSync(PROFILE), 'Owner Name')],
    ['texts in it', bytesOf('icc\0\0', deflateSync(iccProfile(...NAMED)))],
  ])('keeps the colours of a profile that has %s, and no more', async (_, data) => {
    const { output } = await scrub(png(pngHeader(4, 4), pngChunk('iCCP', data), DATA));
    const at = output.indexOf('iCCP');
    const profile = inflateSync(output.subarray(at + 9, at + 4 + output.readUInt32BE(at - 4)));
    expect(output.toString('latin1', at + 4, at + 9)).toBe('icc\0\0');
    expect(profile.indexOf('rXYZ')).toBeGreaterThan(0);
    for (const bytes of [output, profile]) expect(/Owner|mmod/.test(bytes.toString('latin1'))).toBe(false);
    expect((await scrub(output)).output).toEqual(output);
  });

  it.each<readonly [string, Buffer]>([
    ['no name', bytesOf('\0\0', deflateSync(PROFILE))],
    ['a name of 80 letters', bytesOf('x'.repeat(80), 0, 0, deflateSync(PROFILE))],
    ['another way of packing', bytesOf('icc\0', 1, deflateSync(PROFILE))],
    ['a broken stream', bytesOf('icc\0\0', deflateSync(PROFILE).subarray(0, -9))],
    ['no colours', bytesOf('icc\0\0', deflateSync(Buffer.from('Owner Name')))],
  ])('drops a profile that has %s', async (_, data) => {
    expect((await scrub(png(pngHeader(4, 4), pngChunk('iCCP', data), DATA))).output).toEqual(PLAIN);
  });

  it('unpacks no profile that becomes too long', async () => {
    const bomb = bytesOf('icc\0\0', deflateSync(Buffer.alloc(50_000_000)));
    expect(await reasonOf(png(pngHeader(4, 4), pngChunk('iCCP', bomb), DATA))).toBe('profile-too-large');
  });

  it.each<readonly [string, Buffer]>([
    ['no end', PLAIN.subarray(0, -12)],
    ['half an end', PLAIN.subarray(0, -5)],
    ['an end with a wrong checksum', bytesOf(PLAIN.subarray(0, -1), 0)],
    ['an end with data in it', png(pngHeader(4, 4), DATA, pngChunk('IEND', 'Secret')).subarray(0, -12)],
    ['half a text for its end', bytesOf(PLAIN.subarray(0, -12), pngChunk('tEXt', 'Secret').subarray(0, -7))],
    ['something else for its end', bytesOf(PLAIN.subarray(0, -12), 'PK\x03\x04 Secret')],
    ['a late palette', png(pngHeader(4, 4), DATA, pngChunk('PLTE', 'abc'))],
    ['a late animation', png(pngHeader(4, 4), DATA, animation(1), control(4, 4))],
  ])('is completed when it has %s', async (_, image) => {
    expect((await scrub(image)).output).toEqual(PLAIN);
  });

  it('is not completed where a chunk that draws is cut', async () => {
    expect(await reasonOf(bytesOf(PLAIN.subarray(0, -12), pngChunk('IDAT', 'x').subarray(0, -1)))).toBe('truncated');
    const animated = png(pngHeader(4, 4), animation(1), control(4, 4), DATA, pngChunk('fdAT', big(1), 'x'));
    expect(await reasonOf(animated.subarray(0, -13))).toBe('truncated');
  });

  it('verifies the checksum of a long chunk that comes in pieces', async () => {
    const image = png(pngHeader(400, 40), pngChunk('IDAT', Buffer.alloc(100_000, 3)));
    expect((await scrub(image, { lengths: [4093, 1, 70] })).output).toEqual(image);
    image.writeUInt8(4, 90_000);
    await expect(scrub(image, { lengths: [4093] })).rejects.toMatchObject({
      code: 'png-wrong-checksum',
      facts: { part: 'IDAT' },
    });
  });

  it('is refused by its header alone when it is too large', async () => {
    expect(
      await refusal(bytesOf(png(pngHeader(30_000, 30_000, { depth: 1, colour: 0 })).subarray(0, 33))),
    ).toMatchObject({
      code: 'side-too-large',
      facts: { width: 30_000, height: 30_000, limit: LIMITS.maxSide },
    });
    expect(await refusal(png(pngHeader(8000, 8000)))).toMatchObject({
      code: 'too-many-pixels',
      facts: { limit: LIMITS.maxPixels },
    });
  });

  it('is refused by its animation header when it has too many frames, and not by frames times pixels', async () => {
    expect(await refusal(png(pngHeader(4, 4), animation(201)))).toMatchObject({
      code: 'too-many-frames',
      facts: { frames: 201, limit: LIMITS.maxFrames },
    });
    expect(await reasonOf(png(pngHeader(1000, 1000), animation(199)))).toBe('png-too-little-data');
  });
});
