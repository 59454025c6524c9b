import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../support/running-server.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ IMAGEPIC_ALLOWED_ORIGINS: 'https://app.example.com' });
  await post('auth/register', { body: { ...PERSON, name: 'Ann', tfs: '', email: 'ann@example.com' } });
});
afterAll(() => server.close());

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
}

async function post(path: string, { body = {}, headers = {}, method = 'POST' }: Sent = {}) {
  const response = await fetch(`${server.mountUrl}/${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(method !== 'GET' && { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    headers: response.headers,
    cookie: response.headers.get('set-cookie') ?? undefined,
    envelope: JSON.parse(await response.text()),
  };
}

const PAGE = { 'x-imagepic-page': '/imagepic/' };
const session = (name: string, { body, headers, method }: Sent = {}) =>
  post(`session/${name}`, { body, headers: { ...PAGE, ...headers }, ...(method && { method }) });
const holding = (cookie: string | undefined) => ({ headers: { cookie: cookie?.split(';')[0] ?? '' } });
const works = async (token: string): Promise<boolean> =>
  (await post('auth/me', { headers: { authorization: `Bearer ${token}` } })).envelope.success;

describe('the session of the page', () => {
  it('keeps the refresh token in a cookie that no script and no other path sees', async () => {
    const { status, cookie, envelope } = await session('login', { body: PERSON });
    expect(status).toBe(200);
    expect(envelope.data).toEqual({ token: expect.any(String), expiresIn: 900 });
    expect(await works(envelope.data.token)).toBe(true);
    expect(cookie).toMatch(
      /^imagepic-session=s_[0-9a-f]{32}\.[\w-]{43}; Path=\/imagepic\/session; Max-Age=2592000; HttpOnly; SameSite=Strict$/,
    );
  });

  it('is renewed by the cookie, also when the answer of the last time was lost', async () => {
    const first = await session('login', { body: PERSON });
    const second = await session('refresh', holding(first.cookie));
    const again = await session('refresh', holding(first.cookie));
    const third = await session('refresh', holding(again.cookie));
    expect([second, again, third].map(({ envelope }) => envelope.success)).toEqual([true, true, true]);
    expect(new Set([first, second, again, third].map(({ cookie }) => cookie)).size).toBe(4);
  });

  it('ends with its cookie, for the access token as well', async () => {
    const { cookie, envelope } = await session('login', { body: PERSON });
    const ended = await session('logout', holding(cookie));
    expect(ended.cookie).toMatch(/^imagepic-session=; Path=\/imagepic\/session; Max-Age=0; /);
    expect(await works(envelope.data.token)).toBe(false);
    const after = await session('refresh', holding(cookie));
    expect([after.envelope.error, after.cookie]).toEqual(['InvalidToken', expect.stringContaining('Max-Age=0')]);
  });

  it.each([
    ['without a cookie', {}],
    ['with a made-up cookie', { cookie: 'imagepic-session=x' }],
    ['with the cookie of another name', { cookie: `other=s_${'0'.repeat(32)}.${'A'.repeat(43)}` }],
  ])('is nobody %s', async (_, headers) => {
    const { status, envelope } = await session('refresh', { headers });
    expect([status, envelope.error]).toEqual([401, 'InvalidToken']);
    expect((await session('logout', { headers })).envelope.success).toBe(true);
  });

  it.each([
    ['the path where the page stands', { 'x-imagepic-page': '/team/images/' }, /Path=\/team\/images\/session;/],
    ['the root', { 'x-imagepic-page': '/' }, /Path=\/session;/],
    ['TLS that ends before the bed', { origin: 'https://HOST' }, /; Secure$/],
  ])('knows %s', async (_, headers, expected) => {
    const host = new URL(server.mountUrl).host;
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('HOST', host)]),
    );
    expect((await session('login', { body: PERSON, headers: sent })).cookie).toMatch(expected);
  });
});

describe('the session of the page, against others, is for the page alone', () => {
  it.each([
    ['without the header', { 'x-imagepic-page': '' }],
    ['with a path that would be an attribute', { 'x-imagepic-page': '/; Domain=example.com; a/' }],
    ['with a path that has no end', { 'x-imagepic-page': '/imagepic' }],
    ['with another host', { 'x-imagepic-page': '//evil.example/' }],
    ['from another origin', { origin: 'https://evil.example' }],
    ['from an origin that may call the API', { origin: 'https://app.example.com' }],
    ['from no origin', { origin: 'null' }],
    ['from another page, as the browser says', { 'sec-fetch-site': 'cross-site' }],
    ['from a sibling, as the browser says', { 'sec-fetch-site': 'same-site' }],
  ])('refuses a request %s, and sets no cookie', async (_, headers) => {
    const { cookie } = await session('login', { body: PERSON });
    for (const [name, body] of [
      ['login', PERSON],
      ['refresh', {}],
      ['logout', {}],
    ] as const) {
      const answer = await session(name, { body, headers: { ...holding(cookie).headers, ...headers } });
      expect([answer.status, answer.envelope.error, answer.cookie]).toEqual([403, 'AccessDenied', undefined]);
    }
    expect((await session('refresh', holding(cookie))).envelope.success).toBe(true);
  });

  it('refuses what is no POST, and what an API token or a body would add', async () => {
    const { cookie, envelope } = await session('login', { body: PERSON });
    expect(await session('refresh', { method: 'GET', ...holding(cookie) })).toMatchObject({
      status: 405,
      cookie: undefined,
    });
    const withToken = { headers: { authorization: `Bearer ${envelope.data.token}` } };
    expect((await session('refresh', withToken)).envelope.error).toBe('InvalidToken');
    const inBody = { body: { refreshToken: cookie?.slice('imagepic-session='.length).split(';')[0] } };
    expect((await session('refresh', inBody)).envelope.error).toBe('InvalidArgument');
  });

  it.each([
    ['nothing', {}, 'InvalidArgument'],
    ['no password', { phone: PERSON.phone }, 'InvalidArgument'],
    ['a number for a phone', { ...PERSON, phone: 13_800_138_000 }, 'InvalidArgument'],
    ['a list for a password', { ...PERSON, upwd: [PERSON.upwd] }, 'InvalidArgument'],
    ['a password of 300 characters', { ...PERSON, upwd: 'x'.repeat(300) }, 'InvalidArgument'],
    ['a field that there is not', { ...PERSON, role: 'admin' }, 'InvalidArgument'],
    ['a list', [PERSON], 'InvalidArgument'],
    ['no object', 'x', 'InvalidArgument'],
    ['a megabyte', { ...PERSON, upwd: 'x'.repeat(1024 * 1024) }, 'EntityTooLarge'],
    ['somebody else’s password', { ...PERSON, upwd: 'another horse 8' }, 'InvalidCredentials'],
    ['somebody who is not there', { ...PERSON, phone: '13900139000' }, 'InvalidCredentials'],
  ])('lets nobody in who sends %s', async (_, body, error) => {
    const answer = await session('login', { body });
    expect([answer.envelope.error, answer.cookie]).toEqual([error, undefined]);
    expect(answer.envelope.data.err).toMatch(/\p{Script=Han}/u);
  });

  it.each(['refresh', 'logout'])('takes no field to %s', async (name) => {
    const { cookie } = await session('login', { body: PERSON });
    const answer = await session(name, { body: { phone: PERSON.phone }, ...holding(cookie) });
    expect(answer.envelope.error).toBe('InvalidArgument');
    expect((await session('refresh', holding(cookie))).envelope.success).toBe(true);
  });

  it('answers no other origin before the request either', async () => {
    const response = await fetch(`${server.mountUrl}/session/refresh`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-headers': 'x-imagepic-page' },
    });
    expect(response.headers.get('access-control-allow-headers')).not.toContain('x-imagepic-page');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('writes no token into the log', async () => {
    const { cookie, envelope } = await session('login', { body: PERSON });
    await session('refresh', holding(cookie));
    const log = server.log.join('\n');
    expect(log).toContain('session/refresh');
    for (const secret of [cookie?.split(/[=;]/)[1], envelope.data.token, PERSON.upwd])
      expect(log).not.toContain(secret);
  });
});
