import { createHash } from 'node:crypto';
import { readWhole } from '../../concurrency/read-whole.ts';
import type { Text } from '../../errors.ts';
import { ImageError, type RemovedPart, scrubImage } from '../../images/index.ts';
import { CONVERTIBLE_FORMATS, IMAGE_TYPES, imageTypeOf } from '../../naming/media-type.ts';
import type { Converted, ConvertibleFormat, ImageConverter } from '../../ports/image-converter.ts';
import { toImageRefusal } from './image-refusals.ts';
import { ReceivedImage } from './received-image.ts';
import type { ReceiveOptions, ReceiverOptions } from './receiver.ts';
import { BEYOND, tooLarge } from './size-limits.ts';
import { createSpool } from './spool.ts';

/** What an image was when it came. */
interface Origin {
  /** Bytes that have come by now. */
  readonly received: { bytes: number };
  readonly convertedFrom?: ConvertibleFormat;
  readonly leftBehind?: readonly RemovedPart[];
}

/** Takes an image in. One that not every browser shows is converted, where it can be, and what comes of that is taken in like any other. */
export async function receiveImage(
  source: AsyncIterable<Uint8Array>,
  sent: ReceiveOptions,
  options: ReceiverOptions,
): Promise<ReceivedImage> {
  const received = { bytes: 0 };
  const held = holdHead(
    inStretches(
      counted(source, received, [
        [options.maxBytes, BEYOND.bed],
        [sent.announcedBytes, BEYOND.announced],
      ]),
    ),
  );
  try {
    return await scrub(held.source(), sent, options, { received }).catch(async (error: unknown) => {
      // What goes past the service is what was announced, or nothing.
      const found = sent.announcedBytes === undefined ? await findConverter(error, options) : undefined;
      if (found === undefined) throw error;
      const { bytes, contentType, leftBehind } = await convert(held.all(), found, { ...sent, ...options });
      const originalName = rename(sent.originalName, found.format, contentType);
      const origin = { received, convertedFrom: found.format, leftBehind };
      return scrub(inStretches(single(bytes)), { ...sent, originalName }, options, origin);
    });
  } catch (error) {
    throw toImageRefusal(error);
  } finally {
    await held.close();
  }
}

async function scrub(
  source: AsyncIterable<Uint8Array>,
  { originalName, maxInMemory }: ReceiveOptions,
  { spoolFolder, imageLimits }: ReceiverOptions,
  { received, convertedFrom, leftBehind }: Origin,
): Promise<ReceivedImage> {
  const spool = createSpool(spoolFolder, maxInMemory);
  const hash = createHash('sha256');
  const removed = new Set<RemovedPart>(leftBehind);
  const write = async (chunk: Uint8Array): Promise<void> => {
    hash.update(chunk);
    await spool.write(chunk);
  };
  try {
    const { format, width, height, frames } = await scrubImage(source, write, imageLimits, (part) => removed.add(part));
    const body = await spool.finish();
    const { contentType, extension } = imageTypeOf(format);
    return new ReceivedImage({
      originalName,
      contentType,
      extension,
      width,
      height,
      frames,
      size: body instanceof Uint8Array ? body.byteLength : body.size,
      receivedSize: received.bytes,
      removed: [...removed].sort(),
      convertedFrom,
      sha256: hash.digest('hex'),
      body,
      discard: spool.discard,
    });
  } catch (error) {
    await spool.discard();
    throw error;
  }
}

const BEYOND_CONVERTER = {
  zh: '更大的这种图片不自动转换，请自行另存为 PNG 或 JPEG 再上传',
  en: 'larger images of this kind are not converted; save it as PNG or JPEG yourself',
};

interface FoundConverter {
  readonly format: ConvertibleFormat;
  readonly converter: ImageConverter;
}

/** Finds what converts an image that was refused for its format. */
async function findConverter(error: unknown, options: ReceiverOptions): Promise<FoundConverter | undefined> {
  if (!(error instanceof ImageError) || error.code !== 'unknown-format') return undefined;
  const format = CONVERTIBLE_FORMATS.find((known) => known === error.facts.found);
  if (format === undefined) return undefined;
  const converter = await options.converter?.();
  return converter?.formats.has(format) === true ? { format, converter } : undefined;
}

/** Takes all of it in before its turn comes, so that nobody who sends slowly keeps the others waiting. */
async function convert(
  source: AsyncIterable<Uint8Array>,
  { format, converter }: FoundConverter,
  { spoolFolder, maxInMemory }: Pick<ReceiverOptions & ReceiveOptions, 'spoolFolder' | 'maxInMemory'>,
): Promise<Converted> {
  const spool = createSpool(spoolFolder, maxInMemory);
  try {
    const within = counted(source, { bytes: 0 }, [[converter.maxBytes, BEYOND_CONVERTER]]);
    for await (const chunk of within) await spool.write(chunk);
    const body = await spool.finish();
    return await converter.convert(format, async () => (body instanceof Uint8Array ? body : readWhole(body.open())));
  } finally {
    await spool.discard();
  }
}

/** What files of each format are called. */
const EXTENSIONS = { heic: 'heic|heif|hif', tiff: 'tiff?', bmp: 'bmp|dib', ico: 'ico|cur' } as const;

/** `IMG_1.HEIC` is `IMG_1.jpg` from then on. */
function rename(name: string | undefined, from: ConvertibleFormat, to: Converted['contentType']): string | undefined {
  const extension = IMAGE_TYPES.find(({ contentType }) => contentType === to)?.extension;
  return name?.replace(new RegExp(`\\.(?:${EXTENSIONS[from]})$`, 'i'), `.${extension}`);
}

/** Bytes by which the format is known to whoever reads. */
const HEAD_LENGTH = 4096;

/** Reads a source that may be read once more from its beginning as long as no more than its head was. */
function holdHead(source: AsyncIterable<Uint8Array>) {
  const iterator = source[Symbol.asyncIterator]();
  let head: Uint8Array[] = [];
  let pulled = 0;
  async function* rest(): AsyncGenerator<Uint8Array> {
    for (let step = await iterator.next(); step.done !== true; step = await iterator.next()) {
      head = pulled < HEAD_LENGTH ? [...head, step.value] : [];
      pulled += step.value.byteLength;
      yield step.value;
    }
  }
  return {
    source: rest,
    all: async function* (): AsyncGenerator<Uint8Array> {
      yield* head;
      yield* rest();
    },
    close: async (): Promise<void> => void (await iterator.return?.()),
  };
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** So much is looked at in one go, and for so long, before others get their turn. */
const PIECE_LENGTH = 65_536;
const MAX_STRETCH_MS = 10;

/** Lets others work between the pieces of what lies in memory; what comes from elsewhere is waited for anyway. */
async function* inStretches(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let since = performance.now();
  for await (const chunk of source) {
    for (let at = 0; at < chunk.byteLength; at += PIECE_LENGTH) {
      if (performance.now() - since > MAX_STRETCH_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        since = performance.now();
      }
      yield chunk.subarray(at, at + PIECE_LENGTH);
    }
  }
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  counter: { bytes: number },
  limits: readonly (readonly [maxBytes: number | undefined, advice: Text])[],
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    counter.bytes += chunk.byteLength;
    for (const [maxBytes, advice] of limits) {
      if (maxBytes !== undefined && counter.bytes > maxBytes) throw tooLarge({}, maxBytes, advice);
    }
    yield chunk;
  }
}
