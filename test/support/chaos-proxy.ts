import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What a proxy does to those who connect. */
export type Fault =
  /** Nothing: bytes pass both ways. */
  | { readonly kind: 'healthy' }
  /** Connections are refused. */
  | { readonly kind: 'refuse' }
  /** Connections are taken, and nothing ever comes back. */
  | { readonly kind: 'black-hole' }
  /** The store's answer is cut by a reset after so many bytes; with `once` all is well after the first. */
  | { readonly kind: 'reset'; readonly afterBytes: number; readonly once?: boolean }
  /** The store's answer trickles. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** Every request is answered with this, and the store never hears of it. */
  | { readonly kind: 'answer'; readonly answer: string };

/** A TCP proxy on loopback that misbehaves on demand. */
export interface ChaosProxy {
  readonly endpoint: string;
  /** From now on, for new and for open connections. */
  inflict(fault: Fault): Promise<void>;
  close(): Promise<void>;
}

/** Says where a server listens. */
export const portOf = (server: Server): number =>
  // A listening TCP server has an address of this kind.
  (server.address() as AddressInfo).port;

/** Starts a proxy in front of `target`, healthy at first. */
export async function startChaosProxy(target: string): Promise<ChaosProxy> {
  const { hostname, port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  const changes = new EventEmitter().setMaxListeners(0);
  let fault: Fault = { kind: 'healthy' };

  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    return socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((socket) => {
    const client = track(socket);
    const store = track(connect(Number(targetPort), hostname));
    const cut = (): void => {
      if (fault.kind === 'reset' && fault.once === true) fault = { kind: 'healthy' };
      client.resetAndDestroy();
      store.destroy();
    };
    for (const [from, to] of [[client, store] as const, [store, client] as const]) {
      pump({ from, to, isAnswer: from === store, fault: () => fault, changes, cut }).then(() => to.end(), cut);
    }
  });
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  await listen(0);
  const port = portOf(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    inflict: async (next) => {
      fault = next;
      changes.emit('change');
      if (next.kind === 'refuse') await stop();
      else if (!server.listening) await listen(port);
    },
    close: stop,
  };
}

interface Pump {
  readonly from: Socket;
  readonly to: Socket;
  /** Whether these bytes come from the store. */
  readonly isAnswer: boolean;
  readonly fault: () => Fault;
  readonly changes: EventEmitter;
  readonly cut: () => void;
}

async function pump({ from, to, isAnswer, fault, changes, cut }: Pump): Promise<void> {
  let passed = 0;
  for await (const chunk of from) {
    for (let rest: Buffer = chunk; rest.byteLength > 0; ) {
      const current = fault();
      const size = current.kind === 'slow' ? Math.ceil(current.bytesPerSecond / 10) : 65_536;
      if (current.kind === 'black-hole') await once(changes, 'change');
      else if (current.kind === 'reset' && isAnswer && passed >= current.afterBytes) return cut();
      else if (current.kind === 'answer') {
        if (!isAnswer) from.end(current.answer);
        rest = rest.subarray(rest.byteLength);
      } else {
        const limit = current.kind === 'reset' && isAnswer ? Math.min(size, current.afterBytes - passed) : size;
        const piece = rest.subarray(0, limit);
        rest = rest.subarray(piece.byteLength);
        passed += piece.byteLength;
        if (!to.write(piece)) await once(to, 'drain');
        if (current.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}
