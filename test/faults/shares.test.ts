import { afterAll, beforeAll, expect, it } from 'vitest';
import { makePng } from '../support/png.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
const PASSWORD = 'sunset 2026';

let servers: readonly ServerProcess[] = [];
beforeAll(async () => {
  const first = await startServerProcess();
  servers = [first, await startServerProcess({ IMAGEPIC_DATA_DIR: first.folder })];
}, 120_000);
afterAll(async () => {
  for (const server of servers) await server.close();
});

/** Two processes of one bed. */
function both(): readonly [ServerProcess, ServerProcess] {
  const [first, second] = servers;
  if (first === undefined || second === undefined) throw new TypeError('both have started');
  return [first, second];
}

/** The same address at the other process. */
const at = (server: ServerProcess, url: string): string =>
  server.mountUrl + new URL(url).pathname.slice('/imagepic'.length);

it('a share that one process withdraws is gone for another one at its very next request', async () => {
  const [first, second] = both();
  await first.post('auth/register', { ...PERSON, name: 'A', tfs: '', email: 'a@example.com' });
  const { token } = (await first.post('auth/login', PERSON)).data;
  const base64 = makePng(40, 30).toString('base64');
  const { imageId } = (await first.post('object/putObject', { objectName: 'a.png', base64 }, token)).data;
  const open = async (url: string): Promise<readonly number[]> =>
    Promise.all([url, `${url}/${imageId}?p=thumb`].map(async (address) => (await fetch(at(second, address))).status));
  for (let round = 0; round < 20; round += 1) {
    const { url = '', shareId } = (await first.post('image/share', { imageId }, token)).data;
    expect(await open(url)).toEqual([200, 200]);
    expect((await first.post('album/unshare', { shareId }, token)).success).toBe(true);
    expect(await open(url)).toEqual([404, 404]);
  }
}, 60_000);

it('guesses of a password count for both processes together, and what one opens is open at the other', async () => {
  const [first, second] = both();
  const { token } = (await first.post('auth/login', PERSON)).data;
  const { imageId } = (await first.post('object/statObject', { objectName: 'a.png' }, token)).data;
  const { url = '' } = (await first.post('image/share', { imageId, password: PASSWORD }, token)).data;
  const enter = (server: ServerProcess, password: string) =>
    fetch(at(server, url), { method: 'POST', body: new URLSearchParams({ password }), redirect: 'manual' });
  const cookie = (await enter(first, PASSWORD)).headers.get('set-cookie')?.split(';')[0] ?? '';
  const statuses = await Promise.all(
    Array.from(
      { length: 40 },
      async (_, index) => (await enter(index % 2 === 0 ? first : second, `guess ${index}`)).status,
    ),
  );
  expect(statuses.filter((status) => status === 403)).toHaveLength(20);
  expect(statuses.filter((status) => status === 429)).toHaveLength(20);
  expect((await enter(second, PASSWORD)).status).toBe(429);
  const shown = await fetch(at(second, `${url}/${imageId}?p=thumb`), { headers: { cookie } });
  expect(shown.status).toBe(200);
}, 60_000);
