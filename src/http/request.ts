import type { App, Call, Receiver } from '../app.ts';
import { pickLanguage } from '../naming/language.ts';
import { pickRequestId } from '../naming/request-id.ts';

/** An HTTP request, whatever brought it; its body is a stream. */
export interface HttpRequest {
  readonly method: string;
  /** As it came, still percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: AsyncIterable<Uint8Array>;
  readonly scheme: 'http' | 'https';
  /** Address of the client, where whoever brought the request vouches for it. */
  readonly clientIp?: string | undefined;
  readonly requestId?: string | undefined;
}

/** An HTTP response; whoever gets it reads a streamed body to its end or gives it to `closeBody`. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | AsyncIterable<Uint8Array>;
  /** Gives an address where the same bytes are to be had, for fronts that cannot carry them. */
  readonly elsewhere?: (() => Promise<string>) | undefined;
}

/** Serves one HTTP request; nothing is thrown. */
export type HttpEntry = (request: HttpRequest) => Promise<HttpResponse>;

/** What upload clients speak. */
export interface Dialects {
  /** Serves a request whose path, below the mount, is one that upload clients have; `undefined` when it is none. */
  serveDialect(app: App, request: HttpRequest, at: DialectRequest): Promise<HttpResponse> | undefined;
}

/** Where a request has come to, and how its images are received. */
export interface DialectRequest {
  /** Below the mount. */
  readonly path: string;
  readonly mountUrl: string;
  readonly receive: Receiver;
}

/** What every call knows of the request that it came with; where that has no id, each reading makes a new one. */
export const toCallFacts = (request: HttpRequest, mountUrl: string) =>
  ({
    transport: 'http',
    requestId: pickRequestId(request.requestId),
    language: pickLanguage(request.headers.get('accept-language')),
    mountUrl,
    clientIp: request.clientIp,
    userAgent: request.headers.get('user-agent'),
    identity: undefined,
    idempotencyKey: request.headers.get('idempotency-key'),
  }) satisfies Partial<Call>;
