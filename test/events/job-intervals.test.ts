import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startJobs } from '../../src/events/job-intervals.ts';
import { createLogger } from '../../src/logger.ts';
import { everyHours, type Job } from '../../src/services/jobs/job.ts';

const HOUR_MS = 3_600_000;

let log: string[];
beforeEach(() => {
  log = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const logger = createLogger(
  (line) => log.push(line),
  () => new Date(),
);
const events = (): readonly unknown[] => log.map((line) => JSON.parse(line));
const finished = async () => ({ finished: true });

describe('the jobs of a server', () => {
  it('run at their own intervals, a minute at most each', async () => {
    const hourly = vi.fn<Job['run']>(finished);
    const daily = vi.fn<Job['run']>(finished);
    startJobs(
      [
        { name: 'hourly', schedule: everyHours(1, 17), run: hourly },
        { name: 'daily', schedule: everyHours(24, 0), run: daily },
      ],
      logger,
    );
    expect(hourly).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(24 * HOUR_MS);
    expect(hourly).toHaveBeenCalledTimes(24);
    expect(daily).toHaveBeenCalledTimes(1);
    expect(hourly).toHaveBeenCalledWith({ budgetMs: 60_000 });
  });

  it('never overlap themselves, and say which was left out', async () => {
    let end = (): void => {};
    const slow = vi.fn<Job['run']>(() => new Promise((resolve) => (end = () => resolve({ finished: true }))));
    startJobs([{ name: 'slow', schedule: everyHours(1, 0), run: slow }], logger);
    await vi.advanceTimersByTimeAsync(3 * HOUR_MS);
    expect(slow).toHaveBeenCalledTimes(1);
    expect(events()).toEqual([1, 2].map(() => expect.objectContaining({ event: 'job-skipped', name: 'slow' })));
    end();
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(slow).toHaveBeenCalledTimes(2);
  });

  it('that fail are logged and run again the next time', async () => {
    const failing = vi.fn<Job['run']>(() => Promise.reject(new Error('the store is away')));
    startJobs([{ name: 'sweep', schedule: everyHours(1, 0), run: failing }], logger);
    await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
    expect(failing).toHaveBeenCalledTimes(2);
    expect(events()[0]).toMatchObject({
      level: 'error',
      event: 'job',
      name: 'sweep',
      cause: { message: 'the store is away' },
    });
  });

  it('run as it starts where they say so, until they are done, and later once an hour', async () => {
    let left = 3;
    const slices = vi.fn<Job['run']>(async () => ({ finished: --left <= 0 }));
    startJobs([{ name: 'build', schedule: everyHours(1, 0), startsAtOnce: true, run: slices }], logger);
    await vi.advanceTimersByTimeAsync(0);
    expect(slices).toHaveBeenCalledTimes(3);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(slices).toHaveBeenCalledTimes(4);
    expect(events()).toEqual([]);
  });

  it('keep no process alive', () => {
    const unref = vi.fn();
    vi.spyOn(globalThis, 'setInterval').mockReturnValue({ unref } as unknown as NodeJS.Timeout);
    startJobs([{ name: 'sweep', schedule: everyHours(1, 0), run: finished }], logger);
    expect(unref).toHaveBeenCalledOnce();
    vi.restoreAllMocks();
  });
});
