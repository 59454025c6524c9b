import { createHash } from 'node:crypto';
import { AppError } from '../../errors.ts';
import { networkOf } from '../../naming/network.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { openCounters } from '../counters.ts';

/** How often something may be tried. */
export interface Rate {
  readonly name: string;
  readonly most: number;
  readonly windowSeconds: number;
  /** For subjects that anybody can make up: all of them share so many hex digits of counters, so that their number has a bound. */
  readonly spread?: number;
}

/** Counts tries where all instances see them. */
export interface Throttle {
  /** Counts one try for each subject before it is made. @throws {AppError} TooManyRequests, with `retryAfterSeconds` */
  consume(rate: Rate, subjects: readonly (string | undefined)[]): Promise<void>;
  /** Takes back what was counted for a try that turned out well. */
  refund(rate: Rate, subjects: readonly (string | undefined)[]): Promise<void>;
  /**
   * Counts one try for the address that it comes from. Where the platform tells none, nothing is counted: what all such
   * tries shared, one of them could use up for everybody.
   *
   * @throws {AppError} TooManyRequests, with `retryAfterSeconds`
   */
  consumeFrom(rate: Rate, address: string | undefined): Promise<void>;
  /** Takes that back. */
  refundFrom(rate: Rate, address: string | undefined): Promise<void>;
}

/** Counters of addresses, of which a client may have any number. */
const ADDRESS_SPREAD = 4;

/** Creates the throttle. */
export function createThrottle(documents: DocumentStore, now: () => Date): Throttle {
  const addToCounter = openCounters(documents);
  const count = (rate: Rate, subject: string, by: number) =>
    addToCounter(toCounterId(rate, subject), by, rate.windowSeconds);
  const known = (subjects: readonly (string | undefined)[]): readonly string[] =>
    subjects.filter((subject) => subject !== undefined);

  const consume: Throttle['consume'] = async (rate, subjects) => {
    const counters = await Promise.all(known(subjects).map((subject) => count(rate, subject, 1)));
    const worst = counters.filter(({ value }) => value > rate.most);
    if (worst.length === 0) return;
    const until = Math.max(...worst.map(({ expiresAt }) => expiresAt.getTime()));
    throw tooManyRequests(Math.max(1, Math.ceil((until - now().getTime()) / 1000)));
  };
  const refund: Throttle['refund'] = async (rate, subjects) => {
    await Promise.all(known(subjects).map((subject) => count(rate, subject, -1)));
  };

  return {
    consume,
    refund,
    consumeFrom: (rate, address) => consume(...toSource(rate, address)),
    refundFrom: (rate, address) => refund(...toSource(rate, address)),
  };
}

const toSource = (rate: Rate, address: string | undefined): [Rate, readonly string[]] => [
  { spread: ADDRESS_SPREAD, ...rate },
  address === undefined ? [] : [networkOf(address)],
];

const toCounterId = ({ name, spread = 32 }: Rate, subject: string): string =>
  `${name}-${createHash('sha256').update(subject).digest('hex').slice(0, spread)}`;

const tooManyRequests = (retryAfterSeconds: number): AppError =>
  new AppError(
    'TooManyRequests',
    {
      zh: `尝试次数过多，请 ${retryAfterSeconds} 秒后再试`,
      en: `Too many tries; try again in ${retryAfterSeconds} seconds`,
    },
    { details: { retryAfterSeconds } },
  );
