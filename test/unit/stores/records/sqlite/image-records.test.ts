import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ImageRecords } from '../../../../../src/ports/image-records.ts';
import { COLUMNS, toRow } from '../../../../../src/stores/records/encoding.ts';
import { createSqliteImageRecords } from '../../../../../src/stores/records/sqlite/image-records.ts';
import { termsOf } from '../../../../../src/stores/records/terms.ts';
import { describeImageRecords } from '../../../../suites/image-records.suite.ts';
import { imageRecord, newImageId } from '../../../../support/image-record.ts';
import { makeTempFolder, type TempFolder } from '../../../../support/temp-folder.ts';

const now = (): Date => new Date();

describeImageRecords('sqlite', async () => {
  const folder = await makeTempFolder();
  const file = join(folder.path, 'records', 'images.db');
  return { records: createSqliteImageRecords({ file, now }), close: folder.remove };
});

describe('records in SQLite', () => {
  let folder: TempFolder;
  let file: string;
  let records: ImageRecords;
  const everything = { within: [{ bucket: 'images', prefix: '' }], state: 'present' } as const;
  const unavailable = { code: 'ServiceUnavailable' };

  beforeEach(async () => {
    folder = await makeTempFolder();
    file = join(folder.path, 'records', 'images.db');
    records = createSqliteImageRecords({ file, now });
  });
  afterEach(() => folder.remove());

  it('make nothing until they are asked for, and then what their owner alone can read', async () => {
    expect(await readdir(folder.path)).toEqual([]);
    await records.put(imageRecord());
    expect((await stat(join(folder.path, 'records'))).mode & 0o777).toBe(0o700);
    const files = await readdir(join(folder.path, 'records'));
    expect(files.sort()).toEqual(['images.db', 'images.db-shm', 'images.db-wal']);
    for (const name of files) expect((await stat(join(folder.path, 'records', name))).mode & 0o777).toBe(0o600);
  });

  it('keep commits on the disk, and the log beside the file', async () => {
    await records.ping();
    const connection = new Database(file);
    expect(connection.pragma('journal_mode')).toMatchObject([{ journal_mode: 'wal' }]);
    connection.close();
  });

  it('count beyond 10,000 by some that stand for all', async () => {
    await records.ping();
    const connection = new Database(file);
    const marks = ['revision', ...COLUMNS].map(() => '?').join(', ');
    const insert = connection.prepare(`INSERT INTO images (revision, ${COLUMNS.join(', ')}) VALUES (${marks})`);
    const index = connection.prepare('INSERT INTO image_terms (rowid, terms) VALUES (?, ?)');
    connection.exec('BEGIN');
    for (let number = 1; number <= 12_500; number += 1) {
      const record = imageRecord({
        title: number % 2 === 0 ? 'even' : 'odd',
        key: number <= 10_000 ? 'few/a' : 'many/a',
      });
      const row = toRow(record);
      insert.run('r', ...COLUMNS.map((column) => row[column]));
      index.run(number, termsOf(record).join(' '));
    }
    connection.exec('COMMIT');
    connection.close();
    const few = { ...everything, within: [{ bucket: 'images', prefix: 'few/' }] };
    expect(await records.count(few)).toEqual({ images: 10_000, isExact: true });
    const all = await records.count(everything);
    expect(all.isExact).toBe(false);
    expect(Math.abs(all.images - 12_500)).toBeLessThan(1_500);
    expect(await records.count({ ...everything, text: 'even' })).toEqual({ images: 6_250, isExact: true });
    await records.put(imageRecord({ key: 'few/b' }));
    expect(await records.count(few)).toEqual({ images: expect.any(Number), isExact: false });
    expect((await records.count(few)).images).toBeGreaterThan(10_000);
    const { images } = await records.search({ ...everything, text: 'odd even', order: 'newest', limit: 1000 });
    expect(images).toHaveLength(0);
  });

  it('ask the index for a place only where much is found without it, and keep to the place', async () => {
    const few = imageRecord({ tags: ['few'] });
    await Promise.all([
      records.put(few),
      records.put(imageRecord({ bucket: 'other', tags: ['few'] })),
      ...Array.from({ length: 501 }, () => records.put(imageRecord({ tags: ['much'] }))),
    ]);
    const connection = new Database(file);
    const placeless = termsOf(few).filter((term) => !term.startsWith('p'));
    connection
      .prepare('DELETE FROM image_terms WHERE rowid = (SELECT id FROM images WHERE image_id = ?)')
      .run(few.imageId);
    connection
      .prepare('INSERT INTO image_terms (rowid, terms) SELECT id, ? FROM images WHERE image_id = ?')
      .run(placeless.join(' '), few.imageId);
    connection.close();
    const found = async (bucket: string, tag: string) => {
      const within = [{ bucket, prefix: '' }];
      const { images } = await records.search({ within, tags: [tag], state: 'present', order: 'newest', limit: 1000 });
      return images.map(({ imageId }) => imageId);
    };
    expect(await found('images', 'few')).toEqual([few.imageId]);
    expect(await found('images', 'much')).toHaveLength(501);
    expect(await found('other', 'much')).toEqual([]);
  });

  it('wait for another process that writes, and give up on one that does not end', async () => {
    let time = 0;
    const clocked = createSqliteImageRecords({ file, now: () => new Date(time), random: () => 0 });
    await clocked.put(imageRecord());
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    const waiting = clocked.put(imageRecord());
    setTimeout(() => other.exec('COMMIT'), 50);
    expect(await waiting).toBe(true);
    other.exec('BEGIN IMMEDIATE');
    // Who reads waits for nobody.
    expect((await clocked.count(everything)).images).toBe(2);
    const failing = clocked.put(imageRecord());
    setTimeout(() => {
      time = 5_000;
    }, 50);
    await expect(failing).rejects.toMatchObject(unavailable);
    other.exec('ROLLBACK');
    other.close();
    expect(await clocked.put(imageRecord())).toBe(true);
  });

  it('write all of a record or nothing', async () => {
    const record = imageRecord({ title: 'first' });
    await records.put(record);
    const { revision = '' } = (await records.get(record.imageId)) ?? {};
    const other = new Database(file);
    other.exec("CREATE TRIGGER full BEFORE DELETE ON images BEGIN SELECT RAISE(ABORT, 'no'); END");
    other.exec('DROP TABLE image_terms_data');
    await expect(records.put(imageRecord())).rejects.toMatchObject(unavailable);
    await expect(records.replace({ ...record, title: 'second' }, revision)).rejects.toMatchObject(unavailable);
    await expect(records.remove(record.imageId)).rejects.toMatchObject(unavailable);
    expect(await records.get(record.imageId)).toEqual({ ...record, revision });
    expect(other.prepare('SELECT count(*) AS rows FROM images').get()).toMatchObject({ rows: 1 });
    other.close();
  });

  it.each(['', '{}', 'null', '{"imageId":"x"}', 'not JSON'])('say of a record %j that it is damaged', async (text) => {
    const record = imageRecord();
    await records.put(record);
    const other = new Database(file);
    other.prepare('UPDATE images SET record = ?').run(text);
    other.close();
    const damaged = { ...unavailable, message: 'A record of an image is damaged and needs repair' };
    await expect(records.get(record.imageId)).rejects.toMatchObject(damaged);
    await expect(records.search({ ...everything, order: 'newest', limit: 1 })).rejects.toMatchObject(damaged);
    await records.remove(record.imageId);
    expect(await records.get(record.imageId)).toBeUndefined();
  });

  it('say of a file that is none of SQLite that it is damaged, and leave it', async () => {
    await records.ping();
    const foreign = join(folder.path, 'foreign.db');
    await writeFile(foreign, 'no database, and longer than the header of one '.repeat(100));
    const refused = createSqliteImageRecords({ file: foreign, now });
    await expect(refused.get(newImageId())).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('is damaged'),
    });
    expect((await stat(foreign)).size).toBe(4700);
  });

  it('refuse a file that a newer version has made', async () => {
    await records.ping();
    const other = new Database(file);
    other.pragma('user_version = 2');
    other.close();
    const older = createSqliteImageRecords({ file, now });
    await expect(older.ping()).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('upgrade this one'),
    });
  });

  it('open once what was in the way is gone', async () => {
    await writeFile(join(folder.path, 'records'), '');
    await expect(records.ping()).rejects.toMatchObject(unavailable);
    await rm(join(folder.path, 'records'));
    await records.ping();
  });

  it('say what to install where SQLite cannot be loaded', async () => {
    vi.doMock('libsql', () => {
      throw new Error('Cannot find package');
    });
    vi.resetModules();
    const { createSqliteImageRecords: createWithout } = await import(
      '../../../../../src/stores/records/sqlite/image-records.ts'
    );
    const without = createWithout({ file, now });
    await expect(without.ping()).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringContaining('npm install libsql'),
    });
    expect(await readdir(folder.path)).toEqual([]);
    vi.doUnmock('libsql');
  });
});
