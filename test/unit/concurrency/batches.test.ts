import { describe, expect, it } from 'vitest';
import { createBatches } from '../../../src/concurrency/batches.ts';

/** Adds up what is asked for together, and keeps what that was. */
function createSums(gatherMs?: number) {
  const runs: (readonly [string, readonly number[]])[] = [];
  const add = createBatches(async (name: string, items: readonly number[]) => {
    runs.push([name, items]);
    await new Promise(setImmediate);
    if (items.includes(13)) throw new Error(`no ${name}`);
    return items.map((item) => item * 10);
  }, gatherMs);
  return { add, runs };
}

describe('batches', () => {
  it('gather while one runs, by name, and answer each in its order', async () => {
    const { add, runs } = createSums();
    const answers = [add('a', 1), add('a', 2), add('b', 3), add('a', 4)];
    expect(await Promise.all(answers)).toEqual([10, 20, 30, 40]);
    expect(runs).toEqual([
      ['a', [1]],
      ['b', [3]],
      ['a', [2, 4]],
    ]);
  });

  it('gather for a while before the first runs', async () => {
    const { add, runs } = createSums(5);
    expect(await Promise.all([add('a', 1), add('a', 2)])).toEqual([10, 20]);
    expect(runs).toEqual([['a', [1, 2]]]);
  });

  it('fail together, and the next is not touched by that', async () => {
    const { add, runs } = createSums(5);
    const failed = await Promise.allSettled([add('a', 1), add('a', 13)]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await add('a', 2)).toBe(20);
    expect(runs).toHaveLength(2);
  });

  it('run again for a name that nobody asked for in between', async () => {
    const { add, runs } = createSums();
    await add('a', 1);
    await add('a', 2);
    expect(runs).toEqual([
      ['a', [1]],
      ['a', [2]],
    ]);
  });
});
