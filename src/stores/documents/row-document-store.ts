import type { DocumentPage, DocumentStore } from '../../ports/document-store.ts';
import { type Explain, type FailureOf, toAppError } from '../failure.ts';
import { type Call, createRequests } from '../requests.ts';
import { isRevision } from '../revision.ts';
import { checkedIncrement } from './counters.ts';
import type { Database, Row } from './database.ts';
import { checkPage, isId, type PageRequest, toDocumentId } from './document-id.ts';
import { encodeDocument } from './encoding.ts';
import { createRowCounters } from './row-counters.ts';
import { createRows, type Rows, toDocument } from './rows.ts';

/** What a database gives at once. */
const MAX_ROWS = 1000;

/** A database of rows, and how the names of its collections begin. */
export interface RowDocumentStoreOptions {
  /** Loads the SDK with the first call. */
  readonly open: () => Promise<Database>;
  readonly failureOf: FailureOf;
  readonly explain?: Explain;
  readonly prefix: string;
  readonly now: () => Date;
  readonly random: () => number;
}

/**
 * Creates a document store on rows `{ id, revision, doc }` of any database that writes one row where it still has a
 * revision. A request takes at most 2 s, a call 5 s; what becomes of a write whose answer is lost is looked up.
 */
export function createRowDocumentStore(options: RowDocumentStoreOptions): DocumentStore {
  const { failureOf, explain, prefix, now, random } = options;
  const requests = createRequests({ failureOf, now, random });
  let opened: ReturnType<typeof open> | undefined;
  const open = async () => {
    const database = await options.open();
    const rows = createRows(database, failureOf, prefix);
    return { database, rows, counters: createRowCounters(rows, now) };
  };
  /** Runs `work` with the time of a call, which begins when the SDK is loaded. */
  const run = async <Result>(
    work: (call: Call, parts: Awaited<ReturnType<typeof open>>) => Promise<Result>,
  ): Promise<Result> => {
    try {
      opened ??= open();
      const parts = await opened;
      return await work(requests.begin(), parts);
    } catch (error) {
      throw toAppError(error, explain);
    }
  };

  return {
    create: async (collection, id, doc) => {
      const [target, encoded] = [toDocumentId(collection, id), encodeDocument(doc)];
      return run((call, { rows }) => rows.write(call, target, encoded, undefined));
    },
    read: async (collection, id) => {
      const target = toDocumentId(collection, id);
      return run((call, { rows }) => rows.read(call, target));
    },
    replace: async (collection, id, doc, revision) => {
      const [target, encoded] = [toDocumentId(collection, id), encodeDocument(doc)];
      if (!isRevision(revision)) return false;
      return run((call, { rows }) => rows.write(call, target, encoded, revision));
    },
    remove: async (collection, id) => {
      const target = toDocumentId(collection, id);
      return run((call, { rows }) => rows.remove(call, target));
    },
    list: async (collection, page) => {
      checkPage(collection, page);
      return run((call, { rows }) => listPage(rows, call, collection, page));
    },
    increment: async (collection, id, by) => {
      const [target, increment] = [toDocumentId(collection, id), checkedIncrement(by)];
      return run((call, { counters }) => counters.increment(call, target, increment));
    },
    ping: () => run((call, { rows }) => rows.ping(call)),
    close: async () => (await opened)?.database.close?.(),
  };
}

/** Rows whose ids this service cannot have given are passed over, as made by hand. */
async function listPage(
  rows: Rows,
  call: Call,
  collection: string,
  { after = '', limit }: PageRequest,
): Promise<DocumentPage> {
  const found: (Row & { readonly id: string })[] = [];
  let last: string | undefined = after;
  while (found.length <= limit && last !== undefined) {
    const asked = Math.min(limit + 1 - found.length, MAX_ROWS);
    const batch = await rows.list(call, collection, last, asked);
    found.push(...batch.flatMap(({ id, ...row }) => (isId(id) ? [{ id, ...row }] : [])));
    const end = batch.at(-1)?.id;
    last = batch.length === asked && typeof end === 'string' ? end : undefined;
  }
  const shown = found.slice(0, limit).map((row) => ({ id: row.id, ...toDocument(row, { collection, id: row.id }) }));
  const end = shown.at(-1)?.id;
  return { documents: shown, ...(found.length > limit && end !== undefined && { after: end }) };
}
