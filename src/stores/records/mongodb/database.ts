import type { Collection, Filter } from 'mongodb';
import { RECORD_ROWS } from '../../../naming/record-rows.ts';
import { IN_TIME, type MongodbConnection, openClients } from '../../mongodb/client.ts';
import { MalformedAnswer } from '../../mongodb/failure.ts';
import { type RowDatabase, type RowFilter, type TermRow, toRowFilter } from '../rows.ts';

const COLLECTION = `imagepic_${RECORD_ROWS.collection}`;

/** Opens the collection of records by the driver, which is loaded now. */
export async function openDatabase(connection: MongodbConnection, idleMs?: number): Promise<RowDatabase> {
  const { use, requireSize, close } = await openClients(connection, idleMs);
  const inRows = <Result>(work: (rows: Collection<TermRow>) => Promise<Result>): Promise<Result> =>
    use((database) => work(database.collection<TermRow>(COLLECTION)));

  return {
    // Nothing of it is needed but for speed.
    prepare: async () => {
      const indexes = RECORD_ROWS.indexes.map(({ name, fields }) => ({
        name,
        key: Object.fromEntries(fields.map((field) => [field, 1 as const])),
      }));
      await inRows((rows) => rows.createIndexes(indexes));
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
    remove: async (imageId, expected) => {
      const where = { _id: { $eq: imageId }, ...(expected !== undefined && { revision: { $eq: expected } }) };
      await inRows((rows) => rows.deleteOne(where, IN_TIME));
    },
    findPage: async (page) => {
      const { order, offset, limit, fields } = page;
      const projection = Object.fromEntries(fields.map((field) => [field, 1]));
      return inRows((rows) =>
        rows
          .find<TermRow>(toFilter(toRowFilter(page)), { ...IN_TIME, projection })
          .sort({ [order.column]: order.direction, image_id: order.direction })
          .skip(offset)
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
    close,
  };
}

/** The driver has its types for the same language. */
const toFilter = (filter: RowFilter) => filter as Filter<TermRow>;
