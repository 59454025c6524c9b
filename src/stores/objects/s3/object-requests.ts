// The calls that move objects, and the one that every process begins with, without the SDK: its stack costs each of them more than the request itself, and every cold start its loading.
import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { encodeKey } from '../../../naming/uri.ts';
import { limitAnswer, type Message } from './answers.ts';
import { type Asked, nameOfBareAnswer } from './bare-answers.ts';
import { UnexpectedAnswer } from './errors.ts';
import { endpointOf, FLAVOURS, METADATA_PREFIX, type S3Options } from './options.ts';
import type { Described, Description, S3Condition, S3Object } from './sdk-words.ts';
import { createAddresses, createRequestSigner, toCanonicalQuery } from './signature.ts';
import { openSockets } from './sockets.ts';

/** What ends a request early. */
interface SendOptions {
  readonly abortSignal: AbortSignal;
}

/** An object to store. */
interface ObjectToPut extends S3Object, S3Condition, Partial<Description> {
  readonly Body: Uint8Array | Readable;
  readonly ContentLength: number;
  /** Of the body, in hex, where it is known. */
  readonly sha256?: string | undefined;
}

/** What is asked of an object. */
interface ObjectToGet extends S3Object {
  readonly Range?: string;
  readonly IfNoneMatch?: string;
}

/** What a store says of an object. */
interface DescribedObject extends Described {
  readonly ContentLength?: number | undefined;
}

/** An object that is being read. */
export interface GotObject extends DescribedObject {
  readonly status: number;
  readonly ContentRange?: string | undefined;
  /** The connection's own stream. */
  readonly Body: Readable;
}

/** One request each, in the words of the SDK, and refused as the SDK refuses: by errors that have the store's name and the status. */
export interface ObjectRequests {
  put(input: ObjectToPut, options: SendOptions): Promise<Pick<Described, 'ETag'>>;
  get(input: ObjectToGet, options: SendOptions): Promise<GotObject>;
  head(input: S3Object, options: SendOptions): Promise<DescribedObject>;
  remove(input: S3Object & Pick<S3Condition, 'IfMatch'>, options: SendOptions): Promise<void>;
  /** Fails unless there is such a bucket; the first upload of a process asks it. */
  headBucket(input: Pick<S3Object, 'Bucket'>, options: SendOptions): Promise<void>;
}

const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
const NO_BYTES = hash('sha256', '', 'hex');

/** A request before it is signed. */
interface ObjectRequest extends Omit<Asked, 'command'> {
  readonly command: 'PutObject' | 'GetObject' | 'HeadObject' | 'DeleteObject' | 'HeadBucket';
  readonly input: Pick<S3Object, 'Bucket'> & Partial<S3Object>;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array | Readable;
  readonly payloadHash?: string;
}

const METHODS = {
  ...{ PutObject: 'PUT', GetObject: 'GET', HeadObject: 'HEAD', DeleteObject: 'DELETE', HeadBucket: 'HEAD' },
} as const;

