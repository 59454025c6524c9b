import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import lock from '../../../package-lock.json' with { type: 'json' };
import { makeTempFolder, type TempFolder } from '../../support/temp-folder.ts';

const run = promisify(execFile);

/** Each module of the package, as Node and as everybody else finds it. */
const ENTRIES = Object.entries(packageJson.exports).flatMap(([name, entry]) => [
  [name, entry] as const,
  ...('node' in entry ? [[`${name} in Node`, entry.node] as const] : []),
]);

/** O6: what is packed from a clean checkout, where nothing was built before. */
describe('O6 npm pack of a clean checkout', () => {
  let folder: TempFolder;
  let installed: string;

  beforeAll(async () => {
    folder = await makeTempFolder();
    const clone = join(folder.path, 'clone');
    const { stdout } = await run('git', [
      'ls-files',
      '-z',
      'src',
      'package.json',
      'tsconfig.json',
      'README.md',
      'LICENSE',
    ]);
    for (const file of stdout.split('\0').filter((name) => name !== '')) {
      await mkdir(dirname(join(clone, file)), { recursive: true });
      await copyFile(file, join(clone, file));
    }
    await symlink(resolve('node_modules'), join(clone, 'node_modules'));
    const packed = await run('npm', ['pack', '--silent', '--pack-destination', folder.path], { cwd: clone });
    const tarball = packed.stdout.trim().split('\n').at(-1) ?? '';
    await run('tar', ['-xzf', join(folder.path, tarball), '-C', folder.path]);
    installed = join(folder.path, 'package');
    for (const name of installedNames(packageJson.dependencies)) await provide(name);
  }, 120_000);
  afterAll(() => folder.remove());

  /** Puts a package where npm would put it. */
  const provide = async (name: string): Promise<void> => {
    const path = join(installed, 'node_modules', name);
    await mkdir(dirname(path), { recursive: true });
    await symlink(resolve('node_modules', name), path);
  };
  /** Runs a script beside the package. */
  const runScript = (script: string) =>
    run(process.execPath, ['--input-type=module', '-e', script], { cwd: installed });

  it('O6 takes no more than 5 MB with all that npm installs beside it', async () => {
    const own = await sizeOf(join(installed, 'dist'));
    const names = installedNames(packageJson.dependencies);
    const others = await Promise.all(names.map((name) => sizeOf(resolve('node_modules', name))));
    expect(others.reduce((sum, size) => sum + size, own)).toBeLessThan(5_000_000);
  });

  it('has every file that package.json promises', async () => {
    const promised = ENTRIES.flatMap(([, { types, default: code }]) => [types, code]);
    for (const file of [...promised, packageJson.bin.imagepic]) {
      expect((await readFile(join(installed, file))).byteLength, file).toBeGreaterThan(0);
    }
  });

  it('has a command line that runs, and modules that load', async () => {
    const { stdout } = await run(process.execPath, [join(installed, packageJson.bin.imagepic), '--version']);
    expect(stdout.trim()).toBe(packageJson.version);
    for (const [name, { default: code }] of ENTRIES) {
      const loaded: unknown = await import(join(installed, code));
      expect(Object.keys(Object(loaded)).length, name).toBeGreaterThan(0);
    }
  });

  const OPEN = `
    import { createLocal, loadConfig } from './dist/index.js';
    const bed = await createLocal(loadConfig({ IMAGEPIC_DATA_DIR: 'data' }));
    const person = { phone: '13800138000', upwd: 'correct horse 7', name: 'Ann', tfs: '', email: 'a@example.com' };
    console.log((await bed.call('auth/register', person)).success);`;

  it('names what a bed needs beside, and is one as soon as that is there', async () => {
    await expect(runScript(OPEN)).rejects.toThrow('npm install @node-rs/argon2 @zxcvbn-ts/language-common');
    await provide('hash-wasm');
    await provide('@zxcvbn-ts/language-common');
    expect((await runScript(OPEN)).stdout.trim()).toBe('true');
  });
});

/** The packages that npm installs for these, and what they need themselves. */
function installedNames(dependencies: Readonly<Record<string, string>>): readonly string[] {
  const names = new Set<string>();
  const add = (wanted: Readonly<Record<string, string>>): void => {
    for (const name of Object.keys(wanted).filter((one) => !names.has(one))) {
      names.add(name);
      const known = Object.entries(lock.packages).find(([path]) => path === `node_modules/${name}`)?.[1];
      if (known === undefined) throw new TypeError(`${name} lies elsewhere`);
      add('dependencies' in known ? { ...known.dependencies } : {});
    }
  };
  add(dependencies);
  return [...names];
}

/** The bytes of all files below a folder. */
async function sizeOf(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
