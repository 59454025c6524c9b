import type { KeptUpload, UploadStore } from './upload-queue.ts';

/** What of it a queue needs. @see https://w3c.github.io/IndexedDB/ */
interface Request<Result> {
  readonly result: Result;
  readonly error: unknown;
  onsuccess: null | (() => void);
  onerror: null | (() => void);
}
interface OpenRequest extends Request<Database> {
  onupgradeneeded: null | (() => void);
}
interface Database {
  createObjectStore(name: string, options: { readonly keyPath: string }): void;
  transaction(name: string, mode: 'readonly' | 'readwrite'): { objectStore(name: string): Objects };
}
interface Objects {
  getAll(): Request<(KeptUpload & { readonly at: number })[]>;
  put(value: object): Request<unknown>;
  delete(id: string): Request<unknown>;
}
declare const indexedDB: { open(name: string, version: number): OpenRequest };

const STORE = 'uploads';

/** Keeps a queue, with its files, in the IndexedDB of a browser; the queue of another account has another name. */
export function createIndexedDbStore(name = 'imagepic'): UploadStore {
  let opened: Promise<Database> | undefined;
  const open = (): Promise<Database> => {
    opened ??= openDatabase(name);
    return opened;
  };
  const objects = async (mode: 'readonly' | 'readwrite'): Promise<Objects> =>
    (await open()).transaction(STORE, mode).objectStore(STORE);
  return {
    load: async () => {
      const kept = await settle((await objects('readonly')).getAll());
      return kept.sort((one, other) => one.at - other.at).map(({ at, ...upload }) => upload);
    },
    save: async (upload) => void (await settle((await objects('readwrite')).put({ ...upload, at: Date.now() }))),
    remove: async (id) => void (await settle((await objects('readwrite')).delete(id))),
  };
}

function openDatabase(name: string): Promise<Database> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id' });
  return settle(request);
}

const settle = <Result>(request: Request<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
