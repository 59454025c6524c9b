import * as v from 'valibot';
import { httpUrl, type Values, variable, wholeNumber } from './variable.ts';

/** How the service is reached. */
export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  /** Proxies of one's own before the server, each of which adds to `x-forwarded-for`. */
  readonly proxies: number;
  /** Path that the API stands under, without a slash at the end. */
  readonly mount: string;
  readonly allowedOrigins: readonly string[];
  readonly publicUrl: string | undefined;
  readonly emulateLimits: boolean;
  /** What is told of images that show something else now. */
  readonly purge: { readonly endpoints: readonly string[]; readonly token: string | undefined } | undefined;
}

const words = v.pipe(
  v.string(),
  v.transform((list) =>
    list
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== ''),
  ),
);
const origins = v.pipe(
  words,
  v.everyItem((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
);

/** Either no placeholder at all, or a path that ends with `{key}`, with or without one `{bucket}` before it. */
function isLinkPattern(url: string): boolean {
  const path = /^https?:\/\/[^/{}]+((\/.*)?)$/.exec(url)?.[1];
  if (path === undefined || /%7[bd]|\/\//i.test(path)) return false;
  return !/[{}]/.test(path) || /^\/[^{}]*(\{bucket\}[^{}]*)?\{key\}$/.test(path);
}

/** What says how the service is reached. */
export const serverVariables = {
  HOST: variable(
    v.optional(v.pipe(v.string(), v.minLength(1)), '127.0.0.1'),
    'an address to listen on, such as 127.0.0.1',
  ),
  PORT: variable(v.optional(v.pipe(wholeNumber(5), v.maxValue(65_535)), '3000'), 'a port from 0 to 65535'),
  IMAGEPIC_PROXIES: variable(v.optional(wholeNumber(1), '0'), 'how many proxies stand before the server, from 0 to 9'),
  IMAGEPIC_MOUNT: variable(
    v.optional(v.pipe(v.string(), v.regex(/^(\/[\w-]+)+$/)), '/imagepic'),
    'a path such as /imagepic',
  ),
  IMAGEPIC_ALLOWED_ORIGINS: variable(
    v.optional(origins, ''),
    'origins such as https://www.example.com, separated by commas, each in full (no *), without a path or a slash at the end',
  ),
  IMAGEPIC_PUBLIC_URL: variable(
    v.optional(v.pipe(httpUrl, v.check(isLinkPattern))),
    'an address such as https://img.example.com/imagepic, or https://cdn.example.com/{key} or https://cdn.example.com/{bucket}/{key}: {key} once and last, {bucket} once at most, no other placeholders, and { } as they are, not %7B %7D; without // in the path, ? # .. and passwords',
  ),
  IMAGEPIC_PURGE_URL: variable(
    v.optional(
      v.pipe(
        words,
        v.minLength(1),
        v.everyItem((url) => v.is(httpUrl, url)),
      ),
    ),
    'addresses such as https://api.cloudflare.com/client/v4/zones/<id>/purge_cache, separated by commas; without ? # .. and passwords',
  ),
  IMAGEPIC_PURGE_TOKEN: variable(
    v.optional(v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,4096}$/))),
    'the token that these addresses ask for, without Bearer before it',
  ),
  IMAGEPIC_EMULATE_LIMITS: variable(v.optional(v.picklist(['0', '1']), '0'), '0 or 1'),
};

/** Makes of them how the service is reached. */
export const toServer = (values: Values<typeof serverVariables>, problems: string[]): ServerConfig => ({
  host: values.HOST,
  port: values.PORT,
  proxies: values.IMAGEPIC_PROXIES,
  mount: values.IMAGEPIC_MOUNT,
  allowedOrigins: values.IMAGEPIC_ALLOWED_ORIGINS,
  publicUrl: values.IMAGEPIC_PUBLIC_URL,
  emulateLimits: values.IMAGEPIC_EMULATE_LIMITS === '1',
  purge: toPurge(values, problems),
});

function toPurge(values: Values<typeof serverVariables>, problems: string[]): ServerConfig['purge'] {
  const { IMAGEPIC_PURGE_URL: endpoints = [], IMAGEPIC_PURGE_TOKEN: token } = values;
  if (endpoints.length === 0) {
    if (token !== undefined) problems.push('IMAGEPIC_PURGE_URL must be set, or leave out IMAGEPIC_PURGE_TOKEN');
    return undefined;
  }
  if (values.IMAGEPIC_PUBLIC_URL === undefined) {
    problems.push('IMAGEPIC_PURGE_URL needs IMAGEPIC_PUBLIC_URL, the address by which caches know the images');
  }
  return { endpoints, token };
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|\[::1\]|localhost)$/;

/** Whether others than this machine can come: by where it listens, by a proxy before it, or by the address that it tells people. */
export function isReachableFromOutside({ host, proxies, publicUrl }: ServerConfig): boolean {
  const told = publicUrl === undefined ? host : new URL(publicUrl).hostname;
  return proxies > 0 || ![host, told].every((name) => LOOPBACK.test(name));
}
