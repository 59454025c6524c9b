import { describe, expect, it } from 'vitest';
import type { DocumentStore } from '../../../src/ports/document-store.ts';
import { createAtomicityProbe, PROBES } from '../../../src/services/atomicity.ts';
import { createMemoryDocumentStore } from '../../support/memory/document-store.ts';
import { createLyingDocumentStore, type Lie } from '../../support/memory/lying-document-store.ts';

const START = Date.UTC(2026, 0, 2);
const DAY_MS = 24 * 60 * 60 * 1000;
const now = (): Date => new Date(START);

let ids = 0;
const probe = (documents: DocumentStore) =>
  createAtomicityProbe({
    documents,
    place: { documents: 'the database', variable: 'IMAGEPIC_DATABASE_URL' },
    newId: () => {
      ids += 1;
      return `p${ids}`;
    },
    now,
  })();

describe('the atomicity probe', () => {
  it('finds nothing wrong with a store that keeps its word, and leaves nothing in it', async () => {
    const documents = createMemoryDocumentStore(now);
    expect(await Promise.all([probe(documents), probe(documents), probe(documents)])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([...documents.texts().keys()]).toEqual([]);
  });

  it('lets twenty write at once, all with the same revision, and twenty count', async () => {
    const documents = createMemoryDocumentStore(now);
    const begun = new Map<string, number>();
    documents.hooks.before = ({ method }) => void begun.set(method, (begun.get(method) ?? 0) + 1);
    await probe(documents);
    expect(Object.fromEntries(begun)).toEqual({ create: 20, replace: 60, read: 4, increment: 21, remove: 2 });
  });

  it.each<[Lie, string]>([
    ['makes a document twice', 'create'],
    ['lets two of those who replace a revision win', 'compare-and-set'],
    ['lets nobody win', 'compare-and-set'],
    ['loses an increment', 'increment'],
    ['gives a number twice', 'increment'],
    ['reads what was there before', 'read-your-write'],
    ['acknowledges without storing', 'read-your-write'],
  ])('finds out a store that %s', async (lie, name) => {
    const documents = createMemoryDocumentStore(now);
    expect(await probe(createLyingDocumentStore(documents, lie))).toMatchObject({ name });
    expect([...documents.texts().keys()]).toEqual([]);
  });

  it.each(['create', 'replace', 'increment', 'read'])(
    'calls nobody a liar who does not answer (%s)',
    async (method) => {
      const documents = createMemoryDocumentStore(now);
      let asked = 0;
      documents.hooks.before = (call) => {
        if (call.method !== method) return;
        asked += 1;
        if (asked === 3) throw new Error('no answer');
      };
      await expect(probe(documents)).rejects.toThrow('no answer');
    },
  );

  it('calls a store a liar by those who got an answer', async () => {
    const documents = createMemoryDocumentStore(now);
    const lying = createLyingDocumentStore(documents, 'lets two of those who replace a revision win');
    let asked = 0;
    const half: DocumentStore = {
      ...lying,
      replace: (...args) => {
        asked += 1;
        return asked === 20 ? Promise.reject(new Error('no answer')) : lying.replace(...args);
      },
    };
    expect(await probe(half)).toMatchObject({ name: 'compare-and-set' });
  });

  it('leaves what it cannot remove to the sweep', async () => {
    const documents = createMemoryDocumentStore(now);
    expect(await probe({ ...documents, remove: () => Promise.reject(new Error('no answer')) })).toBeUndefined();
    const left = (await documents.list(PROBES.name, { limit: 9 })).documents;
    expect(left).toHaveLength(2);
    for (const { id, doc } of left) {
      expect(PROBES.expire(id, doc, now())).toBeUndefined();
      expect(PROBES.expire(id, doc, new Date(START + DAY_MS))).toBeDefined();
    }
  });
});