/** Opens the requests; a careful one sends no body before the store asks for it. */
export async function openObjectRequests(options: S3Options, isCareful: boolean): Promise<ObjectRequests> {
  const { metadataPrefix, forbidOverwrite } = FLAVOURS[options.flavour];
  const addressOf = createAddresses(options);
  const sign = createRequestSigner(options);
  const sendSigned = await openSockets(new URL(endpointOf(options)).protocol === 'https:', options.now);

  const send = async (request: ObjectRequest, { abortSignal }: SendOptions): Promise<Answer> => {
    const { command, input, body, payloadHash = NO_BYTES } = request;
    const { origin, host, path } = addressOf(input.Bucket);
    const resource = input.Key === undefined ? path || '/' : `${path}/${encodeKey(input.Key)}`;
    const method = METHODS[command];
    const query: Record<string, string> = method === 'HEAD' ? {} : { 'x-id': command };
    const headers = sign({ method, path: resource, query, headers: { ...request.headers, host }, payloadHash });
    const target = method === 'HEAD' ? resource : `${resource}?${toCanonicalQuery(query)}`;
    const response = await sendSigned({ origin, method, path: target, headers, body, abortSignal });
    return readAnswer(response, request);
  };

  const toMetadataHeaders = (metadata: Readonly<Record<string, string>>): Record<string, string> => {
    const prefixes = [...new Set([METADATA_PREFIX, metadataPrefix])];
    const entries = Object.entries(metadata);
    return Object.fromEntries(prefixes.flatMap((prefix) => entries.map(([name, value]) => [prefix + name, value])));
  };

  const toDescribed = ({ headers }: Answer): DescribedObject => {
    const size = headers['content-length'];
    const date = headers['last-modified'];
    return {
      ETag: headers['etag'],
      ContentType: headers['content-type'],
      Metadata: { ...metadataIn(headers, metadataPrefix), ...metadataIn(headers, METADATA_PREFIX) },
      VersionId: headers['x-amz-version-id'],
      ...(size !== undefined && { ContentLength: Number(size) }),
      ...(date !== undefined && { LastModified: new Date(date) }),
    };
  };

  return {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    put: async (input, sendOptions) => {
      const { Body: body, ContentLength, ContentType, Metadata = {}, IfMatch, IfNoneMatch, sha256 } = input;
      const headers = {
        'content-length': String(ContentLength),
        'content-type': ContentType ?? 'application/octet-stream',
        ...toMetadataHeaders(Metadata),
        ...(IfMatch !== undefined && { 'if-match': IfMatch }),
        ...(IfNoneMatch !== undefined && { [forbidOverwrite[0]]: forbidOverwrite[1] }),
        ...(isCareful && { expect: '100-continue' }),
      };
      const isConditional = IfMatch !== undefined || IfNoneMatch !== undefined;
      const payloadHash = sha256 ?? (body instanceof Uint8Array ? hash('sha256', body, 'hex') : UNSIGNED_PAYLOAD);
      const asked = { command: 'PutObject', creates: IfNoneMatch !== undefined, isConditional } as const;
      const answer = await send({ ...asked, input, headers, body, payloadHash }, sendOptions);
      return { ETag: answer.headers['etag'] };
    },
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    get: async (input, sendOptions) => {
      const { Range, IfNoneMatch } = input;
      const headers = {
        ...(Range !== undefined && { range: Range }),
        ...(IfNoneMatch !== undefined && { 'if-none-match': IfNoneMatch }),
      };
      const answer = await send({ ...UNCONDITIONAL, command: 'GetObject', input, headers }, sendOptions);
      const { status, response } = answer;
      return { ...toDescribed(answer), status, ContentRange: answer.headers['content-range'], Body: response };
    },
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    head: async (input, sendOptions) =>
      toDescribed(await send({ ...UNCONDITIONAL, command: 'HeadObject', input, headers: {} }, sendOptions)),
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
    remove: async (input, sendOptions) => {
      const { IfMatch } = input;
      const headers: Record<string, string> = IfMatch === undefined ? {} : { 'if-match': IfMatch };
      const asked = { command: 'DeleteObject', creates: false, isConditional: IfMatch !== undefined } as const;
      await send({ ...asked, input, headers }, sendOptions);
    },
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
    headBucket: async (input, sendOptions) => {
      await send({ ...UNCONDITIONAL, command: 'HeadBucket', input, headers: {} }, sendOptions);
    },
  };
}

const UNCONDITIONAL = { creates: false, isConditional: false } as const;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly response: IncomingMessage;
}

const metadataIn = (headers: Answer['headers'], prefix: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );

async function readAnswer(response: IncomingMessage, request: ObjectRequest): Promise<Answer> {
  const status = response.statusCode ?? 0;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) headers[name] = String(value);
  const message: Message = { headers, statusCode: status, body: response };
  await limitAnswer(message, `${request.command}Command`);
  if (status >= 300) throw refusalOf(message, request);
  return { status, headers, response };
}

const ROOT = /^\ufeff?\s*(?:<\?xml[^>]*>\s*)?<([A-Z][A-Za-z]+)(?:\s[^<>]*)?>/;

/** Tells an answer of S3's that came whole. */
function isWhole(text: string): boolean {
  const [beginning = '', root] = ROOT.exec(text) ?? [];
  return root !== undefined && (text.endsWith(`</${root}>`) || (beginning === text && text.endsWith('/>')));
}

/** Names a refusal as the SDK does, which what judges errors knows. @throws {UnexpectedAnswer} when it has a body that is none of S3's */
function refusalOf(
  { statusCode = 0, headers, body }: Message,
  { command, creates, isConditional }: ObjectRequest,
): Error {
  const text = body instanceof Uint8Array ? Buffer.from(body).toString().trim() : '';
  if (text !== '' && !isWhole(text)) {
    throw new UnexpectedAnswer(`Status ${statusCode} came with words that are not S3's`);
  }
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1]?.trim();
  const bare = nameOfBareAnswer(statusCode, { command, creates, isConditional });
  const name = code || bare || (statusCode === 404 ? 'NotFound' : 'UnknownError');
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? name;
  const fault = statusCode >= 500 ? 'server' : 'client';
  const facts = { name, $fault: fault, $metadata: { httpStatusCode: statusCode }, $response: { headers } };
  return Object.assign(new Error(message), facts);
}
