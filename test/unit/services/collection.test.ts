import * as v from 'valibot';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { defineCollection, openCollection } from '../../../src/services/collection.ts';
import { createMemoryDocumentStore, type MemoryDocumentStore } from '../../support/memory/document-store.ts';
import { createMemoryObjectStore } from '../../support/memory/object-store.ts';
import { errorOf, refusalOf } from '../../support/refusal.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const now = (): Date => NOW;
const schema = v.object({ count: v.number(), note: v.optional(v.string()) });
const THINGS = defineCollection({ name: 'things', schema, retention: { kept: 'for the table' } });

let documents: MemoryDocumentStore;
let pauses: number;
beforeEach(() => {
  documents = createMemoryDocumentStore(now);
  pauses = 0;
});

/** Nobody waits: a pause of nothing is still counted. */
const open = () =>
  openCollection(documents, THINGS, () => {
    pauses += 1;
    return 0;
  });
const stored = (id = 'a'): unknown => {
  const text = documents.texts().get(`things/${id}`);
  return text === undefined ? undefined : JSON.parse(text);
};
const writesOf = (): string[] => {
  const writes: string[] = [];
  documents.hooks.before = ({ method }) => {
    if (method !== 'read' && method !== 'list') writes.push(method);
  };
  return writes;
};
const increment = ({ count, ...rest }: v.InferOutput<typeof schema>) => ({ ...rest, count: count + 1 });
const begin = (doc: v.InferOutput<typeof schema> | undefined) => (doc === undefined ? { count: 1 } : increment(doc));

/** Lets somebody else write in the collection right before each of the next `times` writes. */
const interfere = (times: number, write: (round: number) => Promise<unknown>): void => {
  let left = times;
  let isOurs = false;
  documents.hooks.before = async ({ method }) => {
    if (isOurs || left === 0 || (method !== 'create' && method !== 'replace')) return;
    left -= 1;
    isOurs = true;
    await write(times - left);
    isOurs = false;
  };
};
const rewrite = async (count: number): Promise<void> => {
  await documents.remove('things', 'a');
  await documents.create('things', 'a', { count });
};

describe('a collection', () => {
  it('creates a document once', async () => {
    expect(await open().create('a', { count: 1 })).toBe(true);
    expect(await open().create('a', { count: 2 })).toBe(false);
    expect(stored()).toEqual({ count: 1 });
  });

  it('lets one of many create it', async () => {
    const created = await Promise.all(Array.from({ length: 20 }, (_, count) => open().create('a', { count })));
    expect(created.filter((isCreated) => isCreated)).toHaveLength(1);
  });

  it('reads what is there, and nothing where nothing is', async () => {
    expect(await open().read('a')).toBeUndefined();
    await open().create('a', { count: 1, note: 'n' });
    expect(await open().read('a')).toEqual({ count: 1, note: 'n' });
  });

  it('removes what is there, and what is not', async () => {
    await open().create('a', { count: 1 });
    await open().remove('a');
    await open().remove('a');
    expect(await open().read('a')).toBeUndefined();
  });

  it('lists page by page, in the store’s order', async () => {
    for (const id of ['c', 'a', 'b']) await open().create(id, { count: id.charCodeAt(0) });
    const first = await open().list({ limit: 2 });
    expect(first).toEqual({
      documents: [
        { id: 'a', doc: { count: 97 } },
        { id: 'b', doc: { count: 98 } },
      ],
      after: 'b',
    });
    const last = await open().list({ limit: 2, after: first.after });
    expect(last).toEqual({ documents: [{ id: 'c', doc: { count: 99 } }] });
    expect(Object.keys(last)).not.toContain('after');
    expect(await open().list({ limit: 3, after: undefined })).toMatchObject({ documents: [{}, {}, {}] });
  });

  it('does not keep what is undefined, nor what its schema does not know', async () => {
    await open().create('a', { count: 1, note: undefined });
    expect(stored()).toEqual({ count: 1 });
    await open().upsert('b', () => ({ count: 1, note: undefined }));
    expect(stored('b')).toEqual({ count: 1 });
    await documents.create('things', 'c', { count: 1, more: true });
    expect(await open().read('c')).toEqual({ count: 1 });
    expect((await open().list({ limit: 10, after: 'b' })).documents).toEqual([{ id: 'c', doc: { count: 1 } }]);
  });
});

