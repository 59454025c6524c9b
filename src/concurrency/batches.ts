import { sleep } from './retry.ts';

/** Does something for a name; what many callers of one process want at once is done in one go. */
export type Batches<Item, Result> = (name: string, item: Item) => Promise<Result>;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Creates batches: `run` gets what has gathered for a name, in its order, and answers for each. While it runs the next
 * batch gathers; the first one gathers for `gatherMs`.
 */
export function createBatches<Item, Result>(
  run: (name: string, items: readonly Item[]) => Promise<readonly Result[]>,
  gatherMs = 0,
): Batches<Item, Result> {
  const queues = new Map<string, Waiting<Item, Result>[]>();

  const settle = async (name: string, batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    const items = batch.map(({ item }) => item);
    try {
      const results = await run(name, items);
      for (const [index, result] of results.entries()) batch[index]?.resolve(result);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };

  const drain = async (name: string): Promise<void> => {
    if (gatherMs > 0) await sleep(gatherMs);
    for (;;) {
      const batch = queues.get(name) ?? [];
      if (batch.length === 0) break;
      queues.set(name, []);
      await settle(name, batch);
    }
    queues.delete(name);
  };

  return (name, item) =>
    new Promise((resolve, reject) => {
      const waiting = { item, resolve, reject };
      const queue = queues.get(name);
      if (queue !== undefined) {
        queue.push(waiting);
        return;
      }
      queues.set(name, [waiting]);
      void drain(name);
    });
}
