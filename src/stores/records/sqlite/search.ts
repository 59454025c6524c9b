import type { ImageFilter, ImageGrouping, ImageSearch, ImageTotal } from '../../../ports/image-records.ts';
import type { Position } from '../cursor.ts';
import { joinSql, type Sql, toCondition, toGroup, toOrderBy, toRest as toRowsBehind } from '../query.ts';
import { toRest } from '../rest.ts';
import { REMOVED, toQuestion } from '../terms.ts';
import { type createSamples, MAX_COUNTED, MAX_SAMPLED, type Sampled, toTotal } from '../totals.ts';
import type { SqliteDatabase, SqliteRow } from './database.ts';
import { idOf, SECOND, secondOf, secondOfId } from './rows.ts';

/** Up to so many finds of the index are put in another order than theirs; where there are more, the next row in that order is soon one. */
const MAX_FOUND = 5_000;

/** What the index finds, each with its row: a cross join is what keeps SQLite from beginning with the rows. */
const FOUND = 'image_terms CROSS JOIN images ON images.id = image_terms.rowid';
/** The index is led by whole numbers alone, and libsql gives it others. */
const WHOLE = 'CAST(? AS INTEGER)';
const SELECTED = 'images.id AS id, image_id, created, record, revision';

/** The first rows of a search behind a position, one more than a page has where there are more. */
export function searchRows(
  database: SqliteDatabase,
  search: ImageSearch,
  after: Position | undefined,
): readonly SqliteRow[] {
  const match = toMatch(search);
  if (match === undefined) return [];
  const behind = after === undefined ? [] : [toRowsBehind(search.order, after)];
  const condition = joinSql([toCondition(search, 'instr'), ...behind], ' AND ');
  return search.order === 'newest' || search.order === 'oldest'
    ? searchByTime(database, search, { match, condition, after })
    : searchSorted(database, search, { match, condition });
}

interface Asked {
  readonly match: string;
  readonly condition: Sql;
}

/** In the order of the index, as far as the page goes; those of the second in which it ends are put in order here. */
function searchByTime(
  database: SqliteDatabase,
  search: ImageSearch,
  { match, condition, after }: Asked & { after: Position | undefined },
): readonly SqliteRow[] {
  const isDescending = search.order === 'newest';
  const enough = search.limit + 1;
  const ask = (from: number, to: number, limit: number): readonly SqliteRow[] =>
    database.all({
      text: `SELECT ${SELECTED} FROM ${FOUND}
        WHERE image_terms MATCH ? AND image_terms.rowid >= ${WHOLE} AND image_terms.rowid < ${WHOLE} AND ${condition.text}
        ORDER BY image_terms.rowid ${isDescending ? 'DESC' : 'ASC'} LIMIT ?`,
      values: [match, from, to, ...condition.values, limit],
    });
  const [from, to] = secondsOf(search, after);
  const rows = ask(from, to, enough);
  const last = rows.length < enough ? undefined : rows.at(-1);
  const id = last && idOf(last);
  const second = id === undefined ? 0 : secondOfId(id);
  const ofSecond =
    id === undefined ? [] : isDescending ? ask(second, id, SECOND) : ask(id + 1, second + SECOND, SECOND);
  const all = [...rows, ...ofSecond, ...searchCrowd(database, search, { match, condition })];
  const way = isDescending ? -1 : 1;
  return all.sort((a, b) => way * compareTimes(a, b)).slice(0, enough);
}

/** Of those that had no room in their second, of which there are hardly ever any. */
function searchCrowd(
  database: SqliteDatabase,
  { order, limit }: ImageSearch,
  { match, condition }: Asked,
): readonly SqliteRow[] {
  if (database.get({ text: 'SELECT 1 FROM images WHERE id < 0 LIMIT 1', values: [] }) === undefined) return [];
  return database.all({
    text: `SELECT ${SELECTED} FROM ${FOUND} WHERE image_terms MATCH ? AND image_terms.rowid < 0 AND ${condition.text}
      ORDER BY ${toOrderBy(order)} LIMIT ?`,
    values: [match, ...condition.values, limit + 1],
  });
}

