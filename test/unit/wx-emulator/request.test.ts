import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { NetworkFault, RequestOption, RequestResult, WxOptions } from '../../../src/wx-emulator/index.ts';
import { createWx } from '../../../src/wx-emulator/index.ts';
import { type ArrivedRequest, type RawServer, startRawServer } from '../../support/raw-server.ts';

const BED = 'https://img.example.com';
let server: RawServer | undefined;
afterEach(() => server?.close());

async function open(answer: Parameters<typeof startRawServer>[0], options: WxOptions = {}) {
  server = await startRawServer(answer);
  const hosts = { [BED]: server.origin };
  const { wx } = createWx({ domains: { request: [BED] }, hosts, networkRetries: 0, ...options });
  const ask = (option: Partial<RequestOption>): Promise<RequestResult & { errMsg: string }> =>
    new Promise((success, fail) => wx.request({ url: `${BED}/x`, ...option, success, fail }));
  return { wx, ask, requests: server.requests };
}

const echo: Parameters<typeof startRawServer>[0] = (_request, response) => response.end('{"ok":true}');
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('what wx.request sends', () => {
  it.each<[string, Partial<RequestOption>, Partial<ArrivedRequest>]>([
    ['nothing', {}, { method: 'GET', url: '/x', body: Buffer.from('') }],
    ['an object as a query', { data: { a: 1, b: '中 &' } }, { url: '/x?a=1&b=%E4%B8%AD%20%26' }],
    ['a query after a query', { url: `${BED}/x?a=1`, data: { b: [2] } }, { url: '/x?a=1&b=%5B2%5D' }],
    ['an object as JSON', { method: 'POST', data: { a: 1 } }, { body: Buffer.from('{"a":1}') }],
    ['text as it is', { method: 'POST', data: '{a' }, { body: Buffer.from('{a') }],
    [
      'an ArrayBuffer as it is',
      { method: 'PUT', data: new Uint8Array([0, 255]).buffer },
      { body: Buffer.from([0, 255]) },
    ],
    ['a typed array as JSON', { method: 'PUT', data: new Uint8Array([7]) }, { body: Buffer.from('{"0":7}') }],
    [
      'an object as a form',
      { method: 'POST', data: { a: 'b c' }, header: { 'Content-Type': 'application/x-www-form-urlencoded' } },
      { body: Buffer.from('a=b%20c') },
    ],
  ])('is %s', async (_name, option, wanted) => {
    const { ask, requests } = await open(echo);
    await expect(ask(option)).resolves.toMatchObject({ errMsg: 'request:ok', statusCode: 200 });
    expect(requests).toEqual([expect.objectContaining(wanted)]);
  });

  it('says JSON unless told otherwise, the name of the host, and a Referer that cannot be set', async () => {
    const { ask, requests } = await open(echo, { appId: 'wx1', version: '7' });
    await ask({ method: 'PUT', data: new ArrayBuffer(2), header: { REFERER: 'https://evil.example.com', 'X-A': 1 } });
    await ask({ method: 'PUT', data: new ArrayBuffer(2), header: { 'content-type': 'image/png' } });
    expect(requests[0]?.headers).toMatchObject({
      host: 'img.example.com',
      'content-type': 'application/json',
      'content-length': '2',
      referer: 'https://servicewechat.com/wx1/7/page-frame.html',
      'x-a': '1',
    });
    expect(requests[1]?.headers['content-type']).toBe('image/png');
  });
});

describe('what wx.request answers', () => {
  it.each<[string, string | Buffer, Partial<RequestOption>, unknown]>([
    ['JSON', '{"a":1}', {}, { a: 1 }],
    ['JSON after a BOM', '\uFEFF{"a":1}', {}, { a: 1 }],
    ['text that is no JSON', '<html>', {}, '<html>'],
    ['text where JSON is not wanted', '{"a":1}', { dataType: '其他' }, '{"a":1}'],
    ['bytes', Buffer.from([1, 2]), { responseType: 'arraybuffer' }, new Uint8Array([1, 2]).buffer],
  ])('is %s', async (_name, body, option, data) => {
    const { ask } = await open((_request, response) => response.end(body));
    await expect(ask(option)).resolves.toMatchObject({ data });
  });

  it('is a success whatever the status, with headers as they were written, cookies and what was compressed', async () => {
    const { ask } = await open((_request, response) =>
      response
        .writeHead(
          500,
          [
            ['X-Odd-Name', 'a'],
            ['Set-Cookie', 'a=1'],
            ['Set-Cookie', 'b=2'],
            ['Content-Encoding', 'gzip'],
          ].flat(),
        )
        .end(gzipSync('"deep"')),
    );
    const { statusCode, header, cookies, data } = await ask({});
    expect({ statusCode, cookies, data }).toEqual({ statusCode: 500, cookies: ['a=1', 'b=2'], data: 'deep' });
    expect(header).toMatchObject({ 'X-Odd-Name': 'a' });
    expect(header['x-odd-name']).toBeUndefined();
  });

  it.each([
    [301, 'POST', 'GET'],
    [302, 'PUT', 'PUT'],
    [303, 'POST', 'GET'],
    [307, 'PUT', 'PUT'],
    [308, 'POST', 'POST'],
  ] as const)('comes after a redirect %i of %s by %s', async (status, method, wanted) => {
    const { ask, requests } = await open((request, response) =>
      request.url === '/x' ? response.writeHead(status, { location: '/there' }).end() : response.end('"there"'),
    );
    await expect(ask({ method, data: 'body' })).resolves.toMatchObject({ data: 'there' });
    expect(requests[1]).toMatchObject({ method: wanted, url: '/there' });
    expect(requests[1]?.body.toString()).toBe(wanted === 'GET' ? '' : 'body');
  });

  it('is the redirect itself where the program wants it', async () => {
    const { ask } = await open((_request, response) => response.writeHead(302, { location: '/there' }).end());
    await expect(ask({ redirect: 'manual' })).resolves.toMatchObject({ statusCode: 302 });
  });
});

