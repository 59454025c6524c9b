import { closeBody } from '../../../concurrency/close-body.ts';
import { mapLimited } from '../../../concurrency/limit.ts';
import { AppError } from '../../../errors.ts';
import { isKey } from '../../../naming/key.ts';
import {
  type ByteRange,
  type ListedObject,
  type ObjectMetadata,
  type ObjectStore,
  type OpenObject,
  UNDATED,
} from '../../../ports/object-store.ts';
import { invalidRange } from '../arguments.ts';
import { present, statusOf, UnexpectedAnswer, undefinedIf } from './errors.ts';
import type { GotObject } from './object-requests.ts';
import { createRemoves } from './removes.ts';
import { bareEtag, type S3Object, toMetadata, toS3Object } from './sdk-words.ts';
import { QUICK, receive, type S3Connection } from './transport.ts';
import { createWrites } from './writes.ts';

/** The calls on objects. */
export type S3Objects = Pick<
  ObjectStore,
  'get' | 'getUnless' | 'head' | 'holds' | 'put' | 'copy' | 'remove' | 'removeMany' | 'list'
>;

/** Of entries that a listing says too little of. */
const LOOKS_AT_ONCE = 16;

/** Creates the calls on objects. */
export function createObjects(connection: S3Connection): S3Objects {
  const reads = createReads(connection);
  return {
    ...reads,
    ...createWrites(connection, reads),
    ...createRemoves(connection, reads),
    list: createList(connection, reads),
  };
}

/** The calls that read one object. */
export type S3Reads = Pick<ObjectStore, 'get' | 'getUnless' | 'head'>;

function createReads({ request }: S3Connection): S3Reads {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  const head: S3Reads['head'] = async (bucket, key) => {
    const input = toS3Object(bucket, key);
    const call = request(async (requests, options) => {
      const output = await requests.head(input, options);
      const { ContentLength: size } = output;
      return size === undefined ? 'unsized' : toMetadata(key, output, size);
    }, QUICK);
    const found = await undefinedIf(call, 'NoSuchKey', 'NoSuchBucket');
    return found === 'unsized' ? headByGet(bucket, key) : found;
  };

  /** For a store, or a proxy before it, whose HEAD says no length: of a part it is said of how many bytes, unless there are none. */
  const headByGet: S3Reads['head'] = async (bucket, key) => {
    const input = toS3Object(bucket, key);
    const opened = await open(input, { range: FIRST_BYTE }, nothing).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'InvalidRange') return open(input, {}, nothing);
      throw error;
    });
    if (opened === undefined || opened === 'unchanged') return undefined;
    await closeBody(opened.body);
    return opened.object;
  };

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
  const open = async (input: S3Object, { etag, range }: Wanted, look: Asked['look']) => {
    const conditions = { ...(range && { Range: toHeader(range) }), ...(etag && { IfNoneMatch: `"${etag}"` }) };
    const call = request(async (requests, options) => {
      try {
        const output = await requests.get({ ...input, ...conditions }, options);
        return await toOpenObject(input.Key, output, { isRange: range !== undefined, look });
      } catch (error) {
        if (statusOf(error) === 304 && etag !== undefined) return 'unchanged';
        throw error;
      }
    }, QUICK);
    return undefinedIf(call, 'NoSuchKey', 'NoSuchBucket');
  };

  const getUnless = async (bucket: string, key: string, wanted: Wanted) => {
    const input = toS3Object(bucket, key);
    const { range } = wanted;
    if (range !== undefined && isEmptyRange(range)) return refuseRange(await head(bucket, key));
    const opening = open(input, wanted, () => head(bucket, key));
    return opening.catch((error: unknown) => getRefused(error, input, range));
  };

  const get: S3Reads['get'] = async (bucket, key, { range } = {}) => {
    const opened = await getUnless(bucket, key, { range });
    if (opened === 'unchanged') throw new TypeError('nothing was asked to be unchanged');
    return opened;
  };

  const getRefused = async (error: unknown, { Bucket, Key }: S3Object, range: ByteRange | undefined) => {
    if (!(error instanceof AppError && error.code === 'InvalidRange')) throw error;
    const size = refusedSizeOf(error) ?? (await head(Bucket, Key))?.size;
    // A suffix longer than the object means all of it, whatever a store makes of that (RFC 9110, 14.1.2).
    if (range !== undefined && 'suffix' in range && size !== 0) return getAll(Bucket, Key);
    if (size === undefined) return undefined;
    throw invalidRange(size);
  };

  const getAll = async (bucket: string, key: string): Promise<OpenObject | undefined> => {
    const whole = await get(bucket, key);
    return whole && { ...whole, range: { start: 0, end: whole.object.size - 1 } };
  };

  return { get, getUnless, head };
}

