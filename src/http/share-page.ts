// https://www.w3.org/TR/CSP3/ · https://datatracker.ietf.org/doc/html/rfc6265 · https://datatracker.ietf.org/doc/html/rfc6266
import * as v from 'valibot';
import { type App, defineEndpoint, type EndpointCall, measureInput, type Wanted } from '../app.ts';
import { defineField, input, optional } from '../contract/field.ts';
import { continuationToken } from '../contract/fields/page.ts';
import { sharePassword } from '../contract/fields/share.ts';
import { type Envelope, toFailure, toStatus } from '../envelope.ts';
import { encodeUriPart } from '../naming/uri.ts';
import { methodNotAllowed, readInput } from './body.ts';
import { parseEtag, parseRange, toDownloadResponse } from './download.ts';
import { toEnvelopeResponse } from './envelope-response.ts';
import type { HttpRequest, HttpResponse } from './request.ts';
import { STYLE_SOURCE, toFailureHtml, toPasswordHtml, toShareHtml } from './share-html.ts';

/*
 * What was shared
 * - `GET /a/<token>` is its page, `GET /a/<token>/<imageId>` a picture of it, by a preset or, where the share says so, as it
 *   was stored: both for people without an account, and neither for any cache that others use.
 * - `POST /a/<token>` with the password sets a cookie for the share. It has no path, so that browsers keep it to `…/a/`
 *   wherever a gateway has put that.
 */

/** What stands in the address; whatever it is not is no share. */
const shareToken = defineField('token', {
  schema: v.pipe(v.string(), v.maxLength(256)),
  label: { zh: '分享', en: 'The share' },
  rule: { zh: '分享的地址', en: 'the address of a share' },
  secret: true,
});
const sharedImage = defineField('imageId', {
  schema: v.pipe(v.string(), v.maxLength(256)),
  label: { zh: '图片', en: 'The image' },
  rule: { zh: '分享里的图片', en: 'an image of the share' },
});

type Keys = ReadonlyMap<string, string>;

/** How a picture is wanted: by which preset, or as it was stored. */
interface Reading extends Pick<Wanted, 'range' | 'withBody' | 'unlessEtag'> {
  readonly keys: Keys;
  readonly preset: string | undefined;
  readonly accept: string | undefined;
}

const look = defineEndpoint({
  name: 'share/look',
  access: 'public',
  input: input({ token: shareToken, after: { ...optional(continuationToken, ''), name: 'after' } }),
  handle:
    ({ openShares }) =>
    async ({ token, after }, _context, { keys }: { readonly keys: Keys }) =>
      (await openShares()).shareViews.look({ token, keys }, after),
});

const unlock = defineEndpoint({
  name: 'share/unlock',
  access: 'public',
  input: input({ token: shareToken, password: { ...sharePassword, schema: v.pipe(v.string(), v.maxLength(128)) } }),
  handle:
    ({ openShares }) =>
    async ({ token, password }, { clientIp }) =>
      (await openShares()).shareViews.unlock(token, password, clientIp),
});

const open = defineEndpoint({
  name: 'share/open',
  access: 'public',
  input: input({ token: shareToken, imageId: sharedImage }),
  handle:
    ({ openShares, openVariants, reader }) =>
    async ({ token, imageId }, _context, { keys, preset, ...reading }: Reading) => {
      const { viewer, place, fileName, download } = await (await openShares()).shareViews.open(
        { token, keys },
        imageId,
      );
      const isOriginal = preset === undefined && download;
      const query = new URLSearchParams({ p: preset === 'thumb' ? 'thumb' : 'large' });
      const opened = isOriginal
        ? await reader.openLink(viewer, { ...place, ...reading })
        : await (await openVariants()).variants.open(viewer, { ...place, ...reading, query });
      // What is withdrawn must not go on in a cache, whoever may see its bucket.
      return { opened: { ...opened, isPublic: false }, fileName: isOriginal ? fileName : undefined };
    },
});

const MOST = measureInput(unlock.input);
const COOKIE = 'imagepic-share-';
const PATH = /^\/a\/([^/]*)(?:\/([^/]*))?$/;

/** Serves what is below `/a/`. */
export type ServeShare = (
  request: HttpRequest,
  path: string,
  call: Omit<EndpointCall<object>, 'body'>,
) => Promise<HttpResponse>;

