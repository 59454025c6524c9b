import { readdir } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import { createReceiver } from '../../../../src/services/uploads/receiver.ts';
import { png, pngChunk, pngHeader } from '../../../support/images/build.ts';
import { readFixture } from '../../../support/images/fixtures.ts';
import { inPieces, LIMITS } from '../../../support/images/scrub.ts';
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
    expect(image.body).toEqual(bytes);
  });

  it('tells users why an image is refused, and gives up what it has spooled', async () => {
    const image = png(pngHeader(2000, 2000), pngChunk('IDAT', Buffer.alloc(6_000_000))).subarray(0, 6_000_000);
    const refusal: unknown = await receive(inPieces(image), {}).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(AppError);
    expect(refusal).toMatchObject({ code: 'InvalidImage', text: { zh: '图片不完整：数据提前结束' } });
    expect(await readdir(folder.path)).toEqual([]);
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
