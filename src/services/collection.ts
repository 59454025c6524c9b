import * as v from 'valibot';
import { sleep } from '../concurrency/retry.ts';
import { AppError } from '../errors.ts';
import type { DocumentStore, JsonObject } from '../ports/document-store.ts';
import type { ObjectStore } from '../ports/object-store.ts';

/** When the documents of a collection go: whoever defines it says so, and the sweep asks every one. */
type Retention<Doc> =
  /** Never by themselves, and why not. */
  | { readonly kept: string }
  | {
      /** Tells whether a document means nothing any more. */
      readonly isExpired: (doc: Doc, now: Date) => boolean;
      /** Clears away what hangs on a document before it goes; may be done twice. */
      readonly release?: (id: string, doc: Doc, store: ObjectStore) => Promise<void>;
    };

/** What is known of a collection whatever it holds. */
export interface AnyCollection {
  /** Its name in the store, which several definitions may share that hold documents of different ids. */
  readonly name: string;
  /** Why its documents never go by themselves; `undefined` when they do. */
  readonly kept: string | undefined;
  /** What clears away what hangs on a document that has expired; `undefined` for one that stays, also for one that is damaged. */
  readonly expire: (id: string, doc: JsonObject, now: Date) => ((store: ObjectStore) => Promise<void>) | undefined;
}

/** What a collection holds, as data. */
export interface CollectionDefinition<Schema extends v.GenericSchema<unknown, object>> extends AnyCollection {
  readonly schema: Schema;
}

/** A document with its id. */
export interface Identified<Doc> {
  readonly id: string;
  readonly doc: Doc;
}

/** Documents of one shape. @throws {AppError} ServiceUnavailable from every call that meets one of another shape */
export interface Collection<Doc> {
  /** Stores a new document; `false` when one is there. Of many at once exactly one gets `true`. */
  create(id: string, doc: Doc): Promise<boolean>;
  read(id: string): Promise<Doc | undefined>;
  /**
   * Changes a document as long as nobody else does at the same time; who comes second looks again, up to 40 times.
   * `change` may be called several times, may throw to leave everything as it is, and writes nothing when it gives back
   * what it got.
   *
   * @returns what is stored now; `undefined` when there is no such document
   * @throws {AppError} ServiceUnavailable when others were faster every time, and what `change` throws
   */
  update(id: string, change: (doc: Doc) => Doc | Promise<Doc>): Promise<Doc | undefined>;
  /** The same where there may be no document yet. */
  upsert(id: string, change: (doc: Doc | undefined) => Doc | Promise<Doc>): Promise<Doc>;
  /** Removes a document, also one that was never there. */
  remove(id: string): Promise<void>;
  /** A page in the store's own order, at most `limit` (1–1,000) documents after the id `after`; `after` is absent on the last. */
  list(options: {
    readonly after?: string | undefined;
    readonly limit: number;
  }): Promise<{ readonly documents: readonly Identified<Doc>[]; readonly after?: string }>;
}

/** Each try needs somebody else who wrote between our look and our write. */
const MAX_TRIES = 40;
const MAX_PAUSE_MS = 64;

/** Defines a collection; the schema types its documents, and without a retention it does not compile. */
export function defineCollection<Schema extends v.GenericSchema<unknown, object>>({
  name,
  schema,
  retention,
}: {
  readonly name: string;
  readonly schema: Schema;
  readonly retention: Retention<v.InferOutput<Schema>>;
}): CollectionDefinition<Schema> {
  const expire: AnyCollection['expire'] = (id, doc, now) => {
    const parsed = 'kept' in retention ? undefined : v.safeParse(schema, doc);
    if ('kept' in retention || !parsed?.success || !retention.isExpired(parsed.output, now)) return undefined;
    return async (store) => retention.release?.(id, parsed.output, store);
  };
  return { name, schema, kept: 'kept' in retention ? retention.kept : undefined, expire };
}

/** Opens a collection of a store. `random` (0 to below 1) spreads those who collide. */
export function openCollection<Schema extends v.GenericSchema<unknown, object>>(
  documents: DocumentStore,
  { name, schema }: CollectionDefinition<Schema>,
  random: () => number = Math.random,
): Collection<v.InferOutput<Schema>> {
  type Doc = v.InferOutput<Schema>;

  /** What one try came to; `undefined` when somebody else was faster. */
  const write = async (id: string, change: Upsert<Doc>): Promise<{ readonly doc: Doc | undefined } | undefined> => {
    const stored = await documents.read(name, id);
    const before = stored && parseDocument(schema, stored.doc);
    const after = await change(before);
    if (after === undefined || after === before) return { doc: before };
    const isDone =
      stored === undefined
        ? await documents.create(name, id, toJson(after))
        : await documents.replace(name, id, toJson(after), stored.revision);
    return isDone ? { doc: after } : undefined;
  };

  const persist = async (id: string, change: Upsert<Doc>): Promise<Doc | undefined> => {
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const written = await write(id, change);
      if (written !== undefined) return written.doc;
      await sleep(random() * Math.min(2 ** tries, MAX_PAUSE_MS));
    }
    throw contended(name);
  };

  return {
    create: (id, doc) => documents.create(name, id, toJson(doc)),
    read: async (id) => {
      const stored = await documents.read(name, id);
      return stored && parseDocument(schema, stored.doc);
    },
    update: (id, change) => persist(id, (doc) => (doc === undefined ? undefined : change(doc))),
    upsert: async (id, change) => {
      const doc = await persist(id, change);
      if (doc === undefined) throw new TypeError('an upsert gives a document');
      return doc;
    },
    remove: (id) => documents.remove(name, id),
    list: async ({ after, limit }) => {
      const page = await documents.list(name, { limit, ...(after !== undefined && { after }) });
      return {
        documents: page.documents.map(({ id, doc }) => ({ id, doc: parseDocument(schema, doc) })),
        ...(page.after !== undefined && { after: page.after }),
      };
    },
  };
}

/** Tells whether a collection holds anything. */
export const hasDocuments = async (documents: DocumentStore, { name }: AnyCollection): Promise<boolean> =>
  (await documents.list(name, { limit: 1 })).documents.length > 0;

/** The same documents, of which a new one in this collection waits for `check`; what that throws keeps it from being made. */
export const guardCollection = (
  documents: DocumentStore,
  { name }: AnyCollection,
  check: () => Promise<void>,
): DocumentStore => ({
  ...documents,
  create: async (collection, id, doc) => {
    if (collection === name) await check();
    return documents.create(collection, id, doc);
  },
});

type Upsert<Doc> = (doc: Doc | undefined) => Doc | undefined | Promise<Doc | undefined>;

/** Drops what is `undefined`, which JSON does not have. */
const toJson = (doc: object): JsonObject => JSON.parse(JSON.stringify(doc));

/** Reads a stored document by its schema. @throws {AppError} ServiceUnavailable when it is not what was written */
function parseDocument<Schema extends v.GenericSchema>(schema: Schema, doc: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, doc);
  if (result.success) return result.output;
  throw new AppError(
    'ServiceUnavailable',
    { zh: '一份数据文档已损坏，请联系管理员修复', en: 'A stored document is damaged; ask an admin to repair it' },
    { cause: new v.ValiError(result.issues) },
  );
}

const contended = (collection: string): AppError =>
  new AppError(
    'ServiceUnavailable',
    {
      zh: '同一份数据正被许多请求同时修改，请稍后重试',
      en: 'Too many requests change the same thing at once; try again later',
    },
    { details: { retryAfterSeconds: 1 }, cause: new Error(`${MAX_TRIES} tries in ${collection}`) },
  );
