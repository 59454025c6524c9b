import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleFunction } from '../../src/build/bundle.ts';
import { makeTempFolder, type TempFolder } from './temp-folder.ts';

/** Builds the function as it is deployed into a folder of its own, outside the checkout; packages are not installed. */
export async function buildFunction(): Promise<TempFolder> {
  const folder = await makeTempFolder();
  await bundleFunction(folder.path);
  await copyFile('functions/imagepic/package.json', join(folder.path, 'package.json'));
  return folder;
}

/** A process that has the built function loaded. */
export interface FunctionProcess {
  /** Everything that it wrote to its output, or to where errors go. */
  readonly output: { stdout: string; stderr: string };
  main(event: unknown, context?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

const RUNNER = `
const { main } = require('./index.js');
process.on('message', ({ id, event, context }) => {
  main(event, context).then((answer) => process.send({ id, answer }), (error) => process.send({ id, thrown: String(error) }));
});
process.send({ id: 0 });
`;

/** Loads the built function in a new process that knows no other variables than these. */
export async function loadFunction(folder: string, env: Readonly<Record<string, string>>): Promise<FunctionProcess> {
  const child = spawn(process.execPath, ['-e', RUNNER], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output = collect(child);
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error(output.stderr || 'the function process ended'))),
  ]);
  let last = 0;
  return {
    output,
    main: (event, context = { request_id: 'r-1' }) => {
      last += 1;
      const id = last;
      return new Promise((resolve, reject) => {
        const listen = (message: { id: number; answer?: unknown; thrown?: string }): void => {
          if (message.id !== id) return;
          child.off('message', listen);
          if (message.thrown === undefined) resolve(message.answer);
          else reject(new Error(`main threw: ${message.thrown}`));
        };
        child.on('message', listen);
        child.send({ id, event, context });
      });
    },
    close: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** Collects what a process writes. */
export function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  return output;
}
