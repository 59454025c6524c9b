import { AppError } from '../../errors.ts';
import type { ImageLimits } from '../../images/index.ts';
import { base64Bytes, isBase64, tellBytes } from '../../naming/base64.ts';
import type { ImageConverter } from '../../ports/image-converter.ts';
import type { ReceivedImage } from './received-image.ts';
import { requireSize } from './size-limits.ts';

/** What comes beside an image's bytes. */
export interface ReceiveOptions {
  readonly originalName?: string | undefined;
  /** Bytes that were announced; the service's own limit holds beside them. */
  readonly announcedBytes?: number;
  /** Bytes that may lie in memory; the rest goes to a file. */
  readonly maxInMemory?: number;
}

/**
 * Takes an image in: converts it where that is called for, scrubs, measures and hashes it; nothing is stored yet.
 *
 * @throws {AppError} EntityTooLarge, UnsupportedMediaType, InvalidImage; TooManyRequests, ServiceUnavailable of what converts
 */
export type Receiver = (source: AsyncIterable<Uint8Array>, options: ReceiveOptions) => Promise<ReceivedImage>;

/** What it takes in, and with what. */
export interface ReceiverOptions {
  readonly spoolFolder: string;
  readonly maxBytes: number;
  readonly imageLimits: ImageLimits;
  /** Makes images that are shown of others, where it is there; asked for when the first of those comes. */
  readonly converter?: () => Promise<ImageConverter | undefined>;
}

/** Creates the receiver. */
export function createReceiver(options: ReceiverOptions): Receiver {
  return async (source, sent) => {
    const { receiveImage } = await import('./receive-image.ts');
    return receiveImage(source, sent, options);
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

/** Decodes what is certainly base64, nothing included; its length says the size before a byte is decoded. */
export async function* decodeBase64(base64: string, maxBytes: number): AsyncGenerator<Uint8Array> {
  requireSize(base64Bytes(base64), maxBytes);
  if (!isBase64(base64)) {
    throw new AppError(
      'InvalidArgument',
      tellBytes(base64) ?? {
        zh: 'base64 不是标准 base64：只含 A–Z a–z 0–9 + /（或 - _，不混用）和末尾的 =，长度完整，不带 data: 前缀',
        en: 'base64 is not standard base64: characters of A–Z a–z 0–9 + / (or - _, not both kinds) and = at the end, all of them, without a data: prefix',
      },
      { details: { fields: ['base64'] } },
    );
  }
  yield Buffer.from(base64, 'base64');
}
