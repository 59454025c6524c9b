import * as v from 'valibot';
import type { Text } from '../errors.ts';

const wellFormed = v.check((text: string) => !/\p{Surrogate}/u.test(text));
const singleLine = v.check((text: string) => !/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text));
const byteLength = (text: string): number => new TextEncoder().encode(text).length;

const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(64), wellFormed, singleLine);
const integer = (min: number, max: number) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^-?\d{1,12}$/), v.transform(Number))]),
    v.integer(),
    v.minValue(min),
    v.maxValue(max),
  );

const password = v.pipe(
  v.string(),
  v.maxLength(256),
  v.check((text) => [...text].length >= 8 && [...text].length <= 128),
  wellFormed,
);

/** Longest object key, in bytes of UTF-8. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const MAX_KEY_BYTES = 1024;

/** Metadata that the service itself keeps. */
const RESERVED_METADATA = new Set(['owner', 'width', 'height', 'sha256', 'content-type']);

/** Keys below this prefix are the service's own and never shown. */
export const RESERVED_PREFIX = '.imagepic/';

/** Tells whether a key means the same to every client and URL parser: no empty, `.` or `..` segment, no escape that could become one. */
const isUnambiguousKey = (key: string): boolean =>
  byteLength(key) <= MAX_KEY_BYTES &&
  !/[\\\p{Cc}\p{Surrogate}\u202a-\u202e\u2066-\u2069]|%[0-9a-f]{2}/iu.test(key) &&
  key.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..') &&
  !`${key}/`.startsWith(RESERVED_PREFIX);

const objectName = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(MAX_KEY_BYTES),
  v.transform((key) => key.normalize('NFC')),
  v.check(isUnambiguousKey),
);

const folder = v.pipe(
  v.string(),
  v.maxLength(MAX_KEY_BYTES),
  v.transform((path) => path.normalize('NFC').replace(/\/$/, '')),
  v.check((path) => path === '' || isUnambiguousKey(path)),
);

const prefix = v.pipe(
  v.string(),
  v.maxLength(MAX_KEY_BYTES),
  v.transform((path) => path.normalize('NFC')),
  v.check((path) => byteLength(path) <= MAX_KEY_BYTES && !/[\p{Cc}\p{Surrogate}]/u.test(path)),
);

const scopes = v.pipe(v.array(v.picklist(['upload', 'read', 'delete', 'list'])), v.minLength(1), v.maxLength(4));
const bucketName = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/));
const amount = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));

/** Arrays are objects too, and would pass for an object whose fields may all be left out. */
const plainObject = v.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

const objectNames = v.pipe(v.array(objectName), v.minLength(1), v.maxLength(1000));
const origin = v.pipe(v.string(), v.maxLength(256), v.regex(/^(\*|https?:\/\/[\w.*-]+(:\d{1,5})?)$/));
const headerName = v.pipe(v.string(), v.maxLength(128), v.regex(/^[\w*-]+$/));
const corsRules = v.pipe(
  v.array(
    v.strictObject({
      allowedOrigins: v.pipe(v.array(origin), v.minLength(1), v.maxLength(50)),
      allowedMethods: v.pipe(v.array(v.picklist(['GET', 'HEAD', 'PUT', 'POST', 'DELETE'])), v.minLength(1)),
      allowedHeaders: v.optional(v.pipe(v.array(headerName), v.maxLength(50)), ['*']),
      exposeHeaders: v.optional(v.pipe(v.array(headerName), v.maxLength(50)), ['ETag']),
      maxAgeSeconds: v.optional(integer(0, 86_400), 600),
    }),
  ),
  v.maxLength(100),
);
/** A JSON object that the store judges, of a size that a store takes. */
const storeDocument = v.pipe(
  plainObject,
  v.record(v.string(), v.any()),
  v.check((document) => JSON.stringify(document).length <= 20_480),
);

/** Upload clients that `client/config` knows. */
export const CLIENTS = [
  'picgo-web-uploader',
  'picgo-smms',
  'picgo-lankong-v2',
  'picgo-lankong-v1',
  'piclist-advanced',
  'piclist-lsky',
  'sharex',
  'upic',
  'obsidian',
  'typora',
  'curl',
] as const;

