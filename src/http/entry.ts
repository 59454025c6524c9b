import type { App, Call } from '../app.ts';
import { contract } from '../contract/contract.ts';
import { createDialectEntry } from '../dialects/entry.ts';
import { type Envelope, toStatus } from '../envelope.ts';
import { AppError } from '../errors.ts';
import { pickLanguage } from '../naming/language.ts';
import { pickRequestId } from '../naming/request-id.ts';
import { Download } from '../services/objects/download.ts';
import type { ReceivedImage } from '../services/uploads/received-image.ts';
import { readBody, toInput } from './body.ts';
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
  return async (request) => {
    const cors = corsHeaders(request, options.allowedOrigins);
    if (request.method === 'OPTIONS') return { status: 204, headers: cors, body: '' };
    const spoken = await dialects(request);
    if (spoken !== undefined) return { ...spoken, headers: { ...spoken.headers, ...cors } };
    const target = toTarget(request, options.mount);
    const received: ReceivedImage[] = [];
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
      readInput: () => readInput(app, request, target, received),
    };
    const envelope = target.kind === 'door' ? await app.open(call) : await app.call(call);
    const response = await toResponse(request, envelope);
    await Promise.all(received.map((image) => image.discard()));
    return { ...response, headers: { ...response.headers, ...cors } };
  };
}

async function readInput(app: App, request: HttpRequest, target: Target, received: ReceivedImage[]): Promise<unknown> {
  const receive = async (source: AsyncIterable<Uint8Array>, options: Parameters<App['receive']>[1]) => {
    const image = await app.receive(source, options);
    received.push(image);
    return image;
  };
  if (target.kind === 'door') return readDoorInput(request, target);
  requireMethod(request.method, target.url);
  if (request.method === 'GET' || request.method === 'HEAD') return toInput(request.query);
  if (target.url !== 'object/putObject') return readBody(request, undefined);
  const body = await readBody(request, (file, originalName) => receive(file, { originalName }));
  return { ...placeFromHeaders(request), ...(typeof body === 'object' ? body : {}) };
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

/** The seeds' upload form names its place in two headers. */
function placeFromHeaders({ headers }: HttpRequest): Readonly<Record<string, string>> {
  const bucketName = headers.get('bucket');
  const folder = headers.get('folder');
  return {
    ...(bucketName !== undefined && { bucketName }),
    ...(folder !== undefined && { folder: decodeHeader(folder) }),
  };
}

/** Header values come as Latin-1; people send UTF-8, raw or percent-encoded. */
function decodeHeader(value: string): string {
  const utf8 = Buffer.from(value, 'latin1').toString('utf8');
  const text = utf8.includes('\ufffd') ? value : utf8;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const METHODS = new Map<string, readonly string[]>(
  Object.entries(contract).map(([url, route]) => [url, 'methods' in route ? route.methods : ['POST']]),
);

function requireMethod(method: string, url: string): void {
  const allowed = METHODS.get(url) ?? ['POST'];
  if (!allowed.includes(method === 'HEAD' ? 'GET' : method)) throw methodNotAllowed(allowed);
}

const methodNotAllowed = (allow: readonly string[]): AppError =>
  new AppError(
    'MethodNotAllowed',
    { zh: `请改用 ${allow.join(' 或 ')} 方法`, en: `Use the method ${allow.join(' or ')} instead` },
    { details: { allow } },
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
