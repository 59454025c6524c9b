import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ImageRecord, ImageRecords, ImageSearch } from '../../../../../src/ports/image-records.ts';
import { COLUMNS, toRow } from '../../../../../src/stores/records/encoding.ts';
import { createSqliteImageRecords } from '../../../../../src/stores/records/sqlite/image-records.ts';
import { termsOf } from '../../../../../src/stores/records/terms.ts';
import { describeImageRecords } from '../../../../suites/image-records.suite.ts';
import { imageRecord, newImageId } from '../../../../support/image-record.ts';
import { makeTempFolder, type TempFolder } from '../../../../support/temp-folder.ts';

const now = (): Date => new Date();

const INSERT = `INSERT INTO images (id, revision, ${COLUMNS.join(', ')}) VALUES (?, ?, ${COLUMNS.map(() => '?').join(', ')})`;
/** As it was made, but for the rules of its columns. */
const VERSION_1 = `
  CREATE TABLE images (id INTEGER PRIMARY KEY, revision, image_id TEXT NOT NULL UNIQUE, record, removed, bucket, key, owner,
    type, created INTEGER, size INTEGER, name, labels, albums, searched, sample INTEGER);
  CREATE INDEX images_created ON images (removed, created, image_id);
  CREATE INDEX images_name ON images (removed, name, image_id);
  CREATE INDEX images_size ON images (removed, size, image_id);
  CREATE INDEX images_sample ON images (sample, image_id);
  CREATE VIRTUAL TABLE image_terms USING fts5(terms, content='', contentless_delete=1, detail=none, tokenize='ascii');
  PRAGMA user_version = 1;
`;

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
    const insert = connection.prepare(INSERT);
    const index = connection.prepare('INSERT INTO image_terms (rowid, terms) VALUES (?, ?)');
    connection.exec('BEGIN');
    for (let number = 1; number <= 12_500; number += 1) {
      const record = imageRecord({
        title: number % 2 === 0 ? 'even' : 'odd',
        key: number <= 10_000 ? 'few/a' : 'many/a',
      });
      const row = toRow(record);
      insert.run(number, 'r', ...COLUMNS.map((column) => row[column]));
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
    // An estimate stands for a minute, but not for what can be counted.
    const removed = (await records.search({ ...everything, within: few.within, order: 'newest', limit: 10 })).images;
    await Promise.all(removed.map(({ imageId }) => records.remove(imageId)));
    expect(await records.count(few)).toEqual({ images: 9_991, isExact: true });
    expect(await records.count(everything)).toEqual(all);
    const { images } = await records.search({ ...everything, text: 'odd even', order: 'newest', limit: 1000 });
    expect(images).toHaveLength(0);
  });

  it('keep to the order of time within a second, however many it has', async () => {
    const second = Date.UTC(2026, 1, 3, 4, 5, 6);
    const made = Array.from({ length: 4_400 }, (_, number) => {
      const createdAt = new Date(second + ((number * 7919) % 1100));
      return imageRecord({ createdAt, tags: number % 2 === 0 ? ['even'] : [] });
    });
    // More of one second than it has room for, and images of the second before and of the one behind.
    const others = [-1, 5_000].map((offset) => imageRecord({ createdAt: new Date(second + offset), tags: ['even'] }));
    const crowd = Array.from({ length: 200 }, () => imageRecord({ createdAt: new Date(second + 500), tags: ['even'] }));
    const all = [...made, ...others, ...crowd];
    await Promise.all(all.map((record) => records.put(record)));
    const sorted = all
      .filter(({ tags }) => tags.includes('even'))
      .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.imageId < b.imageId ? -1 : 1))
      .map(({ imageId }) => imageId);
    const walk = async (order: 'newest' | 'oldest', limit: number) => {
      const found: string[] = [];
      let after: string | undefined;
      do {
        const page = await records.search({ ...everything, tags: ['even'], order, limit, ...(after && { after }) });
        found.push(...page.images.map(({ imageId }) => imageId));
        after = page.after;
      } while (after !== undefined);
      return found;
    };
    expect(await walk('oldest', 700)).toEqual(sorted);
    expect(await walk('newest', 131)).toEqual([...sorted].reverse());
    const from = new Date(second + 400);
    const to = new Date(second + 402);
    const between = all.filter(({ createdAt }) => createdAt >= from && createdAt < to);
    const { images } = await records.search({ ...everything, from, to, order: 'newest', limit: 1000 });
    expect(new Set(images.map(({ imageId }) => imageId))).toEqual(new Set(between.map(({ imageId }) => imageId)));
  });

  it('keep to the order of time when the time of an image changes', async () => {
    const [first, second, third] = [1_000, 2_000, 3_000].map((time) => imageRecord({ createdAt: new Date(time) }));
    await Promise.all([first, second, third].map((record) => record && records.put(record)));
    const { revision, ...record } = (await records.get(first?.imageId ?? '')) ?? {};
    expect(await records.replace({ ...imageRecord(), ...record, createdAt: new Date(2_500) }, revision ?? '')).toBe(
      true,
    );
    const { images } = await records.search({ ...everything, order: 'newest', limit: 10 });
    expect(images.map(({ imageId }) => imageId)).toEqual([third?.imageId, first?.imageId, second?.imageId]);
    await records.remove(first?.imageId ?? '');
    expect(await records.count(everything)).toEqual({ images: 2, isExact: true });
  });

  it('find what is meant among much that has the same terms and is elsewhere, or has the word in pieces', async () => {
    const made = Array.from({ length: 900 }, (_, number) =>
      imageRecord({
        createdAt: new Date(1_000_000 + ((number * 7919) % 200_000)),
        bucket: number % 9 === 0 ? 'images' : 'others',
        title: number % 6 === 0 ? 'seaside' : 'as a side, sea de luxe',
        tags: ['tag', ...(number % 2 === 0 ? ['even'] : [])],
      }),
    );
    await Promise.all(made.map((record) => records.put(record)));
    const walk = async (given: Partial<ImageSearch>): Promise<readonly string[]> => {
      const found: string[] = [];
      let after: string | undefined;
      do {
        const search: ImageSearch = { ...everything, order: 'newest', limit: 7, ...given, ...(after && { after }) };
        const page = await records.search(search);
        found.push(...page.images.map(({ imageId }) => imageId));
        after = page.after;
      } while (after !== undefined);
      return found;
    };
    const newest = (isMeant: (record: ImageRecord) => boolean): readonly string[] =>
      made
        .filter(isMeant)
        .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.imageId < b.imageId ? 1 : -1))
        .map(({ imageId }) => imageId);
    const ours = newest(({ bucket }) => bucket === 'images');
    const words = newest(({ bucket, title }) => bucket === 'images' && title === 'seaside');
    const even = newest(({ bucket, tags }) => bucket === 'images' && tags.includes('even'));
    // The second time what is common is known.
    for (const time of ['first', 'second']) {
      expect(await walk({}), time).toEqual(ours);
      expect(await walk({ order: 'oldest' }), time).toEqual([...ours].reverse());
      expect(await walk({ text: 'seaside' }), time).toEqual(words);
      expect(await walk({ text: 'seaside', order: 'oldest' }), time).toEqual([...words].reverse());
      expect(await walk({ tags: ['tag', 'even'] }), time).toEqual(even);
      expect(await walk({ text: 'seasides' }), time).toEqual([]);
    }
  });

  it('take a file over that the version before has made', async () => {
    await mkdir(join(folder.path, 'records'));
    const made = Array.from({ length: 1_500 }, (_, number) =>
      imageRecord({
        createdAt: new Date(1_000_000 - ((number * 7919) % 100_000)),
        tags: number % 3 === 0 ? ['third'] : [],
      }),
    );
    const before = new Database(file);
    before.exec(VERSION_1);
    const insert = before.prepare(INSERT);
    before.exec('BEGIN');
    for (const [index, record] of made.entries()) {
      const row = toRow(record);
      insert.run(index + 1, `revision-${index}`, ...COLUMNS.map((column) => row[column]));
    }
    const damaged = imageRecord();
    insert.run(made.length + 1, 'r', ...COLUMNS.map((column) => ({ ...toRow(damaged), record: '{}' })[column]));
    before.exec('COMMIT');
    before.close();
    for (const index of [0, 700, 1_499]) {
      const record = made[index];
      expect(await records.get(record?.imageId ?? '')).toEqual({ ...record, revision: `revision-${index}` });
    }
    await expect(records.get(damaged.imageId)).rejects.toMatchObject(unavailable);
    const thirds = made.filter(({ tags }) => tags.includes('third'));
    expect(await records.count({ ...everything, tags: ['third'] })).toEqual({ images: thirds.length, isExact: true });
    const { images } = await records.search({ ...everything, tags: ['third'], order: 'newest', limit: 1 });
    const newest = Math.max(...thirds.map(({ createdAt }) => createdAt.getTime()));
    expect(images[0]?.createdAt.getTime()).toBe(newest);
    expect(await records.put(imageRecord())).toBe(true);
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

  it.each(['', '{}', 'null', '{"imageId":"x"}', 'not JSON', 'two\nlines', ' '])(
    'say of a record %j that it is damaged',
    async (text) => {
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
    },
  );

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
    other.pragma('user_version = 3');
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
