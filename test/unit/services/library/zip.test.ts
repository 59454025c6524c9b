import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeZip, type ZipEntry } from '../../../../src/services/library/zip.ts';
import { createZipNames } from '../../../../src/services/library/zip-names.ts';
import { makeTempFolder, type TempFolder } from '../../../support/temp-folder.ts';
import { readZip } from '../../../support/zip.ts';

const run = promisify(execFile);
const AT = new Date('2026-07-01T12:34:56Z');
const ZEROS = Buffer.alloc(1024 * 1024);

let folder: TempFolder;
beforeAll(async () => {
  folder = await makeTempFolder();
});
afterAll(() => folder.remove());

async function* once(...chunks: readonly Uint8Array[]) {
  yield* chunks;
}
const file = (name: string, bytes: Uint8Array, modifiedAt = AT): ZipEntry => ({
  ...{ name, modifiedAt, size: bytes.length, body: once(bytes) },
});
async function* listed(entries: Iterable<ZipEntry>) {
  yield* entries;
}
const toBuffer = async (entries: Iterable<ZipEntry>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeZip(listed(entries))) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** What Python, which knows zip64, reads: each name, size and moment, after all checksums were right. */
const readByPython = async (path: string) => {
  const script =
    'import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nbad=z.testzip()\nprint(json.dumps([bad,[[i.filename,i.file_size,list(i.date_time)] for i in z.infolist()][:5],len(z.infolist())]))';
  return JSON.parse((await run('python3', ['-c', script, path])).stdout);
};

describe('an archive', () => {
  it('is read by unzip and by Python, with names, sizes and moments', async () => {
    const path = join(folder.path, 'a.zip');
    const entries = [file('猫 🐱.png', Buffer.from('miau')), file('empty', Buffer.alloc(0)), file('b.gif', ZEROS)];
    await writeFile(path, await toBuffer(entries));
    expect((await run('unzip', ['-t', path])).stdout).toContain('No errors detected');
    const moment = [2026, 7, 1, 12, 34, 56];
    const names = [
      ['猫 🐱.png', 4, moment],
      ['empty', 0, moment],
      ['b.gif', ZEROS.length, moment],
    ];
    expect(await readByPython(path)).toEqual([null, names, 3]);
    await writeFile(path, await toBuffer([]));
    expect(await readByPython(path)).toEqual([null, [], 0]);
  });

  it('gives back whatever was put into it', async () => {
    const files = fc.dictionary(fc.string({ minLength: 1 }), fc.uint8Array({ maxLength: 200 }), {
      noNullPrototype: true,
    });
    await fc.assert(
      fc.asyncProperty(files, async (given) => {
        const safe = Object.entries(given).filter(([name]) => !/[/\ud800-\udfff]/.test(name));
        const read = readZip(await toBuffer(safe.map(([name, bytes]) => file(name, bytes))));
        expect([...read].map(([name, bytes]) => [name, bytes.toString('hex')])).toEqual(
          safe.map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')]),
        );
      }),
    );
  });

  it('may have more files than 16 bits can count', async () => {
    const path = join(folder.path, 'many.zip');
    await writeFile(
      path,
      await toBuffer(Array.from({ length: 70_000 }, (_, index) => file(`${index}`, Buffer.alloc(0)))),
    );
    const [bad, , count] = await readByPython(path);
    expect([bad, count]).toEqual([null, 70_000]);
  }, 60_000);

  it('is of no file of which other bytes come than were said', async () => {
    for (const size of [0, 3, 5])
      await expect(toBuffer([{ ...file('a', Buffer.from('four')), size }])).rejects.toThrow();
  });

  it.each([
    ['1970-01-01T00:00:00Z', 1980],
    ['2200-01-01T00:00:00Z', 2107],
  ])('says a year that can be said, of %s', async (moment, year) => {
    const path = join(folder.path, 'year.zip');
    await writeFile(path, await toBuffer([file('a', Buffer.alloc(1), new Date(moment))]));
    expect((await readByPython(path))[1][0][2][0]).toBe(year);
  });
});

describe('names in an archive', () => {
  const nameAll = (...names: readonly string[]): readonly string[] => {
    const name = createZipNames();
    return names.map((originalName) => name({ originalName, key: 'folder/key.png' }));
  };

  it.each([
    ['IMG 1.jpg', 'IMG 1.jpg'],
    ['', 'key.png'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['C:\\x\\y.png', 'C__x_y.png'],
    ['a\0b\nc.png', 'a_b_c.png'],
    ['...', '_'],
    ['.htaccess', 'htaccess'],
    ['con.png', '_con.png'],
    ['a.png . ', 'a.png'],
    ['\ud800.png', '\ufffd.png'],
    ['gnp\u202e.exe', 'gnp_.exe'],
    ['猫'.repeat(500), '猫'.repeat(120)],
  ])('are safe: %j is %j', (given, expected) => {
    expect(nameAll(given)).toEqual([expected]);
  });

  it('are each there once, whatever the case or the composition', () => {
    const names = nameAll('a.png', 'A.PNG', 'a.png', 'a (2).png', '\u00e9.png', 'e\u0301.png', 'x', 'x');
    expect(names).toEqual([
      'a.png',
      'A (2).PNG',
      'a (3).png',
      'a (2) (2).png',
      '\u00e9.png',
      '\u00e9 (2).png',
      'x',
      'x (2)',
    ]);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  });

  it('take as many looks as there are names, though all are the same', () => {
    const name = createZipNames();
    const looks = vi.spyOn(Set.prototype, 'has');
    try {
      for (let count = 0; count < 2000; count += 1) name({ originalName: 'image.png', key: 'a' });
      expect(looks.mock.calls.length).toBeLessThan(3 * 2000);
    } finally {
      looks.mockRestore();
    }
    expect(name({ originalName: 'image.png', key: 'a' })).toBe('image (2001).png');
  });
});
