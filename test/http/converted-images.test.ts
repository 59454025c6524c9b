import { readFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientBed, fetchBytes, openClientBed } from '../dialects/client-bed.ts';
import { buildFunction, loadFunction } from '../support/built-function.ts';
import { bitmaps, icon, iconPictures, type Pixels } from '../support/images/bitmaps.ts';
import { filePart, formRequest, textPart } from '../support/recorded-requests/recorded-request.ts';
import type { TempFolder } from '../support/temp-folder.ts';

const bmp = bitmaps().find(({ name }) => name === '32 bits with alpha');
const [picture] = iconPictures();
if (bmp === undefined || picture === undefined) throw new Error('the samples are gone');
const { rgba } = bmp.pixels;
const raw = { width: 21, height: 13, channels: 4 } as const;
const tiff = await sharp(rgba, { raw }).tiff({ compression: 'lzw' }).toBuffer();

/** What is sent, by its name, and what is to be seen of it. */
const SENT: readonly (readonly [format: string, name: string, bytes: Buffer, shown: Pixels])[] = [
  ['bmp', '图.BMP', bmp.bytes, bmp.pixels],
  ['tiff', '图.tif', tiff, bmp.pixels],
  ['ico', '图.ico', icon([{ ...raw, depth: 8, bytes: picture.bytes }]), picture.pixels],
];

const heic = readFileSync(new URL('../support/images/heic/photo.heic', import.meta.url));
/** By name and bytes alone. */
const ALL = [...SENT.map(([format, , bytes]) => [format, bytes] as const), ['heic', heic] as const];

async function expectShown(png: Uint8Array, { rgba: expected }: Pixels): Promise<void> {
  const shown = await sharp(png).ensureAlpha().raw().toBuffer();
  expect(shown.equals(expected)).toBe(true);
}

describe('an image that browsers do not show, sent to a bed that converts', () => {
  let bed: ClientBed;
  beforeAll(async () => {
    bed = await openClientBed();
  });
  afterAll(() => bed.close());

  it.each(SENT)('comes in by the form of an upload client: %s', async (convertedFrom, name, bytes, shown) => {
    const sent = formRequest('/upload', [filePart('file', name, bytes)], { authorization: bed.token });
    const { status, json } = await bed.send(sent);
    expect([status, json.data]).toMatchObject([
      200,
      {
        convertedFrom,
        ...{ extension: 'png', width: 21, height: 13 },
        name: expect.stringMatching(/\.png$/),
        url: expect.stringMatching(/\.png$/),
      },
    ]);
    await expectShown(await fetchBytes(json.data.url), shown);
  });

  it.each(SENT)(
    'comes in by the form of object/putObject, and by base64: %s',
    async (convertedFrom, name, bytes, shown) => {
      const parts = [textPart('bucketName', 'images'), textPart('folder', 'forms'), filePart('file', name, bytes)];
      const form = await bed.send(formRequest('/object/putObject', parts, { authorization: bed.token }));
      expect(form.json.data).toMatchObject({ convertedFrom, objectName: 'forms/图.png', contentType: 'image/png' });
      await expectShown(await fetchBytes(form.json.data.url), shown);
      const named = { bucketName: 'images', objectName: `kept/${name}`, base64: bytes.toString('base64') };
      const { json } = await bed.call('object/putObject', named, bed.session);
      expect(json.data).toMatchObject({
        convertedFrom,
        objectName: `kept/${name}`,
        contentType: 'image/png',
        etag: form.json.data.etag,
      });
    },
  );

  it('R28 comes in as a photo of a phone does, without the place and the camera in it, and with its own colours', async () => {
    const parts = [textPart('bucketName', 'images'), filePart('file', 'IMG_0001.HEIC', heic)];
    const { json } = await bed.send(formRequest('/object/putObject', parts, { authorization: bed.token }));
    expect(json.data).toMatchObject({
      ...{ convertedFrom: 'heic', contentType: 'image/jpeg', objectName: 'IMG_0001.jpg', width: 64, height: 96 },
      removed: ['camera', 'gps', 'profile', 'xmp'],
    });
    const stored = await fetchBytes(json.data.url);
    expect(stored.toString('latin1')).not.toMatch(/Maker|Other|Exif/);
    expect(await sharp(stored).metadata()).toMatchObject({ format: 'jpeg', hasProfile: true, width: 64, height: 96 });
  });

  it('is found again by its bytes when it is sent again', async () => {
    const send = () =>
      bed.send(formRequest('/upload', [filePart('file', 'a.bmp', bmp.bytes)], { authorization: bed.token }));
    const { url } = (await send()).json.data;
    expect((await send()).json.data.url).toBe(url);
  });

  it('may not be announced, and is refused by its name when it is put past the service', async () => {
    const place = { bucketName: 'images', objectName: 'direct.png', size: bmp.bytes.length };
    const refused = await bed.call('object/presignedPutObject', { ...place, contentType: 'image/bmp' }, bed.session);
    expect(refused.json).toMatchObject({
      error: 'InvalidArgument',
      data: { err: expect.stringContaining('image/png') },
    });
    const { data } = (await bed.call('object/presignedPutObject', { ...place, contentType: 'image/png' }, bed.session))
      .json;
    const put = await fetch(data.url, { method: 'PUT', headers: data.headers, body: new Uint8Array(bmp.bytes) });
    const committed = put.ok
      ? (await bed.call('object/commitObject', { uploadId: data.uploadId }, bed.session)).json
      : await put.json();
    expect(JSON.stringify(committed)).toContain('BMP');
    expect(committed).not.toHaveProperty('success', true);
  });

  it('is told to be welcome', async () => {
    expect((await bed.call('health', {})).json.data.bed.images.converts).toEqual(['heic', 'tiff', 'bmp', 'ico']);
  });
});

