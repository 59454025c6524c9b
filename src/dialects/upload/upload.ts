import type { ReceivedImage, UploadedImage, UploadOutcome } from '../../app.ts';
import { beforeDeadline } from '../../concurrency/deadline.ts';
import { AppError } from '../../errors.ts';
import type { HttpRequest, HttpResponse } from '../../http/request.ts';
import { pickAnswerFormat, requireKnownFormat } from '../answer-format.ts';
import { toRefusal } from '../answers.ts';
import { type Credential, findInFields } from '../credential.ts';
import type { Refusal } from '../dialect.ts';
import { onlyFields, type RequestContext } from '../request-context.ts';
import { admitUpload, storeImages } from './endpoints.ts';
import { type MAX_FILES, type OnFields, readUploadBody, type UploadBody } from './upload-body.ts';

/** Bytes of files that are taken in before anybody has shown a token: what a cloud function gets at most. */
const MAX_UNPROVEN_BYTES = 8 * 1024 * 1024;
/** The same with everything that stands around them, and with what is passed over in search of a token. */
const MAX_UNPROVEN_BODY_BYTES = 4 * MAX_UNPROVEN_BYTES;
/** The same of a text, which is read into memory; a cloud function gets much less of it. */
const MAX_UNPROVEN_TEXT_BYTES = 2 * 1024 * 1024;
/** All texts together that are being read before anybody has shown a token. */
const unprovenTexts = { bytes: 4 * MAX_UNPROVEN_TEXT_BYTES };
/** What of an unproven image may lie in memory, and not in a file. */
const UNPROVEN_IN_MEMORY = 256 * 1024;

/** How a dialect takes an upload, and how it answers. */
export interface UploadFormat {
  readonly maxFiles: 1 | typeof MAX_FILES;
  /** More of where the image goes, by the dialect's own field names. */
  readonly place?: (
    fields: ReadonlyMap<string, unknown>,
  ) => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
  readonly accept: (answer: UploadAnswer, context: RequestContext) => HttpResponse;
  readonly refuse: (refusal: Refusal) => HttpResponse;
}

/** What was stored, the first image apart; with several files some may be refused. */
export interface UploadAnswer {
  readonly images: readonly [UploadedImage, ...UploadedImage[]];
  readonly outcomes: readonly UploadOutcome[];
  readonly requestId: string;
}

/** What is known of a body by now, whether it was read to its end or not. */
export interface Seen {
  fields: ReadonlyMap<string, unknown>;
  /** Whether all its fields were reached. */
  areAll: boolean;
  /** Those of a form. */
  files: UploadBody['files'];
}

/** Serves an upload: read, prove, store, answer. */
export async function serveUpload(context: RequestContext, pick: PickFormat): Promise<HttpResponse> {
  const seen: Seen = { fields: new Map(), areAll: false, files: [] };
  const { maxFiles, place } = toFormat(pick, seen);
  const envelope = await upload(context, { maxFiles, seen, ...(place && { place }) });
  const { fields } = seen;
  Object.assign(context.traces, { fields: [...fields.keys()], files: seen.files });
  const answerFormat = toFormat(pick, seen);
  // A wish that comes as a field is known by now.
  const answering = { ...context, format: pickAnswerFormat(context.request, fields) };
  if (!envelope.success) return answerFormat.refuse(toRefusal(envelope, answering));
  const { outcomes } = envelope.data;
  context.traces.outcomes = outcomes;
  const [first, ...others] = outcomes.filter((outcome) => 'url' in outcome);
  if (first === undefined) throw new TypeError('nothing was stored, and nothing said so');
  return answerFormat.accept({ images: [first, ...others], outcomes, requestId: envelope.requestId }, answering);
}

/** How to answer, for dialects that are told from each other by what they send. */
type PickFormat = UploadFormat | ((seen: Readonly<Seen>) => UploadFormat);

const toFormat = (pick: PickFormat, seen: Seen): UploadFormat => (typeof pick === 'function' ? pick(seen) : pick);

interface ReadAs extends Pick<UploadFormat, 'maxFiles' | 'place'> {
  readonly seen: Seen;
}

/** Of many images of one request, only the first lie in memory as a single one may. */
const IN_MEMORY_FILES = 4;
const IN_MEMORY_LATER = 64 * 1024;

/** A token before the body is checked before the body is read; a token within it, as soon as it is found. */
async function upload(context: RequestContext, { maxFiles, place, seen }: ReadAs) {
  const { request } = context;
  const onFields: OnFields = (fields, areAll, files = seen.files) => {
    seen.fields = fields;
    seen.areAll = areAll;
    seen.files = files;
  };
  const toSent = async (body: UploadBody) => {
    requireKnownFormat(request, body.fields);
    return {
      given: { images: requireImages(body) },
      fields: { ...toPlace(body.fields, request.query), ...(await place?.(either(body.fields, request.query))) },
    };
  };
  if (context.credential !== undefined) {
    let files = 0;
    const take = (file: AsyncIterable<Uint8Array>, originalName: string | undefined) => {
      files += 1;
      return context.receive(file, { originalName, ...(files > IN_MEMORY_FILES && { maxInMemory: IN_MEMORY_LATER }) });
    };
    let isRead = false;
    const read = async () => {
      isRead = true;
      return toSent(await readUploadBody(request, { maxFiles, take, onFields }));
    };
    const envelope = await context.call(storeImages, read);
    if (!envelope.success && !isRead) await peek(request, onFields);
    return envelope;
  }
  const reading = await readUnproven(context, maxFiles, (found) => isProven(context, found), onFields);
  // Where a token in the body could not be reached, what is wrong with the body is all that can be said.
  const isUnread = reading.credential === undefined && !seen.areAll;
  if (isUnread && reading.error instanceof AppError) return context.fail(reading.error);
  const read = () => {
    if (reading.body === undefined) throw reading.error;
    return toSent(reading.body);
  };
  return context.call(storeImages, read, reading.credential);
}

