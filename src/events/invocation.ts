import { beforeDeadline } from '../concurrency/deadline.ts';
import { type Envelope, toFailure, toStatus } from '../envelope.ts';
import { AppError, type Language } from '../errors.ts';
import type { HttpEntry } from '../http/request.ts';
import type { Logger } from '../logger.ts';
import { pickLanguage } from '../naming/language.ts';
import { isRecord } from '../naming/record.ts';
import { pickRequestId } from '../naming/request-id.ts';
import { type AccessEvent, type AccessResponse, serveAccessEvent, toAccessEvent } from './access-event.ts';
import type { CallFunctionEntry } from './call-function.ts';
import { hasCaller, readPlatform } from './platform.ts';
import { type TimerEntry, timerNameOf } from './timer.ts';

/** What stands behind the triggers. */
export interface Triggers {
  readonly callFunction: CallFunctionEntry;
  readonly http: HttpEntry;
  readonly timer: TimerEntry;
}

/** What the platform calls. */
export type Invocation = (event: unknown, context: unknown) => Promise<unknown>;

interface InvocationOptions {
  /** Builds the service; called again after it failed. */
  readonly open: () => Promise<Triggers>;
  readonly logger: Logger;
}

/** Kept back of the platform's own limit, so that the answer still leaves. */
const RESERVE_MS = 500;
const DEFAULT_LIMIT_MS = 60_000;
/** The platform's shortest and longest limit; the command line's runtime gives seconds under the same name. */
const [MIN_LIMIT_MS, MAX_LIMIT_MS] = [1000, 900_000];

/**
 * Creates the entry of a cloud function: whatever the event is, whatever becomes of it, it gets exactly one answer within
 * the function's time, and nothing is thrown.
 */
export function createInvocation({ open, logger }: InvocationOptions): Invocation {
  let opened: Promise<Triggers> | undefined;

  const start = async (limitMs: number): Promise<Triggers> => {
    const opening = opened ?? open();
    opened = opening;
    try {
      return await beforeDeadline(opening, limitMs, tooLate);
    } catch (cause) {
      // What failed or hangs is not waited for by the next event too.
      if (opened === opening) opened = undefined;
      throw new Refusal('not-started', cause);
    }
  };

  const serve = async (event: unknown, context: unknown, facts: Facts, limitMs: number): Promise<unknown> => {
    const triggers = await start(limitMs);
    if (facts.timerName !== undefined) return triggers.timer(facts.timerName, limitMs);
    const { accessEvent } = facts;
    if (accessEvent !== undefined) return serveAccessEvent(triggers.http, accessEvent, readPlatform(context).clientIp);
    return triggers.callFunction(toPlainEvent(event), context);
  };

  return async (event, context) => {
    let facts = NO_FACTS;
    try {
      facts = readFacts(event, context);
      const limitMs = toLimitMs(context) - RESERVE_MS;
      return await beforeDeadline(serve(event, context, facts, limitMs), limitMs, tooLate);
    } catch (error) {
      return refuse(facts, error, logger);
    }
  };
}

/** What an answer needs to know of an event, also when nothing else can be read. */
interface Facts {
  /** Present when the event came from a timer trigger. */
  readonly timerName: string | undefined;
  /** Present when the event came through the HTTP access service. */
  readonly accessEvent: AccessEvent | undefined;
  readonly requestId: string | undefined;
  readonly language: Language;
}

const NO_FACTS: Facts = { timerName: undefined, accessEvent: undefined, requestId: undefined, language: 'zh' };

function readFacts(event: unknown, context: unknown): Facts {
  const names = isRecord(event) ? event : {};
  const ofPlatform = isRecord(context) ? context['request_id'] : undefined;
  // A caller's event, and a body that functions-framework has parsed, may look like the platform's own but is not.
  const isOfPlatform = !(isRecord(context) && isRecord(context['httpContext'])) && !hasCaller(context);
  const timerName = isOfPlatform ? timerNameOf(event) : undefined;
  const accessEvent = isOfPlatform && timerName === undefined ? toAccessEvent(event) : undefined;
  return accessEvent === undefined
    ? {
        timerName,
        accessEvent,
        requestId: pickRequestId(names['$requestId'], ofPlatform),
        language: pickLanguage(names['$lang']),
      }
    : {
        timerName,
        accessEvent,
        requestId: pickRequestId(accessEvent.requestContext['requestId'], ofPlatform),
        language: pickLanguage(accessEvent.headers['accept-language']),
      };
}

/** functions-framework hands over bytes as they came; asked for their names they would give millions. */
const toPlainEvent = (event: unknown): unknown => (ArrayBuffer.isView(event) ? undefined : event);

function toLimitMs(context: unknown): number {
  const limit = isRecord(context) ? context['time_limit_in_ms'] : undefined;
  const ms = typeof limit === 'number' || typeof limit === 'string' ? Number(limit) : 0;
  return ms >= MIN_LIMIT_MS && ms <= MAX_LIMIT_MS ? ms : DEFAULT_LIMIT_MS;
}

/** Why the service itself had no answer. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: 'not-started' | 'too-late';

  constructor(reason: 'not-started' | 'too-late', cause?: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

const tooLate = (): Refusal => new Refusal('too-late');

function refuse(facts: Facts, cause: unknown, logger: Logger): Envelope | AccessResponse {
  const requestId = facts.requestId ?? pickRequestId();
  const reason = cause instanceof Refusal ? cause.reason : 'failure';
  try {
    logger.error(reason, { requestId, cause: cause instanceof Refusal ? cause.cause : cause });
  } catch {
    // What an event's getter throws may be no less odd than the event.
    logger.error(reason, { requestId });
  }
  const envelope = toFailure(REFUSALS[reason], facts.language, requestId);
  if (facts.accessEvent === undefined) return envelope;
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  return { isBase64Encoded: false, statusCode: toStatus(envelope), headers, body: JSON.stringify(envelope) };
}

const REFUSALS = {
  'not-started': new AppError('ServiceUnavailable', {
    zh: '服务未能启动，请管理员查看函数日志中的 not-started 一行',
    en: 'The service could not start; an admin finds the reason in the log line "not-started"',
  }),
  'too-late': new AppError('ServiceUnavailable', {
    zh: '未能在函数的时限内完成，请稍后重试；重试时带上同一个 $idempotencyKey（HTTP 为 Idempotency-Key）不会重复执行',
    en: 'This did not finish within the time of the function; try again later, with the same $idempotencyKey (Idempotency-Key over HTTP) so that nothing happens twice',
  }),
  failure: new AppError('InternalError', {
    zh: '服务内部错误，请稍后重试；若一直出现，请把 requestId 告诉管理员',
    en: 'Something went wrong on our side; try again later and, if it stays, give the requestId to your admin',
  }),
} as const;
