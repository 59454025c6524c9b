import { AppError } from '../../../src/errors.ts';
import type { Counter, DocumentStore, JsonObject, StoredDocument } from '../../../src/ports/document-store.ts';

const COLLECTION = /^[a-z][a-z0-9-]{0,63}$/;
const ID = /^[a-z0-9_-]{1,128}$/;
const MAX_LIMIT = 1000;

/** A call of the store, as its hooks see it. */
export interface DocumentCall {
  readonly method: keyof DocumentStore;
  readonly collection: string;
  readonly id: string;
}

/** What a test does around calls: what throws `before` keeps the call from happening, what throws `after` loses its answer. */
export interface DocumentHooks {
  before?: ((call: DocumentCall) => void | Promise<void>) | undefined;
  after?: ((call: DocumentCall) => void | Promise<void>) | undefined;
}

/** A document store that a test looks into and interferes with. */
export interface MemoryDocumentStore extends DocumentStore {
  readonly hooks: DocumentHooks;
  /** Everything that is stored, as JSON text by `collection/id`. */
  texts(): ReadonlyMap<string, string>;
}

/** Creates a document store in memory. Documents are kept as JSON text, so that nobody shares an object with it. */
export function createMemoryDocumentStore(now: () => Date): MemoryDocumentStore {
  const collections = new Map<string, Map<string, { readonly text: string; readonly revision: string }>>();
  const hooks: DocumentHooks = {};
  let writes = 0;

  const idsOf = (collection: string) => {
    const ids = collections.get(collection) ?? new Map<string, { readonly text: string; readonly revision: string }>();
    collections.set(collection, ids);
    return ids;
  };
  const write = (collection: string, id: string, text: string): true => {
    writes += 1;
    idsOf(collection).set(id, { text, revision: `r${writes}` });
    return true;
  };
  const read = (collection: string, id: string): StoredDocument | undefined => {
    const stored = idsOf(collection).get(id);
    return stored && { doc: JSON.parse(stored.text), revision: stored.revision };
  };
  const count = (collection: string, id: string, by: number, expiresInSeconds: number): Counter => {
    const doc = read(collection, id)?.doc;
    const isRunning = doc !== undefined && new Date(String(doc['expiresAt'])) > now();
    const expiresAt = isRunning
      ? new Date(String(doc['expiresAt']))
      : new Date(now().getTime() + expiresInSeconds * 1000);
    const value = (isRunning ? Number(doc['value']) : 0) + by;
    write(collection, id, JSON.stringify({ value, expiresAt: expiresAt.toISOString() }));
    return { value, expiresAt };
  };

  /** Runs `work`, which never waits and so is atomic, between the hooks. */
  const call = async <Result>(of: DocumentCall, work: () => Result): Promise<Result> => {
    if (of.method !== 'ping' && !COLLECTION.test(of.collection)) throw invalid('collection');
    if (of.method !== 'ping' && of.method !== 'list' && !ID.test(of.id)) throw invalid('id');
    await hooks.before?.(of);
    const result = work();
    await hooks.after?.(of);
    return result;
  };

  return {
    hooks,
    texts: () =>
      new Map(
        [...collections].flatMap(([name, ids]) => [...ids].map(([id, { text }]) => [`${name}/${id}`, text] as const)),
      ),
    create: async (collection, id, doc) => {
      const text = toText(doc);
      return call(
        { method: 'create', collection, id },
        () => !idsOf(collection).has(id) && write(collection, id, text),
      );
    },
    read: (collection, id) => call({ method: 'read', collection, id }, () => read(collection, id)),
    replace: async (collection, id, doc, revision) => {
      const text = toText(doc);
      return call(
        { method: 'replace', collection, id },
        () => idsOf(collection).get(id)?.revision === revision && write(collection, id, text),
      );
    },
    remove: (collection, id) =>
      call({ method: 'remove', collection, id }, () => {
        idsOf(collection).delete(id);
      }),
    list: async (collection, { after = '', limit }) => {
      if (after !== '' && !ID.test(after)) throw invalid('after');
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) throw invalid('limit');
      return call({ method: 'list', collection, id: after }, () => {
        const ids = [...idsOf(collection).keys()].filter((id) => id > after).sort();
        const documents = ids.slice(0, limit).flatMap((id) => {
          const stored = read(collection, id);
          return stored === undefined ? [] : [{ id, ...stored }];
        });
        const last = ids[limit - 1];
        return { documents, ...(ids.length > limit && last !== undefined && { after: last }) };
      });
    },
    increment: async (collection, id, { by, expiresInSeconds }) => {
      if (!Number.isFinite(by)) throw invalid('by');
      if (!(expiresInSeconds > 0)) throw invalid('expiresInSeconds');
      return call({ method: 'increment', collection, id }, () => count(collection, id, by, expiresInSeconds));
    },
    ping: () => call({ method: 'ping', collection: '', id: '' }, () => undefined),
  };
}

/** What JSON cannot say would be lost without a word in a real store. @throws {TypeError} */
function toText(doc: JsonObject): string {
  if (!isJson(doc)) throw new TypeError('not JSON');
  return JSON.stringify(doc);
}

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  const isRecord = typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
  return isRecord && Object.values(value).every(isJson);
}

const invalid = (what: string): AppError =>
  new AppError('InvalidArgument', { zh: `参数 ${what} 无效`, en: `The ${what} is not valid` });
