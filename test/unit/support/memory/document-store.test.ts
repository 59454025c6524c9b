import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/ports/document-store.ts';
import { describeDocumentStore } from '../../../suites/document-store.suite.ts';
import { createMemoryDocumentStore } from '../../../support/memory/document-store.ts';

let time = Date.now();
describeDocumentStore(
  'in-memory',
  async () => ({ store: createMemoryDocumentStore(() => new Date(time)), close: async () => undefined }),
  {
    advanceClock: (milliseconds) => {
      time += milliseconds;
    },
  },
);

describe('documents in memory', () => {
  const open = () => createMemoryDocumentStore(() => new Date());
  const refused = { code: 'InvalidArgument' };

  it.each(['', 'Users', '1st', 'a_b', '../up', 'x'.repeat(65)])('refuses the collection %j', async (collection) => {
    await expect(open().read(collection, 'id')).rejects.toMatchObject(refused);
    await expect(open().list(collection, { limit: 1 })).rejects.toMatchObject(refused);
  });

  it.each(['', 'A', 'a.b', '../a', '图', 'x'.repeat(129)])('refuses the id %j', async (id) => {
    await expect(open().create('users', id, {})).rejects.toMatchObject(refused);
    await expect(open().remove('users', id)).rejects.toMatchObject(refused);
  });

  it.each([0, 1001, 1.5, Number.NaN])('refuses a page of %s', async (limit) => {
    await expect(open().list('users', { limit })).rejects.toMatchObject(refused);
  });

  it.each([
    ['undefined', { gone: undefined }],
    ['a date', { at: new Date(0) }],
    ['NaN', { list: [Number.NaN] }],
    ['a map', { map: new Map() }],
    ['a function', { call: () => 1 }],
  ])('refuses %s, which JSON cannot say', async (_, doc) => {
    // The types forbid it too; a cast in a service might get past them.
    await expect(open().create('users', 'id', doc as unknown as JsonObject)).rejects.toThrow('not JSON');
  });

  it('fails, loses answers and lets others in between as its hooks say', async () => {
    const store = open();
    store.hooks.before = ({ method, id }) => {
      if (method === 'create' && id === 'failing') throw new Error('away');
    };
    await expect(store.create('users', 'failing', {})).rejects.toThrow('away');
    expect(await store.read('users', 'failing')).toBeUndefined();
    store.hooks.after = ({ method }) => {
      if (method === 'create') throw new Error('answer lost');
    };
    await expect(store.create('users', 'lost', {})).rejects.toThrow('answer lost');
    expect(await store.read('users', 'lost')).toBeDefined();
    store.hooks.after = undefined;
    store.hooks.before = async ({ method }) => {
      if (method === 'create') return;
      store.hooks.before = undefined;
      await store.create('users', 'between', {});
    };
    expect(await store.read('users', 'between')).toBeDefined();
    expect([...store.texts().keys()]).toEqual(['users/lost', 'users/between']);
  });
});