function searchSorted(database: SqliteDatabase, filter: ImageSearch, { match, condition }: Asked) {
  const from = isFew(database, match) ? { text: `${FOUND} WHERE image_terms MATCH ?`, values: [match] } : undefined;
  return database.all({
    text: `SELECT record, revision FROM ${from?.text ?? 'images WHERE true'} AND ${condition.text}
      ORDER BY ${toOrderBy(filter.order)} LIMIT ?`,
    values: [...(from?.values ?? []), ...condition.values, filter.limit + 1],
  });
}

/** The ids from the first second that can have images of a search, up to the one behind the last. */
function secondsOf({ order, from, to }: ImageSearch, after: Position | undefined): readonly [number, number] {
  const position = after && Number(after.value);
  const first = order === 'oldest' ? position : undefined;
  const last = order === 'newest' ? position : undefined;
  const ends = [last, to?.getTime()].filter((time) => time !== undefined);
  return [
    secondOf(Math.max(0, first ?? 0, from?.getTime() ?? 0)),
    ends.length === 0 ? Number.MAX_SAFE_INTEGER : secondOf(Math.min(...ends)) + SECOND,
  ];
}

function compareTimes(a: SqliteRow, b: SqliteRow): number {
  const time = Number(a['created']) - Number(b['created']);
  if (time !== 0) return time;
  return String(a['image_id']) < String(b['image_id']) ? -1 : 1;
}

/** What to ask the index for; `undefined` where nothing can be found. */
function toMatch(filter: ImageFilter): string | undefined {
  const { all, any } = toQuestion(filter);
  if (any.length === 0) return;
  const match = [...all, `(${any.join(' OR ')})`].join(' AND ');
  return filter.state === 'present' ? `(${match}) NOT ${REMOVED}` : match;
}

const isFew = (database: SqliteDatabase, match: string): boolean =>
  countFound(database, match, MAX_FOUND + 1) <= MAX_FOUND;

/** How many the index finds, at most so many. */
function countFound(database: SqliteDatabase, match: string, most: number): number {
  const found = database.get({
    text: 'SELECT count(*) AS found FROM (SELECT 1 FROM image_terms WHERE image_terms MATCH ? LIMIT ?)',
    values: [match, most],
  });
  return Number(found?.['found']);
}

export async function countRows(
  database: SqliteDatabase,
  filter: ImageFilter,
  samples: ReturnType<typeof createSamples>,
): Promise<ImageTotal> {
  const match = toMatch(filter);
  if (match === undefined) return { images: 0, isExact: true };
  const condition = toCondition(filter, 'instr');
  // What terms tell alone needs no row.
  const { from, to, minSize, maxSize } = filter;
  const isTold = toRest(filter).isEmpty && [from, to, minSize, maxSize].every((bound) => bound === undefined);
  const counted = isTold
    ? countFound(database, match, MAX_COUNTED)
    : database.get({
        text: `SELECT count(*) AS images FROM (SELECT 1 FROM ${FOUND} WHERE image_terms MATCH ? AND ${condition.text} LIMIT ?)`,
        values: [match, ...condition.values, MAX_COUNTED],
      })?.['images'];
  const sample = (): Sampled => {
    const sampled = database.get({
      text: `SELECT count(*) AS looked, count(*) FILTER (WHERE hit) AS hits, max(sample) AS reach
        FROM (SELECT sample, (${condition.text}) AS hit FROM images ORDER BY sample, image_id LIMIT ?)`,
      values: [...condition.values, MAX_SAMPLED],
    });
    return { looked: Number(sampled?.['looked']), hits: Number(sampled?.['hits']), reach: Number(sampled?.['reach']) };
  };
  return toTotal(Number(counted), () => samples(JSON.stringify(condition), sample));
}

export function groupRows(
  database: SqliteDatabase,
  filter: ImageFilter,
  by: ImageGrouping,
  limit: number,
): readonly SqliteRow[] {
  const match = toMatch(filter);
  if (match === undefined) return [];
  const condition = toCondition(filter, 'instr');
  const matching = `(SELECT ${toGroup(by)} AS grouped, size FROM ${FOUND} WHERE image_terms MATCH ? AND ${condition.text})`;
  const one = by === 'album' ? `(SELECT value AS grouped, size FROM ${matching}, json_each(grouped))` : matching;
  return database.all({
    text: `SELECT grouped, count(*) AS images, total(size) AS size FROM ${one}
      WHERE grouped IS NOT NULL GROUP BY grouped ORDER BY 2 DESC, 1 LIMIT ?`,
    values: [match, ...condition.values, limit],
  });
}
