import { closeBody } from '../../../concurrency/close-body.ts';
import { AppError } from '../../../errors.ts';
import { encodeKey } from '../../../naming/uri.ts';
import type {
  CopyOptions,
  CopySource,
  ObjectBody,
  ObjectMetadata,
  ObjectStore,
  WriteCondition,
} from '../../../ports/object-store.ts';
import { noSuchSource } from '../arguments.ts';
import { isSameObject } from '../same-object.ts';
import { isNamed, present, undefinedIf } from './errors.ts';
import { putInParts } from './multipart-uploads.ts';
import type { S3Reads } from './objects.ts';
import { capabilitiesOf, FLAVOURS } from './options.ts';
import { bareEtag, type Description, describe, type S3Condition, type S3Object, toS3Object } from './sdk-words.ts';
import { once, prepareUpload, type S3Connection } from './transport.ts';

type S3Writes = Pick<ObjectStore, 'holds' | 'put' | 'copy'>;

/** Larger objects are sent in parts, each of which can be sent again by itself. */
const MAX_WHOLE_BYTES = 16 * 1024 * 1024;
/** What any store copies in a millisecond. */
const COPIED_BYTES_PER_MS = 10_000;

/** Creates the calls that write objects. */
export function createWrites(connection: S3Connection, reads: S3Reads): S3Writes {
  const { options } = connection;
  const { forbidOverwrite } = FLAVOURS[options.flavour];
  const { head } = reads;

  const holds: S3Writes['holds'] = async (bucket, act, size) => {
    const capabilities = await capabilitiesOf(options, bucket);
    if (act === 'remove') return capabilities.conditionalDelete;
    const { conditionalCopy, conditionalSource, copyDescription } = capabilities;
    if (act === 'copy' && conditionalCopy && conditionalSource && copyDescription) return true;
    const isHeld = act === 'replace' ? capabilities.conditionalReplace : capabilities.conditionalWrite;
    return isHeld === true && size <= MAX_WHOLE_BYTES;
  };

  /** Whether a condition is met as far as a look can tell. An etag is shared by all objects of the same bytes. */
  const isMet: CopyParts['isMet'] = async ({ bucket, key }, isHeld, { ifNoneMatch, ifMatch, hasLooked }) => {
    if (hasLooked || (ifMatch === undefined && (ifNoneMatch === undefined || isHeld))) return true;
    const found = await head(bucket, key);
    return ifMatch === undefined ? found === undefined : found !== undefined && isSameObject(found, ifMatch);
  };

  /** What is asked of the store; one that answers conditions with 501 is asked for nothing. */
  const toCondition: CopyParts['toCondition'] = ([creates, replaces], { ifNoneMatch, ifMatch }) => ({
    ...(ifNoneMatch && (creates !== false || forbidOverwrite[0] !== 'if-none-match') && { IfNoneMatch: ifNoneMatch }),
    ...(ifMatch && replaces && { IfMatch: `"${ifMatch.etag}"` }),
  });

  const put: S3Writes['put'] = async (bucket, key, body, putOptions) => {
    // Before anything is waited for: what the caller does to its metadata meanwhile is not meant for this object.
    const described = { ...toS3Object(bucket, key), ...describe(putOptions) };
    const size = body instanceof Uint8Array ? body.byteLength : body.size;
    const { conditionalWrite, conditionalReplace } = await capabilitiesOf(options, bucket);
    const isHeld = await holds(bucket, putOptions.ifMatch ? 'replace' : 'put', size);
    if (!(await isMet({ bucket, key }, isHeld, putOptions))) return undefined;
    const write = (creates: boolean | undefined) => {
      const target = { ...described, ...toCondition([creates, conditionalReplace], putOptions) };
      return size > MAX_WHOLE_BYTES
        ? putInParts(connection, { target, body, size })
        : putWhole(connection, { target, body, sha256: putOptions.sha256 });
    };
    // Others may rely on the condition by now, so it is sent before it is proven; a store that has none says so, and was looked at.
    const writing = write(conditionalWrite).catch((error: unknown) => {
      const isLacking = error instanceof AppError && error.code === 'NotImplemented';
      if (!isLacking || conditionalWrite !== undefined || putOptions.ifNoneMatch === undefined) throw error;
      return write(false);
    });
    const settled = writing.catch(async (error: unknown) => {
      // Others were at it each time, or a store means by the same status that it is there: a look tells.
      if (!isConflict(error) || (await isMet({ bucket, key }, false, { ...putOptions, hasLooked: false }))) throw error;
      return undefined;
    });
    return undefinedIf(settled, 'ObjectExists', ...(putOptions.ifMatch ? (['NoSuchKey'] as const) : []));
  };

  return { holds, put, copy: createCopy(connection, reads, { put, holds, isMet, toCondition }) };
}

const isConflict = (error: unknown): boolean =>
  error instanceof AppError && isNamed(error.cause, 'ConditionalRequestConflict');

interface CopyParts extends Pick<S3Writes, 'holds' | 'put'> {
  isMet(place: CopySource, isHeld: boolean, condition: WriteCondition): Promise<boolean>;
  toCondition(
    heeds: readonly [creating: boolean | undefined, replacing: boolean],
    condition: WriteCondition,
  ): S3Condition;
}

