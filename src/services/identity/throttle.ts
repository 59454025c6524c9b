import { createHash } from 'node:crypto';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { openCounters } from '../counters.ts';

/** How often something may be tried. */
export interface Rate {
  readonly name: string;
  readonly most: number;
  readonly windowSeconds: number;
}

/** Counts tries where all instances see them. */
export interface Throttle {
  /** Counts one try for each subject before it is made. @throws {AppError} TooManyRequests, with `retryAfterSeconds` */
  consume(rate: Rate, subjects: readonly (string | undefined)[]): Promise<void>;
  /** Takes back what was counted for a try that turned out well. */
  refund(rate: Rate, subjects: readonly (string | undefined)[]): Promise<void>;
}

/** Creates the throttle. */
export function createThrottle(documents: DocumentStore, now: () => Date): Throttle {
  const addToCounter = openCounters(documents);
  const count = (rate: Rate, subject: string, by: number) =>
    addToCounter(toCounterId(rate, subject), by, rate.windowSeconds);
  const known = (subjects: readonly (string | undefined)[]): readonly string[] =>
    subjects.filter((subject) => subject !== undefined);

  return {
    consume: async (rate, subjects) => {
      const counters = await Promise.all(known(subjects).map((subject) => count(rate, subject, 1)));
      const worst = counters.filter(({ value }) => value > rate.most);
      if (worst.length === 0) return;
      const until = Math.max(...worst.map(({ expiresAt }) => expiresAt.getTime()));
      throw tooManyRequests(Math.max(1, Math.ceil((until - now().getTime()) / 1000)));
    },
    refund: async (rate, subjects) => {
      await Promise.all(known(subjects).map((subject) => count(rate, subject, -1)));
    },
  };
}

const toCounterId = ({ name }: Rate, subject: string): string =>
  `${name}-${createHash('sha256').update(subject).digest('hex').slice(0, 32)}`;

const tooManyRequests = (retryAfterSeconds: number): AppError =>
  new AppError(
    'TooManyRequests',
    {
      zh: `尝试次数过多，请 ${retryAfterSeconds} 秒后再试`,
      en: `Too many tries; try again in ${retryAfterSeconds} seconds`,
    },
    { details: { retryAfterSeconds } },
  );
