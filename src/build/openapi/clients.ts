import type { Endpoint, RouteContract } from '../../app.ts';
import type { Dialect, Operation } from '../../dialects/dialect.ts';
import { DIALECTS } from '../../dialects/registry.ts';
import type { RequestContext } from '../../dialects/request-context.ts';
import { toFailure } from '../../envelope.ts';
import { AppError, type ErrorCode, type Text } from '../../errors.ts';
import type { HttpResponse } from '../../http/request.ts';
import { TEXTS } from './clients-texts.ts';
import { MEANINGS } from './failures.ts';
import { bothOf, type Json } from './json-schema.ts';
import { toInput, toSecurity } from './routes.ts';

type AnyEndpoint = Omit<Endpoint<RouteContract['access'], RouteContract['input'], object, unknown>, 'handle'>;

/** One method of one path that a dialect has. */
interface Spoken {
  readonly dialect: Dialect;
  readonly operation: Operation;
  readonly path: string;
  readonly method: string;
}

/** Writes what upload clients speak; a path that several dialects share is one operation that names them. */
export async function toClientPaths(): Promise<Json> {
  const paths = new Map<string, Record<string, Json>>();
  const all = DIALECTS.flatMap((dialect) => dialect.operations.flatMap((operation) => spell(dialect, operation)));
  for (const { path, method } of all) {
    const shared = all.filter((each) => each.path === path && each.method === method);
    paths.set(path, { ...paths.get(path), [method.toLowerCase()]: await toOperation(path, method, shared) });
  }
  return Object.fromEntries(paths);
}

const spell = (dialect: Dialect, operation: Operation): readonly Spoken[] =>
  toTemplates(operation.path).flatMap((path) =>
    operation.methods.filter((method) => method !== 'HEAD').map((method) => ({ dialect, operation, path, method })),
  );

/** The paths that a pattern matches, with its named groups as parameters; what may be left out is left out. */
export function toTemplates({ source }: RegExp): readonly string[] {
  const whole = source
    .slice(1, -1)
    .replaceAll('\\/', '/')
    .replaceAll(/\(\?<(\w+)>[^()]*\)(\??)/g, (_, name, optional) => (optional === '' ? `{${name}}` : ''))
    .replaceAll('\\.', '.');
  const templates = choose(whole);
  const odd = templates.find((template) => !/^[\w./{}-]+$/.test(template));
  if (odd !== undefined) throw new TypeError(`${source} is no path with named groups`);
  return templates;
}

function choose(template: string): readonly string[] {
  const [group, choices = ''] = /\(\?:([^()]*)\)/.exec(template) ?? [];
  return group === undefined
    ? [template]
    : choices.split('|').flatMap((choice) => choose(template.replace(group, choice)));
}

async function toOperation(path: string, method: string, shared: readonly Spoken[]): Promise<Json> {
  const key = `${method} ${path}`;
  const text = TEXTS.find(([pattern]) => pattern.test(key))?.[1];
  if (text === undefined) throw new TypeError(`clients-texts.ts does not say what ${key} does`);
  const endpoints = (await Promise.all(shared.map((each) => run(each, 'InvalidToken')))).flatMap((ran) => ran.called);
  const [first] = endpoints;
  if (first === undefined) throw new TypeError(`${key} calls no endpoint`);
  const names = shared.map(({ dialect }) => dialect.name);
  const parameters = [...path.matchAll(/\{([A-Za-z]\w*)\}/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
  }));
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+/g, '_')}`,
    tags: ['clients'],
    summary: text.en,
    description: bothOf(text),
    'x-access': first.access,
    ...(first.scope !== undefined && { 'x-scope': first.scope }),
    'x-dialects': names,
    security: toSecurity(first),
    parameters,
    ...(first.name === 'upload/store' && { requestBody: toUploadBody(first) }),
    responses: {
      200: { description: bothOf({ en: 'What the client expects.', zh: '客户端所期待的回答。' }) },
      ...(await toRefusals(shared, first)),
    },
  };
}

function toUploadBody(endpoint: AnyEndpoint): Json {
  const { properties } = toInput(endpoint);
  const file = {
    type: 'string',
    contentMediaType: 'application/octet-stream',
    description: bothOf({ en: 'The image; the field may have any name.', zh: '图片；字段名任意。' }),
  };
  const schema = { type: 'object', properties: { ...properties, file }, required: ['file'] };
  return {
    required: true,
    content: { 'multipart/form-data': { schema }, 'image/*': {}, 'application/octet-stream': {} },
  };
}

const REFUSALS: readonly ErrorCode[] = ['InvalidArgument', 'TooManyRequests', 'InternalError', 'ServiceUnavailable'];

/** Refuses for each reason as the dialects really do, whose statuses are their own. */
async function toRefusals(shared: readonly Spoken[], endpoint: AnyEndpoint): Promise<Json> {
  const codes: readonly ErrorCode[] = [
    ...REFUSALS,
    ...(endpoint.access === 'public' ? [] : (['InvalidToken', 'AccessDenied'] as const)),
    ...(endpoint.name === 'upload/store' ? (['EntityTooLarge', 'UnsupportedMediaType', 'QuotaExceeded'] as const) : []),
  ];
  const told = new Map<
    number,
    { codes: Set<ErrorCode>; content: Record<string, { examples: Record<string, Json> }> }
  >();
  for (const each of shared) {
    for (const code of codes) {
      const { response } = await run(each, code);
      const at = told.get(response.status) ?? { codes: new Set(), content: {} };
      told.set(response.status, at);
      at.codes.add(code);
      const [type = ''] = (response.headers['content-type'] ?? '').split(';', 1);
      at.content[type] ??= { examples: {} };
      at.content[type].examples[`${each.dialect.name}-${code}`] = { value: toExample(type, response) };
    }
  }
  return Object.fromEntries(
    [...told].map(([status, { codes: same, content }]) => {
      const join = (language: keyof Text, comma: string) =>
        [...same].map((code) => `\`${code}\`: ${MEANINGS[code][language]}`).join(comma);
      const ok = status === 200 ? { zh: '成功，或拒绝：', en: 'Success, or a refusal: ' } : { zh: '', en: '' };
      return [status, { description: bothOf({ zh: ok.zh + join('zh', '；'), en: ok.en + join('en', '; ') }), content }];
    }),
  );
}

const toExample = (type: string, { body }: HttpResponse): unknown =>
  typeof body === 'string' && type === 'application/json' ? JSON.parse(body) : body;

/** Lets an operation serve a request whose every call is refused, and sees what it calls. */
async function run(
  { operation, path, method }: Spoken,
  code: ErrorCode,
): Promise<{ readonly called: readonly AnyEndpoint[]; readonly response: HttpResponse }> {
  const at = path.replaceAll(/\{\w+\}/g, '1');
  const match = operation.path.exec(at);
  if (match === null) throw new TypeError(`${at} does not match ${operation.path}`);
  const called: AnyEndpoint[] = [];
  const failure = toFailure(new AppError(code, MEANINGS[code]), 'zh', 'request');
  const context: RequestContext = {
    request: {
      ...{ method, path: at, query: new URLSearchParams(), headers: new Map(), scheme: 'https', requestId: 'request' },
      body: new Blob([]).stream(),
    },
    ...{ path: at, language: 'zh', mountUrl: 'https://bed.example/imagepic', credential: undefined, format: 'json' },
    receive: () => Promise.reject(new TypeError('there is no image')),
    call: async (endpoint) => {
      called.push(endpoint);
      return failure;
    },
    fail: (error) => toFailure(error, 'zh', 'request'),
  };
  const response = await operation.serve(context, match);
  return { called, response };
}
