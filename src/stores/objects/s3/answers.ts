import type { S3Client } from '@aws-sdk/client-s3';
import { UnexpectedAnswer } from './errors.ts';

/** More than the largest honest answer: a listing of 1,000 keys of 1,024 bytes, each byte escaped. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** S3 says nothing more than that it is done, and a proxy's own words would be taken for that. */
const WITHOUT_BODY = /^(DeleteObject|DeleteBucket|AbortMultipartUpload)Command$/;
const FOREIGN = /^\s*(<\?xml[^>]*>\s*)?<(!doctype|html)/i;

interface Message {
  readonly headers: Record<string, string>;
  readonly statusCode?: number;
  body?: unknown;
}

/** Tells the SDK's HTTP requests and responses from anything else that may pass through its middleware. */
export const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && 'headers' in value && typeof value.headers === 'object';

/** Reads every answer but an object's bytes up to a limit, and refuses web pages before the SDK takes them for emptiness. */
export function limitAnswers(client: S3Client): void {
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
  if (isFound && commandName === 'GetObjectCommand') return;
  const bytes = await collect(response.body);
  response.body = bytes;
  // An object may well be a web page.
  if (isFound && commandName === 'HeadObjectCommand') return;
  if (isFound && bytes.byteLength > 0 && WITHOUT_BODY.test(commandName)) {
    throw new UnexpectedAnswer(`${commandName} was answered with a body`);
  }
  if (!isForeign(response, bytes)) return;
  if (statusCode < 500) throw new UnexpectedAnswer(`A web page came back with status ${statusCode}`);
  // The page of a gateway says no more than its status does.
  response.body = new Uint8Array();
}

/** Tells web pages and documents with entities of their own, neither of which any S3 store sends. */
const isForeign = ({ headers }: Message, bytes: Buffer): boolean =>
  /^text\/html/i.test(headers['content-type'] ?? '') || FOREIGN.test(bytes.toString('latin1', 0, 200));

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
