import type { ImageFilter, ImageGrouping, ImageSearch, ImageTotal } from '../../../ports/image-records.ts';
import type { Position } from '../cursor.ts';
import { joinSql, type Sql, toCondition, toGroup, toOrderBy, toRest as toRowsBehind } from '../query.ts';
import { toRest } from '../rest.ts';
import { REMOVED, toQuestion } from '../terms.ts';
import { type createSamples, MAX_COUNTED, MAX_SAMPLED, type Sampled, toTotal } from '../totals.ts';
import type { SqliteDatabase, SqliteRow } from './database.ts';
import { type FoundRow, LINE, readRows } from './found-rows.ts';
import { countFound, leadOf } from './lead.ts';
import { FOUND, searchByTime } from './time-search.ts';

/**
 * Up to so many finds of the index, times the root of how deep a page ends, are put in another order than theirs; where there
 * are more, the next row in that order is soon one.
 */
const MAX_FOUND = 800;

/** The first rows of a search behind a position, one more than a page has where there are more. */
export function searchRows(
  database: SqliteDatabase,
  search: ImageSearch,
  after: Position | undefined,
): readonly FoundRow[] {
  const question = toQuestion(search);
  const match = toMatch(search, question);
  if (match === undefined) return [];
  const behind = after === undefined ? [] : [toRowsBehind(search.order, after)];
  const condition = joinSql([toCondition(search, 'instr'), ...behind], ' AND ');
  return search.order === 'newest' || search.order === 'oldest'
    ? searchByTime(database, search, { match, condition, lead: leadOf(database, question.all), after })
    : searchSorted(database, search, { match, condition });
}

interface Asked {
  readonly match: string;
  readonly condition: Sql;
}

function searchSorted(database: SqliteDatabase, filter: ImageSearch, { match, condition }: Asked): readonly FoundRow[] {
  const { limit, offset = 0 } = filter;
  const few = Math.round(MAX_FOUND * Math.sqrt(offset + limit));
  const isFew = countFound(database, match, few + 1) <= few;
  const from = isFew ? { text: `${FOUND} WHERE image_terms MATCH ?`, values: [match] } : undefined;
  return readRows(database, {
    text: `SELECT ${LINE} FROM ${from?.text ?? 'images WHERE true'} AND ${condition.text}
      ORDER BY ${toOrderBy(filter.order)} LIMIT ? OFFSET ?`,
    values: [...(from?.values ?? []), ...condition.values, limit + 1, offset],
  });
}

/** What to ask the index for; `undefined` where nothing can be found. */
function toMatch(filter: ImageFilter, { all, any } = toQuestion(filter)): string | undefined {
  if (any.length === 0) return;
  const match = [...all, `(${any.join(' OR ')})`].join(' AND ');
  return filter.state === 'present' ? `(${match}) NOT ${REMOVED}` : match;
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
