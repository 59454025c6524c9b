import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSpool } from '../../../../src/services/uploads/spool.ts';
import { makeTempFolder, type TempFolder } from '../../../support/temp-folder.ts';

const MIB = 1024 * 1024;

let temp: TempFolder;
let folder: string;
beforeEach(async () => {
  temp = await makeTempFolder();
  folder = join(temp.path, 'deep', 'spool');
});
afterEach(() => temp.remove());

const files = (): Promise<string[]> => readdir(folder).catch(() => []);
const bytes = (size: number, value = 1): Buffer => Buffer.alloc(size, value);

describe('a spool', () => {
  it.each([
    ['nothing', [], 0],
    ['a little', [3, 2], 0],
    ['as much as fits into memory', [4 * MIB - 1, 1], 0],
    ['a byte more', [4 * MIB, 1], 1],
    ['one large piece', [4 * MIB + 1], 1],
    ['pieces beyond', [3 * MIB, 3 * MIB, 1], 1],
  ])('gives back %s, as often as wanted, and leaves nothing', async (_, sizes, expected) => {
    const spool = createSpool(folder);
    for (const [index, size] of sizes.entries()) await spool.write(bytes(size, index + 1));
    const body = await spool.finish();
    const whole = Buffer.concat(sizes.map((size, index) => bytes(size, index + 1)));
    expect(await files()).toHaveLength(expected);
    for (const _round of [1, 2]) {
      const read = body instanceof Uint8Array ? Buffer.from(body) : await buffer(body.open());
      expect(read.equals(whole)).toBe(true);
    }
    if (!(body instanceof Uint8Array)) expect(body.size).toBe(whole.byteLength);
    await spool.discard();
    await spool.discard();
    expect(await files()).toEqual([]);
  });

  it('keeps what it was given, whatever its giver does with it afterwards', async () => {
    const spool = createSpool(folder);
    const chunk = bytes(3);
    await spool.write(chunk);
    chunk.fill(9);
    expect(await spool.finish()).toEqual(bytes(3));
  });

  it('can be given up at any time', async () => {
    const untouched = createSpool(folder);
    await untouched.discard();
    const half = createSpool(folder);
    await half.write(bytes(5 * MIB));
    expect(await files()).toHaveLength(1);
    await half.discard();
    expect(await files()).toEqual([]);
  });

  it('shows nobody else its files', async () => {
    const spool = createSpool(folder);
    await spool.write(bytes(5 * MIB));
    const [name = ''] = await files();
    expect(name).toMatch(/^spool-[0-9a-f-]{36}$/);
    const modes = [(await stat(folder)).mode & 0o777, (await stat(join(folder, name))).mode & 0o777];
    expect(modes).toEqual([0o700, 0o600]);
    await spool.discard();
  });

  it('passes on what is no lack of room', async () => {
    await writeFile(join(temp.path, 'deep'), 'a file');
    await expect(createSpool(folder).write(bytes(5 * MIB))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});
