import type { Counter, JsonObject } from '../../../ports/document-store.ts';
import { toDate } from '../../files/json.ts';
import { encodeDocument } from './encoding.ts';
import { invalid, type Place } from './place.ts';
import { damaged, type Records } from './records.ts';
import type { Call } from './requests.ts';

const LAST_DATE_MS = 8.64e15;

/** What to add to a counter, and how long it runs when it starts now. */
export interface Increment {
  readonly by: number;
  readonly expiresInSeconds: number;
}

interface Waiting {
  readonly call: Call;
  readonly increment: Increment;
  readonly resolve: (counter: Counter) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Creates counters, which are documents `{ value, expiresAt }` written by compare-and-set: a lost answer can be looked up,
 * which the database's own `inc` does not allow. What waits in this process for the same counter is written in one go.
 */
export function createCounters(records: Records, now: () => Date) {
  const queues = new Map<string, Waiting[]>();

  const addAll = async (place: Place, batch: readonly Waiting[], call: Call): Promise<readonly Counter[]> => {
    for (let attempt = 1; ; attempt += 1) {
      const stored = await records.read(call, place);
      const at = now();
      const running = stored && runningCounter(stored.doc, at, place);
      const counters = addUp(running, batch, at);
      const last = counters.at(-1);
      if (last === undefined || isSame(running, last)) return counters;
      const doc = encodeDocument({ value: last.value, expiresAt: last.expiresAt.toISOString() });
      if (await records.write(call, place, doc, stored?.revision)) return counters;
      await call.pause(attempt);
    }
  };
  const settle = async (place: Place, batch: readonly Waiting[], call: Call): Promise<void> => {
    try {
      const counters = await addAll(place, batch, call);
      for (const [index, counter] of counters.entries()) batch[index]?.resolve(counter);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  const drain = async (key: string, place: Place): Promise<void> => {
    for (;;) {
      const batch = queues.get(key) ?? [];
      const [oldest] = batch;
      if (oldest === undefined) break;
      queues.set(key, []);
      await settle(place, batch, oldest.call);
    }
    queues.delete(key);
  };

  /** Adds to a counter; those who wait longest set the time that is left for a batch. */
  const increment = (call: Call, place: Place, by: Increment): Promise<Counter> =>
    new Promise((resolve, reject) => {
      const key = `${place.collection}/${place.id}`;
      const waiting = { call, increment: by, resolve, reject };
      const queue = queues.get(key);
      if (queue !== undefined) {
        queue.push(waiting);
        return;
      }
      queues.set(key, [waiting]);
      void drain(key, place);
    });
  return { increment };
}

/** @throws {AppError} InvalidArgument */
export function checkedIncrement(increment: Increment): Increment {
  if (!Number.isFinite(increment.by)) throw invalid('by');
  if (!(increment.expiresInSeconds > 0)) throw invalid('expiresInSeconds');
  return increment;
}

function runningCounter(doc: JsonObject, at: Date, place: Place): Counter | undefined {
  const { value } = doc;
  const expiresAt = toDate(doc['expiresAt']);
  if (typeof value !== 'number' || expiresAt === undefined) throw damaged(place);
  return expiresAt <= at ? undefined : { value, expiresAt };
}

/** What each of the batch sees, one after the other. */
function addUp(running: Counter | undefined, batch: readonly Waiting[], at: Date): readonly Counter[] {
  let counter = running;
  return batch.map(({ increment: { by, expiresInSeconds } }) => {
    const expiry = Math.min(at.getTime() + expiresInSeconds * 1000, LAST_DATE_MS);
    counter = { value: (counter?.value ?? 0) + by, expiresAt: counter?.expiresAt ?? new Date(expiry) };
    return counter;
  });
}

const isSame = (before: Counter | undefined, after: Counter): boolean =>
  before?.value === after.value && before.expiresAt === after.expiresAt;
