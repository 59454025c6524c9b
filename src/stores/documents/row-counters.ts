import { createBatches } from '../../concurrency/batches.ts';
import type { Counter } from '../../ports/document-store.ts';
import type { Call } from '../requests.ts';
import { addUp, type Increment, isUnchanged, runningCounter, toCounterDocument } from './counters.ts';
import type { DocumentId } from './document-id.ts';
import { encodeDocument } from './encoding.ts';
import type { Rows } from './rows.ts';

interface Addition extends Increment {
  readonly call: Call;
  readonly target: DocumentId;
}

/**
 * Creates counters, which are documents `{ value, expiresAt }` written by compare-and-set: a lost answer can be looked up,
 * which the database's own `inc` does not allow.
 */
export function createRowCounters(rows: Rows, now: () => Date) {
  const addAll = async (batch: readonly Addition[], { call, target }: Addition): Promise<readonly Counter[]> => {
    for (let attempt = 1; ; attempt += 1) {
      const stored = await rows.read(call, target);
      const at = now();
      const running = stored && runningCounter(target, stored.doc, at);
      const counters = addUp(running, batch, at);
      const last = counters.at(-1);
      if (last === undefined || isUnchanged(running, last)) return counters;
      const doc = encodeDocument(toCounterDocument(last));
      if (await rows.write(call, target, doc, stored?.revision)) return counters;
      await call.pause(attempt);
    }
  };
  const add = createBatches((_name, batch: readonly Addition[]) => {
    const [oldest] = batch;
    return oldest === undefined ? Promise.resolve([]) : addAll(batch, oldest);
  });

  /** Adds to a counter; those who wait longest set the time that is left for a batch. */
  const increment = (call: Call, target: DocumentId, by: Increment): Promise<Counter> =>
    add(`${target.collection}/${target.id}`, { ...by, call, target });
  return { increment };
}
