// Builds functions/imagepic and prints what it weighs.
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { type BundledFile, bundleFunction } from './bundle.ts';
import { cacheFolderIn } from './loader.ts';
import { writeReference } from './openapi/write-reference.ts';
import { precompile } from './precompile.ts';
import { describeWeight } from './weight.ts';

const FOLDER = resolve('functions/imagepic');

/** Made before, because whoever builds a function and whoever starts a server want it alike. */
const PAGE = resolve('.build/page');

const read = async (path: string): Promise<BundledFile> => ({
  name: relative(FOLDER, path),
  contents: await readFile(path),
});

const bundled = await bundleFunction(FOLDER);
await writeReference(join(FOLDER, 'reference'));
await precompile(FOLDER);
const cacheFolder = cacheFolderIn(join(FOLDER, 'chunks'));
const compiled = await Promise.all((await readdir(cacheFolder)).map((name) => read(join(cacheFolder, name))));
// server.js, which starts a server of one's own, stays at home.
const deployed = bundled.filter(({ name }) => name !== 'server.js');
await rm(join(FOLDER, 'page'), { recursive: true, force: true });
await cp(PAGE, join(FOLDER, 'page'), { recursive: true });
const files = [...deployed, await read(join(FOLDER, 'package.json'))];
console.log(describeWeight({ files, compiled, v8: process.versions.v8 }).join('\n'));
