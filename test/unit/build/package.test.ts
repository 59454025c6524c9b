import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
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
    await symlink(resolve('node_modules'), join(installed, 'node_modules'));
  }, 120_000);
  afterAll(() => folder.remove());

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
});
