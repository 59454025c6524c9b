import { AppError } from '../../errors.ts';
import type { ObjectBody } from '../../ports/object-store.ts';
import { SourceFailure } from '../disk/storage-error.ts';

/** Bytes of known size that are read once. */
export interface ByteSource {
  readonly size: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Reads a caller's body: its failures, and `signal`'s reason, pass through the store as they are. */
export function readBody(body: ObjectBody, signal: AbortSignal | undefined): ByteSource {
  if (body instanceof Uint8Array) return { size: body.byteLength, chunks: once(body) };
  return { size: body.size, chunks: passFailures(body, signal) };
}

/** Passes a source on chunk by chunk, and fails unless it holds exactly `size` bytes. */
export async function* exactly({ size, chunks }: ByteSource): AsyncGenerator<Uint8Array> {
  let left = size;
  for await (const chunk of chunks) {
    left -= chunk.byteLength;
    if (left < 0) break;
    yield chunk;
  }
  if (left === 0) return;
  const text = { zh: '数据长度与声明不符', en: 'The body is not as long as was said' };
  throw new AppError('InvalidArgument', text, { details: { size } });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* passFailures(
  body: Exclude<ObjectBody, Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    signal?.throwIfAborted();
    const source = body.open();
    yield* signal === undefined ? source : untilAborted(source, signal);
  } catch (error) {
    throw new SourceFailure(error);
  }
}

/** Stops waiting for a source that hangs as soon as `signal` says so. */
async function* untilAborted(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await settledOrAborted(iterator.next(), signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // Not awaited: a source that hangs would hang here too.
    iterator.return?.().catch(() => undefined);
  }
}

function settledOrAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
