import { type FailureEnvelope, toStatus } from '../envelope.ts';
import type { Text } from '../errors.ts';
import type { HttpResponse } from '../http/request.ts';
import type { Credential } from './credential.ts';
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

const NO_TOKEN: Text = {
  zh: '没有收到 token：请把 API token 放进 Authorization 请求头（Bearer <token>）；用 client/config 可生成带 token 的客户端配置',
  en: 'No token came: send an API token in the Authorization header (Bearer <token>); client/config makes client settings with one',
};
const WRONG_TOKEN: Text = {
  zh: 'token 不正确、已过期或已撤销：请检查有没有少复制字符，或用 client/config 重新生成',
  en: 'The token is wrong, has expired or was revoked: see whether a letter is missing, or make a new one by client/config',
};

/** Turns a failure into what an upload client's user can act on. */
export function toRefusal(
  failure: FailureEnvelope,
  context: RequestContext,
  credential: Credential | undefined,
): Refusal {
  const { err, ...details } = failure.data;
  const aboutToken = credential === undefined ? NO_TOKEN : WRONG_TOKEN;
  return {
    status: toStatus(failure),
    error: failure.error,
    message: failure.error === 'InvalidToken' ? aboutToken[context.language] : err,
    requestId: failure.requestId,
    details,
    asText: context.format !== 'json',
  };
}

/** The headers that HTTP wants beside some failures. */
export const refusalHeaders = ({ details }: Refusal): Readonly<Record<string, string>> => ({
  ...(Array.isArray(details['allow']) && { allow: details['allow'].join(', ') }),
  ...(typeof details['retryAfterSeconds'] === 'number' && { 'retry-after': String(details['retryAfterSeconds']) }),
});
