import { type FailureEnvelope, toStatus } from '../envelope.ts';
import type { HttpResponse } from '../http/request.ts';
import type { Refusal } from './dialect.ts';
import { type Page, STYLE_SOURCE, toHtml } from './html.ts';
import type { RequestContext } from './request-context.ts';

const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

/** Answers with JSON: UTF-8 without a byte order mark, which some clients cannot parse. */
export const toJson = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): HttpResponse => ({
  status,
  headers: { ...headers, 'content-type': 'application/json; charset=utf-8', ...ALWAYS },
  body: JSON.stringify(body),
});

/** Answers with lines of text. */
export const toText = (lines: readonly string[], status = 200): HttpResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...ALWAYS },
  body: lines.map((line) => `${line}\n`).join(''),
});

/** Answers with a page that runs no script and loads no image but from `imageSource`. */
export const toPage = (page: Page, { status = 200, imageSource = "'none'" } = {}): HttpResponse => ({
  status,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src ${STYLE_SOURCE}; img-src ${imageSource}; base-uri 'none'; frame-ancestors 'none'; form-action 'self'`,
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    ...ALWAYS,
  },
  body: toHtml(page),
});

/**
 * Ends the connection after the answer. Lsky's clients ask to keep it, and PicGo's command line then waits, long after its
 * upload, until somebody closes it. Behind a gateway the connection is not ours.
 */
export const andHangUp = (response: HttpResponse, { request }: RequestContext): HttpResponse =>
  request.requestId === undefined ? { ...response, headers: { ...response.headers, connection: 'close' } } : response;

/** Turns a failure into what a dialect tells its clients of. */
export function toRefusal(failure: FailureEnvelope, { format }: RequestContext): Refusal {
  const { err, ...details } = failure.data;
  return {
    status: toStatus(failure),
    error: failure.error,
    message: err,
    requestId: failure.requestId,
    details,
    asText: format !== 'json',
  };
}

/** The headers that HTTP wants beside some failures. */
export const refusalHeaders = ({ details }: Refusal): Readonly<Record<string, string>> => ({
  ...(Array.isArray(details['allow']) && { allow: details['allow'].join(', ') }),
  ...(typeof details['retryAfterSeconds'] === 'number' && { 'retry-after': String(details['retryAfterSeconds']) }),
});
