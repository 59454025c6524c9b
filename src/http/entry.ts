import { type App, type EndpointCall, type Receiver, sizeOf } from '../app.ts';
import { whenAsked } from '../concurrency/when-asked.ts';
import type { Logger } from '../logger.ts';
import { tokenOf } from '../naming/credential.ts';
import { createRequestBody, ownImages } from './body.ts';
import { corsHeaders } from './cors.ts';
import { toEnvelopeResponse } from './envelope-response.ts';
import { createLinks } from './links.ts';
import { createPageSession } from './page-session.ts';
import { createRefusedOrigins } from './refused-origins.ts';
import { type Dialects, type HttpEntry, type HttpRequest, type HttpResponse, toCallFacts } from './request.ts';
import { type Target, toTarget } from './target.ts';

interface Options {
  /** Path that the API stands under. */
  readonly mount: string;
  readonly publicUrl: string | undefined;
  readonly allowedOrigins: readonly string[];
  /** Where the built reference lies; beside what was built unless given. */
  readonly referenceFolder?: string | undefined;
  /** Where the built page lies; beside what was built unless given. */
  readonly pageFolder?: string | undefined;
  /** Origins besides the page's own that images come from and go to. */
  readonly imageOrigins: readonly string[];
  /** Loads the dialects, when a path is none of the API's own. */
  readonly loadDialects: () => Promise<Dialects>;
  readonly logger: Logger;
}

/** What is known of a request when it is known to be none of the API's. */
interface Found {
  readonly call: Omit<EndpointCall<object>, 'body'>;
  readonly mountUrl: string;
  readonly receive: Receiver;
}

/** Creates the HTTP entry over the app: `<mount>/<$url>`, links, presigned requests of our own mount, and the dialects. */
export function createHttpEntry(app: App, options: Options): HttpEntry {
  const serveLink = createLinks(app);
  const openPage = whenAsked(async () => {
    const { createPage } = await import('./page.ts');
    return createPage(options);
  });
  const openShares = whenAsked(async () => {
    const { createSharePages } = await import('./share-page.ts');
    return createSharePages(app, options.imageOrigins);
  });
  const openZips = whenAsked(async () => (await import('./zip-download.ts')).createZipDownload(app));
  const openRandom = whenAsked(async () => (await import('./random-redirect.ts')).createRandomRedirect(app));
  const noteOrigin = createRefusedOrigins(options.allowedOrigins, options.logger);
  const servePageSession = createPageSession(app, options.publicUrl);

  /** What is none of the API's own: the page and its session, and what upload clients ask for. */
  const serveOther = async (request: HttpRequest, path: string, { call, mountUrl, receive }: Found) => {
    if (path.startsWith('/a/')) return (await openShares())(request, path, call);
    if (path.startsWith('/z/')) return (await openZips())(request, path, call);
    if (path.startsWith('/r/')) return (await openRandom())(request, path, call);
    const { serveReference } = await import('./reference.ts');
    const found =
      (await servePageSession(request, path, call)) ??
      (await serveReference(request, path, { mountUrl, folder: options.referenceFolder })) ??
      (await (
        await openPage()
      )(request, path));
    if (found !== undefined) return found;
    const { serveDialect } = await options.loadDialects();
    return serveDialect(app, request, { path: tidy(path), mountUrl, receive });
  };

  const serve = async (request: HttpRequest, receive: Receiver): Promise<HttpResponse> => {
    const mountUrl = toMountUrl(request, options);
    const target = toTarget(request, options.mount);
    const call = { ...toCallFacts(request, mountUrl), token: tokenOf(toTokenHeaders(request, target)) };
    if (target.kind === 'link') return serveLink(request, target, call);
    const served = target.kind === 'other' && (await serveOther(request, target.path, { call, mountUrl, receive }));
    if (served) return served;
    // What nobody has is for the app to refuse.
    const { url, methods } = target.kind === 'route' ? target : { url: target.path.slice(1), methods: [] };
    const body = createRequestBody(request, methods, receive, await sizeOf(url));
    return toEnvelopeResponse(await app.call({ ...call, $url: url, body }));
  };

  return async (request) => {
    const cors = corsHeaders(request, options.allowedOrigins);
    noteOrigin(request);
    if (request.method === 'OPTIONS') return { status: 204, headers: cors, body: '' };
    const images = ownImages(app.receive);
    try {
      const response = await serve(request, images.receive);
      return { ...response, headers: { ...response.headers, ...cors, ...toVary(response.headers, cors) } };
    } finally {
      await images.discard();
    }
  };
}

/** What a response depends on, said by who made it and by CORS. */
function toVary(...all: readonly Readonly<Record<string, string>>[]): Readonly<Record<string, string>> {
  const varies = all.flatMap(({ vary }) => (vary === undefined ? [] : [vary]));
  return varies.length === 0 ? {} : { vary: varies.join(', ') };
}

/** People put a slash too many at the end of an address, and clients then add one of their own. */
const tidy = (path: string): string => path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1');

/** The address of an image is shown by browsers and caches, which know one header for tokens; routes take each. */
function toTokenHeaders({ headers }: HttpRequest, target: Target): HttpRequest['headers'] {
  if (target.kind !== 'link' || target.endpoint === 'object/download') return headers;
  const authorization = headers.get('authorization');
  return new Map(authorization === undefined ? [] : [['authorization', authorization]]);
}

function toMountUrl({ headers, scheme }: HttpRequest, { mount, publicUrl }: Options): string {
  if (publicUrl !== undefined && !publicUrl.includes('{key}')) return publicUrl;
  const host = headers.get('host') ?? '';
  return /^[\w.-]+(:\d{1,5})?$|^\[[\da-f:]+\](:\d{1,5})?$/i.test(host) ? `${scheme}://${host}${mount}` : mount;
}
