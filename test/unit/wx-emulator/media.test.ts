import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterEach, describe, expect, it } from 'vitest';
import { type Compressor, createWx, type Shot, type WxOptions } from '../../../src/wx-emulator/index.ts';
import { FIXTURES } from '../../support/images/fixtures.ts';
import { makePng } from '../../support/png.ts';
import { type RawServer, startRawServer } from '../../support/raw-server.ts';

let server: RawServer | undefined;
afterEach(() => server?.close());

const image = (extension = 'jpg'): Shot => ({ bytes: new Uint8Array(10), extension });
const video: Shot = { bytes: new Uint8Array(20), extension: 'mp4', durationSeconds: 3 };
/** `chooseMedia` of a library that has it. */
function open(options: WxOptions) {
  const { wx, phone } = createWx(options);
  if (wx.chooseMedia === undefined) throw new TypeError('This library has no chooseMedia');
  return { wx, phone, chooseMedia: wx.chooseMedia };
}

describe('wx.chooseMedia', () => {
  it.each<[string, readonly Shot[], Parameters<ReturnType<typeof open>['chooseMedia']>[0], readonly string[], string]>([
    ['nine unless told otherwise', Array(12).fill(image()), {}, Array(9).fill('image'), 'image'],
    ['as many as it is told', Array(12).fill(image()), { count: 2 }, ['image', 'image'], 'image'],
    ['twenty at most', Array(30).fill(image()), { count: 30 }, Array(20).fill('image'), 'image'],
    ['images alone', [video, image()], { mediaType: ['image'] }, ['image'], 'image'],
    ['videos alone', [video, image()], { mediaType: ['video'] }, ['video'], 'video'],
    ['both', [video, image()], { mediaType: ['mix'] }, ['video', 'image'], 'mix'],
  ])('gives %s', async (_name, shots, option, wanted, type) => {
    const { chooseMedia } = open({ pick: () => shots });
    const answer = await chooseMedia(option);
    expect(answer.tempFiles.map(({ fileType }) => fileType)).toEqual(wanted);
    expect(answer).toMatchObject({ type, errMsg: 'chooseMedia:ok' });
  });

  it('gives temporary files that can be read', async () => {
    const { chooseMedia, wx } = open({ pick: () => [image('png')] });
    const { tempFiles } = await chooseMedia({ mediaType: ['image'] });
    expect(tempFiles).toEqual([{ tempFilePath: expect.stringMatching(/\.png$/), size: 10, fileType: 'image' }]);
    const read = wx.getFileSystemManager().readFileSync(tempFiles[0]?.tempFilePath ?? '');
    expect(read).toEqual(new ArrayBuffer(10));
  });

  it('says cancel where nothing was picked, and what the privacy agreement does not declare', async () => {
    await expect(open({}).chooseMedia()).rejects.toEqual({ errMsg: 'chooseMedia:fail cancel' });
    const undeclared = open({ undeclared: ['chooseMedia'], pick: () => [image()] });
    await expect(undeclared.chooseMedia({})).rejects.toEqual({
      errMsg: 'chooseMedia:fail api scope is not declared in the privacy agreement',
      errno: 112,
    });
  });

  it('is not there before base library 2.10.0, and gives nine at most before 2.25.0', async () => {
    expect(createWx({ libraryVersion: '2.9.5' }).wx.chooseMedia).toBeUndefined();
    const { chooseMedia } = open({ libraryVersion: '2.24.7', pick: () => Array(20).fill(image()) });
    expect((await chooseMedia({ count: 20 })).tempFiles).toHaveLength(9);
  });
});

const turned = readFileSync(new URL('../../support/图片 示例.png', import.meta.url));
const compress: Compressor = (bytes, { quality, width }) =>
  sharp(bytes)
    .resize({ ...(width !== undefined && { width }) })
    .jpeg({ quality })
    .toBuffer();

describe('wx.compressImage', () => {
  it('writes a new file by what it is given', async () => {
    const { wx, phone } = createWx({ compress });
    const photo = await sharp(makePng(200, 100, { noise: true }))
      .jpeg({ quality: 100 })
      .toBuffer();
    const src = phone.addTemporaryFile(photo, 'jpg');
    const { tempFilePath } = await wx.compressImage({ src, quality: 40, compressedWidth: 50 });
    expect(phone.readFile(tempFilePath).byteLength).toBeLessThan(photo.byteLength);
    await expect(wx.getImageInfo({ src: tempFilePath })).resolves.toMatchObject({ width: 50, height: 25 });
    expect(Buffer.from(phone.readFile(src))).toEqual(photo);
  });

  it('leaves the bytes where it is given nothing, and refuses what is no image', async () => {
    const { wx, phone } = createWx();
    const src = phone.addTemporaryFile(turned, 'png');
    const { tempFilePath } = await wx.compressImage({ src });
    expect(tempFilePath).not.toBe(src);
    expect(Buffer.from(phone.readFile(tempFilePath))).toEqual(turned);
    const text = phone.addTemporaryFile(Buffer.from('text'), 'jpg');
    await expect(wx.compressImage({ src: text })).rejects.toEqual({ errMsg: 'compressImage:fail decode image fail' });
  });
});

describe('wx.getImageInfo', () => {
  it.each(FIXTURES.map(({ name, bytes, facts }) => [name, bytes, facts] as const))(
    'measures %s',
    async (_name, bytes, facts) => {
      const { wx, phone } = createWx();
      const src = phone.addTemporaryFile(bytes, 'bin');
      const type = ['jpeg', 'png', 'gif'].includes(facts.format) ? facts.format : 'unknown';
      await expect(wx.getImageInfo({ src })).resolves.toMatchObject({
        width: facts.orientation === 6 ? facts.height : facts.width,
        height: facts.orientation === 6 ? facts.width : facts.height,
        type,
        path: src,
      });
    },
  );

  it.each([
    [1, 'up'],
    [2, 'up-mirrored'],
    [3, 'down'],
    [4, 'down-mirrored'],
    [5, 'left-mirrored'],
    [6, 'right'],
    [7, 'right-mirrored'],
    [8, 'left'],
  ])('says of orientation %i that it is %s, and does not turn the sides', async (orientation, wanted) => {
    const { wx, phone } = createWx();
    const photo = await sharp(makePng(40, 20)).jpeg().withMetadata({ orientation }).toBuffer();
    const info = await wx.getImageInfo({ src: phone.addTemporaryFile(photo, 'jpg') });
    expect(info).toMatchObject({ orientation: wanted, width: 40, height: 20, type: 'jpeg' });
  });

  it('fetches by the rules of downloadFile', async () => {
    server = await startRawServer((_request, response) => response.end(makePng(3, 2)));
    const hosts = { 'https://img.example.com': server.origin };
    const src = 'https://img.example.com/a.png';
    const { wx } = createWx({ hosts, domains: { downloadFile: ['https://img.example.com'] } });
    const { path, ...facts } = await wx.getImageInfo({ src });
    expect(facts).toMatchObject({ width: 3, height: 2, type: 'png' });
    expect(path).toMatch(/^wxfile:/);
    await expect(createWx({ hosts }).wx.getImageInfo({ src })).rejects.toMatchObject({
      errMsg: 'getImageInfo:fail url not in domain list',
    });
  });
});
