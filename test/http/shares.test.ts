import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../support/bed.ts';
import { makePng } from '../support/png.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';

const UPWD = 'correct horse 7';
const PASSWORD = 'sunset 2026';
const HOSTILE = `"><script>alert(1)</script>'&`;
const CLOCK = { now: Date.now() };
const DAY_SECONDS = 24 * 60 * 60;

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ IMAGEPIC_RECORDS: 'sqlite' }, () => new Date(CLOCK.now));
});
afterAll(() => server.close());

async function call(url: string, input: object, token?: string): Promise<Answer> {
  const response = await fetch(`${server.mountUrl}/${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(input),
  });
  // Every answer is an envelope; the tests look into it.
  return (await response.json()) as Answer;
}

let people = 0;
async function person() {
  people += 1;
  const phone = `138${String(people).padStart(8, '0')}`;
  const { data } = await call('auth/register', { name: 'P', tfs: '', email: 'p@example.com', phone, upwd: UPWD });
  const signIn = async (): Promise<string> => (await call('auth/login', { phone, upwd: UPWD })).data.token;
  return { userId: data.userId, token: await signIn(), signIn };
}

let admin: Awaited<ReturnType<typeof person>>;
let token: string;
let count = 0;
beforeAll(async () => {
  admin = await person();
  await call('bucket/makeBucket', { bucketName: 'hidden' }, admin.token);
});
beforeEach(async () => {
  token = await admin.signIn();
});

async function put(bucketName = 'hidden', folder = 'x') {
  count += 1;
  const objectName = `${folder}/${count}.png`;
  const base64 = makePng(400, 300, { grey: count % 200 }).toString('base64');
  const put = await call('object/putObject', { bucketName, objectName, base64 }, token);
  return { imageId: put.data.imageId as string, url: put.data.url as string, bucketName, objectName };
}

/** An album of one private image and what more is given. */
async function album(imageIds: readonly string[] = []) {
  const image = await put();
  const { albumId } = (await call('album/createAlbum', { name: HOSTILE, description: 'two\nlines' }, token)).data;
  await call('album/addImages', { albumId, imageIds: [image.imageId, ...imageIds] }, token);
  return { albumId: albumId as string, image };
}

const share = async (input: object, by = token) => {
  const answer = await call('imageId' in input ? 'image/share' : 'album/share', input, by);
  expect(answer).toMatchObject({ success: true });
  return answer.data;
};
const get = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(url, { headers, redirect: 'manual' });
const enter = (url: string, password: string) =>
  fetch(url, { method: 'POST', body: new URLSearchParams({ password }), redirect: 'manual' });
const cookieOf = (response: Response) => ({ cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' });

describe('a shared album', () => {
  it('is shown to people without an account, from a private bucket too, as variants', async () => {
    const { albumId, image } = await album();
    expect((await get(image.url)).status).toBe(404);
    const shared = await share({ albumId });
    expect(shared).toEqual({
      ...{ shareId: expect.stringMatching(/^[0-9a-f]{16}$/), albumId, hasPassword: false, download: false },
      ...{ createdAt: expect.any(String), url: expect.stringMatching(/\/imagepic\/a\/[\w-]{56}$/) },
    });
    const page = await get(shared.url, { 'accept-language': 'en' });
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(html).toContain('<html lang="en">');
    expect(html).toContain('<h1>&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;&amp;</h1>');
    expect(html).not.toContain('<script');
    expect(html).not.toContain('original');
    const [, src = ''] = /<img src="([^"]+)"/.exec(html) ?? [];
    const picture = await get(new URL(src, shared.url).href);
    expect([picture.status, picture.headers.get('cache-control')]).toEqual([200, 'private, no-cache']);
    expect(picture.headers.get('x-robots-tag')).toBe('noindex');
    expect((await picture.arrayBuffer()).byteLength).toBeGreaterThan(0);
    const etag = picture.headers.get('etag') ?? '';
    expect((await get(new URL(src, shared.url).href, { 'if-none-match': etag })).status).toBe(304);
  });

  it('R33 says nothing to search engines, caches and other pages, and runs no script', async () => {
    const { url } = await share({ albumId: (await album()).albumId });
    const { headers } = await get(url);
    expect(Object.fromEntries(headers)).toMatchObject({
      ...{ 'cache-control': 'no-store', 'x-robots-tag': 'noindex', 'referrer-policy': 'no-referrer' },
      ...{ 'x-content-type-options': 'nosniff', vary: 'Accept-Language' },
    });
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; img-src 'self'; style-src 'sha256-[\w+/]+='; base-uri 'none'/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src|unsafe|\*/);
  });

  it('speaks the language that the browser asks for', async () => {
    const { url } = await share({ albumId: (await album()).albumId, password: PASSWORD });
    expect(await (await get(url, { 'accept-language': 'en-GB' })).text()).toContain('This share wants a password');
    expect(await (await get(url)).text()).toContain('这个分享需要密码');
  });

  it('shows what is in the album, as long as it is there, and nothing else', async () => {
    const other = await put();
    const { albumId, image } = await album();
    const { url } = await share({ albumId });
    expect((await get(`${url}/${image.imageId}`)).status).toBe(200);
    expect((await get(`${url}/${other.imageId}`)).status).toBe(404);
    await call('album/removeImages', { albumId, imageIds: [image.imageId] }, token);
    expect((await get(`${url}/${image.imageId}`)).status).toBe(404);
    expect(await (await get(url)).text()).toContain('这个相册里还没有图片');
    await call('album/addImages', { albumId, imageIds: [image.imageId] }, token);
    await call('object/removeObject', { ...other, imageId: undefined, url: undefined }, token);
    expect((await get(`${url}/${image.imageId}`)).status).toBe(200);
    await call('object/removeObject', { bucketName: image.bucketName, objectName: image.objectName }, token);
    expect((await get(`${url}/${image.imageId}`)).status).toBe(404);
    await call('album/removeAlbum', { albumId }, token);
    expect((await get(url)).status).toBe(404);
  });

  it('goes over several pages, and refuses a page that is none', async () => {
    const images = [];
    for (let index = 0; index < 62; index += 1) images.push((await put()).imageId);
    const { albumId } = await album(images);
    const { url } = await share({ albumId });
    const first = await (await get(url)).text();
    const [, next = ''] = /rel="next" href="([^"]+)"/.exec(first) ?? [];
    const second = await (await get(new URL(next, url).href)).text();
    const idsOf = (html: string) => [...html.matchAll(/<img src="[\w-]+\/(\w+)\?/g)].map(([, id]) => id);
    expect(idsOf(first)).toHaveLength(60);
    expect(new Set([...idsOf(first), ...idsOf(second)]).size).toBe(63);
    expect(second).not.toContain('rel="next"');
    expect((await get(`${url}?after=x`)).status).toBe(400);
  });

  it('shows its pictures in the order that people gave them, and goes on in the one that somebody began with', async () => {
    const more: string[] = [];
    for (let number = 0; number < 62; number += 1) more.push((await put()).imageId);
    const { albumId, image } = await album(more);
    const { url } = await share({ albumId });
    const shown = async (address: string) => {
      const page = await (await get(address)).text();
      const next = /href="([^"]*after=[^"]*)"/.exec(page)?.[1];
      return { ids: [...page.matchAll(/\/(01\w{24})\?p=thumb/gi)].map(([, id]) => id), next };
    };
    const newestFirst = [image.imageId, ...more.toReversed()];
    const before = await shown(url);
    expect(before.ids).toEqual(newestFirst.slice(0, 60));
    const move = { albumId, imageIds: [image.imageId], beforeId: more[1] };
    expect((await call('album/reorder', move, token)).data).toMatchObject({ order: 'manual' });
    const [first, ...others] = more;
    const arranged = [first, image.imageId, ...others];
    const after = await shown(url);
    expect(after.ids).toEqual(arranged.slice(0, 60));
    expect((await shown(new URL(after.next ?? '', url).href)).ids).toEqual(arranged.slice(60));
    expect((await shown(new URL(before.next ?? '', url).href)).ids).toEqual(newestFirst.slice(60));
  });

  it('gives images as they were stored where it says so, under their own name', async () => {
    const { albumId, image } = await album();
    const closed = await share({ albumId });
    const open = await share({ albumId, download: true });
    const original = (url: string) => get(`${url}/${image.imageId}?original`);
    const given = await original(open.url);
    expect(given.headers.get('content-disposition')).toBe(
      `attachment; filename*=UTF-8''${image.objectName.split('/')[1]}`,
    );
    const stored = await call('object/getObject', image, token);
    expect(stored.error).toBe('InvalidArgument');
    const { bucketName, objectName } = image;
    const { base64 } = (await call('object/getObject', { bucketName, objectName }, token)).data;
    expect(Buffer.from(await given.arrayBuffer()).toString('base64')).toBe(base64);
    const refused = await original(closed.url);
    expect(refused.headers.get('content-disposition')).toBe('inline');
    expect(await (await get(open.url)).text()).toContain(`${image.imageId}?original" download>原图`);
  });
});

