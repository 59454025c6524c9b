import type { HttpRequest } from '../http/request.ts';
import { TOKEN_FIELDS, TOKEN_QUERY_NAMES, tokenOf, toToken } from '../naming/credential.ts';

/** A token, and where a client put it. */
export interface Credential {
  readonly token: string;
  readonly place: 'header' | 'query' | 'form';
}

/** Finds the token of a request before its body is read. */
export function findCredential({ headers, query }: HttpRequest): Credential | undefined {
  const token = tokenOf(headers);
  return token === undefined ? pick(TOKEN_QUERY_NAMES, (name) => query.get(name), 'query') : { token, place: 'header' };
}

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
    const token = typeof value === 'string' ? toToken(value) : '';
    if (token !== '') return { token, place };
  }
  return undefined;
}
