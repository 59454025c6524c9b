import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';

/** Long enough for a client with a kept connection to ask once more and be told that it is the last time. */
const PARTING_MS = 1000;
const LOOK_EVERY_MS = 50;

const closing = new WeakSet<Server>();

/** Whether each answer is to say `Connection: close`, since the server is on its way out. */
export const isClosing = (server: Server): boolean => closing.has(server);

/**
 * Takes no more connections, tells those that are kept with their next answer, lets the requests under way finish for
 * `graceMs` and then drops them. Nobody who asks is cut off before they were told.
 *
 * @see https://github.com/nodejs/node/issues/60617
 */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  closing.add(server);
  const timers: NodeJS.Timeout[] = [setTimeout(() => server.closeAllConnections(), graceMs)];
  // Else a connection whose client wants nothing more would keep the server open.
  const release = (): void => void timers.push(setInterval(() => server.closeIdleConnections(), LOOK_EVERY_MS));
  timers.push(setTimeout(release, Math.min(PARTING_MS, graceMs)));
  // Not the HTTP server's own, which cuts idle connections at once, with the requests that are on their way to us.
  await new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
  for (const timer of timers) clearTimeout(timer);
}
