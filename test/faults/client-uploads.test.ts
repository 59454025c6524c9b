import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NodeSource } from '../../src/client/node/index.ts';
import { type Bed, createClient } from '../../src/client/node/index.ts';
import { portOf } from '../support/chaos-proxy.ts';
import { streamLargePng } from '../support/large-png.ts';
import { makePng } from '../support/png.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
const SMALL = 190;
const LARGE = 10;
const MIB = 1024 ** 2;
const TURNS = 30;

let folder: TempFolder;
let port: number;
let files: string[];
let worker: string;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const free = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return free;
}

beforeAll(async () => {
  folder = await makeTempFolder();
  port = await freePort();
  await promisify(execFile)('npm', ['run', '--silent', 'build:server'], { cwd: ROOT });
  worker = join(folder.path, 'client-worker.mjs');
  await build({
    entryPoints: [join(ROOT, 'test/support/client-worker.ts')],
    outfile: worker,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  files = [];
  for (let index = 0; index < SMALL + LARGE; index += 1) {
    const path = join(folder.path, `${index}.png`);
    const isSmall = index < SMALL;
    // Of the large ones each has another size, from a whole put to three parts.
    const large = isSmall ? undefined : await buffer(streamLargePng((5 + 2 * (index - SMALL)) * MIB));
    await writeFile(path, large ?? makePng(10 + (index % 50), 40, { noise: true }));
    files.push(path);
  }
}, 120_000);
afterAll(() => folder?.remove());

/** A process that is started again each time it has been killed. */
class Mortal {
  readonly #start: () => ChildProcess;
  #child: ChildProcess;
  #stderr = '';

  constructor(start: () => ChildProcess) {
    this.#start = start;
    this.#child = this.#begin();
  }

  #begin(): ChildProcess {
    const child = this.#start();
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk;
    });
    return child;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** @returns whether it was still alive */
  async killAndStart(): Promise<boolean> {
    if (this.#child.exitCode !== null) return false;
    await this.kill();
    this.#child = this.#begin();
    return true;
  }

  /** Waits for it to end by itself. */
  async end(): Promise<{ readonly exitCode: number | null; readonly stderr: string }> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    return { exitCode: this.#child.exitCode, stderr: this.#stderr };
  }
}

const startServer = (): ChildProcess =>
  spawn('node', ['.build/server.js'], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), IMAGEPIC_DATA_DIR: join(folder.path, 'data') },
    stdio: ['ignore', 'ignore', 'pipe'],
  });

const isUp = (bed: Bed<NodeSource>): Promise<boolean> => bed.health.safe().then(({ ok }) => ok);

it('two hundred uploads lose nothing and store nothing twice while client and server are killed', async () => {
  const url = `http://127.0.0.1:${port}/imagepic`;
  const server = new Mortal(startServer);
  const bed = createClient({ url, language: 'en' });
  await expect.poll(() => isUp(bed), { timeout: 20_000 }).toBe(true);
  await bed.auth.register({ name: 'Kill', email: 'kill@example.com', ...PERSON });
  await bed.signIn(PERSON);
  const { token } = await bed.auth.createToken({ name: 'worker', scopes: ['upload', 'read', 'list'] });
  const doneFile = join(folder.path, 'done');
  const args = [worker, url, token, join(folder.path, 'queue.json'), doneFile, ...files];
  const client = new Mortal(() => spawn('node', args, { stdio: ['ignore', 'ignore', 'pipe'] }));
  try {
    let kills = 0;
    for (let turn = 0; turn < TURNS; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 700));
      const isClient = turn % 3 === 0;
      if (await (isClient ? client : server).killAndStart()) kills += 1;
    }
    // The server of a client that is done is killed in vain.
    expect(kills).toBeGreaterThan(TURNS / 2);
    expect(await client.end()).toEqual({ exitCode: 0, stderr: '' });
    const names = (await readFile(doneFile, 'utf8')).trim().split('\n');
    expect(new Set(names).size).toBe(files.length);
    await expectExactly(bed, files);
  } finally {
    await client.kill();
    await server.kill();
  }
}, 300_000);

async function expectExactly(bed: Bed<NodeSource>, paths: readonly string[]): Promise<void> {
  const { lists } = await bed.object.listObjects({ bucketName: 'images', recursive: true, pageNum: -1 });
  const stored = lists.flatMap((entry) => ('name' in entry ? [{ name: entry.name, size: entry.size }] : []));
  const expected = await Promise.all(
    paths.map(async (path) => {
      const bytes = await readFile(path);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { name: `${sha256.slice(0, 32)}.png`, size: bytes.byteLength };
    }),
  );
  const byName = (one: { readonly name: string }, other: { readonly name: string }): number =>
    one.name < other.name ? -1 : 1;
  expect(stored.sort(byName)).toEqual(expected.sort(byName));
  // The books of what was acknowledged are right once the killed calls are settled.
  await bed.bucket.reconcile({ repair: true });
  const bytes = expected.reduce((sum, { size }) => sum + size, 0);
  expect((await bed.auth.me()).usage).toEqual({ objects: paths.length, bytes });
}