/** Bytes of a body that are looked at only to say no as its client wishes. */
const MAX_PEEKED_BYTES = 16 * 1024;
/** And for how long, as it may not come at all. */
const MAX_PEEKED_MS = 500;

/** Sees the fields before the first file of a body that is not wanted, for in them a client may say how to answer it. */
async function peek(request: HttpRequest, onFields: OnFields): Promise<void> {
  // Who asks before it sends shall not be made to send what is refused.
  if (request.headers.has('expect')) return;
  const body = within({ bytes: MAX_PEEKED_BYTES }, request.body);
  const take = async (_file: unknown, _name: unknown, before: ReadonlyMap<string, unknown>) => {
    onFields(before, false);
    throw new Unproven();
  };
  const reading = readUploadBody({ ...request, body }, { maxFiles: 1, take, onFields });
  await beforeDeadline(reading, MAX_PEEKED_MS, () => new Unproven()).catch(() => undefined);
}

/** A parameter of a dialect, wherever a client puts it. */
const either = (fields: ReadonlyMap<string, unknown>, query: URLSearchParams): ReadonlyMap<string, unknown> =>
  new Map<string, unknown>([...query, ...fields]);

/** A body that was read before anybody had shown a token. */
export interface Reading {
  readonly body?: UploadBody;
  readonly error?: unknown;
  readonly credential: Credential | undefined;
}

/** Reads the body of a client that has shown no good token yet: little of it, unless `isKnown` says so of a token it finds. */
export async function readUnproven(
  context: RequestContext,
  maxFiles: number,
  isKnown: (credential: Credential | undefined) => Promise<boolean>,
  onFields?: OnFields,
): Promise<Reading> {
  const files = { bytes: MAX_UNPROVEN_BYTES };
  const whole = { bytes: MAX_UNPROVEN_BODY_BYTES };
  let fields: ReadonlyMap<string, unknown> = new Map();
  const take = async (
    file: AsyncIterable<Uint8Array>,
    originalName: string | undefined,
    before: ReadonlyMap<string, unknown>,
  ): Promise<ReceivedImage> => {
    if (!(await isKnown(findInFields(before)))) {
      return context.receive(within(files, file), { originalName, maxInMemory: UNPROVEN_IN_MEMORY });
    }
    whole.bytes = Number.POSITIVE_INFINITY;
    return context.receive(file, { originalName });
  };
  const request = { ...context.request, body: within(whole, context.request.body) };
  const text = { maxBytes: MAX_UNPROVEN_TEXT_BYTES, pool: unprovenTexts };
  const noteFields: OnFields = (found, ...more) => {
    fields = found;
    onFields?.(found, ...more);
  };
  try {
    const body = await readUploadBody(request, { maxFiles, take, text, onFields: noteFields });
    return { body, credential: findInFields(body.fields) };
  } catch (error) {
    return { error, credential: findInFields(fields) };
  }
}

async function isProven(context: RequestContext, credential: Credential | undefined): Promise<boolean> {
  if (credential === undefined) return false;
  const admitted = await context.call(admitUpload, () => onlyFields({}), credential);
  if (!admitted.success) throw new Unproven();
  return true;
}

/** Ends the reading of a form whose token is no good; the endpoint then says why. */
class Unproven extends Error {}

async function* within(budget: { bytes: number }, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    budget.bytes -= chunk.byteLength;
    if (budget.bytes < 0) throw beyondUnproven();
    yield chunk;
  }
}

/** Where the image is to go, by the names that the native endpoint has for it. */
function toPlace(fields: ReadonlyMap<string, unknown>, query: URLSearchParams): Readonly<Record<string, unknown>> {
  const read = (...names: readonly string[]): string | undefined => {
    for (const name of names) {
      const value = fields.get(name) ?? query.get(name);
      if (typeof value === 'string' && value !== '') return value;
    }
    return undefined;
  };
  const name = read('name', 'nameTemplate');
  const nameTemplate = name === 'original' ? '{name}.{ext}' : name?.includes('{') ? name : undefined;
  const wanted = {
    bucketName: read('bucketName', 'bucket'),
    folder: read('folder'),
    album: read('album'),
    albumId: read('album_id', 'albumId'),
    nameTemplate,
    expiresIn: read('expiresIn', 'expires_in'),
    expiresAt: read('expiresAt', 'expires_at'),
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
}

function requireImages({ images, fields }: UploadBody): UploadBody['images'] {
  if (images.length > 0) return images;
  const names = [...fields.keys()].map((name) => JSON.stringify(name.slice(0, 64)));
  throw new AppError(
    'InvalidArgument',
    {
      zh: `没有收到文件${names.length > 0 ? `，只有字段 ${names.join('、')}` : ''}：请以表单文件（任意字段名）、图片原始字节或 base64 上传`,
      en: `No file came${names.length > 0 ? `, only the fields ${names.join(', ')}` : ''}: upload a file of a form (any field name), raw image bytes, or base64`,
    },
    { details: { fields: ['file'] } },
  );
}

const beyondUnproven = (): AppError =>
  new AppError(
    'EntityTooLarge',
    {
      zh: `token 放在文件之后的表单字段时，文件不能超过 ${MAX_UNPROVEN_BYTES} 字节；大图请把 token 放进 Authorization 请求头`,
      en: `With the token in a form field after the file, files may have ${MAX_UNPROVEN_BYTES} bytes; for larger ones use the Authorization header`,
    },
    { details: { maxBytes: MAX_UNPROVEN_BYTES } },
  );
