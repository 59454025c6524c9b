import { execFile, spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BuiltCommandLine, buildCommandLine } from '../support/built-command-line.ts';
import { expectExactly, makeImageFiles } from '../support/image-files.ts';
import { Mortal } from '../support/mortal.ts';
import { type MortalBed, openMortalBed } from '../support/mortal-bed.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

/** Of the command line and the bed in turns. */
const KILLS = 16;
/** On a quick machine some turns find that all is done. */
const MAX_TURNS = 80;

interface Printed {
  readonly file: string;
  readonly url: string;
  readonly skipped: boolean;
}

let folder: TempFolder;
let mortal: MortalBed;
let files: readonly string[];
let commandLine: BuiltCommandLine;

beforeAll(async () => {
  folder = await makeTempFolder();
  commandLine = await buildCommandLine();
  const deep = join(folder.path, 'pictures/deep');
  await mkdir(deep, { recursive: true });
  files = [
    ...(await makeImageFiles(join(folder.path, 'pictures'), { small: 120, large: 6 })),
    ...(await makeImageFiles(deep, { small: 70, large: 0 })),
  ];
  mortal = await openMortalBed(join(folder.path, 'data'));
}, 120_000);
afterAll(async () => {
  await mortal?.server.kill();
  await commandLine?.remove();
  await folder?.remove();
});

it('a folder is brought whole, each image once, while the command line and the bed are killed', async () => {
  const { url, token, server, bed } = mortal;
  const env = { ...process.env, IMAGEPIC_URL: url, IMAGEPIC_TOKEN: token };
  const args = [commandLine.program, 'upload', '--lang', 'en', '--json', join(folder.path, 'pictures')];
  const upload = new Mortal(() => spawn('node', args, { env, stdio: ['ignore', 'ignore', 'pipe'] }));
  try {
    let kills = 0;
    for (let turn = 0; kills < KILLS && turn < MAX_TURNS; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 1200));
      // Whoever is told that something failed runs it again.
      if (!upload.isAlive) upload.start();
      else if (await (turn % 2 === 0 ? upload : server).killAndStart()) kills += 1;
    }
    expect(kills).toBe(KILLS);
    for (let again = 0; again < 3 && (await upload.end()).exitCode !== 0; again += 1) upload.start();
    const { exitCode, stderr } = await upload.end();
    expect(exitCode, stderr).toBe(0);
    // A bed that stays away for longer than a run waits is all that may ever be told.
    expect(stderr.split('\n').filter((line) => !/^$|\(Unreachable\)$/.test(line))).toEqual([]);
    const { stdout } = await promisify(execFile)('node', args, { env });
    const printed: readonly Printed[] = JSON.parse(stdout);
    expect(printed.map(({ file, skipped }) => ({ file, skipped }))).toEqual(
      files.toSorted().map((file) => ({ file, skipped: true })),
    );
    for (const { file, url: link } of printed) {
      const shown = Buffer.from(await (await fetch(link)).arrayBuffer());
      expect(shown.equals(await readFile(file)), file).toBe(true);
    }
    await expectExactly(bed, files, 'cli/');
  } finally {
    await upload.kill();
  }
}, 300_000);
