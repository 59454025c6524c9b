import type { ImageFilter, ImageGrouping, ImageRecord, ImageRecords } from '../../../ports/image-records.ts';
import { checkLimit } from '../../arguments.ts';
import { toAppError } from '../../failure.ts';
import { explain, failureOf } from '../../postgres/failure.ts';
import type { PostgresConnection } from '../../postgres/pool.ts';
import { type Call, createRequests } from '../../requests.ts';
import { type Change, isRevision, nextRevision } from '../../revision.ts';
import { writeOnce } from '../../write-once.ts';
import { checkFilter, checkGrouping, checkImageId, checkPage, checkRecord } from '../checks.ts';
import { parseCursor, toCursor } from '../cursor.ts';
import { COLUMNS, decodeRecord, toRow } from '../encoding.ts';
import { toCondition, toGroup, toGroupValue } from '../query.ts';
import { termsOf } from '../terms.ts';
import { MAX_COUNTED, MAX_SAMPLED, toTotal } from '../totals.ts';
import { openDatabase, type PostgresDatabase, type PostgresValue } from './database.ts';
import { type Ask, createPaces, type Matching, searchRows, toMatching } from './search.ts';

/** Which database; the table `imagepic_images` is made in it when it is missing. */
export interface PostgresImageRecordsOptions extends PostgresConnection {
  readonly now: () => Date;
  readonly random?: () => number;
}

const MARKS = COLUMNS.map(() => '?').join(', ');
const INSERT = `INSERT INTO imagepic_images (revision, ${COLUMNS.join(', ')}, terms) VALUES (?, ${MARKS}, ?::text[])
  ON CONFLICT (image_id) DO NOTHING`;
const REMOVE = 'DELETE FROM imagepic_images WHERE image_id = ?';
const UPDATE = `UPDATE imagepic_images SET revision = ?, ${COLUMNS.map((column) => `${column} = ?`).join(', ')},
  terms = ?::text[] WHERE image_id = ? AND revision = ?`;

/**
 * Creates image records in PostgreSQL ≥ 12, by pg, which is loaded on first use.
 *
 * A row is the record as JSON, and beside it what it is found by: all terms in one GIN index, and what tells whether the
 * record is meant. A request takes at most 2 s, a call 5 s; what becomes of a write whose answer is lost is looked up.
 */