/** Every field that a route may take, by its one name throughout the API. */
export const field = {
  name,
  tfs: v.pipe(v.string(), v.trim(), v.maxLength(64), wellFormed, singleLine),
  email: v.pipe(v.string(), v.maxLength(254), v.email()),
  phone: v.pipe(v.string(), v.regex(/^1[3-9]\d{9}$/)),
  upwd: password,
  opwd: password,
  npwd: password,
  invitation: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  refreshToken: v.pipe(v.string(), v.minLength(1), v.maxLength(128)),
  scopes,
  expiresIn: integer(60, 10 * 365 * 24 * 60 * 60),
  maxBytes: integer(1, 5 * 1024 ** 4),
  tokenId: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  userId: v.pipe(v.string(), v.regex(/^u_[0-9a-f]{32}$/)),
  role: v.picklist(['admin', 'member']),
  grants: v.pipe(v.array(v.strictObject({ bucketName, prefix, actions: scopes })), v.maxLength(100)),
  disabled: v.boolean(),
  quota: v.pipe(
    plainObject,
    v.strictObject({
      bytes: v.optional(amount),
      objects: v.optional(amount),
      uploadsPerDay: v.optional(amount),
    }),
  ),
  bucketName,
  objectName,
  folder,
  prefix,
  pageSize: integer(1, 1000),
  pageNum: v.pipe(
    integer(-1, 1_000_000),
    v.check((page) => page !== 0),
  ),
  continuationToken: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
  recursive: v.union([
    v.boolean(),
    v.pipe(
      v.picklist(['true', 'false']),
      v.transform((word) => word === 'true'),
    ),
  ]),
  base64: v.pipe(v.string(), v.minLength(4)),
  expiry: integer(1, 7 * 24 * 60 * 60),
  objectNames,
  nameTemplate: v.pipe(
    v.string(),
    v.maxLength(256),
    v.check((template) => /\{(hash|uuid|name)\}/.test(template)),
    v.check((template) => template.replace(/\{(yyyy|MM|dd|hash|uuid|name|ext|userId)\}/g, 'x').match(/[{}]/) === null),
    v.check((template) => isUnambiguousKey(template.replace(/[{}]/g, ''))),
  ),
  onConflict: v.picklist(['overwrite', 'rename', 'error']),
  metaData: v.pipe(
    plainObject,
    v.record(
      v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/)),
      v.pipe(v.string(), v.maxLength(256), wellFormed, singleLine),
    ),
    v.check((pairs) => Object.keys(pairs).length <= 10),
    v.check((pairs) => !Object.keys(pairs).some((name) => RESERVED_METADATA.has(name))),
  ),
  uploadId: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  partNumber: integer(1, 10_000),
  parts: v.pipe(
    v.array(
      v.strictObject({ partNumber: integer(1, 10_000), etag: v.pipe(v.string(), v.regex(/^"?[\w-]{1,128}"?$/)) }),
    ),
    v.minLength(1),
    v.maxLength(10_000),
  ),
  rules: corsRules,
  policy: v.union([v.picklist(['private', 'public-read']), storeDocument]),
  bucketPolicy: v.picklist(['private', 'public-read']),
  configuration: storeDocument,
  repair: v.boolean(),
  album: v.pipe(folder, v.minLength(1)),
  albumId: integer(1, 999_999_999),
  strategyId: integer(1, 999_999_999),
  page: integer(1, 1_000_000),
  client: v.picklist(CLIENTS),
  cursor: v.pipe(v.string(), v.minLength(1), v.maxLength(4096)),
  contentType: v.picklist(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']),
  size: integer(1, 5 * 1024 ** 4),
} as const;

/** What a caller is told about a field that does not fit: the seeds' sentence, and the rule. */
export interface FieldText {
  readonly wrong: Text;
  readonly rule: Text;
}

const unfit = (zh: string, en: string, rule: Text): FieldText => ({
  wrong: { zh: `${zh}不符合规范`, en: `${en} is not valid` },
  rule,
});
const PASSWORD_RULE: Text = { zh: '8–128 个字符的字符串', en: 'a string of 8–128 characters' };
const KEY_RULE: Text = {
  zh: '1–1024 字节，各段非空且不是 . 或 ..，不含反斜杠、控制字符和 %XX',
  en: '1–1024 bytes, no empty, "." or ".." segment, no backslash, control character or %XX escape',
};

