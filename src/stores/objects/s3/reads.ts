import type { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { AppError } from '../../../errors.ts';
import type { ByteRange, ObjectMetadata, ObjectStore, OpenObject } from '../../../ports/object-store.ts';
import { invalidRange } from '../arguments.ts';
import { toS3Object } from './address.ts';
import { QUICK, type S3Connection } from './connection.ts';
import { toMetadata } from './description.ts';
import { present, toAppError, undefinedIf } from './errors.ts';
import { createIdleLimit } from './idle-limit.ts';

/** The calls that read objects. */
export type S3Reads = Pick<ObjectStore, 'get' | 'head'>;

/** Creates the calls that read objects. */
export function createReads({ send }: S3Connection): S3Reads {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  const head: S3Reads['head'] = async (bucket, key) => {
    const input = toS3Object(bucket, key);
    const call = send(async ({ client, HeadObjectCommand }, options) => {
      const output = await client.send(new HeadObjectCommand(input), options);
      return toMetadata(key, output, present(output.ContentLength, 'length'));
    }, QUICK);
    return undefinedIf(call, 'NoSuchKey', 'NoSuchBucket');
  };

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
  const get: S3Reads['get'] = async (bucket, key, { range } = {}) => {
    const input = toS3Object(bucket, key);
    if (range !== undefined && isEmptyRange(range)) return refuseRange(await head(bucket, key));
    const call = send(async ({ client, GetObjectCommand }, options) => {
      const command = new GetObjectCommand({ ...input, ...(range !== undefined && { Range: toHeader(range) }) });
      return toOpenObject(key, await client.send(command, options), range !== undefined);
    }, QUICK);
    try {
      return await undefinedIf(call, 'NoSuchKey', 'NoSuchBucket');
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'InvalidRange')) throw error;
      return refuseRange(await head(bucket, key));
    }
  };

  return { get, head };
}

const toHeader = (range: ByteRange): string =>
  'suffix' in range ? `bytes=-${range.suffix}` : `bytes=${range.start}-${range.end ?? ''}`;

/** HTTP has stores ignore such a range and answer with everything. */
const isEmptyRange = (range: ByteRange): boolean =>
  'suffix' in range ? range.suffix <= 0 : range.end !== undefined && range.end < range.start;

/** @throws {AppError} InvalidRange with the object's size, when there is one */
function refuseRange(object: ObjectMetadata | undefined): undefined {
  if (object === undefined) return undefined;
  throw invalidRange(object.size);
}

function toOpenObject(key: string, output: GetObjectCommandOutput, isRange: boolean): OpenObject {
  // On Node the SDK hands out the connection's own stream.
  const stream = present(output.Body, 'body') as Readable;
  try {
    const length = present(output.ContentLength, 'length');
    const found = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(output.ContentRange ?? '');
    const object = toMetadata(key, output, found === null ? length : Number(found[3]));
    // A store may answer a range with everything.
    const range = found === null ? { start: 0, end: length - 1 } : { start: Number(found[1]), end: Number(found[2]) };
    return { object, ...(isRange && { range }), body: readBody(stream) };
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** Reads a body as fast as the caller takes it; the connection is given back at the end or when the caller stops. */
function readBody(stream: Readable): AsyncIterable<Uint8Array> {
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
