import { type CloudBaseConnection, MalformedAnswer, member, openClient, wasUpdated } from '../../cloudbase/client.ts';
import type { Database, Row } from '../database.ts';

/**
 * Opens the documents of an environment. Every value in a query stands in an operator of ours (`eq`, `gt`), every value of
 * an update in `set`: nothing is taken for an operator, merged or flattened.
 */
export async function openDatabase(connection: CloudBaseConnection): Promise<Database> {
  const { database, collection: collectionNamed } = await openClient(connection);
  const { eq, gt, set } = database.command;
  const rowsOf = (answer: { readonly data: readonly unknown[] }): readonly Row[] => answer.data.map(toRow);
  const rowWithId = (name: string, id: string) =>
    collectionNamed(name)
      .options({ multiple: false })
      .where({ _id: eq(id) });

  return {
    insert: async (collection, id, value) => {
      const answer: unknown = await collectionNamed(collection).add({ _id: id, ...value });
      if (member(answer, 'id') !== id) throw new MalformedAnswer('insert');
    },
    find: async (collection, id) => rowsOf(await rowWithId(collection, id).limit(1).get())[0],
    findAfter: async (collection, after, limit) =>
      rowsOf(
        await collectionNamed(collection)
          .where({ _id: gt(after) })
          .orderBy('_id', 'asc')
          .limit(limit)
          .get(),
      ),
    update: async (collection, id, expected, { revision, doc }) =>
      wasUpdated(
        await collectionNamed(collection)
          .options({ multiple: false })
          .where({ _id: eq(id), revision: eq(expected) })
          .update({ revision: set(revision), doc: set(doc) }),
      ),
    remove: async (collection, id) => {
      await rowWithId(collection, id).remove();
    },
    makeCollection: async (collection) => {
      await database.createCollection(collection);
    },
  };
}

const toRow = (row: unknown): Row => ({
  id: member(row, '_id'),
  revision: member(row, 'revision'),
  doc: member(row, 'doc'),
});
