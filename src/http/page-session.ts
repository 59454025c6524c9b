// https://datatracker.ietf.org/doc/html/rfc6265 · https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
import * as v from 'valibot';
import { type App, defineEndpoint, type EndpointCall, measureInput } from '../app.ts';
import { input } from '../contract/field.ts';
import { phone, upwd } from '../contract/fields/account.ts';
import { AppError } from '../errors.ts';
import { methodNotAllowed, readInput } from './body.ts';
import { toEnvelopeResponse } from './envelope-response.ts';
import type { HttpRequest, HttpResponse } from './request.ts';

/*
 * The session of the page
 * - `session/login`, `session/refresh` and `session/logout` are `auth/login`, `auth/refresh` and the end of a session for a
 *   browser: the refresh token stays in a cookie that no script can read, and the page gets the access token alone.
 * - The cookie goes to `<where the page stands>/session` only. Where that is, the page says itself, in a header that no form
 *   can send and that no other origin may: a gateway may have stripped the mount.
 */

/** Says where the page stands, as a path with a slash at its end. */
export const PAGE_HEADER = 'x-imagepic-page';
/** Holds the refresh token. */
export const SESSION_COOKIE = 'imagepic-session';
/** As long as a session lives that nobody refreshes. */
const COOKIE_SECONDS = 30 * 24 * 60 * 60;

/** What the entry has found beside the fields. */
interface Held {
  readonly refreshToken: string;
}

const login = defineEndpoint({
  name: 'session/login',
  access: 'public',
  changes: true,
  audits: {},
  input: input({ phone, upwd }),
  handle:
    ({ accounts, sessions }) =>
    async ({ phone, upwd }, { clientIp, userAgent }, _held: Held) =>
      sessions.open(await accounts.prove(phone, upwd, clientIp), userAgent),
});

const refresh = defineEndpoint({
  name: 'session/refresh',
  access: 'public',
  input: input({}),
  handle:
    ({ sessions }) =>
    (_input, { clientIp }, { refreshToken }: Held) =>
      sessions.refreshCookie(refreshToken, clientIp),
});

const logout = defineEndpoint({
  name: 'session/logout',
  access: 'public',
  changes: true,
  audits: {},
  input: input({}),
  handle:
    ({ sessions }) =>
    async (_input, _context, { refreshToken }: Held) => {
      await sessions.end(refreshToken);
      return {};
    },
});

const pair = v.object({ token: v.string(), refreshToken: v.string(), expiresIn: v.number() });
const smallest = measureInput(login.input);

/** Serves `POST <mount>/session/<name>`; `undefined` when the path is another. */
export type ServePageSession = (
  request: HttpRequest,
  path: string,
  call: Omit<EndpointCall<object>, 'body'>,
) => Promise<HttpResponse> | undefined;

/** Creates the sessions of the page. */
export function createPageSession(app: Pick<App, 'serve'>, publicUrl: string | undefined): ServePageSession {
  const serve = new Map<string, (call: EndpointCall<Held>) => ReturnType<App['call']>>([
    ['/session/login', app.serve(login)],
    ['/session/refresh', app.serve(refresh)],
    ['/session/logout', app.serve(logout)],
  ]);
  const answer = async (
    request: HttpRequest,
    endpoint: (call: EndpointCall<Held>) => ReturnType<App['call']>,
    call: Omit<EndpointCall<object>, 'body'>,
  ): Promise<HttpResponse> => {
    let page = '/';
    const read = async () => {
      if (request.method !== 'POST') throw methodNotAllowed(['POST']);
      page = requireOwnPage(request, publicUrl);
      return { fields: await readInput(request, smallest), given: { refreshToken: readCookie(request) } };
    };
    // What it came with, a page that signs in or out is not.
    const envelope = await endpoint({ ...call, token: undefined, body: { read } });
    const got = envelope.success ? v.safeParse(pair, envelope.data) : undefined;
    if (envelope.success && got?.success === true) {
      const { refreshToken, ...shown } = got.output;
      return withCookie(toEnvelopeResponse({ ...envelope, data: shown }), {
        ...{ value: refreshToken, seconds: COOKIE_SECONDS, page },
        isSecure: isSecure(request, publicUrl),
      });
    }
    const isOver = envelope.success || envelope.error === 'InvalidToken';
    const response = toEnvelopeResponse(envelope);
    return isOver
      ? withCookie(response, { value: '', seconds: 0, page, isSecure: isSecure(request, publicUrl) })
      : response;
  };
  return (request, path, call) => {
    const endpoint = serve.get(path);
    return endpoint && answer(request, endpoint, call);
  };
}

interface Cookie {
  readonly value: string;
  readonly seconds: number;
  /** Where the page stands. */
  readonly page: string;
  readonly isSecure: boolean;
}

const withCookie = (response: HttpResponse, { value, seconds, page, isSecure }: Cookie): HttpResponse => ({
  ...response,
  headers: {
    ...response.headers,
    'set-cookie': `${SESSION_COOKIE}=${value}; Path=${page}session; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`,
  },
});

function readCookie({ headers }: HttpRequest): string {
  const pairs = (headers.get('cookie') ?? '').split(';').map((each) => each.trim());
  return pairs.find((each) => each.startsWith(`${SESSION_COOKIE}=`))?.slice(SESSION_COOKIE.length + 1) ?? '';
}

/** Whatever ends TLS before us may not say so, but the browser does. */
const isSecure = ({ headers, scheme }: HttpRequest, publicUrl: string | undefined): boolean =>
  scheme === 'https' || /^https:/.test(headers.get('origin') ?? '') || /^https:/.test(publicUrl ?? '');

/** Where the page stands. @throws {AppError} AccessDenied unless the request is of a page of this very origin */
function requireOwnPage({ headers }: HttpRequest, publicUrl: string | undefined): string {
  const page = headers.get(PAGE_HEADER) ?? '';
  const site = headers.get('sec-fetch-site') ?? 'same-origin';
  const isOwn = site === 'same-origin' && isOwnOrigin(headers, publicUrl);
  if (!isOwn || !/^\/(?:[\w.~%-]+\/){0,16}$/.test(page) || page.length > 256) throw notThePage();
  return page;
}

function isOwnOrigin(headers: HttpRequest['headers'], publicUrl: string | undefined): boolean {
  const origin = headers.get('origin');
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  return new URL(origin).host === headers.get('host') || new URL(origin).origin === toOrigin(publicUrl);
}

const toOrigin = (url: string | undefined): string | undefined =>
  url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined;

const notThePage = (): AppError =>
  new AppError('AccessDenied', {
    zh: `session/* 只供本图床的网页使用（需要请求头 ${PAGE_HEADER} 与相同的来源）；其他客户端请用 auth/login`,
    en: `session/* is for the page of this bed alone (it wants the header ${PAGE_HEADER} and the same origin); other clients call auth/login`,
  });