describe('a shared image', () => {
  it('is shown alone, with its own name', async () => {
    const [image, other] = [await put(), await put()];
    await call('image/updateImage', { imageId: image.imageId, title: HOSTILE, description: '<b>' }, token);
    const { url } = await share({ imageId: image.imageId });
    const html = await (await get(url)).text();
    expect(html).toContain('<h1>&quot;&gt;&lt;script&gt;');
    expect(html).toContain('<p>&lt;b&gt;</p>');
    expect(html).toContain('width="400" height="300"');
    expect((await get(`${url}/${image.imageId}?p=large`)).status).toBe(200);
    expect((await get(`${url}/${other.imageId}?p=large`)).status).toBe(404);
  });
});

describe('a share', () => {
  it('ends at once when it is withdrawn, and by its time', async () => {
    const { albumId, image } = await album();
    const withdrawn = await share({ albumId });
    const timed = await share({ albumId, expiresIn: 60 });
    expect((await get(timed.url)).status).toBe(200);
    await call('album/unshare', { shareId: withdrawn.shareId }, token);
    for (const path of ['', `/${image.imageId}`]) expect((await get(`${withdrawn.url}${path}`)).status).toBe(404);
    CLOCK.now += 60_000;
    expect((await get(timed.url)).status).toBe(404);
    expect((await call('album/unshare', { shareId: withdrawn.shareId }, token)).success).toBe(true);
  });

  it('is listed by whoever made it, without its address, as long as it holds', async () => {
    const { token: own } = await person();
    const { albumId } = (await call('album/createAlbum', { name: 'own' }, own)).data;
    const lasting = await share({ albumId, password: PASSWORD }, own);
    await share({ albumId, expiresIn: 60 }, own);
    const listed = async (by: string) => (await call('album/listShares', {}, by)).data;
    expect(await listed(own)).toHaveLength(2);
    CLOCK.now += 61_000;
    const { url: _, ...summary } = lasting;
    expect(await listed(own)).toEqual([summary]);
    expect(summary.hasPassword).toBe(true);
    // Somebody else ends nothing by knowing its id.
    await call('album/unshare', { shareId: lasting.shareId }, token);
    expect((await get(lasting.url)).status).toBe(200);
  });

  it('is of an album of one’s own, and shows what its maker may read, while that holds', async () => {
    const ann = await person();
    const { albumId, image } = await album();
    expect((await call('album/share', { albumId }, ann.token)).error).toBe('AccessDenied');
    expect((await call('image/share', { imageId: image.imageId }, ann.token)).error).toBe('NoSuchKey');
    const grants = [{ bucketName: 'hidden', prefix: 'x/', actions: ['read'] }];
    await call('auth/updateUser', { userId: ann.userId, grants }, token);
    const shared = await share({ imageId: image.imageId }, ann.token);
    expect((await get(shared.url)).status).toBe(200);
    await call('auth/updateUser', { userId: ann.userId, grants: [] }, token);
    expect((await get(shared.url)).status).toBe(404);
    await call('auth/updateUser', { userId: ann.userId, grants, disabled: true }, token);
    expect((await get(shared.url)).status).toBe(404);
  });

  it('outlives the session that made it, and ends with the API token that did', async () => {
    const { albumId } = await album();
    const bySession = await share({ albumId });
    const made = (await call('auth/createToken', { name: 't', scopes: ['read', 'list'] }, token)).data;
    const byToken = await share({ albumId }, made.token);
    await call('auth/logout', {}, token);
    token = await admin.signIn();
    expect((await get(byToken.url)).status).toBe(200);
    await call('auth/revokeToken', { tokenId: made.id }, token);
    expect([(await get(bySession.url)).status, (await get(byToken.url)).status]).toEqual([200, 404]);
  });

  it('shows no more than the token that made it was narrowed to', async () => {
    const outside = await put('hidden', 'y');
    const { albumId, image } = await album([outside.imageId]);
    const wishes = { name: 'n', scopes: ['read', 'list'], bucketName: 'hidden', prefix: 'x/' };
    const made = (await call('auth/createToken', wishes, token)).data;
    const { url } = await share({ albumId }, made.token);
    expect((await get(`${url}/${image.imageId}`)).status).toBe(200);
    expect((await get(`${url}/${outside.imageId}`)).status).toBe(404);
    expect(await (await get(url)).text()).not.toContain(outside.imageId);
  });

  it.each([
    ['nothing', () => ''],
    ['another secret', (url: string) => `${url.slice(0, -4)}AAAA`],
    ['half of it', (url: string) => url.slice(0, -28)],
    ['too much', (url: string) => `${url}A`],
    ['much too much', (url: string) => `${url}${'A'.repeat(4000)}`],
    ['a way up', (url: string) => url.replace(/[^/]+$/, '..%2f..%2fetc')],
    ['escapes', (url: string) => url.replace(/[^/]+$/, '%22%3E%3Cscript%3E')],
    ['what is no escape', (url: string) => url.replace(/[^/]+$/, '%ff%')],
    ['a prototype', (url: string) => url.replace(/[^/]+$/, '__proto__')],
    ['a path below an image', (url: string) => `${url}/x/y`],
  ])('is not found by %s', async (_, change) => {
    const { url } = await share({ albumId: (await album()).albumId, password: PASSWORD });
    const forged = change(url) || url.replace(/[^/]+$/, '');
    const [seen, entered] = [await get(forged), await enter(forged, PASSWORD)];
    expect([400, 404, 405]).toContain(entered.status);
    expect([400, 404]).toContain(seen.status);
    expect(await seen.text()).not.toContain('<script');
    expect(entered.headers.get('set-cookie')).toBeNull();
  });

  it('has a page that takes no other method', async () => {
    const { albumId, image } = await album();
    const { url } = await share({ albumId });
    const refused = await fetch(url, { method: 'DELETE' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    expect((await fetch(`${url}/${image.imageId}`, { method: 'POST' })).status).toBe(405);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, Number(head.headers.get('content-length')) > 0]).toEqual([200, true]);
  });

  it('is one of at most 200 of an account, of which those that are over do not count', async () => {
    const { token: own } = await person();
    const { albumId } = (await call('album/createAlbum', { name: 'own' }, own)).data;
    const make = (expiresIn: number) => call('album/share', { albumId, expiresIn }, own);
    for (let index = 0; index < 200; index += 1) await make(60);
    expect((await make(60)).error).toBe('InvalidArgument');
    CLOCK.now += 60_000;
    expect((await make(60)).success).toBe(true);
  });
});

