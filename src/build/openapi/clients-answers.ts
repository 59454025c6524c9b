import type { App, Endpoint, RouteContract } from '../../app.ts';
import type { Dialect, Operation } from '../../dialects/dialect.ts';
import { serveDialect } from '../../dialects/registry.ts';
import { beginTraces, type RequestContext } from '../../dialects/request-context.ts';
import { type Envelope, toFailure, toSuccess } from '../../envelope.ts';
import { AppError, type ErrorCode, type Text } from '../../errors.ts';
import type { HttpRequest, HttpResponse } from '../../http/request.ts';
import { isRecord } from '../../naming/record.ts';
import { MOUNT_URL, samplesOf } from './clients-samples.ts';
import { MEANINGS } from './failures.ts';
import { inferSchema } from './inferred-schema.ts';
import { bothOf, type Json } from './json-schema.ts';

/** What a dialect calls. */
export type AnyEndpoint = Omit<Endpoint<RouteContract['access'], RouteContract['input'], object, unknown>, 'handle'>;

/** One method of one path that a dialect has. */
export interface Spoken {
  readonly dialect: Dialect;
  readonly operation: Operation;
  readonly path: string;
  readonly method: string;
}

/** Stores what an upload client sends. */
export const UPLOAD = 'upload/store';

const REFUSALS: readonly ErrorCode[] = ['InvalidArgument', 'TooManyRequests', 'InternalError', 'ServiceUnavailable'];

/** For what an operation may be refused, by the endpoint that it calls. */
const refusalsOf = ({ name, access }: AnyEndpoint): readonly ErrorCode[] => [
  ...REFUSALS,
  ...(access === 'public' ? [] : (['InvalidToken', 'AccessDenied'] as const)),
  ...(name.startsWith('delete/') ? (['AccessDenied'] as const) : []),
  ...(name === UPLOAD ? (['EntityTooLarge', 'UnsupportedMediaType', 'QuotaExceeded'] as const) : []),
];

/** What was answered, and which of the document's alternatives it is an example of. */
interface Answered {
  readonly response: HttpResponse;
  /** Those of one alternative have the same schema. */
  readonly alternative: string;
  readonly example: string;
  /** Of a refusal. */
  readonly code?: ErrorCode;
}

/** The endpoints that operations call, which is found out by letting each be refused. */
export const endpointsOf = async (shared: readonly Spoken[]): Promise<readonly AnyEndpoint[]> =>
  (await Promise.all(shared.map((each) => run(each, () => refusalOf('InvalidToken'))))).flatMap(({ called }) => called);

/** The schemas that operations share, each by what it is called. */
export interface ClientShapes {
  /** The name of a schema, which is kept. */
  nameOf(wanted: string, schema: Json): string;
  components(): Json;
}

/** Creates the collection of schemas; two that differ get two names. */
export function createClientShapes(): ClientShapes {
  const shapes = new Map<string, Json>();
  const nameOf: ClientShapes['nameOf'] = (wanted, schema) => {
    const known = shapes.get(wanted);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) return nameOf(`${wanted}_`, schema);
    shapes.set(wanted, schema);
    return wanted;
  };
  return { nameOf, components: () => Object.fromEntries([...shapes].sort()) };
}

/** Lets the dialects answer what works, and refuse for each reason, as they really do: the statuses are their own. */
export async function toResponses(
  shared: readonly Spoken[],
  endpoint: AnyEndpoint,
  shapes: ClientShapes,
): Promise<Json> {
  const answered: Answered[] = [];
  for (const each of shared) {
    for (const asking of toAskings(endpoint)) {
      answered.push(...(await succeed(each, endpoint, asking)), ...(await refuse(each, endpoint, asking)));
    }
  }
  answered.push(...(await miss(shared[0])));
  const statuses = [...new Set(answered.map(({ response }) => response.status))].sort();
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      toResponse(
        answered.filter(({ response }) => response.status === status),
        shapes,
      ),
    ]),
  );
}

/** Uploads may ask for links alone, and what sends nothing is told so in the words of those who do. */
const toAskings = ({ name }: AnyEndpoint): readonly Asking[] =>
  name === UPLOAD ? [{}, { query: { format: 'txt' } }, { json: '{}' }] : [{}];