export function createPostgresImageRecords(options: PostgresImageRecordsOptions): ImageRecords {
  const { now, random = Math.random } = options;
  const requests = createRequests({ failureOf, now, random });
  const paces = createPaces(now);
  let opened: Promise<PostgresDatabase> | undefined;
  let making: Promise<void> | undefined;
  const makeTable = (database: PostgresDatabase): Promise<void> => {
    making ??= database.makeTable().finally(() => {
      making = undefined;
    });
    return making;
  };
  /** Sends a request, and again when it had no table, which is made then. */
  const send: PostgresDatabase['send'] = async (text, values) => {
    opened ??= openDatabase(options);
    const database = await opened;
    try {
      return await database.send(text, values);
    } catch (error) {
      if (failureOf(error) !== 'no-collection') throw error;
      await makeTable(database);
      return database.send(text, values);
    }
  };
  const run = async <Result>(work: (call: Call) => Promise<Result>): Promise<Result> => {
    try {
      return await work(requests.begin());
    } catch (error) {
      throw toAppError(error, explain);
    }
  };
  const ask = async (call: Call, text: string, values: readonly PostgresValue[]) =>
    (await call.repeatedly(() => send(text, values))).rows;
  const find = async (call: Call, imageId: string) => {
    const rows = await ask(call, 'SELECT revision, record FROM imagepic_images WHERE image_id = ?', [imageId]);
    return rows[0];
  };
  const write = (record: ImageRecord, expected: string | undefined): Promise<boolean> => {
    const change: Change = { written: nextRevision(expected), expected };
    const row = toRow(record);
    const values = [change.written, ...COLUMNS.map((column) => row[column]), termsOf(record)];
    const sent = async () => {
      const { changed } = await (expected === undefined
        ? send(INSERT, values)
        : send(UPDATE, [...values, record.imageId, expected]));
      return changed === 1;
    };
    return run((call) => {
      const findRevision = async (): Promise<string | undefined> => {
        const found = await find(call, record.imageId);
        return found && decodeRecord(found['record'], found['revision']).revision;
      };
      return writeOnce(call, { change, send: sent, findRevision }, failureOf);
    });
  };

  return {
    put: async (record) => {
      checkRecord(record);
      return write(record, undefined);
    },
    get: async (imageId) => {
      checkImageId(imageId);
      const row = await run((call) => find(call, imageId));
      return row && decodeRecord(row['record'], row['revision']);
    },
    replace: async (record, revision) => {
      checkRecord(record);
      return isRevision(revision) && write(record, revision);
    },
    remove: async (imageId, revision) => {
      checkImageId(imageId);
      return run(async (call) => {
        if (revision === undefined) {
          await ask(call, REMOVE, [imageId]);
          return true;
        }
        await ask(call, `${REMOVE} AND revision = ?`, [imageId, revision]);
        // What an attempt whose answer was lost has removed is gone too.
        return (await find(call, imageId)) === undefined;
      });
    },
    search: async (search) => {
      const { order, limit } = search;
      checkFilter(search);
      checkPage(search);
      const after = parseCursor(search);
      const found = await run((call) =>
        searchRows((text, values) => ask(call, text, values), search, { after, paces }),
      );
      const images = found.slice(0, limit).map(({ record, revision }) => decodeRecord(record, revision));
      const last = images.at(-1);
      return { images, ...(found.length > limit && last !== undefined && { after: toCursor(last, order) }) };
    },
    count: async (filter) => {
      checkFilter(filter);
      return run((call) => count((text, values) => ask(call, text, values), filter));
    },
    countBy: async (filter, by, limit) => {
      checkFilter(filter);
      checkGrouping(by);
      checkLimit(limit);
      const { text, values } = toGroups(filter, by);
      const rows = await run((call) => ask(call, text, [...values, limit]));
      return rows.map(({ grouped, images, size }) => ({
        value: toGroupValue(by, grouped),
        images: Number(images),
        size: Number(size),
      }));
    },
    ping: () =>
      run(async (call) => {
        await ask(call, 'SELECT 1 FROM imagepic_images LIMIT 1', []);
      }),
    close: async () => (await opened)?.close(),
  };
}

function toGroups(filter: ImageFilter, by: ImageGrouping): Matching {
  const { text, values } = toMatching(filter);
  const matching = `(SELECT ${toGroup(by)} AS grouped, size FROM ${text}) AS matching`;
  const one =
    by === 'album'
      ? `(SELECT album COLLATE "C" AS grouped, size
          FROM ${matching}, jsonb_array_elements_text(grouped::jsonb) AS album) AS one`
      : matching;
  return {
    text: `SELECT grouped, count(*) AS images, sum(size) AS size FROM ${one}
      WHERE grouped IS NOT NULL GROUP BY grouped ORDER BY 2 DESC, 1 LIMIT ?`,
    values,
  };
}

async function count(ask: Ask, filter: ImageFilter) {
  const { text, values } = toMatching(filter);
  const [counted] = await ask(`SELECT count(*) AS images FROM (SELECT 1 FROM ${text} LIMIT ?) AS few`, [
    ...values,
    MAX_COUNTED,
  ]);
  return toTotal(Number(counted?.['images']), async () => {
    const condition = toCondition(filter, 'strpos');
    const [sampled] = await ask(
      `SELECT count(*) AS looked, count(*) FILTER (WHERE hit) AS hits, max(sample) AS reach FROM
        (SELECT sample, (${condition.text}) AS hit FROM imagepic_images ORDER BY sample, image_id LIMIT ?) AS few`,
      [...condition.values, MAX_SAMPLED],
    );
    return { looked: Number(sampled?.['looked']), hits: Number(sampled?.['hits']), reach: Number(sampled?.['reach']) };
  });
}
