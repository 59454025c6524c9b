import { BedError } from './bed-error.ts';
import type { TransportAnswer } from './transport.ts';

/** A request with a body whose sending is watched where the platform can. */
export interface Exchange {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Blob | FormData;
  readonly signal: AbortSignal | undefined;
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

/** Sends it and reads the answer. @throws {BedError} `Unreachable` when nobody answers; the signal's reason when it was aborted */
export async function exchange(request: Exchange): Promise<TransportAnswer> {
  const isWatched = request.onProgress !== undefined && typeof XMLHttpRequest === 'function';
  try {
    return await (isWatched ? exchangeWatched(request) : exchangeByFetch(request));
  } catch (cause) {
    request.signal?.throwIfAborted();
    throw unreachable(request.url, cause);
  }
}

/** What `fetch` fails with says why in its own cause. */
function unreachable(url: string, cause: unknown): BedError {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
  // A port that fetch never connects to will be no better in a second.
  const isPassing = reason !== 'bad port';
  if (!URL.canParse(url)) return new BedError('Unreachable', reason, { isPassing, cause });
  // The bed, or the store of which nobody has typed the address.
  const { origin } = new URL(url);
  return new BedError('Unreachable', `${origin}: ${reason}`, { details: { origin }, isPassing, cause });
}

async function exchangeByFetch({ url, method, headers, body, signal }: Exchange): Promise<TransportAnswer> {
  const response = await fetch(url, { method, headers, body, signal: signal ?? null });
  const text = await response.text();
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body: parseJson(text) };
}

/** Of `fetch` nobody can learn how much it has sent. @see https://xhr.spec.whatwg.org/ */
declare const XMLHttpRequest: undefined | (new () => WatchedRequest);
interface WatchedRequest {
  readonly status: number;
  readonly responseText: string;
  readonly upload: { onprogress: null | ((event: { readonly loaded: number }) => void) };
  onload: null | (() => void);
  onerror: null | (() => void);
  onabort: null | (() => void);
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getResponseHeader(name: string): string | null;
  send(body: string | Blob | FormData): void;
  abort(): void;
}

function exchangeWatched({ url, method, headers, body, signal, onProgress }: Exchange): Promise<TransportAnswer> {
  return new Promise((resolve, reject) => {
    if (XMLHttpRequest === undefined) return reject(new TypeError('there is no XMLHttpRequest'));
    if (signal?.aborted === true) return reject(signal.reason);
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    const settle = (end: () => void) => () => {
      signal?.removeEventListener('abort', abort);
      end();
    };
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => onProgress?.(loaded);
    request.onload = settle(() =>
      resolve({
        status: request.status,
        retryAfter: request.getResponseHeader('retry-after'),
        body: parseJson(request.responseText),
      }),
    );
    request.onerror = settle(() => reject(new TypeError('Network request failed')));
    request.onabort = settle(() => reject(signal?.reason));
    signal?.addEventListener('abort', abort, { once: true });
    request.send(body);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
