import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createS3ObjectStore } from '../../../../../src/stores/objects/s3/object-store.ts';
import { openSockets } from '../../../../../src/stores/objects/s3/sockets.ts';
import { portOf } from '../../../../support/chaos-proxy.ts';

/** More than the lines of this machine hold, so that it cannot be sent in vain. */
const MANY_BYTES = 16 * 1024 * 1024;

let server: Server;
let answer: string;

/** Answers as soon as a request begins, takes no more of it, and leaves the line open. */
beforeEach(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.pause().write(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => void server.close());

it('gives up a line on which a store has answered and takes no more of the body', async () => {
  answer = 'HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno';
  const origin = `http://127.0.0.1:${portOf(server)}`;
  const send = await openSockets(false, () => new Date());
  const { signal: abortSignal } = new AbortController();
  const headers = { 'content-length': String(MANY_BYTES) };
  const body = Buffer.alloc(MANY_BYTES);
  const response = await send({ origin, method: 'PUT', path: '/images/a.png', headers, body, abortSignal });
  const closed = once(response, 'close');
  expect(await text(response)).toBe('no');
  await closed;
  expect(response.socket.destroyed).toBe(true);
});

it('does not believe a store that says it has an object of which it was sent a part', async () => {
  answer = 'HTTP/1.1 200 OK\r\netag: "e"\r\ncontent-length: 0\r\n\r\n';
  const store = createS3ObjectStore({
    endpoint: `http://127.0.0.1:${portOf(server)}`,
    region: 'ap-shanghai',
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    forcePathStyle: true,
    flavour: 's3',
    now: () => new Date(),
    random: () => 0,
  });
  const image = {
    size: MANY_BYTES,
    async *open() {
      for (let sent = 0; sent < MANY_BYTES; sent += MANY_BYTES / 16) yield Buffer.alloc(MANY_BYTES / 16);
    },
  };
  const put = store.put('images', 'a.png', image, { contentType: 'image/png' });
  await expect(put).rejects.toMatchObject({ code: 'ServiceUnavailable' });
});
