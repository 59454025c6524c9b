import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bootstrap } from '../../src/bootstrap.ts';
import { loadConfig } from '../../src/config/config.ts';
import { serveAccessEvent } from '../../src/events/access-event.ts';
import type { Answer } from '../support/bed.ts';
import { openHttpEntry } from '../support/http-entry.ts';
import { makePng } from '../support/png.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';
import { readZip } from '../support/zip.ts';

const UPWD = 'correct horse 7';
const CLOCK = { now: Date.now() };

let server: RunningServer;
let token: string;
let people = 0;
let count = 0;

async function call(url: string, input: object, by?: string): Promise<Answer> {
  const response = await fetch(`${server.mountUrl}/${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(by !== undefined && { authorization: `Bearer ${by}` }) },
    body: JSON.stringify(input),
  });
  // Every answer is an envelope; the tests look into it.
  return (await response.json()) as Answer;
}
async function person() {
  people += 1;
  const phone = `138${String(people).padStart(8, '0')}`;
  const { data } = await call('auth/register', { name: 'P', tfs: '', email: 'p@example.com', phone, upwd: UPWD });
  const signIn = async (): Promise<string> => (await call('auth/login', { phone, upwd: UPWD })).data.token;
  return { userId: data.userId, signIn };
}
let admin: Awaited<ReturnType<typeof person>>;
beforeAll(async () => {
  server = await startServer({ IMAGEPIC_RECORDS: 'sqlite' }, () => new Date(CLOCK.now));
  admin = await person();
  token = await admin.signIn();
  await call('bucket/makeBucket', { bucketName: 'hidden' }, token);
});
afterAll(() => server.close());
beforeEach(async () => {
  token = await admin.signIn();
});

async function put(objectName: string, bucketName = 'hidden') {
  count += 1;
  const bytes = makePng(4, 3, { grey: count % 250 });
  const put = await call('object/putObject', { bucketName, objectName, base64: bytes.toString('base64') }, token);
  expect(put.success).toBe(true);
  const stored = await call('object/getObject', { bucketName, objectName }, token);
  return {
    imageId: put.data.imageId as string,
    bytes: Buffer.from(stored.data.base64, 'base64'),
    bucketName,
    objectName,
  };
}
const order = (input: object, by = token) => call('image/download', input, by);
const fetchZip = async (url: string) => readZip(Buffer.from(await (await fetch(url)).arrayBuffer()));

describe('a download of several images', () => {
  it('is a zip of them, as they are stored, in their order, each under a name of its own, from private buckets too', async () => {
    const images = [await put('a/猫.png'), await put('b/猫.png'), await put('c.png', 'images')];
    const imageIds = images.map(({ imageId }) => imageId);
    const { data } = await order({ imageIds: [...imageIds, ...imageIds] });
    expect(data).toEqual({
      ...{ url: expect.stringMatching(/\/imagepic\/z\/[\w-]{32}$/), images: 3 },
      ...{ expiresAt: new Date(CLOCK.now + 900_000).toISOString() },
      size: images.reduce((sum, { bytes }) => sum + bytes.length, 0),
    });
    const response = await fetch(data.url);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      ...{ 'content-type': 'application/zip', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
      'content-disposition': expect.stringMatching(/^attachment; filename\*=UTF-8''imagepic-\d{4}-\d\d-\d\d\.zip$/),
    });
    const files = readZip(Buffer.from(await response.arrayBuffer()));
    expect([...files.keys()]).toEqual(['猫.png', '猫 (2).png', 'c.png']);
    for (const [index, file] of [...files.values()].entries())
      expect(file.equals(images[index]?.bytes ?? file)).toBe(true);
    const head = await fetch(data.url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await fetch(data.url, { method: 'POST' })).status).toBe(405);
  });

  it('is of an album as it is when it is fetched, without what is gone or out of reach', async () => {
    const { albumId } = (await call('album/createAlbum', { name: 'zip' }, token)).data;
    expect((await order({ albumId })).error).toBe('NoSuchKey');
    const [first, second, third] = [await put('y/1.png'), await put('y/2.png'), await put('y/3.png')];
    const add = (...images: readonly { readonly imageId: string }[]) =>
      call('album/addImages', { albumId, imageIds: images.map(({ imageId }) => imageId) }, token);
    await add(first, second);
    const { url } = (await order({ albumId })).data;
    expect([...(await fetchZip(url)).keys()]).toEqual(['1.png', '2.png']);
    await add(third);
    await call('object/removeObject', { bucketName: 'hidden', objectName: 'y/1.png' }, token);
    expect([...(await fetchZip(url)).keys()]).toEqual(['2.png', '3.png']);
    const ann = await person();
    await call(
      'auth/updateUser',
      { userId: ann.userId, grants: [{ bucketName: 'hidden', prefix: 'y/3', actions: ['read'] }] },
      token,
    );
    const own = await order({ albumId }, await ann.signIn());
    expect(own.data.images).toBe(1);
    expect([...(await fetchZip(own.data.url)).keys()]).toEqual(['3.png']);
  });

  it('is refused of what the caller may not read, exactly as of what is not there', async () => {
    const { imageId } = await put('secret.png');
    const by = await (await person()).signIn();
    const unreadable = await order({ imageIds: [imageId] }, by);
    const missing = `01${'0'.repeat(24)}`;
    const absent = await order({ imageIds: [missing] }, by);
    expect(unreadable.error).toBe('NoSuchKey');
    expect(unreadable.data.err.replace(imageId, missing)).toBe(absent.data.err);
    for (const wrong of [{}, { imageIds: [imageId], albumId: `u_${'0'.repeat(32)}_${'0'.repeat(32)}` }])
      expect((await order(wrong)).error).toBe('InvalidArgument');
    for (const wrong of [[], ['x'], 'x', Array(1001).fill(imageId)])
      expect((await order({ imageIds: wrong })).error).toBe('InvalidArgument');
  });

  it('ends after a quarter of an hour, and with the session that asked for it', async () => {
    const { imageId } = await put(`late-${count}.png`);
    const { url } = (await order({ imageIds: [imageId] })).data;
    CLOCK.now += 899_000;
    expect((await fetch(url)).status).toBe(200);
    CLOCK.now += 1000;
    expect((await fetch(url)).status).toBe(404);
    token = await admin.signIn();
    const { id, token: narrow } = (await call('auth/createToken', { name: 'z', scopes: ['read'] }, token)).data;
    const other = (await order({ imageIds: [imageId] }, narrow)).data;
    await call('auth/revokeToken', { tokenId: id }, token);
    expect((await fetch(other.url)).status).toBe(404);
  });

  it.each(['', 'x', '__proto__', '..%2f..', '%ff', 'A'.repeat(32), 'A'.repeat(4000), 'a/b'])(
    'is not to be had by %j',
    async (made) => {
      expect([400, 404]).toContain((await fetch(`${server.mountUrl}/z/${made}`)).status);
    },
  );
});

describe('a download through a function', () => {
  it('is answered as long as it fits into an answer, and else refused without being held', async () => {
    const { imageId } = await put(`function-${count}.png`);
    const { url } = (await order({ imageIds: [imageId] })).data;
    const app = await bootstrap(loadConfig({ IMAGEPIC_DATA_DIR: server.folder, IMAGEPIC_RECORDS: 'sqlite' }), {
      ...{ writeLog: () => undefined, now: () => new Date(CLOCK.now) },
    });
    const config = loadConfig({ IMAGEPIC_DATA_DIR: server.folder, IMAGEPIC_RECORDS: 'sqlite' });
    const event = {
      ...{ path: new URL(url).pathname, httpMethod: 'GET', headers: {}, requestContext: {}, body: '' },
      ...{ queryStringParameters: {}, isBase64Encoded: false },
    };
    const small = await serveAccessEvent(openHttpEntry(app, config), event);
    expect([small.statusCode, readZip(Buffer.from(small.body, 'base64')).size]).toEqual([200, 1]);
    let given = 0;
    async function* endless() {
      for (;;) {
        given += 1;
        yield Buffer.alloc(1024 * 1024);
      }
    }
    const large = await serveAccessEvent(async () => ({ status: 200, headers: {}, body: endless() }), event);
    expect(JSON.parse(large.body)).toMatchObject({ success: false, error: 'EntityTooLarge' });
    expect(given).toBeLessThan(10);
  });
});
