import { readdir } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import { createReceiver, decodeBase64 } from '../../../../src/services/uploads/receiver.ts';
import { requireSize } from '../../../../src/services/uploads/size-limits.ts';
import { png, pngChunk, pngHeader } from '../../../support/images/build.ts';
import { readFixture } from '../../../support/images/fixtures.ts';
import { inPieces, LIMITS, scrub } from '../../../support/images/scrub.ts';
import { makeTempFolder } from '../../../support/temp-folder.ts';

const folder = await makeTempFolder();
const receive = createReceiver({ spoolFolder: folder.path, maxBytes: 10_000_000, imageLimits: LIMITS });

afterAll(folder.remove);

describe('createReceiver', () => {
  it.each([
    ['palette.png', 'image/png', 'png'],
    ['progressive.jpg', 'image/jpeg', 'jpg'],
    ['still.gif', 'image/gif', 'gif'],
    ['lossless.webp', 'image/webp', 'webp'],
    ['plain.avif', 'image/avif', 'avif'],
  ])('says what %s is by its bytes alone', async (name, contentType, extension) => {
    const { bytes, facts } = readFixture(name);
    const image = await receive(inPieces(bytes), { originalName: 'text.html' });
    const { width, height } = facts;
    expect(image).toMatchObject({ originalName: 'text.html', contentType, extension, width, height });
    expect(image.body).toEqual((await scrub(bytes)).output);
  });

  it('lets others work while it looks at an image that lies in memory', async () => {
    const { bytes } = readFixture('progressive.jpg');
    // Behind what is coded any number of stuffed bytes may stand: each is looked at, and dropped.
    const body = Buffer.concat([
      bytes.subarray(0, -2),
      Buffer.alloc(9_000_000, Buffer.from([0xff, 0])),
      bytes.subarray(-2),
    ]);
    let turns = 0;
    let isReceiving = true;
    const count = (): void => {
      turns += 1;
      if (isReceiving) setImmediate(count);
    };
    count();

    const image = await receive(inPieces(body, [body.length]), { maxInMemory: 10_000_000 });
    isReceiving = false;

    expect(image.size).toBe(bytes.length);
    expect(turns).toBeGreaterThan(2);
    await image.discard();
  });

  it('tells users why an image is refused, and gives up what it has spooled', async () => {
    const image = png(pngHeader(2000, 2000), pngChunk('IDAT', Buffer.alloc(6_000_000))).subarray(0, 6_000_000);
    const refusal: unknown = await receive(inPieces(image), {}).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AppError);
    expect(refusal).toMatchObject({ code: 'InvalidImage', text: { zh: '图片不完整：数据提前结束' } });
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('P4 says of what is too large how large it is at least, what the limit is and who set it', async () => {
    const small = createReceiver({ spoolFolder: folder.path, maxBytes: 100, imageLimits: LIMITS });
    const { bytes } = readFixture('progressive.jpg');
    await expect(small(inPieces(bytes), {})).rejects.toMatchObject({
      code: 'EntityTooLarge',
      text: {
        zh: '图片超过 100 字节，上限 100 字节：请压缩或缩小图片，或请管理员调高 IMAGEPIC_MAX_UPLOAD_BYTES',
        en: 'The image has more than 100 bytes, and may have 100: make it smaller, or have an admin raise IMAGEPIC_MAX_UPLOAD_BYTES',
      },
      details: { maxBytes: 100 },
    });
    await expect(receive(inPieces(bytes), { announcedBytes: 50 })).rejects.toMatchObject({
      text: { en: expect.stringMatching(/more than 50 bytes, and may have 50: .* announced; begin the upload anew/) },
    });
  });

  it.each([
    ['AAAA', 3],
    ['AAA=', 2],
    ['AA==', 1],
  ])('says of base64 that is too large exactly how large it is: %s', async (base64, size) => {
    await expect(decodeBase64(base64, size).next()).resolves.toMatchObject({ done: false });
    await expect(decodeBase64(base64, size - 1).next()).rejects.toMatchObject({
      details: { maxBytes: size - 1, size },
    });
  });

  it('P13 says of base64 of nothing what it says of an empty file', async () => {
    await expect(decodeBase64('', 10).next()).resolves.toEqual({ done: false, value: Buffer.alloc(0) });
  });

  it('names the token where its limit is the one that is exceeded', () => {
    expect(() => requireSize(11, 10, 'token')).toThrow(
      expect.objectContaining({
        text: {
          zh: '图片有 11 字节，上限 10 字节：这是所用令牌的 maxBytes，请压缩或缩小图片，或换用 maxBytes 更大的令牌',
          en: 'The image has 11 bytes, and may have 10: that is maxBytes of the token; make the image smaller, or use a token with a larger maxBytes',
        },
      }),
    );
  });

  it('passes a failure of the source on as it is', async () => {
    const failure = new Error('connection reset');
    async function* source() {
      yield Buffer.from('GIF89a');
      throw failure;
    }
    await expect(receive(source(), {})).rejects.toBe(failure);
  });
});
