import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { beforeDeadline } from '../concurrency/deadline.ts';
import { AppError, STATUS_BY_CODE } from '../errors.ts';
import type { HttpEntry, HttpRequest } from './request.ts';

/** What a client can cost before it is told to go, and who stands between it and us. */
export interface ServerOptions {
  readonly headersMs: number;
  /** How long a body may keep us waiting, over and above what its bytes win back. */
  readonly patienceMs: number;
  /** Bytes that win back one second of patience, so that a large upload may take hours and a dripping one may not. */
  readonly bytesPerSecond: number;
  /** How long an answer may stand without the client taking any of it. */
  readonly idleAnswerMs: number;
  /** How long a client may go on sending when it has its answer already. */
  readonly lingerMs: number;
  readonly maxConnections: number;
  /** How many proxies of our own add to `x-forwarded-for`; what is left of their entries is the client's word only. */
  readonly proxies: number;
}

const DEFAULTS: ServerOptions = {
  headersMs: 10_000,
  patienceMs: 10_000,
  bytesPerSecond: 1024,
  idleAnswerMs: 60_000,
  lingerMs: 30_000,
  maxConnections: 2048,
  proxies: 0,
};

const CHECK_EVERY_MS = 1000;
const MAX_HEADER_BYTES = 16 * 1024;
/** High enough that a client which overlooks `Connection: close` loses nothing in an ordinary run. */
const MAX_REQUESTS_PER_SOCKET = 100_000;
/** Longer than the 60 s for which common load balancers keep an idle connection, so that they never meet a closed one. */
const KEEP_ALIVE_MS = 65_000;

/** Puts the HTTP entry behind node's own server; bodies stream both ways. */
export function createNodeServer(entry: HttpEntry, options: Partial<ServerOptions> = {}): Server {
  const all = { ...DEFAULTS, ...options };
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: all.headersMs, connectionsCheckingInterval: CHECK_EVERY_MS },
    (message, reply) => {
      answer(entry, message, reply, all).catch(() => reply.destroy());
    },
  );
  // Large uploads take longer than node's five minutes; patience sees to the others.
  server.requestTimeout = 0;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET;
  server.maxConnections = all.maxConnections;
  return server;
}

/** Listens and gives the origin that it listens on. */
export async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`;
}

/** Takes no more connections, lets the requests under way finish for `graceMs` and then drops them. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const drop = setTimeout(() => server.closeAllConnections(), graceMs);
  // Else a connection that has got its last answer stays for as long as its client may want another.
  const release = setInterval(() => server.closeIdleConnections(), 50);
  await new Promise((resolve) => server.close(resolve));
  clearTimeout(drop);
  clearInterval(release);
}

async function answer(
  entry: HttpEntry,
  message: IncomingMessage,
  reply: ServerResponse,
  options: ServerOptions,
): Promise<void> {
  const body = readPatiently(message, options);
  const response = await entry(toRequest(message, body.chunks, options));
  if (body.isLate()) reply.setHeader('connection', 'close');
  else message.resume();
  reply.statusCode = body.isLate() ? STATUS_BY_CODE.RequestTimeout : response.status;
  reply.setTimeout(options.idleAnswerMs, () => reply.destroy());
  reply.once('finish', () => linger(message, body.isLate() ? 1000 : options.lingerMs));
  reply.setHeaders(new Map(Object.entries(response.headers)));
  if (typeof response.body === 'string') reply.end(response.body);
  else await pipeline(response.body, reply);
}

/** Turns a node request into the one that the HTTP entry takes. */
function toRequest(message: IncomingMessage, body: AsyncIterable<Uint8Array>, { proxies }: ServerOptions): HttpRequest {
  const [path = '/', query] = (message.url ?? '/').split('?', 2);
  const headers = new Map(
    Object.entries(message.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
  const forwardedFor = proxies === 0 ? undefined : headers.get('x-forwarded-for')?.split(',').at(-proxies)?.trim();
  return {
    method: message.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers,
    body,
    scheme: proxies > 0 && headers.get('x-forwarded-proto') === 'https' ? 'https' : 'http',
    clientIp: isIP(forwardedFor ?? '') > 0 ? forwardedFor : message.socket.remoteAddress,
  };
}

interface PatientBody {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Whether the client was given up. */
  readonly isLate: () => boolean;
}

/** Only the time that the client takes counts, not ours. */
function readPatiently(message: IncomingMessage, { patienceMs, bytesPerSecond }: ServerOptions): PatientBody {
  let isLate = false;
  const giveUp = (): AppError => {
    isLate = true;
    return tooSlow();
  };
  async function* read(): AsyncGenerator<Uint8Array> {
    // A body that is refused half-way must not take the socket, and the answer, with it.
    const source = message.iterator({ destroyOnReturn: false });
    let leftMs = patienceMs;
    try {
      for (;;) {
        const since = performance.now();
        const next = await beforeDeadline(source.next(), leftMs, giveUp);
        if (next.done) return;
        const wonMs = (next.value.byteLength / bytesPerSecond) * 1000;
        leftMs = Math.min(patienceMs, leftMs - (performance.now() - since) + wonMs);
        yield next.value;
      }
    } finally {
      // A source that still waits for the client would keep this waiting too.
      if (!isLate) await source.return?.();
    }
  }
  return { chunks: read(), isLate: () => isLate };
}

function linger(message: IncomingMessage, ms: number): void {
  if (message.complete) return;
  const timer = setTimeout(() => message.destroy(), ms);
  message.once('close', () => clearTimeout(timer));
}

const tooSlow = (): AppError =>
  new AppError('RequestTimeout', {
    zh: '请求体到达得太慢，连接已放弃；请检查网络后重试',
    en: 'The body of the request came too slowly and was given up; check the network and try again',
  });
