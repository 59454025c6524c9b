import { describe, expect, it } from 'vitest';
import { createTurns, type Deadline } from '../../../src/concurrency/turns.ts';

const inMs = (ms: number): Deadline => ({ time: performance.now() + ms, fail: () => new Error('too late') });

/** Work that ends when it is told to. */
function createWork() {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { work: () => ended, end };
}

describe('turns', () => {
  it('come one after the other, in their order, for one name', async () => {
    const { take } = createTurns();
    const seen: string[] = [];
    const visit = (visitor: string) =>
      take('door', inMs(1000), async () => {
        seen.push(`${visitor} in`);
        await new Promise(setImmediate);
        seen.push(`${visitor} out`);
        return visitor;
      });
    expect(await Promise.all(['a', 'b', 'c'].map(visit))).toEqual(['a', 'b', 'c']);
    expect(seen).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  it('do not wait for other names', async () => {
    const { take } = createTurns();
    const { work, end } = createWork();
    const first = take('one', inMs(1000), work);
    expect(await take('two', inMs(1000), async () => 'in')).toBe('in');
    end();
    await first;
  });

  it('go on after work that failed', async () => {
    const { take } = createTurns();
    const failed = take('door', inMs(1000), () => Promise.reject(new Error('tripped')));
    const next = take('door', inMs(1000), async () => 'in');
    await expect(failed).rejects.toThrow('tripped');
    expect(await next).toBe('in');
  });

  it('are given up at the deadline, and those behind still wait for those before', async () => {
    const { take } = createTurns();
    const { work, end } = createWork();
    const first = take('door', inMs(1000), work);
    let ran = false;
    const late = take('door', inMs(20), async () => {
      ran = true;
    });
    let isIn = false;
    const third = take('door', inMs(1000), async () => {
      isIn = true;
    });
    await expect(late).rejects.toThrow('too late');
    expect(isIn).toBe(false);
    end();
    await Promise.all([first, third]);
    expect([ran, isIn]).toEqual([false, true]);
  });

  it('begin at once where nobody waits, however late it is', async () => {
    expect(await createTurns().take('door', inMs(-1000), async () => 'in')).toBe('in');
  });
});
