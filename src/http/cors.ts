// https://fetch.spec.whatwg.org/#http-cors-protocol
import { TOKEN_HEADERS } from '../naming/credential.ts';
import type { HttpRequest } from './request.ts';

const ALLOWED_HEADERS = [
  ...TOKEN_HEADERS,
  ...['content-type', 'idempotency-key', 'accept-language', 'bucket', 'folder', 'range'],
];

/** The CORS headers for a request: only for an origin that is on the list, letter by letter. */
export function corsHeaders(request: HttpRequest, allowedOrigins: readonly string[]): Readonly<Record<string, string>> {
  const origin = request.headers.get('origin');
  if (origin === undefined) return {};
  if (!allowedOrigins.includes(origin)) return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'etag, content-length, content-range, retry-after',
    ...(request.method === 'OPTIONS' && {
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
      'access-control-allow-headers': ALLOWED_HEADERS.join(', '),
      'access-control-max-age': '600',
    }),
  };
}