function createCopy(connection: S3Connection, reads: S3Reads, { put, holds, isMet, toCondition }: CopyParts) {
  /** Through us, for a store that heeds a condition when it puts, but not when it copies. */
  const copyByPut = ({ bucket, key }: CopySource, found: ObjectMetadata, into: S3Object, given: CopyOptions) => {
    const body = {
      size: found.size,
      async *open() {
        const opened = await reads.get(bucket, key);
        if (opened !== undefined && isSameObject(opened.object, found)) return yield* opened.body;
        await closeBody(opened?.body);
        throw noSuchSource(key);
      },
    };
    const { contentType, metadata } = found;
    return put(into.Bucket, into.Key, body, { contentType, metadata, ...given });
  };

  const copyInStore = async (source: CopySource, found: ObjectMetadata, into: S3Object, given: CopyOptions) => {
    const { conditionalCopy } = await capabilitiesOf(connection.options, into.Bucket);
    if (!(await isMet({ bucket: into.Bucket, key: into.Key }, conditionalCopy, given))) return undefined;
    const changes = changesOf(given);
    const input = {
      ...into,
      CopySource: `${source.bucket}/${encodeKey(source.key)}`,
      ...(source.ifMatch && { CopySourceIfMatch: `"${source.ifMatch.etag}"` }),
      ...(changes && { MetadataDirective: 'REPLACE' as const, ...describe({ ...found, ...changes }) }),
      ...toCondition([conditionalCopy, conditionalCopy], given),
    };
    const copied = await undefinedIf(copyWhole(connection, input, found.size), 'ObjectExists');
    // One refusal for two conditions: which it was, a look tells.
    if (copied === undefined && !(await isStill(reads, source, found))) throw noSuchSource(source.key);
    return copied;
  };

  /** Whether only a put would give what is changed, or hold the conditions, for what is read is of one version. */
  const wantsPut = async (source: CopySource, target: CopySource, size: number, condition: CopyOptions) => {
    const { conditionalCopy, conditionalSource, copyDescription } = await capabilitiesOf(
      connection.options,
      target.bucket,
    );
    if (!copyDescription && changesOf(condition) !== undefined) return true;
    if (source.ifMatch !== undefined && !conditionalSource) return true;
    if (conditionalCopy || !isAsked(condition)) return false;
    return holds(target.bucket, condition.ifMatch ? 'replace' : 'put', size);
  };

  const copy: S3Writes['copy'] = async (source, target, given = {}) => {
    const into = toS3Object(target.bucket, target.key);
    const found = source.ifMatch ?? (await reads.head(source.bucket, source.key));
    if (found === undefined) throw noSuchSource(source.key);
    const isSame = source.bucket === target.bucket && source.key === target.key;
    // Stores refuse to copy an object onto itself unchanged.
    if (isSame && changesOf(given) === undefined) return { etag: found.etag };
    if (await wantsPut(source, target, found.size, given)) return copyByPut(source, found, into, given);
    return copyInStore(source, found, into, given);
  };

  return copy;
}

/** What the caller has looked at, and keeps others away from, stays there. */
const isAsked = ({ ifNoneMatch, ifMatch, hasLooked }: WriteCondition): boolean =>
  ifNoneMatch !== undefined || (ifMatch !== undefined && hasLooked !== true);

/** What a copy changes; `undefined` when nothing. */
function changesOf({ contentType, metadata }: CopyOptions) {
  if (contentType === undefined && metadata === undefined) return undefined;
  return { ...(contentType !== undefined && { contentType }), ...(metadata !== undefined && { metadata }) };
}

async function isStill({ head }: S3Reads, { bucket, key }: CopySource, seen: ObjectMetadata): Promise<boolean> {
  const found = await head(bucket, key);
  return found !== undefined && isSameObject(found, seen);
}

interface WholeWrite {
  readonly target: S3Object & Description & S3Condition;
  readonly body: ObjectBody;
  readonly sha256: string | undefined;
}

/** After a lost answer, a second try would be refused because of the first. */
const isRepeatable = ({ IfNoneMatch, IfMatch }: S3Condition): boolean =>
  IfNoneMatch === undefined && IfMatch === undefined;

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
async function putWhole(
  { request }: S3Connection,
  { target, body, sha256 }: WholeWrite,
): Promise<{ readonly etag: string }> {
  const { limits, attempt } = await prepareUpload(body);
  return request(
    ({ put }, { abortSignal }) =>
      attempt(abortSignal, async (bytes, options) => {
        const { ETag } = await put({ ...target, ...bytes, sha256 }, options);
        return { etag: bareEtag(ETag) };
      }),
    { ...limits, idempotent: isRepeatable(target) },
  );
}

interface CopyInput extends S3Object, S3Condition {
  readonly CopySource: string;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
const copyWhole = ({ send }: S3Connection, input: CopyInput, size: number): Promise<{ readonly etag: string }> =>
  send(
    async ({ client, CopyObjectCommand }, options) => {
      const { CopyObjectResult } = await client.send(new CopyObjectCommand(input), options);
      return { etag: bareEtag(present(CopyObjectResult, 'result').ETag) };
    },
    { ...once(size / COPIED_BYTES_PER_MS), idempotent: isRepeatable(input) },
  );
