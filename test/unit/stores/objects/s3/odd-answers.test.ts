import { createServer, type Server } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sleep } from '../../../../../src/concurrency/retry.ts';
import { openS3 } from '../../../../../src/stores/objects/s3/object-store.ts';
import { portOf } from '../../../../support/chaos-proxy.ts';

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly etag?: string;
  readonly body?: string;
  readonly range?: string | undefined;
  /** Of an answer to HEAD. */
  readonly length?: number;
}

const PNG = { contentType: 'image/png' };
const HTML = 'text/html; charset=UTF-8';
const error = (status: number, code: string): Answer => ({ status, body: `<Error><Code>${code}</Code></Error>` });
const listing = (...entries: readonly string[]): Answer => ({
  body: `<ListBucketResult><Name>images</Name><EncodingType>url</EncodingType>${entries
    .map((entry) => `<Contents>${entry}</Contents>`)
    .join('')}</ListBucketResult>`,
});
const WHOLE =
  '<Key>folder/a.png</Key><Size>1</Size><ETag>"e"</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified>';

describe('a store that answers oddly', () => {
  let server: Server;
  let seen: string[];
  let reply: (request: string) => Answer;
  let delayMs: number;

  beforeEach(async () => {
    seen = [];
    delayMs = 0;
    server = createServer(async (request, response) => {
      await buffer(request).catch(() => undefined);
      const line = `${request.method} ${request.url}`;
      seen.push(line);
      if (delayMs > 0) await sleep(delayMs);
      const { status = 200, type = 'application/xml', body = '', etag, range, length } = reply(line);
      const headers = {
        'content-type': type,
        'content-length': length ?? Buffer.byteLength(body),
        'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
        ...(range !== undefined && { 'content-range': range }),
        ...(etag !== undefined && { etag }),
      };
      response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const open = () =>
    openS3({
      endpoint: `http://127.0.0.1:${portOf(server)}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
      forcePathStyle: true,
      flavour: 's3',
      now: () => new Date(),
      random: () => 0,
    });

  it('is believed by what it says, whatever it calls that', async () => {
    const { store } = open();
    reply = () => ({ type: HTML, etag: '"e"' });
    expect(await store.put('images', 'a', Buffer.from('a'), PNG)).toEqual({ etag: 'e' });
    reply = () => ({ type: HTML, status: 204 });
    await store.remove('images', 'a');
    reply = () => ({
      type: HTML,
      body: '<?xml version="1.0"?>\n<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>',
    });
    expect(await store.removeMany('images', ['a'])).toEqual([]);
    reply = () => ({ ...error(404, 'NoSuchBucket'), type: HTML });
    await expect(store.put('images', 'a', Buffer.from('a'), PNG)).rejects.toMatchObject({ code: 'NoSuchBucket' });
  });

  it.each(['<!doctype html><title>Sign in</title>', '<html><body/></html>', 'Sign in, please'])(
    'is not believed where what it calls a web page is one: %s',
    async (body) => {
      reply = () => ({ type: HTML, body, etag: '"e"' });
      await expect(open().store.put('images', 'a', Buffer.from('a'), PNG)).rejects.toMatchObject({
        code: 'ServiceUnavailable',
      });
      await expect(open().store.remove('images', 'a')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    },
  );

  it.each([
    [
      'a folder that is listed as a key without an etag',
      '<Key>folder/</Key><Size>0</Size><LastModified>2026-01-01T00:00:00.000Z</LastModified>',
    ],
    ['an entry without a key', '<Size>0</Size><ETag>"x"</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified>'],
  ])('hides no other entry behind %s', async (_, entry) => {
    reply = () => listing(entry, WHOLE);
    const { objects } = await open().store.list('images', { limit: 10 });
    expect(objects.map(({ key, etag }) => [key, etag])).toEqual([['folder/a.png', 'e']]);
  });

  it('B3 has no object where it says so without a page, and may have one where a gateway shows its own', async () => {
    reply = () => ({ status: 404, type: HTML });
    expect(await open().store.head('images', 'a')).toBeUndefined();
    reply = () => ({ status: 404, type: HTML, body: '<html>404</html>' });
    await expect(open().store.head('images', 'a')).rejects.toMatchObject({
      code: 'ServiceUnavailable',
      text: { en: expect.stringContaining('does not speak S3') },
    });
  });

  it('B11 has images listed that it gives no etag, or a key that is badly encoded', async () => {
    reply = () => listing(WHOLE.replace(/<ETag>.*<\/ETag>/, ''), WHOLE.replace('folder/a.png', '100%.png'));
    const { objects } = await open().store.list('images', { limit: 10 });
    expect(objects.map(({ key, etag }) => [key, etag])).toEqual([
      ['folder/a.png', ''],
      ['100%.png', 'e'],
    ]);
  });

  it.each<[string, Answer]>([
    ['it has none', error(404, 'NoSuchBucketPolicy')],
    ['it has none, by another name', error(404, 'NoSuchPolicy')],
    ['it knows no policies', error(501, 'NotImplemented')],
    ['it does not show it', error(403, 'AccessDenied')],
    ['it answers as if it were asked for a list', listing(WHOLE)],
    ['it answers nothing', {}],
  ])('B6 is never told to remove a policy, which it might take for the bucket, where %s', async (_, answer) => {
    reply = () => answer;
    const { bucketSettings } = open();
    expect(await bucketSettings.getPolicy('images')).toBeUndefined();
    await bucketSettings.removePolicy('images');
    expect(seen.filter((line) => line.startsWith('DELETE'))).toEqual([]);
  });

  it('is told to remove a policy that it shows', async () => {
    reply = (line) =>
      line.startsWith('GET') ? { type: 'application/json', body: '{"Version":"2012-10-17"}' } : { status: 204 };
    await open().bucketSettings.removePolicy('images');
    expect(seen.at(-1)).toMatch(/^DELETE \/images\/?\?policy/);
  });

  it.each(['NoSuchCORSConfiguration', 'NoSuchCORS', 'CORSConfigurationNotFound'])(
    'has no CORS rules where it says %s',
    async (code) => {
      reply = () => error(404, code);
      expect(await open().bucketSettings.getCors('images')).toEqual([]);
    },
  );

  it('B10 says in its own words why it takes no image, once', async () => {
    reply = () => error(409, 'ObjectParentIsFile');
    await expect(open().store.put('images', 'a/b', Buffer.from('a'), PNG)).rejects.toMatchObject({
      code: 'InvalidArgument',
      text: { en: expect.stringContaining('ObjectParentIsFile') },
    });
    expect(seen).toHaveLength(1);
  });

  it.each<[number, Answer, string]>([
    [413, {}, 'EntityTooLarge'],
    [
      413,
      { type: HTML, body: '<html><head><title>413 Request Entity Too Large</title></head></html>' },
      'EntityTooLarge',
    ],
    [414, { type: HTML, body: '<html>414</html>' }, 'InvalidArgument'],
    [431, {}, 'InvalidArgument'],
    [411, {}, 'InvalidArgument'],
    [451, {}, 'InvalidArgument'],
    [413, { type: 'text/plain', body: 'Payload Too Large' }, 'EntityTooLarge'],
    [413, { type: 'application/json', body: '{"message":"no"}' }, 'EntityTooLarge'],
    [405, {}, 'NotImplemented'],
    [501, {}, 'NotImplemented'],
    [505, {}, 'NotImplemented'],
    [416, {}, 'InvalidRange'],
    [405, { type: HTML, body: '<html>405</html>' }, 'ServiceUnavailable'],
  ])('B10 is a no, once, where a proxy before it answers with %i and %j', async (status, answer, code) => {
    reply = () => ({ status, ...answer });
    await expect(open().store.put('images', 'a', Buffer.from('a'), PNG)).rejects.toMatchObject({ code });
    if (code !== 'ServiceUnavailable') expect(seen).toHaveLength(1);
  });

  it('B10 has none of the bytes asked for where it says so by status alone', async () => {
    reply = (line) => (line.startsWith('HEAD') ? { length: 7, etag: '"e"' } : { status: 416 });
    const reading = open().store.get('images', 'a.png', { range: { start: 9, end: 10 } });
    await expect(reading).rejects.toMatchObject({ code: 'InvalidRange', details: { size: 7 } });
  });

  it('B13 says that its buckets are not to be listed, and is up all the same', async () => {
    reply = () => error(403, 'AccessDenied');
    const { store } = open();
    await expect(store.listBuckets()).rejects.toMatchObject({ code: 'AccessDenied' });
    await expect(store.ping()).resolves.toBeUndefined();
  });

  it('B7 has the time of all keys for a call that removes many', async () => {
    const keys = Array.from({ length: 100 }, (_, index) => `${index}.png`);
    reply = () => ({
      body: `<DeleteResult>${keys.map((key) => `<Deleted><Key>${key}</Key></Deleted>`).join('')}</DeleteResult>`,
    });
    delayMs = 3300;
    expect(await open().store.removeMany('images', keys)).toEqual([]);
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['says how large the object is', 'bytes */7', ['GET']],
    ['does not say it', undefined, ['GET', 'HEAD']],
  ])(
    'B20 tells the size of an object that has none of the bytes, with few requests, where the store %s',
    async (_, range, asked) => {
      reply = (line) =>
        line.startsWith('HEAD') ? { length: 7, etag: '"e"' } : { ...error(416, 'InvalidRange'), range };
      const reading = open().store.get('images', 'a.png', { range: { start: 9, end: 10 } });
      await expect(reading).rejects.toMatchObject({ code: 'InvalidRange', details: { size: 7 } });
      expect(seen.map((line) => line.split(' ')[0])).toEqual(asked);
    },
  );

  it('B18 gives everything to a suffix longer than the object, where the store refuses it', async () => {
    let gets = 0;
    reply = (line) => {
      if (line.startsWith('HEAD')) return { length: 7, etag: '"e"' };
      gets += 1;
      return gets === 1 ? error(416, 'InvalidRange') : { body: '7 bytes', etag: '"e"' };
    };
    const opened = await open().store.get('images', 'a.png', { range: { suffix: 99_999 } });
    expect(opened?.range).toEqual({ start: 0, end: 6 });
    expect(opened && (await text(opened.body))).toBe('7 bytes');
  });

  const DIGITS = '0123456789';
  it.each<[string, Answer, unknown]>([
    ['takes no notice of it', {}, undefined],
    ['takes no notice of it, and says which bytes it would have been', { range: 'bytes 2-4/10' }, undefined],
    ['gives the bytes', { status: 206, range: 'bytes 2-4/10', body: '234' }, { start: 2, end: 4 }],
    ['gives fewer', { status: 206, range: 'bytes 2-3/10', body: '23' }, { start: 2, end: 3 }],
    ['gives the bytes as if they were all', { range: 'bytes 2-4/10', body: '234' }, { start: 2, end: 4 }],
  ])(
    'B18 is read by what came, not by what was asked, where a store that is asked for a range %s',
    async (_, answer, range) => {
      reply = () => ({ body: DIGITS, etag: '"e"', ...answer });
      const opened = await open().store.get('images', 'a.png', { range: { start: 2, end: 4 } });
      expect(opened?.range).toEqual(range);
      expect(opened?.object.size).toBe(10);
      expect(opened && (await text(opened.body))).toBe(answer.body ?? DIGITS);
    },
  );

  it.each<[string, Answer]>([
    ['says not which', { status: 206, body: '234' }],
    ['says not of how many', { status: 206, range: 'bytes 2-4/*', body: '234' }],
    ['is longer than it says', { status: 206, range: 'bytes 2-4/10', body: DIGITS }],
    ['ends behind the last byte', { status: 206, range: 'bytes 8-10/10', body: '89' }],
  ])('B18 is not believed of a part that %s', async (_, answer) => {
    reply = () => ({ etag: '"e"', ...answer });
    await expect(open().store.get('images', 'a.png', { range: { start: 2, end: 4 } })).rejects.toMatchObject({
      code: 'ServiceUnavailable',
    });
  });

  it.each<[string, Answer]>([
    ['as a part', { status: 206, range: 'bytes 2-4/*', body: '234' }],
    ['as if they were all', { range: 'bytes 2-4/*', body: '234' }],
  ])('B18 is asked for the size where the bytes came %s, and not of how many', async (_, answer) => {
    reply = (line) => (line.startsWith('HEAD') ? { length: 10, etag: '"e"' } : { etag: '"e"', ...answer });
    const opened = await open().store.get('images', 'a.png', { range: { start: 2, end: 4 } });
    expect(opened).toMatchObject({ range: { start: 2, end: 4 }, object: { size: 10 } });
    expect(opened && (await text(opened.body))).toBe('234');
    expect(seen.map((line) => line.split(' ')[0])).toEqual(['GET', 'HEAD']);
  });

  it('B18 is taken at its length where it is all, whatever it says of parts', async () => {
    reply = () => ({ range: 'bytes 0-9/*', body: DIGITS, etag: '"e"' });
    const opened = await open().store.get('images', 'a.png');
    expect(opened?.range).toBeUndefined();
    expect(opened?.object.size).toBe(10);
    expect(opened && (await text(opened.body))).toBe(DIGITS);
  });

  it.each<[string, Answer]>([
    ['is gone', { status: 404 }],
    ['is another', { length: 10, etag: '"f"' }],
    ['ends before it', { length: 4, etag: '"e"' }],
  ])('B18 is not believed of a part of an object that, looked at, %s', async (_, found) => {
    reply = (line) =>
      line.startsWith('HEAD') ? found : { status: 206, range: 'bytes 2-4/*', body: '234', etag: '"e"' };
    await expect(open().store.get('images', 'a.png', { range: { start: 2, end: 4 } })).rejects.toMatchObject({
      code: 'ServiceUnavailable',
    });
  });

  it('B18 is not believed of a part where all was asked for', async () => {
    reply = () => ({ status: 206, range: 'bytes 2-4/10', body: '234', etag: '"e"' });
    await expect(open().store.get('images', 'a.png')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });
});
