import { encodeKey } from '../../../naming/uri.ts';
import type { ObjectBody, ObjectStore } from '../../../ports/object-store.ts';
import { type S3Object, toS3Object } from './address.ts';
import { once, type S3Connection } from './connection.ts';
import { bareEtag, type Description, describe } from './description.ts';
import { present, undefinedIf } from './errors.ts';
import { FLAVOURS } from './options.ts';
import type { PartCalls } from './part-calls.ts';
import { putInParts } from './put-in-parts.ts';
import type { S3Reads } from './reads.ts';
import { prepareUpload } from './upload.ts';

/** The calls that store and copy objects. */
export type S3Writes = Pick<ObjectStore, 'put' | 'copy'>;

/** Larger objects are sent in parts, each of which can be sent again by itself. */
const MAX_WHOLE_BYTES = 16 * 1024 * 1024;
/** What any store copies in a millisecond. */
const COPIED_BYTES_PER_MS = 10_000;

/** Creates the calls that store and copy objects. */
export const createWrites = (connection: S3Connection, reads: S3Reads, parts: PartCalls): S3Writes => ({
  put: createPut(connection, reads, parts),
  copy: createCopy(connection, reads),
});

function createPut(connection: S3Connection, { head }: S3Reads, parts: PartCalls): S3Writes['put'] {
  const { refusesOverwrites } = FLAVOURS[connection.options.flavour];
  return async (bucket, key, body, options) => {
    const { ifNoneMatch } = options;
    const target = {
      ...toS3Object(bucket, key),
      ...describe(options),
      ...(ifNoneMatch && { IfNoneMatch: ifNoneMatch }),
    };
    const size = body instanceof Uint8Array ? body.byteLength : body.size;
    const isLarge = size > MAX_WHOLE_BYTES;
    const looksFirst = ifNoneMatch !== undefined && (isLarge || !refusesOverwrites);
    if (looksFirst && (await head(bucket, key)) !== undefined) return undefined;
    const writing = isLarge ? putInParts(parts, { target, body, size }) : putWhole(connection, { target, body });
    return undefinedIf(writing, 'ObjectExists');
  };
}

function createCopy(connection: S3Connection, { head }: S3Reads): S3Writes['copy'] {
  return async (source, target, { ifNoneMatch, ...given } = {}) => {
    const into = toS3Object(target.bucket, target.key);
    const found = await head(source.bucket, source.key);
    if (found === undefined) return undefined;
    if (ifNoneMatch !== undefined && (await head(target.bucket, target.key)) !== undefined) return undefined;
    const isChanged = Object.keys(given).length > 0;
    // Stores refuse to copy an object onto itself unchanged.
    if (!isChanged && source.bucket === target.bucket && source.key === target.key) return { etag: found.etag };
    const input = {
      ...into,
      CopySource: `${source.bucket}/${encodeKey(source.key)}`,
      ...(isChanged && { MetadataDirective: 'REPLACE' as const, ...describe({ ...found, ...given }) }),
      ...(ifNoneMatch && { IfNoneMatch: ifNoneMatch }),
    };
    return undefinedIf(copyWhole(connection, input, found.size), 'NoSuchKey', 'ObjectExists');
  };
}

interface WholeWrite {
  readonly target: S3Object & Description & { readonly IfNoneMatch?: '*' };
  readonly body: ObjectBody;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
async function putWhole({ send }: S3Connection, { target, body }: WholeWrite): Promise<{ readonly etag: string }> {
  const { limits, attempt } = await prepareUpload(body);
  return send(
    ({ client, PutObjectCommand }, { abortSignal }) =>
      attempt(abortSignal, async (bytes, options) => {
        const { ETag } = await client.send(new PutObjectCommand({ ...target, ...bytes }), options);
        return { etag: bareEtag(ETag) };
      }),
    // After a lost answer, a second try would be refused because of the first.
    { ...limits, idempotent: target.IfNoneMatch === undefined },
  );
}

interface CopyInput extends S3Object {
  readonly CopySource: string;
  readonly IfNoneMatch?: '*';
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
const copyWhole = ({ send }: S3Connection, input: CopyInput, size: number): Promise<{ readonly etag: string }> =>
  send(
    async ({ client, CopyObjectCommand }, options) => {
      const { CopyObjectResult } = await client.send(new CopyObjectCommand(input), options);
      return { etag: bareEtag(present(CopyObjectResult, 'result').ETag) };
    },
    { ...once(size / COPIED_BYTES_PER_MS), idempotent: input.IfNoneMatch === undefined },
  );
