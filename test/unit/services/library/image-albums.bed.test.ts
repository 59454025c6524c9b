import { afterEach, beforeEach, expect, it } from 'vitest';
import { bootstrap } from '../../../../src/bootstrap.ts';
import { loadConfig } from '../../../../src/config/config.ts';
import { createCallFunctionEntry } from '../../../../src/events/call-function.ts';
import type { Answer } from '../../../support/bed.ts';
import { makePng } from '../../../support/png.ts';
import { createTempConfig } from '../../../support/temp-config.ts';

const PERSON = { name: 'Ann', tfs: '', email: 'ann@example.com', phone: '13800138000', upwd: 'correct horse 7' };
const CAT = { bucketName: 'images', objectName: 'cat.png' };

let remove: () => Promise<void>;
let token: string;
let call: (url: string, input: object) => Promise<Answer>;

async function open(variables: Readonly<Record<string, string>>) {
  const { folder, remove: removeFolder } = await createTempConfig();
  remove = removeFolder;
  token = '';
  const app = await bootstrap(loadConfig({ IMAGEPIC_DATA_DIR: folder, ...variables }), { writeLog: () => undefined });
  const entry = createCallFunctionEntry(app, { transport: 'call-function', mountUrl: '/imagepic' });
  call = async ($url, input) =>
    JSON.parse(JSON.stringify(await entry({ ...input, $url, ...(token !== '' && { $token: token }) }, {})));
  await call('auth/register', PERSON);
  token = (await call('auth/login', { phone: PERSON.phone, upwd: PERSON.upwd })).data.token;
}

beforeEach(() => open({ IMAGEPIC_RECORDS: 'sqlite' }));
afterEach(() => remove());

it('keeps an image in several albums, at its address, also when it is moved, and lets it stay when they go', async () => {
  await call('object/putObject', { ...CAT, base64: makePng(2, 3).toString('base64') });
  const [{ imageId, url }] = (await call('image/search', {})).data.images;
  const trip = (await call('album/createAlbum', { name: '旅行', description: '夏天' })).data;
  const cats = (await call('album/createAlbum', { name: 'cats', parentId: trip.albumId })).data;
  for (const { albumId } of [trip, cats]) {
    const added = await call('album/addImages', { albumId, imageIds: [imageId] });
    expect(added.data).toEqual([{ imageId, changed: true }]);
  }
  expect((await call('album/updateAlbum', { albumId: cats.albumId, coverId: imageId })).data).toMatchObject({
    ...{ name: 'cats', parentId: trip.albumId, coverId: imageId },
  });
  const within = async (albumId: string) => (await call('image/search', { albumId })).data.images;
  for (const { albumId } of [trip, cats]) expect(await within(albumId)).toMatchObject([{ imageId, url }]);
  await call('object/moveObject', { ...CAT, toObjectName: 'tom.png' });
  expect(await within(cats.albumId)).toMatchObject([{ imageId, objectName: 'tom.png' }]);
  await call('album/removeImages', { albumId: cats.albumId, imageIds: [imageId] });
  expect([await within(cats.albumId), (await within(trip.albumId)).length]).toEqual([[], 1]);
  expect((await call('album/getAlbum', { albumId: cats.albumId })).data.coverId).toBeUndefined();
  expect((await call('album/removeAlbum', { albumId: trip.albumId })).data).toEqual({ finished: true });
  expect((await call('album/listAlbums', {})).data.albums).toMatchObject([{ albumId: cats.albumId, name: 'cats' }]);
  expect((await call('image/search', { albumId: trip.albumId })).error).toBe('NoSuchKey');
  expect((await call('image/search', {})).data.images).toHaveLength(1);
});

it('has none without records, and says what to set', async () => {
  await remove();
  await open({ IMAGEPIC_RECORDS: 'none' });
  const refused = await call('album/createAlbum', { name: 'one' });
  expect(refused.error).toBe('NotImplemented');
  expect(JSON.stringify(refused)).toContain('IMAGEPIC_RECORDS=sqlite');
});
