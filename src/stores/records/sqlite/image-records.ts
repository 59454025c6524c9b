import { randomBytes } from 'node:crypto';
import { retry } from '../../../concurrency/retry.ts';
import type { ImageRecord, ImageRecords } from '../../../ports/image-records.ts';
import { checkLimit } from '../../arguments.ts';
import { checkFilter, checkGrouping, checkImageId, checkPage, checkRecord } from '../checks.ts';
import { parseCursor, toCursor } from '../cursor.ts';
import { decodeRecord, toRow } from '../encoding.ts';
import { toGroupValue } from '../query.ts';
import { termsOf } from '../terms.ts';
import { createSamples } from '../totals.ts';
import { createCommits, type Work } from './commits.ts';
import { openDatabase, type SqliteDatabase, type SqliteRow } from './database.ts';
import { isBusy, toAppError } from './failure.ts';
import { loadLibsql } from './load-libsql.ts';
import { idOf, insertRow, removeRow, updateRow, type Written } from './rows.ts';
import { countRows, groupRows, searchRows } from './search.ts';

/** Where the file is, and what time and chance are. */
export interface SqliteImageRecordsOptions {
  /** Made with its folder where it is missing; on a disk of this host, which other hosts must not share. */
  readonly file: string;
  readonly now: () => Date;
  readonly random?: () => number;
}

/** How long others may write before a call gives up, and how long it waits before it asks again. */
const CALL_MS = 5_000;
const PAUSE_MS = 30;
/** 72 random bits: never given twice. */
const REVISION_BYTES = 9;

const FIND = 'SELECT id, revision, record FROM images WHERE image_id = ?';

/** Loads what they need. @throws {AppError} ServiceUnavailable, saying what to install, where it cannot be loaded */
export async function requireSqlite(): Promise<void> {
  await loadLibsql().catch((error: unknown) => {
    throw toAppError(error);
  });
}

/**
 * Creates image records in a file of SQLite ≥ 3.45, by libsql, which is loaded on first use. Processes of one host may
 * share the file. A call waits at most 5 s for others that write.
 */
export function createSqliteImageRecords({ file, now, random = Math.random }: SqliteImageRecordsOptions): ImageRecords {
  let opened: Promise<SqliteDatabase> | undefined;
  const open = (): Promise<SqliteDatabase> => {
    const opening = opened ?? openDatabase(file);
    opened = opening;
    // What could not be opened now may be there later.
    opening.catch(() => {
      opened = undefined;
    });
    return opening;
  };
  const run = async <Result>(work: (database: SqliteDatabase) => Result): Promise<Awaited<Result>> => {
    const endsAt = now().getTime() + CALL_MS;
    const delayMs = (error: unknown): number | undefined =>
      isBusy(error) && now().getTime() < endsAt ? random() * PAUSE_MS : undefined;
    try {
      return await retry(async () => await work(await open()), { tries: Number.POSITIVE_INFINITY, delayMs });
    } catch (error) {
      throw toAppError(error);
    }
  };

  const samples = createSamples(now);
  const commit = createCommits((works) => run((database) => database.write(() => works.map((work) => work(database)))));

  return {
    put: async (record) => {
      checkRecord(record);
      return commit(insert(record));
    },
    get: async (imageId) => {
      checkImageId(imageId);
      return run((database) => {
        const row = find(database, imageId);
        return row && decodeRecord(row['record'], row['revision']);
      });
    },
    replace: async (record, revision) => {
      checkRecord(record);
      return commit(update(record, revision));
    },
    remove: async (imageId, revision) => {
      checkImageId(imageId);
      return commit(remove(imageId, revision));
    },
    search: async (search) => {
      const { order, limit } = search;
      checkFilter(search);
      checkPage(search);
      const after = parseCursor(search);
      const found = await run((database) => searchRows(database, search, after));
      const images = found.slice(0, limit).map(({ record, revision }) => decodeRecord(record, revision));
      const last = images.at(-1);
      return { images, ...(found.length > limit && last !== undefined && { after: toCursor(last, order) }) };
    },
    count: async (filter) => {
      checkFilter(filter);
      return run((database) => countRows(database, filter, samples));
    },
    countBy: async (filter, by, limit) => {
      checkFilter(filter);
      checkGrouping(by);
      checkLimit(limit);
      const rows = await run((database) => groupRows(database, filter, by, limit));
      return rows.map(({ grouped, images, size }) => ({
        value: toGroupValue(by, grouped),
        images: Number(images),
        size: Number(size),
      }));
    },
    ping: async () => {
      await run((database) => database.get({ text: 'SELECT 1 FROM images LIMIT 1', values: [] }));
    },
  };
}

const newRevision = (): string => randomBytes(REVISION_BYTES).toString('base64url');

const find = (database: SqliteDatabase, imageId: string): SqliteRow | undefined =>
  database.get({ text: FIND, values: [imageId] });

const toWritten = (record: ImageRecord): Omit<Written, 'revision'> => ({
  row: toRow(record),
  terms: termsOf(record).join(' '),
});

function insert(record: ImageRecord): Work {
  const written = toWritten(record);
  return (database) => insertRow(database, { ...written, revision: newRevision() });
}

function update(record: ImageRecord, revision: string): Work {
  const written = toWritten(record);
  return (database) => {
    const row = find(database, record.imageId);
    if (row?.['revision'] !== revision) return false;
    updateRow(database, idOf(row), { ...written, revision: newRevision() });
    return true;
  };
}

function remove(imageId: string, revision: string | undefined): Work {
  return (database) => {
    const row = find(database, imageId);
    if (row === undefined) return true;
    if (revision !== undefined && row['revision'] !== revision) return false;
    removeRow(database, idOf(row));
    return true;
  };
}
