import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { App } from '../../../../src/app.ts';
import { bootstrap } from '../../../../src/bootstrap.ts';
import { createCallFunctionEntry } from '../../../../src/events/call-function.ts';
import { createNodeServer } from '../../../../src/http/node-server.ts';
import type { Answer } from '../../../support/bed.ts';
import { openHttpEntry } from '../../../support/http-entry.ts';
import { makePng } from '../../../support/png.ts';
import { createTempConfig } from '../../../support/temp-config.ts';

const PERSON = { name: 'Ann', tfs: '', email: 'ann@example.com', phone: '13800138000', upwd: 'correct horse 7' };
const BOB = { ...PERSON, phone: '13900139000', email: 'bob@example.com' };
const HOUR_MS = 60 * 60 * 1000;
const CAT = { bucketName: 'images', objectName: 'cat.png' };

let close: () => Promise<void>;
let app: App;
let mountUrl: string;
let later: number;
let token: string;
let imageId: string;
let link: string;

const call = async (url: string, input: object, as = token): Promise<Answer> => {
  const response = await fetch(`${mountUrl}/${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(as !== '' && { authorization: `Bearer ${as}` }) },
    body: JSON.stringify(input),
  });
  return (await response.json()) as Answer;
};
const inHours = (hours: number): string => new Date(Date.now() + hours * HOUR_MS).toISOString();
const update = (expiresAt: string, as = token) => call('image/updateImage', { imageId, expiresAt }, as);
const known = async () => (await call('image/getImage', { imageId })).data;
const usage = async () => (await call('auth/me', {})).data.usage;
const put = async (place: object = CAT) =>
  (await call('object/putObject', { ...place, base64: makePng(2, 2).toString('base64') })).data;
/** The job, so many hours from now. */
const sweepIn = async (hours: number) => {
  later = hours * HOUR_MS;
  await app.jobs.find(({ name }) => name === 'settle-records')?.run({ budgetMs: 60_000 });
  later = 0;
};
const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;

beforeEach(async () => {
  later = 0;
  const { config, remove } = await createTempConfig({ IMAGEPIC_RECORDS: 'sqlite' });
  app = await bootstrap(config, { writeLog: () => undefined, now: () => new Date(Date.now() + later) });
  const server = createNodeServer(openHttpEntry(app, config));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address of this kind.
  const { port } = server.address() as AddressInfo;
  mountUrl = `http://127.0.0.1:${port}${config.mount}`;
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await remove();
  };
  await call('auth/register', PERSON, '');
  token = (await call('auth/login', { phone: PERSON.phone, upwd: PERSON.upwd }, '')).data.token;
  ({ imageId, url: link } = await put());
});
afterEach(() => close());

