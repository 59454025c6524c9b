import type { AccessLevel, App, Endpoint, EndpointCall, RouteContract } from '../../app.ts';
import { documentation } from '../../contract/documentation.ts';
import { toSuccess } from '../../envelope.ts';
import type { ErrorCode, Text } from '../../errors.ts';
import { createPageSession, PAGE_HEADER, SESSION_COOKIE } from '../../http/page-session.ts';
import type { HttpResponse } from '../../http/request.ts';
import { MOUNT_URL } from './clients-samples.ts';
import { ALWAYS, type FailureResponses } from './failures.ts';
import { inferSchema } from './inferred-schema.ts';
import { bothOf, type Json } from './json-schema.ts';
import { toInput } from './routes.ts';

type AnyEndpoint = Pick<Endpoint<AccessLevel, RouteContract['input'], object, unknown>, 'name' | 'input' | 'changes'>;

/** What the page may do with its session. */
interface Deed {
  readonly name: string;
  readonly text: Text;
  /** What it answers with, before the refresh token goes into the cookie. */
  readonly output: object;
  readonly errors: readonly ErrorCode[];
  readonly example?: Json;
}

const pair = { token: 'eyJhbGciOiJIUzI1NiJ9…', refreshToken: 's_…', expiresIn: 900 };
const DEEDS: readonly Deed[] = [
  {
    name: 'login',
    text: {
      en: 'Signs the page in; the refresh token goes into a cookie that no script reads.',
      zh: '网页登录；刷新令牌放进脚本读不到的 cookie。',
    },
    output: pair,
    errors: documentation['auth/login'].errors ?? [],
    example: documentation['auth/login'].example,
  },
  {
    name: 'refresh',
    text: { en: 'Renews the session of the cookie.', zh: '用 cookie 续期会话。' },
    output: pair,
    errors: ['InvalidToken'],
  },
  {
    name: 'logout',
    text: { en: 'Ends the session of the cookie.', zh: '结束 cookie 的会话。' },
    output: {},
    errors: [],
  },
];

/** Writes the session of the page, as it really answers. */
export async function toSessionPaths(failures: FailureResponses): Promise<Json> {
  return Object.fromEntries(
    await Promise.all(
      DEEDS.map(async (deed) => [`/session/${deed.name}`, { post: await toOperation(deed, failures) }]),
    ),
  );
}

async function toOperation(deed: Deed, failures: FailureResponses): Promise<Json> {
  const { called, response } = await run(deed);
  const { input, changes } = called;
  const holdsCookie = deed.name !== 'login';
  const { headers, body } = response;
  const answer = JSON.parse(String(body));
  return {
    operationId: `session_${deed.name}`,
    tags: ['session'],
    summary: deed.text.en,
    description: bothOf(deed.text),
    'x-access': 'public',
    security: [],
    parameters: [
      { $ref: '#/components/parameters/AcceptLanguage' },
      {
        ...{ name: PAGE_HEADER, in: 'header', required: true, schema: { type: 'string' }, example: '/imagepic/' },
        description: bothOf({
          en: 'Where the page stands, with a slash at its end; only a page of this very origin may send it.',
          zh: '网页所在的路径，以斜杠结尾；只有同源的网页能发送。',
        }),
      },
      ...(holdsCookie
        ? [{ name: SESSION_COOKIE, in: 'cookie', required: deed.name === 'refresh', schema: { type: 'string' } }]
        : []),
    ],
    requestBody: {
      required: !holdsCookie,
      content: {
        'application/json': { schema: toInput({ input }), ...(deed.example && { example: deed.example }) },
      },
    },
    responses: {
      200: {
        description: bothOf({ en: 'It worked.', zh: '成功。' }),
        headers: { 'Set-Cookie': { schema: { type: 'string' }, example: headers['set-cookie'] } },
        content: {
          'application/json': { schema: inferSchema([answer]), example: answer },
        },
      },
      ...failures.of([
        ...ALWAYS,
        'AccessDenied',
        ...(changes === true ? (['IdempotencyInFlight', 'IdempotencyMismatch', 'InsufficientStorage'] as const) : []),
        ...deed.errors,
      ]),
    },
  };
}

/** Lets the page's session serve a request that works, and sees what it calls. */
async function run({ name, output }: Deed): Promise<{ readonly called: AnyEndpoint; readonly response: HttpResponse }> {
  let called: AnyEndpoint | undefined;
  const serve: App['serve'] = (endpoint) => async (call) => {
    await call.body.read();
    called = endpoint;
    // The page's session looks for tokens in what it gets, whatever its type.
    return toSuccess(output as never, 'request');
  };
  const app: Pick<App, 'serve'> = { serve };
  const { pathname, host } = new URL(MOUNT_URL);
  const request = {
    ...{ method: 'POST', path: `/session/${name}`, query: new URLSearchParams() },
    scheme: 'https',
    headers: new Map([
      [PAGE_HEADER, `${pathname}/`],
      ['host', host],
      ['content-type', 'application/json'],
    ]),
    body: new Blob(['{}']).stream(),
  } as const;
  const call: Omit<EndpointCall<object>, 'body'> = {
    ...{ transport: 'http', requestId: 'request', language: 'zh', mountUrl: MOUNT_URL, token: undefined },
    ...{ clientIp: undefined, identity: undefined, idempotencyKey: undefined },
  };
  const response = await createPageSession(app, MOUNT_URL)(request, request.path, call);
  if (called === undefined || response === undefined) throw new TypeError(`nobody serves session/${name}`);
  return { called, response };
}
