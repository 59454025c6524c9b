import { createBatches } from '../../../concurrency/batches.ts';
import type { Counter } from '../../../ports/document-store.ts';
import { addUp, type Increment, isUnchanged, runningCounter, toCounterDocument } from '../counters.ts';
import { encodeDocument } from './encoding.ts';
import type { Place } from './place.ts';
import { damaged, type Records } from './records.ts';
import type { Call } from './requests.ts';

interface Addition extends Increment {
  readonly call: Call;
  readonly place: Place;
}

/**
 * Creates counters, which are documents `{ value, expiresAt }` written by compare-and-set: a lost answer can be looked up,
 * which the database's own `inc` does not allow.
 */
export function createCounters(records: Records, now: () => Date) {
  const addAll = async (batch: readonly Addition[], { call, place }: Addition): Promise<readonly Counter[]> => {
    for (let attempt = 1; ; attempt += 1) {
      const stored = await records.read(call, place);
      const at = now();
      const running = stored && runningCounter(stored.doc, at, () => damaged(place));
      const counters = addUp(running, batch, at);
      const last = counters.at(-1);
      if (last === undefined || isUnchanged(running, last)) return counters;
      const doc = encodeDocument(toCounterDocument(last));
      if (await records.write(call, place, doc, stored?.revision)) return counters;
      await call.pause(attempt);
    }
  };
  const add = createBatches((_name, batch: readonly Addition[]) => {
    const [oldest] = batch;
    return oldest === undefined ? Promise.resolve([]) : addAll(batch, oldest);
  });

  /** Adds to a counter; those who wait longest set the time that is left for a batch. */
  const increment = (call: Call, place: Place, by: Increment): Promise<Counter> =>
    add(`${place.collection}/${place.id}`, { ...by, call, place });
  return { increment };
}
