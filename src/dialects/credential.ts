import type { HttpRequest } from '../http/request.ts';
import { TOKEN_FIELDS, TOKEN_HEADERS, TOKEN_QUERY_NAMES } from '../naming/credential.ts';

/** A token, and where a client put it. */
export interface Credential {
  readonly token: string;
  readonly place: 'header' | 'query' | 'form';
}

/** Finds the token of a request before its body is read. */
export const findCredential = ({ headers, query }: HttpRequest): Credential | undefined =>
  pick(TOKEN_HEADERS, (name) => headers.get(name), 'header') ??
  pick(TOKEN_QUERY_NAMES, (name) => query.get(name), 'query');

/** Finds the token among the text fields of a form, where clients put it that cannot set headers. */
export const findInFields = (fields: ReadonlyMap<string, unknown>): Credential | undefined =>
  pick(TOKEN_FIELDS, (name) => fields.get(name), 'form');

/** A query without any token, for addresses that go into an answer. */
export function withoutCredential(query: URLSearchParams): URLSearchParams {
  const bare = new URLSearchParams(query);
  for (const name of TOKEN_QUERY_NAMES) bare.delete(name);
  return bare;
}

function pick(
  names: readonly string[],
  read: (name: string) => unknown,
  place: Credential['place'],
): Credential | undefined {
  for (const name of names) {
    const value = read(name);
    const token = typeof value === 'string' ? bare(value) : '';
    if (token !== '') return { token, place };
  }
  return undefined;
}

/** People type `Bearer` themselves, once, twice or not at all, and Lsky's tokens begin with a number and a bar. */
const bare = (value: string): string =>
  ofBasic(
    value
      .trim()
      .replace(/^(?:(?:Bearer|Token|Client-ID)(?: +|$))+/i, '')
      .replace(/^\d{1,12}\|/, '')
      .trim(),
  );

/** SM.MS clients put a bare token behind `Basic`; browsers and curl put a name and the token there, in base64. */
function ofBasic(value: string): string {
  const [, given] = /^Basic +(\S+)$/i.exec(value) ?? [];
  if (given === undefined) return value;
  const [, password = ''] = /^[^:]*:(.+)$/s.exec(Buffer.from(given, 'base64').toString()) ?? [];
  return /^[\x21-\x7e]+$/.test(password) ? password : given;
}
