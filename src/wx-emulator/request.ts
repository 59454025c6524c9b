// https://developers.weixin.qq.com/miniprogram/dev/api/network/request/wx.request.html
import type { Dispatch } from './dispatcher.ts';
import { findHeader } from './exchange.ts';
import { type Callbacks, PlatformFault, requireText } from './platform-api.ts';
import { createListeners, startTask, type Task } from './task.ts';

/** What a request may carry. */
export type RequestData = string | object | ArrayBuffer;

/** What `wx.request` is given. */
export interface RequestOption {
  readonly url: string;
  readonly data?: RequestData;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly method?: 'OPTIONS' | 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'TRACE' | 'CONNECT';
  /** `json` (also when it is not said) parses the answer where it can; anything else leaves text. */
  readonly dataType?: string;
  readonly responseType?: 'text' | 'arraybuffer';
  readonly timeout?: number;
  readonly enableChunked?: boolean;
  readonly redirect?: 'follow' | 'manual';
}

/** What `wx.request` answers with, whatever the status is. */
export interface RequestResult {
  // biome-ignore lint/suspicious/noExplicitAny: as untyped as the platform's own
  readonly data: any;
  readonly statusCode: number;
  readonly header: Readonly<Record<string, string>>;
  readonly cookies: string[];
  readonly exception: { readonly reasons: never[]; readonly retryCount: number };
}

/** A request that goes on. */
export interface RequestTask extends Task {
  onChunkReceived(listener: (event: { readonly data: ArrayBuffer }) => void): void;
  offChunkReceived(listener?: (event: { readonly data: ArrayBuffer }) => void): void;
}

/**
 * Creates `wx.request`:
 *
 * - sure: `success` whenever the server answered, also with 404 or 500;
 * - sure: an object is written as JSON, or as a query string for `GET` and for `application/x-www-form-urlencoded`; text and
 *   `ArrayBuffer` go as they are; `content-type` is `application/json` unless it is said, also for an `ArrayBuffer`;
 * - likely: a typed array is an object like others and becomes JSON (`{"0":137,…}`); hand over its `ArrayBuffer`;
 * - sure: a BOM before the answer is taken off once, and what is not JSON stays text;
 * - sure: names of headers in the answer are written as the server (or a proxy) wrote them, so look without regard to case;
 * - likely: `redirect: 'manual'` answers with the 3xx itself.
 */
export function createRequest(dispatch: Dispatch): (option: RequestOption & Callbacks<RequestResult>) => RequestTask {
  return (option) => {
    const chunks = createListeners<{ readonly data: ArrayBuffer }>();
    const task = startTask<RequestResult>('request', option, async (signal, headers) => {
      const sent = toSent(option);
      const arrived = await dispatch(
        { ...sent, api: 'request', header: option.header, timeoutMs: option.timeout },
        {
          signal,
          manual: option.redirect === 'manual',
          head: headers.emit,
          received: (chunk) => {
            if (option.enableChunked === true) chunks.emit({ data: toArrayBuffer(chunk) });
          },
        },
      );
      const { statusCode, header, cookies, body, retryCount } = arrived;
      const data = toData(body, option);
      return { data, statusCode, header, cookies: [...cookies], exception: { reasons: [], retryCount } };
    });
    return { ...task, onChunkReceived: chunks.on, offChunkReceived: chunks.off };
  };
}

/** Bytes as a program gets them: a buffer of its own. */
export const toArrayBuffer = (bytes: Uint8Array): ArrayBuffer => {
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(bytes);
  return copy.buffer;
};

function toSent({ url, data, header = {}, method = 'GET' }: RequestOption) {
  const address = requireText('url', url);
  if (data === undefined || data === null) return { url: address, method };
  if (data instanceof ArrayBuffer) return { url: address, method, body: new Uint8Array(data) };
  if (typeof data === 'string') return { url: address, method, body: Buffer.from(data) };
  if (method === 'GET' || method === 'HEAD') return { url: withQuery(address, data), method };
  const type = findHeader(header, 'content-type') ?? '';
  const text = type.includes('application/x-www-form-urlencoded') ? toQuery(data) : toJson(data);
  return { url: address, method, body: Buffer.from(text) };
}

function toJson(data: object): string {
  try {
    return JSON.stringify(data);
  } catch {
    throw new PlatformFault('parameter error: parameter.data cannot be written as JSON;', { errno: 1001 });
  }
}

const toQuery = (data: object): string =>
  Object.entries(data)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(toQueryValue(value))}`)
    .join('&');

const toQueryValue = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);

function withQuery(url: string, data: object): string {
  const query = toQuery(data);
  return query === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${query}`;
}

function toData(body: Buffer, { responseType, dataType = 'json' }: RequestOption): unknown {
  if (responseType === 'arraybuffer') return toArrayBuffer(body);
  const text = body.toString('utf8').replace(/^\uFEFF/, '');
  if (dataType !== 'json') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
