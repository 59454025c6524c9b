import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { MongodbConnection } from '../../src/stores/mongodb/client.ts';
import { freePort } from './free-port.ts';
import { cached, hasTool } from './other-stores.ts';

const run = promisify(execFile);
const NX = 'nx-27017==0.8.1';
const START_MS = 30_000;

/** A server of MongoDB's protocol of its own on loopback, with its data in a temp folder; it asks for no login. */
export interface Mongodb {
  readonly port: number;
  readonly connection: MongodbConnection;
  /** How a bed is told of it. */
  readonly url: string;
  /** Kills it. */
  crash(): Promise<void>;
  /** Starts it again on the same port with the same data. */
  restart(): Promise<void>;
  /** Kills it and starts it again, and nothing of this process runs until that is done. */
  restartWhileFrozen(): void;
  stop(): Promise<void>;
}

/** Whether tests on it are to be left out: where there is no Python to install it by, except in CI, where that is a failure. */
export const isMongodbMissing = !hasTool('python3');

/** Starts nx-27017, which keeps documents in SQLite: https://pypi.org/project/nx-27017 */
export async function startMongodb(): Promise<Mongodb> {
  const venv = await cached(
    'nx-27017-0.8.1',
    async (folder) => {
      await run('python3', ['-m', 'venv', folder]);
      await run(join(folder, 'bin/pip'), ['install', '--quiet', NX], { timeout: 300_000 });
    },
    // The scripts of an environment know where it is.
    true,
  );
  const [folder, port] = await Promise.all([mkdtemp(join(tmpdir(), 'imagepic-mongodb-')), freePort()]);
  const program = join(venv, 'bin/nx-27017');
  const args = [
    ...['--host', '127.0.0.1', '--port', String(port), '--db', join(folder, 'data.db')],
    ...['--log-file', join(folder, 'log'), '--pid-file', join(folder, 'pid')],
  ];
  const start = (): ChildProcess => spawn(program, args, { stdio: 'ignore' });
  const startAndWait = async (): Promise<ChildProcess> => {
    const begun = start();
    const endsAt = Date.now() + START_MS;
    while (!(await isListening(port))) {
      if (begun.exitCode !== null || Date.now() > endsAt) throw new Error('nx-27017 did not start');
      await sleep(50);
    }
    return begun;
  };
  let child = await startAndWait();
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  return {
    port,
    connection: {
      ...{ hosts: [`127.0.0.1:${port}`], srv: false, database: 'bed', login: undefined, replicaSet: undefined },
      ...{ direct: false, tls: false, tlsCAFile: undefined },
    },
    url: `mongodb://127.0.0.1:${port}/bed`,
    crash: () => end('SIGKILL'),
    restart: async () => {
      child = await startAndWait();
    },
    restartWhileFrozen: () => {
      child.kill('SIGKILL');
      waitWhileFrozen('while', port);
      // By it the next one takes the one that was killed for alive, as long as nobody has collected it.
      rmSync(join(folder, 'pid'), { force: true });
      child = start();
      waitWhileFrozen('until', port);
    },
    stop: async () => {
      await end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits as long as it listens, or until it does. */
function waitWhileFrozen(how: 'while' | 'until', port: number): void {
  const script = `${how} (echo > /dev/tcp/127.0.0.1/${port}) 2>/dev/null; do sleep 0.05; done`;
  execFileSync('bash', ['-c', script], { timeout: START_MS });
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