/** Creates the pages of shares; `imageOrigins` are those that images come from besides the page's own. */
export function createSharePages(app: Pick<App, 'serve'>, imageOrigins: readonly string[]): ServeShare {
  const [serveLook, serveUnlock, serveOpen] = [app.serve(look), app.serve(unlock), app.serve(open)];
  const headers = toHeaders(imageOrigins);
  const toPage = (envelope: Envelope, html: string, more: Readonly<Record<string, string>> = {}): HttpResponse => ({
    status: toStatus(envelope),
    headers: { ...headers, 'content-length': String(Buffer.byteLength(html)), ...more },
    body: html,
  });

  const showPage = async (request: HttpRequest, token: string, call: Omit<EndpointCall<object>, 'body'>) => {
    const after = request.query.get('after') ?? '';
    const read = async () => ({ fields: { token, after }, given: { keys: readKeys(request) } });
    const envelope = await serveLook({ ...call, body: { read } });
    const { language } = call;
    if (!envelope.success) return toPage(envelope, toFailureHtml(envelope.data.err, language));
    if (envelope.data.isLocked) return toPage(envelope, toPasswordHtml(undefined, { token, language }));
    return toPage(envelope, toShareHtml(envelope.data, { token, language, isFirst: after === '' }));
  };

  const takePassword = async (request: HttpRequest, token: string, call: Omit<EndpointCall<object>, 'body'>) => {
    const read = async () => {
      const sent = await readInput(request, MOST);
      return { fields: { ...Object(sent), token }, given: {} };
    };
    const envelope = await serveUnlock({ ...call, body: { read } });
    const { language } = call;
    if (envelope.success) return toUnlocked(request, token, envelope.data);
    const isAskedAgain = envelope.error === 'AccessDenied' || envelope.error === 'TooManyRequests';
    const { err } = envelope.data;
    return toPage(envelope, isAskedAgain ? toPasswordHtml(err, { token, language }) : toFailureHtml(err, language));
  };

  const showPicture = async (
    request: HttpRequest,
    fields: { readonly token: string; readonly imageId: string },
    call: Omit<EndpointCall<object>, 'body'>,
  ) => {
    const envelope = await serveOpen({ ...call, body: { read: async () => ({ fields, given: toReading(request) }) } });
    if (!envelope.success) return toEnvelopeResponse(envelope);
    const { opened, fileName } = envelope.data;
    const response = await toDownloadResponse(request, opened);
    return { ...response, headers: { ...response.headers, ...NOT_INDEXED, ...toAttachment(fileName) } };
  };

  return async (request, path, given) => {
    // Whoever comes with a token of the bed's sees no more than others do.
    const call = { ...given, token: undefined };
    const [, named = '', imageId] = PATH.exec(path) ?? [];
    const token = encodeUriPart(named);
    const allow = ['GET', 'HEAD', ...(imageId === undefined ? ['POST'] : [])];
    if (!allow.includes(request.method)) {
      return toEnvelopeResponse(toFailure(methodNotAllowed(allow), call.language, call.requestId));
    }
    if (imageId !== undefined) return showPicture(request, { token, imageId }, call);
    if (request.method === 'POST') return takePassword(request, token, call);
    const page = await showPage(request, token, call);
    return request.method === 'HEAD' ? { ...page, body: '' } : page;
  };
}

/** The keys of shares that a browser has. */
function readKeys({ headers }: HttpRequest): Keys {
  const pairs = (headers.get('cookie') ?? '').split(';').map((each) => each.trim());
  return new Map(
    pairs.flatMap((pair) => {
      const [name = '', key = ''] = pair.split('=');
      return name.startsWith(COOKIE) ? [[name.slice(COOKIE.length), key] as const] : [];
    }),
  );
}

const toReading = (request: HttpRequest): Reading => ({
  keys: readKeys(request),
  preset: request.query.has('original') ? undefined : (request.query.get('p') ?? 'large'),
  accept: request.headers.get('accept'),
  withBody: request.method !== 'HEAD',
  range: parseRange(request.headers.get('range')),
  unlessEtag: parseEtag(request.headers.get('if-none-match')),
});

/** Back to the page, which the browser may see now. Whatever ends TLS before us may not say so, but the browser does. */
function toUnlocked(
  { headers, scheme }: HttpRequest,
  token: string,
  { shareId, key, seconds }: { readonly shareId: string; readonly key: string; readonly seconds: number },
): HttpResponse {
  const isSecure = scheme === 'https' || /^https:/.test(headers.get('origin') ?? '');
  const cookie = `${COOKIE}${shareId}=${key}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  return { status: 303, headers: { location: token, 'set-cookie': cookie, 'cache-control': 'no-store' }, body: '' };
}

const NOT_INDEXED = { 'x-robots-tag': 'noindex', 'referrer-policy': 'no-referrer' };

/** No script, nothing inline but the one style, no frame; images also from where the bed sends browsers for them. */
const toHeaders = (imageOrigins: readonly string[]): Readonly<Record<string, string>> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `img-src 'self'${imageOrigins.map((origin) => ` ${origin}`).join('')}`,
    `style-src ${STYLE_SOURCE}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  vary: 'Accept-Language',
  ...NOT_INDEXED,
});

/** What is downloaded keeps its name; one that a header cannot hold is escaped. */
const toAttachment = (fileName: string | undefined): Readonly<Record<string, string>> =>
  fileName === undefined
    ? {}
    : { 'content-disposition': `attachment; filename*=UTF-8''${encodeUriPart(fileName.toWellFormed())}` };
