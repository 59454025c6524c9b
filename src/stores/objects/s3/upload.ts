import { Readable } from 'node:stream';
import type { CallLimits } from '../../../concurrency/resilience.ts';
import type { ObjectBody } from '../../../ports/object-store.ts';
import { SourceFailure } from '../../disk/storage-error.ts';
import { exactly, readBody } from '../byte-source.ts';
import { QUICK } from './connection.ts';
import { createIdleLimit, meterUpload } from './idle-limit.ts';

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
    const Body = Readable.from(meterUpload(keepLastBack(exactly(readBody(body))), idle));
    Body.on('error', (error) => failed.abort(error));
    const reasons = [failed.signal, idle.signal];
    try {
      return await send({ Body, ContentLength }, { abortSignal: AbortSignal.any([ended, ...reasons]) });
    } catch (error) {
      const reason: unknown = reasons.find(({ aborted }) => aborted)?.reason ?? error;
      // After an answer that came early, the request would wait for the rest of its body for ever.
      failed.abort(reason);
      throw reason;
    } finally {
      idle.rest();
      Body.destroy();
    }
  };
}

/** Holds each chunk until the next is there, so that no store has all of an object whose source then fails. */
async function* keepLastBack(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let last: Uint8Array | undefined;
  for await (const chunk of chunks) {
    if (last !== undefined) yield last;
    last = chunk;
  }
  if (last !== undefined) yield last;
}
