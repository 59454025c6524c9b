import { createIndexedDbStore, type Placement, type UploadItem, type UploadQueue } from '../../client/index.ts';
import { bed, visit } from './bed.ts';
import { rememberUpload } from './history.ts';
import { isOnline } from './online.ts';
import { settings } from './settings.ts';
import { createStore } from './store.ts';

/*
 * The uploads of whoever is signed in
 * - Each account has a queue of its own, kept in this browser, so that it survives a reload and nobody sees another's.
 * - What waits for a session or the network goes on by itself as soon as there is one.
 */

/** Sources, once they are read, in the order of their adding. */
export const queue = createStore<readonly UploadItem[]>([]);

let open: { readonly userId: string; readonly uploads: UploadQueue } | undefined;
/** Those that somebody has paused; the others go on by themselves. */
const pausedByHand = new Set<string>();
const remembered = new Set<string>();
/** How often each was begun again that failed for no reason of the bed's. */
const strays = new Map<string, number>();
const MOST_STRAYS = 5;
const LOOK_EVERY_MS = 5000;

function openQueue(userId: string): UploadQueue {
  if (open?.userId === userId) return open.uploads;
  close();
  const uploads = bed.uploads({ store: createIndexedDbStore(`imagepic-${userId}`) });
  open = { userId, uploads };
  uploads.subscribe(() => {
    if (open?.uploads !== uploads) return;
    queue.set(uploads.items);
    for (const { id, name, state, result, source } of uploads.items) {
      if (state !== 'done' || result === undefined || remembered.has(id)) continue;
      remembered.add(id);
      rememberUpload(userId, { ...result, name: name || source.name || result.objectName });
    }
  });
  return uploads;
}

/** What is not done stays in the store, for when its owner comes back. */
function close(): void {
  open?.uploads.pause();
  open = undefined;
  queue.set([]);
}

function follow(): void {
  const now = visit.value;
  if (now.state === 'in') {
    openQueue(now.me.userId);
    goOn();
  }
  if (now.state === 'out') close();
}
visit.subscribe(follow);
isOnline.subscribe(() => isOnline.value && goOn());
setInterval(() => isOnline.value && visit.value.state === 'in' && goOn(), LOOK_EVERY_MS);

/** Goes on with what waits, and a few times with what failed for no reason of the bed's: code that could not be loaded. */
function goOn(): void {
  for (const { id, state, error } of queue.value) {
    const isWaiting = state === 'paused' && !pausedByHand.has(id);
    const tries = strays.get(id) ?? 0;
    const isStray = state === 'failed' && error?.code === undefined && tries < MOST_STRAYS;
    if (isStray) strays.set(id, tries + 1);
    if (isWaiting || isStray) open?.uploads.resume(id);
  }
}

/** Adds files, into the folder of the settings unless given. */
export function addFiles(files: readonly File[], where: Placement = {}): void {
  const { folder } = settings.value;
  const bucketName = 'health' in visit.value ? visit.value.health.bed.defaultBucket : undefined;
  for (const file of files) {
    const { inFolder } = file as { readonly inFolder?: string };
    const base = where.folder ?? folder;
    const within = [base, inFolder ?? ''].map((part) => part.replace(/^\/+|\/+$/g, '')).filter((part) => part !== '');
    open?.uploads.add(file, { bucketName, ...where, folder: within.join('/') });
  }
}

/** Pauses one, or all. */
export function pause(id?: string): void {
  for (const item of queue.value) if (id === undefined || item.id === id) pausedByHand.add(item.id);
  open?.uploads.pause(id);
}

/** Goes on with one, or with all that are paused. */
export function resume(id?: string): void {
  for (const item of queue.value) if (id === undefined || item.id === id) pausedByHand.delete(item.id);
  open?.uploads.resume(id);
}

/** Takes one out. */
export const remove = (id: string): void => open?.uploads.remove(id);

/** Takes out all that are done. */
export function clearDone(): void {
  for (const { id, state } of queue.value) if (state === 'done') remove(id);
}

follow();
