import type { Counter, JsonObject } from '../../ports/document-store.ts';
import { invalidArgument } from '../arguments.ts';
import { toDate } from '../disk/json.ts';
import { type DocumentId, damaged } from './document-id.ts';

const LAST_DATE_MS = 8.64e15;

/** What to add to a counter, and how long it runs when it starts now. */
export interface Increment {
  readonly by: number;
  readonly expiresInSeconds: number;
}

/** @throws {AppError} InvalidArgument */
export function checkedIncrement(increment: Increment): Increment {
  if (!Number.isFinite(increment.by)) throw invalidArgument('by');
  if (!(increment.expiresInSeconds > 0)) throw invalidArgument('expiresInSeconds');
  return increment;
}

/** Reads a counter's document; `undefined` when it has expired. @throws {AppError} ServiceUnavailable when it is no counter */
export function runningCounter(id: DocumentId, doc: JsonObject, at: Date): Counter | undefined {
  const { value } = doc;
  const expiresAt = toDate(doc['expiresAt']);
  if (typeof value !== 'number' || expiresAt === undefined) throw damaged(id);
  return expiresAt <= at ? undefined : { value, expiresAt };
}

/** What each of a batch sees, one after the other. */
export function addUp(running: Counter | undefined, batch: readonly Increment[], at: Date): readonly Counter[] {
  let counter = running;
  return batch.map(({ by, expiresInSeconds }) => {
    const expiry = Math.min(at.getTime() + expiresInSeconds * 1000, LAST_DATE_MS);
    counter = { value: (counter?.value ?? 0) + by, expiresAt: counter?.expiresAt ?? new Date(expiry) };
    return counter;
  });
}

/** Tells whether a batch leaves a counter as it was. */
export const isUnchanged = (before: Counter | undefined, after: Counter | undefined): boolean =>
  after === undefined || (before?.value === after.value && before.expiresAt === after.expiresAt);

/** A counter as a document. */
export const toCounterDocument = ({ value, expiresAt }: Counter): JsonObject => ({
  value,
  expiresAt: expiresAt.toISOString(),
});
