import autocannon, { type Request, type Result } from 'autocannon';
import { makePng } from '../support/png.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const SECONDS = 8;
/** Wrong passwords from one address are counted, and 100 would be too many. */
const COMPARED = 20;
const PERSON = { name: 'Bench', tfs: '', email: 'bench@example.com', upwd: 'correct horse 7' };
const PHONES = Array.from({ length: 64 }, (_, index) => `1380000${String(index).padStart(4, '0')}`);

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
async function compareUnknownPhones(server: ServerProcess): Promise<void> {
  const time = async (phone: string): Promise<number> => {
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
  const server = await startServerProcess();
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
    report('health (no token), 64 connections', await load(server.mountUrl, 64, [post('health', {})]));
    report('object/statObject with a token, 64 connections', await load(server.mountUrl, 64, stat));
    report('object/statObject with a token, 16 connections', await load(server.mountUrl, 16, stat));
    report('auth/login, 16 connections', await load(server.mountUrl, 16, logins));
    const [flood, calm] = await Promise.all([load(server.mountUrl, 16, logins), load(server.mountUrl, 4, stat)]);
    report('object/statObject, 4 connections, during a login flood', calm);
    report('auth/login, 16 connections, meanwhile', flood);
  } finally {
    await server.close();
  }
}
