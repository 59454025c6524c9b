import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { field } from './contract/fields.ts';

/** How the service runs; every value checked. */
export interface Config {
  readonly host: string;
  readonly port: number;
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
  readonly documents: 'file';
  readonly objects: 'file';
  /** Bytes of one image. */
  readonly maxUploadBytes: number;
  /** Names images that come without one. */
  readonly nameTemplate: string;
  /** Width × height × frames. */
  readonly maxPixels: number;
  readonly emulateLimits: boolean;
}

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
  IMAGEPIC_DOCUMENTS: v.optional(v.picklist(['file']), 'file'),
  IMAGEPIC_OBJECTS: v.optional(v.picklist(['file']), 'file'),
  IMAGEPIC_MAX_UPLOAD_BYTES: v.optional(bytes, String(2 * 1024 ** 3)),
  IMAGEPIC_NAME_TEMPLATE: v.optional(field.nameTemplate, '{yyyy}/{MM}/{dd}/{hash}.{ext}'),
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
  IMAGEPIC_DOCUMENTS: 'file',
  IMAGEPIC_OBJECTS: 'file',
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
  if (inCloud && values.IMAGEPIC_ALLOW_FILE_STORES === undefined) {
    throw new ConfigError(toMessage([FILE_STORES_IN_CLOUD]));
  }
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
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
    documents: values.IMAGEPIC_DOCUMENTS,
    objects: values.IMAGEPIC_OBJECTS,
    maxUploadBytes: values.IMAGEPIC_MAX_UPLOAD_BYTES,
    nameTemplate: values.IMAGEPIC_NAME_TEMPLATE,
    maxPixels: values.IMAGEPIC_MAX_PIXELS,
    emulateLimits: values.IMAGEPIC_EMULATE_LIMITS === '1',
  });
}

const FILE_STORES_IN_CLOUD =
  'The embedded file stores would lose data here: instances of a cloud function share no disk. ' +
  'Set IMAGEPIC_ALLOW_FILE_STORES=shared-mount only where IMAGEPIC_DATA_DIR is a mount that all instances share';

const toMessage = (problems: readonly string[]): string =>
  `Configuration:\n${problems.map((line) => `- ${line}`).join('\n')}`;
