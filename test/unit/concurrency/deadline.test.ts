import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { beforeDeadline, untilAborted } from '../../../src/concurrency/deadline.ts';

const late = () => new Error('too late');
const doneIn = <Value>(ms: number, value: Value): Promise<Value> =>
  new Promise((resolve) => setTimeout(resolve, ms, value));

describe('a deadline', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('lets work through that is done in time, and leaves no timer behind', async () => {
    const result = beforeDeadline(doneIn(99, 'done'), 100, late);
    await vi.advanceTimersByTimeAsync(99);
    expect(await result).toBe('done');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends the wait for work that is not done in time, at that very time', async () => {
    const failed = vi.fn();
    const made = vi.fn(late);
    beforeDeadline(doneIn(101, 'done'), 100, made).catch(failed);
    await vi.advanceTimersByTimeAsync(99);
    expect(made).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(failed).toHaveBeenCalledWith(late());
    expect(made).toHaveBeenCalledTimes(1);
  });

  it('passes on what the work fails with, and leaves no timer behind', async () => {
    await expect(beforeDeadline(Promise.reject(new Error('tripped')), 100, late)).rejects.toThrow('tripped');
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([0, -5])('that is over, by %i ms, still lets work through that is done already', async (ms) => {
    expect(await beforeDeadline(Promise.resolve('done'), ms, late)).toBe('done');
    const refused = expect(beforeDeadline(doneIn(50, 'done'), ms, late)).rejects.toThrow('too late');
    await vi.advanceTimersByTimeAsync(50);
    await refused;
  });

  it('that is infinite never comes', async () => {
    const result = beforeDeadline(doneIn(1e9, 'done'), Number.POSITIVE_INFINITY, late);
    await vi.advanceTimersByTimeAsync(1e9);
    expect(await result).toBe('done');
  });

  it('keeps quiet about work that fails after it', async () => {
    const work = new Promise((_, reject) => setTimeout(reject, 200, new Error('unheard')));
    const refused = expect(beforeDeadline(work, 100, late)).rejects.toThrow('too late');
    await vi.advanceTimersByTimeAsync(200);
    await refused;
  });
});

describe('waiting until a signal', () => {
  it('gives what the work gives while nobody aborts, and stops listening', async () => {
    const controller = new AbortController();
    const stop = vi.spyOn(controller.signal, 'removeEventListener');
    expect(await untilAborted(Promise.resolve('done'), controller.signal)).toBe('done');
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['before', true],
    ['while', false],
  ])('ends with the reason of whoever aborts %s it waits', async (_, isEarly) => {
    const controller = new AbortController();
    const reason = new Error('gone');
    if (isEarly) controller.abort(reason);
    const waiting = untilAborted(new Promise(() => undefined), controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});
