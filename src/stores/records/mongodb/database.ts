import type { Collection, Filter, Sort } from 'mongodb';
import type { ImageFilter, ImageOrder, ImageRecord } from '../../../ports/image-records.ts';
import { IN_TIME, type MongodbConnection, openClients } from '../../mongodb/client.ts';
import { MalformedAnswer } from '../../mongodb/failure.ts';
import type { Position } from '../cursor.ts';
import { toRow } from '../encoding.ts';
import { termsOf, toQuestion } from '../terms.ts';

/** A row: the record as JSON, and beside it what it is found, counted and put in order by. */
export interface Stored {
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

/** Which rows; every value stands in an operator of ours. */
export type Question = Filter<Stored>;

/** One page of rows: all behind `after`, in an order, with these fields alone, or whole ones. */
interface Page {
  readonly question: Question;
  readonly order: ImageOrder;
  readonly after: Position | undefined;
  readonly limit: number;
  readonly fields?: readonly (keyof Stored)[] | undefined;
}

/** One request each; what fails throws as the driver throws it. */
export interface MongodbDatabase {
  /** Makes what is missing; nothing of it is needed but for speed. */
  makeIndexes(): Promise<void>;
  insert(row: Stored): Promise<void>;
  find(imageId: string): Promise<Stored | undefined>;
  /** Writes where the row still has the revision `expected`; tells whether there was one. */
  update(row: Stored, expected: string): Promise<boolean>;
  remove(imageId: string): Promise<void>;
  findPage(page: Page): Promise<readonly Stored[]>;
  /** How many, up to `limit`. */
  count(question: Question, limit: number): Promise<number>;
  /** The sample that so many rows do not go beyond; `undefined` where there are fewer. */
  findSample(rows: number): Promise<number | undefined>;
}

const COLLECTION = 'imagepic_images';

const WAYS = {
  newest: { column: 'created', direction: -1 },
  oldest: { column: 'created', direction: 1 },
  name: { column: 'name', direction: 1 },
  size: { column: 'size', direction: -1 },
} as const satisfies Record<ImageOrder, object>;

/** A term, such as that of a folder, leads to its rows in the order that is asked for most. */
const INDEXES = [
  { key: { removed: 1, terms: 1, created: 1, image_id: 1 }, name: 'terms' },
  { key: { removed: 1, name: 1, image_id: 1 }, name: 'name' },
  { key: { removed: 1, size: 1, image_id: 1 }, name: 'size' },
  { key: { sample: 1, image_id: 1 }, name: 'sample' },
] as const;

/** Opens the collection of records by the driver, which is loaded now. */
export async function openDatabase(connection: MongodbConnection, idleMs?: number): Promise<MongodbDatabase> {
  const { use, requireSize } = await openClients(connection, idleMs);
  const inRows = <Result>(work: (rows: Collection<Stored>) => Promise<Result>): Promise<Result> =>
    use((database) => work(database.collection<Stored>(COLLECTION)));

  return {
    makeIndexes: async () => {
      await inRows((rows) => rows.createIndexes(INDEXES.map(({ key, name }) => ({ key: { ...key }, name }))));
    },
    insert: async (row) => {
      requireSize(row);
      await inRows((rows) => rows.insertOne(row, IN_TIME));
    },
    find: async (imageId) => (await inRows((rows) => rows.findOne({ _id: { $eq: imageId } }, IN_TIME))) ?? undefined,
    update: async (row, expected) => {
      requireSize(row);
      const { _id: imageId, ...values } = row;
      const where = { _id: { $eq: imageId }, revision: { $eq: expected } };
      const { matchedCount } = await inRows((rows) => rows.updateOne(where, { $set: values }, IN_TIME));
      if (matchedCount !== 0 && matchedCount !== 1) throw new MalformedAnswer('The answer to an update counts no rows');
      return matchedCount === 1;
    },
    remove: async (imageId) => {
      await inRows((rows) => rows.deleteOne({ _id: { $eq: imageId } }, IN_TIME));
    },
    findPage: async ({ question, order, after, limit, fields }) => {
      const { column, direction } = WAYS[order];
      const sort: Sort = { [column]: direction, image_id: direction };
      const where = after === undefined ? question : { $and: [question, ...toRest(order, after)] };
      const projection = fields && Object.fromEntries(fields.map((field) => [field, 1]));
      return inRows((rows) =>
        rows
          .find<Stored>(where, { ...IN_TIME, ...(projection !== undefined && { projection }) })
          .sort(sort)
          .limit(limit)
          .toArray(),
      );
    },
    count: (question, limit) =>
      use(async (database) => {
        // A command older than pipelines, which `countDocuments` is made of.
        const { n } = await database.command({ count: COLLECTION, query: question, limit, ...IN_TIME });
        if (!Number.isInteger(n)) throw new MalformedAnswer('The answer to a count is no number');
        return Number(n);
      }),
    findSample: async (rows) => {
      const [last] = await inRows((all) =>
        all
          .find({}, { ...IN_TIME, projection: { sample: 1 } })
          .sort({ sample: 1, image_id: 1 })
          .skip(rows - 1)
          .limit(1)
          .toArray(),
      );
      return last?.sample;
    },
  };
}

/** Makes a row of a record that was checked. */
export function toStored(record: ImageRecord, revision: string): Stored {
  const { labels, albums, name, ...row } = toRow(record);
  return {
    ...{ ...row, _id: row.image_id, revision, name: toHex(name) },
    ...{ albums: [...record.albumIds], terms: [...new Set(termsOf(record))] },
  };
}

/** What the index is asked for: all that a filter lets through, and what only `toRest` can tell from it. */
export function toStoredQuestion(filter: ImageFilter): Question {
  const { all, any } = toQuestion(filter);
  const { from, to, minSize, maxSize, state } = filter;
  const terms = [
    ...[...all, ...(any.length === 1 ? any : [])].map((term) => ({ terms: { $eq: term } })),
    ...(any.length === 1 ? [] : [{ terms: { $in: [...any] } }]),
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

/** The rows behind a position. The first condition is what an index begins at. */
function toRest(order: ImageOrder, { value, imageId }: Position): readonly Question[] {
  const { column, direction } = WAYS[order];
  const at = typeof value === 'string' ? toHex(value) : value;
  const [beyond, from] = direction === 1 ? ['$gt', '$gte'] : ['$lt', '$lte'];
  return [
    { [column]: { [from]: at } },
    {
      $or: [{ [column]: { [beyond]: at } }, { $and: [{ [column]: { $eq: at } }, { image_id: { [beyond]: imageId } }] }],
    },
  ];
}

const toHex = (text: string): string => Buffer.from(text).toString('hex');
