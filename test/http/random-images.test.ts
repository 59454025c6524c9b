import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../support/bed.ts';
import { makePng } from '../support/png.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';

const PERSON = { name: 'Ann', tfs: '', email: 'ann@example.com', phone: '13800138000', upwd: 'correct horse 7' };
const CLOCK = { now: Date.now() };

let server: RunningServer;
let token: string;
let albumId: string;
let imageIds: Record<string, string>;

async function call(url: string, input: object, by: string | undefined = token): Promise<Answer> {
  const response = await fetch(`${server.mountUrl}/${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(by !== undefined && { authorization: `Bearer ${by}` }) },
    body: JSON.stringify(input),
  });
  // Every answer is an envelope; the tests look into it.
  return (await response.json()) as Answer;
}
async function put(bucketName: string, objectName: string): Promise<void> {
  const base64 = makePng(4, 3, { grey: Object.keys(imageIds).length }).toString('base64');
  const { data } = await call('object/putObject', { bucketName, objectName, base64 });
  imageIds[objectName] = data.imageId;
  await call('album/addImages', { albumId, imageIds: [data.imageId] });
}

beforeAll(async () => {
  server = await startServer({ IMAGEPIC_RECORDS: 'sqlite' }, () => new Date(CLOCK.now));
  await call('auth/register', PERSON, undefined);
});
afterAll(() => server.close());
beforeEach(async () => {
  // What is known of an album is as old as a minute.
  CLOCK.now += 60_000;
  token = (await call('auth/login', { phone: PERSON.phone, upwd: PERSON.upwd })).data.token;
  await call('bucket/makeBucket', { bucketName: 'open', policy: 'public-read' });
  await call('policy/setBucketPolicy', { bucketName: 'open', policy: 'public-read' });
  await call('bucket/makeBucket', { bucketName: 'hidden' });
  ({ albumId } = (await call('album/createAlbum', { name: 'wallpapers' })).data);
  imageIds = {};
});

const open = (path = '', method = 'GET') =>
  fetch(`${server.mountUrl}/r/${albumId}${path}`, { redirect: 'manual', method });
const allow = (random = true) => call('album/updateAlbum', { albumId, random });

/** Where an address leads, until it has led to all of them. */
async function leadTo(wanted: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let tries = 0; tries < 1000 && found.size < wanted.length; tries += 1) {
    found.add((await open()).headers.get('location') ?? '');
  }
  return found;
}

describe('the address of an album that allows it', () => {
  it('leads everybody to one of its pictures in a public bucket, to all of them in time, and no cache keeps it', async () => {
    for (const name of ['a.png', 'b.png', 'c.png']) await put('open', name);
    await put('hidden', 'd.png');
    expect((await allow()).data).toMatchObject({ random: true });
    const response = await open();
    expect(response.status).toBe(302);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const wanted = ['a.png', 'b.png', 'c.png'].map((name) => `${server.mountUrl}/i/open/${name}`);
    expect([...(await leadTo(wanted))].sort()).toEqual(wanted);
    const shown = await fetch(`${server.mountUrl}/r/${albumId}`);
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect((await open('', 'HEAD')).status).toBe(302);
    expect((await open('', 'POST')).status).toBe(405);
  });

  it('hands on what is asked of the picture', async () => {
    await put('open', 'a.png');
    await allow();
    expect((await open('?p=thumb')).headers.get('location')).toBe(`${server.mountUrl}/i/open/a.png?p=thumb`);
  });

  it('leads nowhere as soon as the album no longer allows it, or is gone', async () => {
    await put('open', 'a.png');
    expect((await open()).status).toBe(404);
    await allow();
    expect((await open()).status).toBe(302);
    await allow(false);
    expect((await open()).status).toBe(404);
    await allow();
    expect((await open()).status).toBe(302);
    await call('album/removeAlbum', { albumId });
    expect((await open()).status).toBe(404);
  });

  it('leads to no picture that has left the album or the bed, whatever is remembered of it', async () => {
    for (const name of ['a.png', 'b.png', 'c.png']) await put('open', name);
    await allow();
    expect((await open()).status).toBe(302);
    await call('album/removeImages', { albumId, imageIds: [imageIds['a.png']] });
    await call('object/removeObject', { bucketName: 'open', objectName: 'b.png' });
    const wanted = `${server.mountUrl}/i/open/c.png`;
    for (let tries = 0; tries < 20; tries += 1) expect((await open()).headers.get('location')).toBe(wanted);
    await call('object/removeObject', { bucketName: 'open', objectName: 'c.png' });
    expect((await open()).status).toBe(404);
  });

  it('is no address for whatever is no album', async () => {
    for (const path of ['x', '..', '%00', `${'u'.repeat(34)}_${'0'.repeat(32)}`, '__proto__']) {
      expect([400, 404]).toContain((await fetch(`${server.mountUrl}/r/${path}`)).status);
    }
  });
});

describe('image/random', () => {
  it('shows a member one that it may read, of private buckets too', async () => {
    await put('hidden', 'd.png');
    expect((await call('image/random', { albumId })).error).toBe('AccessDenied');
    await allow();
    const shown = await call('image/random', { albumId });
    expect(shown.data).toMatchObject({ imageId: imageIds['d.png'], objectName: 'd.png', bucketName: 'hidden' });
    expect((await open()).status).toBe(404);
  });
});
