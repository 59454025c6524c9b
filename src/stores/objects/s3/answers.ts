import { mendDateHeader, mendListed } from './dates.ts';
import { isOfGateway, UnexpectedAnswer } from './errors.ts';

/** More than the largest honest answer: a listing of 1,000 keys of 1,024 bytes, each byte escaped. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** S3 says nothing more than that it is done, and a proxy's own words would be taken for that. */
const WITHOUT_BODY = /^(DeleteObject|DeleteBucket|AbortMultipartUpload)Command$/;
/** S3's root elements are words that begin with a capital. */
const S3_XML = /^(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?<[A-Z][A-Za-z]+[\s/>]/;
const FOREIGN = /^\s*(<\?xml[^>]*>\s*)?<(!doctype|html)/i;

/** An answer, or a request, as far as it is looked at. */
export interface Message {
  readonly headers: Record<string, string>;
  readonly statusCode?: number;
  body?: unknown;
}

/** Tells the SDK's HTTP requests and responses from anything else that may pass through its middleware. */
export const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && 'headers' in value && typeof value.headers === 'object';

/** Reads an answer, unless it is an object's bytes, up to a limit, and refuses web pages before anybody takes them for emptiness. */
export async function limitAnswer(response: Message, commandName: string): Promise<void> {
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
