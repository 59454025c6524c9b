import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSqliteImageRecords } from '../../src/stores/records/sqlite/image-records.ts';
import { imageRecord, newImageId, numberedImageId } from '../support/image-record.ts';
import { buildRecordsWorker, type RecordsProcesses } from '../support/records-processes.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const ROUNDS = 200;
const MAX_LIFE_MS = 40;
/** Numbers that a round may give. */
const STEP = 1000;

describe('records in SQLite', () => {
  let folder: TempFolder;
  let processes: RecordsProcesses;

  beforeAll(async () => {
    [folder, processes] = await Promise.all([makeTempFolder(), buildRecordsWorker()]);
  });
  afterAll(async () => {
    await processes.close();
    await folder.remove();
  });

  it(`lose nothing that was acknowledged to ${ROUNDS} processes that were killed in the middle of it`, async () => {
    const file = join(folder.path, 'images.db');
    const records = createSqliteImageRecords({ file, now: () => new Date() });
    const shared = newImageId();
    await records.put(imageRecord({ imageId: shared }));
    const within = [{ bucket: 'images', prefix: '' }];
    const find = async (text: string): Promise<number> =>
      (await records.search({ within, text, state: 'present', order: 'newest', limit: 10 })).images.length;
    let acknowledged = 0;
    let killedInTheMiddle = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      const worker = await processes.start('sqlite', file);
      let last = 0;
      const writing = (async () => {
        for (let number = round * STEP + 2; ; number += 1) {
          await worker.ask('write', number, shared);
          last = number;
        }
      })().catch(() => undefined);
      await worker.ask('write', round * STEP, shared);
      await delay(Math.random() * MAX_LIFE_MS);
      await worker.kill();
      await writing;
      if (last === 0) continue;
      acknowledged += last - round * STEP;
      expect((await records.get(numberedImageId(last)))?.title).toBe(`no${last}`);
      expect(await find(`no${last}`)).toBe(1);
      expect(await records.get(numberedImageId(last - 2))).toBeUndefined();
      const { size = 0 } = (await records.get(shared)) ?? {};
      // The one that was killed may have been done with the next.
      expect([last, last + 1]).toContain(size);
      expect(await find(`now${size}`)).toBe(1);
      if (size === last + 1 || (await records.get(numberedImageId(last + 1))) !== undefined) killedInTheMiddle += 1;
    }
    expect(acknowledged).toBeGreaterThan(ROUNDS);
    expect(killedInTheMiddle).toBeGreaterThan(0);
    const database = new Database(file);
    expect(database.prepare('PRAGMA integrity_check').get()).toMatchObject({ integrity_check: 'ok' });
    const { indexed } = Object(database.prepare('SELECT count(*) AS indexed FROM image_terms_docsize').get());
    expect((await records.count({ within, state: 'present' })).images).toBe(indexed);
    database.close();
  }, 600_000);
});
