import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { type CallLimits, createGuard, Unanswered } from '../../../concurrency/resilience.ts';
import { createTrail } from '../../../concurrency/trail.ts';
import { whenAsked } from '../../../concurrency/when-asked.ts';
import type { ObjectBody } from '../../../ports/object-store.ts';
import { SourceFailure } from '../../disk/storage-error.ts';
import { exactly, readBody } from '../byte-source.ts';
import { BrokenOff, isLineCut, judge, toAppError, UnexpectedAnswer } from './errors.ts';
import type { ObjectRequests } from './object-requests.ts';
import type { S3Options } from './options.ts';

/** The SDK's commands, and a client for them. */
export type Sdk = typeof import('@aws-sdk/client-s3') & { readonly client: S3Client };

/** Calls one store. */
export interface S3Connection {
  readonly options: S3Options;
  /**
   * Sends a command of the SDK within limits; the SDK is loaded with the first.
   *
   * @throws {AppError} whatever goes wrong, but for the failures of the caller's own source
   */
  readonly send: Send<Sdk>;
  /** The same without the SDK, for what moves one object. */
  readonly request: Send<ObjectRequests>;
}

/** Calls by some means within limits. */
type Send<Means> = <T>(
  call: (means: Means, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  limits: CallLimits,
) => Promise<T>;

const BUDGET_MS = 4500;
const ATTEMPT_MS = 3000;
/** So that a store is in use again within 10 s of its recovery. */
const OPEN_MS = 9000;

/** Limits of a call that moves no object, so that its answer or its failure is there within 5 s. */
export const QUICK: CallLimits = { idempotent: true, budgetMs: BUDGET_MS, attemptMs: ATTEMPT_MS };

/** Limits of a quick call that must not be made twice, with `extraMs` for what the store has to do meanwhile. */
export const once = (extraMs = 0): CallLimits => ({ idempotent: false, budgetMs: BUDGET_MS + extraMs });

/** How long a look at the store may take before it counts as down. */
const LOOK_MS = 1500;

/** Creates the guarded access to a store; nothing is sent yet. */
export function connectS3(options: S3Options): S3Connection {
  const { now, random } = options;
  const loadSdk = async (isCareful: boolean): Promise<Sdk> => {
    const [sdk, { createClient }] = await Promise.all([import('@aws-sdk/client-s3'), import('./client.ts')]);
    return { ...sdk, client: createClient(options, isCareful) };
  };
  const loadRequests = async (isCareful: boolean): Promise<ObjectRequests> => {
    const { openObjectRequests } = await import('./object-requests.ts');
    return openObjectRequests(options, isCareful);
  };
  const sdk = toMeans(loadSdk);
  const isDown = async () => seemsDown(await sdk.quick());
  const guard = createGuard({ now, random, judge, openMs: OPEN_MS, isDown });
  const sendBy =
    <M>({ quick, careful }: Means<M>): Send<M> =>
    async (call, limits) => {
      await quick();
      const attempt = carefulOnceCutOff(quick, careful, (means, abortSignal) => call(means, { abortSignal }));
      try {
        return await guard.run(attempt, limits);
      } catch (error) {
        throw limits.signal?.aborted ? limits.signal.reason : toAppError(error);
      }
    };

  return { options, send: sendBy(sdk), request: sendBy(toMeans(loadRequests)) };
}

/** Each is loaded when it is asked for. */
interface Means<M> {
  readonly quick: () => Promise<M>;
  /** Sends no body before the store asks for it, so that what it has against it is heard. */
  readonly careful: () => Promise<M>;
}

const toMeans = <M>(load: (isCareful: boolean) => Promise<M>): Means<M> => ({
  quick: whenAsked(() => load(false)),
  careful: whenAsked(() => load(true)),
});

/** Attempts of one call, of which the one after a cut line is careful, and the last. */
function carefulOnceCutOff<M, T>(
  quick: () => Promise<M>,
  careful: () => Promise<M>,
  call: (means: M, signal: AbortSignal) => Promise<T>,
): (signal: AbortSignal) => Promise<T> {
  let isCutOff = false;
  return async (signal) => {
    try {
      return await call(await (isCutOff ? careful : quick)(), signal);
    } catch (error) {
      if (!(error instanceof BrokenOff)) throw error;
      if (isCutOff) throw toAppError(error);
      isCutOff = true;
      throw error;
    }
  };
}

/** Any answer of the store's own shows that it is up, also one that it may not list its buckets to us. */
async function seemsDown({ client, ListBucketsCommand }: Sdk): Promise<boolean> {
  try {
    await client.send(new ListBucketsCommand({ MaxBuckets: 1 }), { abortSignal: AbortSignal.timeout(LOOK_MS) });
    return false;
  } catch (error) {
    return judge(error) !== 'answered';
  }
}

/** Collects all pages of a listing. @throws {AppError} ServiceUnavailable when a page leads to itself */
export async function allPages<Item, Marker>(
  fetchPage: (
    marker: Marker | undefined,
  ) => Promise<{ readonly items: readonly Item[]; readonly next: Marker | undefined }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let marker: Marker | undefined;
  const trail = createTrail(endless);
  for (;;) {
    const page = await fetchPage(marker);
    items.push(...page.items);
    if (page.next === undefined) return items;
    trail(JSON.stringify(page.next));
    marker = page.next;
  }
}

// What is unexpected becomes an AppError.
const endless = (): Error => toAppError(new UnexpectedAnswer('The listing has no end')) as Error;

const WINDOW_MS = 3500;
/** In each window, so that a line of less than 18 kB/s counts as dead too. */
const MIN_BYTES = 64 * 1024;
/** How finely progress is seen. */
const SLICE_BYTES = 64 * 1024;

/**
 * Watches a transfer of unknown length: `signal` is aborted when the store moves too few bytes in the time that we wait
 * for it. Time that the caller takes does not count.
 */
export interface IdleLimit {
  readonly signal: AbortSignal;
  /** We wait for the store from now on. */
  wait(): void;
  /** The store waits for us, or all is done. */
  rest(): void;
  progress(bytes: number): void;
}

/** Creates a limit that rests. */
export function createIdleLimit(): IdleLimit {
  const controller = new AbortController();
  let left = WINDOW_MS;
  let bytes = 0;
  let since: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const expire = (): void => controller.abort(new Unanswered('The transfer stands still'));
  const rest = (): void => {
    clearTimeout(timer);
    if (since !== undefined) left -= performance.now() - since;
    since = undefined;
  };
  return {
    signal: controller.signal,
    rest,
    wait: () => {
      rest();
      since = performance.now();
      timer = setTimeout(expire, Math.max(0, left));
    },
    progress: (moved) => {
      bytes += moved;
      if (bytes < MIN_BYTES) return;
      bytes = 0;
      left = WINDOW_MS;
      if (since !== undefined) since = performance.now();
    },
  };
}

/** Passes bytes on to the store in slices, and watches how it takes them. */
export async function* meterUpload(chunks: AsyncIterable<Uint8Array>, idle: IdleLimit): AsyncGenerator<Uint8Array> {
  idle.rest();
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.byteLength; start += SLICE_BYTES) {
      const slice = chunk.subarray(start, start + SLICE_BYTES);
      idle.wait();
      yield slice;
      idle.progress(slice.byteLength);
    }
    idle.rest();
  }
  idle.wait();
}

