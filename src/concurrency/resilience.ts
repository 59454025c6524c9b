import { beforeDeadline, untilAborted } from './deadline.ts';
import { retry } from './retry.ts';

/**
 * What a failed attempt says:
 * `answered` – the other side works and means it, so the error is passed on;
 * `not-done` – surely without effect, so it may be tried again;
 * `in-doubt` – it may have had its effect, so only an idempotent call is tried again;
 * `stalled` – in doubt, and there is no time left for another try;
 * `broken-off` – without effect, and for a reason that lies in this one call, so it is tried again and held against nobody;
 * `unrelated` – the caller's own failure, which says nothing of the other side.
 */
export type Verdict = 'answered' | 'not-done' | 'in-doubt' | 'stalled' | 'broken-off' | 'unrelated';

/** How calls of one dependency are guarded. */
export interface GuardOptions {
  readonly now: () => Date;
  /** From 0 to below 1, as `Math.random`. */
  readonly random: () => number;
  readonly judge: (error: unknown) => Verdict;
  /** Failed attempts in a row that open the circuit; 5 unless given. */
  readonly maxFailures?: number;
  /** How long the circuit stays open before one call may try; 10,000 unless given. */
  readonly openMs?: number;
  /**
   * Looks whether the other side is down, when so many attempts have failed that the circuit would open: one caller may
   * cause them all. Must end by itself, and soon. Unless given, it is taken to be down.
   */
  readonly isDown?: () => Promise<boolean>;
}

/** How long a call may take and whether repeating it does no harm. Without times, the call watches its time itself. */
export interface CallLimits {
  readonly idempotent: boolean;
  /** For all attempts together. */
  readonly budgetMs?: number;
  readonly attemptMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Runs calls of one dependency with deadlines, retries and a circuit breaker. */
export interface Guard {
  /**
   * Resolves to what `call` does. The signal that it gets ends with the attempt.
   *
   * @throws {Unanswered} when time is up or the circuit is open; else what the last attempt threw
   */
  run<T>(call: (signal: AbortSignal) => Promise<T>, limits: CallLimits): Promise<T>;
}

/** The other side did not answer in time, or was not asked because it keeps failing; then `cause` is its last failure. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

const MAX_TRIES = 3;
const FIRST_DELAY_MS = 100;

/** Creates a guard. At most two retries with full jitter. @see https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/ */
export function createGuard({ now, random, judge, maxFailures = 5, openMs = 10_000, isDown }: GuardOptions): Guard {
  const circuit = createCircuit({ now, maxFailures, openMs, isDown });
  const time = (): number => now().getTime();

  return {
    run: async (call, limits) => {
      const endsAt = time() + (limits.budgetMs ?? Number.POSITIVE_INFINITY);
      let verdict: Verdict;
      const attempt = async () => {
        verdict = 'unrelated';
        limits.signal?.throwIfAborted();
        const ms = Math.min(endsAt - time(), limits.attemptMs ?? Number.POSITIVE_INFINITY);
        const leave = circuit.enter();
        try {
          const value = await withDeadline(call, ms, limits.signal);
          leave('answered', undefined);
          return value;
        } catch (error) {
          verdict = verdictOn(error, limits.signal, judge);
          leave(verdict, error);
          throw error;
        }
      };
      const delayMs = (_error: unknown, failed: number): number | undefined => {
        const delay = random() * FIRST_DELAY_MS * 2 ** (failed - 1);
        const isOver = time() + delay >= endsAt || circuit.isOpen();
        return isOver || !mayRetry(verdict, limits) ? undefined : delay;
      };
      return retry(attempt, { tries: MAX_TRIES, delayMs });
    },
  };
}

function verdictOn(error: unknown, signal: AbortSignal | undefined, judge: GuardOptions['judge']): Verdict {
  if (signal?.aborted) return 'unrelated';
  return error instanceof TooLate ? 'in-doubt' : judge(error);
}

const mayRetry = (verdict: Verdict, { idempotent }: CallLimits): boolean =>
  verdict === 'not-done' || verdict === 'broken-off' || (verdict === 'in-doubt' && idempotent);

/** Set apart from an `Unanswered` that the call itself threw. */
class TooLate extends Unanswered {}

/** Stops waiting when time is up or `outer` is aborted, whether `call` heeds its signal or not. */
async function withDeadline<T>(
  call: (signal: AbortSignal) => Promise<T>,
  ms: number,
  outer: AbortSignal | undefined,
): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const forward = (): void => controller.abort(outer?.reason);
  outer?.addEventListener('abort', forward, { once: true });
  const expire = (): void => controller.abort(new TooLate(`No answer within ${Math.round(ms)} ms`));
  try {
    return await beforeDeadline(untilAborted(call(signal), signal), ms, expire);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    outer?.removeEventListener('abort', forward);
  }
}

interface CircuitOptions {
  readonly now: () => Date;
  readonly maxFailures: number;
  readonly openMs: number;
  readonly isDown: (() => Promise<boolean>) | undefined;
}

/** Verdicts that say nothing of the other side. */
const SILENT: ReadonlySet<Verdict> = new Set(['unrelated', 'broken-off']);

/** @see https://learn.microsoft.com/azure/architecture/patterns/circuit-breaker */
function createCircuit({ now, maxFailures, openMs, isDown }: CircuitOptions) {
  let failures = 0;
  let isOpen = false;
  let isLooking = false;
  let nextProbeAt = 0;
  let lastFailure: unknown;
  const time = (): number => now().getTime();

  const open = (): void => {
    isOpen = true;
    nextProbeAt = time() + openMs;
  };
  /** Opens once the other side is seen to be down; until then all goes on as before. */
  const look = async (look: () => Promise<boolean>): Promise<void> => {
    isLooking = true;
    const seen = await look().catch(() => true);
    isLooking = false;
    // Whoever was answered meanwhile has seen it too.
    if (failures < maxFailures) return;
    failures = 0;
    if (seen) open();
  };

  const fail = (isProbe: boolean, error: unknown): void => {
    failures += 1;
    lastFailure = error;
    if (isProbe) nextProbeAt = time() + openMs;
    // Calls that were under way when the circuit opened do not prolong it.
    if (isOpen || isLooking || failures < maxFailures) return;
    if (isDown === undefined) open();
    else void look(isDown);
  };

  return {
    isOpen: (): boolean => isOpen,
    /** Lets a call through and returns what to tell its outcome to. @throws {Unanswered} while the circuit is open */
    enter: (): ((verdict: Verdict, error: unknown) => void) => {
      const isProbe = isOpen;
      if (isProbe && time() < nextProbeAt) {
        throw new Unanswered('Not asked: it failed too often just now', { cause: lastFailure });
      }
      // A probe that takes long does not keep the next one waiting for its end.
      if (isProbe) nextProbeAt = time() + openMs;
      return (verdict, error) => {
        if (verdict === 'answered') {
          failures = 0;
          isOpen = false;
        } else if (!SILENT.has(verdict)) fail(isProbe, error);
        else if (isProbe) nextProbeAt = 0;
      };
    },
  };
}
