import { createHash } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { S3Client } from '@aws-sdk/client-s3';
import { isMessage, limitAnswer } from './answers.ts';
import { nameBareAnswers } from './bare-answers.ts';
import { endpointOf, FLAVOURS, isAws, METADATA_PREFIX, type S3Options } from './options.ts';
import { CONNECT_MS, closeStaleSockets, MAX_SOCKETS } from './sockets.ts';

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
  closeStale(client, [httpAgent, httpsAgent], now);
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

function closeStale(client: S3Client, agents: readonly HttpAgent[], now: () => Date): void {
  const close = closeStaleSockets(agents, now);
  client.middlewareStack.add(
    (next) => (args) => {
      close();
      return next(args);
    },
    { step: 'initialize', name: 'closeStaleSockets' },
  );
}

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
