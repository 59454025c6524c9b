// Builds functions/imagepic and prints what it weighs.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { type BundledFile, bundleFunction } from './bundle.ts';
import { cacheFolderIn } from './loader.ts';
import { precompile } from './precompile.ts';

const FOLDER = resolve('functions/imagepic');

/** Bytes of a zip archive. @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT §4.3.7, §4.3.12, §4.3.16 */
const zipSizeOf = (files: readonly BundledFile[]): number =>
  files
    .map(({ name, contents }) => deflateRawSync(contents, { level: 9 }).byteLength + 30 + 46 + 2 * name.length)
    .reduce((sum, size) => sum + size, 22);

const inKilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1).padStart(8)} kB`;

const readAll = async (folder: string): Promise<readonly BundledFile[]> =>
  Promise.all(
    (await readdir(folder)).map(async (file) => {
      const path = join(folder, file);
      return { name: relative(FOLDER, path), contents: await readFile(path) };
    }),
  );

const bundled = await bundleFunction(FOLDER);
await precompile(FOLDER);
for (const { name, contents } of bundled.toSorted(
  (one, other) => other.contents.byteLength - one.contents.byteLength,
)) {
  const zipped = gzipSync(contents, { level: 9 }).byteLength;
  console.log(`${inKilobytes(contents.byteLength)} ${inKilobytes(zipped)} gzip  ${name}`);
}
const manifest = { name: 'package.json', contents: await readFile(join(FOLDER, 'package.json')) };
const compiled = await readAll(cacheFolderIn(join(FOLDER, 'chunks')));
console.log(
  `${inKilobytes(zipSizeOf([...bundled, manifest]))} zip, and ${inKilobytes(zipSizeOf(compiled)).trim()} of it compiled by V8 ${process.versions.v8}; without node_modules`,
);
