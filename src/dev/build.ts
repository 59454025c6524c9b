// Builds functions/imagepic and prints what it weighs.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { type BundledFile, bundleFunction } from './bundle.ts';

const FOLDER = resolve('functions/imagepic');

/** Bytes of a zip archive. @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT §4.3.7, §4.3.12, §4.3.16 */
const zipSizeOf = (files: readonly BundledFile[]): number =>
  files
    .map(({ name, contents }) => deflateRawSync(contents, { level: 9 }).byteLength + 30 + 46 + 2 * name.length)
    .reduce((sum, size) => sum + size, 22);

const inKilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1).padStart(8)} kB`;

const files = await bundleFunction(FOLDER);
for (const { name, contents } of files.toSorted((one, other) => other.contents.byteLength - one.contents.byteLength)) {
  const zipped = gzipSync(contents, { level: 9 }).byteLength;
  console.log(`${inKilobytes(contents.byteLength)} ${inKilobytes(zipped)} gzip  ${name}`);
}
const manifest = { name: 'package.json', contents: await readFile(join(FOLDER, 'package.json')) };
console.log(`${inKilobytes(zipSizeOf([...files, manifest]))} zip, without node_modules`);
