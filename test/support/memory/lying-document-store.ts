import type { DocumentStore, JsonObject, StoredDocument } from '../../../src/ports/document-store.ts';

/** What a store says and does not do. */
export type Lie =
  | 'makes a document twice'
  | 'lets two of those who replace a revision win'
  | 'lets nobody win'
  | 'loses an increment'
  | 'gives a number twice'
  | 'reads what was there before'
  | 'acknowledges without storing';

type Parts = Partial<DocumentStore>;

/** Of a store, everything as it is but for one lie; `isLying` lets it stop. */
export function createLyingDocumentStore(
  documents: DocumentStore,
  lie: Lie,
  isLying: () => boolean = () => true,
): DocumentStore {
  const honest: DocumentStore = { ...documents };
  const lying: DocumentStore = { ...documents, ...LIES[lie](honest) };
  const speaker = (): DocumentStore => (isLying() ? lying : honest);
  return {
    create: (...args) => speaker().create(...args),
    read: (...args) => speaker().read(...args),
    replace: (...args) => speaker().replace(...args),
    remove: (...args) => speaker().remove(...args),
    list: (...args) => speaker().list(...args),
    increment: (...args) => speaker().increment(...args),
    ping: () => speaker().ping(),
  };
}

const overwrite = async (honest: DocumentStore, collection: string, id: string, doc: JsonObject): Promise<boolean> => {
  const stored = await honest.read(collection, id);
  return stored !== undefined && honest.replace(collection, id, doc, stored.revision);
};

const LIES: Readonly<Record<Lie, (honest: DocumentStore) => Parts>> = {
  'makes a document twice': (honest) => {
    const lost = new Set<string>();
    return {
      create: async (collection, id, doc) => {
        if (await honest.create(collection, id, doc)) return true;
        // The second of them, and only that.
        return !lost.has(id) && lost.add(id).has(id) && overwrite(honest, collection, id, doc);
      },
    };
  },
  'lets two of those who replace a revision win': (honest) => {
    const lost = new Set<string>();
    return {
      replace: async (collection, id, doc, revision) => {
        if (await honest.replace(collection, id, doc, revision)) return true;
        return !lost.has(revision) && lost.add(revision).has(revision) && overwrite(honest, collection, id, doc);
      },
    };
  },
  'lets nobody win': () => ({ replace: async () => false }),
  'loses an increment': (honest) => {
    let asked = 0;
    return {
      increment: async (collection, id, options) => {
        asked += 1;
        if (asked !== 7) return honest.increment(collection, id, options);
        const counter = await honest.increment(collection, id, { ...options, by: 0 });
        return { ...counter, value: counter.value + options.by };
      },
    };
  },
  'gives a number twice': (honest) => ({
    increment: async (collection, id, options) => {
      const counter = await honest.increment(collection, id, options);
      return counter.value === 7 ? { ...counter, value: 6 } : counter;
    },
  }),
  'reads what was there before': (honest) => {
    const before = new Map<string, StoredDocument | undefined>();
    return {
      replace: async (collection, id, doc, revision) => {
        const stored = await honest.read(collection, id);
        const isDone = await honest.replace(collection, id, doc, revision);
        if (isDone) before.set(id, stored);
        return isDone;
      },
      read: async (collection, id) => (before.has(id) ? before.get(id) : honest.read(collection, id)),
    };
  },
  'acknowledges without storing': (honest) => {
    const told = new Set<string>();
    return {
      replace: async (collection, id, _doc, revision) => {
        const isCurrent = (await honest.read(collection, id))?.revision === revision;
        const isFirst = !told.has(revision);
        told.add(revision);
        return isCurrent && isFirst;
      },
    };
  },
};
