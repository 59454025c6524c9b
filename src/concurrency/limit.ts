/** Runs a task as soon as it may; those that wait come in their order. */
export type Limit = <Result>(task: () => Promise<Result>) => Promise<Result>;

interface LimitOptions {
  /** Tasks that run at once. */
  readonly concurrent: number;
  /** Tasks that may wait; unbounded unless given. */
  readonly waiting?: number;
  /** What to fail with when too many wait. */
  readonly refuse?: () => Error;
}

/** Creates a limit on how many tasks run at once. */
export function createLimit({ concurrent, waiting: most = Number.POSITIVE_INFINITY, refuse }: LimitOptions): Limit {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running < concurrent) running += 1;
    else if (waiting.length < most) await new Promise<void>((resolve) => waiting.push(resolve));
    else throw refuse?.() ?? new Error('Too many tasks wait');
    try {
      return await task();
    } finally {
      // Whoever comes next takes the place over, so that nobody slips in between.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

/** Does `work` for every item, at most `concurrent` at once, and gives the results in the items' order; after a failure nothing more is begun. */
export async function mapLimited<Item, Result>(
  items: readonly Item[],
  concurrent: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  // A generator, which the loop that fails closes for all the others.
  const queue = numbered(items);
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(concurrent, items.length) }, worker));
  return results;
}

function* numbered<Item>(items: readonly Item[]): Generator<[number, Item]> {
  yield* items.entries();
}
