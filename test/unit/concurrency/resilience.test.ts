import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type CallLimits,
  createGuard,
  type GuardOptions,
  Unanswered,
  type Verdict,
} from '../../../src/concurrency/resilience.ts';

/** An error that carries its verdict. */
class Failure extends Error {
  readonly verdict: Verdict;
  constructor(verdict: Verdict) {
    super(verdict);
    this.verdict = verdict;
  }
}

const QUICK: CallLimits = { idempotent: true, budgetMs: 4500, attemptMs: 3000 };
const ONCE: CallLimits = { idempotent: false, budgetMs: 4500 };

const createTestGuard = (options: Partial<GuardOptions> = {}) =>
  createGuard({
    now: () => new Date(),
    random: () => 0.5,
    judge: (error) => (error instanceof Failure ? error.verdict : 'answered'),
    ...options,
  });

/** A call that fails so often, in these ways, before it succeeds. */
function failing(...verdicts: readonly Verdict[]) {
  const startedAt: number[] = [];
  const call = async (): Promise<string> => {
    const verdict = verdicts[startedAt.length];
    startedAt.push(Date.now());
    if (verdict !== undefined) throw new Failure(verdict);
    return 'done';
  };
  return { call, startedAt };
}

const never = (): Promise<never> => new Promise(() => undefined);

/** Lets the clock run until a call settles, and says how it ended and how long it took. */
async function settle(work: Promise<unknown>): Promise<{ value?: unknown; error?: unknown; ms: number }> {
  const start = Date.now();
  const result = work.then(
    (value) => ({ value, ms: Date.now() - start }),
    (error: unknown) => ({ error, ms: Date.now() - start }),
  );
  await vi.advanceTimersByTimeAsync(60_000);
  return result;
}

