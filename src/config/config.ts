import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { nameTemplate } from '../contract/fields/object.ts';

/** How the service runs; every value checked. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Proxies of one's own before the server, each of which adds to `x-forwarded-for`. */
  readonly proxies: number;
  /** Path that the API stands under, without a slash at the end. */
  readonly mount: string;
  readonly dataDir: string;
  /** Where large uploads lie while they are checked. */
  readonly spoolFolder: string;
  readonly allowedOrigins: readonly string[];
  /** Without one, the embedded stores keep a generated secret. */
  readonly secret: string | undefined;
  /** Signs nothing any more, but tokens that it signed still hold. */
  readonly previousSecret: string | undefined;
  readonly publicUrl: string | undefined;
  readonly defaultBucket: string;
  readonly bed: 'shared' | 'private';
  /** Who may make an account; the very first one always may. */
  readonly registration: 'open' | 'invite' | 'closed';
  /** Whoever has this phone is an admin: the way back in when no admin is left. */
  readonly adminPhone: string | undefined;
  /** Characters. */
  readonly passwordMinLength: number;
  readonly documents: DocumentsConfig;
  readonly objects: ObjectsConfig;
  /** Bytes of one image. */
  readonly maxUploadBytes: number;
  /** Names images that come without one. */
  readonly nameTemplate: string;
  /** Width × height × frames. */
  readonly maxPixels: number;
  readonly emulateLimits: boolean;
  /** Whether this is a function of the platform. */
  readonly inCloud: boolean;
}

/** Where the documents are. */
export type DocumentsConfig =
  | { readonly kind: 'file' }
  | {
      readonly kind: 'cloudbase';
      readonly envId: string;
      readonly region: string | undefined;
      readonly serviceUrl: string | undefined;
      /** `platform`: what the platform gives its functions. */
      readonly credentials:
        | 'platform'
        | { readonly apiKey: string }
        | { readonly secretId: string; readonly secretKey: string; readonly sessionToken?: string };
      readonly inCloud: boolean;
    };

/** Where the images are. */
export type ObjectsConfig =
  | { readonly kind: 'file' }
  | {
      readonly kind: 's3';
      readonly endpoint: string | undefined;
      readonly region: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken: string | undefined;
      readonly forcePathStyle: boolean;
      readonly flavour: 's3' | 'cos';
    };

