import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { HttpEntry } from '../entries/http/entry.ts';
import type { HttpRequest } from '../entries/http/request.ts';

/** Puts the HTTP entry behind node's own server; bodies stream both ways. */
export function createNodeServer(entry: HttpEntry): Server {
  const server = createServer((message, reply) => {
    answer(entry, message, reply).catch(() => reply.destroy());
  });
  // Large uploads take longer than node's five minutes; slow headers do not.
  server.requestTimeout = 0;
  server.headersTimeout = 10_000;
  return server;
}

/** Turns a node request into the one that the HTTP entry takes. */
function toRequest(message: IncomingMessage): HttpRequest {
  const [path = '/', query] = (message.url ?? '/').split('?', 2);
  return {
    method: message.method ?? 'GET',
    path,
    query: new URLSearchParams(query),
    headers: new Map(
      Object.entries(message.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    ),
    // A body that is refused half-way must not take the socket, and the answer, with it.
    body: message.iterator({ destroyOnReturn: false }),
    scheme: 'http',
    clientIp: message.socket.remoteAddress,
  };
}

async function answer(entry: HttpEntry, message: IncomingMessage, reply: ServerResponse): Promise<void> {
  const { status, headers, body } = await entry(toRequest(message));
  message.resume();
  reply.writeHead(status, headers);
  if (typeof body === 'string') reply.end(body);
  else await pipeline(body, reply);
}
