import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeZip, type ZipEntry } from '../../src/services/library/zip.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const run = promisify(execFile);
const AT = new Date('2026-07-01T12:34:56Z');
const ZEROS = Buffer.alloc(1024 * 1024);

let folder: TempFolder;
beforeAll(async () => {
  folder = await makeTempFolder();
});
afterAll(() => folder.remove());

async function* once(bytes: Uint8Array) {
  yield bytes;
}
const file = (name: string, bytes: Uint8Array): ZipEntry => ({
  ...{ name, modifiedAt: AT, size: bytes.length, body: once(bytes) },
});
async function* listed(entries: Iterable<ZipEntry>) {
  yield* entries;
}

/** Writes an archive to a file that holds no room for zeros. */
async function writeSparse(path: string, entries: Iterable<ZipEntry>): Promise<number> {
  const handle = await open(path, 'w');
  let at = 0;
  for await (const chunk of writeZip(listed(entries))) {
    if (chunk !== ZEROS) await handle.write(chunk, 0, chunk.length, at);
    at += chunk.length;
  }
  await handle.truncate(at);
  await handle.close();
  return at;
}
async function* zeros(chunks: number) {
  for (let left = chunks; left > 0; left -= 1) yield ZEROS;
}
/** What Python, which knows zip64, reads: each name, size and moment, after all checksums were right. */
const readByPython = async (path: string) => {
  const script =
    'import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nbad=z.testzip()\nprint(json.dumps([bad,[[i.filename,i.file_size,list(i.date_time)] for i in z.infolist()][:5],len(z.infolist())]))';
  return JSON.parse((await run('python3', ['-c', script, path])).stdout);
};

it('an archive may be larger than 4 GB, as may be a file in it', async () => {
  const path = join(folder.path, 'large.zip');
  const chunks = 4 * 1024 + 1;
  const size = await writeSparse(path, [
    file('first.png', Buffer.from('1')),
    { name: 'large.png', modifiedAt: AT, size: chunks * ZEROS.length, body: zeros(chunks) },
    file('last.png', Buffer.from('2')),
  ]);
  expect(size).toBeGreaterThan(2 ** 32);
  const moment = [2026, 7, 1, 12, 34, 56];
  const names = [
    ['first.png', 1, moment],
    ['large.png', chunks * ZEROS.length, moment],
    ['last.png', 1, moment],
  ];
  expect(await readByPython(path)).toEqual([null, names, 3]);
}, 600_000);
