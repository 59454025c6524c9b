import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { Readable } from 'node:stream';

/** How long a store may take to accept a connection. */
export const CONNECT_MS = 1000;
/** How many connections to one store there may be. */
export const MAX_SOCKETS = 256;
/** Stores close connections that stand idle, AWS after some 20 s; a function that was frozen does not hear of it. */
const IDLE_SOCKET_MS = 10_000;
/** How long a store may take to ask for a body that it is to be asked about; some never do, and wait for it. */
const CONTINUE_MS = 6000;

/** A request that is signed; `origin` is where to. */
export interface SignedHttpRequest {
  readonly origin: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Readable | undefined;
  readonly abortSignal: AbortSignal;
}

/** Closes the connections of agents that have stood idle for long, whenever one is to be used. */
export function closeStaleSockets(agents: readonly Agent[], now: () => Date): () => void {
  let lastUsedAt = 0;
  return () => {
    const time = now().getTime();
    if (time - lastUsedAt > IDLE_SOCKET_MS) {
      for (const socket of agents.flatMap(({ freeSockets }) => Object.values(freeSockets).flat())) socket?.destroy();
    }
    lastUsedAt = time;
  };
}

/** Sends a request and resolves to its answer as soon as that begins. @throws {Error} as Node has them, or the reason of the signal */
export type SendRequest = (request: SignedHttpRequest) => Promise<IncomingMessage>;

/** Opens connections that are kept for the next request. */
export async function openSockets(isSecure: boolean, now: () => Date): Promise<SendRequest> {
  const { Agent: KeptAgent, request: open } = isSecure ? await import('node:https') : await import('node:http');
  const agent = new KeptAgent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const closeStale = closeStaleSockets([agent], now);
  const send = ({ origin, method, path, headers, body, abortSignal }: SignedHttpRequest): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      abortSignal.throwIfAborted();
      closeStale();
      const request = open({ ...toPlace(origin), agent, method, path, headers });
      const end = (reason: unknown): void => {
        request.destroy();
        reject(reason);
      };
      const abort = (): void => end(abortSignal.reason);
      abortSignal.addEventListener('abort', abort, { once: true });
      request.once('close', () => abortSignal.removeEventListener('abort', abort));
      // Later ones, after the answer has begun, are for whoever reads it.
      request.on('error', reject);
      request.once('response', resolve);
      limitConnecting(request, end);
      endWithAnswer(request);
      writeBody(request, body);
    });
  return send;
}

/** Of each bucket that is in the name of a host. */
const MAX_PLACES = 1000;
const places = new Map<string, RequestOptions>();

function toPlace(origin: string): RequestOptions {
  let place = places.get(origin);
  if (place === undefined) {
    const { hostname, port } = new URL(origin);
    place = { host: hostname.replace(/^\[(.*)\]$/, '$1'), ...(port !== '' && { port }) };
    if (places.size >= MAX_PLACES) places.clear();
    places.set(origin, place);
  }
  return place;
}

function limitConnecting(request: ClientRequest, end: (reason: unknown) => void): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const expire = (): void =>
      end(Object.assign(new Error('The store accepts no connection'), { name: 'TimeoutError' }));
    const timer = setTimeout(expire, CONNECT_MS);
    const stop = (): void => clearTimeout(timer);
    socket.once('connect', stop);
    request.once('close', stop);
  });
}

/** Who answers before it has all of a body may never take the rest: the line would be held for good, and there are so many. */
function endWithAnswer(request: ClientRequest): void {
  request.once('response', (response) => {
    response.once('close', () => {
      if (!request.writableFinished) request.destroy();
    });
  });
}

function writeBody(request: ClientRequest, body: SignedHttpRequest['body']): void {
  const write = (): void => {
    if (body instanceof Readable) body.pipe(request);
    else request.end(body);
  };
  if (!request.hasHeader('expect')) {
    write();
    return;
  }
  const timer = setTimeout(write, CONTINUE_MS);
  const stop = (): void => clearTimeout(timer);
  request.once('continue', () => {
    stop();
    write();
  });
  // Who was refused before it was asked for its body never sends it.
  request.once('response', stop);
  request.once('close', stop);
}
