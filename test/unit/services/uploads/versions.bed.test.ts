import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootstrap } from '../../../../src/bootstrap.ts';
import { loadConfig } from '../../../../src/config/config.ts';
import { createCallFunctionEntry } from '../../../../src/events/call-function.ts';
import type { Answer } from '../../../support/bed.ts';
import { makePng } from '../../../support/png.ts';
import { createTempConfig } from '../../../support/temp-config.ts';

const PERSON = { name: 'Ann', tfs: '', email: 'ann@example.com', phone: '13800138000', upwd: 'correct horse 7' };
const BOB = { ...PERSON, phone: '13900139000', email: 'bob@example.com' };
const DAY_MS = 24 * 60 * 60 * 1000;
const CAT = { bucketName: 'images', objectName: 'cat.png' };
const base64 = (side: number) => makePng(side, side).toString('base64');

let folder: string;
let remove: () => Promise<void>;
let call: (url: string, input: object, token?: string) => Promise<Answer>;
let later: number;
let sweep: () => Promise<unknown>;
let token: string;
let imageId: string;

async function start(changes: Readonly<Record<string, string>> = {}) {
  const config = loadConfig({ IMAGEPIC_DATA_DIR: folder, IMAGEPIC_RECORDS: 'sqlite', ...changes });
  const app = await bootstrap(config, { writeLog: () => undefined, now: () => new Date(Date.now() + later) });
  const entry = createCallFunctionEntry(app, { transport: 'call-function', mountUrl: '/imagepic' });
  call = async (url, input, as = token) =>
    JSON.parse(JSON.stringify(await entry({ ...input, $url: url, ...(as !== '' && { $token: as }) }, {})));
  sweep = async () => app.jobs.find(({ name }) => name === 'settle-records')?.run({ budgetMs: 60_000 });
}
const signIn = async (person: typeof PERSON): Promise<string> => {
  await call('auth/register', person, '');
  return (await call('auth/login', { phone: person.phone, upwd: person.upwd }, '')).data.token;
};
const replace = (side: number, named: object = { imageId }, as = token) =>
  call('image/replace', { ...named, base64: base64(side) }, as);