describe('a request that fails', () => {
  it('says that the domain is not listed, to fail and complete, and sends nothing', async () => {
    const { wx, requests } = await open(echo);
    const [success, fail, complete] = [vi.fn(), vi.fn(), vi.fn()];
    wx.request({ url: 'https://other.example.com/', success, fail, complete });
    expect(fail).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(complete).toHaveBeenCalledOnce());
    const error = { errMsg: 'request:fail url not in domain list', errno: 600002 };
    expect([success.mock.calls, fail.mock.calls, complete.mock.calls]).toEqual([[], [[error]], [[error]]]);
    expect(requests).toEqual([]);
  });

  it.each([
    ['its own timeout', { timeout: 30 }, {}],
    ['that of app.json', {}, { networkTimeout: { request: 30 } }],
  ])('keeps to %s', async (_name, option, options) => {
    const { ask } = await open(() => later(2000), options);
    await expect(ask(option)).rejects.toEqual({ errMsg: 'request:fail timeout', errno: 5 });
  });

  it('says abort, also while it waits for its turn and before it has begun', async () => {
    const { wx } = await open(() => later(2000));
    const fails = vi.fn();
    const tasks = Array.from({ length: 12 }, () => wx.request({ url: `${BED}/x`, fail: fails }));
    await later(20);
    for (const task of tasks) task.abort();
    wx.request({ url: `${BED}/x`, fail: fails }).abort();
    await vi.waitFor(() => expect(fails).toHaveBeenCalledTimes(13));
    expect(new Set(fails.mock.calls.map(([error]) => error.errMsg))).toEqual(new Set(['request:fail abort']));
  });

  it('names the parameter that is missing', async () => {
    const { wx } = await open(echo);
    const url: string = Object({}).url;
    const error = await new Promise((fail) => wx.request({ url, fail }));
    expect(error).toMatchObject({
      errMsg: 'request:fail parameter error: parameter.url should be String instead of Undefined;',
    });
  });

  it('says in the words of Chromium that nobody listens', async () => {
    const { wx } = createWx({ urlCheck: false, networkRetries: 0 });
    const error = await new Promise((fail) => wx.request({ url: 'http://127.0.0.1:1/', fail }));
    expect(error).toEqual({
      errMsg: 'request:fail errcode:-102 cronet_error_code:-102 error_msg:net::ERR_CONNECTION_REFUSED',
      errno: 600001,
    });
  });
});

describe('the network', () => {
  it('carries ten at once, and the others in their order', async () => {
    let open10 = 0;
    let most = 0;
    const { ask, requests } = await open(async (_request, response) => {
      open10 += 1;
      most = Math.max(most, open10);
      await later(20);
      open10 -= 1;
      response.end();
    });
    await Promise.all(Array.from({ length: 25 }, (_, index) => ask({ url: `${BED}/${index}` })));
    expect(most).toBe(10);
    expect(requests.slice(20).map(({ url }) => url)).toEqual(['/20', '/21', '/22', '/23', '/24']);
  });

  it.each<[NetworkFault, number, number]>([
    ['offline', 1, 1],
    ['cut', 1, 1],
    ['lost', 2, 1],
    [{ delayMs: 5 }, 1, 0],
  ])(
    'when %j: is asked %i times, with %i retries by the platform, whatever the method',
    async (fault, asked, retries) => {
      const network = ({ retry }: { retry: number }) => (retry === 0 ? fault : undefined);
      const { ask, requests } = await open(echo, { networkRetries: 1, network });
      const { exception } = await ask({ method: 'POST', data: 'twice' });
      expect([requests.length, exception.retryCount]).toEqual([asked, retries]);
    },
  );

  it('gives up after its retries', async () => {
    const { ask, requests } = await open(echo, { networkRetries: 2, network: () => 'lost' });
    await expect(ask({ method: 'POST' })).rejects.toMatchObject({ errno: 600001 });
    expect(requests).toHaveLength(3);
  });

  it('tells of headers before the answer, and of chunks where they are wanted', async () => {
    const { wx } = await open(async (_request, response) => {
      response.write('a');
      await later(20);
      response.end('b');
    });
    const heard: unknown[] = [];
    await new Promise((success) => {
      const task = wx.request({ url: `${BED}/x`, enableChunked: true, success });
      task.onHeadersReceived(({ statusCode }) => heard.push(statusCode));
      task.onChunkReceived(({ data }) => heard.push(Buffer.from(data).toString()));
      const deaf = vi.fn(() => heard.push('deaf'));
      task.onChunkReceived(deaf);
      task.offChunkReceived(deaf);
    });
    expect(heard).toEqual([200, 'a', 'b']);
  });
});
