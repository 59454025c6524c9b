import { describe, expect, it } from 'vitest';
import { scrubImage } from '../../../src/images/scrub-image.ts';
import { bytesOf, gifExtension, gifFrame, gifScreen } from '../../support/images/build.ts';
import { readFixture } from '../../support/images/fixtures.ts';
import { inPieces, LIMITS, type Refused, reasonOf, refusal, scrub } from '../../support/images/scrub.ts';

const SCREEN = gifScreen(8, 8);
const FRAME = gifFrame(8, 8);
const CONTROL = gifExtension(0xf9, Buffer.from([0, 10, 0, 0]));
const LOOP = gifExtension(0xff, 'NETSCAPE2.0', Buffer.from([1, 0, 0]));
const TEXT = gifExtension(0x01, Buffer.alloc(12), 'Secret');

/** Leads from any byte of the text before it to the end of the extension. */
const XMP_TRAILER = Buffer.from(Array.from({ length: 256 }, (_, index) => 255 - index));

const gif = (...parts: readonly Uint8Array[]): Buffer => bytesOf(SCREEN, ...parts, ';');
const PLAIN = gif(FRAME);

describe('GIF', () => {
  it('keeps frames, timing, colour tables and loop counts, bit for bit', async () => {
    const tables = bytesOf('GIF87a', 8, 0, 8, 0, 0x81, 0, 0, Buffer.alloc(12, 1));
    const local = bytesOf(0x2c, Buffer.alloc(4), 8, 0, 8, 0, 0x80, Buffer.alloc(6, 2), 8, 1, 0x44, 0);
    const animated = gifExtension(0xff, 'ANIMEXTS1.0', Buffer.from([1, 5, 0]));
    for (const image of [
      gif(LOOP, CONTROL, FRAME, CONTROL, FRAME),
      gif(CONTROL, LOOP, FRAME),
      gif(FRAME, CONTROL),
      gif(CONTROL, CONTROL, FRAME),
      gif(animated, FRAME),
      bytesOf(tables, local, ';'),
    ]) {
      expect((await scrub(image)).output).toEqual(image);
    }
  });

  it.each<readonly [string, Buffer]>([
    ['a comment', gifExtension(0xfe, 'Secret', 'Secret')],
    ['an empty comment', gifExtension(0xfe)],
    ['a long comment', gifExtension(0xfe, ...Array<string>(2000).fill('Secret'.repeat(42)))],
    ['XMP', bytesOf(gifExtension(0xff, 'XMP DataXMP').subarray(0, -1), '<x:xmpmeta/>', 1, XMP_TRAILER, 0)],
    ['a profile', gifExtension(0xff, 'ICCRGBG1012', 'Secret')],
    ['a loop of another form', gifExtension(0xff, 'NETSCAPE2.0', 'Secret')],
    ['plain text', TEXT],
    ['an unknown extension', gifExtension(0x99, 'Secret')],
  ])('drops %s before and after a frame', async (_, extension) => {
    expect((await scrub(gif(extension, FRAME))).output).toEqual(PLAIN);
    expect((await scrub(gif(FRAME, extension))).output).toEqual(PLAIN);
  });

  it.each([
    ['a comment', gifExtension(0xfe, 'Secret')],
    ['plain text, which no browser draws', TEXT],
  ])('keeps the graphic control of the frame when %s comes between them', async (_, between) => {
    expect((await scrub(gif(CONTROL, between, FRAME))).output).toEqual(gif(CONTROL, FRAME));
  });

  it.each<readonly [string, Buffer]>([
    ['more in it', gifExtension(0xff, 'NETSCAPE2.0', Buffer.from([1, 0, 0]), 'Secret')],
    ['the size of a buffer', gifExtension(0xff, 'NETSCAPE2.0', Buffer.from([1, 0, 0]), Buffer.from([2, 0, 4, 0, 0]))],
    [
      'the size of a buffer first',
      gifExtension(0xff, 'NETSCAPE2.0', Buffer.from([2, 0, 4, 0, 0]), LOOP.subarray(15, 18)),
    ],
    ['a longer block', gifExtension(0xff, 'NETSCAPE2.0', Buffer.from([1, 0, 0, 0x53]))],
  ])('keeps the count of a loop with %s, in the one form', async (_, loop) => {
    expect((await scrub(gif(loop, FRAME))).output).toEqual(gif(LOOP, FRAME));
  });

  it.each<readonly [string, Buffer]>([
    ['is longer', gifExtension(0xf9, Buffer.from([0, 10, 0, 0, 0x53]))],
    ['has two blocks', gifExtension(0xf9, Buffer.from([0, 10, 0, 0]), 'Secret')],
  ])('keeps the four bytes of a graphic control that %s', async (_, control) => {
    expect((await scrub(gif(control, FRAME))).output).toEqual(gif(CONTROL, FRAME));
  });

  it('drops a graphic control that is too short to say anything', async () => {
    expect((await scrub(gif(gifExtension(0xf9, 'abc'), FRAME))).output).toEqual(PLAIN);
  });

  it.each<readonly [string, Buffer]>([
    ['no trailer', PLAIN.subarray(0, -1)],
    ['no end of its last frame', PLAIN.subarray(0, -2)],
    ['half a comment for its trailer', bytesOf(PLAIN.subarray(0, -1), gifExtension(0xfe, 'Secret').subarray(0, -3))],
    ['a second GIF for its trailer', bytesOf(PLAIN.subarray(0, -1), PLAIN)],
    ['a stray byte after its frames', gif(FRAME, bytesOf(0))],
  ])('is completed when it has %s', async (_, image) => {
    expect((await scrub(image)).output).toEqual(PLAIN);
  });

  it('drops what follows the trailer', async () => {
    expect((await scrub(bytesOf(PLAIN, '<?php Secret'))).output).toEqual(PLAIN);
  });

  it('reports the screen and counts the frames', async () => {
    expect((await scrub(gif(gifFrame(20, 20), FRAME))).facts).toEqual({
      format: 'gif',
      width: 8,
      height: 8,
      frames: 2,
      orientation: 1,
    });
  });

  it.each<Refused>([
    ['a script in its header', bytesOf('GIF89a/*', Buffer.alloc(40, 'x'), '*/=1;alert(1)//'), 'gif-unknown-block'],
    ['a short script in its header', bytesOf('GIF89a/*…*/=1;alert(1)//'), 'gif-no-picture'],
    ['only its header', bytesOf('GIF89a'), 'truncated'],
    ['no width', bytesOf(gifScreen(0, 8), FRAME, ';'), 'gif-no-size'],
    ['no height', bytesOf(gifScreen(8, 0), FRAME, ';'), 'gif-no-size'],
    ['no frame', gif(), 'gif-no-picture'],
    ['half a frame', PLAIN.subarray(0, -4), 'truncated'],
    ['a frame without a width', gif(gifFrame(0, 8)), 'gif-frame-without-size'],
    ['a frame without a height', gif(gifFrame(8, 0)), 'gif-frame-without-size'],
    ['a frame without data', gif(bytesOf(FRAME.subarray(0, 11), 0)), 'gif-frame-without-data'],
    ['a code size of 0', gif(gifFrame(8, 8, 0)), 'gif-invalid-code-size'],
    ['a code size of 9', gif(gifFrame(8, 8, 9)), 'gif-invalid-code-size'],
    ['a stray byte ahead of its frames', gif(bytesOf(0), FRAME), 'gif-unknown-block'],
    ['eleven thousand empty comments', gif(...Array<Buffer>(11_000).fill(gifExtension(0xfe))), 'too-many-parts'],
  ])('is refused with %s', async (_, image, reason) => {
    expect(await reasonOf(image)).toBe(reason);
  });

  it('is refused at the first frame too many, before the rest is read', async () => {
    const image = gif(...Array<Buffer>(10_000).fill(FRAME));
    let read = 0;
    async function* counted() {
      for await (const piece of inPieces(image, [1000])) {
        read += piece.length;
        yield piece;
      }
    }
    await expect(scrubImage(counted(), () => {}, LIMITS)).rejects.toMatchObject({
      code: 'too-many-frames',
      facts: { moreThanFrames: 200, limit: LIMITS.maxFrames },
    });
    expect(read).toBeLessThan(202 * FRAME.length + 2000);
  });

  it('is refused by its screen, before an extension of any length is read', async () => {
    const screen = bytesOf(gifScreen(16_385, 1), gifExtension(0xfe).subarray(0, 2));
    expect(await refusal(screen)).toMatchObject({ code: 'side-too-large', facts: { limit: LIMITS.maxSide } });
  });

  it('counts pixels by the larger of screen and frame', async () => {
    expect(await refusal(bytesOf(gifScreen(1, 1), gifFrame(65_535, 1), ';'))).toMatchObject({
      code: 'side-too-large',
      facts: { width: 65_535, limit: LIMITS.maxSide },
    });
    expect(await refusal(bytesOf(gifScreen(1, 1), gifFrame(6000, 7000), ';'))).toMatchObject({
      code: 'too-many-pixels',
      facts: { width: 6000, height: 7000, pixels: 42_000_000, limit: LIMITS.maxPixels },
    });
    expect((await scrub(bytesOf(gifScreen(6000, 6000), FRAME, FRAME, ';'))).facts.frames).toBe(2);
  });

  it('finds comments and XMP of real encoders gone', async () => {
    for (const name of ['comment.gif', 'comment-xmp.gif']) {
      const { output } = await scrub(readFixture(name).bytes);
      expect(output.includes('Secret')).toBe(false);
    }
  });
});