describe('guard', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  describe('retries', () => {
    it('tries an idempotent call three times with growing jittered pauses', async () => {
      const { call, startedAt } = failing('in-doubt', 'in-doubt');
      const start = Date.now();
      expect(await settle(createTestGuard().run(call, QUICK))).toMatchObject({ value: 'done' });
      expect(startedAt.map((at) => at - start)).toEqual([0, 50, 150]);
    });

    it('gives up after the third attempt with what it threw', async () => {
      const { call, startedAt } = failing('in-doubt', 'not-done', 'in-doubt', 'in-doubt');
      const { error } = await settle(createTestGuard().run(call, QUICK));
      expect(error).toMatchObject({ verdict: 'in-doubt' });
      expect(startedAt).toHaveLength(3);
    });

    it.each<[Verdict, CallLimits, number]>([
      ['not-done', ONCE, 2],
      ['in-doubt', ONCE, 1],
      ['stalled', QUICK, 1],
      ['answered', QUICK, 1],
      ['unrelated', QUICK, 1],
      ['broken-off', ONCE, 2],
    ])('after %s with %j makes %i attempts', async (verdict, limits, attempts) => {
      const { call, startedAt } = failing(verdict);
      await settle(createTestGuard().run(call, limits));
      expect(startedAt).toHaveLength(attempts);
    });
  });

  describe('deadlines', () => {
    it('ends a call that never answers when the budget of all attempts is used up', async () => {
      const signals: AbortSignal[] = [];
      const call = (signal: AbortSignal): Promise<never> => {
        signals.push(signal);
        return never();
      };
      const { error, ms } = await settle(createTestGuard().run(call, QUICK));
      expect(error).toBeInstanceOf(Unanswered);
      expect(ms).toBe(4500);
      expect(signals).toHaveLength(2);
      expect(signals.every(({ aborted }) => aborted)).toBe(true);
    });

    it('does not repeat a call in doubt that is not idempotent', async () => {
      const call = vi.fn(never);
      expect((await settle(createTestGuard().run(call, ONCE))).ms).toBe(4500);
      expect(call).toHaveBeenCalledTimes(1);
    });

    it('sets no time to a call that watches itself', async () => {
      const slow = () => new Promise((resolve) => setTimeout(resolve, 50_000, 'done'));
      expect(await settle(createTestGuard().run(slow, { idempotent: true }))).toEqual({ value: 'done', ms: 50_000 });
    });

    it('leaves a call alone once it has answered', async () => {
      let given: AbortSignal | undefined;
      const call = async (signal: AbortSignal): Promise<void> => {
        given = signal;
      };
      await settle(createTestGuard().run(call, QUICK));
      expect(given?.aborted).toBe(false);
      expect(vi.getTimerCount()).toBe(0);
    });

    it('ends with the reason of the caller who aborts, and does not count that as a failure', async () => {
      const guard = createTestGuard({ maxFailures: 1 });
      const controller = new AbortController();
      const running = guard.run(never, { ...QUICK, signal: controller.signal });
      controller.abort(new Error('The caller went away'));
      expect((await settle(running)).error).toMatchObject({ message: 'The caller went away' });
      expect(await settle(guard.run(failing().call, QUICK))).toMatchObject({ value: 'done' });
    });

    it('does not begin for a caller who has aborted', async () => {
      const call = vi.fn(never);
      const { error } = await settle(createTestGuard().run(call, { ...QUICK, signal: AbortSignal.abort('gone') }));
      expect(error).toBe('gone');
      expect(call).not.toHaveBeenCalled();
    });
  });

  describe('circuit', () => {
    const failOnce = (guard: ReturnType<typeof createTestGuard>, verdict: Verdict = 'stalled') =>
      guard.run(() => Promise.reject(new Failure(verdict)), ONCE).catch((error: unknown) => error);
    const openCircuit = async (options: Partial<GuardOptions> = {}) => {
      const guard = createTestGuard(options);
      for (let failures = 0; failures < 5; failures += 1) await failOnce(guard);
      return guard;
    };

    it('opens after five failures in a row and then asks no more', async () => {
      const guard = await openCircuit();
      const call = vi.fn(async () => 'done');
      const error = await guard.run(call, QUICK).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Unanswered);
      expect(error).toMatchObject({ cause: { verdict: 'stalled' } });
      expect(call).not.toHaveBeenCalled();
    });

    it.each<Verdict>(['answered', 'unrelated', 'broken-off'])(
      'stays closed however often a call ends with %s',
      async (verdict) => {
        const guard = createTestGuard();
        for (let count = 0; count < 20; count += 1) await settle(failOnce(guard, verdict));
        expect(await guard.run(async () => 'done', QUICK)).toBe('done');
      },
    );

    it('counts anew after an answer', async () => {
      const guard = createTestGuard();
      for (const verdict of ['stalled', 'stalled', 'stalled', 'stalled', 'answered', 'stalled'] as const) {
        await failOnce(guard, verdict);
      }
      expect(await guard.run(async () => 'done', QUICK)).toBe('done');
    });

    it('lets one call try after ten seconds, and closes when it succeeds', async () => {
      const guard = await openCircuit();
      vi.advanceTimersByTime(9999);
      expect(await failOnce(guard)).toBeInstanceOf(Unanswered);
      vi.advanceTimersByTime(1);
      let finish: (value: string) => void = () => undefined;
      const probe = guard.run(() => new Promise<string>((resolve) => (finish = resolve)), { idempotent: true });
      expect(await failOnce(guard)).toBeInstanceOf(Unanswered);
      finish('done');
      expect(await probe).toBe('done');
      expect(await guard.run(async () => 'again', QUICK)).toBe('again');
    });

    it('stays open for another ten seconds when the try fails', async () => {
      const guard = await openCircuit();
      vi.advanceTimersByTime(10_000);
      expect(await failOnce(guard)).toBeInstanceOf(Failure);
      vi.advanceTimersByTime(9999);
      expect(await failOnce(guard)).toBeInstanceOf(Unanswered);
      vi.advanceTimersByTime(1);
      expect(await guard.run(async () => 'done', QUICK)).toBe('done');
    });

    it('lets the next call try when the caller of the first went away', async () => {
      const guard = await openCircuit();
      vi.advanceTimersByTime(10_000);
      expect(await failOnce(guard, 'unrelated')).toBeInstanceOf(Failure);
      expect(await guard.run(async () => 'done', QUICK)).toBe('done');
    });

    it('is not kept open by calls that began before it opened', async () => {
      const guard = createTestGuard();
      const failLate = () => new Promise((_, reject) => setTimeout(reject, 8000, new Failure('stalled')));
      const late = guard.run(failLate, { idempotent: true }).catch((error: unknown) => error);
      for (let failures = 0; failures < 5; failures += 1) await failOnce(guard);
      await vi.advanceTimersByTimeAsync(8000);
      expect(await late).toBeInstanceOf(Failure);
      await vi.advanceTimersByTimeAsync(2000);
      expect(await guard.run(async () => 'done', QUICK)).toBe('done');
    });

    it('opens only once the other side is seen to be down', async () => {
      let tellDown: (isDown: boolean) => void = () => undefined;
      const isDown = vi.fn(() => new Promise<boolean>((resolve) => (tellDown = resolve)));
      const guard = await openCircuit({ isDown });
      expect(await guard.run(async () => 'meanwhile', QUICK)).toBe('meanwhile');
      for (let failures = 0; failures < 5; failures += 1) await failOnce(guard);
      expect(isDown).toHaveBeenCalledTimes(1);
      tellDown(true);
      await vi.advanceTimersByTimeAsync(0);
      expect(await failOnce(guard)).toBeInstanceOf(Unanswered);
      vi.advanceTimersByTime(10_000);
      expect(await guard.run(async () => 'done', QUICK)).toBe('done');
    });

    it('stays closed while one caller fails and the other side is up, and looks again after as many failures', async () => {
      const isDown = vi.fn(async () => false);
      const guard = await openCircuit({ isDown });
      await vi.advanceTimersByTimeAsync(0);
      for (let failures = 0; failures < 5; failures += 1) expect(await failOnce(guard)).toBeInstanceOf(Failure);
      expect(isDown).toHaveBeenCalledTimes(2);
      expect(await guard.run(async () => 'done', QUICK)).toBe('done');
    });

    it('opens when nobody can look', async () => {
      const guard = await openCircuit({ isDown: () => Promise.reject(new Error('no')) });
      await vi.advanceTimersByTimeAsync(0);
      expect(await failOnce(guard)).toBeInstanceOf(Unanswered);
    });

    it('stops retrying once it has opened', async () => {
      const guard = createTestGuard({ maxFailures: 2 });
      const { call, startedAt } = failing('not-done', 'not-done', 'not-done');
      const { error } = await settle(guard.run(call, QUICK));
      expect(error).toBeInstanceOf(Failure);
      expect(startedAt).toHaveLength(2);
    });
  });
});
