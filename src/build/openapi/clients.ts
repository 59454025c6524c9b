import type { Dialect, Operation } from '../../dialects/dialect.ts';
import { DIALECTS } from '../../dialects/registry.ts';
import { TOKEN_FIELDS, TOKEN_HEADERS, TOKEN_QUERY_NAMES } from '../../naming/credential.ts';
import { type ClientShapes, endpointsOf, type Spoken, toResponses, UPLOAD } from './clients-answers.ts';
import { toBody, toParameters } from './clients-input.ts';
import { DIALECT_TEXTS, TEXTS } from './clients-texts.ts';
import { bothOf, type Json } from './json-schema.ts';
import { toSecurity } from './routes.ts';

/** Writes what upload clients speak; a path that several dialects share is one operation that names them. */
export async function toClientPaths(shapes: ClientShapes): Promise<Json> {
  const paths = new Map<string, Record<string, Json>>();
  const all = DIALECTS.flatMap((dialect) => dialect.operations.flatMap((operation) => spell(dialect, operation)));
  for (const { path, method } of all) {
    const shared = all.filter((each) => each.path === path && each.method === method);
    paths.set(path, {
      ...paths.get(path),
      [method.toLowerCase()]: await toOperation({ path, method, shared, shapes }),
    });
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

/** One method of a path, with all who speak there. */
interface Shared {
  readonly path: string;
  readonly method: string;
  readonly shared: readonly Spoken[];
  readonly shapes: ClientShapes;
}

async function toOperation({ path, method, shared, shapes }: Shared): Promise<Json> {
  const key = `${method} ${path}`;
  const text = TEXTS.find(([pattern]) => pattern.test(key))?.[1];
  if (text === undefined) throw new TypeError(`clients-texts.ts does not say what ${key} does`);
  const [spoken] = shared;
  const [first] = await endpointsOf(shared);
  if (spoken === undefined || first === undefined) throw new TypeError(`${key} calls no endpoint`);
  const requestBody = toBody(key, first);
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^A-Za-z0-9]+/g, '_')}`,
    tags: ['clients'],
    summary: text.en,
    description: bothOf(text),
    'x-access': first.access,
    ...(first.scope !== undefined && { 'x-scope': first.scope }),
    'x-dialects': shared.map(({ dialect }) => dialect.name),
    security: [...toSecurity(first), ...(first.access === 'public' ? [] : toOtherPlaces(first))],
    parameters: toParameters(key, spoken.operation.path, first),
    ...(requestBody && { requestBody }),
    responses: await toResponses(shared, first, shapes),
  };
}

/** Where clients put a token that cannot put it where it belongs; in an address it may do nothing but upload. */
const toOtherPlaces = ({ name }: { readonly name: string }): readonly Json[] => [
  { tokenHeader: [] },
  ...(name === UPLOAD ? [{ tokenQuery: [] }] : []),
];

/** What all of them have in common, and of each what it is and where its clients put their token. */
export function toClientsTag(): Json {
  const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(' ');
  const [headers, query, fields] = [list(TOKEN_HEADERS), list(TOKEN_QUERY_NAMES), list(TOKEN_FIELDS)];
  return {
    description: bothOf({
      en: `Upload clients work without a plugin of ours: each gets its answer in its own words. Whatever the client, a token may stand in the headers ${headers} (bare or behind Bearer); a token of the scope upload alone also in the address as ${query}, or in the fields ${fields}.`,
      zh: `上传客户端不需要我们的插件：各按自己的格式得到回答。无论哪个客户端，token 都可以放在请求头 ${headers} 里（可带 Bearer，也可不带）；仅有 upload 权限的 token 还可以放在网址的 ${query} 或表单字段 ${fields} 里。`,
    }),
    'x-dialects': DIALECTS.map(({ name }) => {
      const text = DIALECT_TEXTS.get(name);
      if (text === undefined) throw new TypeError(`clients-texts.ts does not say what ${name} is`);
      return { name, title: bothOf(text.title), token: bothOf(text.token) };
    }),
  };
}