describe('a change', () => {
  it('of what is there is stored and given back', async () => {
    await open().create('a', { count: 1 });
    expect(await open().update('a', increment)).toEqual({ count: 2 });
    expect(await open().update('a', async (doc) => increment(doc))).toEqual({ count: 3 });
    expect(await open().upsert('a', begin)).toEqual({ count: 4 });
    expect(stored()).toEqual({ count: 4 });
    expect(pauses).toBe(0);
  });

  it('of what is not there asks nobody, unless it may begin one', async () => {
    let isAsked = false;
    const updated = await open().update('a', (doc) => {
      isAsked = true;
      return doc;
    });
    expect([updated, isAsked, stored()]).toEqual([undefined, false, undefined]);
    expect(await open().upsert('a', async (doc) => begin(doc))).toEqual({ count: 1 });
    expect(stored()).toEqual({ count: 1 });
  });

  it.each(['update', 'upsert'] as const)('that gives back what it got writes nothing: %s', async (method) => {
    await open().create('a', { count: 1 });
    const writes = writesOf();
    const same = (doc: v.InferOutput<typeof schema> | undefined) => doc ?? { count: 0 };
    expect(await open()[method]('a', same)).toEqual({ count: 1 });
    expect(writes).toEqual([]);
  });

  it('that gives back an equal document is written', async () => {
    await open().create('a', { count: 1 });
    const writes = writesOf();
    await open().update('a', (doc) => ({ ...doc }));
    expect(writes).toEqual(['replace']);
  });

  it.each(['update', 'upsert'] as const)('that throws leaves everything as it is: %s', async (method) => {
    await open().create('a', { count: 1 });
    const writes = writesOf();
    const failure = new Error('no');
    const fail = (): never => {
      throw failure;
    };
    await expect(open()[method]('a', fail)).rejects.toBe(failure);
    await expect(open()[method]('a', async () => fail())).rejects.toBe(failure);
    expect(writes).toEqual([]);
    expect(stored()).toEqual({ count: 1 });
  });

  it('that begins a document and gives none is a bug', async () => {
    // What the types forbid, as a caller in JavaScript might do it.
    await expect(open().upsert('a', () => undefined as never)).rejects.toThrow(
      new TypeError('an upsert gives a document'),
    );
    expect(stored()).toBeUndefined();
  });

  it.each(['create', 'replace'] as const)('that the store fails to %s is tried no second time', async (failing) => {
    if (failing === 'replace') await open().create('a', { count: 1 });
    documents.hooks.before = ({ method }) => {
      if (method === failing) throw new Error('away');
    };
    await expect(open().upsert('a', begin)).rejects.toThrow('away');
    expect(pauses).toBe(0);
  });
});

describe('who comes second', () => {
  it('to change a document looks again', async () => {
    await open().create('a', { count: 1 });
    interfere(1, () => rewrite(10));
    const seen: number[] = [];
    const changed = await open().update('a', (doc) => {
      seen.push(doc.count);
      return increment(doc);
    });
    expect([changed, seen, pauses]).toEqual([{ count: 11 }, [1, 10], 1]);
    expect(stored()).toEqual({ count: 11 });
  });

  it('to begin a document goes on from the other’s', async () => {
    interfere(1, () => documents.create('things', 'a', { count: 10 }));
    expect(await open().upsert('a', begin)).toEqual({ count: 11 });
    expect(pauses).toBe(1);
  });

  it('to change what is being removed finds nothing, or begins anew', async () => {
    await open().create('a', { count: 5 });
    interfere(1, () => documents.remove('things', 'a'));
    expect(await open().update('a', increment)).toBeUndefined();
    await open().create('a', { count: 5 });
    interfere(1, () => documents.remove('things', 'a'));
    expect(await open().upsert('a', begin)).toEqual({ count: 1 });
  });

  it('to what needs no change any more leaves the other’s', async () => {
    const own = { count: 1 };
    interfere(1, () => documents.create('things', 'a', { count: 10 }));
    expect(await open().upsert('a', (doc) => doc ?? own)).toEqual({ count: 10 });
    expect(stored()).toEqual({ count: 10 });
  });

  it('does not overwrite what was removed and made anew with the same content', async () => {
    await open().create('a', { count: 1 });
    interfere(1, () => rewrite(1));
    await open().update('a', increment);
    expect([stored(), pauses]).toEqual([{ count: 2 }, 1]);
  });

  it('by a crowd is one of them: each change counts once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => open().upsert('a', begin)));
    expect(stored()).toEqual({ count: 20 });
  });

  it.each([
    ['39 times still gets its turn', 39, undefined],
    ['40 times gives up', 40, 'ServiceUnavailable'],
  ])('%s', async (_, times, refusal) => {
    await open().create('a', { count: 0 });
    interfere(times, rewrite);
    const refused = await errorOf(open().update('a', (doc) => ({ ...doc, note: 'ours' })));
    expect(refused?.code).toBe(refusal);
    expect(pauses).toBe(times);
    expect(stored()).toEqual(refusal === undefined ? { count: 39, note: 'ours' } : { count: 40 });
    if (refused === undefined) return;
    expect(refused.details).toEqual({ retryAfterSeconds: 1 });
    expect(refused.text.en).toContain('try again later');
    expect(refused.text.zh).toContain('重试');
    expect(refused.cause).toEqual(new Error('40 tries in things'));
  });

  it('waits for a part of a time that doubles, up to 64 ms', async () => {
    await open().create('a', { count: 0 });
    interfere(8, rewrite);
    const part = 2 ** -20;
    const timers = vi.spyOn(globalThis, 'setTimeout');
    await openCollection(documents, THINGS, () => part).update('a', increment);
    const waited = timers.mock.calls.map(([, ms = 0]) => ms / part);
    timers.mockRestore();
    expect(waited).toEqual([2, 4, 8, 16, 32, 64, 64, 64]);
  });
});

