// https://www.w3.org/TR/CSP3/ · https://datatracker.ietf.org/doc/html/rfc9110#section-13.1.2
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toFailure } from '../envelope.ts';
import type { Language } from '../errors.ts';
import { methodNotAllowed } from './body.ts';
import { findBuiltFolder } from './built-folder.ts';
import { isUnchanged } from './download.ts';
import { toEnvelopeResponse } from './envelope-response.ts';
import { type HttpRequest, type HttpResponse, toCallFacts } from './request.ts';

/** What the built files call the address of the bed. */
const BUILT_ADDRESS = 'https://bed.example/imagepic';
const METHODS = ['GET', 'HEAD'];
const JSON_TYPE = 'application/json; charset=utf-8';
const HTML_TYPE = 'text/html; charset=utf-8';
const ASSET = /^\/reference\/((?:style|search)-[0-9a-f]{8}\.(css|js))$/;
const ASSET_TYPES = new Map([
  ['css', 'text/css; charset=utf-8'],
  ['js', 'text/javascript; charset=utf-8'],
]);

/** A file that is asked for, and how it is served. */
interface Wanted {
  readonly name: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Serves `/openapi.json`, `/reference` and what the page needs, from the folder that `build/` has filled; `undefined` for
 * any other path, and where nothing was built.
 */
export async function serveReference(
  request: HttpRequest,
  path: string,
  {
    mountUrl,
    folder = findBuiltFolder('reference'),
  }: { readonly mountUrl: string; readonly folder?: string | undefined },
): Promise<HttpResponse | undefined> {
  const wanted = toWanted(request, path);
  if (wanted === undefined) return undefined;
  if (!METHODS.includes(request.method)) {
    const { language, requestId } = toCallFacts(request, mountUrl);
    return toEnvelopeResponse(toFailure(methodNotAllowed(METHODS), language, requestId));
  }
  const built = await readFile(join(folder, wanted.name), 'utf8').catch(() => undefined);
  if (built === undefined) return undefined;
  const body = built.replaceAll(BUILT_ADDRESS, () => mountUrl.replaceAll(/["'<>&\\]/g, encodeURIComponent));
  const etag = createHash('sha256').update(body).digest('hex').slice(0, 32);
  const headers = {
    'cache-control': 'no-cache',
    ...wanted.headers,
    etag: `"${etag}"`,
    'x-content-type-options': 'nosniff',
  };
  if (isUnchanged(request.headers.get('if-none-match'), etag)) return { status: 304, headers, body: '' };
  return {
    status: 200,
    headers: { ...headers, 'content-type': wanted.contentType, 'content-length': String(Buffer.byteLength(body)) },
    body: request.method === 'HEAD' ? '' : body,
  };
}

function toWanted(request: HttpRequest, path: string): Wanted | undefined {
  if (path === '/openapi.json') return { name: 'openapi.json', contentType: JSON_TYPE, headers: {} };
  if (path === '/reference') return { name: `${pick(request)}.html`, contentType: HTML_TYPE, headers: PAGE };
  const [, name, ending = ''] = ASSET.exec(path) ?? [];
  if (name === undefined) return undefined;
  const headers = { 'cache-control': 'public, max-age=31536000, immutable' };
  return { name, contentType: ASSET_TYPES.get(ending) ?? '', headers };
}

/** Nothing from elsewhere and nothing inline. */
const PAGE = {
  vary: 'Accept-Language',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

function pick(request: HttpRequest): Language {
  const asked = request.query.get('lang');
  return asked === 'zh' || asked === 'en' ? asked : toCallFacts(request, '').language;
}
