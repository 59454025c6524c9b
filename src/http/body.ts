import { type InputSize, LARGEST_INPUT, type ReceivedImage, type Receiver, type RequestBody } from '../app.ts';
import { AppError } from '../errors.ts';
import { isRecord } from '../naming/record.ts';
import { ONE_FILE, type ReceiveFile, readMultipart } from './form.ts';
import type { HttpRequest } from './request.ts';
import { parseJson, parsePairs, readBytes, requireFewPairs, upTo } from './text-body.ts';

/** Boundaries and headers of a form's fields. */
const FORM_OVERHEAD_BYTES = 8 * 1024;

/** Names that belong to the envelope or that platforms add; over HTTP nobody may set them. */
const isForeign = (name: string): boolean => name.startsWith('$') || name === 'userInfo';

/** The images of one request: received by whoever reads the body, and owned here. */
export interface ReceivedImages {
  readonly receive: Receiver;
  /** Gives all of them up; for the entry, once, when it has its answer. */
  discard(): Promise<void>;
}

/** Keeps hold of every image that is received through it. */
export function ownImages(receive: Receiver): ReceivedImages {
  const images: ReceivedImage[] = [];
  return {
    receive: async (source, options) => {
      const image = await receive(source, options);
      images.push(image);
      return image;
    },
    discard: async () => {
      await Promise.all(images.map((image) => image.discard()));
    },
  };
}

/** Creates the body of a request to a route that has these methods and needs so much; of GET and HEAD it is the query. */
export function createRequestBody(
  request: HttpRequest,
  methods: readonly string[],
  receive: Receiver,
  most: InputSize = LARGEST_INPUT,
): RequestBody {
  const read = async (receiveFile?: ReceiveFile): Promise<unknown> => {
    requireMethod(request.method, methods);
    return request.method === 'GET' || request.method === 'HEAD'
      ? toInput(request.query)
      : readInput(request, most, receiveFile);
  };
  return {
    json: () => read(),
    form: async () => {
      let file: ReceivedImage | undefined;
      const fields = await read(async (source, originalName) => {
        file = await receive(source, { originalName });
      });
      return { fields: { ...placeFromHeaders(request), ...(typeof fields === 'object' ? fields : {}) }, file };
    },
  };
}

function requireMethod(method: string, allow: readonly string[]): void {
  if (!allow.includes(method === 'HEAD' ? 'GET' : method)) throw methodNotAllowed(allow);
}

/** The refusal of a method that a path does not have. */
export const methodNotAllowed = (allow: readonly string[]): AppError =>
  new AppError(
    'MethodNotAllowed',
    { zh: `请改用 ${allow.join(' 或 ')} 方法`, en: `Use the method ${allow.join(' or ')} instead` },
    { details: { allow } },
  );

/** The seeds' upload form names its place in two headers. */
function placeFromHeaders({ headers }: HttpRequest): Readonly<Record<string, string>> {
  const bucketName = headers.get('bucket');
  const folder = headers.get('folder');
  return {
    ...(bucketName !== undefined && { bucketName }),
    ...(folder !== undefined && { folder: decodeHeader(folder) }),
  };
}

/** Header values come as Latin-1; people send UTF-8, raw or percent-encoded. */
function decodeHeader(value: string): string {
  const utf8 = Buffer.from(value, 'latin1').toString('utf8');
  const text = utf8.includes('\ufffd') ? value : utf8;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Reads a request's input by its content type, up to what it can need.
 *
 * @throws {AppError} InvalidArgument, EntityTooLarge, UnsupportedMediaType
 */
export async function readInput(request: HttpRequest, most: InputSize, receiveFile?: ReceiveFile): Promise<unknown> {
  const type = request.headers.get('content-type') ?? '';
  const essence = type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (essence === 'multipart/form-data') return withoutForeign(await readForm(request, most, receiveFile));
  if (essence === 'application/json') return withoutForeign(parseJson(await readBytes(request, most.bytes), most));
  // Of a type that nothing here reads, nothing is read.
  if (essence !== '' && essence !== FORM_TYPE) throw wrongType(essence);
  const bytes = await readBytes(request, most.bytes);
  if (essence === '' && bytes.byteLength === 0) return {};
  if (essence === '' || isJson(bytes)) throw wrongType(essence, bytes);
  return withoutForeign(toInput(parsePairs(bytes)));
}

const FORM_TYPE = 'application/x-www-form-urlencoded';

/** Whether text begins as an object or a list does, and as no form of ours. */
const isJson = (bytes: Buffer): boolean => /^\s*[{[]/.test(bytes.toString('latin1', 0, 64));

/** What the type is, or that there is none, and what the body looks like; `curl -d` calls everything a form. */
function wrongType(essence: string, bytes = Buffer.alloc(0)): AppError {
  const shown = JSON.stringify(essence.slice(0, 64));
  const is =
    essence === ''
      ? { zh: '缺少请求头 Content-Type', en: 'The header Content-Type is missing' }
      : { zh: `请求头 Content-Type 是 ${shown}`, en: `The Content-Type is ${shown}` };
  const should = isJson(bytes)
    ? { zh: '请求体是 JSON，应为 application/json', en: 'the body is JSON, so send application/json' }
    : {
        zh: `应为 application/json、multipart/form-data 或 ${FORM_TYPE}`,
        en: `send application/json, multipart/form-data or ${FORM_TYPE}`,
      };
  return new AppError('UnsupportedMediaType', { zh: `${is.zh}：${should.zh}`, en: `${is.en}: ${should.en}` });
}

/** A file has a limit of its own, which whoever receives it knows. */
const readForm = (request: HttpRequest, { bytes }: InputSize, receiveFile: ReceiveFile | undefined) =>
  readMultipart(
    receiveFile === undefined ? { ...request, body: upTo(request.body, bytes + FORM_OVERHEAD_BYTES) } : request,
    receiveFile,
    { ...ONE_FILE, textBytes: bytes },
  );

/** Reads pairs as input. @throws {AppError} InvalidArgument for a name given twice */
const toInput = (pairs: Iterable<readonly [string, string]>): Readonly<Record<string, unknown>> => {
  const fields = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (fields.has(name)) throw givenTwice(name);
    fields.set(name, value);
    requireFewPairs(fields.size);
  }
  return Object.fromEntries([...fields].filter(([name]) => !isForeign(name)));
};

/** The refusal of a field that is there more than once. */
const givenTwice = (name: string): AppError => {
  const shown = JSON.stringify(name.slice(0, 64));
  return new AppError('InvalidArgument', {
    zh: `字段 ${shown} 出现了多次`,
    en: `Field ${shown} is given more than once`,
  });
};

const withoutForeign = (input: unknown): unknown =>
  isRecord(input) ? Object.fromEntries(Object.entries(input).filter(([name]) => !isForeign(name))) : input;
