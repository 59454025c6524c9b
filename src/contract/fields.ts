import * as v from 'valibot';

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
