import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { build } from 'esbuild';

/** A process that works on the stores of one folder. */
export interface Worker {
  /** Asks for a task and waits for its result. */
  ask(task: string, ...args: readonly (string | number)[]): Promise<unknown>;
  /** Emits `written` with what the process was acknowledged. */
  readonly events: EventEmitter;
  /** Kills it with SIGKILL and waits until it is gone and all that it sent was emitted; what was asked and not answered never is. */
  kill(): Promise<void>;
}

/** Builds the worker once into `folder`, and gives what starts one. */
export async function buildWorker(folder: string): Promise<(dataFolder: string, limits?: string) => Promise<Worker>> {
  const script = join(folder, 'file-worker.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'file-worker.ts')],
    outfile: script,
    bundle: true,
    // Native, and never asked for.
    external: ['@node-rs/argon2'],
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return (dataFolder, limits) => startWorker(script, dataFolder, limits);
}

async function startWorker(script: string, dataFolder: string, limits = ''): Promise<Worker> {
  const child = spawn('/bin/sh', ['-c', `${limits} exec "$0" "$@"`, process.execPath, script, dataFolder], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const events = new EventEmitter().setMaxListeners(0);
  const worker = connect(child, events);
  await once(events, 'written');
  return worker;
}

function connect(child: ChildProcess, events: EventEmitter): Worker {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  // What it still sent has been read once the channel is closed.
  const gone = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  let lastId = 0;
  child.on('message', (message: { id?: number; written?: unknown; result?: unknown; error?: object }) => {
    if (message.id === undefined) {
      events.emit('written', message.written);
      return;
    }
    const { resolve, reject } = waiting.get(message.id) ?? {};
    waiting.delete(message.id);
    if (message.error === undefined) resolve?.(message.result);
    else reject?.(Object.assign(new Error('The worker failed'), message.error));
  });
  return {
    ask: (task, ...args) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        child.send({ id: lastId, task, args });
      }),
    events,
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
