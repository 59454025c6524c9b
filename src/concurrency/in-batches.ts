// Enough to keep libuv's threads busy, few enough to leave file descriptors for others.
const BATCH_SIZE = 32;

/** Does `work` for every item, a batch at a time, and gives the results in the items' order. */
export async function inBatches<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += BATCH_SIZE) {
    results.push(...(await Promise.all(items.slice(start, start + BATCH_SIZE).map(work))));
  }
  return results;
}