const FIRST_BYTE: ByteRange = { start: 0, end: 0 };

const nothing = async (): Promise<undefined> => undefined;

interface Wanted {
  readonly etag?: string | undefined;
  readonly range?: ByteRange | undefined;
}

const toHeader = (range: ByteRange): string =>
  'suffix' in range ? `bytes=-${range.suffix}` : `bytes=${range.start}-${range.end ?? ''}`;

/** HTTP has stores ignore such a range and answer with everything. */
const isEmptyRange = (range: ByteRange): boolean =>
  'suffix' in range ? range.suffix <= 0 : range.end !== undefined && range.end < range.start;

/** The size of the object that has none of the bytes asked for, where the store says it. */
function refusedSizeOf({ cause }: AppError): number | undefined {
  const response = typeof cause === 'object' && cause !== null && '$response' in cause ? cause.$response : undefined;
  const headers = typeof response === 'object' && response !== null && 'headers' in response ? response.headers : {};
  const range: unknown = Object.entries(headers ?? {}).find(([name]) => name === 'content-range')?.[1];
  const [, size] = typeof range === 'string' ? (/^bytes \*\/(\d{1,15})$/.exec(range) ?? []) : [];
  return size === undefined ? undefined : Number(size);
}

/** @throws {AppError} InvalidRange with the object's size, when there is one */
function refuseRange(object: ObjectMetadata | undefined): undefined {
  if (object === undefined) return undefined;
  throw invalidRange(object.size);
}

interface Asked {
  readonly isRange: boolean;
  /** Where an answer does not say of how many bytes it is. */
  readonly look: () => Promise<ObjectMetadata | undefined>;
}

async function toOpenObject(key: string, output: GotObject, { isRange, look }: Asked): Promise<OpenObject> {
  const { Body: stream } = output;
  // It is read only after the look, and may break off meanwhile.
  stream.on('error', () => undefined);
  try {
    const { size, range } = servedOf(output, isRange);
    if (range !== undefined && !isRange) throw new UnexpectedAnswer('A part came back where all was asked for');
    const object = toMetadata(key, output, size ?? sizeOfWhole(output, range?.end, await look()));
    return { object, ...(range && { range }), body: receive(stream) };
  } catch (error) {
    stream.destroy();
    throw error;
  }
}

/** @throws {UnexpectedAnswer} unless what was seen may be what came, or a part of it that ends at `end` */
function sizeOfWhole({ ETag }: GotObject, end: number | undefined, seen: ObjectMetadata | undefined): number {
  // Of bytes that nobody counts beforehand, only an etag shows that they are those.
  const isSame = ETag === undefined ? end !== undefined : bareEtag(ETag) === seen?.etag;
  if (seen === undefined || !isSame || seen.size <= (end ?? -1)) {
    throw new UnexpectedAnswer('What came is not what is there, and says not how long it is');
  }
  return seen.size;
}

interface Served {
  /** Absent where who sent it does not say how long the whole is (RFC 9110, 14.4; RFC 9112, 7.1). */
  readonly size?: number;
  /** Absent where the answer is the whole object, whatever was asked for. */
  readonly range?: { readonly start: number; readonly end: number };
}

