import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeTempFolder, type TempFolder } from '../../../support/temp-folder.ts';

const run = promisify(execFile);
const compile = (...options: string[]) => run(process.execPath, ['node_modules/typescript/bin/tsc', ...options]);

const PAGE = `
import { createAborter, createWxClient } from './dist/client/wx/index.js';

const bed = createWxClient({ cloud: { name: 'imagepic' } });
const aborter = createAborter();
Page({
  async choose() {
    const chosen = await wx.chooseMedia({ count: 1, mediaType: ['image'] });
    const [image] = await bed.upload(chosen, { compress: true, signal: aborter.signal });
    const url: string = image.url;
    const { size } = await bed.object.statObject({ objectName: image.objectName });
    this.setData({ url, size });
  },
});
`;

let folder: TempFolder;
let project: string;
beforeAll(async () => {
  folder = await makeTempFolder();
  project = folder.path;
  await mkdir(join(project, 'dist'));
  await symlink(resolve('node_modules'), join(project, 'node_modules'));
});
afterAll(() => folder.remove());

it('a mini-program compiles with its own typings alone, without those of browsers and Node', async () => {
  await compile('-p', 'tsconfig.json', '--emitDeclarationOnly', '--outDir', join(project, 'dist'));
  await writeFile(join(project, 'page.ts'), PAGE);
  const compilerOptions = {
    ...{ target: 'ES2020', lib: ['ES2020'], module: 'CommonJS', moduleResolution: 'bundler', strict: true },
    ...{ types: ['miniprogram-api-typings'], noEmit: true },
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['page.ts'] }));
  const { stdout } = await compile('-p', project).catch((error: { readonly stdout: string }) => error);
  expect(stdout).toBe('');
}, 120_000);

it('every entry of the package is found where modules are looked up as in Node 10, which templates of mini-programs do', async () => {
  const { exports, typesVersions } = JSON.parse(await readFile('package.json', 'utf8'));
  const { '.': _, ...entries } = exports;
  const types = Object.entries<{ readonly types: string; readonly node?: { readonly types: string } }>(entries).map(
    ([name, entry]) => [name.slice(2), [(entry.node ?? entry).types.slice(2)]],
  );
  expect(typesVersions).toEqual({ '*': Object.fromEntries(types) });
});
