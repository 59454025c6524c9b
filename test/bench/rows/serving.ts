import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon, { type Options } from 'autocannon';
import type { Contestant, Measured, Row, Subject } from '../contestants.ts';
import { type BenchedServer, BUCKET, createFormUpload, PICTURE, signIn, startServer } from '../servers.ts';

const REQUESTS = 4000;

/** Sends so many requests and says how many were answered a second. */
async function load({ cpu }: BenchedServer, options: Options): Promise<Measured> {
  const before = await cpu();
  const result = await autocannon({ amount: REQUESTS, ...options });
  if (result.non2xx > 0) throw new Error(`${options.url} refused ${result.non2xx} requests`);
  return { value: REQUESTS / result.duration, cpu: ((await cpu()) - before) / REQUESTS };
}

interface Server {
  readonly contestant: Pick<Contestant, 'name' | 'role'>;
  readonly server: BenchedServer;
  readonly token: string;
}

/** Ours with one picture each, and a server that does nothing but send. */
async function duringServers<T>(subjects: readonly Subject[], work: (servers: Server[]) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'imagepic-bench-'));
  const servers: Server[] = [];
  const started: BenchedServer[] = [];
  try {
    for (const { name, server: file } of subjects) {
      const server = await startServer(file, { IMAGEPIC_DATA_DIR: join(folder, name) });
      started.push(server);
      const token = await signIn(server.url);
      await createFormUpload(server.url, { authorization: token })('picture');
      servers.push({ contestant: { name, role: 'subject' }, server, token });
    }
    const file = join(folder, 'picture.png');
    await writeFile(file, PICTURE);
    const server = await startServer('.build/bench/constant-server.js', { FILE: file });
    started.push(server);
    servers.push({ contestant: { name: 'node:http and nothing else', role: 'limit' }, server, token: '' });
    return await work(servers);
  } finally {
    await Promise.all(started.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  }
}

/** A public picture of 100 kB from the embedded store. */
export const pictures = (subjects: readonly Subject[]): Row => ({
  name: 'a public picture of 100 kB over HTTP, 16 at once',
  unit: '/s',
  rounds: 5,
  during: (work) =>
    duringServers(subjects, (servers) =>
      work(
        servers.map(({ contestant, server }) => ({
          ...contestant,
          measure: () => load(server, { url: `${server.url}/i/${BUCKET}/bench/picture.png`, connections: 16 }),
        })),
      ),
    ),
});

/** What is known of one object, asked for by 64 at once. */
export const metadata = (subjects: readonly Subject[]): Row => ({
  name: 'object/statObject, 64 at once',
  unit: '/s',
  rounds: 5,
  during: (work) =>
    duringServers(subjects, (servers) =>
      work(
        servers.map(({ contestant, server, token }) => ({
          ...contestant,
          measure: () =>
            load(server, {
              ...{ url: `${server.url}/object/statObject`, connections: 64, method: 'POST' },
              headers: { 'content-type': 'application/json', authorization: token },
              body: JSON.stringify({ bucketName: BUCKET, objectName: 'bench/picture.png' }),
            }),
        })),
      ),
    ),
});
