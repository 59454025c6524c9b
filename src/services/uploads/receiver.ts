import { createHash } from 'node:crypto';
import { AppError } from '../../errors.ts';
import type { ImageLimits } from '../../images/index.ts';
import { imageTypeOf } from '../../naming/media-type.ts';
import { ReceivedImage } from './received-image.ts';

/** What comes beside an image's bytes. */
export interface ReceiveOptions {
  readonly originalName?: string | undefined;
  /** Bytes; never more than the service's own limit. */
  readonly maxBytes?: number;
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
  return async (source, { originalName, maxBytes = limits.maxBytes, maxInMemory }) => {
    const [{ scrubImage }, { createSpool }, { toImageRefusal }] = await Promise.all([
      import('../../images/index.ts'),
      import('./spool.ts'),
      import('./image-refusals.ts'),
    ]);
    const spool = createSpool(limits.spoolFolder, maxInMemory);
    const hash = createHash('sha256');
    const counter = { bytes: 0 };
    try {
      const { format, width, height } = await scrubImage(
        counted(source, counter, Math.min(maxBytes, limits.maxBytes)),
        async (chunk) => {
          hash.update(chunk);
          await spool.write(chunk);
        },
        limits.imageLimits,
      );
      const body = await spool.finish();
      const { contentType, extension } = imageTypeOf(format);
      return new ReceivedImage({
        originalName,
        contentType,
        extension,
        width,
        height,
        size: body instanceof Uint8Array ? body.byteLength : body.size,
        receivedSize: counter.bytes,
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

/** Refuses what is beyond a limit. @throws {AppError} EntityTooLarge */
export function requireSize(size: number, maxBytes: number | undefined): void {
  if (maxBytes === undefined || size <= maxBytes) return;
  throw new AppError(
    'EntityTooLarge',
    { zh: `图片超过上限 ${maxBytes} 字节`, en: `The image is larger than the limit of ${maxBytes} bytes` },
    { details: { maxBytes } },
  );
}

/** Decodes what is certainly base64; its length says the size before a byte is decoded. */
export async function* decodeBase64(base64: string, maxBytes: number): AsyncGenerator<Uint8Array> {
  requireSize(Math.floor((base64.length / 4) * 3) - 2, maxBytes);
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

async function* counted(source: AsyncIterable<Uint8Array>, counter: { bytes: number }, maxBytes: number) {
  for await (const chunk of source) {
    counter.bytes += chunk.byteLength;
    requireSize(counter.bytes, maxBytes);
    yield chunk;
  }
}
