import { type AppError, type ErrorCode, type Language, STATUS_BY_CODE } from './errors.ts';

/** The answer to a call that worked. */
export interface SuccessEnvelope<Data> {
  readonly code: '0';
  readonly data: Data;
  readonly msg: '成功';
  readonly success: true;
  readonly requestId: string;
}

/** The answer to a call that failed: `error` is for programs, `data.err` for people. */
export interface FailureEnvelope {
  readonly code: '-1';
  readonly data: { readonly err: string; readonly [detail: string]: unknown };
  readonly msg: '失败' | '未满足权限';
  readonly success: false;
  readonly error: ErrorCode;
  readonly requestId: string;
}

/** Every answer. */
export type Envelope<Data = unknown> = SuccessEnvelope<Data> | FailureEnvelope;

const UNAUTHORISED: ReadonlySet<ErrorCode> = new Set(['InvalidToken', 'AccessDenied']);

/** Wraps a route's output. */
export const toSuccess = <Data>(data: Data, requestId: string): SuccessEnvelope<Data> => ({
  code: '0',
  data,
  msg: '成功',
  success: true,
  requestId,
});

/** Wraps an error in the caller's language. */
export const toFailure = (error: AppError, language: Language, requestId: string): FailureEnvelope => ({
  code: '-1',
  data: { ...error.details, err: error.text[language] },
  msg: UNAUTHORISED.has(error.code) ? '未满足权限' : '失败',
  success: false,
  error: error.code,
  requestId,
});

/** The HTTP status of an answer. */
export const toStatus = (envelope: Envelope): number => (envelope.success ? 200 : STATUS_BY_CODE[envelope.error]);
