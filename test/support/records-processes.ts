import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type RemoteProcess, startProcess } from './cloudbase-emulator/process.ts';

/** What starts processes that write records. */
export interface RecordsProcesses {
  /** Starts one; `args` say where the records are. */
  start(...args: readonly string[]): Promise<RemoteProcess>;
  close(): Promise<void>;
}

const ROOT = new URL('../..', import.meta.url).pathname;

/** Builds the worker once. */
export async function buildRecordsWorker(): Promise<RecordsProcesses> {
  // Inside the checkout, so that the worker finds its packages.
  const folder = await mkdtemp(join(ROOT, 'node_modules', '.imagepic-worker-'));
  const script = join(folder, 'records-worker.mjs');
  await build({
    entryPoints: [join(ROOT, 'test/support/records-worker.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  const started: RemoteProcess[] = [];
  return {
    start: async (...args) => {
      const process = await startProcess(script, ...args);
      started.push(process);
      return process;
    },
    close: async () => {
      await Promise.all(started.map((process) => process.kill()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
