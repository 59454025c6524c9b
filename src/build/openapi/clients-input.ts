import { TOKEN_FIELDS } from '../../naming/credential.ts';
import { type AnyEndpoint, UPLOAD } from './clients-answers.ts';
import { bothOf, type Json } from './json-schema.ts';
import { toInput } from './routes.ts';

/** Names that clients have for the fields of an endpoint. */
type Names = Readonly<Record<string, string>>;

const LISTING: Names = { page: 'page', album_id: 'albumId', order: 'order', keyword: 'keyword' };
const PLACE: Names = { bucketName: 'bucketName', folder: 'folder', album: 'album', album_id: 'albumId' };
const DELETION = /^POST \/delete$/;

/** By method and path: what goes into the address, and what into the body; what no row has is left as it is. */
const QUERIES: readonly (readonly [RegExp, Names])[] = [
  [/^GET .*\/albums$/, { page: 'page' }],
  [/^GET .*\/images$/, LISTING],
  [/^GET .*\/(upload_history|history)$/, { page: 'page' }],
];
const BODIES: readonly (readonly [RegExp, Names])[] = [
  [/^POST .*\/tokens$/, { email: 'email', password: 'upwd' }],
  [/^POST .*\/token$/, { username: 'email', password: 'upwd' }],
  [/^POST \/api\/v1\/upload$/, { ...PLACE, strategy_id: 'strategyId', name: 'nameTemplate' }],
  [/^(POST|PUT) .*\/(upload|index\.php)$/, { ...PLACE, name: 'nameTemplate' }],
];

const FORMAT = {
  name: 'format',
  in: 'query',
  description: bothOf({
    en: 'Asks for links alone, one a line, where the client can read them; also by `Accept: text/plain`.',
    zh: '只要链接，每行一个（该客户端看得懂时）；也可用 `Accept: text/plain`。',
  }),
  schema: { type: 'string', enum: ['json', 'txt', 'md', 'markdown_with_link', 'html', 'bbcode'] },
};

const namesOf = (key: string, rows: readonly (readonly [RegExp, Names])[]): Names =>
  rows.find(([pattern]) => pattern.test(key))?.[1] ?? {};

/** What the address of an operation may hold. */
export function toParameters(key: string, path: RegExp, endpoint: AnyEndpoint): readonly Json[] {
  const inPath = [...path.source.matchAll(/\(\?<(\w+)>([^()]*)\)/g)]
    .filter(([, name]) => key.includes(`{${name}}`))
    .map(([, name, pattern]) => ({
      ...{ name, in: 'path', required: true, schema: { type: 'string', pattern: `^${pattern}$` } },
    }));
  const names = namesOf(key, QUERIES);
  const inQuery = Object.entries(toProperties(endpoint, names)).map(([name, { description, ...schema }]) => ({
    ...{ name, in: 'query', description, schema },
  }));
  return [...inPath, ...inQuery, ...(endpoint.name === UPLOAD ? [FORMAT] : [])];
}

/** The fields of an endpoint by the names that a client has for them. */
function toProperties(endpoint: AnyEndpoint, names: Names): Readonly<Record<string, Json>> {
  const { properties } = toInput(endpoint);
  return Object.fromEntries(
    Object.entries(names).map(([name, field]) => {
      if (!Object.hasOwn(properties, field)) throw new TypeError(`${endpoint.name} has no field ${field}`);
      return [name, properties[field] as Json];
    }),
  );
}

/** The body of an operation; `undefined` when it has none. */
export function toBody(key: string, endpoint: AnyEndpoint): Json | undefined {
  if (DELETION.test(key)) return toDeletions();
  const properties = toProperties(endpoint, namesOf(key, BODIES));
  if (endpoint.name === UPLOAD) return toUpload(properties);
  if (Object.keys(properties).length === 0) return undefined;
  const schema = { type: 'object', properties, required: Object.keys(properties) };
  return {
    required: true,
    content: { 'application/json': { schema }, 'application/x-www-form-urlencoded': { schema } },
  };
}

function toUpload(places: Readonly<Record<string, Json>>): Json {
  const file = {
    type: 'string',
    contentMediaType: 'application/octet-stream',
    description: bothOf({ en: 'The image; the field may have any name.', zh: '图片；字段名任意。' }),
  };
  const base64 = {
    type: 'string',
    contentEncoding: 'base64',
    description: bothOf({
      en: 'The image in base64 or as a data URL; also as `image`, `file`, `source`.',
      zh: '图片的 base64 或 data URL；也可用 `image`、`file`、`source`。',
    }),
  };
  const token = {
    type: 'string',
    writeOnly: true,
    description: bothOf({
      en: `For clients that can set no header; also as ${list(TOKEN_FIELDS.slice(1))}. Only a token of the scope upload alone.`,
      zh: `供不能设请求头的客户端使用；也可用 ${list(TOKEN_FIELDS.slice(1))}。只能是仅有 upload 权限的 token。`,
    }),
  };
  const properties = { ...places, token };
  const form = { type: 'object', properties: { ...properties, file }, required: ['file'] };
  const text = { type: 'object', properties: { ...properties, base64 }, required: ['base64'] };
  return {
    required: true,
    content: {
      'multipart/form-data': { schema: form },
      'image/*': {},
      'application/octet-stream': {},
      'application/json': { schema: text },
      'application/x-www-form-urlencoded': { schema: text },
    },
  };
}

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(' ');

function toDeletions(): Json {
  const items = {
    type: 'object',
    properties: { deleteToken: { type: 'string', writeOnly: true } },
    description: bothOf({ en: 'An item of `fullResult`.', zh: '`fullResult` 中的一项。' }),
  };
  const schema = {
    type: 'object',
    required: ['list'],
    properties: {
      list: {
        ...{ type: 'array', minItems: 1, items },
        description: bothOf({ en: 'Items that an upload has answered with.', zh: '上传时返回的项。' }),
      },
    },
  };
  return { required: true, content: { 'application/json': { schema } } };
}
