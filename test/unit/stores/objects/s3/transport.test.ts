import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Unanswered } from '../../../../../src/concurrency/resilience.ts';
import { createIdleLimit, meterUpload } from '../../../../../src/stores/objects/s3/transport.ts';

const KIB = 1024;

describe('idle limit', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('ends a transfer in which the store lets us wait for 3.5 s', () => {
    const idle = createIdleLimit();
    idle.wait();
    vi.advanceTimersByTime(3499);
    expect(idle.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(idle.signal.reason).toBeInstanceOf(Unanswered);
  });

  it('adds up waits that bring too little, as a trickle does', () => {
    const idle = createIdleLimit();
    for (let second = 0; second < 4; second += 1) {
      idle.wait();
      vi.advanceTimersByTime(1000);
      idle.rest();
      idle.progress(KIB);
    }
    expect(idle.signal.aborted).toBe(true);
  });

  it('lets a transfer take any time as long as it moves', () => {
    const idle = createIdleLimit();
    for (let second = 0; second < 3600; second += 1) {
      idle.wait();
      vi.advanceTimersByTime(3000);
      idle.progress(64 * KIB);
    }
    expect(idle.signal.aborted).toBe(false);
  });

  it('does not count the time that the caller takes', () => {
    const idle = createIdleLimit();
    idle.wait();
    vi.advanceTimersByTime(3000);
    idle.rest();
    vi.advanceTimersByTime(3_600_000);
    expect(idle.signal.aborted).toBe(false);
    idle.wait();
    vi.advanceTimersByTime(500);
    expect(idle.signal.aborted).toBe(true);
  });

  it('passes an upload on in slices, waits for its answer, and not for its source', async () => {
    const idle = createIdleLimit();
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(150 * KIB);
      vi.advanceTimersByTime(60_000);
      yield Buffer.alloc(1);
    }
    const sizes: number[] = [];
    for await (const slice of meterUpload(source(), idle)) sizes.push(slice.byteLength);
    expect(sizes).toEqual([64 * KIB, 64 * KIB, 22 * KIB, 1]);
    expect(idle.signal.aborted).toBe(false);
    vi.advanceTimersByTime(3500);
    expect(idle.signal.aborted).toBe(true);
  });
});
