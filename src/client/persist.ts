import { untilAborted } from '../concurrency/deadline.ts';
import { sleep } from '../concurrency/retry.ts';
import { isRecord } from '../naming/record.ts';
import { BedError, type BedErrorCode } from './bed-error.ts';
import type { TransportAnswer } from './transport.ts';

const MOST_TRIES = 5;
const FIRST_WAIT_MS = 250;
/** Whoever is told to wait longer than this is told so instead. */
const LONGEST_WAIT_MS = 60_000;
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);
const PASSING_CODE: ReadonlySet<string> = new Set([
  ...['RequestTimeout', 'TooManyRequests', 'ServiceUnavailable', 'IdempotencyInFlight'],
]);

/**
 * Sends until there is a good answer, it is refused for good, or it was tried five times. What is sent must be safe to
 * send again: under one idempotency key, or of a kind that changes nothing twice.
 *
 * @throws {BedError}
 */
export async function persist(
  send: () => Promise<TransportAnswer>,
  signal: AbortSignal | undefined,
): Promise<TransportAnswer> {
  for (let failed = 1; ; failed += 1) {
    signal?.throwIfAborted();
    const error = await attempt(send, signal);
    if (!(error instanceof BedError)) return error;
    const waitMs = failed < MOST_TRIES ? toWaitMs(error, failed) : undefined;
    if (waitMs === undefined) throw error;
    await untilAborted(sleep(waitMs), signal);
  }
}

async function attempt(send: () => Promise<TransportAnswer>, signal: AbortSignal | undefined) {
  let answer: TransportAnswer;
  try {
    answer = await send();
  } catch (cause) {
    // Whoever gave up is told so, and not that nobody answered.
    signal?.throwIfAborted();
    // What whoever sends it knows more of.
    return cause instanceof BedError ? cause : new BedError('Unreachable', String(cause), { isPassing: true, cause });
  }
  return isGood(answer) ? answer : toBedError(answer);
}

const isGood = ({ status, body }: TransportAnswer): boolean =>
  status === undefined ? !isRecord(body) || body['success'] !== false : status >= 200 && status <= 299;

function toWaitMs({ isPassing, retryAfterSeconds }: BedError, failed: number): number | undefined {
  if (!isPassing) return undefined;
  const backOffMs = FIRST_WAIT_MS * 2 ** (failed - 1) * (1 + Math.random());
  const waitMs = Math.max(backOffMs, (retryAfterSeconds ?? 0) * 1000);
  return waitMs <= LONGEST_WAIT_MS ? waitMs : undefined;
}

function toBedError({ status, retryAfter, body }: TransportAnswer): BedError {
  const failure = isRecord(body) ? body : {};
  const { err, ...details } = isRecord(failure['data']) ? failure['data'] : {};
  const code = failure['error'];
  const seconds = Number(retryAfter ?? details['retryAfterSeconds'] ?? Number.NaN);
  return new BedError(
    // A newer bed may have names that this client has not heard of.
    typeof code === 'string' ? (code as BedErrorCode) : 'NotABed',
    typeof err === 'string' ? err : `HTTP ${status}`,
    {
      status,
      requestId: typeof failure['requestId'] === 'string' ? failure['requestId'] : undefined,
      details,
      isPassing: PASSING_STATUS.has(status ?? 0) || PASSING_CODE.has(String(code)),
      retryAfterSeconds: Number.isFinite(seconds) ? seconds : undefined,
    },
  );
}
