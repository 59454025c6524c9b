/** Headers that clients put their token into, the one that counts first. */
export const TOKEN_HEADERS = ['authorization', 'x-api-key', 'token'] as const;

/** Names of a token in a query. */
export const TOKEN_QUERY_NAMES = ['token', 'key', 'authCode', 'secret'] as const;

/** Names of a token among the fields of a form. */
export const TOKEN_FIELDS = ['token', 'key', 'authCode', 'secret'] as const;

/** How API tokens begin, so that people and scanners of secrets know them. */
export const API_TOKEN_PREFIX = 'ip_';

/** Finds the token among the headers of a request; `undefined` when none is there. */
export function tokenOf(headers: ReadonlyMap<string, string>): string | undefined {
  const tokens = TOKEN_HEADERS.map((name) => toToken(headers.get(name) ?? ''));
  return tokens.find((token) => token !== '');
}

/**
 * What people type before a token: the word for a scheme, or for the header itself, once, twice or not at all, with a
 * colon or in quotes.
 */
const BEFORE = /^(?:["']|(?:Bearer|Token|Client-ID|Key|Api-?Key|JWT)(?:[:=\s]+|$))+/i;

/** Reads a token as people and clients write it: Lsky's begin with a number and a bar. */
export const toToken = (written: string): string =>
  ofBasic(
    written
      .trim()
      .replace(BEFORE, '')
      .replace(/["']$/, '')
      .replace(/^\d{1,12}\|/, '')
      .trim(),
  );

/**
 * SM.MS clients put a bare token behind `Basic`; browsers and curl put a name and the token there, in base64, and others
 * the token as the name.
 */
function ofBasic(token: string): string {
  const [, given] = /^Basic[:\s]+(\S+)$/i.exec(token) ?? [];
  if (given === undefined) return token;
  const [name = '', password = ''] = split(decodeBase64(given) ?? '');
  if (name.startsWith(API_TOKEN_PREFIX) && !password.startsWith(API_TOKEN_PREFIX)) return name;
  return /^[\x21-\x7e]+$/.test(password) ? password : given;
}

function split(pair: string): readonly string[] {
  const colon = pair.indexOf(':');
  return colon === -1 ? [pair] : [pair.slice(0, colon), pair.slice(colon + 1)];
}

function decodeBase64(text: string): string | undefined {
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}
