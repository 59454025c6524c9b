import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { contract } from '../../src/contract/contract.ts';
import { STATUS_BY_CODE } from '../../src/errors.ts';
import type { Invocation } from '../../src/events/invocation.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

let main: Invocation;
let folder: TempFolder;
let lines: string[];

beforeAll(async () => {
  folder = await makeTempFolder();
  vi.stubEnv('IMAGEPIC_DATA_DIR', folder.path);
  ({ main } = await import('../../src/main.ts'));
});
beforeEach(() => {
  lines = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  vi.unstubAllEnvs();
  await folder.remove();
});

const isEnvelope = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['requestId'] === 'string' &&
  (value['code'] === '0'
    ? value['success'] === true && value['msg'] === '成功'
    : value['code'] === '-1' && value['success'] === false && String(value['error']) in STATUS_BY_CODE);

const isAccessResponse = (value: unknown): boolean =>
  isObject(value) &&
  typeof value['statusCode'] === 'number' &&
  typeof value['body'] === 'string' &&
  (value['statusCode'] === 204 ||
    value['isBase64Encoded'] === true ||
    isHtml(value) ||
    isEnvelope(JSON.parse(value['body'])) ||
    isDialectRefusal(JSON.parse(value['body'])));

/** What clients of other image beds are told at an address that looks like one of theirs. */
const isDialectRefusal = (value: unknown): boolean =>
  isObject(value) &&
  value['success'] === false &&
  typeof value['requestId'] === 'string' &&
  typeof value['message'] === 'string' &&
  STATUS_BY_CODE[errorCodeOf(value['error']) as keyof typeof STATUS_BY_CODE] === value['status_code'];

/** Chevereto's clients find it within an object. */
const errorCodeOf = (error: unknown): unknown => (isObject(error) ? error['context'] : error);

const isHtml = ({ headers, body }: Record<string, unknown>): boolean =>
  isObject(headers) &&
  String(headers['content-type']).startsWith('text/html') &&
  (body === '' || String(body).startsWith('<!doctype html>'));

const isJobReport = (value: unknown): boolean => isObject(value) && typeof value['finished'] === 'boolean';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** What the platform turns into a result of less than 6 MB; a requestId that is not one shows nothing of the event. */
function expectAnswer(answer: unknown): void {
  const sent: unknown = JSON.parse(JSON.stringify(answer));
  expect(isEnvelope(sent) || isAccessResponse(sent) || isJobReport(sent), JSON.stringify(sent)).toBe(true);
}

const throwing = (error: unknown, ...names: string[]): object =>
  Object.defineProperties(
    {},
    Object.fromEntries(
      names.map((name) => [
        name,
        {
          enumerable: true,
          get: () => {
            throw error;
          },
        },
      ]),
    ),
  );

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

const deep = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);

const circular: Record<string, unknown> = { $url: 'auth/login' };
circular['phone'] = circular;

describe('an evil event', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a bigint', 7n],
    ['a symbol', Symbol('x')],
    ['a string of 6 MB', 'x'.repeat(6_000_000)],
    ['a function', () => 'x'],
    ['an array', [{ $url: 'health' }]],
    ['a Buffer of 6 MB', Buffer.alloc(6_000_000)],
    ['a date', new Date(Number.NaN)],
    ['a map', new Map([['$url', 'health']])],
    ['a promise', Promise.resolve({ $url: 'health' })],
    ['a route in a getter that throws', throwing(new Error('no'), '$url')],
    ['getters that throw everywhere', throwing('a string', '$url', '$requestId', '$lang', '$token', 'headers', 'Type')],
    ['getters that throw nothing', throwing(undefined, 'phone')],
    ['a revoked proxy', revoked()],
    ['a field that is a revoked proxy', { $url: 'auth/login', phone: revoked(), upwd: revoked() }],
    ['itself', circular],
    ['a nest of 20,000 arrays', { $url: 'auth/login', phone: deep(20_000), upwd: deep(20_000) }],
    ['a route of 6 MB', { $url: 'x'.repeat(6_000_000) }],
    ['a name of 6 MB', { $url: 'health', ['x'.repeat(6_000_000)]: 1 }],
    ['100,000 names', Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`n${index}`, index]))],
    ['a request id that would break a log line', { $url: 'health', $requestId: 'a\n{"level":"info"}' }],
    ['a path of HTTP that is no path', { path: '\0%', httpMethod: 'GET', headers: {}, requestContext: {} }],
    ['HTTP with a body that is no base64', { ...access('POST', '/auth/login'), body: '!!!', isBase64Encoded: true }],
    ['HTTP with headers that throw', { ...access('GET', '/health'), headers: throwing(new Error('no'), 'host') }],
    ['HTTP with a method of 1 MB', access('x'.repeat(1_000_000), '/health')],
  ])('that is %s gets an answer', async (_, event) => {
    expectAnswer(await main(event, { request_id: 'r-1' }));
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) });
  });

  it.each([
    ['nothing', undefined],
    ['a string', 'x'],
    ['a revoked proxy', revoked()],
    [
      'what throws when it is looked at',
      throwing(new Error('no'), 'environ', 'environment', 'request_id', 'httpContext'),
    ],
    ['an environment that is no JSON', { environment: '{' }],
    ['an environment that is null', { environment: 'null' }],
    ['a limit that is a symbol', { time_limit_in_ms: Symbol('x') }],
  ])('gets an answer also when the context is %s', async (_, context) => {
    expectAnswer(await main({ $url: 'health' }, context));
  });
});