describe('an image with a time to go', () => {
  it('is there until then, gone for good within one sweep, and its link says when it went', async () => {
    const at = inHours(2);
    expect((await update(at)).success).toBe(true);
    expect((await known()).expiresAt).toBe(at);
    await sweepIn(1);
    expect([await statusOf(link), await statusOf(`${link}?p=thumb`)]).toEqual([200, 200]);
    await sweepIn(2.1);
    expect([await statusOf(link), await statusOf(`${link}?p=thumb`)]).toEqual([410, 410]);
    const answer = (await (await fetch(link)).json()) as Answer;
    expect(answer).toMatchObject({ success: false, error: 'ImageExpired', data: { expiredAt: at } });
    expect((await call('image/listTrash', {})).data.images).toEqual([]);
    expect((await call('image/search', {})).data.images).toEqual([]);
    expect(await usage()).toEqual({ bytes: 0, objects: 0 });
  });

  it('stays where that is taken back or put off, and goes earlier where it is brought forward', async () => {
    await update(inHours(2));
    await update('');
    expect(await known()).not.toHaveProperty('expiresAt');
    await sweepIn(3);
    expect(await statusOf(link)).toBe(200);
    await update(inHours(2));
    await update(inHours(6));
    await sweepIn(5);
    expect(await statusOf(link)).toBe(200);
    await update(inHours(1));
    await sweepIn(1.5);
    expect(await statusOf(link)).toBe(410);
  });

  it('keeps it through what else is said of it, a move and another picture', async () => {
    const at = inHours(2);
    await update(at);
    await call('image/updateImage', { imageId, title: 'Tom' });
    await call('object/moveObject', { ...CAT, toObjectName: 'tom.png' });
    await call('image/replace', { imageId, base64: makePng(3, 3).toString('base64') });
    const moved = await known();
    expect(moved).toMatchObject({ expiresAt: at, title: 'Tom', objectName: 'tom.png', width: 3 });
    await sweepIn(2.1);
    expect(await statusOf(moved.url)).toBe(410);
    expect(await statusOf(link)).toBe(404);
    expect(await usage()).toEqual({ bytes: 0, objects: 0 });
  });

  it('goes out of the trash too, and gives its address to whatever comes next', async () => {
    await update(inHours(2));
    await call('object/removeObject', CAT);
    await sweepIn(2.1);
    expect((await call('image/listTrash', {})).data.images).toEqual([]);
    ({ imageId, url: link } = await put());
    await update(inHours(2));
    await sweepIn(2.1);
    expect(await statusOf(link)).toBe(410);
    await put();
    expect(await statusOf(link)).toBe(200);
    await sweepIn(30);
    expect(await statusOf(link)).toBe(200);
  });

  it.each(['2020-01-01', '1969-01-01', 'tomorrow', '2031-02-30', '2031-01-01T08:00'])(
    'has one to come, not %s',
    async (at) => {
      expect((await update(at)).error).toBe('InvalidArgument');
      expect(await known()).not.toHaveProperty('expiresAt');
    },
  );

  it("is one's own", async () => {
    await call('auth/register', BOB, '');
    const bob = (await call('auth/login', { phone: BOB.phone, upwd: BOB.upwd }, '')).data.token;
    expect((await update(inHours(1), bob)).error).toBe('AccessDenied');
    await sweepIn(2);
    expect(await statusOf(link)).toBe(200);
  });

  it('says nothing of it to who may not see its bucket', async () => {
    await call('bucket/makeBucket', { bucketName: 'closed' });
    const closed = await put({ bucketName: 'closed', objectName: 'a.png' });
    imageId = closed.imageId;
    await update(inHours(1));
    await sweepIn(1.1);
    expect(await statusOf(closed.url)).toBe(404);
    expect((await fetch(closed.url, { headers: { authorization: `Bearer ${token}` } })).status).toBe(410);
  });
});

