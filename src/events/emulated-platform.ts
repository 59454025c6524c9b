// Limits: https://docs.cloudbase.net/en/error-code/service/EXCEED_MAX_PAYLOAD_SIZE

import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { HttpEntry, HttpRequest, HttpResponse } from '../http/request.ts';
import { isRecord } from '../naming/record.ts';
import type { AccessEvent, AccessResponse } from './access-event.ts';

const MAX_TEXT_BYTES = 100 * 1024;
const MAX_BINARY_BYTES = 6 * 1024 * 1024;

const isText = (contentType: string): boolean =>
  /^(text\/|application\/(json|xml|x-www-form-urlencoded|javascript))/.test(contentType);

/** Stands in for the gateway: every request goes as an event through `main`, with the platform's body limits and its error. */
export function emulatePlatform(main: (event: unknown, context: unknown) => Promise<unknown>): HttpEntry {
  return async (request) => {
    const requestId = randomUUID();
    const text = isText(request.headers.get('content-type') ?? '');
    const body = await readUpTo(request.body, text ? MAX_TEXT_BYTES : MAX_BINARY_BYTES);
    if (body === undefined) return exceeded(requestId);
    const response = await main(toEvent(request, body, text, requestId), { request_id: requestId });
    return isAccessResponse(response)
      ? toResponse(response)
      : { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(response) };
  };
}

async function readUpTo(body: AsyncIterable<Uint8Array>, most: number): Promise<Buffer | undefined> {
  let size = 0;
  const chunks = (async function* () {
    for await (const chunk of body) {
      size += chunk.byteLength;
      if (size > most) return;
      yield chunk;
    }
  })();
  const bytes = await buffer(chunks);
  return size > most ? undefined : bytes;
}

const toEvent = (request: HttpRequest, body: Buffer, text: boolean, requestId: string): AccessEvent => ({
  path: request.path,
  httpMethod: request.method,
  headers: { ...Object.fromEntries(request.headers), 'x-forwarded-proto': request.scheme },
  queryStringParameters: Object.fromEntries(request.query),
  requestContext: { requestId, envId: 'local', appId: 0, uin: 0 },
  body: body.toString(text ? 'utf8' : 'base64'),
  isBase64Encoded: !text,
});

const isAccessResponse = (value: unknown): value is AccessResponse =>
  isRecord(value) &&
  typeof value['statusCode'] === 'number' &&
  isRecord(value['headers']) &&
  typeof value['body'] === 'string';

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const toResponse = ({ statusCode, headers, body, isBase64Encoded }: AccessResponse): HttpResponse => ({
  status: statusCode,
  headers,
  body: isBase64Encoded ? once(Buffer.from(body, 'base64')) : body,
});

const exceeded = (requestId: string): HttpResponse => ({
  status: 413,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    code: 'EXCEED_MAX_PAYLOAD_SIZE',
    message: 'The request body exceeds the limit of the cloud function: 100KB for text types, 6MB for other types',
    requestId,
  }),
});
