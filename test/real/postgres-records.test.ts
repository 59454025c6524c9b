import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresImageRecords } from '../../src/stores/records/postgres/image-records.ts';
import { describeImageRecords } from '../suites/image-records.suite.ts';
import { describeImageRecordsInProcesses } from '../suites/image-records-processes.suite.ts';
import { startChaosProxy } from '../support/chaos-proxy.ts';
import { imageRecord, newImageId, numberedImageId } from '../support/image-record.ts';
import { isPostgresMissing, type Postgres, startPostgres } from '../support/postgres.ts';
import { buildRecordsWorker } from '../support/records-processes.ts';

const WRITERS = 6;
const everything = { within: [{ bucket: 'images', prefix: '' }], state: 'present' } as const;

describe.skipIf(isPostgresMissing)('on PostgreSQL', () => {
  let postgres: Postgres;
  let offset = 0;
  const now = (): Date => new Date(Date.now() + offset);
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

  it('keeps all that it acknowledged to writers that are killed with SIGKILL', { timeout: 120_000 }, async () => {
    await makeDatabase('killed');
    const records = openIn('killed');
    const processes = await buildRecordsWorker();
    const place = JSON.stringify({ ...postgres.connection, database: 'killed' });
    const shared = newImageId();
    await records.put(imageRecord({ imageId: shared }));
    const acknowledged: number[] = [];
    const live = async (first: number): Promise<void> => {
      const writer = await processes.start('postgres', place);
      await writer.ask('write', first, shared);
      acknowledged.push(first);
      const dies = sleep(Math.random() * 300).then(writer.kill);
      for (let number = first + 1, isAlive = true; isAlive; number += 1) {
        isAlive = await writer.ask('write', number, shared).then(
          () => acknowledged.push(number) > 0,
          () => false,
        );
      }
      await dies;
    };
    for (let round = 1; round <= 4; round += 1) {
      await Promise.all(Array.from({ length: WRITERS }, (_, writer) => live((round * WRITERS + writer) * 1000)));
    }
    await processes.close();
    expect(acknowledged.length).toBeGreaterThan(WRITERS);
    const done = new Set(acknowledged);
    for (const number of acknowledged.filter((one) => !done.has(one + 1))) {
      expect((await records.get(numberedImageId(number)))?.title).toBe(`no${number}`);
      const { images } = await records.search({ ...everything, text: `no${number}`, order: 'newest', limit: 10 });
      expect(images.map(({ imageId }) => imageId)).toEqual([numberedImageId(number)]);
    }
  });

  it('looks up what became of each write whose answer is lost, and repeats none', async () => {
    await makeDatabase('lost');
    const proxy = await startChaosProxy(`http://127.0.0.1:${postgres.connection.port}`);
    const port = Number(new URL(proxy.endpoint).port);
    const records = createPostgresImageRecords({ ...postgres.connection, port, database: 'lost', now });
    const shared = imageRecord({ size: 0 });
    await records.put(shared);
    for (let round = 1; round <= 20; round += 1) {
      const { revision = '' } = (await records.get(shared.imageId)) ?? {};
      const lose = () => proxy.inflict({ kind: 'reset', afterBytes: 0, once: true });
      await lose();
      expect(await records.put(imageRecord({ imageId: numberedImageId(round) }))).toBe(true);
      await lose();
      expect(await records.replace({ ...shared, size: round }, revision)).toBe(true);
      await lose();
      expect((await records.count(everything)).images).toBe(round + 1);
    }
    await proxy.close();
  });

  it('keeps all that it acknowledged while the server crashes and comes back in mid-call', {
    timeout: 120_000,
  }, async () => {
    await makeDatabase('crashed');
    const records = openIn('crashed');
    const shared = newImageId();
    await records.put(imageRecord({ imageId: shared, size: 0 }));
    const tally = { put: [] as number[], replaced: 0, failed: 0 };
    let crashing = true;
    const attempt = async (number: number): Promise<void> => {
      if (await records.put(imageRecord({ imageId: numberedImageId(number) }))) tally.put.push(number);
      const { revision = '', ...record } = (await records.get(shared)) ?? { revision: undefined, ...imageRecord() };
      if (await records.replace({ ...record, size: record.size + 1 }, revision)) tally.replaced += 1;
    };
    const write = async (writer: number): Promise<void> => {
      for (let round = 0; crashing; round += 1) {
        await attempt(writer * 100_000 + round).catch(async (error) => {
          expect(error).toMatchObject({ code: 'ServiceUnavailable' });
          tally.failed += 1;
          await sleep(20);
        });
      }
    };
    const crash = async (): Promise<void> => {
      for (let round = 0; round < 3; round += 1) {
        await sleep(600);
        await postgres.crash();
        await postgres.restart();
        // The circuit lets nobody through for ten seconds.
        offset += 10_000;
      }
      await sleep(600);
      crashing = false;
    };
    await Promise.all([crash(), ...Array.from({ length: WRITERS }, (_, writer) => write(writer))]);
    expect(tally.failed).toBeGreaterThan(0);
    expect(tally.put.length).toBeGreaterThan(20);
    const later = openIn('crashed');
    for (const number of tally.put) expect(await later.get(numberedImageId(number))).toBeDefined();
    const { size = 0 } = (await later.get(shared)) ?? {};
    expect(size).toBeGreaterThanOrEqual(tally.replaced);
    expect(size).toBeLessThanOrEqual(tally.replaced + tally.failed);
  });
});
