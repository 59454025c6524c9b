import type { ImageFilter, ImageOrder, ImageRecord } from '../../ports/image-records.ts';
import type { Position } from './cursor.ts';
import { decodeRecord, toRow } from './encoding.ts';
import { termsOf, toQuestion } from './terms.ts';

/** A row with its terms as a list: the record as JSON, and beside it what it is found, counted and put in order by. */
export interface TermRow {
  readonly _id: string;
  /** The same, for not every server takes `_id` into an index of several fields. */
  readonly image_id: string;
  readonly revision: string;
  readonly record: string;
  readonly removed: number;
  readonly bucket: string;
  readonly key: string;
  readonly owner: string | null;
  readonly type: string;
  readonly created: number;
  readonly size: number;
  /** Its bytes in hex, which every server puts in the same order. */
  readonly name: string;
  readonly albums: readonly string[];
  readonly searched: string;
  readonly sample: number;
  readonly terms: readonly string[];
}

/** Which rows, in the language of MongoDB's queries; every value stands in an operator of ours. */
export type RowFilter =
  | { readonly $and: readonly RowFilter[] }
  | { readonly $or: readonly RowFilter[] }
  | { readonly [column in keyof TermRow]?: { readonly [operator in Operator]?: string | number | readonly string[] } };

type Operator = '$eq' | '$gt' | '$gte' | '$lt' | '$lte' | '$in';

/** What rows are put in order by, before their ids and in the same direction. */
export interface RowOrder {
  readonly column: 'created' | 'name' | 'size';
  readonly direction: 1 | -1;
}

/** One page of rows: all behind `after` but the first `offset`, in an order, with their ids and these fields alone. `limit`: at most 1,000. */
export interface RowPage {
  readonly question: RowFilter;
  readonly order: RowOrder;
  readonly after: { readonly at: string | number; readonly imageId: string } | undefined;
  readonly offset: number;
  readonly limit: number;
  readonly fields: readonly (keyof TermRow)[];
}

/** One request each; what fails throws as the SDK throws it. */
export interface RowDatabase {
  /** Makes what rows want before the first is written. */
  prepare(): Promise<void>;
  insert(row: TermRow): Promise<void>;
  find(imageId: string): Promise<TermRow | undefined>;
  /** Writes where the row still has the revision `expected`; tells whether there was one. */
  update(row: TermRow, expected: string): Promise<boolean>;
  /** With `expected` only where the row still has that revision. */
  remove(imageId: string, expected: string | undefined): Promise<void>;
  findPage(page: RowPage): Promise<readonly TermRow[]>;
  /** How many, up to `limit`. */
  count(question: RowFilter, limit: number): Promise<number>;
  /** The sample that so many rows do not go beyond; `undefined` where there are fewer. */
  findSample(rows: number): Promise<number | undefined>;
  /** Gives up its connections; absent where none are held. */
  close?(): Promise<void>;
}

const ORDERS = {
  newest: { column: 'created', direction: -1 },
  oldest: { column: 'created', direction: 1 },
  name: { column: 'name', direction: 1 },
  size: { column: 'size', direction: -1 },
  smallest: { column: 'size', direction: 1 },
} as const satisfies Record<ImageOrder, RowOrder>;

/** What rows are put in order by. */
export const toRowOrder = (order: ImageOrder): RowOrder => ORDERS[order];

/** The same position as rows have it. */
export const toRowPosition = ({ value, imageId }: Position): NonNullable<RowPage['after']> => ({
  at: typeof value === 'string' ? toHex(value) : value,
  imageId,
});

/** Makes a row of a record that was checked. */
export function toTermRow(record: ImageRecord, revision: string): TermRow {
  const { labels, albums, name, ...row } = toRow(record);
  return {
    ...{ ...row, _id: row.image_id, revision, name: toHex(name) },
    ...{ albums: [...record.albumIds], terms: [...new Set(termsOf(record))] },
  };
}

/** Reads the record of a row. @throws {AppError} ServiceUnavailable where it is none */
export const decodeRow = ({ record, revision }: TermRow) => decodeRecord(record, revision);

/** What the index is asked for: all that a filter lets through, and what only `toRest` can tell from it. */
export function toRowQuestion(filter: ImageFilter): RowFilter {
  const { all, any } = toQuestion(filter);
  const { from, to, minSize, maxSize, state } = filter;
  const terms = [
    ...[...all, ...(any.length === 1 ? any : [])].map((term) => ({ terms: { $eq: term } })),
    ...(any.length === 1 ? [] : [{ terms: { $in: any } }]),
  ];
  return {
    $and: [
      { removed: { $eq: state === 'removed' ? 1 : 0 } },
      ...terms,
      ...(minSize === undefined ? [] : [{ size: { $gte: minSize } }]),
      ...(maxSize === undefined ? [] : [{ size: { $lte: maxSize } }]),
      ...(from === undefined ? [] : [{ created: { $gte: from.getTime() } }]),
      ...(to === undefined ? [] : [{ created: { $lt: to.getTime() } }]),
    ],
  };
}

/** The rows that a page is of: those behind a position alone. The first condition of it is what an index begins at. */
export function toRowFilter({ question, order: { column, direction }, after }: RowPage): RowFilter {
  if (after === undefined) return question;
  const { at, imageId } = after;
  const [beyond, from] = direction === 1 ? (['$gt', '$gte'] as const) : (['$lt', '$lte'] as const);
  return {
    $and: [
      question,
      { [column]: { [from]: at } },
      {
        $or: [
          { [column]: { [beyond]: at } },
          { $and: [{ [column]: { $eq: at } }, { image_id: { [beyond]: imageId } }] },
        ],
      },
    ],
  };
}

const toHex = (text: string): string => Buffer.from(text).toString('hex');
