import { describe, expect, it } from 'vitest';
import { countRows, searchRows } from '../../../../src/stores/records/row-search.ts';
import { type RowDatabase, type TermRow, toTermRow } from '../../../../src/stores/records/rows.ts';
import type { Call } from '../../../../src/stores/requests.ts';
import { imageRecord, numberedImageId } from '../../../support/image-record.ts';

const call: Call = {
  once: (request) => request(),
  repeatedly: (request) => request(),
  pause: async () => undefined,
};
const everything = { within: [{ bucket: 'images', prefix: '' }], state: 'present' } as const;

/** What is asked of rows that terms have found, in the order of their ids, newest first. */
function databaseOf(rows: readonly TermRow[]): RowDatabase {
  const refuse = async (): Promise<never> => expect.fail('nothing else is asked');
  return {
    ...{ prepare: refuse, insert: refuse, find: refuse, update: refuse, remove: refuse },
    findPage: async ({ after, offset, limit }) =>
      rows.filter((row) => after === undefined || row._id < after.imageId).slice(offset, offset + limit),
    count: async (_, limit) => Math.min(rows.length, limit),
    findSample: async (some) => rows[some - 1]?.sample,
  };
}

/** As many that have each of the word's grams, and last of all, oldest, one that has the word. */
function rowsWithOneMeant(others: number): readonly TermRow[] {
  const row = toTermRow(imageRecord({ title: 'abxbc' }), 'r');
  const copies = Array.from({ length: others }, (_, index) => ({ ...row, _id: numberedImageId(others - index) }));
  return [...copies, toTermRow(imageRecord({ imageId: numberedImageId(0), title: 'abc' }), 'r')];
}

describe('a search of rows whose words have to be compared', () => {
  const search = { ...everything, text: 'abc', order: 'newest', limit: 10 } as const;

  it('goes on over the pages of the database until it has found enough', async () => {
    const { images, after } = await searchRows(
      { call, database: databaseOf(rowsWithOneMeant(2500)) },
      search,
      undefined,
    );
    expect(images.map(({ imageId }) => imageId)).toEqual([numberedImageId(0)]);
    expect(after).toBeUndefined();
  });

  it('passes over what is meant alone, however much it looks at', async () => {
    const meant = toTermRow(imageRecord({ imageId: numberedImageId(1), title: 'abc' }), 'r');
    const rows = rowsWithOneMeant(9000).map((row) => (row._id === meant._id ? meant : row));
    const { images, after } = await searchRows(
      { call, database: databaseOf(rows) },
      { ...search, offset: 1 },
      undefined,
    );
    expect(images.map(({ imageId }) => imageId)).toEqual([numberedImageId(0)]);
    expect(after).toBeUndefined();
  });

  it('ends its page early where it has looked at too many, and says where to go on', async () => {
    const { images, after } = await searchRows(
      { call, database: databaseOf(rowsWithOneMeant(9000)) },
      search,
      undefined,
    );
    expect(images).toEqual([]);
    expect(after).toEqual(expect.any(String));
  });
});

describe('a count of rows', () => {
  it('compares the words of each', async () => {
    const database = databaseOf(rowsWithOneMeant(1500));
    expect(await countRows({ call, database }, { ...everything, text: 'abc' })).toEqual({ images: 1, isExact: true });
  });

  it('beyond 10,000 is an estimate by some that stand for all', async () => {
    const row = toTermRow(imageRecord(), 'r');
    const rows = Array.from({ length: 20_000 }, (_, index) => ({
      ...{ ...row, _id: numberedImageId(20_000 - index), sample: Math.floor((index * 2 ** 32) / 20_000) },
    }));
    const total = await countRows({ call, database: databaseOf(rows) }, everything);
    expect(total.isExact).toBe(false);
    expect(Math.abs(total.images - 20_000)).toBeLessThan(100);
  });
});
