import { RECORD_ROWS } from '../../../naming/record-rows.ts';
import { type CloudBaseConnection, MalformedAnswer, member, openClient, wasUpdated } from '../../cloudbase/client.ts';
import { failureOf } from '../../cloudbase/failure.ts';
import type { Failure } from '../../failure.ts';
import { type RowDatabase, type RowFilter, type TermRow, toRowFilter } from '../rows.ts';

/**
 * Opens the collection of records of an environment. Queries and updates go as they are (`raw`), every value of them in an
 * operator of ours: nothing is taken for an operator, merged or flattened. Until something is stored there is no
 * collection, in which nothing is found.
 */
export async function openDatabase(connection: CloudBaseConnection): Promise<RowDatabase> {
  const { database, collection } = await openClient(connection);
  const name = `${connection.prefix ?? 'imagepic_'}${RECORD_ROWS.collection}`;
  const where = (filter: RowFilter) => collection(name).options({ raw: true, multiple: false }).where(filter);
  const ofId = (imageId: string): RowFilter => ({ _id: { $eq: imageId } });
  const find = async (query: Found): Promise<readonly TermRow[]> => {
    const { data } = await query.get().catch(insteadOf('no-collection', { data: [] }));
    // What is damaged shows when its record is read.
    return data as readonly TermRow[];
  };
  const add = async (row: TermRow): Promise<void> => {
    const answer: unknown = await collection(name).add(row);
    if (member(answer, 'id') !== row._id) throw new MalformedAnswer('insert');
  };

  return {
    // The first row that is stored makes the collection; its indexes are made by hand.
    prepare: async () => undefined,
    insert: async (row) => {
      const isThere = await add(row).then(() => true, insteadOf('no-collection', false));
      if (isThere) return;
      await database.createCollection(name).catch(insteadOf('collection-exists', undefined));
      await add(row);
    },
    find: async (imageId) =>
      (
        await find(
          where(ofId(imageId))
            .field(shown(['record', 'revision']))
            .limit(1),
        )
      )[0],
    update: async ({ _id: imageId, ...values }, expected) => {
      const same = where({ $and: [ofId(imageId), { revision: { $eq: expected } }] });
      return same.update({ $set: values }).then(wasUpdated, insteadOf('no-collection', false));
    },
    remove: async (imageId, expected) => {
      const same = expected === undefined ? ofId(imageId) : { $and: [ofId(imageId), { revision: { $eq: expected } }] };
      await where(same).remove().catch(insteadOf('no-collection', undefined));
    },
    findPage: (page) => {
      const { order, offset, limit, fields } = page;
      const way = order.direction === 1 ? 'asc' : 'desc';
      const rows = where(toRowFilter(page)).orderBy(order.column, way).orderBy('image_id', way);
      return find(rows.field(shown(fields)).skip(offset).limit(limit));
    },
    count: async (question, limit) => {
      // The database knows no limit of a count, but skips no further than there is.
      const beyond = where(question)
        .field(shown([]))
        .skip(limit - 1)
        .limit(1);
      if ((await find(beyond)).length > 0) return limit;
      const answer: unknown = await where(question)
        .count()
        .catch(insteadOf('no-collection', { total: 0 }));
      const total = member(answer, 'total');
      if (!Number.isInteger(total)) throw new MalformedAnswer('count');
      return Math.min(Number(total), limit);
    },
    findSample: async (rows) => {
      const all = where({ sample: { $gte: 0 } })
        .orderBy('sample', 'asc')
        .orderBy('image_id', 'asc');
      const [last] = await find(
        all
          .field(shown(['sample']))
          .skip(rows - 1)
          .limit(1),
      );
      return last?.sample;
    },
  };
}

interface Found {
  get(): Promise<{ readonly data: readonly unknown[] }>;
}

const shown = (fields: readonly (keyof TermRow)[]): Readonly<Record<string, true>> =>
  Object.fromEntries(['_id', ...fields].map((field) => [field, true]));

const insteadOf =
  <Answer>(failure: Failure, answer: Answer) =>
  (error: unknown): Answer => {
    if (failureOf(error) !== failure) throw error;
    return answer;
  };
