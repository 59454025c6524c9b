import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { makeSelfSigned } from './self-signed.ts';

/** What stands before a service so that clients can speak HTTPS with it. */
export interface TlsFront {
  readonly origin: string;
  /** The certificate, PEM, that clients must trust. */
  readonly cert: string;
  /** Says where requests go; none is answered before. */
  forwardTo(origin: string): void;
  close(): Promise<void>;
}

/** Opens one on a free loopback port. */
export async function openTlsFront(): Promise<TlsFront> {
  const { cert, key } = makeSelfSigned();
  let target = '';
  const server = createServer({ cert, key }, (incoming, reply) => {
    const { method, url = '/', headers } = incoming;
    const outgoing = request(new URL(url, target), { method, headers }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      pipeline(answer, reply, () => {});
    });
    outgoing.on('error', () => reply.destroy());
    pipeline(incoming, outgoing, () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://127.0.0.1:${port}`,
    cert,
    forwardTo: (origin) => {
      target = origin;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
