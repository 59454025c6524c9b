import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createS3ObjectStore } from '../../../../../src/stores/objects/s3/object-store.ts';
import { portOf } from '../../../../support/chaos-proxy.ts';

const PNG = { contentType: 'image/png' };
const MANY = 12;

/** Larger than what the lines of this machine hold, so that it cannot be sent in vain. */
const large = {
  size: 12_000_000,
  async *open() {
    for (let sent = 0; sent < 12_000_000; sent += 1_000_000) yield Buffer.alloc(1_000_000, 'x');
  },
};

/** B9: a store that refuses an upload before it has read it, and cuts the line. */
describe('B9 a refusal that comes while we still send', () => {
  let server: Server;
  let refusal: { readonly status: number; readonly code: string } | undefined;
  let asked: string[];

  /** Cuts the line at once, so that whatever is said is thrown away with it, unless the client waits to be asked. */
  const refuse =
    (isWaitedFor: boolean): RequestListener =>
    (request, response) => {
      asked.push(request.method ?? '');
      if (request.method !== 'PUT') return void response.writeHead(200, { 'content-length': '1' }).end();
      if (refusal === undefined || !isWaitedFor) return void request.socket.resetAndDestroy();
      const body = `<?xml version="1.0"?><Error><Code>${refusal.code}</Code></Error>`;
      response.writeHead(refusal.status, { 'content-type': 'application/xml', connection: 'close' });
      response.end(body, () => request.socket.destroy());
    };

  beforeEach(async () => {
    asked = [];
    server = createServer(refuse(false)).on('checkContinue', refuse(true));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const open = () =>
    createS3ObjectStore({
      endpoint: `http://127.0.0.1:${portOf(server)}`,
      region: 'ap-shanghai',
      credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
      forcePathStyle: true,
      flavour: 's3',
      now: () => new Date(),
      random: () => 0,
    });

  it('is heard: a name that is taken, a bucket that is missing', async () => {
    const store = open();
    refusal = { status: 412, code: 'PreconditionFailed' };
    expect(await store.put('images', 'a.png', large, { ...PNG, ifNoneMatch: '*' })).toBeUndefined();
    refusal = { status: 404, code: 'NoSuchBucket' };
    await expect(store.put('images', 'a.png', large, PNG)).rejects.toMatchObject({ code: 'NoSuchBucket' });
  });

  it('keeps nobody else from the store, however often it comes', async () => {
    const store = open();
    refusal = { status: 403, code: 'EntityForbidden' };
    const puts = Array.from({ length: MANY }, () => store.put('images', 'a.png', large, PNG).catch(() => 'refused'));
    expect(await Promise.all(puts)).toEqual(Array.from({ length: MANY }, () => 'refused'));
    expect(await store.bucketExists('images')).toBe(true);
  });

  it('says what happened where no refusal is to be had, tries twice, and keeps nobody else from the store', async () => {
    const store = open();
    refusal = undefined;
    const error = await store.put('images', 'a.png', large, PNG).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'ServiceUnavailable', message: expect.stringContaining('stored nothing') });
    expect(asked).toEqual(['PUT', 'PUT']);
    const puts = Array.from({ length: MANY }, () => store.put('images', 'a.png', large, PNG).catch(() => 'refused'));
    await Promise.all(puts);
    expect(await store.bucketExists('images')).toBe(true);
  });
});
