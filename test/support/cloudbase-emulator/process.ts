import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import type { Fault } from './faults.ts';

/** A process of its own that does what it is asked. */
export interface RemoteProcess {
  ask(task: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Kills it with SIGKILL and waits until it is gone. */
  kill(): Promise<void>;
}

/** An emulator in a process of its own. It keeps its port and its data over `restart`. */
export interface RemoteEmulator {
  readonly serviceUrl: string;
  inject(fault: Fault): Promise<unknown>;
  heal(): Promise<unknown>;
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Ends it. @throws when a request was not as the protocol has it, or asked for what is not emulated */
  close(): Promise<void>;
}

/** Builds the client, a store that does what it is asked, into `folder`, and gives the path of the script. */
export const buildClient = (folder: string): Promise<string> =>
  buildScript(join(import.meta.dirname, 'client.ts'), folder);

/** Builds a script into `folder`, the SDKs included. */
export async function buildScript(entry: string, folder: string): Promise<string> {
  const outfile = join(folder, `${basename(entry, '.ts')}.cjs`);
  const sdk = '@cloudbase/node-sdk';
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    alias: { [sdk]: createRequire(import.meta.url).resolve(sdk) },
    logLevel: 'error',
  });
  return outfile;
}

/** Starts a script that `serveTasks`. */
export async function startProcess(script: string, ...args: readonly string[]): Promise<RemoteProcess> {
  const child = fork(script, [...args], { execArgv: [] });
  const ask = asker(child);
  await ask('ready');
  return {
    ask,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function asker(child: ChildProcess): RemoteProcess['ask'] {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let lastId = 0;
  child.on('message', ({ id, result, error }: { id: number; result?: unknown; error?: string }) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(new Error(error));
  });
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('The process is gone'));
  });
  return (task, ...args) =>
    new Promise((resolve, reject) => {
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      // One that is being killed takes nothing any more.
      child.send({ id: lastId, task, args }, (error) => {
        if (error !== null) reject(error);
      });
    });
}

/** Answers a parent that asks for tasks by name. */
export function serveTasks(tasks: Readonly<Record<string, (...args: never[]) => unknown>>): void {
  process.on('message', async ({ id, task, args }: { id: number; task: string; args: never[] }) => {
    try {
      process.send?.({ id, result: task === 'ready' ? true : await tasks[task]?.(...args) });
    } catch (error) {
      process.send?.({ id, error: String(error) });
    }
  });
}

/** Starts an emulator in a process of its own, with its journal in `folder`. */
export async function startCloudBaseEmulatorProcess(folder: string): Promise<RemoteEmulator> {
  const script = await buildScript(join(import.meta.dirname, 'main.ts'), folder);
  const start = (port: string) => startProcess(script, port, join(folder, 'journal.jsonl'));
  let emulator = await start('0');
  const port = String(await emulator.ask('port'));
  return {
    serviceUrl: `http://127.0.0.1:${port}/admin`,
    inject: (fault) => emulator.ask('inject', fault),
    heal: () => emulator.ask('heal'),
    kill: () => emulator.kill(),
    restart: async () => {
      emulator = await start(port);
    },
    close: async () => {
      try {
        await emulator.ask('close');
      } finally {
        await emulator.kill();
      }
    },
  };
}
