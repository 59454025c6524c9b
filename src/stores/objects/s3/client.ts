import { createHash } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { S3Client } from '@aws-sdk/client-s3';
import { nameBareAnswers } from './bare-answers.ts';
import { mendDateHeader, mendListed } from './dates.ts';
import { isOfGateway, UnexpectedAnswer } from './errors.ts';
import { endpointOf, FLAVOURS, isAws, METADATA_PREFIX, type S3Options } from './options.ts';

const CONNECT_MS = 1000;
const MAX_SOCKETS = 256;
/** Stores close connections that stand idle, AWS after some 20 s; a function that was frozen does not hear of it. */
const IDLE_SOCKET_MS = 10_000;
const NODE_WARNING = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

/** Creates the SDK's client: no retries or checksums of its own, and the flavour's ways in middleware. */
export function createClient(options: S3Options, isCareful: boolean): S3Client {
  const { region, forcePathStyle, now } = options;
  const { accessKeyId, secretAccessKey, sessionToken } = options.credentials;
  const { forbidOverwrite, metadataPrefix } = FLAVOURS[options.flavour];
  const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const client = withoutWarning(
    () =>
      new S3Client({
        region,
        endpoint: endpointOf(options),
        forcePathStyle,
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
        defaultsMode: 'standard',
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        // A wrong clock signs wrong links, so it is better known than mended.
        disableClockSkewCorrection: true,
        // It costs a connection and a round trip for each large body, so only who was cut off waits to be asked.
        expectContinueHeader: isCareful,
        requestHandler: { connectionTimeout: CONNECT_MS, httpAgent, httpsAgent },
      }),
  );
  leaveOutRetries(client);
  limitAnswers(client);
  nameBareAnswers(client);
  sendContentMd5(client);
  renameForbidOverwrite(client, forbidOverwrite);
  if (metadataPrefix !== METADATA_PREFIX) doubleMetadata(client, metadataPrefix);
  closeStaleSockets(client, [httpAgent, httpsAgent], now);
  if (!isAws(options)) leaveOutLocation(client);
  return client;
}

/** The SDK complains about Node 20 once, when its first client is made, and reads only this variable. */
function withoutWarning<T>(create: () => T): T {
  const before = process.env[NODE_WARNING];
  process.env[NODE_WARNING] = 'true';
  try {
    return create();
  } finally {
    if (before === undefined) delete process.env[NODE_WARNING];
    else process.env[NODE_WARNING] = before;
  }
}

/** Retries are the guard's; the SDK's own, even if there are none, would print a warning for each upload that fails. */
function leaveOutRetries(client: S3Client): void {
  client.middlewareStack.add((next) => next, {
    step: 'finalizeRequest',
    priority: 'high',
    name: 'retryMiddleware',
    override: true,
  });
}

/** Where a checksum is demanded, all stores take Content-MD5, and COS nothing else. */
function sendContentMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (!isMessage(request)) return next(args);
      const checksums = Object.keys(request.headers).filter((name) => /^x-amz-(sdk-)?checksum-/.test(name));
      for (const name of checksums) delete request.headers[name];
      if (checksums.length > 0 && typeof request.body === 'string') {
        request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
      }
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'sendContentMd5' },
  );
}

function renameForbidOverwrite(client: S3Client, [name, value]: readonly [string, string]): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (isMessage(request) && request.headers['if-none-match'] === '*') {
        delete request.headers['if-none-match'];
        request.headers[name] = value;
      }
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'renameForbidOverwrite' },
  );
}

/** Whether COS keeps S3's names of metadata is not documented, so it gets both and may answer with either. */
function doubleMetadata(client: S3Client, prefix: string): void {
  const double = (message: unknown, from: string, to: string): void => {
    if (!isMessage(message)) return;
    for (const [name, value] of Object.entries(message.headers)) {
      if (name.startsWith(from)) message.headers[name.replace(from, to)] ??= value;
    }
  };
  client.middlewareStack.add(
    (next) => (args) => {
      double(args.request, METADATA_PREFIX, prefix);
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'doubleMetadata' },
  );
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      double(result.response, prefix, METADATA_PREFIX);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'readDoubledMetadata' },
  );
}

