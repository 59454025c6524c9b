import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mapLimited } from '../../src/concurrency/limit.ts';
import type { ImageOrder, ImageRecord, ImageSearch } from '../../src/ports/image-records.ts';
import { createPostgresImageRecords } from '../../src/stores/records/postgres/image-records.ts';
import { describeImageRecords } from '../suites/image-records.suite.ts';
import { describeImageRecordsFaults } from '../suites/image-records-faults.suite.ts';
import { describeImageRecordsInProcesses } from '../suites/image-records-processes.suite.ts';
import { imageRecord, numberedImageId } from '../support/image-record.ts';
import { isPostgresMissing, type Postgres, startPostgres } from '../support/postgres.ts';

const everything = { within: [{ bucket: 'images', prefix: '' }], state: 'present' } as const;

describe.skipIf(isPostgresMissing)('on PostgreSQL', () => {
  let postgres: Postgres;
  const now = (): Date => new Date();
  const openIn = (database: string) => createPostgresImageRecords({ ...postgres.connection, database, now });
  const makeDatabase = (name: string) => postgres.sql(`CREATE DATABASE ${name}`);

  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  describeImageRecords('postgres', async () => {
    await makeDatabase('suite');
    return { records: openIn('suite'), close: async () => undefined };
  });

  describeImageRecordsInProcesses('postgres', async () => {
    await makeDatabase('many');
    return {
      records: openIn('many'),
      place: ['postgres', JSON.stringify({ ...postgres.connection, database: 'many' })],
      close: async () => undefined,
    };
  });

  it('counts beyond 10,000 by some that stand for all', async () => {
    await makeDatabase('large');
    const records = openIn('large');
    const record = imageRecord({ title: 'one' });
    await records.put(record);
    const sample = 'round(random() * 4294967295)::bigint';
    await postgres.sql(
      `INSERT INTO imagepic_images SELECT lpad(n::text, 26, '0'), revision, record, removed, bucket, key, owner, type, created,
        size, name, labels, albums, searched, ${sample}, terms FROM imagepic_images, generate_series(1, 20000) AS n`,
      'large',
    );
    const all = await records.count(everything);
    expect(all.isExact).toBe(false);
    expect(Math.abs(all.images - 20_001)).toBeLessThan(2_500);
    await postgres.sql('DELETE FROM imagepic_images WHERE image_id > lpad(10000::text, 26, $$0$$)', 'large');
    await records.put({ ...record, imageId: numberedImageId(0) });
    expect((await records.count(everything)).isExact).toBe(false);
    await records.remove(numberedImageId(0));
    await records.remove(record.imageId);
    expect(await records.count(everything)).toEqual({ images: 10_000, isExact: true });
  });

  it('finds words, tags and albums by the index', async () => {
    const plan = await postgres.sql(
      `SET enable_seqscan = off; EXPLAIN SELECT 1 FROM imagepic_images WHERE terms @> ARRAY['g61']`,
      'suite',
    );
    expect(plan).toContain('imagepic_images_terms');
  });

  it('finds each page of what is common, rare, or only old, however often it is asked', async () => {
    await makeDatabase('paces');
    const records = openIn('paces');
    const made = Array.from({ length: 2_500 }, (_, index) =>
      imageRecord({
        createdAt: new Date(1_000_000 + ((index * 7919) % 2_500) * 10),
        tags: ['common', ...(index % 100 === 0 ? ['rare'] : [])],
        albumIds: (index * 7919) % 2_500 < 200 ? ['old'] : [],
      }),
    ).sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
    await mapLimited(made, 8, (record) => records.put(record));
    const walk = async (asked: Pick<ImageSearch, 'tags' | 'album'>, order: ImageOrder): Promise<readonly string[]> => {
      const found: string[] = [];
      let after: string | undefined;
      do {
        const page = await records.search({ ...everything, ...asked, order, limit: 90, ...(after && { after }) });
        found.push(...page.images.map(({ imageId }) => imageId));
        after = page.after;
      } while (after !== undefined);
      return found;
    };
    const cases: readonly [Pick<ImageSearch, 'tags' | 'album'>, (record: ImageRecord) => boolean][] = [
      [{ tags: ['common'] }, () => true],
      [{ tags: ['rare'] }, ({ tags }) => tags.includes('rare')],
      [{ album: 'old' }, ({ albumIds }) => albumIds.length > 0],
    ];
    for (const [asked, isMeant] of cases) {
      const newest = made.filter(isMeant).map(({ imageId }) => imageId);
      for (const _ of ['first', 'again']) {
        expect(await walk(asked, 'newest')).toEqual(newest);
        expect(await walk(asked, 'oldest')).toEqual([...newest].reverse());
      }
      const { images } = await records.search({ ...everything, ...asked, order: 'newest', offset: 10, limit: 7 });
      expect(images.map(({ imageId }) => imageId)).toEqual(newest.slice(10, 17));
    }
    await records.close?.();
  });

  it('says of a record that somebody has spoilt that it is damaged', async () => {
    await makeDatabase('spoilt');
    const records = openIn('spoilt');
    const record = imageRecord();
    await records.put(record);
    await postgres.sql("UPDATE imagepic_images SET record = '{}'", 'spoilt');
    const damaged = { code: 'ServiceUnavailable', message: 'A record of an image is damaged and needs repair' };
    await expect(records.get(record.imageId)).rejects.toMatchObject(damaged);
    await expect(records.search({ ...everything, order: 'newest', limit: 1 })).rejects.toMatchObject(damaged);
    await records.remove(record.imageId);
    expect(await records.get(record.imageId)).toBeUndefined();
  });

  it('says what is wrong where it cannot log in', async () => {
    const refused = createPostgresImageRecords({ ...postgres.connection, password: 'hunter2', now });
    const error = await refused.ping().catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'ServiceUnavailable', message: expect.stringContaining('refuses the login') });
    expect(JSON.stringify([error.message, error.text, error.details])).not.toContain('hunter2');
  });

  describeImageRecordsFaults('postgres', {
    server: () => postgres,
    newPlace: async (database) => {
      await makeDatabase(database);
      return {
        openAt: (port, clock) => createPostgresImageRecords({ ...postgres.connection, port, database, now: clock }),
        port: postgres.connection.port,
        place: JSON.stringify({ ...postgres.connection, database }),
      };
    },
  });
});
