import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../support/bed.ts';
import { makePng } from '../support/png.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
const PICTURE = makePng(40, 30);
const CLOCK = { now: Date.now() };

let server: RunningServer;
let token = '';
let url: string;
const call = async (route: string, data: object): Promise<Answer> => {
  const response = await fetch(`${server.mountUrl}/${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(data),
  });
  return (await response.json()) as Answer;
};
beforeAll(async () => {
  server = await startServer({}, () => new Date(CLOCK.now));
  await call('auth/register', { ...PERSON, name: 'A', tfs: '', email: 'a@example.com' });
  token = (await call('auth/login', PERSON)).data.token;
  const base64 = PICTURE.toString('base64');
  url = (await call('object/putObject', { bucketName: 'images', folder: 'f', base64 })).data.url;
});
afterAll(() => server.close());

const rule = (more: object = {}) =>
  call('bucket/setHotlinkRule', {
    ...{ bucketName: 'images', referers: ['example.com', '*.example.org', 'servicewechat.com/wx01', 'other.net:8080'] },
    ...more,
  });
/** Node's own `fetch` says no referer of its own accord, and takes one as a header. */
const show = (referer?: string, more: Readonly<Record<string, string>> = {}, query = '') =>
  fetch(`${url}${query}`, { headers: { ...(referer !== undefined && { referer }), ...more } });

describe('a bucket that says which pages show its images', () => {
  it.each([
    ['a page of a host that it names', 'https://example.com/post/1', 200],
    ['the host alone, as browsers say it of another site', 'https://example.com/', 200],
    ['a host below it', 'https://www.example.com/', 403],
    ['any host below', 'https://a.b.example.org/', 200],
    ['the host that those are below', 'https://example.org/', 403],
    ['a host that only ends alike', 'https://notexample.org/', 403],
    ['a mini-program', 'https://servicewechat.com/wx01/12/page-frame.html', 200],
    ['another mini-program', 'https://servicewechat.com/wx012/12/page-frame.html', 403],
    ['a port that it names', 'http://other.net:8080/', 200],
    ['another port', 'http://other.net:8081/', 403],
    ['a host that is only in the path', 'https://evil.test/https://example.com/', 403],
    ['a host that is only its user', 'https://example.com@evil.test/', 403],
    ['what is no address', 'example.com', 403],
    ['no page', undefined, 200],
  ])('answers %s', async (_, referer, status) => {
    await rule();
    expect((await show(referer)).status).toBe(status);
    expect((await show(referer, {}, '?p=thumb')).status).toBe(status);
  });

  it('shows them on its own pages', async () => {
    await rule({ referers: [] });
    expect((await show(`${server.mountUrl}/`)).status).toBe(200);
  });

  it('may want to know the page', async () => {
    await rule({ emptyReferer: false });
    const refused = await show();
    expect([refused.status, ((await refused.json()) as Answer).error]).toEqual([403, 'AccessDenied']);
  });

  it('may show a small picture instead, which nobody keeps', async () => {
    await rule({ refusal: 'picture' });
    const instead = await show('https://evil.test/');
    const bytes = Buffer.from(await instead.arrayBuffer());
    expect([instead.status, instead.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect([bytes.subarray(1, 4).toString(), bytes.equals(PICTURE)]).toEqual(['PNG', false]);
    expect([instead.headers.get('cache-control'), instead.headers.get('vary')]).toEqual(['no-store', 'Referer']);
  });

  it('lets browsers keep its images, and nothing that stands between', async () => {
    await rule();
    for (const response of [await show('https://example.com/'), await show(undefined, { authorization: token })]) {
      expect(response.headers.get('cache-control')).toBe('private, max-age=31536000, immutable');
      expect(response.headers.get('vary')).toBe('Referer');
    }
  });

  it('shows them to every page once the rule is gone, and for a moment elsewhere', async () => {
    await rule();
    expect((await show('https://evil.test/')).status).toBe(403);
    const { data } = await call('bucket/getHotlinkRule', { bucketName: 'images' });
    expect(data.rule).toMatchObject({ emptyReferer: true, refusal: 'error' });
    await call('bucket/removeHotlinkRule', { bucketName: 'images' });
    expect((await call('bucket/getHotlinkRule', { bucketName: 'images' })).data).toEqual({ rule: null });
    const shown = await show('https://evil.test/');
    expect([shown.status, shown.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
  });

  it('says nothing of images that only members see', async () => {
    await call('bucket/makeBucket', { bucketName: 'closed' });
    await rule({ bucketName: 'closed' });
    const closed = await fetch(`${server.mountUrl}/i/closed/a.png`, { headers: { referer: 'https://evil.test/' } });
    expect(closed.status).toBe(404);
  });

  it('takes its rule along when it goes', async () => {
    await call('bucket/makeBucket', { bucketName: 'gone' });
    await rule({ bucketName: 'gone' });
    await call('bucket/removeBucket', { bucketName: 'gone' });
    await call('bucket/makeBucket', { bucketName: 'gone' });
    expect((await call('bucket/getHotlinkRule', { bucketName: 'gone' })).data).toEqual({ rule: null });
  });

  it.each(['https://example.com', 'Example.com', '*', 'a..b', 'example.com/?q', ''])(
    'takes no %j for a page',
    async (referer) => {
      expect(await rule({ referers: [referer] })).toMatchObject({
        error: 'InvalidArgument',
        data: { fields: ['referers'] },
      });
    },
  );
});
