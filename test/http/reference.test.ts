import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootstrap } from '../../src/bootstrap.ts';
import { writeReference } from '../../src/build/openapi/write-reference.ts';
import { DIALECTS } from '../../src/dialects/registry.ts';
import { serveAccessEvent, toAccessEvent } from '../../src/events/access-event.ts';
import type { HttpEntry } from '../../src/http/request.ts';
import { openHttpEntry } from '../support/http-entry.ts';
import { createTempConfig } from '../support/temp-config.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

let built: TempFolder;
let entry: HttpEntry;
let bare: HttpEntry;
let remove: () => Promise<void>;
beforeAll(async () => {
  built = await makeTempFolder();
  await writeReference(built.path);
  const temp = await createTempConfig();
  remove = temp.remove;
  const app = await bootstrap(temp.config, { writeLog: () => {} });
  entry = openHttpEntry(app, temp.config, { referenceFolder: built.path });
  bare = openHttpEntry(app, temp.config, { referenceFolder: `${built.path}/none` });
});
afterAll(async () => {
  await built.remove();
  await remove();
});

/** Asks as the gateway of the platform does. */
async function ask(path: string, headers: object = {}, httpMethod = 'GET', query: object = {}, from = entry) {
  const event = toAccessEvent({
    path,
    httpMethod,
    headers: { host: 'bed.example.org', ...headers },
    queryStringParameters: query,
    requestContext: {},
    body: '',
  });
  if (event === undefined) throw new TypeError('this is no event');
  return serveAccessEvent(from, event);
}

describe('the reference', () => {
  it('gives the document with the address of the bed, and says when it is as it was', async () => {
    const { statusCode, headers, body } = await ask('/imagepic/openapi.json');
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-cache',
      'content-length': String(Buffer.byteLength(body)),
    });
    expect(JSON.parse(body)).toMatchObject({
      openapi: '3.1.1',
      servers: [{ url: 'https://bed.example.org/imagepic' }],
    });
    const { etag = '' } = headers;
    expect(await ask('/imagepic/openapi.json', { 'if-none-match': etag })).toMatchObject({ statusCode: 304, body: '' });
    expect(await ask('/openapi.json', { 'if-none-match': '"another"' })).toMatchObject({ statusCode: 200, body });
    expect(await ask('/openapi.json', {}, 'HEAD')).toMatchObject({ statusCode: 200, body: '', headers });
  });

  it('is a page in the language of its reader, without a script or style within', async () => {
    const [zh, en, asked] = await Promise.all([
      ask('/imagepic/reference', { 'accept-language': 'zh-CN' }),
      ask('/imagepic/reference', { 'accept-language': 'en' }),
      ask('/imagepic/reference', { 'accept-language': 'zh-CN' }, 'GET', { lang: 'en' }),
    ]);
    expect(zh.body).toContain('<html lang="zh-CN">');
    expect(en.body).toContain('<html lang="en">');
    expect(asked.body).toBe(en.body);
    for (const { body, headers } of [zh, en]) {
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['vary']).toContain('Accept-Language');
      expect(body).not.toMatch(/<style|<script(?! src="reference\/)| on\w+=| style=|bed\.example\/imagepic/);
      expect(body).toContain('curl -X POST &#39;https://bed.example.org/imagepic/object/putObject&#39;');
      for (const [, name] of body.matchAll(/"(reference\/[^"]+)"/g)) {
        const asset = await ask(`/imagepic/${name}`);
        expect(asset).toMatchObject({
          statusCode: 200,
          headers: { 'cache-control': expect.stringContaining('immutable') },
        });
      }
    }
  });

  it('has a heading for upload clients: which there are, where each is served, where its token stands, and what it gets', async () => {
    const [zh, en] = await Promise.all([
      ask('/imagepic/reference', { 'accept-language': 'zh-CN' }),
      ask('/imagepic/reference', { 'accept-language': 'en' }),
    ]);
    expect(zh.body).toContain('<h2>上传客户端</h2>');
    expect(en.body).toContain('<h2>Upload clients</h2>');
    for (const { name, operations } of DIALECTS) {
      for (const { body } of [zh, en]) {
        const row = body.split(`<tr id="${name}">`)[1]?.split('</tr>')[0] ?? '';
        const links = [...row.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
        expect(links.length, name).toBeGreaterThanOrEqual(operations.length);
        for (const id of links) expect(body).toContain(`<section id="${id}">`);
      }
    }
    const lsky = en.body.split('<section id="post_api_v1_upload">')[1]?.split('</section>')[0] ?? '';
    for (const told of ['strategy_id', 'base64', 'thumbnail_url', '<code>lsky-v2</code>', 'lsky-v2-InvalidToken']) {
      expect(lsky).toContain(told);
    }
    expect(en.body).toContain('<section id="session_login">');
    expect(zh.body.split('<section id="clients">')[1]?.split('</section>')[0]).toMatch(
      /请求头 <code>token: &lt;token&gt;/,
    );
  });

  it('refuses other methods, and has nothing else', async () => {
    const refused = await ask('/imagepic/openapi.json', {}, 'POST');
    expect(refused).toMatchObject({ statusCode: 405, headers: { allow: 'GET, HEAD' } });
    for (const path of [
      '/reference/zh.html',
      '/reference/../openapi.json',
      '/reference/style-00000000.css',
      '/openapi.yaml',
    ]) {
      expect(await ask(`/imagepic${path}`)).toMatchObject({ statusCode: 404 });
    }
  });

  it('is not there where it was not built', async () => {
    expect(await ask('/imagepic/openapi.json', {}, 'GET', {}, bare)).toMatchObject({ statusCode: 404 });
  });
});