/** Only AWS wants its region as the place of a new bucket; Ceph knows it by other names, COS not at all. */
function leaveOutLocation(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) =>
      'CreateBucketConfiguration' in args.input ? next({ ...args, input: { Bucket: args.input.Bucket } }) : next(args),
    { step: 'initialize', priority: 'low', name: 'leaveOutLocation' },
  );
}

function closeStaleSockets(client: S3Client, agents: readonly HttpAgent[], now: () => Date): void {
  let lastUsedAt = 0;
  client.middlewareStack.add(
    (next) => (args) => {
      const time = now().getTime();
      if (time - lastUsedAt > IDLE_SOCKET_MS) {
        const sockets = agents.flatMap(({ freeSockets }) => Object.values(freeSockets).flat());
        for (const socket of sockets) socket?.destroy();
      }
      lastUsedAt = time;
      return next(args);
    },
    { step: 'initialize', name: 'closeStaleSockets' },
  );
}

/** More than the largest honest answer: a listing of 1,000 keys of 1,024 bytes, each byte escaped. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** S3 says nothing more than that it is done, and a proxy's own words would be taken for that. */
const WITHOUT_BODY = /^(DeleteObject|DeleteBucket|AbortMultipartUpload)Command$/;
/** S3's root elements are words that begin with a capital. */
const S3_XML = /^(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?<[A-Z][A-Za-z]+[\s/>]/;
const FOREIGN = /^\s*(<\?xml[^>]*>\s*)?<(!doctype|html)/i;

interface Message {
  readonly headers: Record<string, string>;
  readonly statusCode?: number;
  body?: unknown;
}

/** Tells the SDK's HTTP requests and responses from anything else that may pass through its middleware. */
const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && 'headers' in value && typeof value.headers === 'object';

/** Reads every answer but an object's bytes up to a limit, and refuses web pages before the SDK takes them for emptiness. */
function limitAnswers(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const result = await next(args);
        if (isMessage(result.response)) await limitAnswer(result.response, commandName);
        return result;
      },
    { step: 'deserialize', priority: 'low', name: 'limitAnswers' },
  );
}

async function limitAnswer(response: Message, commandName: string): Promise<void> {
  const { statusCode = 0 } = response;
  const isFound = statusCode < 300;
  mendDateHeader(response.headers);
  if (isFound && commandName === 'GetObjectCommand') return;
  const bytes = await collect(response.body);
  response.body = bytes;
  // An object may well be a web page.
  if (isFound && commandName === 'HeadObjectCommand') return;
  if (isFound && !isBlank(bytes) && WITHOUT_BODY.test(commandName)) {
    throw new UnexpectedAnswer(`${commandName} was answered with a body`);
  }
  // The page or words of a gateway say no more than its status does.
  response.body = isOfGateway(statusCode) && !isXml(bytes) ? new Uint8Array() : mendListed(bytes, commandName);
  if (isOfGateway(statusCode)) return;
  const isPage = commandName.startsWith('Head') ? announcesPage(response) : isForeign(response, bytes);
  if (isPage) throw new UnexpectedAnswer(`A web page came back with status ${statusCode}`);
}

/** Tells web pages and documents with entities of their own, neither of which any S3 store sends; a label alone says nothing of an answer that is empty or S3's XML. */
function isForeign({ headers }: Message, bytes: Buffer): boolean {
  const beginning = bytes.toString('latin1', 0, 200);
  if (FOREIGN.test(beginning)) return true;
  return /^text\/html/i.test(headers['content-type'] ?? '') && !isBlank(bytes) && !S3_XML.test(beginning);
}

/** An answer to HEAD shows no content; of a page it tells at least the length, and nothing that only S3 says. */
const announcesPage = ({ headers }: Message): boolean =>
  /^text\/html/i.test(headers['content-type'] ?? '') &&
  headers['content-length'] !== '0' &&
  headers['x-amz-request-id'] === undefined;

const isXml = (bytes: Buffer): boolean => {
  const beginning = bytes.toString('latin1', 0, 200);
  return S3_XML.test(beginning) && !FOREIGN.test(beginning);
};

const isBlank = (bytes: Buffer): boolean => /^\s*$/.test(bytes.toString('latin1'));

async function collect(body: unknown): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (!isByteStream(body)) return Buffer.alloc(0);
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES) throw new UnexpectedAnswer('The answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const isByteStream = (body: unknown): body is AsyncIterable<Uint8Array> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