/** What an answer holds, by its own words: a store may take no notice of a range. @throws {UnexpectedAnswer} when they do not fit */
function servedOf({ ContentRange, ContentLength: length, status }: GotObject, isRange: boolean): Served {
  const isPart = status === 206;
  const said = parseContentRange(ContentRange);
  if (said === undefined) {
    if (isPart) throw new UnexpectedAnswer('A part came back that says not which');
    return sizedAs(length);
  }
  const { start, end, size } = said;
  const isAsLong = length === undefined ? isPart : length === end - start + 1;
  const isWhole = size === undefined ? !(isRange && isAsLong) : length === size;
  if (!isPart && isWhole) return sizedAs(length);
  if (!isAsLong || end >= (size ?? end + 1))
    throw new UnexpectedAnswer('A part came back that is not as long as it says');
  return { ...sizedAs(size), range: { start, end } };
}

const sizedAs = (size: number | undefined): Served => (size === undefined ? {} : { size });

function parseContentRange(text = '') {
  const [, start, end, size] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(text.trim()) ?? [];
  if (start === undefined || end === undefined) return undefined;
  return { start: Number(start), end: Number(end), size: size === '*' ? undefined : Number(size) };
}

/** Reads keys of a listing that was asked for in URL encoding, the only one that carries any key through XML. */
const decodeListed = (encodingType: string | undefined): ((text: string) => string) =>
  encodingType === 'url' ? decodeOrKeep : (text) => text;

function decodeOrKeep(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // One key that was encoded badly is listed as it came; the others are not to blame.
    return text;
  }
}

interface ListedEntry {
  readonly Key?: string | undefined;
  readonly Size?: number | undefined;
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
}

/** Absent where the listing says no size that can be read. */
type Listed = Omit<ListedObject, 'size'> & { readonly size?: number };

/** None for what cannot be an image, such as a folder that a store lists as a key: one odd entry fails no listing. */
function toListed({ Key, Size, ETag, LastModified }: ListedEntry, decode: (text: string) => string): Listed[] {
  if (Key === undefined) return [];
  const key = decode(Key);
  const isOdd = Size === undefined || ETag === undefined || LastModified === undefined;
  if (isOdd && !isKey(key)) return [];
  const known = { key, etag: ETag === undefined ? '' : bareEtag(ETag), lastModified: LastModified ?? UNDATED };
  return [{ ...known, ...(Size !== undefined && { size: Size }) }];
}

function createList({ send }: S3Connection, { head }: S3Reads): ObjectStore['list'] {
  /** What a listing leaves out is looked up; what shows no object there either is listed no more. */
  const toWhole = (bucket: string) => async (listed: Listed) => {
    const { size } = listed;
    if (size !== undefined) return [{ ...listed, size }];
    const found = await head(bucket, listed.key).catch(absentIfOdd);
    return found === undefined ? [] : [{ ...listed, size: found.size }];
  };

  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
  return async (bucket, { prefix, delimiter, continuationToken, limit }) => {
    const input = {
      Bucket: bucket,
      EncodingType: 'url' as const,
      MaxKeys: limit,
      ...(prefix !== undefined && { Prefix: prefix }),
      ...(delimiter !== undefined && { Delimiter: delimiter }),
      ...(continuationToken !== undefined && { ContinuationToken: continuationToken }),
    };
    const { listed, ...page } = await send(async ({ client, ListObjectsV2Command }, options) => {
      const output = await client.send(new ListObjectsV2Command(input), options);
      present(output.Name, 'bucket');
      const decode = decodeListed(output.EncodingType);
      const token = output.IsTruncated === true ? present(output.NextContinuationToken, 'token') : undefined;
      return {
        listed: (output.Contents ?? []).flatMap((entry) => toListed(entry, decode)),
        prefixes: (output.CommonPrefixes ?? []).flatMap(({ Prefix }) => (Prefix === undefined ? [] : [decode(Prefix)])),
        ...(token !== undefined && { continuationToken: token }),
      };
    }, QUICK);
    return { ...page, objects: (await mapLimited(listed, LOOKS_AT_ONCE, toWhole(bucket))).flat() };
  };
}

/** For a store that says as little of an object when it is asked for that alone. */
function absentIfOdd(error: unknown): undefined {
  if (error instanceof AppError && error.cause instanceof UnexpectedAnswer) return undefined;
  throw error;
}
