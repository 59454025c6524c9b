import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createBatches } from '../../../concurrency/batches.ts';
import { mapLimited } from '../../../concurrency/limit.ts';
import { AppError } from '../../../errors.ts';
import type {
  Counter,
  DocumentPage,
  DocumentStore,
  JsonObject,
  StoredDocument,
} from '../../../ports/document-store.ts';
import { MAX_OPEN_FILES, openDisk } from '../../disk/disk.ts';
import type { PathGate } from '../../disk/path-gate.ts';
import { makeFolders, publish, removeFile, syncFolder } from '../../disk/publish.ts';
import { translateErrors, undefinedIfMissing } from '../../disk/storage-error.ts';
import {
  addUp,
  checkedIncrement,
  type Increment,
  isUnchanged,
  runningCounter,
  toCounterDocument,
} from '../counters.ts';
import { damaged, digestOf, formatDocument, type Place, readDocument } from './document-file.ts';

const COLLECTION = /^[a-z][a-z0-9-]{0,63}$/;
const ID = /^[a-z0-9_-]{1,128}$/;
const FAN_OUT = /^[0-9a-f]{3}$/;
const MAX_LIMIT = 1000;

/** Where and how documents are kept; `randomId` makes revisions and must never give one twice. */
export interface FileDocumentStoreOptions {
  readonly folder: string;
  readonly now: () => Date;
  readonly randomId?: () => string;
}

type Change<Result> = (
  stored: StoredDocument | undefined,
  store: (text: string) => Promise<boolean>,
) => Promise<Result>;

/**
 * Creates a document store on a file system that all its processes share.
 *
 * On disk: `<folder>/<collection>/<first 3 hex digits of SHA-256(id)>/<id>.json`, so that no folder grows large, and
 * beside the collections `.tmp` and `.locks`. A new document is linked into place; every other write holds its lock.
 */
export function createFileDocumentStore(options: FileDocumentStoreOptions): DocumentStore {
  const { folder, now, randomId = randomUUID } = options;
  const { path, scratch, locks, ping } = openDisk(folder);
  const format = (doc: JsonObject): string => formatDocument({ revision: randomId(), doc });
  /** Writes `text` aside, runs `use` with the path of it, and removes what is left there. */
  const withWritten = async <Result>(text: string, use: (written: string) => Promise<Result>): Promise<Result> => {
    const { path: written } = await scratch.writeFile((file) => file.writeFile(text));
    return use(written).finally(() => scratch.discard(written));
  };
  const lock = <Result>({ collection, id }: Place, work: (assertHeld: () => void) => Promise<Result>) =>
    locks.hold(`${collection}/${id}`, work);
  /** Runs `work` under the document's lock with what is stored and a way to store another text. */
  const change = <Result>(place: Place, work: Change<Result>): Promise<Result> =>
    lock(place, async (assertHeld) => {
      const store = (text: string): Promise<boolean> =>
        withWritten(text, (written) => {
          assertHeld();
          return put(written, place, { exclusive: false });
        });
      return work(await readDocument(place), store);
    });

  const create = async (place: Place, doc: JsonObject): Promise<boolean> =>
    withWritten(format(doc), (written) => put(written, place, { exclusive: true }));
  const replace = async (place: Place, doc: JsonObject, revision: string): Promise<boolean> => {
    const text = format(doc);
    return change(place, async (stored, store) => stored?.revision === revision && store(text));
  };
  const addAll = (place: Place, batch: readonly Increment[]): Promise<readonly Counter[]> =>
    change(place, async (stored, store) => {
      const at = now();
      const running = stored && runningCounter(stored.doc, at, () => damaged(place));
      const counters = addUp(running, batch, at);
      const last = counters.at(-1);
      if (last !== undefined && !isUnchanged(running, last)) await store(format(toCounterDocument(last)));
      return counters;
    });
  const increment = createBatches((_path, batch: readonly (Increment & { readonly place: Place })[]) => {
    const [first] = batch;
    return first === undefined ? Promise.resolve([]) : addAll(first.place, batch);
  });
  const remove = async (place: Place): Promise<void> => {
    const removed = await lock(place, () => removeFile(place.path));
    if (removed) await syncFolder(dirname(place.path));
  };

  return {
    create: translateErrors(async (collection, id, doc) => create(locate(path, collection, id), doc)),
    read: translateErrors(async (collection, id) => readDocument(locate(path, collection, id))),
    replace: translateErrors(async (collection, id, doc, revision) =>
      replace(locate(path, collection, id), doc, revision),
    ),
    remove: translateErrors(async (collection, id) => remove(locate(path, collection, id))),
    list: translateErrors(async (collection, page) => list(path, collection, page)),
    increment: translateErrors(async (collection, id, by) => {
      const place = locate(path, collection, id);
      return increment(place.path, { ...checkedIncrement(by), place });
    }),
    ping: translateErrors(ping),
  };
}

const invalid = (what: string): AppError =>
  new AppError('InvalidArgument', { zh: `参数 ${what} 无效`, en: `The ${what} is not valid` });

function collectionFolder(path: PathGate, collection: string): string {
  if (!COLLECTION.test(collection)) throw invalid('collection');
  return path(collection);
}

function locate(path: PathGate, collection: string, id: string): Place {
  collectionFolder(path, collection);
  if (!ID.test(id)) throw invalid('id');
  return { collection, id, path: path(collection, fanOut(id), `${id}.json`) };
}

const fanOut = (id: string): string => digestOf(id).slice(0, 3);

function put(written: string, { path }: Place, { exclusive }: { readonly exclusive: boolean }): Promise<boolean> {
  return publish(written, path, { exclusive, makeFolder: () => makeFolders(dirname(path)) });
}

async function list(
  path: PathGate,
  collection: string,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<DocumentPage> {
  const folder = collectionFolder(path, collection);
  if (after !== undefined && !ID.test(after)) throw invalid('after');
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) throw invalid('limit');
  const ids = await collectIds(folder, { after, limit: limit + 1 });
  const shown = ids.slice(0, limit);
  const documents = await mapLimited(shown, MAX_OPEN_FILES, async (id) => {
    const stored = await readDocument(locate(path, collection, id));
    // Removed since its folder was read.
    return stored === undefined ? [] : [{ id, ...stored }];
  });
  const last = shown.at(-1);
  return { documents: documents.flat(), ...(ids.length > limit && last !== undefined && { after: last }) };
}

/** Walks the fan-out folders in order, and in each the ids in order. */
async function collectIds(
  folder: string,
  { after, limit }: { readonly after: string | undefined; readonly limit: number },
): Promise<readonly string[]> {
  const first = after === undefined ? '' : fanOut(after);
  const ids: string[] = [];
  for (const name of await sortedNames(folder)) {
    if (!FAN_OUT.test(name) || name < first) continue;
    const found = (await sortedNames(join(folder, name)))
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
      .filter((id) => ID.test(id) && (name > first || after === undefined || id > after));
    ids.push(...found);
    if (ids.length >= limit) break;
  }
  return ids.slice(0, limit);
}

async function sortedNames(folder: string): Promise<readonly string[]> {
  return ((await undefinedIfMissing(readdir(folder))) ?? []).sort();
}
