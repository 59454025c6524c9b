import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ObjectStoreSuiteOptions } from '../suites/object-store.suite.ts';
import type { Ceph } from './ceph.ts';
import { freePort } from './free-port.ts';

const run = promisify(execFile);

/** An S3 server that others have written, and what it takes to have it. */
export interface OtherStore {
  readonly name: string;
  /** What builds or runs it. */
  readonly tool: string;
  /** How it differs from S3 by its nature. */
  readonly differs: ObjectStoreSuiteOptions;
  /** Tests of the suite that it fails by faults of its own: each must go on failing, or is taken off this list. */
  readonly lacks: readonly string[];
  /** Tests that it fails now and then by races of its own, with what happens there. */
  readonly races: ReadonlyMap<string, string>;
  start(): Promise<Ceph & { stop(): Promise<void> }>;
}

/** So that only the first run builds them. */
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'imagepic-tests');
const KEYS = { accessKeyId: 'testaccesskey', secretAccessKey: 'testsecretkey' };

/** Whether a tool is there. Where it must be, a missing one fails the run. */
export function hasTool(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' });
    return true;
  } catch {
    if (process.env['CI'] === 'true')
      throw new Error(`There is no ${tool}, which the tests of other S3 servers and clients need`);
    return false;
  }
}

/** Makes something in a folder of its own, once, and keeps it. */
export async function cached(
  name: string,
  make: (folder: string) => Promise<unknown>,
  isMadeInPlace = false,
): Promise<string> {
  const folder = join(CACHE, name);
  const done = await access(join(folder, '.done')).then(
    () => true,
    () => false,
  );
  if (done) return folder;
  await mkdir(CACHE, { recursive: true });
  await rm(folder, { recursive: true, force: true });
  const making = isMadeInPlace ? folder : await mkdtemp(join(CACHE, `${name}-`));
  await mkdir(making, { recursive: true });
  await make(making);
  await mkdir(join(making, '.done'), { recursive: true });
  if (making !== folder) await rename(making, folder);
  return folder;
}

async function serve(child: ChildProcess, endpoint: string, folder: string): Promise<Ceph & { stop(): Promise<void> }> {
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit');
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
    await rm(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 200; tries += 1) {
    const answered = await fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (answered) return { endpoint, ...KEYS, stop };
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error(`${endpoint} does not come up`);
}

/** Files behind S3: https://github.com/versity/versitygw */
const versitygw: OtherStore = {
  name: 'versitygw 1.8.0',
  tool: 'go',
  differs: { keysAreFiles: true },
  // What is copied without metadata keeps that of its source.
  lacks: ['copies without metadata'],
  races: new Map([
    ['shows a reader one version whole while others overwrite it', 'its bytes and its metadata lie in two files'],
  ]),
  start: async () => {
    const built = await cached('versitygw-1.8.0', (folder) =>
      run('go', ['install', 'github.com/versity/versitygw/cmd/versitygw@v1.8.0'], {
        env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' },
        timeout: 400_000,
      }),
    );
    const folder = await mkdtemp(join(tmpdir(), 'imagepic-versitygw-'));
    await Promise.all(['data', 'meta'].map((name) => mkdir(join(folder, name))));
    const port = await freePort();
    const args = ['--port', `127.0.0.1:${port}`, 'posix', '--sidecar', join(folder, 'meta'), join(folder, 'data')];
    const env = { ...process.env, ROOT_ACCESS_KEY: KEYS.accessKeyId, ROOT_SECRET_KEY: KEYS.secretAccessKey };
    return serve(spawn(join(built, 'versitygw'), args, { env, stdio: 'ignore' }), `http://127.0.0.1:${port}`, folder);
  },
};

/** All of AWS in memory: https://docs.getmoto.org */
const moto: OtherStore = {
  name: 'moto 5.2.5',
  tool: 'python3',
  differs: {},
  lacks: [
    // Every upload in parts began in 2010.
    'are listed while they are open',
    // It knows an upload that was aborted no more, and says so as a fault of its own (500).
    'are forgotten when aborted, and aborting again is no error',
    // It checks no signature.
    'refuse another type, size, key or method',
    'refuse a part of another size',
  ],
  races: new Map([
    ['shows a reader one version whole while others overwrite it', 'an object is there before its metadata is'],
  ]),
  start: async () => {
    const venv = await cached(
      'moto-5.2.5',
      async (folder) => {
        await run('python3', ['-m', 'venv', folder]);
        await run(join(folder, 'bin/pip'), ['install', '--quiet', 'moto[server]==5.2.5'], { timeout: 300_000 });
      },
      // The scripts of an environment know where it is.
      true,
    );
    const folder = await mkdtemp(join(tmpdir(), 'imagepic-moto-'));
    const port = await freePort();
    const args = ['-H', '127.0.0.1', '-p', String(port)];
    return serve(spawn(join(venv, 'bin/moto_server'), args, { stdio: 'ignore' }), `http://127.0.0.1:${port}`, folder);
  },
};

/** Those that the service is tried on beside Ceph. */
export const OTHER_STORES: readonly OtherStore[] = [versitygw, moto];