async function succeed(spoken: Spoken, endpoint: AnyEndpoint, { query }: Asking): Promise<readonly Answered[]> {
  const { name } = spoken.dialect;
  const deed = endpoint.name.replace(/^.*\//, '');
  const runs: HttpResponse[] = [];
  for (let index = 0, most = 1; index < most; index += 1) {
    const { called, response } = await run(
      spoken,
      (wanted) => {
        const samples = samplesOf(wanted);
        // Each sample has the type of its endpoint's output.
        return toSuccess((samples[index] ?? samples[0]) as never, 'request');
      },
      // Of lists, each page is another one.
      { query: { ...query, page: String(index + 1) }, credential: { token: 'ip_…', place: 'header' } },
    );
    most = Math.max(...called.map((each) => samplesOf(each.name).length));
    runs.push(response);
  }
  return runs.map((response, index) => {
    // Of several images some may be refused, which clients are to take for a failure.
    const kind = ofSuccess(response) === ofSuccess(runs[0]) ? '' : '-partly';
    return {
      response,
      alternative: `${name}-${deed}${kind}`,
      example: `${name}${kind}${index === 0 || kind !== '' ? '' : `-${index + 1}`}`,
    };
  });
}

const ofSuccess = (response: HttpResponse | undefined): unknown => {
  const value = response && toValue(response);
  return isRecord(value) ? JSON.stringify(value['success']) : undefined;
};

async function refuse(spoken: Spoken, endpoint: AnyEndpoint, { query, json }: Asking): Promise<readonly Answered[]> {
  const { name } = spoken.dialect;
  const answered: Answered[] = [];
  for (const code of refusalsOf(endpoint)) {
    for (const details of [{}, { fields: ['file'] }]) {
      const { response } = await run(spoken, () => refusalOf(code, details), { query, json });
      answered.push({ response, alternative: `${name}-refusal`, example: `${name}-${code}`, code });
    }
  }
  return answered;
}

const unreachable = () => Promise.reject(new TypeError('what nobody serves calls nothing'));
const APP: App = {
  ...{ call: unreachable, serve: () => unreachable, receive: unreachable, jobs: [] },
  trials: { awaited: unreachable, note: unreachable },
};

/** Asks for an address whose parameters are none. */
async function miss(spoken: Spoken | undefined): Promise<readonly Answered[]> {
  if (spoken?.path.includes('{') !== true) return [];
  const { method } = spoken;
  const path = spoken.path.replaceAll(/\{\w+\}/g, '*');
  const request = toRequest({ method, path });
  const response = await serveDialect(APP, request, { path, mountUrl: MOUNT_URL, receive: unreachable });
  return response === undefined
    ? []
    : [{ response, alternative: 'no-address-refusal', example: 'no-address-NoSuchRoute', code: 'NoSuchRoute' }];
}

const toRequest = ({ method, path, query = {}, json }: Pick<HttpRequest, 'method' | 'path'> & Asking): HttpRequest => ({
  ...{ method, path, query: new URLSearchParams(query), scheme: 'https', requestId: 'request' },
  headers: new Map(json === undefined ? [] : [['content-type', 'application/json']]),
  body: new Blob([json ?? '']).stream(),
});

const refusalOf = (code: ErrorCode, details = {}): Envelope<never> =>
  toFailure(new AppError(code, MEANINGS[code], { details }), 'zh', 'request');

function toResponse(answered: readonly Answered[], shapes: ClientShapes): Json {
  const codes = [...new Set(answered.flatMap(({ code }) => (code === undefined ? [] : [code])))];
  const works = answered.some(({ code }) => code === undefined);
  const says = (language: keyof Text, comma: string, works: readonly string[]) =>
    [...works, ...codes.map((code) => `\`${code}\`: ${MEANINGS[code][language]}`)].join(comma);
  const types = [...new Set(answered.map(({ response }) => typeOf(response)))];
  return {
    description: bothOf({
      zh: says('zh', '；', works ? ['客户端所期待的回答'] : []),
      en: says('en', '; ', works ? ['What the client expects'] : []),
    }),
    content: Object.fromEntries(
      types.map((type) => [
        type,
        toContent(
          answered.filter(({ response }) => typeOf(response) === type),
          shapes,
        ),
      ]),
    ),
  };
}

const typeOf = ({ headers }: HttpResponse): string => (headers['content-type'] ?? '').split(';', 1)[0] ?? '';

const toValue = (response: HttpResponse): unknown => {
  const { body } = response;
  return typeof body === 'string' && typeOf(response) === 'application/json' ? JSON.parse(body) : body;
};

/** One schema an alternative, and one example of each kind. */
function toContent(answered: readonly Answered[], shapes: ClientShapes): Json {
  const alternatives = [...new Set(answered.map(({ alternative }) => alternative))].map((name) => {
    const same = answered.filter(({ alternative }) => alternative === name);
    const schema = inferSchema(same.map(({ response }) => toValue(response)));
    return schema['type'] === 'object' ? { $ref: `#/components/schemas/${shapes.nameOf(name, schema)}` } : schema;
  });
  const [schema, ...others] = new Set(alternatives.map((each) => JSON.stringify(each)));
  return {
    schema: others.length === 0 ? JSON.parse(schema ?? '{}') : { anyOf: alternatives },
    examples: Object.fromEntries(
      [...answered].reverse().map(({ example, response }) => [example, { value: toValue(response) }]),
    ),
  };
}

/** How an operation is asked. */
interface Asking extends Partial<Pick<RequestContext, 'credential'>> {
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** The body. */
  readonly json?: string | undefined;
}

/** Lets an operation serve a request whose every call is answered so, and sees what it calls. */
async function run(
  { operation, path, method }: Spoken,
  answer: (endpoint: string) => Envelope<never>,
  { query = {}, credential, json }: Asking = {},
): Promise<{ readonly called: readonly AnyEndpoint[]; readonly response: HttpResponse }> {
  const at = path.replaceAll(/\{\w+\}/g, '1');
  const match = operation.path.exec(at);
  if (match === null) throw new TypeError(`${at} does not match ${operation.path}`);
  const called: AnyEndpoint[] = [];
  const context: RequestContext = {
    request: toRequest({ method, path: at, query, json }),
    ...{ path: at, language: 'zh', mountUrl: MOUNT_URL, format: query['format'] === undefined ? 'json' : 'url' },
    credential,
    traces: beginTraces(credential),
    receive: () => Promise.reject(new TypeError('there is no image')),
    call: async (endpoint) => {
      called.push(endpoint);
      return answer(endpoint.name);
    },
    fail: (error) => toFailure(error, 'zh', 'request'),
  };
  const response = await operation.serve(context, match);
  return { called, response };
}