/** Small enough to be held in memory, and to be sent in a quick call's time. */
const MAX_HELD_BYTES = 256 * 1024;

/** How a body is sent in one request. */
export interface Upload {
  readonly limits: CallLimits;
  /** Sends it once; `send` gets the bytes and how to end the request early. */
  attempt<T>(signal: AbortSignal, send: (bytes: UploadBytes, options: SendOptions) => Promise<T>): Promise<T>;
}

interface UploadBytes {
  readonly Body: Uint8Array | Readable;
  readonly ContentLength: number;
}

interface SendOptions {
  readonly abortSignal: AbortSignal;
}

/**
 * Prepares a body: a small one is read before anything is sent, a large one streams and may take any time as long as
 * it moves. A source that fails, or is not as long as it said, ends the request before the store has all of it.
 */
export async function prepareUpload(body: ObjectBody): Promise<Upload> {
  const size = body instanceof Uint8Array ? body.byteLength : body.size;
  if (size > MAX_HELD_BYTES) return { limits: { idempotent: true }, attempt: streaming(body, size) };
  const Body = await hold(body);
  return {
    limits: QUICK,
    attempt: (abortSignal, send) => send({ Body, ContentLength: size }, { abortSignal }),
  };
}

async function hold(body: ObjectBody): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of exactly(readBody(body))) chunks.push(chunk);
  } catch (error) {
    throw error instanceof SourceFailure ? error.cause : error;
  }
  return Buffer.concat(chunks);
}

function streaming(body: ObjectBody, ContentLength: number): Upload['attempt'] {
  return async (ended, send) => {
    const idle = createIdleLimit();
    const failed = new AbortController();
    let isAllSent = false;
    const chunks = keepLastBack(exactly(readBody(body)), () => {
      isAllSent = true;
    });
    const Body = Readable.from(meterUpload(chunks, idle));
    Body.on('error', (error) => failed.abort(error));
    const reasons = [failed.signal, idle.signal];
    try {
      const answer = await send({ Body, ContentLength }, { abortSignal: AbortSignal.any([ended, ...reasons]) });
      if (!isAllSent) throw new UnexpectedAnswer('The store says that it has what it was not sent yet');
      return answer;
    } catch (error) {
      const reason: unknown = reasons.find(({ aborted }) => aborted)?.reason ?? brokenOff(error, isAllSent);
      // After an answer that came early, the request would wait for the rest of its body for ever.
      failed.abort(reason);
      throw reason;
    } finally {
      idle.rest();
      Body.destroy();
    }
  };
}

/** A store that refuses early cuts the line while we still send, and its answer is lost with it. */
const brokenOff = (error: unknown, isAllSent: boolean): unknown =>
  !isAllSent && isLineCut(error)
    ? new BrokenOff('The store broke off before it had everything', { cause: error })
    : error;

/** Holds each chunk until the next is there, so that no store has all of an object whose source then fails. */
async function* keepLastBack(chunks: AsyncIterable<Uint8Array>, onLast: () => void): AsyncGenerator<Uint8Array> {
  let last: Uint8Array | undefined;
  for await (const chunk of chunks) {
    if (last !== undefined) yield last;
    last = chunk;
  }
  onLast();
  if (last !== undefined) yield last;
}

/** Reads a body as fast as the caller takes it; the connection is given back at the end or when the caller stops. */
export function receive(stream: Readable): AsyncIterable<Uint8Array> {
  const idle = createIdleLimit();
  idle.signal.addEventListener('abort', () => stream.destroy(idle.signal.reason), { once: true });
  // Between two reads nobody else listens; the next read throws it.
  stream.on('error', () => undefined);
  return {
    async *[Symbol.asyncIterator]() {
      const iterator: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
      try {
        for (;;) {
          idle.wait();
          const next = await iterator.next();
          idle.rest();
          if (next.done === true) return;
          idle.progress(next.value.byteLength);
          yield next.value;
        }
      } catch (error) {
        throw toAppError(error);
      } finally {
        idle.rest();
        stream.destroy();
      }
    },
  };
}
