import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createBatches } from '../../../concurrency/batches.ts';
import { mapLimited } from '../../../concurrency/limit.ts';
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
import { undefinedIfMissing } from '../../disk/storage-error.ts';
import {
  addUp,
  checkedIncrement,
  type Increment,
  isUnchanged,
  runningCounter,
  toCounterDocument,
} from '../counters.ts';
import { checkPage, digestOf, isId, type PageRequest, toDocumentId } from '../document-id.ts';
import { type DocumentFile, formatDocument, readDocument, readText, toDocument } from './document-file.ts';

const FAN_OUT = /^[0-9a-f]{3}$/;

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
 * beside the collections `.tmp` and `.locks`. A new document is linked into file; every other write holds its lock.
 */
export function createFileDocumentStore(options: FileDocumentStoreOptions): DocumentStore {
  const { folder, now, randomId = randomUUID } = options;
  const { path, scratch, locks, requireOwn, guard, ping } = openDisk(folder);
  const format = (doc: JsonObject): string => formatDocument({ revision: randomId(), doc });
  /** Writes `text` aside, runs `use` with the path of it, and removes what is left there. */
  const withWritten = async <Result>(text: string, use: (written: string) => Promise<Result>): Promise<Result> => {
    const { path: written } = await scratch.writeFile((handle) => handle.writeFile(text));
    return use(written).finally(() => scratch.discard(written));
  };
  const lock = <Result>({ collection, id }: DocumentFile, work: (assertHeld: () => void) => Promise<Result>) =>
    locks.hold(`${collection}/${id}`, work);
  /** Runs `work` under the document's lock with what is stored and a way to store another text. */
  const change = <Result>(file: DocumentFile, work: Change<Result>): Promise<Result> =>
    lock(file, async (assertHeld) => {
      const store = (text: string): Promise<boolean> =>
        withWritten(text, (written) => {
          assertHeld();
          return put(written, file, { exclusive: false, root: path() });
        });
      return work(await readDocument(file), store);
    });

  const create = async (file: DocumentFile, text: string): Promise<boolean> =>
    withWritten(text, (written) => put(written, file, { exclusive: true, root: path() }));
  const replace = async (file: DocumentFile, text: string, revision: string): Promise<boolean> =>
    change(file, async (stored, store) => stored?.revision === revision && store(text));
  const addAll = (file: DocumentFile, batch: readonly Increment[]): Promise<readonly Counter[]> =>
    change(file, async (stored, store) => {
      const at = now();
      const running = stored && runningCounter(file, stored.doc, at);
      const counters = addUp(running, batch, at);
      const last = counters.at(-1);
      if (last !== undefined && !isUnchanged(running, last)) await store(format(toCounterDocument(last)));
      return counters;
    });
  const increment = createBatches((_path, batch: readonly (Increment & { readonly file: DocumentFile })[]) => {
    const [first] = batch;
    return first === undefined ? Promise.resolve([]) : addAll(first.file, batch);
  });
  const remove = async (file: DocumentFile): Promise<void> => {
    const removed = await lock(file, () => removeFile(file.path));
    if (removed) await syncFolder(dirname(file.path));
  };

  // Who asks for a document that is being read shares the next reading, which begins after all of them have asked.
  const texts = createBatches(async (filePath, asked: readonly unknown[]) => {
    await requireOwn(dirname(filePath));
    const text = await readText(filePath);
    return asked.map(() => text);
  });
  const read = async (file: DocumentFile) => toDocument(file, await texts(file.path, undefined));

  const find = async (collection: string, id: string): Promise<DocumentFile> => {
    const file = locate(path, collection, id);
    await requireOwn(dirname(file.path));
    return file;
  };

  return {
    create: guard(async (collection, id, doc) => {
      const text = format(doc);
      return create(await find(collection, id), text);
    }),
    read: guard(async (collection, id) => read(locate(path, collection, id))),
    replace: guard(async (collection, id, doc, revision) => {
      const text = format(doc);
      return replace(await find(collection, id), text, revision);
    }),
    remove: guard(async (collection, id) => remove(await find(collection, id))),
    list: guard(async (collection, page) => {
      checkPage(collection, page);
      await requireOwn(path(collection));
      return list(path, collection, page);
    }),
    increment: guard(async (collection, id, by) => {
      const checked = checkedIncrement(by);
      const file = await find(collection, id);
      return increment(file.path, { ...checked, file });
    }),
    ping,
  };
}

function locate(path: PathGate, collection: string, id: string): DocumentFile {
  return { ...toDocumentId(collection, id), path: path(collection, fanOut(id), `${id}.json`) };
}

const fanOut = (id: string): string => digestOf(id).slice(0, 3);

function put(
  written: string,
  { path }: DocumentFile,
  { exclusive, root }: { readonly exclusive: boolean; readonly root: string },
): Promise<boolean> {
  return publish(written, path, { exclusive, makeFolder: () => makeFolders(dirname(path), root) });
}

async function list(path: PathGate, collection: string, page: PageRequest): Promise<DocumentPage> {
  const { after, limit } = page;
  const ids = await collectIds(path(collection), { after, limit: limit + 1 });
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
  for (const name of await sortedNames(folder, (entry) => entry.isDirectory())) {
    if (!FAN_OUT.test(name) || name < first) continue;
    const found = (await sortedNames(join(folder, name)))
      .filter((found) => found.endsWith('.json'))
      .map((found) => found.slice(0, -'.json'.length))
      .filter((id) => isId(id) && (name > first || after === undefined || id > after));
    ids.push(...found);
    if (ids.length >= limit) break;
  }
  return ids.slice(0, limit);
}

async function sortedNames(
  folder: string,
  isWanted: (entry: Dirent) => boolean = () => true,
): Promise<readonly string[]> {
  const entries = (await undefinedIfMissing(readdir(folder, { withFileTypes: true }))) ?? [];
  return entries
    .filter(isWanted)
    .map(({ name }) => name)
    .sort();
}
