import { createLimit } from '../../concurrency/limit.ts';
import { BedError, type BedErrorCode } from '../bed-error.ts';
import type { UploadSource } from './source.ts';
import { type Uploaded, type Uploader, type UploadOptions, type UploadProgress, upload } from './upload.ts';

/** Where an image of a queue goes. */
export type Placement = Pick<UploadOptions, 'bucketName' | 'folder' | 'album' | 'nameTemplate'>;

/** An upload as it is kept, so that it survives a reload or a restart. */
export interface KeptUpload {
  readonly id: string;
  readonly source: UploadSource;
  readonly placement: Placement;
}

/** Where a queue keeps what is not done. */
export interface UploadStore {
  /** In the order in which they were saved. */
  load(): Promise<readonly KeptUpload[]>;
  save(upload: KeptUpload): Promise<void>;
  remove(id: string): Promise<void>;
}

/** An image in a queue, as it is now. */
export interface UploadItem {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly source: UploadSource;
  readonly placement: Placement;
  readonly state: 'waiting' | 'running' | 'paused' | 'failed' | 'done';
  readonly progress?: UploadProgress | undefined;
  readonly result?: Uploaded | undefined;
  /** Why it failed, or waits for its owner: in words, by name, and with what the bed or the client says besides. */
  readonly error?:
    | {
        readonly code: BedErrorCode | undefined;
        readonly message: string;
        readonly details: Readonly<Record<string, unknown>>;
      }
    | undefined;
}

/** How a queue works. */
export interface UploadQueueOptions extends Placement {
  /** Images at once; 3 unless given. */
  readonly concurrency?: number;
  /** Where it keeps what is not done; nowhere unless given. */
  readonly store?: UploadStore | undefined;
}

/** Uploads that wait for each other, can be paused, and go on where they were cut off. */
export interface UploadQueue {
  /** Settles when what the store kept is in the queue. */
  readonly ready: Promise<void>;
  /** In the order in which they were added; a new list after each change. */
  readonly items: readonly UploadItem[];
  /** @returns the id of the new item */
  add(source: UploadSource, placement?: Placement): string;
  /** Pauses one, or all that are not done. */
  pause(id?: string): void;
  /** Goes on with one that was paused or failed, or with all that were paused. */
  resume(id?: string): void;
  /** Takes one out, done or not. */
  remove(id: string): void;
  /** Calls `listener` after each change. @returns what ends it */
  subscribe(listener: () => void): () => void;
}

const IMAGES_AT_ONCE = 3;
/** Nothing is wrong with the image; whoever signs in, or is on the network again, goes on. */
const PAUSES: ReadonlySet<BedErrorCode | undefined> = new Set<BedErrorCode>(['InvalidToken', 'Unreachable']);

/** Creates a queue. What the store kept goes on at once. */
export function createUploadQueue(
  uploader: Uploader,
  { concurrency = IMAGES_AT_ONCE, store, ...where }: UploadQueueOptions = {},
): UploadQueue {
  const enter = createLimit({ concurrent: concurrency });
  const listeners = new Set<() => void>();
  const stops = new Map<string, AbortController>();
  let items: readonly UploadItem[] = [];

  const publish = (next: readonly UploadItem[]): void => {
    items = next;
    for (const listener of listeners) listener();
  };
  const find = (id: string): UploadItem | undefined => items.find((item) => item.id === id);
  const update = (id: string, change: Partial<UploadItem>): void =>
    publish(items.map((item) => (item.id === id ? { ...item, ...change } : item)));

  /** What stays in the store is found to be there already by the next queue. */
  const forget = (id: string): void => {
    store?.remove(id).catch(() => undefined);
  };

  const run = async (id: string): Promise<void> => {
    const item = find(id);
    // It was paused, or taken out, while it waited.
    if (item?.state !== 'waiting') return;
    const stop = new AbortController();
    stops.set(id, stop);
    update(id, { state: 'running', error: undefined });
    try {
      const onProgress = (progress: UploadProgress): void => update(id, { progress });
      const result = await upload(uploader, item.source, { ...item.placement, onProgress, signal: stop.signal });
      update(id, { state: 'done', result });
      forget(id);
    } catch (error) {
      // Whoever paused it has said so already.
      if (!stop.signal.aborted) update(id, toFailure(error));
    } finally {
      if (stops.get(id) === stop) stops.delete(id);
    }
  };
  const begin = (id: string): void => {
    update(id, { state: 'waiting', error: undefined });
    enter(() => run(id)).catch(() => undefined);
  };
  const halt = (id: string): void => {
    const stop = stops.get(id);
    stops.delete(id);
    stop?.abort(new DOMException('The upload was paused', 'AbortError'));
  };
  const insert = ({ id, source, placement }: KeptUpload): void => {
    const { name = 'image', size } = source;
    publish([...items, { id, name, size, source, placement, state: 'waiting' }]);
    begin(id);
  };

  const ready = Promise.resolve(store?.load()).then((kept) => kept?.forEach(insert));
  // Nobody has to wait for it.
  ready.catch(() => undefined);
  return {
    ready,
    get items() {
      return items;
    },
    add: (source, placement = {}) => {
      const kept = { id: newId(), source, placement: { ...where, ...placement } };
      // What cannot be kept is uploaded all the same.
      store?.save(kept).catch(() => undefined);
      insert(kept);
      return kept.id;
    },
    pause: (id) => {
      for (const item of items) {
        if ((id !== undefined && item.id !== id) || (item.state !== 'waiting' && item.state !== 'running')) continue;
        update(item.id, { state: 'paused' });
        halt(item.id);
      }
    },
    resume: (id) => {
      const isMeant = (item: UploadItem): boolean =>
        id === undefined ? item.state === 'paused' : item.id === id && /paused|failed/.test(item.state);
      for (const item of items.filter(isMeant)) begin(item.id);
    },
    remove: (id) => {
      publish(items.filter((item) => item.id !== id));
      halt(id);
      forget(id);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function toFailure(error: unknown): Pick<UploadItem, 'state' | 'error'> {
  const { code, details = {} } = error instanceof BedError ? error : {};
  const message = error instanceof Error ? error.message : String(error);
  return { state: PAUSES.has(code) ? 'paused' : 'failed', error: { code, message, details } };
}

const newId = (): string =>
  Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join('');
