import { AppError } from '../../../errors.ts';
import type { DocumentPage, DocumentStore } from '../../../ports/document-store.ts';
import { checkedIncrement } from '../counters.ts';
import { checkPage, isId, type PageRequest, toDocumentId } from '../document-id.ts';
import { createCounters } from './counters.ts';
import { type CloudBaseConnection, openDatabase, type Row } from './database.ts';
import { encodeDocument } from './encoding.ts';
import { type Call, createRequests } from './requests.ts';
import { isRevision } from './revision.ts';
import { createRows, type Rows, toDocument } from './rows.ts';

const ENV_ID = /^[a-z0-9_-]{1,40}$/;
const PREFIX = /^[A-Za-z]\w*$/;
/** What the database gives at once. */
const MAX_ROWS = 1000;

/** Which database, and how its collections' names begin (default `imagepic_`). `inCloud`: this is a function of the platform. */
export interface CloudBaseDocumentStoreOptions extends CloudBaseConnection {
  readonly inCloud: boolean;
  readonly now: () => Date;
  readonly prefix?: string;
  readonly random?: () => number;
}

/**
 * Creates a document store in CloudBase's database, by @cloudbase/node-sdk ≥ 3.18.3, which is loaded on first use.
 *
 * A row is `{ _id, revision, doc }`, `doc` readable in the console. A request takes at most 2 s, a call 5 s.
 *
 * @throws {TypeError} at once when there are no credentials, naming the variables that may give them
 */
export function createCloudBaseDocumentStore(options: CloudBaseDocumentStoreOptions): DocumentStore {
  const { now, prefix = 'imagepic_', random = Math.random } = checkedOptions(options);
  const requests = createRequests({ now, random });
  let opened: ReturnType<typeof open> | undefined;
  const open = async () => {
    const rows = createRows(await openDatabase(options), prefix);
    return { rows, counters: createCounters(rows, now) };
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
      throw toAppError(error);
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
  };
}

function checkedOptions(options: CloudBaseDocumentStoreOptions): CloudBaseDocumentStoreOptions {
  const { envId, credentials, inCloud, prefix } = options;
  if (!ENV_ID.test(envId))
    throw new TypeError('The id of a CloudBase environment has 1–40 characters of a–z, 0–9, _ and -');
  if (prefix !== undefined && !PREFIX.test(prefix))
    throw new TypeError('The prefix of collections consists of letters, digits and _');
  if (credentials === 'platform' ? !inCloud : Object.values(credentials).includes('')) {
    throw new TypeError(
      'CloudBase gives credentials only to its own functions: elsewhere set TENCENTCLOUD_SECRETID and TENCENTCLOUD_SECRETKEY, or CLOUDBASE_APIKEY',
    );
  }
  return options;
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

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const text = { zh: '数据库暂时不可用，请稍后再试', en: 'The database is not available now, please try again' };
  return new AppError('ServiceUnavailable', text, { cause: error });
}
