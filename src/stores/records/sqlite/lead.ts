import type { SqliteDatabase } from './database.ts';

/** To look at so many rows takes less than to ask the index for a further term. */
const MAX_FEW = 64;
const MAX_KEPT = 10_000;

/** How far apart the newest are that have a term which more than a few have, by file and term: what was once is so later too, or nearly. */
const kept = new WeakMap<SqliteDatabase, Map<string, number>>();

/**
 * What to ask the index for first: not for the places, which nearly all may be in, but for the one term that few have, or
 * the fewest of the newest; `undefined` where places alone are asked for.
 */
export function leadOf(database: SqliteDatabase, terms: readonly string[]): string | undefined {
  let lead = terms[0];
  let widest = 0;
  for (const term of terms.length > 1 ? terms : []) {
    const span = spanOf(database, term);
    if (span === undefined) return term;
    if (span > widest) {
      widest = span;
      lead = term;
    }
  }
  return lead;
}

/** `undefined` where few have the term. */
function spanOf(database: SqliteDatabase, term: string): number | undefined {
  const spans = kept.get(database) ?? new Map<string, number>();
  kept.set(database, spans);
  const known = spans.get(term);
  if (known !== undefined) return known;
  const newest = database.get({
    text: `SELECT count(*) AS rows, max(id) - min(id) AS span FROM
      (SELECT rowid AS id FROM image_terms WHERE image_terms MATCH ? ORDER BY rowid DESC LIMIT ?)`,
    values: [term, MAX_FEW + 1],
  });
  if (Number(newest?.['rows']) <= MAX_FEW) return undefined;
  if (spans.size >= MAX_KEPT) spans.clear();
  const span = Number(newest?.['span']);
  spans.set(term, span);
  return span;
}

/** How many the index finds, at most so many. */
export function countFound(database: SqliteDatabase, match: string, most: number): number {
  const found = database.get({
    text: 'SELECT count(*) AS found FROM (SELECT 1 FROM image_terms WHERE image_terms MATCH ? LIMIT ?)',
    values: [match, most],
  });
  return Number(found?.['found']);
}
