import type { ErrorCode } from '../errors.ts';

/** Every name that a failure can have: one of the bed's closed table, or one of what the bed never answered. */
export type BedErrorCode =
  | ErrorCode
  | 'Unreachable'
  | 'NotABed'
  | 'StoreRefused'
  /** Of mini-programs: a domain that the console does not list, and a file that the phone does not give. */
  | 'DomainNotListed'
  | 'FileUnreadable';

interface BedErrorOptions {
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly isPassing?: boolean;
  readonly cause?: unknown;
}

/** A call that failed; its `message` is for people, in the language that the client speaks. */
export class BedError extends Error {
  override readonly name = 'BedError';
  /** What programs branch on: the bed's own name, or one of those that no bed says. */
  readonly code: BedErrorCode;
  /** The HTTP status; `undefined` where there was none. */
  readonly status: number | undefined;
  /** By which the bed's log knows the call. */
  readonly requestId: string | undefined;
  /** What the bed says besides: the `fields` that are wrong, a limit, the number that was over it. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;
  /** Whether the same call may work a little later. */
  readonly isPassing: boolean;

  constructor(code: BedErrorCode, message: string, options: BedErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.requestId = options.requestId;
    this.details = options.details ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.isPassing = options.isPassing ?? false;
  }
}
