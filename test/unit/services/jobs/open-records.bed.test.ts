import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { bootstrap } from '../../../../src/bootstrap.ts';
import { loadConfig } from '../../../../src/config/config.ts';
import { createCallFunctionEntry } from '../../../../src/events/call-function.ts';
import { createSqliteImageRecords } from '../../../../src/stores/records/sqlite/image-records.ts';
import type { Answer } from '../../../support/bed.ts';
import { makePng } from '../../../support/png.ts';
import { makeTempFolder, type TempFolder } from '../../../support/temp-folder.ts';

const PERSON = { name: 'P', tfs: '', email: 'p@example.com', phone: '13800000001', upwd: 'correct horse 7' };

const PNG = makePng(2, 1).toString('base64');

let folder: TempFolder;
beforeEach(async () => {
  folder = await makeTempFolder();
});
afterEach(() => folder.remove());
const file = (): string => join(folder.path, 'records', 'images.sqlite');

/** A server of its own on the folder. */
async function start(records?: string, open = bootstrap) {
  const config = loadConfig({ IMAGEPIC_DATA_DIR: folder.path, IMAGEPIC_RECORDS: records });
  const log: string[] = [];
  const app = await open(config, { writeLog: (line) => void log.push(line) });
  const entry = createCallFunctionEntry(app, { transport: 'call-function', mountUrl: '/imagepic' });
  const call = async (url: string, input: object = {}, token?: string): Promise<Answer> =>
    JSON.parse(JSON.stringify(await entry({ ...input, $url: url, $token: token, $lang: 'en' }, {})));
  const settle = () => app.jobs.find(({ name }) => name === 'settle-records')?.run({ budgetMs: 60_000 });
  const login = async () => String((await call('auth/login', { phone: PERSON.phone, upwd: PERSON.upwd })).data.token);
  const put = (objectName: string, token: string) =>
    call('object/putObject', { bucketName: 'images', objectName, base64: PNG }, token);
  return { call, settle, login, put, log };
}

const recorded = async () => {
  const within = [{ bucket: 'images', prefix: '' }];
  const records = createSqliteImageRecords({ file: file(), now: () => new Date() });
  const { images } = await records.search({ within, state: 'present', order: 'name', limit: 100 });
  return images.map(({ key, originalName, contentType }) => [key, originalName, contentType]);
};

it('a bed begins to keep records in SQLite when it is told to, also of the images that it has, and goes without again', async () => {
  const before = await start('none');
  await before.call('auth/register', PERSON);
  const token = await before.login();
  expect((await before.put('old.png', token)).success).toBe(true);
  expect(await before.settle()).toEqual({ finished: true });
  expect(existsSync(file())).toBe(false);

  const bed = await start('sqlite');
  const known = await bed.login();
  expect((await bed.put('new.png', known)).success).toBe(true);
  expect(await recorded()).toEqual([['new.png', '', 'image/png']]);
  expect(await bed.settle()).toEqual({ finished: true });
  expect(await recorded()).toEqual([
    ['new.png', '', 'image/png'],
    ['old.png', '', 'image/png'],
  ]);
  const move = { bucketName: 'images', objectName: 'old.png', toBucketName: 'images', toObjectName: 'moved.png' };
  expect((await bed.call('object/moveObject', move, known)).success).toBe(true);
  expect((await bed.call('object/removeObject', { bucketName: 'images', objectName: 'new.png' }, known)).success).toBe(
    true,
  );
  expect(await recorded()).toEqual([['moved.png', '', 'image/png']]);

  const found = await bed.call('image/search', { text: 'mov' }, known);
  expect(found.data).toMatchObject({
    total: 1,
    isExact: true,
    images: [{ objectName: 'moved.png', width: 2, height: 1 }],
  });
  const [image] = found.data['images'] as readonly { readonly imageId: string }[];
  expect((await bed.call('image/getImage', { imageId: image?.imageId }, known)).data).toEqual(image);
  expect(await before.call('image/search', {}, known)).toMatchObject({ success: false, error: 'NotImplemented' });

  // Records are made of images alone, so a lost file is made again.
  await rm(join(folder.path, 'records'), { recursive: true });
  const again = await start('sqlite');
  await again.settle();
  expect(await recorded()).toEqual([['moved.png', '', 'image/png']]);
});

it('a bed on a disk of its own keeps records unless it is told not to, and makes them anew after it went without', async () => {
  const bed = await start();
  await bed.call('auth/register', PERSON);
  const token = await bed.login();
  await bed.put('first.png', token);
  expect((await bed.call('image/search', {}, token)).data).toMatchObject({ total: 1 });
  expect(await bed.settle()).toEqual({ finished: true });

  const without = await start('none');
  expect(await without.settle()).toEqual({ finished: true });
  await without.put('second.png', token);
  expect(await recorded()).toHaveLength(1);

  const again = await start();
  expect(await again.settle()).toEqual({ finished: true });
  expect((await recorded()).map(([key]) => key)).toEqual(['first.png', 'second.png']);
});

it('a bed whose SQLite has no build here says so and goes without records, unless it was told to keep them', async () => {
  vi.resetModules();
  vi.doMock('libsql', () => {
    throw new Error('Cannot find module @libsql/freebsd-x64');
  });
  try {
    const { bootstrap: bootstrapAnew } = await import('../../../../src/bootstrap.ts');
    const bed = await start(undefined, bootstrapAnew);
    expect(bed.log.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ event: 'no-records', reason: expect.stringContaining('libsql') }),
    );
    await bed.call('auth/register', PERSON);
    const token = await bed.login();
    expect((await bed.put('first.png', token)).success).toBe(true);
    expect(await bed.settle()).toEqual({ finished: true });
    expect(await bed.call('image/search', {}, token)).toMatchObject({ success: false, error: 'NotImplemented' });
    expect(existsSync(file())).toBe(false);
    await expect(start('sqlite', bootstrapAnew)).rejects.toThrow(/npm install libsql/);
  } finally {
    vi.doUnmock('libsql');
    vi.resetModules();
  }
});
