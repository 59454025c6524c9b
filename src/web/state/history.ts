import { isRecord } from '../../naming/record.ts';
import { createStore } from './store.ts';

/** An image that was uploaded from this browser. */
export interface PastUpload {
  readonly bucketName: string;
  readonly objectName: string;
  readonly url: string;
  /** As its file was called. */
  readonly name: string;
  readonly size: number;
}

const MOST = 100;
const keyOf = (userId: string): string => `imagepic.history.${userId}`;

let owner: string | undefined;

/** The last hundred, newest first. */
export const uploadHistory = createStore<readonly PastUpload[]>([]);

/** Shows those of an account. */
export function openHistory(userId: string): void {
  owner = userId;
  uploadHistory.set(read(userId));
}

/** Adds one. */
export function rememberUpload(userId: string, { bucketName, objectName, url, name, size }: PastUpload): void {
  if (owner !== userId) openHistory(userId);
  const others = uploadHistory.value.filter((past) => past.bucketName !== bucketName || past.objectName !== objectName);
  save([{ bucketName, objectName, url, name, size }, ...others].slice(0, MOST));
}

/** Forgets all of them. */
export const clearHistory = (): void => save([]);

function save(all: readonly PastUpload[]): void {
  uploadHistory.set(all);
  try {
    if (owner !== undefined) localStorage.setItem(keyOf(owner), JSON.stringify(all));
  } catch {
    // A browser that keeps nothing shows this visit's.
  }
}

function read(userId: string): readonly PastUpload[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(userId)) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isPastUpload).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

const isPastUpload = (value: unknown): value is PastUpload =>
  isRecord(value) &&
  ['bucketName', 'objectName', 'url', 'name'].every((field) => typeof value[field] === 'string') &&
  /^https?:|^\//.test(String(value['url'])) &&
  typeof value['size'] === 'number';
