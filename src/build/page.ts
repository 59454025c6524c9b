// Builds the page into .build/page, and beside each file what a browser would rather be sent.
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';

const SOURCES = resolve('src/web');
const FOLDER = resolve('.build/page');

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/** Images are compressed as they are. */
const isText = (name: string): boolean => !name.endsWith('.png');

/** As `http/page.ts` reads it. */
async function describeFile(path: string) {
  const contents = await readFile(path);
  const name = relative(FOLDER, path);
  const bytes: Record<string, number> = { identity: contents.byteLength };
  for (const [encoding, ending, packed] of isText(name) ? await pack(contents) : []) {
    bytes[encoding] = packed.byteLength;
    await writeFile(`${path}${ending}`, packed);
  }
  return {
    contentType: CONTENT_TYPES[extname(name)] ?? 'application/octet-stream',
    etag: createHash('sha256').update(contents).digest('hex').slice(0, 16),
    isHashed: name.startsWith('assets/'),
    bytes,
  };
}

async function pack(contents: Buffer) {
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  return [
    ['br', '.br', await promisify(brotliCompress)(contents, quality)],
    ['gzip', '.gz', await promisify(gzip)(contents, { level: 9 })],
  ] as const;
}

await build({ root: SOURCES, configFile: join(SOURCES, 'vite.config.ts'), logLevel: 'warn' });
const entries = await readdir(FOLDER, { recursive: true, withFileTypes: true });
const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
const files = Object.fromEntries(
  await Promise.all(paths.sort().map(async (path) => [relative(FOLDER, path), await describeFile(path)] as const)),
);
await writeFile(join(FOLDER, 'files.json'), JSON.stringify(files));
