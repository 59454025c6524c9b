import type { Collection } from 'mongodb';
import { IN_TIME, type MongodbConnection, openClients } from '../../mongodb/client.ts';
import { MalformedAnswer } from '../../mongodb/failure.ts';
import type { Database, Row } from '../database.ts';

interface Stored {
  readonly _id: string;
  readonly revision: unknown;
  readonly doc: unknown;
}

/**
 * Opens the database by the driver, which is loaded now. Every value in a query stands in an operator of ours (`$eq`,
 * `$gt`), every value of an update in `$set`: nothing is taken for an operator.
 */
export async function openDatabase(connection: MongodbConnection, idleMs?: number): Promise<Database> {
  const { use, requireSize, close } = await openClients(connection, idleMs);
  // Not every server of the protocol takes a hyphen in a name; of our names none has an underscore.
  const inRows = <Result>(collection: string, work: (rows: Collection<Stored>) => Promise<Result>): Promise<Result> =>
    use((database) => work(database.collection(collection.replaceAll('-', '_'))));

  return {
    insert: async (collection, id, { revision, doc }) => {
      const row = { _id: id, revision, doc };
      requireSize(row);
      await inRows(collection, (rows) => rows.insertOne(row, IN_TIME));
    },
    find: async (collection, id) => {
      const row = await inRows(collection, (rows) => rows.findOne({ _id: { $eq: id } }, IN_TIME));
      return row === null ? undefined : toRow(row);
    },
    findAfter: async (collection, after, limit) => {
      const found = await inRows(collection, (rows) =>
        rows
          .find({ _id: { $gt: after } }, IN_TIME)
          .sort({ _id: 1 })
          .limit(limit)
          .toArray(),
      );
      return found.map(toRow);
    },
    update: async (collection, id, expected, { revision, doc }) => {
      requireSize({ _id: id, revision, doc });
      const where = { _id: { $eq: id }, revision: { $eq: expected } };
      const change = { $set: { revision, doc } };
      const { matchedCount } = await inRows(collection, (rows) => rows.updateOne(where, change, IN_TIME));
      if (matchedCount !== 0 && matchedCount !== 1) throw new MalformedAnswer('The answer to an update counts no rows');
      return matchedCount === 1;
    },
    remove: async (collection, id) => {
      await inRows(collection, (rows) => rows.deleteOne({ _id: { $eq: id } }, IN_TIME));
    },
    /** Made by the server when something is first stored. */
    makeCollection: async () => undefined,
    close,
  };
}

const toRow = ({ _id, revision, doc }: Stored): Row => ({ id: _id, revision, doc });
