import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { retry, sleep } from '../../../src/concurrency/retry.ts';

describe('trying again', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Fails so often, then works; keeps when it was tried, and what it was told of failures before. */
  const failing = (times: number) => {
    const startedAt: number[] = [];
    const told: number[] = [];
    const start = Date.now();
    const attempt = async (failed: number): Promise<string> => {
      startedAt.push(Date.now() - start);
      told.push(failed);
      if (startedAt.length <= times) throw new Error(`failure ${startedAt.length}`);
      return 'done';
    };
    return { attempt, startedAt, told };
  };

  it('waits as long as it is told after each failure', async () => {
    const { attempt, startedAt, told } = failing(2);
    const done = retry(attempt, { tries: 5, delayMs: (_, failed) => failed * 100 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await done).toBe('done');
    expect(startedAt).toEqual([0, 100, 300]);
    expect(told).toEqual([0, 1, 2]);
  });

  it.each([1, 3])('ends after %i attempts with the last failure, without another wait', async (tries) => {
    const { attempt, startedAt } = failing(9);
    const delayMs = vi.fn(() => 10);
    const refused = expect(retry(attempt, { tries, delayMs })).rejects.toThrow(`failure ${tries}`);
    await vi.advanceTimersByTimeAsync(1000);
    await refused;
    expect(startedAt).toHaveLength(tries);
    expect(delayMs).toHaveBeenCalledTimes(tries - 1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends at once where the failure is not worth another try', async () => {
    const { attempt, startedAt } = failing(9);
    const delayMs = (error: unknown) => (error instanceof Error && error.message === 'failure 2' ? undefined : 0);
    const refused = expect(retry(attempt, { tries: 9, delayMs })).rejects.toThrow('failure 2');
    await vi.advanceTimersByTimeAsync(1000);
    await refused;
    expect(startedAt).toHaveLength(2);
  });

  it('sleeps no shorter and no longer than it is told', async () => {
    const awake = vi.fn();
    void sleep(100).then(awake);
    await vi.advanceTimersByTimeAsync(99);
    expect(awake).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(awake).toHaveBeenCalled();
  });
});
