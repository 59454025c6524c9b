import { createGuard, Unanswered, type Verdict } from '../concurrency/resilience.ts';
import { sleep } from '../concurrency/retry.ts';
import type { Failure, FailureOf } from './failure.ts';

/** How long one request may take. */
export const REQUEST_TIMEOUT_MS = 2_000;
const CALL_MS = 5_000;
const PAUSE_MS = 50;
const MAX_DOUBLINGS = 3;

/** One call of the store: all its requests share 5 s. */
export interface Call {
  /** Sends a request that must not be repeated once it may have had its effect. */
  once<Answer>(request: () => Promise<Answer>): Promise<Answer>;
  /** Sends a request that may be repeated. */
  repeatedly<Answer>(request: () => Promise<Answer>): Promise<Answer>;
  /** Waits a random time that grows with `attempt`, so that writers who met part again. @throws {Unanswered} when there is no time left */
  pause(attempt: number): Promise<void>;
}

interface RequestsOptions {
  readonly failureOf: FailureOf;
  readonly now: () => Date;
  readonly random: () => number;
}

/** Creates what begins calls; the calls of one store share a circuit breaker. */
export function createRequests({ failureOf, now, random }: RequestsOptions) {
  const guard = createGuard({ now, random, judge: (error) => verdictOn(failureOf(error)) });
  const begin = (): Call => {
    const endsAt = now().getTime() + CALL_MS;
    const timeLeft = (needed = 0): number => {
      const left = endsAt - now().getTime();
      if (left <= needed) throw new Unanswered(`The database was not done within ${CALL_MS} ms`);
      return left;
    };
    const send = <Answer>(request: () => Promise<Answer>, idempotent: boolean): Promise<Answer> =>
      guard.run(request, { idempotent, budgetMs: timeLeft(), attemptMs: REQUEST_TIMEOUT_MS });
    return {
      once: async (request) => send(request, false),
      repeatedly: async (request) => send(request, true),
      pause: async (attempt) => {
        const milliseconds = random() * PAUSE_MS * 2 ** Math.min(attempt - 1, MAX_DOUBLINGS);
        timeLeft(milliseconds);
        await sleep(milliseconds);
      },
    };
  };
  return { begin };
}

function verdictOn(failure: Failure): Verdict {
  if (failure === 'unknown') return 'in-doubt';
  return failure === 'busy' ? 'not-done' : 'answered';
}
