import { Unanswered } from '../concurrency/resilience.ts';
import { AppError } from '../errors.ts';

/** What a failed request means: the database said no, or (`unknown`) nobody can tell whether it happened. */
export type Failure = 'duplicate' | 'no-collection' | 'collection-exists' | 'busy' | 'refused' | 'unknown';

/** Tells what a failed request means, by the errors of one SDK. */
export type FailureOf = (error: unknown) => Failure;

/** What people are told of a failure; unless it names another, it is `ServiceUnavailable`. */
export interface FailureText {
  readonly zh: string;
  readonly en: string;
  readonly name?: 'InsufficientStorage';
}

/** Says of a failure what who runs the bed can do; `undefined` when that is to wait. */
export type Explain = (error: unknown) => FailureText | undefined;

const UNAVAILABLE: FailureText = {
  zh: '数据库暂时不可用，请稍后再试',
  en: 'The database is not available now, please try again',
};

/** What callers are told of a failed call. */
export function toAppError(error: unknown, explain: Explain | undefined): AppError {
  if (error instanceof AppError) return error;
  // A circuit that is open tells what opened it.
  const reason = error instanceof Unanswered && error.cause !== undefined ? error.cause : error;
  const { name = 'ServiceUnavailable', ...text } = explain?.(reason) ?? UNAVAILABLE;
  return new AppError(name, text, { cause: error });
}
