import type { Language } from '../errors.ts';

/** A file that goes beside a route's input. */
export interface CallFile {
  readonly name: string;
  readonly blob: Blob;
}

/** A call as it is handed to whatever carries it to the bed. */
export interface TransportCall {
  readonly url: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly token: string | undefined;
  /** The same for every attempt at one call, so that the bed does it once. */
  readonly idempotencyKey: string;
  readonly language: Language;
  readonly signal: AbortSignal | undefined;
  /** Sent as a form. */
  readonly file?: CallFile | undefined;
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

/** What came back, whoever sent it. */
export interface TransportAnswer {
  /** The HTTP status; `undefined` where the transport has none. */
  readonly status?: number | undefined;
  readonly retryAfter?: string | null | undefined;
  /** What the JSON of the answer holds; `undefined` where it was no JSON. */
  readonly body: unknown;
}

/** Bytes for an address that a store, or the bed for it, has signed. */
export interface SignedSend {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Blob;
  readonly signal: AbortSignal | undefined;
  readonly onProgress?: ((sentBytes: number) => void) | undefined;
}

/** How a client reaches a bed. Both throw only when there was no answer at all. */
export interface Transport {
  call(call: TransportCall): Promise<TransportAnswer>;
  send(send: SignedSend): Promise<TransportAnswer>;
}
