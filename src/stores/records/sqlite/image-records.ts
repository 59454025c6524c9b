import { randomBytes } from 'node:crypto';
import { retry } from '../../../concurrency/retry.ts';
import type { ImageFilter, ImageRecord, ImageRecords } from '../../../ports/image-records.ts';
import { checkLimit } from '../../arguments.ts';
import { checkFilter, checkGrouping, checkImageId, checkRecord } from '../checks.ts';
import { parseCursor, toCursor } from '../cursor.ts';
import { COLUMNS, decodeRecord, toRow } from '../encoding.ts';
import { joinSql, type Sql, toCondition, toGroup, toGroupValue, toOrderBy, toRest } from '../query.ts';
import { termsOf, toQuestion } from '../terms.ts';
import { MAX_COUNTED, MAX_SAMPLED, toTotal } from '../totals.ts';
import { createCommits, type Work } from './commits.ts';
import { openDatabase, type SqliteDatabase, type SqliteRow } from './database.ts';
import { isBusy, toAppError } from './failure.ts';
import { loadLibsql } from './load-libsql.ts';

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
/** Up to so many finds of the index are looked at one by one; where there are more, the next row in order is soon one. */
const MAX_FOUND = 5_000;
/** Of so few it is quicker to see where they are than to ask the index, whose list of a bucket's images is read through. */
const MAX_FEW = 500;

const MARKS = COLUMNS.map(() => '?').join(', ');
const INSERT = `INSERT INTO images (revision, ${COLUMNS.join(', ')}) VALUES (?, ${MARKS}) ON CONFLICT (image_id) DO NOTHING`;
const UPDATE = `UPDATE images SET revision = ?, ${COLUMNS.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`;
const FIND = 'SELECT id, revision, record FROM images WHERE image_id = ?';
const INDEX = 'INSERT INTO image_terms (rowid, terms) VALUES (?, ?)';
const UNINDEX = 'DELETE FROM image_terms WHERE rowid = ?';

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
    remove: async (imageId) => {
      checkImageId(imageId);
      await commit(remove(imageId));
    },
    search: async (search) => {
      const { order, limit } = search;
      checkFilter(search);
      checkLimit(limit);
      const after = parseCursor(search);
      const found = await run((database) => {
        const { from, condition } = toRows(database, search);
        const rest = after === undefined ? [] : [toRest(order, after)];
        const { text, values } = joinSql([condition, ...rest], ' AND ');
        const ordered = `SELECT record, revision FROM ${from.text} WHERE ${text} ORDER BY ${toOrderBy(order)} LIMIT ?`;
        return database.all({ text: ordered, values: [...from.values, ...values, limit + 1] });
      });
      const images = found.slice(0, limit).map(({ record, revision }) => decodeRecord(record, revision));
      const last = images.at(-1);
      return { images, ...(found.length > limit && last !== undefined && { after: toCursor(last, order) }) };
    },
    count: async (filter) => {
      checkFilter(filter);
      return run((database) => count(database, filter));
    },
    countBy: async (filter, by, limit) => {
      checkFilter(filter);
      checkGrouping(by);
      checkLimit(limit);
      const rows = await run((database) => {
        const { from, condition } = toRows(database, filter);
        const matching = `(SELECT ${toGroup(by)} AS grouped, size FROM ${from.text} WHERE ${condition.text})`;
        const one = by === 'album' ? `(SELECT value AS grouped, size FROM ${matching}, json_each(grouped))` : matching;
        return database.all({
          text: `SELECT grouped, count(*) AS images, total(size) AS size FROM ${one}
            WHERE grouped IS NOT NULL GROUP BY grouped ORDER BY 2 DESC, 1 LIMIT ?`,
          values: [...from.values, ...condition.values, limit],
        });
      });
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

function valuesOf(record: ImageRecord): readonly (string | number | null)[] {
  const row = toRow(record);
  return COLUMNS.map((column) => row[column]);
}

function insert(record: ImageRecord): Work {
  const [values, terms] = [valuesOf(record), termsOf(record).join(' ')];
  return (database) => {
    if (database.run(INSERT, [newRevision(), ...values]) === 0) return false;
    database.run(INDEX, [idOf(find(database, record.imageId)), terms]);
    return true;
  };
}

function update(record: ImageRecord, revision: string): Work {
  const [values, terms] = [valuesOf(record), termsOf(record).join(' ')];
  return (database) => {
    const row = find(database, record.imageId);
    if (row?.['revision'] !== revision) return false;
    const id = idOf(row);
    database.run(UPDATE, [newRevision(), ...values, id]);
    database.run(UNINDEX, [id]);
    database.run(INDEX, [id, terms]);
    return true;
  };
}

function remove(imageId: string): Work {
  return (database) => {
    const row = find(database, imageId);
    if (row === undefined) return false;
    database.run(UNINDEX, [idOf(row)]);
    database.run('DELETE FROM images WHERE id = ?', [idOf(row)]);
    return true;
  };
}

const idOf = (row: SqliteRow | undefined): number => Number(row?.['id']);

interface Rows {
  readonly from: Sql;
  readonly condition: Sql;
}

/** Where to look for what a filter lets through: among the few that the index finds, or, where it finds many, everywhere. */
function toRows(database: SqliteDatabase, filter: ImageFilter): Rows {
  const condition = toCondition(filter, 'instr');
  const everywhere = { from: { text: 'images', values: [] }, condition };
  const { all, any } = toQuestion(filter);
  if (any.length === 0) return everywhere;
  // Words are many terms, and to ask for them once more costs what it saves.
  const isFew = !filter.text && all.length > 0 && isAtMost(database, all.join(' AND '), MAX_FEW);
  const match = [...all, ...(isFew ? [] : [`(${any.join(' OR ')})`])].join(' AND ');
  if (!isFew && !isAtMost(database, match, MAX_FOUND)) return everywhere;
  // A cross join is what keeps SQLite from beginning with the other table.
  const text = '(SELECT rowid AS id FROM image_terms WHERE image_terms MATCH ?) CROSS JOIN images USING (id)';
  return { from: { text, values: [match] }, condition };
}

/** Whether the index finds no more than so many. */
function isAtMost(database: SqliteDatabase, match: string, most: number): boolean {
  const found = database.get({
    text: 'SELECT count(*) AS found FROM (SELECT 1 FROM image_terms WHERE image_terms MATCH ? LIMIT ?)',
    values: [match, most + 1],
  });
  return Number(found?.['found']) <= most;
}

async function count(database: SqliteDatabase, filter: ImageFilter) {
  const { from, condition } = toRows(database, filter);
  const counted = database.get({
    text: `SELECT count(*) AS images FROM (SELECT 1 FROM ${from.text} WHERE ${condition.text} LIMIT ?)`,
    values: [...from.values, ...condition.values, MAX_COUNTED],
  });
  return toTotal(Number(counted?.['images']), () => {
    const sampled = database.get({
      text: `SELECT count(*) AS looked, count(*) FILTER (WHERE hit) AS hits, max(sample) AS reach
        FROM (SELECT sample, (${condition.text}) AS hit FROM images ORDER BY sample, image_id LIMIT ?)`,
      values: [...condition.values, MAX_SAMPLED],
    });
    return { looked: Number(sampled?.['looked']), hits: Number(sampled?.['hits']), reach: Number(sampled?.['reach']) };
  });
}
