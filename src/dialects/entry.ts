import type { App, Receiver } from '../app.ts';
import type { HttpRequest, HttpResponse } from '../http/request.ts';

/** Where upload clients knock; no `$url` of the API begins so, but for `client/config`. */
const ROOMS = /^\/(?:upload|delete|api|clients|client\/doctor)(?:\/|$)/;

/** Serves the requests that speak an upload client's dialect; `undefined` for a path that none of them has. */
type DialectEntry = (request: HttpRequest, receive: Receiver) => Promise<HttpResponse | undefined>;

interface DialectOptions {
  /** Path that the API stands under; a gateway may have stripped it. */
  readonly mount: string;
  readonly toMountUrl: (request: HttpRequest) => string;
}

/** Creates the entry for upload clients; the dialects are loaded when the first of them comes. */
export function createDialectEntry(app: App, { mount, toMountUrl }: DialectOptions): DialectEntry {
  return async (request, receive) => {
    const path = toPath(request.path, mount);
    if (!ROOMS.test(path)) return undefined;
    const { serveDialect } = await import('./registry.ts');
    return serveDialect(app, request, { path, mountUrl: toMountUrl(request), receive });
  };
}

/** People put a slash too many at the end of an address, and clients then add one of their own. */
const toPath = (path: string, mount: string): string =>
  (path.startsWith(`${mount}/`) ? path.slice(mount.length) : path).replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1');