describe('a share with a password', () => {
  it('shows nothing without it, and everything to a browser that has it', async () => {
    const { albumId, image } = await album();
    const { url } = await share({ albumId, password: PASSWORD, download: true });
    const locked = await get(url);
    expect([locked.status, (await locked.text()).includes('alert(1)')]).toEqual([200, false]);
    for (const path of [image.imageId, `${image.imageId}?p=thumb`, `${image.imageId}?original`])
      expect((await get(`${url}/${path}`)).status).toBe(403);
    const wrong = await enter(url, 'another one');
    expect([wrong.status, wrong.headers.get('set-cookie')]).toEqual([403, null]);
    expect(await wrong.text()).toContain('role="alert">密码不对');
    const entered = await enter(url, PASSWORD);
    expect([entered.status, new URL(entered.headers.get('location') ?? '', url).href]).toEqual([303, url]);
    expect(entered.headers.get('set-cookie')).toMatch(
      /^imagepic-share-[0-9a-f]{16}=\d{10}\.[\w-]{43}; Max-Age=43200; HttpOnly; SameSite=Lax$/,
    );
    const cookie = cookieOf(entered);
    expect(await (await get(url, cookie)).text()).toContain('alert(1)');
    expect((await get(`${url}/${image.imageId}`, cookie)).status).toBe(200);
  });

  it('takes the key of no other share, none that somebody made up, and each for half a day', async () => {
    const { albumId } = await album();
    const [one, other] = [await share({ albumId, password: PASSWORD }), await share({ albumId, password: PASSWORD })];
    const { cookie } = cookieOf(await enter(one.url, PASSWORD));
    const isOpen = async (url: string, key: string) =>
      (await (await get(url, { cookie: key })).text()).includes('alert(1)');
    expect(await isOpen(one.url, `a=b; ${cookie}; c`)).toBe(true);
    const made = [
      cookie.replace(one.shareId, other.shareId),
      cookie.replace(/=\d{10}/, '=9999999999'),
      `imagepic-share-${other.shareId}=9999999999.${'A'.repeat(43)}`,
      `imagepic-share-${other.shareId}=`,
    ];
    for (const key of made) expect(await isOpen(other.url, key), key).toBe(false);
    CLOCK.now += (DAY_SECONDS / 2) * 1000;
    expect(await isOpen(one.url, cookie)).toBe(false);
  });

  it('is kept as argon2id, and is in no log', async () => {
    const { readFile, readdir } = await import('node:fs/promises');
    const { albumId } = await album();
    const { url, shareId } = await share({ albumId, password: PASSWORD });
    await enter(url, PASSWORD);
    const secret = url.split('/').at(-1) ?? '';
    const files = await readdir(`${server.folder}`, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(`${file.parentPath}/${file.name}`, 'latin1')),
    );
    const lists = texts.filter((text) => text.includes(shareId) && text.includes('argon2id'));
    expect(lists.length).toBeGreaterThan(0);
    for (const text of [...texts, ...server.log]) {
      expect(text.includes(PASSWORD)).toBe(false);
      expect(text.includes(secret)).toBe(false);
    }
  });

  it('lets nobody guess: after 20 wrong ones it rests, also for who knows it, and others go on', async () => {
    const { albumId } = await album();
    const [one, other] = [await share({ albumId, password: PASSWORD }), await share({ albumId, password: PASSWORD })];
    const before = cookieOf(await enter(one.url, PASSWORD));
    const statuses = [];
    for (let guess = 0; guess < 20; guess += 1) statuses.push((await enter(one.url, `guess ${guess}`)).status);
    expect(new Set(statuses)).toEqual(new Set([403]));
    const resting = await enter(one.url, PASSWORD);
    expect([resting.status, resting.headers.get('set-cookie')]).toEqual([429, null]);
    expect(await resting.text()).toMatch(/role="alert">尝试次数过多/);
    expect((await get(`${one.url}`, before)).status).toBe(200);
    expect((await enter(other.url, PASSWORD)).status).toBe(303);
    CLOCK.now += 15 * 60 * 1000;
    expect((await enter(one.url, PASSWORD)).status).toBe(303);
  });
});
