import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Answer } from './bed.ts';
import type { Task } from './bed-worker.ts';

/** A service in a process of its own. */
export interface BedProcess {
  call(url: string, data: object, token?: string): Promise<Answer>;
  /** Adds one to a shared document so often; answers with what it then read. */
  count(times: number): Promise<number>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

/** Many services on one data folder. */
export interface Processes {
  readonly all: readonly BedProcess[];
  /** Starts one more. */
  start(): Promise<BedProcess>;
  close(): Promise<void>;
}

const ROOT = new URL('../..', import.meta.url).pathname;

/** Starts so many processes on one data folder. */
export async function startProcesses(count: number, env: Readonly<Record<string, string>>): Promise<Processes> {
  // Inside the checkout, so that the worker finds its packages.
  const folder = await mkdtemp(join(ROOT, 'node_modules', '.imagepic-worker-'));
  const outfile = join(folder, 'worker.js');
  await build({
    entryPoints: [join(ROOT, 'test/support/bed-worker.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile,
    logLevel: 'warning',
  });
  const children: ChildProcess[] = [];
  const start = async (): Promise<BedProcess> => {
    const child = fork(outfile, { env: { ...process.env, ...env }, silent: true });
    children.push(child);
    await once(child, 'message');
    return toProcess(child);
  };
  return {
    all: await Promise.all(Array.from({ length: count }, start)),
    start,
    close: async () => {
      await Promise.all(children.map(end));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function toProcess(child: ChildProcess): BedProcess {
  const waiting = new Map<number, (answer: never) => void>();
  let last = 0;
  child.on('message', ({ id, answer }: { readonly id: number; readonly answer: never }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  const send = <Result>(task: Task): Promise<Result> =>
    new Promise((resolve, reject) => {
      // Its channel may still take what nobody will ever answer.
      if (hasEnded(child)) throw new Error('the process has ended');
      last += 1;
      waiting.set(last, resolve);
      child.once('exit', () => reject(new Error('the process has ended')));
      child.send({ id: last, task }, (error) => error && reject(error));
    });
  child.setMaxListeners(0);
  return {
    call: (url, data, token) => send({ kind: 'call', url, data, token }),
    count: (times) => send({ kind: 'count', times }),
    kill: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;