describe('an image that browsers do not show, sent to a bed that does not convert', () => {
  it('is refused by its name, with what an admin can do', async () => {
    const bed = await openClientBed({ IMAGEPIC_CONVERT: 'tiff' });
    try {
      expect((await bed.call('health', {})).json.data.bed.images.converts).toEqual(['tiff']);
      const { status, json } = await bed.send(
        formRequest('/upload', [filePart('file', 'a.bmp', bmp.bytes)], { authorization: bed.token }),
      );
      expect([status, json.success]).toEqual([415, false]);
      expect(JSON.stringify(json)).toMatch(/这是 BMP：.*IMAGEPIC_CONVERT 含 bmp/);
    } finally {
      await bed.close();
    }
  });
});

describe('the built function', () => {
  let built: TempFolder;
  beforeAll(async () => {
    built = await buildFunction();
  }, 60_000);
  afterAll(() => built.remove());

  /** Sends each picture to a function that has just begun, and tells what came of it. */
  async function sendAll() {
    const env = { IMAGEPIC_DATA_DIR: join(built.path, '.data'), IMAGEPIC_SECRET: 'f3a9c1d27be84560a1b2c3d4e5f60718' };
    const { main, close } = await loadFunction(built.path, env);
    // biome-ignore lint/suspicious/noExplicitAny: the test looks into answers of every shape
    const call = async ($url: string, input: object = {}): Promise<any> => main({ $url, ...input });
    try {
      const person = { phone: '13800138000', upwd: 'correct horse 7' };
      await call('auth/register', { ...person, name: 'w', tfs: '', email: 'w@example.com' });
      const { token: $token } = (await call('auth/login', person)).data;
      const { converts } = (await call('health')).data.bed.images;
      const answers = [];
      for (const [format, bytes] of ALL) {
        const put = { $token, bucketName: 'images', objectName: `${format}.png`, base64: bytes.toString('base64') };
        answers.push(await call('object/putObject', put));
      }
      return { converts, answers };
    } finally {
      await close();
    }
  }

  it('refuses each by its name where no package is installed', async () => {
    const { converts, answers } = await sendAll();
    expect(converts).toEqual([]);
    for (const answer of answers) {
      expect(answer).toMatchObject({
        error: 'UnsupportedMediaType',
        data: { err: expect.stringContaining('安装 sharp') },
      });
    }
  }, 30_000);

  it('converts each where they are', async () => {
    await symlink(resolve('node_modules'), join(built.path, 'node_modules'));
    const { converts, answers } = await sendAll();
    expect(converts).toEqual(['heic', 'tiff', 'bmp', 'ico']);
    expect(answers.map(({ data }) => data.convertedFrom)).toEqual(ALL.map(([format]) => format));
  }, 30_000);
});
