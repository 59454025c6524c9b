import { createHash } from 'node:crypto';
import { AppError, type Text } from '../../errors.ts';
import type { ImageLimits, RemovedPart } from '../../images/index.ts';
import { imageTypeOf } from '../../naming/media-type.ts';
import { ReceivedImage } from './received-image.ts';

/** What comes beside an image's bytes. */
export interface ReceiveOptions {
  readonly originalName?: string | undefined;
  /** Bytes that were announced; the service's own limit holds beside them. */
  readonly announcedBytes?: number;
  /** Bytes that may lie in memory; the rest goes to a file. */
  readonly maxInMemory?: number;
}

/** Takes an image in: scrubs, measures and hashes it; nothing is stored yet. @throws {AppError} EntityTooLarge, UnsupportedMediaType, InvalidImage */
export type Receiver = (source: AsyncIterable<Uint8Array>, options: ReceiveOptions) => Promise<ReceivedImage>;

interface ReceiverOptions {
  readonly spoolFolder: string;
  readonly maxBytes: number;
  readonly imageLimits: ImageLimits;
}

/** Creates the receiver. */
export function createReceiver(limits: ReceiverOptions): Receiver {
  return async (source, { originalName, announcedBytes, maxInMemory }) => {
    const [{ scrubImage }, { createSpool }, { toImageRefusal }] = await Promise.all([
      import('../../images/index.ts'),
      import('./spool.ts'),
      import('./image-refusals.ts'),
    ]);
    const spool = createSpool(limits.spoolFolder, maxInMemory);
    const hash = createHash('sha256');
    const counter = { bytes: 0 };
    const removed = new Set<RemovedPart>();
    try {
      const { format, width, height, frames } = await scrubImage(
        counted(source, counter, [
          [limits.maxBytes, 'bed'],
          [announcedBytes, 'announced'],
        ]),
        async (chunk) => {
          hash.update(chunk);
          await spool.write(chunk);
        },
        limits.imageLimits,
        (part) => removed.add(part),
      );
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
        receivedSize: counter.bytes,
        removed: [...removed].sort(),
        sha256: hash.digest('hex'),
        body,
        discard: spool.discard,
      });
    } catch (error) {
      await spool.discard();
      throw toImageRefusal(error);
    }
  };
}

/** Runs `use` with an image that is received for it alone, and gives the image up whatever comes of it. */
export async function withReceived<Result>(
  receiving: Promise<ReceivedImage>,
  use: (image: ReceivedImage) => Promise<Result>,
): Promise<Result> {
  const image = await receiving;
  try {
    return await use(image);
  } finally {
    await image.discard();
  }
}

/** What sets a limit of bytes: a variable of the bed, the token of the caller, or the announcement of the upload. */
type SizeLimit = keyof typeof BEYOND;

/** What to do about an image that is beyond a limit of bytes. */
const BEYOND = {
  bed: {
    zh: '请压缩或缩小图片，或请管理员调高 IMAGEPIC_MAX_UPLOAD_BYTES',
    en: 'make it smaller, or have an admin raise IMAGEPIC_MAX_UPLOAD_BYTES',
  },
  token: {
    zh: '这是所用令牌的 maxBytes，请压缩或缩小图片，或换用 maxBytes 更大的令牌',
    en: 'that is maxBytes of the token; make the image smaller, or use a token with a larger maxBytes',
  },
  announced: {
    zh: '这是开始上传时声明的 size，请以图片的实际大小重新开始',
    en: 'that is the size that was announced; begin the upload anew with the size that the image has',
  },
} as const satisfies Record<string, Text>;

/** Refuses what is beyond a limit. @throws {AppError} EntityTooLarge */
export function requireSize(size: number, maxBytes: number | undefined, limit: SizeLimit = 'bed'): void {
  if (maxBytes !== undefined && size > maxBytes) throw tooLarge({ size }, maxBytes, limit);
}

/** Says how large an image is, as far as that is known, and what it may be. */
function tooLarge({ size }: { readonly size?: number }, maxBytes: number, limit: SizeLimit): AppError {
  const { zh, en } = BEYOND[limit];
  return new AppError(
    'EntityTooLarge',
    {
      zh: `图片${size === undefined ? `超过 ${maxBytes}` : `有 ${size}`} 字节，上限 ${maxBytes} 字节：${zh}`,
      en: `The image has ${size ?? `more than ${maxBytes}`} bytes, and may have ${maxBytes}: ${en}`,
    },
    { details: { maxBytes, ...(size !== undefined && { size }) } },
  );
}

/** Decodes what is certainly base64; its length says the size before a byte is decoded. */
export async function* decodeBase64(base64: string, maxBytes: number): AsyncGenerator<Uint8Array> {
  requireSize(Math.floor((base64.length / 4) * 3) - (/={0,2}$/.exec(base64.slice(-2))?.[0].length ?? 0), maxBytes);
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    throw new AppError(
      'InvalidArgument',
      {
        zh: 'base64 不是标准 base64：长度应为 4 的倍数，只含 A–Z a–z 0–9 + / 和末尾的 =，不带 data: 前缀',
        en: 'base64 is not standard base64: a multiple of 4 characters of A–Z a–z 0–9 + / and = at the end, without a data: prefix',
      },
      { details: { fields: ['base64'] } },
    );
  }
  yield Buffer.from(base64, 'base64');
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  counter: { bytes: number },
  limits: readonly (readonly [maxBytes: number | undefined, limit: SizeLimit])[],
) {
  for await (const chunk of source) {
    counter.bytes += chunk.byteLength;
    for (const [maxBytes, limit] of limits) {
      if (maxBytes !== undefined && counter.bytes > maxBytes) throw tooLarge({}, maxBytes, limit);
    }
    yield chunk;
  }
}
