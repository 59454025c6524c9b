// https://datatracker.ietf.org/doc/html/rfc7578
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError, type Text } from '../errors.ts';
import type { HttpRequest } from './request.ts';

const PART_LIMITS = { fieldNameSize: 64, headerPairs: 20 } as const;
/** Longer texts of a form are images in base64. */
const SHORT_FIELD_BYTES = 8 * 1024;

/** How many text fields and files a form may have. */
export interface FormLimits {
  readonly fields: number;
  readonly files: number;
  /** Bytes of all its texts together; 8 KiB for each unless said. */
  readonly textBytes?: number;
  /** What to do instead of sending more files. */
  readonly moreFiles?: Text;
  /** Sees the fields, as they come. */
  readonly onBegin?: (fields: ReadonlyMap<string, unknown>) => void;
}

/** A form with one file. */
export const ONE_FILE: FormLimits = { fields: 10, files: 1 };

/** What is known of a form when a file of it arrives. */
export interface FilePart {
  /** The name of its field. */
  readonly field: string | undefined;
  /** The fields that came before it. */
  readonly before: ReadonlyMap<string, unknown>;
}

/** Takes a file of a form in while it arrives; what becomes of it is for whoever takes it. */
export type ReceiveFile = (
  file: AsyncIterable<Uint8Array>,
  fileName: string | undefined,
  part: FilePart,
) => Promise<void>;

/**
 * Reads a form: its text fields by their names, its files through `receiveFile`, each while it arrives. When it settles,
 * every file has.
 *
 * @throws {AppError} InvalidArgument for a form that is malformed, truncated, too large or has a field twice
 */
export async function readMultipart(
  request: HttpRequest,
  receiveFile: ReceiveFile | undefined,
  limits: FormLimits = ONE_FILE,
): Promise<Readonly<Record<string, unknown>>> {
  const { default: busboy } = await import('busboy');
  const fields = new Map<string, unknown>();
  const arrivals: Promise<void>[] = [];
  const stop = new AbortController();
  const refuse = (zh: string, en: string): void => stop.abort(malformed({ zh, en }));
  const addField = (name: string | undefined, value: unknown): void => {
    if (name === undefined || name === '') refuse('表单字段缺少 name', 'A form field has no name');
    else if (fields.has(name)) refuse('表单字段重复', 'A form field is given more than once');
    else fields.set(name, value);
  };

  const { textBytes = SHORT_FIELD_BYTES } = limits;
  let texts = 0;
  const form = createParser(busboy, request, limits);
  limits.onBegin?.(fields);
  form.on('field', (name, value, { nameTruncated, valueTruncated }) => {
    texts += value.length > SHORT_FIELD_BYTES ? value.length : 0;
    if (nameTruncated || valueTruncated || texts > textBytes) stop.abort(fieldTooLong(textBytes));
    else addField(name, value);
  });
  form.on('file', (field, stream, { filename }) => {
    // Without a listener of its own, a truncated file would end the process.
    stream.on('error', () => {});
    if (receiveFile === undefined) {
      stream.resume();
      refuse('此路由不接收文件', 'This route takes no file');
      return;
    }
    const arrival = receiveFile(stream.iterator({ destroyOnReturn: false }), filename, { field, before: fields }).catch(
      (error: unknown) => stop.abort(stream.errored === null ? error : incomplete(error)),
    );
    arrivals.push(arrival.then(() => void stream.resume()));
  });
  const { moreFiles = SEND_AGAIN } = limits;
  for (const event of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
    form.on(event, () =>
      refuse(
        `一个表单最多 ${limits.fields} 个字段和 ${limits.files} 个文件：${moreFiles.zh}`,
        `A form may have ${limits.fields} fields and ${limits.files} files: ${moreFiles.en}`,
      ),
    );
  }

  try {
    const closed = new Promise<void>((resolve) => form.once('close', resolve));
    await pipeline(Readable.from(request.body), form, { signal: stop.signal });
    await closed;
    await Promise.all(arrivals);
    stop.signal.throwIfAborted();
    return Object.fromEntries(fields);
  } catch (error) {
    await Promise.allSettled(arrivals);
    // What the transport says of its body, such as that it came too slowly, is more than that the form is incomplete.
    if (error instanceof AppError) throw error;
    throw stop.signal.aborted ? stop.signal.reason : incomplete(error);
  }
}

const SEND_AGAIN: Text = { zh: '请分几次发送', en: 'send the rest in another' };

const fieldTooLong = (most: number): AppError =>
  new AppError(
    'EntityTooLarge',
    {
      zh: `表单的文本字段超过 ${most} 字节；较大的图片请作为表单文件上传`,
      en: `The text fields of the form have more than ${most} bytes; upload a larger image as a file of the form`,
    },
    { details: { maxBytes: most } },
  );

function createParser(busboy: typeof import('busboy'), request: HttpRequest, { fields, files, textBytes }: FormLimits) {
  const fieldSize = textBytes ?? SHORT_FIELD_BYTES;
  const limits = { ...PART_LIMITS, fieldSize, fields, files, parts: fields + files + 1 };
  try {
    return busboy({ headers: Object.fromEntries(request.headers), limits, defParamCharset: 'utf8' });
  } catch (cause) {
    throw malformed({ zh: '表单缺少 boundary', en: 'The form has no valid boundary' }, cause);
  }
}

const malformed = (text: Text, cause?: unknown): AppError => new AppError('InvalidArgument', text, { cause });

const incomplete = (cause: unknown): AppError =>
  malformed({ zh: '表单格式错误或不完整', en: 'The form is malformed or incomplete' }, cause);
