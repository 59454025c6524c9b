import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openS3 } from '../../../../../src/stores/objects/s3/object-store.ts';
import { portOf } from '../../../../support/chaos-proxy.ts';

const COPIED = '<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>';

describe('conditional calls as they are', () => {
  let server: Server;
  let seen: IncomingHttpHeaders[];
  let status: number;

  beforeEach(async () => {
    seen = [];
    status = 200;
    server = createServer(async (request, response) => {
      await buffer(request).catch(() => undefined);
      seen.push(request.headers);
      const code = status === 412 ? 'PreconditionFailed' : 'NotImplemented';
      const copied = request.headers['x-amz-copy-source'] ? COPIED : '';
      const body = status < 300 ? copied : `<Error><Code>${code}</Code></Error>`;
      response.writeHead(status, { etag: '"e"', 'content-length': body.length }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const open = (flavour: 's3' | 'cos' = 's3') =>
    openS3({
      endpoint: `http://127.0.0.1:${portOf(server)}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
      forcePathStyle: true,
      flavour,
      now: () => new Date(),
      random: () => 0,
    }).trials;
  const BYTES = Buffer.from('a');

  it('carry their condition, in the words of the flavour', async () => {
    await open().put('images', 'a', BYTES, {});
    await open().put('images', 'a', BYTES, { ifNoneMatch: '*' });
    await open().put('images', 'a', BYTES, { ifMatch: 'e' });
    await open('cos').put('images', 'a', BYTES, { ifNoneMatch: '*' });
    status = 204;
    await open().remove('images', 'a', { ifMatch: 'e' });
    expect(
      seen.map((headers) => [headers['if-none-match'], headers['if-match'], headers['x-cos-forbid-overwrite']]),
    ).toEqual([
      [undefined, undefined, undefined],
      ['*', undefined, undefined],
      [undefined, '"e"', undefined],
      [undefined, undefined, 'true'],
      [undefined, '"e"', undefined],
    ]);
  });

  it('tell a condition that forbade them from a store that knows none', async () => {
    status = 412;
    expect(await open().put('images', 'a', BYTES, { ifNoneMatch: '*' })).toBeUndefined();
    expect(await open().remove('images', 'a', { ifMatch: 'e' })).toBe(false);
    status = 501;
    await expect(open().put('images', 'a', BYTES, { ifNoneMatch: '*' })).rejects.toMatchObject({
      code: 'NotImplemented',
    });
    await expect(open().remove('images', 'a', { ifMatch: 'e' })).rejects.toMatchObject({ code: 'NotImplemented' });
  });

  it('copy within a bucket', async () => {
    expect(await open().copy('images', 'a b', 'c', { ifNoneMatch: '*' })).toEqual({ etag: 'e' });
    expect(await open().copy('images', 'a', 'c', { ifMatch: 'e' })).toEqual({ etag: 'e' });
    expect(
      seen.map((headers) => [headers['x-amz-copy-source'], headers['if-none-match'], headers['if-match']]),
    ).toEqual([
      ['images/a%20b', '*', undefined],
      ['images/a', undefined, '"e"'],
    ]);
    status = 412;
    expect(await open().copy('images', 'a', 'c', { ifNoneMatch: '*' })).toBeUndefined();
  });

  it('send a form, whose refusal says that the store takes none, and whose silence says nothing', async () => {
    status = 204;
    await open().postForm('images', 'a', BYTES);
    expect(seen[0]?.['content-type']).toMatch(/^multipart\/form-data/);
    for (status of [403, 412, 501]) {
      await expect(open().postForm('images', 'a', BYTES)).rejects.toMatchObject({ code: 'NotImplemented' });
    }
    status = 503;
    await expect(open().postForm('images', 'a', BYTES)).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });
});
