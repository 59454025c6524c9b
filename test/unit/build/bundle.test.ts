import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { builtinModules, createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { dictionary } from '@zxcvbn-ts/language-common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../../functions/imagepic/package.json' with { type: 'json' };
import root from '../../../package.json' with { type: 'json' };
import { contract } from '../../../src/contract/contract.ts';
import { buildFunction } from '../../support/built-function.ts';
import type { TempFolder } from '../../support/temp-folder.ts';

const run = promisify(execFile);

let folder: TempFolder;
let files: ReadonlyMap<string, string>;

async function readBundle(path: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(path, { recursive: true })).filter((name) => name.endsWith('.js')).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(path, name), 'utf8')] as const)),
  );
}

beforeAll(async () => {
  folder = await buildFunction();
  files = await readBundle(folder.path);
});
afterAll(() => folder.remove());

/** Runs a script beside the built function and parses what it prints last. */
async function ask(script: string): Promise<unknown> {
  const { stdout } = await run(process.execPath, ['-e', script], {
    cwd: folder.path,
    env: { IMAGEPIC_DATA_DIR: join(folder.path, '.data') },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

/** Prints which chunks are loaded after an event. */
const loadedAfter = (event: object): string => `
  const fs = require('node:fs');
  const { basename } = require('node:path');
  const { readFileSync } = fs;
  const loaded = [];
  fs.readFileSync = (path, ...rest) => {
    if (String(path).includes('chunks')) loaded.push(basename(path));
    return readFileSync(path, ...rest);
  };
  const { main } = require('./index.js');
  main(${JSON.stringify(event)}, {}).then(() => console.log(JSON.stringify(loaded)));`;
const HEAVY =
  /jwt|jose|common-passwords|hash-wasm|busboy|sdk|smithy|receive-image|image-converter|registry|entry|links|client-services/;

describe('the built function', () => {
  it('exports main from CommonJS', async () => {
    expect(await ask("console.log(JSON.stringify(typeof require('./index.js').main))")).toBe('function');
  });

  it('weighs at most 60 kB, zipped, of what every event needs', () => {
    const eager = ['index.js', 'chunks/main.js'].map(
      (name) => gzipSync(files.get(name) ?? '', { level: 9 }).byteLength,
    );
    expect(eager[0]).toBeGreaterThan(0);
    expect(eager.reduce((sum, bytes) => sum + bytes)).toBeLessThanOrEqual(60_000);
  });

  it('knows every common password that somebody could have', () => {
    const words = dictionary['passwords-common'].filter((word) => [...word].length >= 8);
    const chunk = [...files.keys()].find((name) => name.startsWith('chunks/common-passwords')) ?? '';

    const { isCommon } = createRequire(import.meta.url)(join(folder.path, chunk));

    expect(words.length).toBeGreaterThan(10_000);
    expect(words.filter((word) => !isCommon(word))).toEqual([]);
    expect([isCommon('correct horse 7'), isCommon('')]).toEqual([false, false]);
  });

  it('leaves what only the documentation says to that', () => {
    const main = files.get('chunks/main.js') ?? '';
    expect(main).toContain('object/putObject');
    for (const { summary } of Object.values(contract)) expect(main).not.toContain(summary);
  });

  it.each([
    ['to refuse a call', { $url: 'auth/login', phone: '1', upwd: '1' }],
    ['to send a stranger away', { $url: 'bucket/listBuckets' }],
    ['to say how it is', { $url: 'health' }],
  ])('loads no SDK, parser, list of passwords or endpoint %s', async (_, event) => {
    const loaded = await ask(loadedAfter(event));
    expect(loaded).toContain('main.js');
    expect(loaded).not.toContainEqual(expect.stringMatching(HEAVY));
  });

  it('requires only Node, its own files and the packages that its manifest names', () => {
    const ofNode = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
    const named = new Set([
      ...Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }),
      // Loaded where IMAGEPIC_RECORDS=sqlite, which a function refuses.
      'libsql',
      // Tried by the AWS SDK for one kind of endpoint that we have no use for.
      '@aws-sdk/signature-v4-crt',
    ]);
    const required = [...files.values()].flatMap((text) =>
      [...text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name = '']) => name),
    );
    const foreign = required.filter((name) => !name.startsWith('.') && !ofNode.has(name) && !named.has(name));
    expect(required.length).toBeGreaterThan(20);
    expect(foreign).toEqual([]);
  });

  it('carries no path of this machine, no source map and nothing of development', () => {
    for (const [name, text] of files) {
      expect(text.includes(process.cwd()), name).toBe(false);
      expect(text.includes(folder.path), name).toBe(false);
      expect(text, name).not.toMatch(/sourceMappingURL=|EXCEED_MAX_PAYLOAD_SIZE|src\/dev\/|dotenv/);
    }
  });

  it('comes out the same again', async () => {
    const again = await buildFunction();
    try {
      expect(await readBundle(again.path)).toEqual(files);
    } finally {
      await again.remove();
    }
  });

  it('has a manifest with the versions of this package', () => {
    const versions: Readonly<Record<string, string>> = { ...root.dependencies, ...root.devDependencies };
    expect(manifest.version).toBe(root.version);
    const named = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies });
    for (const [name, version] of named) expect(version).toBe(versions[name]);
  });

  it('hashes passwords also where the native code is not installed', async () => {
    const person = { phone: '13800138000', upwd: 'correct horse 7' };
    const script = `
      const { main } = require('./index.js');
      const person = ${JSON.stringify(person)};
      main({ $url: 'auth/register', ...person, name: 'w', tfs: '', email: 'w@example.com' }, {})
        .then(() => main({ $url: 'auth/login', ...person }, {}))
        .then((answer) => console.log(JSON.stringify(answer)));`;
    expect(await ask(script)).toMatchObject({ code: '0', data: { token: expect.any(String) } });
  });

  it('takes along of the hashes in WebAssembly the one that it uses', () => {
    const text = files.get('chunks/hash-wasm.js') ?? '';
    expect(text).toContain('argon2id');
    expect(gzipSync(text, { level: 9 }).byteLength).toBeLessThan(16_000);
  });

  it('leaves no promise of an SDK to end the process', async () => {
    const script = `
      const { main } = require('./index.js');
      main({ $url: 'health' }, {}).then(async () => {
        Promise.reject(new Error('forgotten'));
        await new Promise((resolve) => setTimeout(resolve, 20));
        console.log(JSON.stringify((await main({ $url: 'health' }, {})).code));
      });`;
    expect(await ask(script)).toBe('0');
  });
});
