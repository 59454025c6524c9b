import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Body, run } from './cloudbase-emulator/actions.ts';
import { createCollections, type Dialect } from './cloudbase-emulator/collections.ts';
import type { EjsonObject } from './cloudbase-emulator/ejson.ts';
import { checkEnvelope, type Gate } from './cloudbase-emulator/envelope.ts';
import { createFaults, type Fault, type FaultyAnswer } from './cloudbase-emulator/faults.ts';
import { DatabaseError, Violation } from './cloudbase-emulator/violation.ts';

export type { Dialect } from './cloudbase-emulator/collections.ts';
export { FAULTS, type Fault } from './cloudbase-emulator/faults.ts';

// Outside the cloud the SDK asks a metadata server before every request, and leaves a timer behind to warn of slow ones.
process.env['TENCENTCLOUD'] = 'true';
process.env['SILENCE'] = 'true';

/** The environment and the credentials that the emulator takes. */
export const EMULATED = {
  envId: 'test-env-0001',
  secretId: 'AKIDtest',
  secretKey: 'test-secret-key',
  apiKey: 'test-api-key',
} as const;

const DIALECT: Dialect = { updated: 'matched', duplicate: 'multiple write errors', missing: 'coded' };
const DRIP_MS = 300;

/** What is not said is the default: a free port, data in memory, the commonest dialect. */
export interface CloudBaseEmulatorOptions {
  readonly port?: number;
  /** A file that keeps the data beyond the process. */
  readonly journal?: string;
  readonly dialect?: Partial<Dialect>;
}

/** A running emulator of the wire protocol of CloudBase's database, for the real SDK. */
export interface CloudBaseEmulator {
  readonly port: number;
  /** For the option of that name. */
  readonly serviceUrl: string;
  /** The bodies of all requests, oldest first. */
  readonly requests: readonly Body[];
  /** How many connections are open. */
  connections(): Promise<number>;
  /** Resolves when every request so far has had its effect and its answer, if it gets them. */
  idle(): Promise<void>;
  inject(fault: Fault): void;
  /** Ends all faults. */
  heal(): void;
  /** Looks at a document as it is stored. */
  document(collection: string, id: string): EjsonObject | undefined;
  /** Stores a document behind the service's back, as by hand in the console. */
  put(collection: string, document: EjsonObject): void;
  /** Goes away as if killed; the data stays. */
  stop(): Promise<void>;
  /** Comes back on the same port. */
  start(): Promise<void>;
  /** Stops. @throws when a request was not as the protocol has it, or asked for what is not emulated */
  close(): Promise<void>;
}

/** Starts an emulator on 127.0.0.1. */
export async function startCloudBaseEmulator(options: CloudBaseEmulatorOptions = {}): Promise<CloudBaseEmulator> {
  const dialect = { ...DIALECT, ...options.dialect };
  const collections = createCollections(dialect, options.journal);
  const faults = createFaults();
  const requests: Body[] = [];
  const violations: string[] = [];
  let ending = new AbortController();

  const toResult = (request: IncomingMessage, body: Body): Readonly<Record<string, unknown>> => {
    try {
      checkEnvelope(request, body, EMULATED satisfies Gate);
      return { data: run(collections, body, dialect) };
    } catch (error) {
      if (error instanceof DatabaseError) return { code: error.code, message: error.message };
      violations.push(error instanceof Violation ? error.message : String(error));
      return { code: 'EMULATOR_VIOLATION', message: String(error) };
    }
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    requests.push(body);
    const fault = faults.take(String(body['action'])) ?? {};
    if (fault.delayMs !== undefined) await delay(fault.delayMs, undefined, { signal: ending.signal });
    await fault.until;
    const result = fault.effect === false ? {} : toResult(request, body);
    const answer = JSON.stringify({ requestId: `r${requests.length}`, ...result });
    if (fault.answer !== undefined) await answerBadly(fault.answer, response, answer, ending.signal);
    else response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(answer);
  };
  const handling = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const handled = handle(request, response)
      .catch(() => void response.destroy())
      .finally(() => handling.delete(handled));
    handling.add(handled);
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });

  await listen(options.port ?? 0);
  // A listening TCP server has an address of this kind.
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    ending.abort();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return {
    port,
    serviceUrl: `http://127.0.0.1:${port}/admin`,
    requests,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    idle: async () => {
      await Promise.all(handling);
    },
    inject: faults.add,
    heal: faults.clear,
    document: collections.document,
    put: collections.put,
    stop,
    start: () => {
      ending = new AbortController();
      return listen(port);
    },
    close: async () => {
      if (server.listening) await stop();
      if (violations.length > 0)
        throw new Error(`The emulator cannot stand for the cloud here:\n${violations.join('\n')}`);
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
  return typeof body === 'object' && body !== null ? Object.fromEntries(Object.entries(body)) : {};
}

async function answerBadly(
  kind: FaultyAnswer,
  response: ServerResponse,
  answer: string,
  ending: AbortSignal,
): Promise<void> {
  if (typeof kind === 'object') {
    if ('status' in kind) response.writeHead(kind.status, { 'content-type': 'text/plain' }).end('upstream error');
    else
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...kind, requestId: 'r' }));
    return;
  }
  const half = Buffer.from(answer).subarray(0, answer.length / 2);
  const answers: Readonly<Record<typeof kind, () => unknown>> = {
    reset: () => response.socket?.resetAndDestroy(),
    hang: () => undefined,
    html: () =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>502 Bad Gateway</body></html>'),
    empty: () => response.writeHead(200, { 'content-length': '0' }).end(),
    'no-data': () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"requestId":"r"}'),
    cut: () =>
      response.writeHead(200, { 'content-length': answer.length }).write(half, () => response.socket?.destroy()),
    drip: () => drip(response, answer, ending),
  };
  await answers[kind]();
}

async function drip(response: ServerResponse, answer: string, ending: AbortSignal): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  for (const letter of ` ${answer}`.repeat(1000)) {
    response.write(letter);
    await delay(DRIP_MS, undefined, { signal: ending });
  }
}
