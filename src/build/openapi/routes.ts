import type * as v from 'valibot';
import { contract, type RouteUrl } from '../../contract/contract.ts';
import { documentation } from '../../contract/documentation.ts';
import type { RouteContract } from '../../contract/route-contract.ts';
import { toSuccess } from '../../envelope.ts';
import type { ErrorCode } from '../../errors.ts';
import { ALWAYS, type FailureResponses } from './failures.ts';
import { bothOf, type Json, toSchema } from './json-schema.ts';

const FORM = 'multipart/form-data';
const URLENCODED = 'application/x-www-form-urlencoded';

/** Writes every route of the contract as a path. */
export function toRoutePaths(failures: FailureResponses): Json {
  return Object.fromEntries(
    (Object.entries(contract) as readonly (readonly [RouteUrl, RouteContract])[]).map(([url, route]) => [
      `/${url}`,
      Object.fromEntries(
        (route.methods ?? ['POST']).map((method) => [method.toLowerCase(), toOperation(url, route, method, failures)]),
      ),
    ]),
  );
}

/** A name that programs can have, also where a route has two methods. */
const toOperationId = (url: string, method: string): string =>
  `${url.replace('/', '_')}${method === 'GET' ? '_get' : ''}`;

function toOperation(url: RouteUrl, route: RouteContract, method: string, failures: FailureResponses): Json {
  const { summary = '', access, scope } = route;
  const { zh, example } = documentation[url];
  const isGet = method === 'GET';
  const headers = ['AcceptLanguage', ...(route.changes === true ? ['IdempotencyKey'] : [])];
  return {
    operationId: toOperationId(url, method),
    tags: [url.split('/', 1)[0]],
    summary,
    description: bothOf({ en: summary, zh }),
    'x-access': access,
    ...(scope !== undefined && { 'x-scope': scope }),
    security: toSecurity(route),
    parameters: [
      ...headers.map((name) => ({ $ref: `#/components/parameters/${name}` })),
      ...(isGet ? toQuery(route) : []),
    ],
    ...(!isGet && { requestBody: toRequestBody(route, example) }),
    responses: {
      200: {
        description: bothOf({ en: 'It worked.', zh: '成功。' }),
        content: { 'application/json': { schema: toAnswer(route.output) } },
      },
      ...failures.of(errorsOf(url, route, method)),
    },
  };
}

/** The tokens that will do, each with the scope that it needs. */
export function toSecurity({ access, scope }: Pick<RouteContract, 'access' | 'scope'>): readonly Json[] {
  if (access === 'public') return [];
  return [{ accessToken: [] }, ...(scope === undefined ? [] : [{ apiToken: scope === 'any' ? [] : [scope] }])];
}

/** The fields of a route or an endpoint as one schema, each with its texts. */
export function toInput({
  input,
}: Pick<RouteContract, 'input'>): Json & { readonly properties: Json; readonly required: readonly string[] } {
  const { properties, required, ...rest } = toSchema(input, 'input');
  const described = Object.entries(properties as Readonly<Record<string, Json>>).map(([name, schema]) => {
    const field = input.fields[name];
    if (field === undefined) throw new TypeError(`${name} has no texts`);
    const { label, rule, secret } = field;
    const text = bothOf({ zh: `${label.zh}：${rule.zh}`, en: `${label.en}: ${rule.en}` });
    return [name, { ...schema, description: text, ...(secret && { writeOnly: true }) }];
  });
  return { ...rest, properties: Object.fromEntries(described), required: required as readonly string[] };
}

function toQuery(route: RouteContract): readonly Json[] {
  const { properties, required } = toInput(route);
  return Object.entries(properties as Readonly<Record<string, Json>>).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    description,
    required: required.includes(name),
    schema,
  }));
}

function toRequestBody(route: RouteContract, example: unknown): Json {
  const schema = toInput(route);
  const { file } = route;
  const json = file === undefined ? schema : { ...schema, required: [...schema.required, file] };
  const asJson = { schema: json, example };
  const isFlat = Object.values(schema.properties as Readonly<Record<string, Json>>).every(isText);
  return {
    required: true,
    content: {
      'application/json': asJson,
      ...(isFlat && { [URLENCODED]: { schema: json } }),
      ...(file !== undefined && { [FORM]: { schema: toForm(schema, file) } }),
    },
  };
}

/** Whether a form can write it, which knows texts only. */
const isText = ({ type, enum: values }: Json): boolean =>
  values !== undefined || type === 'string' || type === 'integer' || type === 'boolean';

/** A form whose one file stands in for a field. */
function toForm(schema: ReturnType<typeof toInput>, file: string): Json {
  const { [file]: _, ...fields } = schema.properties;
  const flat = Object.entries(fields).filter(([, field]) => isText(field as Json));
  const image = {
    type: 'string',
    contentMediaType: 'application/octet-stream',
    description: bothOf({
      en: 'The image; the field may have any name, and comes after the others.',
      zh: '图片；字段名任意，放在其他字段之后。',
    }),
  };
  const { additionalProperties: __, ...rest } = schema;
  return { ...rest, properties: { ...Object.fromEntries(flat), file: image }, required: [...schema.required, 'file'] };
}

/** The envelope of a success. */
function toAnswer(output: v.GenericSchema): Json {
  const { code, msg, success } = toSuccess(undefined, '');
  return {
    type: 'object',
    required: ['code', 'data', 'msg', 'success', 'requestId'],
    properties: {
      code: { const: code },
      data: toSchema(output, 'output'),
      msg: { const: msg },
      success: { const: success },
      requestId: { type: 'string' },
    },
  };
}

/** What a field, by being there, can be refused for. */
const BY_FIELD: Readonly<Record<string, readonly ErrorCode[]>> = {
  bucketName: ['NoSuchBucket', 'NotImplemented', 'AccessDenied'],
  objectName: ['NoSuchKey'],
  uploadId: ['NoSuchUpload', 'NoSuchBucket', 'NoSuchKey', 'NotImplemented'],
  invitationId: ['NoSuchKey'],
  tokenId: ['NoSuchKey'],
};

function errorsOf(url: RouteUrl, route: RouteContract, method: string): readonly ErrorCode[] {
  const { access, changes, input } = route;
  const bodyless: readonly ErrorCode[] = ['EntityTooLarge', 'UnsupportedMediaType'];
  return [
    ...(method === 'GET' ? ALWAYS.filter((code) => !bodyless.includes(code)) : ALWAYS),
    ...(access === 'public' ? [] : (['InvalidToken', 'AccessDenied'] as const)),
    ...(changes === true ? (['IdempotencyInFlight', 'IdempotencyMismatch', 'InsufficientStorage'] as const) : []),
    ...Object.keys(input.fields).flatMap((name) => BY_FIELD[name] ?? []),
    ...(documentation[url].errors ?? []),
  ];
}
