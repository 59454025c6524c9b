import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bed, openBed, type Person } from '../../../support/bed.ts';
import { makePng } from '../../../support/png.ts';

let bed: Bed;
let ann: Person;
beforeEach(async () => {
  bed = await openBed();
  await bed.person('Admin');
  ann = await bed.person('Ann');
});
afterEach(() => bed.close());

const place = (objectName: string) => ({ bucketName: 'images', objectName });
const call = async (url: string, data: object, token = ann.token) => (await bed.call(url, data, token)).data;
const list = (more: object = {}, token = ann.token) =>
  call('object/listObjects', { bucketName: 'images', continuationToken: '', ...more }, token);

/** A photograph that was taken upright: 40 wide and 30 high as its camera wrote it. */
const upright = () => sharp(makePng(40, 30)).jpeg().withMetadata({ orientation: 6 }).toBuffer();
const SHOWN = { width: 30, height: 40, frames: 1 };

describe('the size of an image as shown', () => {
  it('is told by an upload, by its state and by a listing', async () => {
    const base64 = (await upright()).toString('base64');
    expect(await call('object/putObject', { ...place('a.jpg'), base64 })).toMatchObject(SHOWN);
    expect(await call('object/statObject', place('a.jpg'))).toMatchObject(SHOWN);
    expect((await list()).lists).toMatchObject([{ name: 'a.jpg', ...SHOWN }]);
  });

  it('counts the frames of what moves', async () => {
    const frames = await Promise.all(
      [0, 120].map((grey) =>
        sharp(makePng(8, 6, { grey }))
          .png()
          .toBuffer(),
      ),
    );
    const base64 = (
      await sharp(frames, { join: { animated: true } })
        .gif()
        .toBuffer()
    ).toString('base64');
    expect(await call('object/putObject', { ...place('a.gif'), base64 })).toMatchObject({
      width: 8,
      height: 6,
      frames: 2,
    });
  });

  it('goes along with a copy', async () => {
    await call('object/putObject', { ...place('a.jpg'), base64: (await upright()).toString('base64') });
    await call('object/copyObject', { ...place('a.jpg'), toObjectName: 'b.jpg' });
    expect(await call('object/statObject', place('b.jpg'))).toMatchObject(SHOWN);
  });

  it('comes with a placeholder and a colour, also of what was put past the service', async () => {
    const red = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#d01010' } })
      .png()
      .toBuffer();
    const put = await call('object/putObject', { ...place('red.png'), base64: red.toString('base64') });
    expect(put).toMatchObject({
      thumbhash: expect.stringMatching(/^[\w+/]{6,60}=*$/),
      color: expect.stringMatching(/^[cd][0-9a-f][01]/),
    });
    const { thumbhash, color } = put;
    expect(await call('object/statObject', place('red.png'))).toMatchObject({ thumbhash, color });
    expect((await list()).lists).toMatchObject([{ name: 'red.png', thumbhash, color }]);
  });

  it('is left out of a listing that wants none', async () => {
    await call('object/putObject', { ...place('a.jpg'), base64: (await upright()).toString('base64') });
    const [entry] = (await list({ facts: false })).lists;
    expect(Object.keys(entry).sort()).toEqual(['etag', 'lastModified', 'name', 'size', 'url']);
  });

  it('is not for who may list and not read', async () => {
    await call('object/putObject', { ...place('a.jpg'), base64: (await upright()).toString('base64') });
    const lister = await call('auth/createToken', { name: 'lister', scopes: ['list'] });
    const reader = await call('auth/createToken', { name: 'reader', scopes: ['list', 'read'] });
    expect((await list({}, lister.token)).lists[0]).not.toHaveProperty('width');
    expect((await list({}, reader.token)).lists[0]).toMatchObject(SHOWN);
  });
});
