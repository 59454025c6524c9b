import { deflateRawSync, gzipSync } from 'node:zlib';
import type { BundledFile } from './bundle.ts';

/** What of a file lies in an archive beside its contents, and what an archive ends with. @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT §4.3.7, §4.3.12, §4.3.16 */
const [ENTRY_BYTES, END_BYTES] = [30 + 46, 22];

const archivedSizeOf = (files: readonly BundledFile[]): number =>
  files
    .map(({ name, contents }) => deflateRawSync(contents, { level: 9 }).byteLength + ENTRY_BYTES + 2 * name.length)
    .reduce((sum, size) => sum + size, 0);

/** Bytes of a zip archive of these files. */
export const zipSizeOf = (files: readonly BundledFile[]): number => archivedSizeOf(files) + END_BYTES;

const toKilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

/** What a build has made. */
interface Build {
  /** All that CloudBase gets, but for what V8 has compiled of it. */
  readonly files: readonly BundledFile[];
  readonly compiled: readonly BundledFile[];
  /** Version of the V8 that compiled. */
  readonly v8: string;
}

/** Says what a build weighs: the files, heaviest first, and then the archive as a whole with the part of it that V8 has compiled. */
export function describeWeight({ files, compiled, v8 }: Build): readonly string[] {
  const heaviestFirst = files.toSorted((one, other) => other.contents.byteLength - one.contents.byteLength);
  const lines = heaviestFirst.map(({ name, contents }) => {
    const zipped = gzipSync(contents, { level: 9 }).byteLength;
    return `${toKilobytes(contents.byteLength).padStart(11)} ${toKilobytes(zipped).padStart(11)} gzip  ${name}`;
  });
  const whole = toKilobytes(zipSizeOf([...files, ...compiled]));
  const part = toKilobytes(archivedSizeOf(compiled));
  return [...lines, `${whole.padStart(11)} zip, ${part} of it compiled by V8 ${v8}; without node_modules`];
}
