import { LARGEST_INPUT, type ReceivedImage, type SentImage } from '../../app.ts';
import { AppError, type Text } from '../../errors.ts';
import { type FilePart, readMultipart } from '../../http/form.ts';
import type { HttpRequest } from '../../http/request.ts';
import { parseJson, parsePairs, readBytes } from '../../http/text-body.ts';
import { tellBytes } from '../../naming/base64.ts';
import { isRecord } from '../../naming/record.ts';

/** Most files in one request: more than the pictures of the longest notes, which their editors send at once. */
export const MAX_FILES = 200;

const MOST_FIELDS = 20;
/** Shorter texts are settings, not pictures. */
const SHORTEST_IMAGE = 48;
/** How PNG, JPEG, GIF, WebP and AVIF begin in base64, of either alphabet. */
const IMAGE_IN_BASE64 = /^(?:iVBORw0KGgo|[/_]9j[/_]|R0lGOD|UklGR|AAAA)/;
const DATA_URL = /^data:[\w.+-]{1,64}\/[\w.+-]{1,64};base64,/i;
/** Fields that may hold an image in JSON, whatever it looks like. */
const IMAGE_FIELDS = new Set(['base64', 'image', 'file', 'source', 'smfile', 'files', 'images']);

/** What an upload's body holds. */
export interface UploadBody {
  readonly fields: ReadonlyMap<string, unknown>;
  readonly images: readonly SentImage[];
  /** The files by their fields, in the order of `images`. */
  readonly files: readonly { readonly field: string; readonly hasName: boolean }[];
}

/** Takes one file in while it arrives. */
type Take = (
  file: AsyncIterable<Uint8Array>,
  originalName: string | undefined,
  before: ReadonlyMap<string, unknown>,
) => Promise<ReceivedImage>;

/** How many files a client may send at once; of several, one that is refused does not keep the others out. */
export interface BodyOptions {
  readonly maxFiles: number;
  readonly take: Take;
  /** How much of a body that is text, whose images are in base64; as much as anybody may send unless said. */
  readonly text?: TextLimits;
  /** Sees what fields there are, also of a body that is then refused; those of a form while they come. */
  readonly onFields?: OnFields;
}

/** Told the fields of a body, whether all of them are there, and the files of a form, which come later where not all are. */
export type OnFields = (fields: ReadonlyMap<string, unknown>, areAll: boolean, files?: UploadBody['files']) => void;

interface TextLimits {
  readonly maxBytes: number;
  /** What is left for all who read at the same time. */
  readonly pool: { bytes: number };
}

/** Images, fields, and what plugins put around them. */
const MAX_VALUES = 1000;

/**
 * Reads what an upload client sends: a form with any field names in any order, bare bytes, or base64 in JSON or urlencoded
 * fields. What a file is called or declared to be is not believed.
 *
 * @throws {AppError} InvalidArgument, EntityTooLarge, UnsupportedMediaType
 */
