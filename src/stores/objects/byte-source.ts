import { AppError } from '../../errors.ts';
import type { ObjectBody } from '../../ports/object-store.ts';
import { SourceFailure } from '../disk/storage-error.ts';

/** Bytes of known size that are read once. */
export interface ByteSource {
  readonly size: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Reads a caller's body: its failures pass through the store as they are. */
export function readBody(body: ObjectBody): ByteSource {
  if (body instanceof Uint8Array) return { size: body.byteLength, chunks: once(body) };
  return { size: body.size, chunks: passFailures(body) };
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

async function* passFailures(body: Exclude<ObjectBody, Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body.open();
  } catch (error) {
    throw new SourceFailure(error);
  }
}