/** A configuration that cannot work; the message names every variable that is wrong and what to put there. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const WEAK_SECRETS = new Set(['imagepic', 'secret', 'changeme', 'password']);

const bytes = v.pipe(v.string(), v.regex(/^\d{1,13}$/), v.transform(Number), v.minValue(1));
const strongSecret = v.pipe(
  v.string(),
  v.minLength(32),
  v.check(
    (secret) =>
      new Set(secret).size >= 10 && ![...WEAK_SECRETS].some((weak) => secret.replaceAll(weak, '').length < 32),
  ),
);
const httpUrl = v.pipe(
  v.string(),
  v.url(),
  v.regex(/^https?:\/\//),
  v.transform((url) => url.replace(/\/+$/, '')),
);

const variables = v.object({
  HOST: v.optional(v.pipe(v.string(), v.minLength(1)), '127.0.0.1'),
  PORT: v.optional(v.pipe(v.string(), v.regex(/^\d{1,5}$/), v.transform(Number), v.maxValue(65_535)), '3000'),
  IMAGEPIC_PROXIES: v.optional(v.pipe(v.string(), v.regex(/^\d$/), v.transform(Number)), '0'),
  IMAGEPIC_MOUNT: v.optional(v.pipe(v.string(), v.regex(/^(\/[\w-]+)+$/)), '/imagepic'),
  IMAGEPIC_DATA_DIR: v.optional(v.pipe(v.string(), v.minLength(1)), '.data'),
  IMAGEPIC_ALLOWED_ORIGINS: v.optional(
    v.pipe(
      v.string(),
      v.transform((list) =>
        list
          .split(',')
          .map((origin) => origin.trim())
          .filter((origin) => origin !== ''),
      ),
      v.everyItem((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
    ),
    '',
  ),
  IMAGEPIC_SECRET: v.optional(strongSecret),
  IMAGEPIC_SECRET_PREVIOUS: v.optional(strongSecret),
  IMAGEPIC_PUBLIC_URL: v.optional(httpUrl),
  IMAGEPIC_DEFAULT_BUCKET: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)), 'images'),
  IMAGEPIC_BED: v.optional(v.picklist(['shared', 'private']), 'shared'),
  IMAGEPIC_REGISTRATION: v.optional(v.picklist(['open', 'invite', 'closed']), 'open'),
  IMAGEPIC_ADMIN_PHONE: v.optional(v.pipe(v.string(), v.regex(/^1[3-9]\d{9}$/))),
  IMAGEPIC_PASSWORD_MIN_LENGTH: v.optional(
    v.pipe(v.string(), v.regex(/^\d{1,3}$/), v.transform(Number), v.minValue(8), v.maxValue(64)),
    '8',
  ),
  IMAGEPIC_DOCUMENTS: v.optional(v.picklist(['file', 'cloudbase'])),
  IMAGEPIC_OBJECTS: v.optional(v.picklist(['file', 's3'])),
  IMAGEPIC_S3_ENDPOINT: v.optional(httpUrl),
  IMAGEPIC_S3_REGION: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/))),
  IMAGEPIC_S3_ACCESS_KEY_ID: v.optional(v.pipe(v.string(), v.regex(/^\S{1,256}$/))),
  IMAGEPIC_S3_SECRET_ACCESS_KEY: v.optional(v.pipe(v.string(), v.regex(/^\S{1,256}$/))),
  IMAGEPIC_S3_SESSION_TOKEN: v.optional(v.pipe(v.string(), v.regex(/^\S{1,8192}$/))),
  IMAGEPIC_S3_FORCE_PATH_STYLE: v.optional(v.picklist(['true', 'false', '1', '0'])),
  IMAGEPIC_S3_FLAVOUR: v.optional(v.picklist(['s3', 'cos'])),
  IMAGEPIC_CLOUDBASE_ENV: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9_-]{1,40}$/))),
  IMAGEPIC_CLOUDBASE_REGION: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/))),
  IMAGEPIC_CLOUDBASE_URL: v.optional(httpUrl),
  CLOUDBASE_APIKEY: v.optional(v.string()),
  TENCENTCLOUD_SECRETID: v.optional(v.string()),
  TENCENTCLOUD_SECRETKEY: v.optional(v.string()),
  TENCENTCLOUD_SESSIONTOKEN: v.optional(v.string()),
  IMAGEPIC_MAX_UPLOAD_BYTES: v.optional(bytes, String(2 * 1024 ** 3)),
  IMAGEPIC_NAME_TEMPLATE: v.optional(nameTemplate.schema, '{yyyy}/{MM}/{dd}/{hash}.{ext}'),
  IMAGEPIC_MAX_PIXELS: v.optional(bytes, '40000000'),
  IMAGEPIC_EMULATE_LIMITS: v.optional(v.picklist(['0', '1']), '0'),
  IMAGEPIC_ALLOW_FILE_STORES: v.optional(v.picklist(['shared-mount'])),
  TENCENTCLOUD_RUNENV: v.optional(v.string()),
  SCF_NAMESPACE: v.optional(v.string()),
});

/** What to put into each variable. */
const RULES: Readonly<Record<keyof typeof variables.entries, string>> = {
  HOST: 'an address to listen on, such as 127.0.0.1',
  PORT: 'a port from 0 to 65535',
  IMAGEPIC_PROXIES: 'how many proxies stand before the server, from 0 to 9',
  IMAGEPIC_MOUNT: 'a path such as /imagepic',
  IMAGEPIC_DATA_DIR: 'a folder for the embedded stores',
  IMAGEPIC_ALLOWED_ORIGINS:
    'origins such as https://www.example.com, separated by commas, without a path or a slash at the end',
  IMAGEPIC_SECRET: 'at least 32 random characters; make one with: openssl rand -hex 32',
  IMAGEPIC_SECRET_PREVIOUS: 'the secret before this one, while tokens that it signed are to hold',
  IMAGEPIC_PUBLIC_URL: 'an address such as https://img.example.com/imagepic, or https://cdn.example.com/{key}',
  IMAGEPIC_DEFAULT_BUCKET: 'a bucket name: 3–63 lower-case letters, digits, dots or hyphens',
  IMAGEPIC_BED: 'shared or private',
  IMAGEPIC_REGISTRATION: 'open, invite or closed',
  IMAGEPIC_ADMIN_PHONE: 'a phone number of 11 digits such as 13800138000',
  IMAGEPIC_PASSWORD_MIN_LENGTH: 'a number of characters from 8 to 64',
  IMAGEPIC_DOCUMENTS: 'file or cloudbase',
  IMAGEPIC_OBJECTS: 'file or s3',
  IMAGEPIC_S3_ENDPOINT: 'an address such as https://cos.ap-shanghai.myqcloud.com',
  IMAGEPIC_S3_REGION: 'a region such as ap-shanghai',
  IMAGEPIC_S3_ACCESS_KEY_ID: 'the id of a key of the store (a SecretId of Tencent Cloud)',
  IMAGEPIC_S3_SECRET_ACCESS_KEY: 'the secret of that key',
  IMAGEPIC_S3_SESSION_TOKEN: 'the token of a temporary key',
  IMAGEPIC_S3_FORCE_PATH_STYLE: 'true or false',
  IMAGEPIC_S3_FLAVOUR: 's3 or cos',
  IMAGEPIC_CLOUDBASE_ENV: 'the id of a CloudBase environment',
  IMAGEPIC_CLOUDBASE_REGION: 'a region such as ap-shanghai',
  IMAGEPIC_CLOUDBASE_URL: 'an address, for an emulator only',
  CLOUDBASE_APIKEY: 'an API key of the environment',
  TENCENTCLOUD_SECRETID: 'the id of a key of Tencent Cloud',
  TENCENTCLOUD_SECRETKEY: 'the secret of that key',
  TENCENTCLOUD_SESSIONTOKEN: 'the token of a temporary key',
  IMAGEPIC_MAX_UPLOAD_BYTES: 'a number of bytes',
  IMAGEPIC_NAME_TEMPLATE:
    'made of {yyyy} {MM} {dd} {hash} {uuid} {name} {ext} {userId}, such as {yyyy}/{MM}/{dd}/{hash}.{ext}',
  IMAGEPIC_MAX_PIXELS: 'a number of pixels',
  IMAGEPIC_EMULATE_LIMITS: '0 or 1',
  IMAGEPIC_ALLOW_FILE_STORES: 'shared-mount, and only where IMAGEPIC_DATA_DIR is a mount that all instances share',
  TENCENTCLOUD_RUNENV: 'set by the platform',
  SCF_NAMESPACE: 'set by the platform',
};

