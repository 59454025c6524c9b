import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DocumentStore, JsonObject } from '../../src/ports/document-store.ts';

/** A store to test, and what closes it. */
export interface OpenedDocumentStore {
  readonly store: DocumentStore;
  close(): Promise<void>;
}

/** How a backend differs. */
export interface DocumentStoreSuiteOptions {
  /** Moves the clock that the store was given; without it a counter's expiry is waited for. */
  readonly advanceClock?: (milliseconds: number) => void;
  /** Gives a collection that is still empty; a random name unless the backend wants its collections made first. */
  readonly newCollection?: () => string | Promise<string>;
}

const randomCollection = (): string => `suite-${randomBytes(6).toString('hex')}`;

/** States what every document store promises. */
export function describeDocumentStore(
  name: string,
  open: () => Promise<OpenedDocumentStore>,
  { advanceClock, newCollection = randomCollection }: DocumentStoreSuiteOptions = {},
): void {
  describe(`${name} document store`, () => {
    let opened: OpenedDocumentStore;
    let store: DocumentStore;
    let users: string;

    beforeAll(async () => {
      opened = await open();
      store = opened.store;
      users = await newCollection();
    });
    afterAll(() => opened.close());

    const newId = (): string => `id-${randomBytes(8).toString('hex')}`;
    const stored = async (doc: JsonObject): Promise<{ id: string; revision: string }> => {
      const id = newId();
      expect(await store.create(users, id, doc)).toBe(true);
      const found = await store.read(users, id);
      return { id, revision: found?.revision ?? '' };
    };

    describe('create and read', () => {
      it.each<[string, JsonObject]>([
        ['an empty document', {}],
        ['every kind of value', { text: 'x', whole: 1, fraction: -0.25, yes: true, no: false, nothing: null }],
        ['nested values', { list: [1, [2, { three: [null] }], {}], object: { a: { b: { c: [] } } } }],
        ['Unicode', { 名字: '猫 🐱 é e\u0301', 'line\nbreak': '\u0000\u001f\u2028"\\/' }],
        ['large numbers', { max: Number.MAX_SAFE_INTEGER, tiny: 5e-324, huge: 1.7976931348623157e308 }],
        ['100 kB of text', { text: '图'.repeat(33_000) }],
      ])('reads back %s', async (_, doc) => {
        const { id } = await stored(doc);
        expect((await store.read(users, id))?.doc).toEqual(doc);
      });

      it.each(['a', '0', '-', '_', '-_-', 'u_0123456789abcdef', 'x'.repeat(128)])(
        'keeps a document under the id %s',
        async (id) => {
          const collection = await newCollection();
          expect(await store.create(collection, id, { id })).toBe(true);
          expect((await store.read(collection, id))?.doc).toEqual({ id });
          expect((await store.list(collection, { limit: 10 })).documents.map((found) => found.id)).toEqual([id]);
        },
      );

      it('knows nothing of a document that was never created', async () => {
        expect(await store.read(users, newId())).toBeUndefined();
        expect(await store.read(await newCollection(), newId())).toBeUndefined();
      });

      it('refuses a second document under the same id and keeps the first', async () => {
        const { id, revision } = await stored({ first: true });
        expect(await store.create(users, id, { first: false })).toBe(false);
        expect(await store.read(users, id)).toEqual({ doc: { first: true }, revision });
      });

      it('keeps collections apart', async () => {
        const other = await newCollection();
        const { id } = await stored({ in: 'users' });
        expect(await store.create(other, id, { in: 'other' })).toBe(true);
        await store.remove(other, id);
        expect((await store.read(users, id))?.doc).toEqual({ in: 'users' });
      });

      it('lets exactly one of 20 concurrent creations win', async () => {
        const id = newId();
        const won = await Promise.all(Array.from({ length: 20 }, (_, writer) => store.create(users, id, { writer })));
        expect(won.filter(Boolean)).toHaveLength(1);
        expect((await store.read(users, id))?.doc).toEqual({ writer: won.indexOf(true) });
      });

      it('is not changed by what the caller does to a document afterwards', async () => {
        const id = newId();
        const doc = { tags: ['a'], nested: { count: 1 } };
        const creating = store.create(users, id, doc);
        doc.tags.push('b');
        doc.nested.count = 2;
        await creating;
        const first = await store.read(users, id);
        expect(first?.doc).toEqual({ tags: ['a'], nested: { count: 1 } });
        Object.assign(first?.doc['nested'] ?? {}, { count: 3 });
        expect((await store.read(users, id))?.doc).toEqual({ tags: ['a'], nested: { count: 1 } });
      });
    });

    describe('replace', () => {
      it('stores the new document under a new revision', async () => {
        const { id, revision } = await stored({ name: 'old', gone: true });
        expect(await store.replace(users, id, { name: 'new' }, revision)).toBe(true);
        const found = await store.read(users, id);
        expect(found?.doc).toEqual({ name: 'new' });
        expect(found?.revision).not.toBe(revision);
      });

      it('gives a new revision also when the document stays the same', async () => {
        const { id, revision } = await stored({ same: true });
        expect(await store.replace(users, id, { same: true }, revision)).toBe(true);
        expect(await store.replace(users, id, { same: true }, revision)).toBe(false);
      });

      it.each(['', '0', 'another revision'])('refuses the revision %j', async (revision) => {
        const { id } = await stored({ kept: true });
        expect(await store.replace(users, id, { kept: false }, revision)).toBe(false);
        expect((await store.read(users, id))?.doc).toEqual({ kept: true });
      });

      it('refuses when there is no document', async () => {
        const { id, revision } = await stored({});
        await store.remove(users, id);
        expect(await store.replace(users, id, { back: true }, revision)).toBe(false);
        expect(await store.read(users, id)).toBeUndefined();
      });

      it('refuses the revision of a document that was removed and created again', async () => {
        const { id, revision } = await stored({ life: 1 });
        await store.remove(users, id);
        await store.create(users, id, { life: 1 });
        expect(await store.replace(users, id, { life: 2 }, revision)).toBe(false);
      });

      it('lets exactly one of 20 concurrent replacements of a revision win', async () => {
        const { id, revision } = await stored({});
        const won = await Promise.all(
          Array.from({ length: 20 }, (_, writer) => store.replace(users, id, { writer }, revision)),
        );
        expect(won.filter(Boolean)).toHaveLength(1);
        expect((await store.read(users, id))?.doc).toEqual({ writer: won.indexOf(true) });
      });

      it('loses no update of 16 writers that each add 25 by compare-and-set', async () => {
        const { id } = await stored({ count: 0 });
        const addOne = async (): Promise<void> => {
          for (;;) {
            const found = await store.read(users, id);
            const count = Number(found?.doc['count']) + 1;
            if (await store.replace(users, id, { count }, found?.revision ?? '')) return;
          }
        };
        const writer = async (): Promise<void> => {
          for (let round = 0; round < 25; round += 1) await addOne();
        };
        await Promise.all(Array.from({ length: 16 }, writer));
        expect((await store.read(users, id))?.doc).toEqual({ count: 400 });
      });

      it('shows a reader the old or the new document, never a mixture', async () => {
        const version = (letter: string): JsonObject => ({ letters: Array.from({ length: 500 }, () => letter) });
        const { id } = await stored(version('a'));
        let writing = true;
        const write = async (): Promise<void> => {
          for (const letter of 'bcdefghijk') {
            const found = await store.read(users, id);
            await store.replace(users, id, version(letter), found?.revision ?? '');
          }
          writing = false;
        };
        const seen = new Set<number>();
        const read = async (): Promise<void> => {
          while (writing) seen.add(new Set((await store.read(users, id))?.doc['letters'] as readonly string[]).size);
        };
        await Promise.all([write(), read(), read()]);
        expect([...seen]).toEqual([1]);
      });
    });

    describe('remove', () => {
      it('removes, and removes again without complaint', async () => {
        const { id } = await stored({});
        await store.remove(users, id);
        expect(await store.read(users, id)).toBeUndefined();
        await store.remove(users, id);
        await store.remove(users, newId());
        await store.remove(await newCollection(), newId());
      });

      it('makes room for a new document under the same id', async () => {
        const { id } = await stored({ life: 1 });
        await store.remove(users, id);
        expect(await store.create(users, id, { life: 2 })).toBe(true);
        expect((await store.read(users, id))?.doc).toEqual({ life: 2 });
      });
    });

    describe('list', () => {
      const listAll = async (collection: string, limit: number) => {
        const pages = [];
        let after: string | undefined;
        do {
          const page = await store.list(collection, { limit, ...(after !== undefined && { after }) });
          pages.push(page.documents);
          after = page.after;
        } while (after !== undefined);
        return pages;
      };

      it('lists an empty collection as one empty page', async () => {
        expect(await store.list(await newCollection(), { limit: 10 })).toEqual({ documents: [] });
      });

      it.each([1, 3, 7, 25, 26, 1000])('lists each of 25 documents exactly once in pages of %i', async (limit) => {
        const collection = await newCollection();
        const ids = Array.from({ length: 25 }, (_, index) => `id-${index}`);
        await Promise.all(ids.map((id) => store.create(collection, id, { id })));
        const pages = await listAll(collection, limit);
        expect(pages.every((page) => page.length <= limit)).toBe(true);
        expect(
          pages
            .flat()
            .map(({ id }) => id)
            .sort(),
        ).toEqual([...ids].sort());
        for (const { id, doc, revision } of pages.flat()) {
          expect(doc).toEqual({ id });
          expect(await store.read(collection, id)).toEqual({ doc, revision });
        }
      });

      it('lists in the same order every time', async () => {
        const collection = await newCollection();
        await Promise.all(Array.from({ length: 12 }, (_, index) => store.create(collection, `n${index}`, {})));
        expect((await listAll(collection, 5)).flat()).toEqual((await listAll(collection, 4)).flat());
      });

      it('goes on after a document that was removed meanwhile', async () => {
        const collection = await newCollection();
        await Promise.all(Array.from({ length: 6 }, (_, index) => store.create(collection, `n${index}`, {})));
        const first = await store.list(collection, { limit: 3 });
        await store.remove(collection, first.after ?? '');
        const second = await store.list(collection, {
          limit: 3,
          ...(first.after !== undefined && { after: first.after }),
        });
        expect(new Set([...first.documents, ...second.documents].map(({ id }) => id)).size).toBe(6);
        expect(second.after).toBeUndefined();
      });
    });

    describe('increment', () => {
      const minute = { by: 1, expiresInSeconds: 60 };

      it('starts at nought and adds', async () => {
        const id = newId();
        expect((await store.increment(users, id, minute)).value).toBe(1);
        expect((await store.increment(users, id, { ...minute, by: 41 })).value).toBe(42);
        expect((await store.increment(users, id, { ...minute, by: -2 })).value).toBe(40);
        expect((await store.increment(users, id, { ...minute, by: 0 })).value).toBe(40);
      });

      it('keeps the expiry of a running counter', async () => {
        const id = newId();
        const { expiresAt } = await store.increment(users, id, minute);
        expect(await store.increment(users, id, { by: 1, expiresInSeconds: 6000 })).toEqual({ value: 2, expiresAt });
      });

      it('starts a counter with by 0 for reading it', async () => {
        const id = newId();
        expect((await store.increment(users, id, { ...minute, by: 0 })).value).toBe(0);
        expect((await store.increment(users, id, minute)).value).toBe(1);
      });

      it('starts again once the counter has expired', async () => {
        const id = newId();
        const first = await store.increment(users, id, { by: 5, expiresInSeconds: 1 });
        const addOne = () => store.increment(users, id, { by: 1, expiresInSeconds: 1000 });
        if (advanceClock === undefined) await untilTime(first.expiresAt);
        else advanceClock(1000);
        const second = await addOne();
        expect(second.value).toBe(1);
        expect(second.expiresAt.getTime() - first.expiresAt.getTime()).toBeGreaterThanOrEqual(999_000);
        expect((await addOne()).value).toBe(2);
      });

      it('adds up exactly what 40 concurrent callers add', async () => {
        const id = newId();
        const values = await Promise.all(Array.from({ length: 40 }, () => store.increment(users, id, minute)));
        expect(values.map(({ value }) => value).sort((left, right) => left - right)).toEqual(
          Array.from({ length: 40 }, (_, index) => index + 1),
        );
      });

      it('counts each id by itself', async () => {
        const [left, right] = [newId(), newId()];
        await store.increment(users, left, minute);
        expect((await store.increment(users, right, minute)).value).toBe(1);
      });

      it('forgets a counter that is removed', async () => {
        const id = newId();
        await store.increment(users, id, minute);
        await store.remove(users, id);
        expect((await store.increment(users, id, minute)).value).toBe(1);
      });
    });

    it('answers a ping', async () => {
      await expect(store.ping()).resolves.toBeUndefined();
    });
  });
}

async function untilTime(time: Date): Promise<void> {
  await expect.poll(() => Date.now(), { timeout: 10_000 }).toBeGreaterThan(time.getTime());
}
