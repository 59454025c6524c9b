import { closeBody } from '../concurrency/close-body.ts';
import { type Envelope, toFailure } from '../envelope.ts';
import { AppError } from '../errors.ts';
import type { HttpEntry, HttpRequest, HttpResponse } from '../http/request.ts';
import { pickLanguage } from '../naming/language.ts';
import { isRecord } from '../naming/record.ts';
import { toIp } from './platform.ts';

/** An event of the CloudBase HTTP access service. @see https://docs.cloudbase.net/service/access-cloud-function */
export interface AccessEvent {
  readonly path: string;
  readonly httpMethod: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly queryStringParameters: Readonly<Record<string, unknown>>;
  readonly requestContext: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** What the gateway turns into an HTTP response. */
export interface AccessResponse {
  readonly isBase64Encoded: boolean;
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Bytes that fit, as base64, into the platform's answer of 6 MB. */
const MAX_RESPONSE_BYTES = 4_400_000;

/** Reads an event of the HTTP access service; `undefined` when it is none. */
export function toAccessEvent(event: unknown): AccessEvent | undefined {
  if (!isRecord(event) || !isRecord(event['headers']) || !isRecord(event['requestContext'])) return undefined;
  const { path, httpMethod, body, queryStringParameters: query } = event;
  if (typeof path !== 'string' || typeof httpMethod !== 'string') return undefined;
  return {
    path,
    httpMethod,
    headers: event['headers'],
    requestContext: event['requestContext'],
    queryStringParameters: isRecord(query) ? query : {},
    body: typeof body === 'string' ? body : '',
    isBase64Encoded: event['isBase64Encoded'] === true,
  };
}

/**
 * Serves an event of the HTTP access service. `clientIp` is what the context of the call says; the headers of the event,
 * `x-forwarded-for` among them, are the client's.
 */
export async function serveAccessEvent(
  entry: HttpEntry,
  event: AccessEvent,
  clientIp?: string,
): Promise<AccessResponse> {
  const request = { ...toRequest(event), clientIp: clientIp ?? toIp(event.requestContext['sourceIp']) };
  const response = await entry(request);
  if (typeof response.body === 'string') return toText(response, response.body);
  if (Number(response.headers['content-length'] ?? 0) > MAX_RESPONSE_BYTES) {
    await closeBody(response.body);
    return response.elsewhere === undefined ? refuseLarge(request) : sendElsewhere(await response.elsewhere());
  }
  const body = await collect(response.body);
  // Of an archive nobody knows before how long it is.
  if (body === undefined) return refuseLarge(request);
  return {
    isBase64Encoded: true,
    statusCode: response.status,
    headers: response.headers,
    body: body.toString('base64'),
  };
}

/** All of it; `undefined` where it is more than an answer can hold. */
async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > MAX_RESPONSE_BYTES) return undefined;
  }
  return Buffer.concat(chunks);
}

const toText = ({ status, headers }: Pick<HttpResponse, 'status' | 'headers'>, body: string): AccessResponse => ({
  isBase64Encoded: false,
  statusCode: status,
  headers,
  body,
});

const sendElsewhere = (location: string): AccessResponse =>
  toText({ status: 302, headers: { location, 'cache-control': 'no-store' } }, '');

function refuseLarge(request: HttpRequest): AccessResponse {
  const error = new AppError(
    'EntityTooLarge',
    {
      zh: `云函数一次最多返回 ${MAX_RESPONSE_BYTES} 字节；请用 object/presignedGetObject 取得下载地址，或用 Range 分段读取`,
      en: `A cloud function returns at most ${MAX_RESPONSE_BYTES} bytes at once; get an address from object/presignedGetObject or read by ranges`,
    },
    { details: { maxBytes: MAX_RESPONSE_BYTES } },
  );
  const language = pickLanguage(request.headers.get('accept-language'));
  const envelope: Envelope = toFailure(error, language, request.requestId ?? '');
  return toText(
    { status: 413, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' } },
    JSON.stringify(envelope),
  );
}

function toRequest(event: AccessEvent): HttpRequest {
  const headers = new Map(toPairs(event.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const { requestId } = event.requestContext;
  return {
    method: event.httpMethod.toUpperCase(),
    path: event.path,
    query: new URLSearchParams(toPairs(event.queryStringParameters)),
    headers,
    body: toBody(event),
    scheme: headers.get('x-forwarded-proto') === 'http' ? 'http' : 'https',
    requestId: typeof requestId === 'string' ? requestId : undefined,
  };
}

const toPairs = (record: Readonly<Record<string, unknown>>): [string, string][] =>
  Object.entries(record).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []));

/** Decoded when it is read, so that what nobody may send costs nothing. */
async function* toBody({ body, isBase64Encoded }: AccessEvent): AsyncGenerator<Uint8Array> {
  if (body !== '') yield Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
}