describe('an image that is uploaded to go', () => {
  const HOUR = 3600;
  const put = async (more: object, name = 'a.png') => {
    const input = { bucketName: 'images', objectName: name, base64: makePng(4, 4).toString('base64'), ...more };
    return (await call('object/putObject', input)).data;
  };
  const expiryOf = async (objectName: string): Promise<string | undefined> =>
    (await call('image/getImage', { bucketName: 'images', objectName })).data.expiresAt;
  const send = async (path: string, fields: Readonly<Record<string, string>>, grey = 1) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    body.set('source', new Blob([Uint8Array.from(makePng(4, 4, { grey }))]), 'b.png');
    const headers = { authorization: `Bearer ${await uploadToken()}` };
    const response = await fetch(`${mountUrl}${path}`, { method: 'POST', headers, body });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  const uploadToken = async (): Promise<string> =>
    (await call('auth/createToken', { name: 'client', scopes: ['upload'] })).data.token;
  const secondsTo = (at: string | undefined) => (Date.parse(at ?? '') - Date.now()) / 1000;

  it('goes so many seconds after it came, and not before, and its address says so', async () => {
    const { url, expiresAt } = await put({ expiresIn: 2 * HOUR });
    const at = await expiryOf('a.png');
    expect(expiresAt).toBe(at);
    expect(await put({}, 'stays.png')).not.toHaveProperty('expiresAt');
    expect(Math.abs(secondsTo(at) - 2 * HOUR)).toBeLessThan(60);
    await sweepIn(1.9);
    expect(await statusOf(url)).toBe(200);
    await sweepIn(2.1);
    expect(await statusOf(url)).toBe(410);
    expect((await (await fetch(url)).json()) as Answer).toMatchObject({ data: { expiredAt: at } });
    expect(await statusOf(link)).toBe(200);
  });

  it('goes so long after its commit where it was put past the service', async () => {
    const bytes = makePng(4, 4);
    const begun = await call('object/presignedPutObject', {
      ...{ bucketName: 'images', objectName: 'c.png', contentType: 'image/png', size: bytes.length, expiresIn: HOUR },
    });
    const { url, headers, uploadId } = begun.data;
    await fetch(url, { method: 'PUT', headers, body: Uint8Array.from(bytes) });
    const committed = await call('object/commitObject', { uploadId });
    expect(committed.success).toBe(true);
    const at = await expiryOf('c.png');
    expect(Math.abs(secondsTo(at) - HOUR)).toBeLessThan(60);
    expect(committed.data.expiresAt).toBe(at);
    expect((await call('object/commitObject', { uploadId })).data.expiresAt).toBe(at);
    await sweepIn(1.1);
    expect(await statusOf(committed.data.url)).toBe(410);
  });

  it('is left to stay by whoever sends its bytes to stay, under another name', async () => {
    const going = (await send('/upload', { expiresIn: String(HOUR) })).body.url;
    const staying = (await send('/upload', {})).body.url;
    const again = (await send('/upload', {})).body.url;
    const goingToo = (await send('/upload', { expiresIn: String(2 * HOUR) })).body.url;
    expect(again).toBe(staying);
    expect(new Set([going, staying, goingToo]).size).toBe(3);
    await sweepIn(1.1);
    expect([await statusOf(going), await statusOf(staying), await statusOf(goingToo)]).toEqual([410, 200, 200]);
    await sweepIn(2.1);
    expect([await statusOf(staying), await statusOf(goingToo)]).toEqual([200, 410]);
  });

  it('is left to stay by whoever sends its bytes to stay, also where it is to go since, and is the one that stays again', async () => {
    const first = (await send('/upload', {})).body.url;
    const objectName = decodeURIComponent(first.slice(first.indexOf('/i/images/') + '/i/images/'.length));
    const named = { bucketName: 'images', objectName };
    await call('image/updateImage', { ...named, expiresAt: inHours(1) });
    const staying = (await send('/upload', {})).body.url;
    expect(staying).not.toBe(first);
    await sweepIn(1.1);
    expect([await statusOf(first), await statusOf(staying)]).toEqual([410, 200]);
    expect((await send('/upload', {})).body.url).toBe(staying);
  });

  it('stays where that is taken back', async () => {
    const { imageId: id, url } = await put({ expiresIn: HOUR });
    await call('image/updateImage', { imageId: id, expiresAt: '' });
    await sweepIn(2);
    expect(await statusOf(url)).toBe(200);
    expect(await expiryOf('a.png')).toBeUndefined();
  });

  it.each([
    ['/api/1/upload', { expiration: 'PT1H' }],
    ['/api/1/upload', { expiration: '3600' }],
    [
      '/api/v1/upload',
      { expired_at: new Date(Date.now() + 9 * HOUR * 1000).toISOString().slice(0, 19).replace('T', ' ') },
    ],
    ['/upload', { expiresIn: '3600' }],
    ['/upload', { expiresAt: new Date(Date.now() + HOUR * 1000).toISOString() }],
  ])('goes by what clients of %s say', async (path, fields) => {
    const { body } = await send(path, fields);
    const url: string = body.image?.url ?? body.data?.links?.url ?? body.url;
    const objectName = decodeURIComponent(url.slice(url.indexOf('/i/images/') + '/i/images/'.length));
    expect(Math.abs(secondsTo(await expiryOf(objectName)) - HOUR)).toBeLessThan(120);
    await sweepIn(1.1);
    expect(await statusOf(url)).toBe(410);
  });

  it.each([
    ['/api/1/upload', { expiration: 'soon' }],
    ['/api/v1/upload', { expired_at: '2020-01-01 00:00:00' }],
    ['/api/v1/upload', { expired_at: 'soon' }],
    ['/api/v1/upload', { expired_at: '2031-02-30 08:00:00' }],
    ['/upload', { expiresAt: '2031-02-30' }],
    ['/upload', { expiresIn: '5' }],
  ])('is refused where %s says what nobody can mean', async (path, fields) => {
    const { body } = await send(path, fields);
    expect(JSON.stringify(body)).toMatch(/"(status|success)":false|"error"/);
    expect((await call('image/search', {})).data.images).toHaveLength(1);
  });
});

it('is taken by no bed that keeps no records, for nothing would remove it', async () => {
  const { config, remove } = await createTempConfig({ IMAGEPIC_RECORDS: 'none' });
  const none = await bootstrap(config, { writeLog: () => undefined });
  const entry = createCallFunctionEntry(none, { transport: 'call-function', mountUrl: '/imagepic' });
  const ask = async (url: string, input: object): Promise<Answer> =>
    JSON.parse(JSON.stringify(await entry({ ...input, $url: url }, {})));
  await ask('auth/register', PERSON);
  const { token: as } = (await ask('auth/login', { phone: PERSON.phone, upwd: PERSON.upwd })).data;
  const input = { ...CAT, base64: makePng(2, 2).toString('base64'), $token: as };
  expect((await ask('object/putObject', { ...input, expiresIn: 3600 })).error).toBe('NotImplemented');
  expect((await ask('object/putObject', input)).success).toBe(true);
  await remove();
});