/** The sentences for every field. */
export const FIELD_TEXTS: ReadonlyMap<string, FieldText> = new Map<keyof typeof field | 'file' | 'after', FieldText>([
  ['after', unfit('after', 'after', { zh: '上一页返回的值', en: 'the value that the page before returned' })],
  ['name', unfit('姓名', 'The name', { zh: '1–64 个字符', en: '1–64 characters' })],
  ['tfs', unfit('tfs', 'tfs', { zh: '至多 64 个字符，可为空字符串', en: 'up to 64 characters, may be empty' })],
  [
    'email',
    {
      wrong: { zh: '邮箱填写不符合规范', en: 'The email address is not valid' },
      rule: { zh: '如 name@example.com', en: 'such as name@example.com' },
    },
  ],
  [
    'phone',
    {
      wrong: { zh: '手机号码填写不符合规范', en: 'The phone number is not valid' },
      rule: { zh: '11 位手机号字符串，如 13800138000', en: 'a string of 11 digits such as 13800138000' },
    },
  ],
  ['upwd', unfit('密码', 'The password', PASSWORD_RULE)],
  ['opwd', unfit('旧密码', 'The old password', PASSWORD_RULE)],
  ['npwd', unfit('新密码', 'The new password', PASSWORD_RULE)],
  [
    'bucketName',
    unfit('存储桶名', 'The bucket name', {
      zh: '3–63 个小写字母、数字、点或连字符',
      en: '3–63 lower-case letters, digits, dots or hyphens',
    }),
  ],
  ['objectName', unfit('对象名', 'The object name', KEY_RULE)],
  ['folder', unfit('目录', 'The folder', KEY_RULE)],
  ['prefix', unfit('前缀', 'The prefix', { zh: '至多 1024 字节', en: 'up to 1024 bytes' })],
  ['pageSize', unfit('每页条数', 'The page size', { zh: '1–1000 的整数', en: 'an integer from 1 to 1000' })],
  [
    'pageNum',
    unfit('页码', 'The page number', { zh: '从 1 开始的整数，-1 表示全部', en: 'an integer from 1, or -1 for all' }),
  ],
  [
    'continuationToken',
    unfit('翻页标记', 'The continuation token', {
      zh: '上一页返回的值',
      en: 'the value that the page before returned',
    }),
  ],
  ['recursive', unfit('recursive', 'recursive', { zh: 'true 或 false', en: 'true or false' })],
  [
    'base64',
    unfit('图片内容', 'The image', {
      zh: '标准 base64 字符串，不带 data: 前缀；表单上传请用任意文件字段',
      en: 'a standard base64 string without a data: prefix; a form may use any file field',
    }),
  ],
  ['expiry', unfit('有效期', 'The expiry', { zh: '1–604800 秒（7 天）', en: '1–604800 seconds (7 days)' })],
  [
    'contentType',
    unfit('图片类型', 'The content type', {
      zh: 'image/png、image/jpeg、image/gif、image/webp 或 image/avif',
      en: 'image/png, image/jpeg, image/gif, image/webp or image/avif',
    }),
  ],
  ['size', unfit('大小', 'The size', { zh: '字节数，大于 0 的整数', en: 'bytes, an integer above 0' })],
  [
    'invitation',
    unfit('邀请码', 'The invitation', { zh: '管理员给的 32 位十六进制', en: 'the 32 hex digits an admin gave' }),
  ],
  ['refreshToken', unfit('refreshToken', 'The refreshToken', { zh: '登录时返回的值', en: 'what signing in returned' })],
  [
    'scopes',
    unfit('权限范围', 'scopes', {
      zh: 'upload、read、delete、list 中的一个或多个',
      en: 'one or more of upload, read, delete, list',
    }),
  ],
  ['expiresIn', unfit('有效期', 'expiresIn', { zh: '60 秒到 10 年，单位秒', en: 'seconds, from 60 to ten years' })],
  ['maxBytes', unfit('大小上限', 'maxBytes', { zh: '字节数，大于 0 的整数', en: 'bytes, an integer above 0' })],
  [
    'tokenId',
    unfit('tokenId', 'The tokenId', { zh: 'auth/listTokens 返回的 id', en: 'an id that auth/listTokens shows' }),
  ],
  [
    'userId',
    unfit('userId', 'The userId', { zh: 'auth/listUsers 返回的 userId', en: 'a userId that auth/listUsers shows' }),
  ],
  ['role', unfit('角色', 'The role', { zh: 'admin 或 member', en: 'admin or member' })],
  [
    'grants',
    unfit('授权', 'grants', {
      zh: '[{ bucketName, prefix, actions }]，至多 100 项',
      en: '[{ bucketName, prefix, actions }], at most 100',
    }),
  ],
  ['disabled', unfit('disabled', 'disabled', { zh: 'true 或 false', en: 'true or false' })],
  [
    'quota',
    unfit('配额', 'The quota', {
      zh: '{ bytes?, objects?, uploadsPerDay? }，均为非负整数；不写表示不限',
      en: '{ bytes?, objects?, uploadsPerDay? }, integers from 0; what is left out is unbounded',
    }),
  ],
  ['objectNames', unfit('对象名列表', 'objectNames', { zh: '1–1000 个对象名', en: '1–1000 object names' })],
  [
    'nameTemplate',
    unfit('命名模板', 'The name template', {
      zh: '由 {yyyy} {MM} {dd} {hash} {uuid} {name} {ext} {userId} 组成，至少含 {hash}、{uuid} 或 {name}',
      en: 'made of {yyyy} {MM} {dd} {hash} {uuid} {name} {ext} {userId}, with at least one of {hash}, {uuid} and {name}',
    }),
  ],
  [
    'onConflict',
    unfit('onConflict', 'onConflict', { zh: 'overwrite、rename 或 error', en: 'overwrite, rename or error' }),
  ],
  [
    'metaData',
    unfit('自定义元数据', 'metaData', {
      zh: '至多 10 项；名称为小写字母、数字和连字符，值至多 256 个字符；owner、width、height、sha256、content-type 保留',
      en: 'up to 10 pairs; names of lower-case letters, digits and hyphens, values of up to 256 characters; owner, width, height, sha256 and content-type are reserved',
    }),
  ],
  [
    'uploadId',
    unfit('uploadId', 'The uploadId', { zh: '开始上传时返回的值', en: 'what beginning the upload returned' }),
  ],
  ['partNumber', unfit('分片号', 'The part number', { zh: '1–10000 的整数', en: 'an integer from 1 to 10000' })],
  [
    'parts',
    unfit('分片列表', 'parts', {
      zh: '[{ partNumber, etag }]，1–10000 项',
      en: '[{ partNumber, etag }], 1–10000 of them',
    }),
  ],
  [
    'rules',
    unfit('CORS 规则', 'The CORS rules', {
      zh: '[{ allowedOrigins, allowedMethods, allowedHeaders?, exposeHeaders?, maxAgeSeconds? }]',
      en: '[{ allowedOrigins, allowedMethods, allowedHeaders?, exposeHeaders?, maxAgeSeconds? }]',
    }),
  ],
  [
    'policy',
    unfit('策略', 'The policy', {
      zh: 'private、public-read，或不超过 20 KB 的策略文档',
      en: 'private, public-read, or a policy document of up to 20 KB',
    }),
  ],
  [
    'configuration',
    unfit('通知配置', 'The configuration', { zh: '不超过 20 KB 的 JSON 对象', en: 'a JSON object of up to 20 KB' }),
  ],
  ['repair', unfit('repair', 'repair', { zh: 'true 或 false', en: 'true or false' })],
  ['cursor', unfit('cursor', 'cursor', { zh: '上一次返回的值', en: 'the value that the call before returned' })],
  ['album', unfit('相册', 'The album', KEY_RULE)],
  [
    'albumId',
    unfit('相册编号', 'The album id', {
      zh: 'GET /api/v1/albums 返回的 id',
      en: 'an id that GET /api/v1/albums shows',
    }),
  ],
  [
    'strategyId',
    unfit('存储策略编号', 'The strategy id', {
      zh: '留空，或 GET /api/v1/strategies 返回的 id',
      en: 'left out, or an id that GET /api/v1/strategies shows',
    }),
  ],
  ['page', unfit('页码', 'The page', { zh: '从 1 开始的整数', en: 'an integer from 1' })],
  ['client', unfit('客户端', 'The client', { zh: CLIENTS.join('、'), en: CLIENTS.join(', ') })],
  ['file', unfit('文件', 'The file', { zh: '表单里一个非空的图片文件', en: 'one image file in the form, not empty' })],
]);
