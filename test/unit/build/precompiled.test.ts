import { execFile } from 'node:child_process';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheFolderIn } from '../../../src/build/loader.ts';
import { precompile } from '../../../src/build/precompile.ts';
import { buildFunction, loadFunction } from '../../support/built-function.ts';
import type { TempFolder } from '../../support/temp-folder.ts';

const run = promisify(execFile);

let built: TempFolder;
let cache: string;

beforeAll(async () => {
  built = await buildFunction();
  await precompile(built.path);
  cache = cacheFolderIn(join(built.path, 'chunks'));
}, 120_000);
afterAll(() => built.remove());

/** Whether V8 took the compiled code of a chunk; `undefined` when it was given none. */
type Taken = Readonly<Record<string, boolean | undefined>>;

/** Loads chunks as the bundle does, in a process of its own, and asks V8 what it made of the compiled code. */
async function loadChunks(names: readonly string[], flags: readonly string[] = []): Promise<Taken> {
  const contents = `
    import { createRequire } from 'node:module';
    import { createLoader } from './src/build/loader.ts';
    const taken = {};
    const onCompiled = (name, { cachedDataRejected }) => {
      taken[name] = cachedDataRejected === undefined ? undefined : !cachedDataRejected;
    };
    const require = createRequire(process.argv[1]);
    const load = createLoader({ folder: process.argv[1], require, onCompiled });
    for (const name of process.argv.slice(2)) load(name);
    console.log(JSON.stringify(taken));`;
  const stdin = { contents, resolveDir: '.', loader: 'js' } as const;
  const { outputFiles } = await build({ stdin, bundle: true, platform: 'node', format: 'cjs', write: false });
  const script = outputFiles[0]?.text ?? '';
  const { stdout } = await run(process.execPath, [...flags, '-e', script, join(built.path, 'chunks'), ...names], {
    env: {},
  });
  return JSON.parse(stdout);
}

async function answers(): Promise<unknown> {
  const loaded = await loadFunction(built.path, { IMAGEPIC_DATA_DIR: join(built.path, 'data') });
  const answer = await loaded.main({ $url: 'health' });
  await loaded.close();
  return answer;
}

/** A chunk by the module that it is made of. */
async function chunkOf(module: string): Promise<string> {
  return (await readdir(cache)).find((name) => name.startsWith(`${module}-`)) ?? '';
}

const HEALTHY = expect.objectContaining({ code: '0' });

describe('the compiled code beside the chunks', () => {
  it('is there for what people use most, on every store', async () => {
    const names = await readdir(cache);
    for (const expected of [
      /^main\.js$/,
      /^jwt-/,
      /^s3-/,
      /^cloudbase-node-sdk\.js$/,
      /^file-system-/,
      /^receive-image-/,
    ]) {
      expect(names).toContainEqual(expect.stringMatching(expected));
    }
    expect(names).not.toContainEqual(expect.stringMatching(/^common-passwords/));
  });

  it('is taken by the V8 that made it', async () => {
    const names = ['main.js', await chunkOf('jwt'), 'cloudbase-node-sdk.js'];
    expect(await loadChunks(names)).toMatchObject(Object.fromEntries(names.map((name) => [name, true])));
    expect(await answers()).toEqual(HEALTHY);
  });

  it('is refused under other flags of V8, which does no harm', async () => {
    expect(await loadChunks(['main.js'], ['--stack-size=900'])).toEqual({ 'main.js': false });
  });

  it('is not looked for by another V8, or where it is not shipped', async () => {
    await rename(cache, `${cache}-of-another`);
    expect(await loadChunks(['main.js'])).toEqual({});
    expect(await answers()).toEqual(HEALTHY);
    await rename(`${cache}-of-another`, cache);
  });

  it.each([
    ['empty', (bytes: Buffer) => bytes.subarray(0, 0)],
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.byteLength / 2)],
    [
      'of another source',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 8), Buffer.alloc(4, 1), bytes.subarray(12)]),
    ],
    ['something else', () => Buffer.from('not compiled code at all')],
  ])('is refused when it is %s, which does no harm', async (_, damage) => {
    const path = join(cache, 'main.js');
    const good = await readFile(path);
    await writeFile(path, damage(good));
    expect(await loadChunks(['main.js'])).toEqual({ 'main.js': false });
    expect(await answers()).toEqual(HEALTHY);
    await writeFile(path, good);
  });

  it('is not needed file by file', async () => {
    const jwt = await chunkOf('jwt');
    await rm(join(cache, jwt));
    expect(await loadChunks([jwt, 'main.js'])).toEqual({ 'main.js': true });
  });
});
