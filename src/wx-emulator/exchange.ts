import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { PlatformFault } from './platform-api.ts';

/** One request as it goes over the wire. */
export interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

/** One answer; names of headers are written as the server wrote them. */
export interface Received {
  readonly statusCode: number;
  readonly header: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

/** Who watches a request. */
export interface Watcher {
  readonly signal: AbortSignal;
  /** Most bytes of an answer; unbounded unless given. */
  readonly maxBytes?: number;
  /** Whether to leave redirects to the caller. */
  readonly manual?: boolean;
  /** Bytes after which the connection is cut. */
  readonly cutAfter?: number | undefined;
  sent?(bytes: number, total: number): void;
  head?(received: { header: Record<string, string>; statusCode: number; cookies: string[] }): void;
  received?(chunk: Buffer, bytes: number, total: number): void;
}

/** Where a name of a host really leads, such as `https://img.example.com` → `http://127.0.0.1:3000`. */
export type Hosts = Readonly<Record<string, string>>;

/** How Chromium names what Node says; Android's client is built on it. @see https://chromium.googlesource.com/chromium/src/+/main/net/base/net_error_list.h */
const NET_ERRORS: Readonly<Record<string, readonly [number, string]>> = {
  ECONNREFUSED: [-102, 'ERR_CONNECTION_REFUSED'],
  ECONNRESET: [-101, 'ERR_CONNECTION_RESET'],
  EPIPE: [-101, 'ERR_CONNECTION_RESET'],
  ENOTFOUND: [-105, 'ERR_NAME_NOT_RESOLVED'],
  EAI_AGAIN: [-105, 'ERR_NAME_NOT_RESOLVED'],
  ETIMEDOUT: [-118, 'ERR_CONNECTION_TIMED_OUT'],
};
const CHUNK_BYTES = 64 * 1024;
const MOST_REDIRECTS = 20;
const DECODERS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: (body) => gunzipSync(body),
  deflate: (body) => inflateSync(body),
  br: (body) => brotliDecompressSync(body),
};

/** A connection that failed. Likely: the form of Android's client, as bug reports show it; iOS says it in words of its own. */
export function connectionFault(code = 'ECONNRESET'): PlatformFault {
  const [number, name] = NET_ERRORS[code] ?? [-2, 'ERR_FAILED'];
  return new PlatformFault(`errcode:${number} cronet_error_code:${number} error_msg:net::${name}`, { errno: 600001 });
}

/** Sends a request, follows redirects as browsers do, and reads the whole answer. @throws {PlatformFault} */
export async function exchange(hosts: Hosts, first: Sent, watcher: Watcher): Promise<Received> {
  let sent = first;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const received = await once(hosts, sent, watcher);
    const next = watcher.manual === true ? undefined : toRedirect(sent, received);
    if (next === undefined) return received;
    sent = next;
  }
  throw new PlatformFault('errcode:-310 cronet_error_code:-310 error_msg:net::ERR_TOO_MANY_REDIRECTS', {
    errno: 600001,
  });
}

function toRedirect(sent: Sent, { statusCode, header }: Received): Sent | undefined {
  const location = findHeader(header, 'location');
  if (location === undefined || ![301, 302, 303, 307, 308].includes(statusCode)) return undefined;
  const url = new URL(location, sent.url).href;
  // https://fetch.spec.whatwg.org/#http-redirect-fetch
  const isTurned = statusCode === 303 ? sent.method !== 'HEAD' : statusCode < 303 && sent.method === 'POST';
  return isTurned ? { url, method: 'GET', headers: sent.headers } : { ...sent, url };
}

/** A header's value, however its name is written. */
export const findHeader = (header: Readonly<Record<string, unknown>>, name: string): string | undefined => {
  const found = Object.entries(header).find(([known]) => known.toLowerCase() === name);
  return found === undefined ? undefined : String(found[1]);
};

function once(hosts: Hosts, { url, method, headers, body }: Sent, watcher: Watcher): Promise<Received> {
  const wanted = new URL(url);
  const there = new URL(hosts[wanted.origin] ?? wanted.origin);
  const length = body === undefined && method === 'GET' ? {} : { 'content-length': String(body?.byteLength ?? 0) };
  const options = {
    method,
    hostname: there.hostname,
    port: there.port,
    path: `${wanted.pathname}${wanted.search}`,
    // What is signed or routed by host must see the name that the program wrote.
    headers: { host: wanted.host, 'accept-encoding': 'gzip, deflate, br', ...headers, ...length },
    signal: watcher.signal,
  };
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException): void =>
      reject(watcher.signal.aborted ? watcher.signal.reason : connectionFault(error.code));
    const request = (there.protocol === 'https:' ? requestHttps : requestHttp)(options, (response) => {
      const { header, cookies } = toHeader(response.rawHeaders);
      const statusCode = response.statusCode ?? 0;
      const total = Number(findHeader(header, 'content-length') ?? 0);
      const chunks: Buffer[] = [];
      let bytes = 0;
      watcher.head?.({ header, statusCode, cookies });
      response.on('error', refuse).on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > (watcher.maxBytes ?? Number.POSITIVE_INFINITY)) {
          reject(new PlatformFault('exceed max file size', { errno: 603300 }));
          request.destroy();
          return;
        }
        chunks.push(chunk);
        watcher.received?.(chunk, bytes, total);
      });
      response.on('end', () => resolve({ statusCode, header, cookies, body: decode(header, Buffer.concat(chunks)) }));
    });
    request.on('error', refuse);
    void write(request, body ?? new Uint8Array(), watcher);
  });
}

async function write(request: ReturnType<typeof requestHttp>, body: Uint8Array, watcher: Watcher): Promise<void> {
  const { cutAfter = Number.POSITIVE_INFINITY } = watcher;
  for (let start = 0; start < body.byteLength && !request.destroyed; start += CHUNK_BYTES) {
    const end = Math.min(start + CHUNK_BYTES, body.byteLength, cutAfter);
    await new Promise((resolve) => request.write(body.subarray(start, end), resolve));
    watcher.sent?.(end, body.byteLength);
    if (end === cutAfter) break;
  }
  if (cutAfter <= body.byteLength) request.destroy(Object.assign(new Error('cut'), { code: 'ECONNRESET' }));
  else request.end();
}

function toHeader(rawHeaders: readonly string[]): { header: Record<string, string>; cookies: string[] } {
  const header = new Map<string, [string, string]>();
  const cookies: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    const known = header.get(name.toLowerCase());
    header.set(name.toLowerCase(), known === undefined ? [name, value] : [known[0], `${known[1]},${value}`]);
    if (name.toLowerCase() === 'set-cookie') cookies.push(value);
  }
  return { header: Object.fromEntries(header.values()), cookies };
}

function decode(header: Readonly<Record<string, string>>, body: Buffer): Buffer {
  const decoder = DECODERS[findHeader(header, 'content-encoding') ?? ''];
  return decoder === undefined || body.length === 0 ? body : decoder(body);
}
