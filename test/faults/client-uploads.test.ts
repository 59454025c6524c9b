import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectExactly, makeImageFiles } from '../support/image-files.ts';
import { Mortal } from '../support/mortal.ts';
import { type MortalBed, openMortalBed } from '../support/mortal-bed.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const TURNS = 30;

let folder: TempFolder;
let mortal: MortalBed;
let files: readonly string[];
let worker: string;

beforeAll(async () => {
  folder = await makeTempFolder();
  worker = join(folder.path, 'client-worker.mjs');
  await build({
    entryPoints: [join(ROOT, 'test/support/client-worker.ts')],
    outfile: worker,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  files = await makeImageFiles(folder.path, { small: 190, large: 10 });
  mortal = await openMortalBed(join(folder.path, 'data'));
}, 120_000);
afterAll(async () => {
  await mortal?.server.kill();
  await folder?.remove();
});

it('two hundred uploads lose nothing and store nothing twice while client and server are killed', async () => {
  const { url, token, server, bed } = mortal;
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
  }
}, 300_000);