/** Reads the configuration out of environment variables; an empty one counts as unset. @throws {ConfigError} naming every bad variable at once */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = v.safeParse(variables, set, { abortPipeEarly: true });
  if (!result.success) {
    const names = Object.keys(v.flatten<typeof variables>(result.issues).nested ?? {});
    throw new ConfigError(toMessage(names.map((name) => `${name} must be ${RULES[name as keyof typeof RULES]}`)));
  }
  const values = result.output;
  const inCloud = values.TENCENTCLOUD_RUNENV !== undefined || values.SCF_NAMESPACE !== undefined;
  const problems: string[] = [];
  const documents = toDocuments(values, inCloud, problems);
  const objects = toObjects(values, problems);
  const hasFiles = documents.kind === 'file' || objects.kind === 'file';
  if (inCloud && hasFiles && values.IMAGEPIC_ALLOW_FILE_STORES === undefined) problems.push(FILE_STORES_IN_CLOUD);
  if (documents.kind !== 'file' && values.IMAGEPIC_SECRET === undefined) {
    problems.push(`IMAGEPIC_SECRET must be set with IMAGEPIC_DOCUMENTS=cloudbase: ${RULES.IMAGEPIC_SECRET}`);
  }
  if (problems.length > 0) throw new ConfigError(toMessage(problems));
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    proxies: values.IMAGEPIC_PROXIES,
    mount: values.IMAGEPIC_MOUNT,
    dataDir: values.IMAGEPIC_DATA_DIR,
    spoolFolder: inCloud ? join(tmpdir(), 'imagepic') : join(values.IMAGEPIC_DATA_DIR, 'spool'),
    allowedOrigins: values.IMAGEPIC_ALLOWED_ORIGINS,
    secret: values.IMAGEPIC_SECRET,
    previousSecret: values.IMAGEPIC_SECRET_PREVIOUS,
    publicUrl: values.IMAGEPIC_PUBLIC_URL,
    defaultBucket: values.IMAGEPIC_DEFAULT_BUCKET,
    bed: values.IMAGEPIC_BED,
    registration: values.IMAGEPIC_REGISTRATION,
    adminPhone: values.IMAGEPIC_ADMIN_PHONE,
    passwordMinLength: values.IMAGEPIC_PASSWORD_MIN_LENGTH,
    documents,
    objects,
    maxUploadBytes: values.IMAGEPIC_MAX_UPLOAD_BYTES,
    nameTemplate: values.IMAGEPIC_NAME_TEMPLATE,
    maxPixels: values.IMAGEPIC_MAX_PIXELS,
    inCloud,
    emulateLimits: values.IMAGEPIC_EMULATE_LIMITS === '1',
  });
}