export async function readUploadBody(request: HttpRequest, options: BodyOptions): Promise<UploadBody> {
  const essence = (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (essence === 'multipart/form-data') return readForm(request, options);
  if (essence === 'application/json') {
    const text = await readText(request, options);
    return findInFields(text.length === 0 ? {} : parseJson(text, { values: MAX_VALUES }), options);
  }
  if (essence === 'application/x-www-form-urlencoded') {
    return findInFields(Object.fromEntries(parsePairs(await readText(request, options))), options);
  }
  if (essence === '' && isEmpty(request)) return { fields: new Map(), images: [], files: [] };
  if (/^(|image\/.+|application\/octet-stream|binary\/octet-stream)$/.test(essence)) return readImage(request, options);
  throw new AppError('UnsupportedMediaType', {
    zh: `不支持的 Content-Type ${essence}：请用 multipart/form-data、image/*、application/octet-stream 或 application/json 上传`,
    en: `Unsupported Content-Type ${essence}: upload as multipart/form-data, image/*, application/octet-stream or application/json`,
  });
}

async function readText(request: HttpRequest, { text }: BodyOptions): Promise<Buffer> {
  if (text === undefined) return readBytes(request, LARGEST_INPUT.bytes);
  const { pool, maxBytes } = text;
  const taken = { bytes: 0 };
  const shared = async function* () {
    for await (const chunk of request.body) {
      if (pool.bytes < chunk.byteLength) throw tooManyAtOnce();
      pool.bytes -= chunk.byteLength;
      taken.bytes += chunk.byteLength;
      yield chunk;
    }
  };
  try {
    return await readBytes({ headers: request.headers, body: shared() }, maxBytes);
  } finally {
    pool.bytes += taken.bytes;
  }
}

const tooManyAtOnce = (): AppError =>
  new AppError(
    'ServiceUnavailable',
    {
      zh: '同时上传的、token 在请求体里的图片太多：请几秒后重试，或把 token 放进 Authorization 请求头',
      en: 'Too many images with the token within the body come at once: try again in a few seconds, or use the Authorization header',
    },
    { details: { retryAfterSeconds: 2 } },
  );

const isEmpty = ({ headers }: HttpRequest): boolean =>
  !headers.has('transfer-encoding') && (headers.get('content-length') ?? '0') === '0';

async function readForm(request: HttpRequest, options: BodyOptions): Promise<UploadBody> {
  const { maxFiles, take, text, onFields } = options;
  const files: { field: string; hasName: boolean }[] = [];
  const images: SentImage[] = [];
  const takeNext = async (file: AsyncIterable<Uint8Array>, originalName: string | undefined, part: FilePart) => {
    const index = files.push({ field: part.field ?? '', hasName: originalName !== undefined }) - 1;
    try {
      images[index] = await take(file, originalName, part.before);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      images[index] = { originalName, error };
    }
  };
  const fields = new Map(
    Object.entries(
      await readMultipart(request, takeNext, {
        fields: MOST_FIELDS,
        files: maxFiles,
        textBytes: text?.maxBytes ?? LARGEST_INPUT.bytes,
        moreFiles: maxFiles === 1 ? ONE_HERE : SEVERAL_TIMES,
        ...(onFields && { onBegin: (begun) => onFields(begun, false, files) }),
      }),
    ),
  );
  onFields?.(fields, true, files);
  if (images.length > 0) return { fields, images, files };
  // A short text where a file should be is a setting of the client that went wrong, and no image.
  return findInFields(Object.fromEntries(fields), options, SHORTEST_IMAGE);
}

const ONE_HERE: Text = {
  zh: '这个地址一次只收一张图片，一次上传多张请用 <图床地址>/upload',
  en: 'this address takes one image at a time; several at once go to <bed-url>/upload',
};
const SEVERAL_TIMES: Text = { zh: '请分几次上传', en: 'upload them in several requests' };

async function readImage(request: HttpRequest, { take }: BodyOptions): Promise<UploadBody> {
  const name = request.query.get('filename') ?? undefined;
  const image = await take(request.body, name, new Map());
  return { fields: new Map(), images: [image], files: [{ field: '', hasName: name !== undefined }] };
}

function findInFields(input: unknown, { maxFiles, onFields }: BodyOptions, shortest = 1): UploadBody {
  if (!isRecord(input)) {
    throw new AppError('InvalidArgument', { zh: '请求内容应为 JSON 对象', en: 'The body must be a JSON object' });
  }
  const fields = new Map(Object.entries(input));
  onFields?.(fields, true);
  requireNoPaths(fields.get('list'));
  const surely = findBase64(fields, (field, value) => value.length >= shortest && isSurelyImage(field, value));
  const found = surely.length > 0 ? surely : findBase64(fields, isPerhapsImage);
  if (found.length > maxFiles) {
    throw new AppError('InvalidArgument', {
      zh: `一次最多上传 ${maxFiles} 个文件：${(maxFiles === 1 ? ONE_HERE : SEVERAL_TIMES).zh}`,
      en: `At most ${maxFiles} files may be uploaded at once: ${(maxFiles === 1 ? ONE_HERE : SEVERAL_TIMES).en}`,
    });
  }
  if (found.length === 0) {
    requireNoAddress([...fields.values()]);
    requireNoBytes(fields);
  }
  return {
    fields,
    images: found.map(({ base64 }) => ({ base64 })),
    files: found.map(({ field }) => ({ field, hasName: false })),
  };
}

interface FieldImage {
  readonly field: string;
  readonly base64: string;
}

/** Fields hold one image, or several in an array. */
const findBase64 = (
  fields: ReadonlyMap<string, unknown>,
  isImage: (field: string, value: string) => boolean,
): readonly FieldImage[] =>
  [...fields].flatMap(([field, value]) =>
    (Array.isArray(value) ? value.slice(0, MAX_FILES + 1) : [value]).flatMap((item) => {
      if (typeof item !== 'string' || /^https?:/i.test(item) || !isImage(field, item)) return [];
      return [{ field, base64: withoutSpace(item.replace(DATA_URL, '')) }];
    }),
  );

/** Base64 may be folded into lines. A regular expression would take seconds where every other character is a space. */
function withoutSpace(base64: string): string {
  if (!/\s/.test(base64)) return base64;
  const bytes = Buffer.from(base64);
  let length = 0;
  for (const byte of bytes) {
    bytes[length] = byte;
    if (byte > 0x20) length += 1;
  }
  return bytes.toString('latin1', 0, length);
}

const isSurelyImage = (field: string, value: string): boolean =>
  (IMAGE_FIELDS.has(field) && value !== '') ||
  DATA_URL.test(value) ||
  (value.length >= SHORTEST_IMAGE && IMAGE_IN_BASE64.test(value));

/** Something long that may be base64 of what is no image: worth looking at only when there is nothing else. */
const isPerhapsImage = (_field: string, value: string): boolean =>
  value.length >= SHORTEST_IMAGE && /^[A-Za-z0-9+/\s]+={0,2}$/.test(value);

/** On a disk of Unix or Windows. A picture in base64 may begin with a slash too, and is much longer. */
const PATH = /^(\/|~\/|[a-z]:[\\/]|file:).{1,4095}\.\w{1,5}$/i;

/** A PicGo server on the same machine would open these files; a server elsewhere cannot. */
function requireNoPaths(given: unknown): void {
  const list = typeof given === 'string' && PATH.test(given) ? [given] : given;
  if (!Array.isArray(list) || list.some((item) => typeof item === 'string' && DATA_URL.test(item))) return;
  throw new AppError('InvalidArgument', {
    zh: '收到的是本机磁盘路径，服务器读不到你电脑上的文件：请在插件设置里打开「远程服务器模式」（Remote server mode）',
    en: 'These are paths on your own disk, which a server cannot read: turn on "remote server mode" in the plugin\'s settings',
  });
}

/** Says of what should be an image and is not even text what it is, and of what holds nothing that it does. */
function requireNoBytes(fields: ReadonlyMap<string, unknown>): void {
  for (const [field, value] of fields) {
    const isMeant = IMAGE_FIELDS.has(field);
    const told = isMeant || isTelling(value) ? tellBytes(value) : undefined;
    if (told !== undefined) throw new AppError('InvalidArgument', told, { details: { fields: [field] } });
    if (!isMeant || value !== '') continue;
    throw new AppError(
      'InvalidArgument',
      {
        zh: `字段 ${field} 是空的，没有图片内容：请检查客户端是否读到了文件`,
        en: `The field ${field} is empty, there is no image in it: see whether the client has read its file`,
      },
      { details: { fields: [field] } },
    );
  }
}

/** Settings of clients are lists of numbers too, and objects with nothing in them. */
const isTelling = (value: unknown): boolean =>
  typeof value === 'string' || (isRecord(value) && Object.keys(value).length > 0);

function requireNoAddress(values: readonly unknown[]): void {
  if (!values.some((value) => typeof value === 'string' && /^https?:\/\//i.test(value))) return;
  throw new AppError('InvalidArgument', {
    zh: '不支持按网址抓取图片（以免服务器被用来访问内网）：请先下载，再上传文件本身',
    en: 'Images are not fetched by address, lest the server be used to reach inner networks: download it and upload the file itself',
  });
}
