import type { App, Call, Receiver, RequestBody } from '../app.ts';
import { contract } from '../contract/contract.ts';
import { createDialectEntry } from '../dialects/entry.ts';
import { type Envelope, toStatus } from '../envelope.ts';
import { pickLanguage } from '../naming/language.ts';
import { pickRequestId } from '../naming/request-id.ts';
import { Download } from '../services/objects/download.ts';
import { createRequestBody, methodNotAllowed, ownImages } from './body.ts';
import { corsHeaders } from './cors.ts';
import { parseRange, toDownloadResponse } from './download.ts';
import type { HttpRequest, HttpResponse } from './request.ts';
import { type Target, toTarget } from './target.ts';

/** Serves one HTTP request; nothing is thrown. */
export type HttpEntry = (request: HttpRequest) => Promise<HttpResponse>;

interface Options {
  /** Path that the API stands under. */
  readonly mount: string;
  readonly publicUrl: string | undefined;
  readonly allowedOrigins: readonly string[];
}

/** Creates the HTTP entry over the app: `<mount>/<$url>`, links, and presigned requests of our own mount. */
export function createHttpEntry(app: App, options: Options): HttpEntry {
  const dialects = createDialectEntry(app, { ...options, toMountUrl: (request) => toMountUrl(request, options) });
  const serve = async (request: HttpRequest, receive: Receiver): Promise<HttpResponse> => {
    const spoken = await dialects(request, receive);
    if (spoken !== undefined) return spoken;
    const target = toTarget(request, options.mount);
    const call: Call = {
      $url: target.url,
      transport: 'http',
      requestId: pickRequestId(request.requestId),
      language: pickLanguage(request.headers.get('accept-language')),
      mountUrl: toMountUrl(request, options),
      clientIp: request.clientIp,
      identity: undefined,
      idempotencyKey: request.headers.get('idempotency-key'),
      token: toToken(request.headers.get('authorization')),
      body:
        target.kind === 'door'
          ? toDoorBody(request, target)
          : createRequestBody(request, METHODS.get(target.url) ?? ['POST'], receive),
    };
    return toResponse(request, target.kind === 'door' ? await app.open(call) : await app.call(call));
  };
  return async (request) => {
    const cors = corsHeaders(request, options.allowedOrigins);
    if (request.method === 'OPTIONS') return { status: 204, headers: cors, body: '' };
    const images = ownImages(app.receive);
    try {
      const response = await serve(request, images.receive);
      return { ...response, headers: { ...response.headers, ...cors } };
    } finally {
      await images.discard();
    }
  };
}

function toDoorBody(request: HttpRequest, target: Extract<Target, { kind: 'door' }>): RequestBody {
  const json = async () => readDoorInput(request, target);
  return { json, form: async () => ({ fields: await json(), file: undefined }) };
}

function readDoorInput(request: HttpRequest, target: Extract<Target, { kind: 'door' }>): unknown {
  if (target.allow !== undefined) throw methodNotAllowed(target.allow);
  if (target.url === 'signed/put') {
    return {
      ...target.place(),
      query: request.query,
      contentType: request.headers.get('content-type'),
      contentLength: toLength(request.headers.get('content-length')),
      body: request.body,
    };
  }
  const read = {
    ...target.place(),
    withBody: request.method !== 'HEAD',
    range: parseRange(request.headers.get('range')),
  };
  return target.url === 'signed/get' ? { ...read, query: request.query } : read;
}

const toLength = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;

const METHODS = new Map<string, readonly string[]>(
  Object.entries(contract).map(([url, route]) => [url, 'methods' in route ? route.methods : ['POST']]),
);

async function toResponse(request: HttpRequest, envelope: Envelope): Promise<HttpResponse> {
  if (envelope.success && envelope.data instanceof Download) return toDownloadResponse(request, envelope.data);
  const { allow, size } = envelope.success ? { allow: undefined, size: undefined } : envelope.data;
  return {
    status: toStatus(envelope),
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(Array.isArray(allow) && { allow: allow.join(', ') }),
      ...(!envelope.success && envelope.error === 'InvalidRange' && { 'content-range': `bytes */${size}` }),
    },
    body: JSON.stringify(envelope),
  };
}

/** `Bearer` may be left out: some upload clients send the bare token. */
const toToken = (authorization: string | undefined): string | undefined =>
  authorization === undefined ? undefined : authorization.replace(/^Bearer +/i, '');

function toMountUrl({ headers, scheme }: HttpRequest, { mount, publicUrl }: Options): string {
  if (publicUrl !== undefined && !publicUrl.includes('{key}')) return publicUrl;
  const host = headers.get('host') ?? '';
  return /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:]+\](:\d{1,5})?$/i.test(host) ? `${scheme}://${host}${mount}` : mount;
}
