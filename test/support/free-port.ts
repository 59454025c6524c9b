import { once } from 'node:events';
import { createServer } from 'node:net';
import { portOf } from './chaos-proxy.ts';

/** Finds a port of 127.0.0.1 that nobody has, for a server that must come back to it or cannot choose. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
