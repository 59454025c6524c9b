import { exchange } from './exchange.ts';
import type { Transport } from './transport.ts';

/** Set by the platform itself; it refuses to be told. */
const SET_BY_PLATFORM: ReadonlySet<string> = new Set(['host', 'content-length']);

/** A transport over HTTP to the bed at `url`, such as `https://img.example.com/imagepic`; in a browser it may be a path. */
export function createFetchTransport(url: string): Transport {
  const base = url.replace(/\/+$/, '');
  return {
    call: ({ url: route, input, token, idempotencyKey, language, signal, file, onProgress }) => {
      const headers = {
        'accept-language': language,
        'idempotency-key': idempotencyKey,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      };
      const request = { url: `${base}/${route}`, method: 'POST', signal, onProgress };
      if (file !== undefined) return exchange({ ...request, headers, body: toForm(input, file.blob, file.name) });
      const body = JSON.stringify(input);
      return exchange({ ...request, headers: { ...headers, 'content-type': 'application/json' }, body });
    },
    send: ({ headers, ...rest }) => {
      const signed = Object.entries(headers).filter(([name]) => !SET_BY_PLATFORM.has(name.toLowerCase()));
      return exchange({ ...rest, headers: Object.fromEntries(signed) });
    },
  };
}

function toForm(input: Readonly<Record<string, unknown>>, blob: Blob, name: string): FormData {
  const form = new FormData();
  for (const [field, value] of Object.entries(input)) {
    if (value !== undefined) form.set(field, typeof value === 'string' ? value : JSON.stringify(value));
  }
  form.set('file', blob, name);
  return form;
}