describe('a document of another shape', () => {
  const damaged = [{}, { count: '1' }, { count: null }, { count: 1, note: 5 }];
  type Things = ReturnType<typeof open>;
  const CALLS: readonly (readonly [string, (things: Things) => Promise<unknown>])[] = [
    ['read', (things) => things.read('a')],
    ['update', (things) => things.update('a', increment)],
    ['upsert', (things) => things.upsert('a', begin)],
    ['list', (things) => things.list({ limit: 10 })],
  ];

  it.each(CALLS.flatMap(([name, call]) => damaged.map((doc) => ({ name, doc, call }))))(
    'is damaged, not absent, and stays as it is: $name of $doc',
    async ({ doc, call }) => {
      await documents.create('things', 'a', doc);
      const refused = await errorOf(call(open()));
      expect(refused?.code).toBe('ServiceUnavailable');
      expect(refused?.text.en).toContain('ask an admin to repair');
      expect(refused?.text.zh).toContain('管理员');
      expect(refused?.details).toEqual({});
      expect(refused?.cause).toBeInstanceOf(v.ValiError);
      expect(stored()).toEqual(doc);
    },
  );

  it('can be removed', async () => {
    await documents.create('things', 'a', { count: '1' });
    expect(await refusalOf(open().remove('a'))).toBeUndefined();
    expect(stored()).toBeUndefined();
  });
});

describe('retention', () => {
  const released: unknown[] = [];
  beforeEach(() => {
    released.length = 0;
  });
  const store = createMemoryObjectStore({ now });
  const isExpired = ({ count }: { readonly count: number }, at: Date) => at.getTime() >= count;
  const PLAIN = defineCollection({ name: 'things', schema, retention: { isExpired } });
  const HOLDING = defineCollection({
    name: 'things',
    schema,
    retention: { isExpired, release: async (...args) => void released.push(args) },
  });
  const expired = { count: NOW.getTime() };

  it('is part of what is known of a collection', () => {
    expect([THINGS.name, THINGS.kept, THINGS.schema]).toEqual(['things', 'for the table', schema]);
    expect([PLAIN.name, PLAIN.kept, PLAIN.schema]).toEqual(['things', undefined, schema]);
  });

  it.each([
    ['is kept', THINGS, expired, false],
    ['has not expired', PLAIN, { count: NOW.getTime() + 1 }, false],
    ['has expired', PLAIN, expired, true],
    ['has expired and holds something', HOLDING, expired, true],
    ['is damaged', PLAIN, { count: 'x' }, false],
    ['is damaged and would hold something', HOLDING, {}, false],
  ])('of a document that %s', async (_, { expire }, doc, goes) => {
    const release = expire('a', doc, NOW);
    expect(release !== undefined).toBe(goes);
    expect(released).toEqual([]);
    expect(await release?.(store)).toBeUndefined();
  });

  it('releases what hangs on a document, read by its schema', async () => {
    await HOLDING.expire('a', { ...expired, more: 1 }, NOW)?.(store);
    expect(released).toEqual([['a', expired, store]]);
  });

  it('passes on what releasing fails with', async () => {
    const failure = new AppError('ServiceUnavailable', { zh: '存储', en: 'away' });
    const FAILING = defineCollection({
      name: 'things',
      schema,
      retention: {
        isExpired,
        release: async () => {
          throw failure;
        },
      },
    });
    await expect(FAILING.expire('a', expired, NOW)?.(store)).rejects.toBe(failure);
  });
});
