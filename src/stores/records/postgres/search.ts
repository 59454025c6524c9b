import type { ImageFilter, ImagePlace, ImageSearch } from '../../../ports/image-records.ts';
import type { Position } from '../cursor.ts';
import { toCondition, toOrderBy, toRest } from '../query.ts';
import { toQuestion } from '../terms.ts';
import type { PostgresValue } from './database.ts';

/*
 * The index of terms finds all that has them and knows no order; an index of an order knows no terms. Of a common word the
 * first rows in the order have a page soon, of a rare one the index of terms has few. PostgreSQL cannot tell which it is,
 * for it thinks that every two letters have nothing to do with each other, so that the first rows are looked at to know.
 */

/** Asks the database, again where it must, and gives the rows. */
export type Ask = (
  text: string,
  values: readonly PostgresValue[],
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Which rows. */
export interface Matching {
  readonly text: string;
  readonly values: readonly PostgresValue[];
}

/**
 * The rows that a filter lets through: what the index finds, as far as the row itself says so too. Where something else is
 * asked for, the index is not asked for a whole bucket besides: it would read all that there is of it.
 */
export function toMatching(filter: ImageFilter): Matching {
  const { all, any } = toQuestion(filter);
  const condition = toCondition(filter, 'strpos');
  const isSaid = all.length > 0 && filter.within.some(isWholeBucket);
  return {
    text: `imagepic_images WHERE terms @> ?::text[] AND ${isSaid ? '' : 'terms && ?::text[] AND '}${condition.text}`,
    values: [all, ...(isSaid ? [] : [any]), ...condition.values],
  };
}

const isWholeBucket = (place: ImagePlace): boolean => 'prefix' in place && !place.prefix.includes('/');

/** How many rows in an order are looked at to know how common a question is, and how many at most instead of asking for terms. */
const FIRST_LOOK = 1_000;
const MAX_LOOKED = 20_000;
/** Of so many more than a page is likely to be among. */
const MARGIN = 1.5;
/** How long what was seen holds, and of how many questions it is kept. */
const KEPT_MS = 60_000;
const MAX_KEPT = 1_000;

/** Keeps how many rows in an order have one that a question means; infinitely many where none was seen. */
export function createPaces(now: () => Date) {
  const kept = new Map<string, { readonly pace: number; readonly until: number }>();
  return {
    find: (question: string): number | undefined => {
      const known = kept.get(question);
      return known === undefined || known.until <= now().getTime() ? undefined : known.pace;
    },
    keep: (question: string, pace: number): void => {
      if (kept.size >= MAX_KEPT) kept.clear();
      kept.set(question, { pace, until: now().getTime() + KEPT_MS });
    },
  };
}

/** The first rows of a search behind a position, one more than a page has where there are more. */
export async function searchRows(
  ask: Ask,
  search: ImageSearch,
  { after, paces }: { readonly after: Position | undefined; readonly paces: ReturnType<typeof createPaces> },
) {
  const { order, limit, offset = 0 } = search;
  const condition = toCondition(search, 'strpos');
  const enough = offset + limit + 1;
  const isComplete = (found: readonly unknown[]): boolean => found.length > limit;
  const inPages = pagesOf(ask, search, after);
  if (toQuestion(search).all.length === 0) return inPages.inOrder();
  const question = JSON.stringify([condition, order]);
  let pace = paces.find(question);
  if (pace === undefined) {
    const found = await inPages.among(FIRST_LOOK);
    pace = found.length === 0 ? Number.POSITIVE_INFINITY : FIRST_LOOK / (offset + found.length);
    paces.keep(question, pace);
    if (isComplete(found)) return found;
  }
  const looked = Math.ceil(pace * enough * MARGIN);
  if (looked <= MAX_LOOKED) {
    const found = await inPages.among(looked);
    if (isComplete(found)) return found;
    paces.keep(question, Number.POSITIVE_INFINITY);
  }
  return inPages.byTerms();
}

/** The ways to a page. */
function pagesOf(ask: Ask, { order, limit, offset = 0, ...filter }: ImageSearch, after: Position | undefined) {
  const { text, values } = toMatching(filter);
  const condition = toCondition(filter, 'strpos');
  const rest = after === undefined ? undefined : toRest(order, after);
  const behind = { text: rest === undefined ? '' : `AND ${rest.text}`, values: rest?.values ?? [] };
  const inOrder = `ORDER BY ${toOrderBy(order)}`;
  const page = (from: string, of: readonly PostgresValue[]) =>
    ask(`SELECT record, revision FROM ${from} ${inOrder} LIMIT ? OFFSET ?`, [...of, limit + 1, offset]);
  return {
    inOrder: () => page(`${text} ${behind.text}`, [...values, ...behind.values]),
    /** Of so many rows in the order. */
    among: (looked: number) =>
      page(
        `(SELECT * FROM imagepic_images WHERE removed = ? ${behind.text} ${inOrder} LIMIT ?) AS looked WHERE ${condition.text}`,
        [filter.state === 'removed' ? 1 : 0, ...behind.values, looked, ...condition.values],
      ),
    /** Of all that the terms find: an offset keeps PostgreSQL from beginning with the order instead. */
    byTerms: () => page(`(SELECT * FROM ${text} ${behind.text} OFFSET 0) AS found`, [...values, ...behind.values]),
  };
}
