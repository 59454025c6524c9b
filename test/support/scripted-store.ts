import { createServer, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach } from 'vitest';
import { createS3ObjectStore, type S3Options } from '../../src/stores/objects/s3/object-store.ts';
import { portOf } from './chaos-proxy.ts';

/** A request as a store got it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a store is to answer; 200 and nothing else where it says nothing. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Absent where none is to be said; that of the body where nothing is told. */
  readonly length?: undefined;
}

/** An answer in XML. */
export const xml = (body: string): Answer => ({
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0"?>${body}`,
});

/** What every image of these tests is. */
export const PNG = { contentType: 'image/png' };

/** A store that says what it is told to say, anew for each test, and keeps what it was asked. */
export function useScriptedStore() {
  const server = createServer(async (request, response) => {
    // A request that is ended early was not made.
    const received = await buffer(request).catch(() => undefined);
    if (received === undefined) return;
    const { method = '', url = '', headers } = request;
    const entry = { method, url, headers, body: received.toString() };
    wire.seen.push(entry);
    const answer = wire.reply(entry);
    const { status = 200, headers: answered = {}, body = '' } = answer;
    const length = 'length' in answer ? {} : { 'content-length': Buffer.byteLength(body) };
    response.writeHead(status, { ...length, ...answered }).end(body);
  });
  const wire = {
    server,
    seen: [] as Seen[],
    reply: (_: Seen): Answer => ({}),
    open: (changes: Partial<S3Options> = {}) =>
      createS3ObjectStore({
        endpoint: `http://127.0.0.1:${portOf(server)}`,
        region: 'ap-shanghai',
        credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
        forcePathStyle: true,
        flavour: 's3',
        now: () => new Date(),
        random: () => 0,
        ...changes,
      }),
  };

  beforeEach(async () => {
    wire.seen = [];
    wire.reply = ({ method }) => (method === 'HEAD' ? { status: 404 } : { headers: { etag: '"e"' } });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return wire;
}
