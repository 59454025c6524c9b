import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import autocannon, { type Request, type Result } from 'autocannon';
import { makePng } from '../support/png.ts';

const SECONDS = 8;
/** Wrong passwords from one address are counted, and 100 would be too many. */
const COMPARED = 20;
const PERSON = { name: 'Bench', tfs: '', email: 'bench@example.com', upwd: 'correct horse 7' };
const PHONES = Array.from({ length: 64 }, (_, index) => `1380000${String(index).padStart(4, '0')}`);

interface Server {
  readonly url: string;
  post(path: string, data: object, token?: string): Promise<{ readonly data: Readonly<Record<string, string>> }>;
  close(): Promise<void>;
}

/** Starts `npm start`'s server in a process of its own, on a free port and an empty folder. */
async function startServer(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'imagepic-bench-'));
  const env = { ...process.env, PORT: '0', IMAGEPIC_DATA_DIR: folder };
  const child: ChildProcess = spawn('node', ['.build/server.js'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout === null) throw new TypeError('the server has no output');
  const lines = createInterface({ input: child.stdout });
  const [line] = await once(lines, 'line');
  const url = /http:\S+/.exec(String(line))?.[0] ?? '';
  return {
    url,
    post: async (path, data, token) => {
      const authorization: Readonly<Record<string, string>> = token === undefined ? {} : { authorization: token };
      const headers = { 'content-type': 'application/json', ...authorization };
      const response = await fetch(`${url}/${path}`, { method: 'POST', headers, body: JSON.stringify(data) });
      return JSON.parse(await response.text());
    },
    close: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const load = (url: string, connections: number, requests: Request[]): Promise<Result> =>
  autocannon({ url, connections, duration: SECONDS, requests });

const report = (name: string, result: Result): void => {
  const ok = result['2xx'];
  const refused = result.non2xx;
  console.log(
    `  ${name.padEnd(58)} ${(ok / result.duration).toFixed(0).padStart(6)} ok/s   p50 ${result.latency.p50} ms   p99 ${result.latency.p99} ms   refused ${refused}`,
  );
};

/** R10: how well the time of an answer tells an account from none; 0.5 is not at all. */
async function compareUnknownPhones(server: Server): Promise<void> {
  const time = async (phone: string | undefined): Promise<number> => {
    const started = performance.now();
    await server.post('auth/login', { phone, upwd: 'wrong horse 8' });
    return performance.now() - started;
  };
  const known: number[] = [];
  const unknown: number[] = [];
  for (const [index, phone] of PHONES.slice(0, COMPARED).entries()) {
    known.push(await time(phone));
    unknown.push(await time(`1390000${String(index).padStart(4, '0')}`));
  }
  const wins = known.flatMap((one) => unknown.map((other): number => (one > other ? 1 : one === other ? 0.5 : 0)));
  const area = wins.reduce((sum, win) => sum + win, 0) / wins.length;
  console.log(
    `sign-in of ${COMPARED} known and unknown phones, interleaved: area under the curve ${area.toFixed(2)}\n`,
  );
}

/** Measures what signing in and being signed in costs, in one run against one server process. */
export async function run(): Promise<void> {
  const server = await startServer();
  try {
    for (const phone of PHONES) await server.post('auth/register', { ...PERSON, phone });
    const { data } = await server.post('auth/login', { phone: PHONES[0], upwd: PERSON.upwd });
    const token = `Bearer ${data['token']}`;
    const place = { bucketName: 'images', objectName: 'bench.png' };
    await server.post('object/putObject', { ...place, base64: makePng(64, 64).toString('base64') }, token);
    const post = (path: string, body: object, authorization?: string): Request => ({
      method: 'POST',
      path: `/imagepic/${path}`,
      headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
      body: JSON.stringify(body),
    });
    const stat = [post('object/statObject', place, token)];
    const logins = PHONES.map((phone) => post('auth/login', { phone, upwd: PERSON.upwd }));

    await compareUnknownPhones(server);
    console.log(`auth: one server process on the file stores, Node ${process.version}, ${SECONDS} s each`);
    report('health (no token), 64 connections', await load(server.url, 64, [post('health', {})]));
    report('object/statObject with a token, 64 connections', await load(server.url, 64, stat));
    report('object/statObject with a token, 16 connections', await load(server.url, 16, stat));
    report('auth/login, 16 connections', await load(server.url, 16, logins));
    const [flood, calm] = await Promise.all([load(server.url, 16, logins), load(server.url, 4, stat)]);
    report('object/statObject, 4 connections, during a login flood', calm);
    report('auth/login, 16 connections, meanwhile', flood);
  } finally {
    await server.close();
  }
}