function access(httpMethod: string, path: string): Record<string, unknown> {
  return { path, httpMethod, headers: {}, queryStringParameters: {}, requestContext: {}, body: '' };
}

const name = fc.oneof(
  fc.constantFrom(
    ...Object.keys(contract),
    'link/get',
    'sweep',
    '*',
    '',
    ...Object.getOwnPropertyNames(Object.prototype),
  ),
  fc.string(),
);
const anything = fc.anything({
  key: fc.oneof(
    fc.constantFrom('phone', 'upwd', 'bucketName', 'objectName', 'base64', '__proto__', '$url'),
    fc.string(),
  ),
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withNullPrototype: true,
  withBoxedValues: true,
  maxDepth: 3,
});
const path = fc.oneof(
  fc.constantFrom('/', '/v1', '/api/v1', '/v1/upload', '/api/v1/profile', '/api/v2/upload', '/api/1/upload', '/upload'),
  fc.constantFrom(
    '/delete',
    '/api/index.php',
    '/a/x',
    '/z/x',
    '/r/x',
    '/clients',
    '/reference',
    '/openapi.json',
    '/client/doctor',
  ),
  name.map((url) => `/${url}`),
  name.map((url) => `/imagepic/${url}`),
  fc.string(),
);
const call = fc
  .tuple(fc.oneof(name, anything), fc.dictionary(fc.string(), anything))
  .map(([$url, fields]) => ({ ...fields, $url }));
const request = fc.record(
  {
    path,
    httpMethod: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'DELETE', 'get', ''),
    headers: fc.dictionary(
      fc.constantFrom('content-type', 'Authorization', 'host', 'range', 'origin', 'bucket', 'idempotency-key'),
      fc.oneof(fc.string(), fc.constantFrom('application/json', 'multipart/form-data; boundary=x'), anything),
    ),
    queryStringParameters: fc.oneof(fc.dictionary(fc.string(), fc.string()), anything),
    requestContext: fc.dictionary(fc.constantFrom('requestId', 'envId'), anything),
    body: fc.oneof(fc.string(), fc.json(), anything),
    isBase64Encoded: fc.oneof(fc.boolean(), anything),
  },
  { requiredKeys: ['path', 'httpMethod', 'headers', 'requestContext'] },
);
const timer = fc.record({ Type: fc.constantFrom('Timer', 'timer'), TriggerName: fc.oneof(name, anything) });
const context = fc.oneof(
  anything,
  fc.record(
    {
      request_id: anything,
      environ: fc.oneof(fc.string(), fc.constant('WX_OPENID=o;WX_APPID=a'), anything),
      environment: fc.oneof(fc.json(), anything),
      time_limit_in_ms: fc.oneof(fc.integer({ min: 20_000 }), anything),
      httpContext: anything,
    },
    { requiredKeys: [] },
  ),
);

describe('whatever arrives', () => {
  it('gets exactly one answer, and the output is lines of JSON (20,000 events)', { timeout: 120_000 }, async () => {
    const events = fc.oneof(anything, call, request, timer);
    await fc.assert(
      fc.asyncProperty(events, context, async (event, about) => {
        lines.length = 0;
        const answer = await main(event, about);
        expectAnswer(answer);
        expect(JSON.stringify(answer)).not.toContain('InternalError');
        for (const line of lines) {
          expect(line.endsWith('\n')).toBe(true);
          JSON.parse(line);
        }
      }),
      { numRuns: 20_000 },
    );
    expect(Reflect.ownKeys(Object.prototype)).not.toContain('isAdmin');
  });
});
