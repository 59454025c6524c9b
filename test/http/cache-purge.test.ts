import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sleep } from '../../src/concurrency/retry.ts';
import type { Answer } from '../support/bed.ts';
import { makePng } from '../support/png.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';

const PUBLIC = 'https://img.example.com/imagepic';

let cache: Server;
let bed: RunningServer;
let token: string;
let statuses: number[] = [];
/** How long the cache takes, in milliseconds. */
let slowness = 0;
const told: { readonly authorization: string | undefined; readonly files: readonly string[] }[] = [];

const call = async (url: string, data: object, as: string | undefined = token): Promise<Answer> => {
  const response = await fetch(`${bed.mountUrl}/${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(as !== undefined && { authorization: `Bearer ${as}` }) },
    body: JSON.stringify(data),
  });
  return (await response.json()) as Answer;
};
const put = (objectName: string, width: number, bucketName = 'images'): Promise<Answer> =>
  call('object/putObject', { bucketName, objectName, base64: makePng(width, 1).toString('base64') });
const files = (): readonly string[] => told.flatMap((each) => each.files);
const link = (objectName: string): string => `${PUBLIC}/i/images/${objectName}`;
/** At once, unless there is so much to do that nobody is kept waiting. */
const areTold = (addresses: readonly string[]): Promise<void> =>
  expect.poll(files, { timeout: 20_000 }).toEqual(expect.arrayContaining([...addresses]));

beforeAll(async () => {
  cache = createServer(async (request, response) => {
    const { files: each } = (await json(request)) as { files: string[] };
    told.push({ authorization: request.headers.authorization, files: each });
    await sleep(slowness);
    const status = each.includes(link('b.png')) ? statuses.shift() : 200;
    response.writeHead(status ?? 200).end('{}');
  });
  await new Promise<void>((resolve) => cache.listen(0, '127.0.0.1', resolve));
  const { port } = cache.address() as AddressInfo;
  bed = await startServer({
    IMAGEPIC_PUBLIC_URL: PUBLIC,
    IMAGEPIC_PURGE_URL: `http://127.0.0.1:${port}/zones/1/purge_cache`,
    IMAGEPIC_PURGE_TOKEN: 'a-token',
  });
  const person = { phone: '13800138000', upwd: 'correct horse 7' };
  await call('auth/register', { ...person, name: 'A', tfs: '', email: 'a@example.com' }, undefined);
  token = (await call('auth/login', person, undefined)).data.token;
  await call('bucket/makeBucket', { bucketName: 'closed' });
});
afterAll(async () => {
  await bed.close();
  cache.closeAllConnections();
  await new Promise((resolve) => cache.close(resolve));
});
beforeEach(() => {
  told.length = 0;
  statuses = [];
  slowness = 0;
});

describe('caches before the bed', () => {
  it('are told of an image that is replaced, with its presets and widths, and by whom', async () => {
    await put('a b.png', 1);
    expect(told).toEqual([]);

    await put('a b.png', 2);

    await areTold([
      link('a%20b.png'),
      `${link('a%20b.png')}?p=thumb`,
      `${link('a%20b.png')}?w=640`,
      `${link('a%20b.png')}?w=640&f=avif`,
    ]);
    expect(told[0]?.authorization).toBe('Bearer a-token');
    expect(new Set(files()).size).toBe(files().length);
    for (const each of told) expect(each.files.length).toBeLessThanOrEqual(30);
  });

  it('are told of an image that gets another picture, and of one that gets its own back', async () => {
    const { imageId } = (await put('versions.png', 1)).data;
    const { versionId } = (await call('image/replace', { imageId, base64: makePng(2, 1).toString('base64') })).data;
    await areTold([link('versions.png'), `${link('versions.png')}?p=thumb`]);
    told.length = 0;
    expect((await call('image/rollBack', { imageId, versionId })).success).toBe(true);
    await areTold([link('versions.png'), `${link('versions.png')}?p=thumb`]);
  });

  it('are told of the place that an image left, and of one that is removed', async () => {
    await put('from.png', 1);

    await call('object/moveObject', { bucketName: 'images', objectName: 'from.png', toObjectName: 'to.png' });
    await areTold([link('from.png')]);
    expect(files()).not.toContain(link('to.png'));
    await call('object/removeObject', { bucketName: 'images', objectName: 'to.png' });

    await areTold([link('to.png')]);
  });

  it('are told of many that go together, in no more calls than they have room', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `many/${index}.png`);
    for (const name of names) await put(name, 1);

    await call('object/removeObjects', { bucketName: 'images', objectNames: names });

    await areTold(names.map(link));
  });

  it('keep nobody waiting who removes many, and are told all the same', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `slow/${index}.png`);
    for (const name of names) await put(name, 1);
    slowness = 200;

    const removed = await call('object/removeObjects', { bucketName: 'images', objectNames: names });

    expect(removed.success).toBe(true);
    const toldOf = (): number => names.filter((name) => files().includes(link(name))).length;
    expect(toldOf()).toBeLessThan(100);
    await expect.poll(toldOf, { timeout: 60_000 }).toBe(100);
  }, 120_000);

  it('are told nothing of what only some may see', async () => {
    await put('secret.png', 1, 'closed');
    await put('secret.png', 2, 'closed');
    await call('object/removeObject', { bucketName: 'closed', objectName: 'secret.png' });

    // Sizes of what earlier tests removed may still be told: only these addresses count.
    expect(files().filter((url) => url.includes('secret'))).toEqual([]);
  });

  it('are asked again where they fail, and keep no change from being made', async () => {
    await put('b.png', 1);
    statuses = [503, 503];
    const first = await put('b.png', 2);
    await expect.poll(() => files().filter((url) => url === link('b.png')).length).toBe(3);
    statuses = Array.from({ length: 50 }, () => 403);

    const second = await put('b.png', 3);

    expect([first.success, second.success]).toEqual([true, true]);
    await expect.poll(() => bed.log.filter((line) => line.includes('"purge"')).length).toBeGreaterThan(0);
    expect(bed.log.join('')).not.toContain('a-token');
  });
});
