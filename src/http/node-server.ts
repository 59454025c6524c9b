import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { toFailure } from '../envelope.ts';
import { AppError, STATUS_BY_CODE } from '../errors.ts';
import { isClosing } from './close-server.ts';
import { toEnvelopeResponse } from './envelope-response.ts';
import { type Patience, readPatiently } from './patience.ts';
import { refuseConnection } from './refuse-connection.ts';
import { type HttpEntry, type HttpRequest, toCallFacts } from './request.ts';
import { createShares, type Shares } from './shares.ts';

/** What a client can cost before it is told to go, and who stands between it and us. */
export interface ServerOptions extends Patience {
  readonly headersMs: number;
  /** How long an answer may stand without the client taking any of it. */
  readonly idleAnswerMs: number;
  /** How long a client may go on sending when it has its answer already. */
  readonly lingerMs: number;
  readonly maxConnections: number;
  /** Connections of one address; behind proxies, whose connections are everybody's, requests under way of one address. */
  readonly maxPerAddress: number;
  /** Clients of one address that may go on sending when they have their answer already. */
  readonly maxLingering: number;
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
  maxPerAddress: 256,
  maxLingering: 32,
  proxies: 0,
};

const CHECK_EVERY_MS = 1000;
const MAX_HEADER_BYTES = 16 * 1024;
/** High enough that a client which overlooks `Connection: close` loses nothing in an ordinary run. */
const MAX_REQUESTS_PER_SOCKET = 100_000;
/** Longer than the 60 s for which common load balancers keep an idle connection, so that they never meet a closed one. */
const KEEP_ALIVE_MS = 65_000;

/** What one address may have of it. */
interface SharesByAddress {
  readonly requests: Shares;
  readonly lingering: Shares;
}

/** Puts the HTTP entry behind node's own server; bodies stream both ways. */
export function createNodeServer(entry: HttpEntry, options: Partial<ServerOptions> = {}): Server {
  const all = { ...DEFAULTS, ...options };
  const shares = { requests: createShares(all.maxPerAddress), lingering: createShares(all.maxLingering) };
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: all.headersMs, connectionsCheckingInterval: CHECK_EVERY_MS },
    (message, reply) => {
      answer(all.proxies > 0 ? withinShare(entry, shares.requests) : entry, {
        message,
        reply,
        options: all,
        shares,
        isLast: () => isClosing(server),
      }).catch(() => reply.destroy());
    },
  );
  // Large uploads take longer than node's five minutes; patience sees to the others.
  server.requestTimeout = 0;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_SOCKET;
  server.maxConnections = all.maxConnections;
  server.on('clientError', refuseConnection);
  if (all.proxies === 0) shareConnections(server, createShares(all.maxPerAddress));
  return server;
}

function shareConnections(server: Server, connections: Shares): void {
  server.on('connection', (socket) => {
    const giveBack = connections.take(socket.remoteAddress);
    if (giveBack === undefined) socket.destroy();
    else socket.once('close', giveBack);
  });
}

/** Keeps a client whose connections are its proxy's from taking all of it. */
const withinShare =
  (entry: HttpEntry, requests: Shares): HttpEntry =>
  async (request) => {
    const giveBack = requests.take(request.clientIp);
    if (giveBack === undefined) {
      const { language, requestId } = toCallFacts(request, '');
      return toEnvelopeResponse(toFailure(tooManyAtOnce(), language, requestId));
    }
    try {
      return await entry(request);
    } finally {
      giveBack();
    }
  };

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

interface Exchange {
  readonly message: IncomingMessage;
  readonly reply: ServerResponse;
  readonly options: ServerOptions;
  readonly shares: SharesByAddress;
  readonly isLast: () => boolean;
}

async function answer(entry: HttpEntry, exchange: Exchange): Promise<void> {
  const { message, reply, options } = exchange;
  const body = readBody(message, options);
  const request = toRequest(message, body.chunks, options);
  const response = await entry(request);
  if (body.isLate() || exchange.isLast()) reply.setHeader('connection', 'close');
  if (!body.isLate()) message.resume();
  reply.statusCode = body.isLate() ? STATUS_BY_CODE.RequestTimeout : response.status;
  reply.setTimeout(options.idleAnswerMs, () => reply.destroy());
  reply.once('finish', () => linger(exchange, body.isLate() ? undefined : request.clientIp));
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

function readBody(message: IncomingMessage, patience: Patience): PatientBody {
  let isLate = false;
  const giveUp = (): AppError => {
    isLate = true;
    return tooSlow();
  };
  async function* read(): AsyncGenerator<Uint8Array> {
    // A body that is refused half-way must not take the socket, and the answer, with it.
    const source = message.iterator({ destroyOnReturn: false });
    try {
      yield* readPatiently(source, patience, giveUp);
    } finally {
      // A source that still waits for the client would keep this waiting too.
      if (!isLate) await source.return?.();
    }
  }
  return { chunks: read(), isLate: () => isLate };
}

/** Time for the answer to arrive before a connection is closed on a client that still sends. */
const PARTING_MS = 1000;

/** Takes what a client goes on sending when it has its answer, for as long as it sends and has a share; without an address, not at all. */
function linger({ message, options, shares }: Exchange, address: string | undefined): void {
  if (message.complete) return;
  const { patienceMs, bytesPerSecond, lingerMs } = options;
  const giveBack = address === undefined ? undefined : shares.lingering.take(address);
  let bytes = 0;
  message.on('data', (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
  });
  const drop = (): void => void message.destroy();
  const dropDripping = (): void => {
    if (bytes < (patienceMs / 1000) * bytesPerSecond) drop();
  };
  const longestMs = giveBack === undefined ? PARTING_MS : lingerMs;
  const timers = [setTimeout(drop, Math.min(longestMs, lingerMs)), setTimeout(dropDripping, patienceMs)];
  message.once('close', () => {
    for (const timer of timers) clearTimeout(timer);
    giveBack?.();
  });
}

const tooManyAtOnce = (): AppError =>
  new AppError(
    'TooManyRequests',
    {
      zh: '同一地址同时进行的请求过多，请等前面的完成后再试',
      en: 'Too many requests of one address at once; wait until some are done and try again',
    },
    { details: { retryAfterSeconds: 2 } },
  );

const tooSlow = (): AppError =>
  new AppError('RequestTimeout', {
    zh: '请求体到达得太慢，连接已放弃；请检查网络后重试',
    en: 'The body of the request came too slowly and was given up; check the network and try again',
  });
