import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPage, type ServePage } from '../../src/http/page.ts';
import type { HttpRequest, HttpResponse } from '../../src/http/request.ts';

const HTML = '<!doctype html><title>page</title>';
const SCRIPT = 'export const page = 1;';

let folder: string;
let serve: ServePage;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imagepic-page-'));
  await writeFile(join(folder, 'index.html'), HTML);
  await writeFile(join(folder, 'secret.txt'), 'not of the page');
  await writeFile(join(folder, 'a.js'), SCRIPT);
  await writeFile(join(folder, 'a.js.gz'), gzipSync(SCRIPT));
  const gzip = gzipSync(SCRIPT).byteLength;
  const files = {
    'index.html': { contentType: 'text/html', etag: 'e1', isHashed: false, bytes: { identity: HTML.length } },
    'a.js': { contentType: 'text/javascript', etag: 'e2', isHashed: true, bytes: { identity: SCRIPT.length, gzip } },
  };
  await writeFile(join(folder, 'files.json'), JSON.stringify(files));
  serve = createPage({ pageFolder: folder, mount: '/imagepic', imageOrigins: ['https://s3.example.com'] });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const request = (path: string, headers: object = {}, method = 'GET'): HttpRequest => ({
  ...{ method, path: `/imagepic${path}`, query: new URLSearchParams(), scheme: 'http' },
  headers: new Map(Object.entries(headers)),
  body: (async function* () {})(),
});
const get = (path: string, headers?: object, method?: string) => serve(request(path, headers, method), path);
const textOf = async ({ body = '' }: Partial<HttpResponse> = {}): Promise<string> =>
  typeof body === 'string' ? body : text(body);

describe('the page', () => {
  it('is the root, asked for anew each time', async () => {
    const response = await get('/');
    expect(response).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html', 'cache-control': 'no-cache' },
    });
    expect(await textOf(response)).toBe(HTML);
  });

  it('keeps what is named by what is in it for a year', async () => {
    const { headers } = (await get('/a.js')) ?? {};
    expect(headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable', vary: 'Accept-Encoding' });
  });

  it.each([
    ['gzip, deflate, br', 'gzip'],
    ['gzip;q=1.0', 'gzip'],
    ['gzip;q=0', undefined],
    ['identity', undefined],
    ['', undefined],
  ])('sends whoever takes %j what is smallest', async (accept, encoding) => {
    const response = await get('/a.js', { 'accept-encoding': accept });
    expect(response?.headers['content-encoding']).toBe(encoding);
    const bytes = encoding === undefined ? SCRIPT.length : gzipSync(SCRIPT).byteLength;
    expect(response?.headers['content-length']).toBe(String(bytes));
  });

  it('is not sent again to whoever has it', async () => {
    const { headers } = (await get('/')) ?? {};
    const again = await get('/', { 'if-none-match': headers?.['etag'] });
    expect([again?.status, again?.body]).toEqual([304, '']);
    expect((await get('/', { 'if-none-match': '"other"' }))?.status).toBe(200);
  });

  it('has a head without a body', async () => {
    expect(await get('/', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it('is sent on from its mount to the slash that its files are named from', async () => {
    // As `toTarget` has it: a mount without a slash is no prefix of the path.
    const response = await serve(request(''), '/imagepic');
    expect([response?.status, response?.headers['location']]).toEqual([308, '/imagepic/']);
  });

  it.each([
    '/secret.txt',
    '/../secret.txt',
    '/files.json',
    '/a.js.gz',
    '/constructor',
    '/__proto__',
    '/none.js',
    '//index.html',
  ])('is not %s', async (path) => expect(await get(path)).toBeUndefined());

  it.each(['POST', 'PUT', 'DELETE'])('does not answer %s', async (method) => {
    expect(await get('/', {}, method)).toBeUndefined();
  });

  it('is not there where none was built', async () => {
    const none = createPage({ pageFolder: join(folder, 'none'), mount: '/imagepic', imageOrigins: [] });
    expect(await none(request('/'), '/')).toBeUndefined();
  });
});

describe('R33 the page', () => {
  it.each(['/', '/a.js'])('lets its store in and nobody else: %s', async (path) => {
    const { headers } = (await get(path)) ?? {};
    expect(headers?.['content-security-policy']).toBe(
      [
        ...[
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          "img-src 'self' blob: https://s3.example.com",
        ],
        ...["connect-src 'self' https://s3.example.com", "manifest-src 'self'", "worker-src 'self'", "base-uri 'none'"],
        ...[
          "form-action 'none'",
          "frame-ancestors 'none'",
          "require-trusted-types-for 'script'",
          'trusted-types imagepic',
        ],
      ].join('; '),
    );
    expect(headers).toMatchObject({
      ...{ 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' },
      'cross-origin-opener-policy': 'same-origin',
    });
  });
});