const versions = async () => (await call('image/listVersions', { imageId })).data;
const usage = async () => (await call('auth/me', {})).data.usage;
const shown = async () => (await call('object/getObject', CAT)).data.base64;
const files = async () =>
  (await readdir(join(folder, 'objects/images/keys'), { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );

beforeEach(async () => {
  later = 0;
  token = '';
  ({ folder, remove } = await createTempConfig());
  await start();
  token = await signIn(PERSON);
  ({ imageId } = (await call('object/putObject', { ...CAT, base64: base64(2) })).data);
});
afterEach(() => remove());

describe('an image that another picture takes the place of', () => {
  it('keeps its address, id, albums and words, and says what it is now', async () => {
    const { albumId } = (await call('album/createAlbum', { name: 'cats' })).data;
    await call('album/addImages', { albumId, imageIds: [imageId] });
    await call('image/updateImage', { imageId, title: 'Tom', description: 'a cat', tags: ['cat'] });
    const before = (await call('image/getImage', { imageId })).data;
    const replaced = (await replace(3)).data;
    expect(replaced).toMatchObject({ ...CAT, imageId, url: before.url, width: 3, height: 3 });
    expect(await shown()).toBe(base64(3));
    const after = (await call('image/getImage', { imageId })).data;
    const { size, width, height, updatedAt: _, ...same } = after;
    expect({ size, width, height }).toEqual({ size: replaced.size, width: 3, height: 3 });
    expect(before).toMatchObject(same);
    expect((await call('image/search', { albumId })).data.images).toHaveLength(1);
    expect((await call('object/statObject', CAT)).data).toMatchObject({ imageId, etag: replaced.etag, width: 3 });
    expect((await call('image/search', {})).data.images).toHaveLength(1);
  });

  it('counts what it was until that is gone, which comes after the days of the trash', async () => {
    const one = await usage();
    const { thumbhash } = (await call('image/getImage', { imageId })).data;
    const { size } = (await replace(3)).data;
    expect(await usage()).toEqual({ bytes: one.bytes + size, objects: 2 });
    const [version] = await versions();
    expect(version).toMatchObject({ contentType: 'image/png', size: one.bytes, width: 2, height: 2, thumbhash });
    expect(thumbhash).toEqual(expect.any(String));
    expect(Date.parse(version.purgesAt) - Date.parse(version.replacedAt)).toBe(30 * DAY_MS);
    later = 31 * DAY_MS;
    await sweep();
    later = 0;
    expect(await versions()).toEqual([]);
    expect(await usage()).toEqual({ bytes: size, objects: 1 });
    expect(await shown()).toBe(base64(3));
  });

  it('can be what it was again, and then what it was in between', async () => {
    const first = (await replace(3)).data.versionId;
    const second = (await replace(4)).data.versionId;
    expect((await versions()).map(({ versionId }: { versionId: string }) => versionId)).toEqual([second, first]);
    const books = await usage();
    const back = (await call('image/rollBack', { imageId, versionId: first })).data;
    expect(back).toMatchObject({ ...CAT, imageId, width: 2 });
    expect(await shown()).toBe(base64(2));
    expect((await call('image/getImage', { imageId })).data.width).toBe(2);
    expect(await usage()).toEqual(books);
    expect((await versions()).map(({ width }: { width: number }) => width)).toEqual([4, 3]);
    await call('image/rollBack', { imageId, versionId: second });
    expect(await shown()).toBe(base64(3));
    expect(await usage()).toEqual(books);
    expect((await call('image/rollBack', { imageId, versionId: second })).error).toBe('NoSuchKey');
    expect(await files()).toHaveLength(3);
  });

  it('goes with all that it was where it is purged, and comes back with it out of the trash', async () => {
    await replace(3);
    await call('object/removeObject', CAT);
    expect((await call('image/listVersions', { imageId })).error).toBe('NoSuchKey');
    expect((await replace(4)).error).toBe('NoSuchKey');
    expect((await call('image/restore', { imageId })).success).toBe(true);
    expect(await versions()).toHaveLength(1);
    await call('object/removeObject', CAT);
    await call('image/purge', { imageIds: [imageId] });
    expect(await usage()).toEqual({ bytes: 0, objects: 0 });
    expect(await files()).toEqual([]);
  });

  it.each([
    ['object/removeObject', { ...CAT, purge: true }],
    ['object/removeObjects', { bucketName: 'images', objectNames: ['cat.png'], purge: true }],
  ])('goes with all that it was where it is removed for good at once by %s', async (url, input) => {
    await replace(3);
    await replace(4);
    await call(url, input);
    expect(await usage()).toEqual({ bytes: 0, objects: 0 });
    expect(await files()).toEqual([]);
  });

  it('says in the trash what it was, which can become an image of its own', async () => {
    const { versionId } = (await replace(3)).data;
    const { images } = (await call('image/listTrash', {})).data;
    expect(images).toMatchObject([{ imageId: versionId, versionOf: imageId, ...CAT }]);
    expect((await call('image/restore', { imageId: versionId, toObjectName: 'old.png' })).success).toBe(true);
    expect(await versions()).toEqual([]);
    expect((await call('image/search', {})).data.images).toHaveLength(2);
    expect(await usage()).toMatchObject({ objects: 2 });
  });

  it('is found by its place too, and by one of both', async () => {
    expect((await replace(3, CAT)).data.imageId).toBe(imageId);
    expect((await call('image/listVersions', CAT)).data).toHaveLength(1);
    for (const named of [{ ...CAT, imageId }, {}]) {
      expect((await replace(4, named)).error).toBe('InvalidArgument');
      expect((await call('image/listVersions', named)).error).toBe('InvalidArgument');
    }
    expect((await replace(4, { objectName: 'none.png' })).error).toBe('NoSuchKey');
    expect((await replace(4, { imageId: `01${'0'.repeat(24)}` })).error).toBe('NoSuchKey');
  });

  it('is never made of what is no image, nor beyond the quota', async () => {
    const before = await usage();
    const text = Buffer.from('no image').toString('base64');
    expect((await call('image/replace', { imageId, base64: text })).success).toBe(false);
    const bob = await signIn(BOB);
    const { imageId: bobs } = (await call('object/putObject', { objectName: 'bob.png', base64: base64(2) }, bob)).data;
    const { userId } = (await call('auth/me', {}, bob)).data;
    await call('auth/updateUser', { userId, quota: { objects: 1 } });
    expect((await replace(3, { imageId: bobs }, bob)).error).toBe('QuotaExceeded');
    expect((await call('image/getImage', { imageId: bobs }, bob)).data.width).toBe(2);
    expect((await call('image/listVersions', { imageId: bobs }, bob)).data).toEqual([]);
    expect(await usage()).toEqual(before);
    expect(await files()).toHaveLength(2);
  });

  it("is one's own or an admin's to replace: not others', nor a token's that may not upload there", async () => {
    const bob = await signIn(BOB);
    const { versionId } = (await replace(3)).data;
    expect((await replace(4, { imageId }, bob)).error).toBe('AccessDenied');
    expect((await call('image/listVersions', { imageId }, bob)).error).toBe('AccessDenied');
    expect((await call('image/rollBack', { imageId, versionId }, bob)).error).toBe('AccessDenied');
    const narrow = async (narrowing: object) =>
      (await call('auth/createToken', { name: 't', scopes: ['upload', 'read'], ...narrowing })).data.token;
    const [elsewhere, reader] = [await narrow({ prefix: 'folder' }), await narrow({ scopes: ['read'] })];
    expect((await replace(4, { imageId }, elsewhere)).error).toBe('NoSuchKey');
    expect((await call('image/rollBack', { imageId, versionId }, elsewhere)).error).toBe('NoSuchKey');
    expect((await replace(4, { imageId }, reader)).error).toBe('AccessDenied');
    expect((await call('image/rollBack', { imageId, versionId }, reader)).error).toBe('AccessDenied');
    expect((await call('image/listVersions', { imageId }, reader)).data).toHaveLength(1);
    expect(await shown()).toBe(base64(3));
  });

  it("stays its owner's where an admin replaces it, and so do its versions, at the owner's expense", async () => {
    const bob = await signIn(BOB);
    const { userId } = (await call('auth/me', {}, bob)).data;
    const { imageId: bobs } = (await call('object/putObject', { objectName: 'bob.png', base64: base64(2) }, bob)).data;
    const admins = await usage();
    const bobsUsage = async () => (await call('auth/me', {}, bob)).data.usage;
    const { bytes } = await bobsUsage();
    await call('auth/updateUser', { userId, quota: { objects: 2 } });

    const replaced = (await replace(3, { imageId: bobs })).data;
    expect(replaced).toMatchObject({ imageId: bobs, objectName: 'bob.png', width: 3 });
    const { versionId } = replaced;
    expect((await call('image/getImage', { imageId: bobs })).data).toMatchObject({ ownerId: userId, width: 3 });
    expect(await bobsUsage()).toEqual({ bytes: bytes + replaced.size, objects: 2 });
    expect((await replace(4, { imageId: bobs })).error).toBe('QuotaExceeded');
    for (const as of [token, bob])
      expect((await call('image/listVersions', { imageId: bobs }, as)).data).toMatchObject([{ versionId, width: 2 }]);

    expect((await call('image/rollBack', { imageId: bobs, versionId })).data).toMatchObject({ width: 2 });
    const [version] = (await call('image/listVersions', { imageId: bobs }, bob)).data;
    expect((await call('image/rollBack', { imageId: bobs, versionId: version.versionId }, bob)).data.width).toBe(3);
    expect((await call('image/getImage', { imageId: bobs })).data.ownerId).toBe(userId);
    expect(await bobsUsage()).toEqual({ bytes: bytes + replaced.size, objects: 2 });
    expect(await usage()).toEqual(admins);
    expect((await call('object/removeObject', { objectName: 'bob.png' }, bob)).success).toBe(true);
  });

  it('has its versions with it wherever it is moved or restored to in its bucket', async () => {
    const first = (await replace(3)).data.versionId;
    const second = (await replace(4)).data.versionId;
    const ids = async () => (await versions()).map(({ versionId }: { versionId: string }) => versionId);
    const move = (from: string, to: string) =>
      call('object/moveObject', { objectName: from, toBucketName: 'images', toObjectName: to });
    expect((await move('cat.png', 'moved/cat.png')).success).toBe(true);
    expect(await ids()).toEqual([second, first]);
    expect((await call('image/listVersions', { objectName: 'moved/cat.png' })).data).toHaveLength(2);
    // The older ones follow too when the latest is gone, which the picture names.
    await call('image/purge', { imageIds: [second] });
    expect((await move('moved/cat.png', 'again.png')).success).toBe(true);
    expect(await ids()).toEqual([first]);
    expect((await replace(5)).success).toBe(true);
    await call('object/removeObject', { objectName: 'again.png' });
    expect((await call('image/restore', { imageId, toObjectName: 'restored.png' })).success).toBe(true);
    expect(await ids()).toHaveLength(2);
    const back = (await call('image/rollBack', { imageId, versionId: first })).data;
    expect(back).toMatchObject({ imageId, objectName: 'restored.png', width: 2 });
    await call('object/removeObject', { objectName: 'restored.png', purge: true });
    expect(await usage()).toEqual({ bytes: 0, objects: 0 });
    expect(await files()).toEqual([]);
  });

  it('leaves its versions in the trash where it becomes somebody else’s by a move', async () => {
    const bob = await signIn(BOB);
    const { imageId: bobs } = (await call('object/putObject', { objectName: 'bob.png', base64: base64(2) }, bob)).data;
    const { versionId } = (await replace(3, { imageId: bobs }, bob)).data;
    const to = { toBucketName: 'images', toObjectName: 'admins.png' };
    expect((await call('object/moveObject', { objectName: 'bob.png', ...to })).success).toBe(true);
    expect((await call('image/listVersions', { imageId: bobs })).data).toEqual([]);
    expect((await call('image/listTrash', {}, bob)).data.images).toMatchObject([
      { imageId: versionId, objectName: 'bob.png' },
    ]);
  });

  it('takes no version of another image', async () => {
    const { versionId } = (await replace(3)).data;
    const other = (await call('object/putObject', { objectName: 'dog.png', base64: base64(5) })).data.imageId;
    expect((await call('image/rollBack', { imageId: other, versionId })).error).toBe('NoSuchKey');
    expect((await call('image/rollBack', { imageId: other, versionId: imageId })).error).toBe('NoSuchKey');
    expect(await versions()).toHaveLength(1);
  });

  it('is each of those that several put there at once, one behind the other', async () => {
    const answers = await Promise.all([3, 4, 5, 6].map((side) => replace(side)));
    expect(answers.map(({ error }) => error)).toEqual([undefined, undefined, undefined, undefined]);
    expect(await versions()).toHaveLength(4);
    expect(await usage()).toMatchObject({ objects: 5 });
    expect(await files()).toHaveLength(5);
  });

  it('has its versions again after the records were lost', async () => {
    await replace(3);
    const books = await usage();
    await rm(join(folder, 'records'), { recursive: true });
    await start();
    await sweep();
    const [version] = await versions();
    expect(version).toMatchObject({ width: 2 });
    await call('image/rollBack', { imageId, versionId: version.versionId });
    expect(await shown()).toBe(base64(2));
    expect(await usage()).toEqual(books);
  });

  it('keeps nothing of what it was where the bed has no trash, and is not replaced where it keeps no records', async () => {
    await start({ IMAGEPIC_TRASH_DAYS: '0' });
    expect((await replace(3)).data).not.toHaveProperty('versionId');
    expect(await versions()).toEqual([]);
    expect(await usage()).toMatchObject({ objects: 1 });
    expect(await files()).toHaveLength(1);
    await start({ IMAGEPIC_RECORDS: 'none' });
    expect((await replace(4)).error).toBe('NotImplemented');
    expect(await shown()).toBe(base64(3));
  });
});
