import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  iccProfile,
  little,
  riffChunk,
  webp,
  webpCanvas,
  webpFrame,
  webpLossless,
  webpLossy,
} from '../../support/images/build.ts';
import { LIMITS, type Refused, reasonOf, refusal, scrub } from '../../support/images/scrub.ts';

const LOSSY = webpLossy(8, 6);
const LOSSLESS = webpLossless(8, 6);
const ANIMATION = riffChunk('ANIM', little(0), little(0, 2));
const ALPHA = riffChunk('ALPH', 0, 1, 2);
const FRAME = webpFrame(8, 6, LOSSY);
const [XMP_FLAG, EXIF_FLAG, ICC_FLAG, ANIMATED] = [0x04, 0x08, 0x20, 0x02];

const blank = (length: number): Buffer => riffChunk('JUNK', Buffer.alloc(length));

const PROFILE = iccProfile(['rXYZ', bytesOf('XYZ ', Buffer.alloc(16))]);

describe('WebP', () => {
  it.each<readonly [string, Buffer, number]>([
    ['a lossy picture', webp(LOSSY), 1],
    ['a lossless picture', webp(LOSSLESS), 1],
    ['a picture with alpha', webp(webpCanvas(8, 6, 0x10), ALPHA, LOSSY), 1],
    ['a picture with a profile', webp(webpCanvas(8, 6, ICC_FLAG), riffChunk('ICCP', PROFILE), LOSSLESS), 1],
    ['an animation', webp(webpCanvas(8, 6, ANIMATED), ANIMATION, FRAME, webpFrame(2, 2, ALPHA, webpLossy(2, 2))), 2],
    ['what was blanked before', webp(webpCanvas(8, 6), blank(12), LOSSY, blank(3)), 1],
  ])('keeps %s, bit for bit', async (_, image, frames) => {
    const { facts, output } = await scrub(image);
    expect(output).toEqual(image);
    expect(facts).toEqual({ format: 'webp', width: 8, height: 6, frames, orientation: 1 });
  });

  it('R28 overwrites what says nothing: padding, what is reserved, and the end of a chunk that is too long', async () => {
    const padded = (chunk: Buffer, byte: number): Buffer => Buffer.concat([chunk.subarray(0, -1), Buffer.from([byte])]);
    const odd = (picture: Buffer): Buffer => riffChunk(picture.toString('latin1', 0, 4), picture.subarray(8), 0);
    const reserved = (canvas: Buffer, fill: string): Buffer =>
      Buffer.concat([canvas.subarray(0, 9), Buffer.from(fill), canvas.subarray(12)]);
    const build = (byte: number, fill: string, end: Buffer): Buffer =>
      webp(
        reserved(webpCanvas(8, 6, ANIMATED), fill),
        riffChunk('ANIM', little(0), little(0, 2), end),
        webpFrame(8, 6, padded(ALPHA, byte), padded(odd(LOSSY), byte)),
      );

    const { output } = await scrub(build(0x4f, 'Own', Buffer.from('Owner Name')));

    expect(output).toEqual(build(0, '\0\0\0', Buffer.alloc(10)));
  });

  it('keeps the length of a profile and nothing of it but colours', async () => {
    const named = webp(webpCanvas(8, 6, ICC_FLAG), riffChunk('ICCP', PROFILE, 'Secret!'), LOSSLESS);
    const blanked = webp(webpCanvas(8, 6, ICC_FLAG), riffChunk('ICCP', PROFILE, Buffer.alloc(7)), LOSSLESS);
    for (const lengths of [[65_536], [1]]) expect((await scrub(named, { lengths })).output).toEqual(blanked);
    const none = webp(webpCanvas(8, 6, ICC_FLAG), riffChunk('ICCP', 'Secret!'), LOSSLESS);
    expect((await scrub(none)).output.includes('Secret')).toBe(false);
  });

  it.each(['EXIF', 'XMP ', 'JUNK', 'IPTC', 'ANMX'])('blanks %s without moving the rest', async (type) => {
    const secret = riffChunk(type, 'Secret!');
    expect((await scrub(webp(LOSSY, secret))).output).toEqual(webp(LOSSY, blank(7)));
    expect((await scrub(webp(webpCanvas(8, 6), secret, LOSSY, secret))).output).toEqual(
      webp(webpCanvas(8, 6), blank(7), LOSSY, blank(7)),
    );
    expect((await scrub(webp(webpCanvas(8, 6, ANIMATED), secret, webpFrame(8, 6, LOSSY, secret)))).output).toEqual(
      webp(webpCanvas(8, 6, ANIMATED), blank(7), webpFrame(8, 6, LOSSY, blank(7))),
    );
  });

  it('no longer says that EXIF and XMP follow', async () => {
    const { output } = await scrub(webp(webpCanvas(8, 6, EXIF_FLAG | XMP_FLAG | ICC_FLAG), LOSSY));
    expect(output).toEqual(webp(webpCanvas(8, 6, ICC_FLAG), LOSSY));
  });

  it('blanks a chunk of many megabytes', async () => {
    const { output } = await scrub(webp(LOSSY, riffChunk('EXIF', Buffer.alloc(3_000_001, 'Secret'))), {
      lengths: [100_000],
    });
    expect(output.equals(webp(LOSSY, blank(3_000_001)))).toBe(true);
  });

  it('drops what follows the declared length', async () => {
    expect((await scrub(bytesOf(webp(LOSSY), '<script>'))).output).toEqual(webp(LOSSY));
  });

  it.each<Refused>([
    ['nothing in it', webp(), 'truncated'],
    ['no picture', webp(webpCanvas(8, 6)), 'webp-no-picture'],
    ['no picture but metadata', webp(riffChunk('EXIF', 'x')), 'webp-no-picture'],
    ['an animation without frames', webp(webpCanvas(8, 6, ANIMATED), ANIMATION), 'webp-no-picture'],
    ['a length that is too short', bytesOf('RIFF', little(20), webp(LOSSY).subarray(8)), 'webp-contradictory-length'],
    [
      'a length that is odd',
      bytesOf('RIFF', little(23), webp(LOSSY).subarray(8), 'stray bytes'),
      'webp-contradictory-length',
    ],
    ['a length beyond the file', bytesOf('RIFF', little(30), webp(LOSSY).subarray(8)), 'truncated'],
    ['a chunk beyond the length', webp(bytesOf('VP8 ', little(4000), LOSSY.subarray(8))), 'webp-contradictory-length'],
    [
      'a lossy picture that is no key frame',
      webp(riffChunk('VP8 ', 1, 0, 0, 0x9d, 0x01, 0x2a, 8, 0, 6, 0)),
      'webp-damaged-picture',
    ],
    [
      'a lossy picture without its start code',
      webp(riffChunk('VP8 ', 0, 0, 0, 'abc', 8, 0, 6, 0)),
      'webp-damaged-picture',
    ],
    ['a lossy picture of no width', webp(webpLossy(0, 6)), 'webp-damaged-picture'],
    ['a lossy picture of no height', webp(webpLossy(8, 0)), 'webp-damaged-picture'],
    ['a lossy picture of nine bytes', webp(riffChunk('VP8 ', Buffer.alloc(9))), 'webp-damaged-picture'],
    ['a lossless picture without its signature', webp(riffChunk('VP8L', 0x2e, little(0))), 'webp-damaged-picture'],
    [
      'a lossless picture of another version',
      webp(riffChunk('VP8L', 0x2f, little(0xe0000000))),
      'webp-damaged-picture',
    ],
    ['a canvas of eleven bytes', webp(riffChunk('VP8X', Buffer.alloc(11)), LOSSY), 'webp-invalid-canvas-header'],
    ['a picture of another size than the canvas', webp(webpCanvas(9, 6), LOSSY), 'webp-misfit-picture'],
    ['a second canvas that is blanked', webp(webpCanvas(8, 6), webpCanvas(8, 6)), 'webp-no-picture'],
    ['late animation parameters', webp(webpCanvas(8, 6, ANIMATED), FRAME, ANIMATION), 'webp-misplaced-chunk ANIM'],
    ['a picture outside of its frames', webp(webpCanvas(8, 6, ANIMATED), FRAME, LOSSY), 'webp-picture-outside-frames'],
    ['a frame without a picture', webp(webpCanvas(8, 6, ANIMATED), webpFrame(8, 6)), 'webp-frame-without-picture'],
    [
      'a frame beyond the canvas',
      webp(webpCanvas(8, 6, ANIMATED), webpFrame(9, 6, webpLossy(9, 6))),
      'webp-frame-beyond-canvas',
    ],
    [
      'a frame of another size than its picture',
      webp(webpCanvas(8, 6, ANIMATED), webpFrame(7, 6, LOSSY)),
      'webp-misfit-picture',
    ],
    ['a short frame', webp(webpCanvas(8, 6, ANIMATED), riffChunk('ANMF', 'x')), 'webp-invalid-frame-header'],
    [
      'a chunk beyond its frame',
      webp(webpCanvas(8, 6, ANIMATED), webpFrame(8, 6, LOSSY.subarray(0, 12)), LOSSY),
      'webp-contradictory-length',
    ],
    ['eleven thousand empty chunks', webp(LOSSY, ...Array<Buffer>(11_000).fill(riffChunk('junk'))), 'too-many-parts'],
  ])('is refused with %s', async (_, image, reason) => {
    expect(await reasonOf(image)).toBe(reason);
  });

  it('is refused by its canvas, its picture or its frames when it is too large', async () => {
    const canvas = webpCanvas(0x1000000, 0x1000000);
    expect(await refusal(webp(canvas))).toMatchObject({
      code: 'side-too-large',
      facts: { width: 0x1000000, height: 0x1000000, limit: LIMITS.maxSide },
    });
    expect(await refusal(webp(webpLossless(16_384, 16_384)))).toMatchObject({
      code: 'too-many-pixels',
      facts: { limit: LIMITS.maxPixels },
    });
    expect(await refusal(webp(webpLossy(16_383, 16_383)))).toMatchObject({
      code: 'too-many-pixels',
      facts: { limit: LIMITS.maxPixels },
    });
    const frames = Array<Buffer>(201).fill(FRAME);
    expect(await refusal(webp(webpCanvas(8, 6, ANIMATED), ...frames))).toMatchObject({
      code: 'too-many-frames',
      facts: { moreThanFrames: 200 },
    });
    expect((await scrub(webp(webpCanvas(5000, 5000, ANIMATED), FRAME, FRAME))).facts.frames).toBe(2);
  });
});
