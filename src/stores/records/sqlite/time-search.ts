import type { ImageSearch } from '../../../ports/image-records.ts';
import type { Position } from '../cursor.ts';
import { type Sql, toOrderBy } from '../query.ts';
import type { SqliteDatabase } from './database.ts';
import { type FoundRow, LINE, lineIf, readRows } from './found-rows.ts';
import { idOf, SECOND, secondOf, secondOfId } from './rows.ts';

/** What the index finds, each with its row: a cross join is what keeps SQLite from beginning with the rows. */
export const FOUND = 'image_terms CROSS JOIN images ON images.id = image_terms.rowid';

/** So many more are looked at behind a page: the one that it ended with is not meant, nor are others of its second. */
const MARGIN = 4;

/** So many rows of one second are looked at rather than asked for. */
const MAX_NEAR = 64;

/** The index is led by whole numbers alone, and libsql gives it others. */
const WHOLE = 'CAST(? AS INTEGER)';
const MATCHING = `${FOUND} WHERE image_terms MATCH ? AND image_terms.rowid >= ${WHOLE} AND image_terms.rowid < ${WHOLE}`;
/** By their ids, whatever else there are indexes of. */
const ALL = 'images NOT INDEXED WHERE id >= ? AND id < ?';

/** What is asked for: by all terms, by those that tell the most, and what holds of a row exactly when it is meant. */
interface Asked {
  readonly match: string;
  readonly lead: string | undefined;
  readonly condition: Sql;
  readonly after: Position | undefined;
}

interface AskedInOrder extends Asked {
  readonly isDescending: boolean;
}

/** The ids of the seconds that are asked for, and how many of them come before the page. */
interface PassedOver {
  readonly seconds: readonly [number, number];
  readonly offset?: number;
  readonly isCrowded: boolean;
}

/** So many rows with ids from `from` and below `to`. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

/** In the order of the index, as far as the page goes; those of the second in which it ends are put in order here. */
export function searchByTime(database: SqliteDatabase, search: ImageSearch, asked: Asked): readonly FoundRow[] {
  const isDescending = search.order === 'newest';
  const inOrder = { ...asked, isDescending };
  const crowd = searchCrowd(database, search, asked);
  const begin = passOver(database, inOrder, {
    ...search,
    seconds: secondsOf(search, asked.after),
    isCrowded: crowd.length > 0,
  });
  if (begin === undefined) return [];
  const { from, to, offset } = begin;
  const enough = offset + search.limit + 1;
  const rows = findInOrder(database, inOrder, { from, to, limit: enough });
  const ofSecond = rows.length < enough ? [] : findInSecond(database, inOrder, lastOf(rows, isDescending));
  const way = isDescending ? -1 : 1;
  return [...rows, ...ofSecond, ...crowd].sort((a, b) => way * compareTimes(a, b)).slice(offset, enough);
}

/**
 * Where a page begins that so many come before: in the second of that one, of which some are passed over yet. Those that had
 * no room in theirs are in no order, so that with them all are passed over one by one. `undefined` where there are not so many.
 */
function passOver(
  database: SqliteDatabase,
  { match, condition, isDescending }: AskedInOrder,
  { seconds: [from, to], offset = 0, isCrowded }: PassedOver,
): { readonly from: number; readonly to: number; readonly offset: number } | undefined {
  if (offset === 0 || isCrowded) return { from, to, offset };
  const matching = `SELECT image_terms.rowid AS id FROM ${MATCHING} AND ${condition.text}`;
  const first = database.get({
    text: `${matching} ORDER BY image_terms.rowid ${isDescending ? 'DESC' : 'ASC'} LIMIT 1 OFFSET ?`,
    values: [match, from, to, ...condition.values, offset],
  });
  if (first === undefined) return undefined;
  const id = idOf(first);
  const second = secondOfId(id);
  const [before, until] = isDescending ? [id + 1, Math.min(to, second + SECOND)] : [Math.max(from, second), id];
  const left = database.get({
    text: `SELECT count(*) AS rows FROM (${matching})`,
    values: [match, before, until, ...condition.values],
  });
  return { ...(isDescending ? { from, to: until } : { from: before, to }), offset: Number(left?.['rows']) };
}

/**
 * The first in the order of ids. What the lead finds is mostly meant, and so is, where there is none, whatever comes next:
 * only where it is not, all terms are asked for.
 */
function findInOrder(
  database: SqliteDatabase,
  { match, lead, condition, after, isDescending }: AskedInOrder,
  { from, to, limit }: Stretch,
): readonly FoundRow[] {
  const way = isDescending ? 'DESC' : 'ASC';
  const most = after === undefined ? limit : limit + MARGIN;
  const looked = readRows(database, {
    text: `SELECT ${lineIf(condition.text)}
      FROM ${lead === undefined ? ALL : MATCHING} ORDER BY ${lead === undefined ? 'id' : 'image_terms.rowid'} ${way} LIMIT ?`,
    values: [...condition.values, ...(lead === undefined ? [] : [lead]), from, to, most],
  });
  const meant = looked.filter(({ record }) => record !== undefined);
  if (looked.length < most || meant.length >= limit) return meant;
  const last = lastOf(looked, isDescending);
  const others = readRows(database, {
    text: `SELECT ${LINE} FROM ${MATCHING} AND ${condition.text} ORDER BY image_terms.rowid ${way} LIMIT ?`,
    values: [match, ...(isDescending ? [from, last] : [last + 1, to]), ...condition.values, limit - meant.length],
  });
  return [...meant, ...others];
}

const lastOf = (rows: readonly FoundRow[], isDescending: boolean): number =>
  rows.reduce((last, { id }) => (isDescending ? Math.min(last, id) : Math.max(last, id)), rows[0]?.id ?? 0);

/** The others of the second of a row, on its further side. */
function findInSecond(database: SqliteDatabase, asked: AskedInOrder, id: number): readonly FoundRow[] {
  const second = secondOfId(id);
  if (!asked.isDescending) return findInOrder(database, asked, { from: id + 1, to: second + SECOND, limit: SECOND });
  // As they are numbered, there are so many at most.
  const most = id - second;
  if (most === 0) return [];
  if (most > MAX_NEAR) return findInOrder(database, asked, { from: second, to: id, limit: SECOND });
  const { text, values } = asked.condition;
  return readRows(database, { text: `SELECT ${LINE} FROM ${ALL} AND ${text}`, values: [second, id, ...values] });
}

/** Of those that had no room in their second, of which there are hardly ever any. */
function searchCrowd(
  database: SqliteDatabase,
  { order, limit, offset = 0 }: ImageSearch,
  asked: Asked,
): readonly FoundRow[] {
  if (database.get({ text: 'SELECT 1 FROM images WHERE id < 0 LIMIT 1', values: [] }) === undefined) return [];
  const { match, condition } = asked;
  return readRows(database, {
    text: `SELECT ${LINE} FROM ${FOUND} WHERE image_terms MATCH ? AND image_terms.rowid < 0 AND ${condition.text}
      ORDER BY ${toOrderBy(order)} LIMIT ?`,
    values: [match, ...condition.values, offset + limit + 1],
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

function compareTimes(a: FoundRow, b: FoundRow): number {
  if (a.created !== b.created) return a.created - b.created;
  return a.imageId < b.imageId ? -1 : 1;
}
