import type { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { AppError } from '../../../errors.ts';
import { isKey } from '../../../naming/key.ts';
import { encodeKey } from '../../../naming/uri.ts';
import type {
  ByteRange,
  ObjectBody,
  ObjectMetadata,
  ObjectPage,
  ObjectStore,
  OpenObject,
} from '../../../ports/object-store.ts';
import { invalidRange, noSuchSource } from '../arguments.ts';
import { checkRemovedKeys, type Failures, removeEach } from '../remove-many.ts';
import { present, toRefusal, undefinedIf } from './errors.ts';
import { putInParts } from './multipart-uploads.ts';
import { FLAVOURS } from './options.ts';
import { bareEtag, type Description, describe, type S3Object, toMetadata, toS3Object } from './sdk-words.ts';
import { once, prepareUpload, QUICK, receive, type S3Connection } from './transport.ts';

/** The calls on objects. */
export type S3Objects = Pick<ObjectStore, 'get' | 'head' | 'put' | 'copy' | 'remove' | 'removeMany' | 'list'>;

/** Creates the calls on objects. */
export function createObjects(connection: S3Connection): S3Objects {
  const reads = createReads(connection);
  return {
    ...reads,
    put: createPut(connection, reads),
    copy: createCopy(connection, reads),
    ...createRemoves(connection),
    list: createList(connection),
  };
}

type S3Reads = Pick<ObjectStore, 'get' | 'head'>;

function createReads({ send }: S3Connection): S3Reads {
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
    return { object, ...(isRange && { range }), body: receive(stream) };
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

type S3Writes = Pick<ObjectStore, 'put' | 'copy'>;

/** Larger objects are sent in parts, each of which can be sent again by itself. */
const MAX_WHOLE_BYTES = 16 * 1024 * 1024;
/** What any store copies in a millisecond. */
const COPIED_BYTES_PER_MS = 10_000;

function createPut(connection: S3Connection, { head }: S3Reads): S3Writes['put'] {
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
    const writing = isLarge ? putInParts(connection, { target, body, size }) : putWhole(connection, { target, body });
    return undefinedIf(writing, 'ObjectExists');
  };
}

function createCopy(connection: S3Connection, { head }: S3Reads): S3Writes['copy'] {
  return async (source, target, { ifNoneMatch, ...given } = {}) => {
    const into = toS3Object(target.bucket, target.key);
    const found = await head(source.bucket, source.key);
    if (found === undefined) throw noSuchSource(source.key);
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
    return undefinedIf(copyWhole(connection, input, found.size), 'ObjectExists');
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

type S3Removes = Pick<ObjectStore, 'remove' | 'removeMany'>;

/** XML 1.0 has no way to say these. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSPEAKABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

function createRemoves(connection: S3Connection): S3Removes {
  const { send } = connection;

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
  const remove: S3Removes['remove'] = async (bucket, key) => {
    const input = toS3Object(bucket, key);
    const call = send(
      ({ client, DeleteObjectCommand }, options) => client.send(new DeleteObjectCommand(input), options),
      QUICK,
    );
    await undefinedIf(call, 'NoSuchKey', 'NoSuchBucket');
  };

  const removeMany: S3Removes['removeMany'] = async (bucket, keys) => {
    checkRemovedKeys(keys);
    const removeOneByOne = (some: readonly string[]): Promise<Failures> =>
      removeEach(some, (key) => remove(bucket, key));
    const isListable = (key: string): boolean => isKey(key) && !UNSPEAKABLE.test(key);
    const together = [...new Set(keys.filter(isListable))];
    const apart = keys.filter((key) => !isListable(key));
    const failures = await removeOneByOne(apart);
    if (together.length === 0) return failures;
    try {
      return [...failures, ...(await removeTogether(connection, bucket, together))];
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'NotImplemented')) throw error;
      return [...failures, ...(await removeOneByOne(together))];
    }
  };

  return { remove, removeMany };
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
async function removeTogether({ send }: S3Connection, bucket: string, keys: readonly string[]): Promise<Failures> {
  const input = { Bucket: bucket, Delete: { Objects: keys.map((key) => ({ Key: key })) } };
  const call = send(async ({ client, DeleteObjectsCommand }, options) => {
    const { Deleted, Errors = [] } = await client.send(new DeleteObjectsCommand(input), options);
    if (Errors.length === 0) present(Deleted, 'keys');
    return Errors.filter(({ Code }) => Code !== 'NoSuchKey').map(({ Key, Code = '', Message }) => ({
      key: present(Key, 'key'),
      cause: toRefusal(Code, new Error(Message ?? Code)),
    }));
  }, QUICK);
  return (await undefinedIf(call, 'NoSuchBucket')) ?? [];
}

/** Reads keys of a listing that was asked for in URL encoding, the only one that carries any key through XML. */
const decodeListed = (encodingType: string | undefined): ((text: string) => string) =>
  encodingType === 'url' ? (text) => decodeURIComponent(text.replaceAll('+', ' ')) : (text) => text;

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
const createList =
  ({ send }: S3Connection): ObjectStore['list'] =>
  (bucket, { prefix, delimiter, continuationToken, limit }) => {
    const input = {
      Bucket: bucket,
      EncodingType: 'url' as const,
      MaxKeys: limit,
      ...(prefix !== undefined && { Prefix: prefix }),
      ...(delimiter !== undefined && { Delimiter: delimiter }),
      ...(continuationToken !== undefined && { ContinuationToken: continuationToken }),
    };
    return send(async ({ client, ListObjectsV2Command }, options): Promise<ObjectPage> => {
      const output = await client.send(new ListObjectsV2Command(input), options);
      present(output.Name, 'bucket');
      const decode = decodeListed(output.EncodingType);
      const token = output.IsTruncated === true ? present(output.NextContinuationToken, 'token') : undefined;
      return {
        objects: (output.Contents ?? []).map(({ Key, Size, ETag, LastModified }) => ({
          key: decode(present(Key, 'key')),
          size: present(Size, 'size'),
          etag: bareEtag(ETag),
          lastModified: present(LastModified, 'date'),
        })),
        prefixes: (output.CommonPrefixes ?? []).map(({ Prefix }) => decode(present(Prefix, 'prefix'))),
        ...(token !== undefined && { continuationToken: token }),
      };
    }, QUICK);
  };