type Values = v.InferOutput<typeof variables>;

/** What is missing is told in `problems`; what comes back is then never used. */
const needed = (values: Values, name: keyof Values & string, why: string, problems: string[]): string => {
  const value = values[name];
  if (typeof value === 'string') return value;
  problems.push(`${name} must be set ${why}: ${RULES[name]}`);
  return '';
};

function toObjects(values: Values, problems: string[]): ObjectsConfig {
  const isS3 = values.IMAGEPIC_S3_ENDPOINT !== undefined || values.IMAGEPIC_S3_REGION !== undefined;
  const kind = values.IMAGEPIC_OBJECTS ?? (isS3 ? 's3' : 'file');
  return kind === 'file' ? { kind } : toS3(values, problems);
}

function toS3(values: Values, problems: string[]): ObjectsConfig {
  const endpoint = values.IMAGEPIC_S3_ENDPOINT;
  const why = 'for an S3 store';
  const flavour = values.IMAGEPIC_S3_FLAVOUR ?? (endpoint?.includes('.myqcloud.com') ? 'cos' : 's3');
  const pathStyle = values.IMAGEPIC_S3_FORCE_PATH_STYLE;
  const isOwnServer = endpoint !== undefined && flavour === 's3';
  const region = values.IMAGEPIC_S3_REGION ?? (isOwnServer ? 'us-east-1' : undefined);
  return {
    kind: 's3',
    endpoint,
    flavour,
    region: region ?? needed(values, 'IMAGEPIC_S3_REGION', why, problems),
    accessKeyId: needed(values, 'IMAGEPIC_S3_ACCESS_KEY_ID', why, problems),
    secretAccessKey: needed(values, 'IMAGEPIC_S3_SECRET_ACCESS_KEY', why, problems),
    sessionToken: values.IMAGEPIC_S3_SESSION_TOKEN,
    // Servers of one's own rarely have a host name for each bucket; AWS and COS want nothing else.
    forcePathStyle: pathStyle === undefined ? isOwnServer : pathStyle === 'true' || pathStyle === '1',
  };
}

function toDocuments(values: Values, inCloud: boolean, problems: string[]): DocumentsConfig {
  if (
    (values.IMAGEPIC_DOCUMENTS ??
      (inCloud && values.IMAGEPIC_ALLOW_FILE_STORES === undefined ? 'cloudbase' : 'file')) === 'file'
  ) {
    return { kind: 'file' };
  }
  const why = 'for the CloudBase database';
  const envId = values.IMAGEPIC_CLOUDBASE_ENV ?? values.SCF_NAMESPACE;
  return {
    kind: 'cloudbase',
    envId: envId ?? needed(values, 'IMAGEPIC_CLOUDBASE_ENV', why, problems),
    region: values.IMAGEPIC_CLOUDBASE_REGION,
    serviceUrl: values.IMAGEPIC_CLOUDBASE_URL,
    credentials: toCredentials(values, inCloud, problems),
    inCloud,
  };
}

/** Inside the cloud the platform renews the keys of its functions, so they are never kept. */
function toCredentials(values: Values, inCloud: boolean, problems: string[]) {
  if (values.CLOUDBASE_APIKEY !== undefined) return { apiKey: values.CLOUDBASE_APIKEY };
  if (inCloud) return 'platform' as const;
  const why = 'for the CloudBase database (or CLOUDBASE_APIKEY)';
  const sessionToken = values.TENCENTCLOUD_SESSIONTOKEN;
  return {
    secretId: needed(values, 'TENCENTCLOUD_SECRETID', why, problems),
    secretKey: needed(values, 'TENCENTCLOUD_SECRETKEY', why, problems),
    ...(sessionToken !== undefined && { sessionToken }),
  };
}

const FILE_STORES_IN_CLOUD =
  'The embedded file stores would lose data here: instances of a cloud function share no disk. ' +
  'Set IMAGEPIC_ALLOW_FILE_STORES=shared-mount only where IMAGEPIC_DATA_DIR is a mount that all instances share';

const toMessage = (problems: readonly string[]): string =>
  `Configuration:\n${problems.map((line) => `- ${line}`).join('\n')}`;
