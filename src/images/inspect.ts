import { AppError } from '../errors.ts';
import { AVIF_HEAD_LENGTH, isAvif, scrubAvif } from './avif.ts';
import { scrubGif } from './gif.ts';
import { scrubJpeg } from './jpeg.ts';
import { PNG_SIGNATURE, scrubPng } from './png.ts';
import { unsupportedImage } from './refusals.ts';
import type { CheckSize, ImageSize } from './size.ts';
import { createTape, type Tape } from './tape.ts';
import { scrubWebp } from './webp.ts';

/** What the bytes say an image is; `width` and `height` before any orientation is applied. */
export interface ImageFacts {
  readonly contentType: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp' | 'image/avif';
  readonly extension: 'png' | 'jpg' | 'gif' | 'webp' | 'avif';
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

/** The largest image that is accepted. */
export interface ImageLimits {
  /** Width × height × frames. */
  readonly maxPixels: number;
  readonly maxSide: number;
  readonly maxFrames: number;
}

type Format = Pick<ImageFacts, 'contentType' | 'extension'> & {
  readonly begins: (head: Buffer) => boolean;
  readonly scrub: (tape: Tape, check: CheckSize) => Promise<ImageSize>;
};

const latin1 = (head: Buffer, start: number, end: number): string => head.toString('latin1', start, end);

const FORMATS: readonly Format[] = [
  {
    contentType: 'image/png',
    extension: 'png',
    begins: (head) => head.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE),
    scrub: scrubPng,
  },
  {
    contentType: 'image/jpeg',
    extension: 'jpg',
    begins: (head) => latin1(head, 0, 3) === '\xff\xd8\xff',
    scrub: scrubJpeg,
  },
  {
    contentType: 'image/gif',
    extension: 'gif',
    begins: (head) => ['GIF87a', 'GIF89a'].includes(latin1(head, 0, 6)),
    scrub: scrubGif,
  },
  {
    contentType: 'image/webp',
    extension: 'webp',
    begins: (head) => latin1(head, 0, 4) === 'RIFF' && latin1(head, 8, 12) === 'WEBP',
    scrub: scrubWebp,
  },
  { contentType: 'image/avif', extension: 'avif', begins: isAvif, scrub: scrubAvif },
];

const HEAD_LENGTH = 12;

async function sniff(tape: Tape): Promise<Format> {
  const head = await tape.peekUpTo(HEAD_LENGTH);
  if (head.length === 0) throw new AppError('InvalidArgument', { zh: '文件是空的', en: 'The file is empty' });
  const longer = latin1(head, 4, 8) === 'ftyp';
  const shown = longer ? await tape.peekUpTo(Math.min(head.readUInt32BE(0), AVIF_HEAD_LENGTH)) : head;
  const format = FORMATS.find(({ begins }) => begins(shown));
  if (format === undefined) throw unsupportedImage();
  return format;
}

function createCheck({ maxPixels, maxSide, maxFrames }: ImageLimits): CheckSize {
  return ({ width, height, frames, pixels = width * height * frames }) => {
    const refuse = (limit: number, zh: string, en: string) =>
      new AppError('EntityTooLarge', { zh, en }, { details: { width, height, frames, limit } });
    if (width > maxSide || height > maxSide) {
      throw refuse(maxSide, `图片每边不能超过 ${maxSide} 像素`, `No side of an image may exceed ${maxSide} pixels`);
    }
    if (frames > maxFrames) {
      throw refuse(maxFrames, `动图不能超过 ${maxFrames} 帧`, `An image may not have more than ${maxFrames} frames`);
    }
    if (pixels > maxPixels) {
      throw refuse(maxPixels, `图片总像素不能超过 ${maxPixels}`, `An image may not have more than ${maxPixels} pixels`);
    }
  };
}

/**
 * Reads an image once, front to back, in bounded memory, and writes it without GPS, EXIF, XMP, IPTC, comments and
 * bytes after its end; the orientation of JPEG and PNG stays. An image without any of these comes out bit for bit.
 *
 * Nothing is decoded. `write` is awaited before more is read; what it got before a rejection is no image.
 * The source is closed when it is not read to its end.
 *
 * @throws {AppError} InvalidArgument for an empty file
 * @throws {AppError} UnsupportedMediaType when the first bytes are those of no accepted format
 * @throws {AppError} InvalidImage when the image is damaged, truncated or contradicts itself
 * @throws {AppError} EntityTooLarge beyond the limits, as soon as a header says so
 */
export async function scrubImage(
  source: AsyncIterable<Uint8Array>,
  write: (chunk: Uint8Array) => void | Promise<void>,
  limits: ImageLimits,
): Promise<ImageFacts> {
  const tape = createTape(source, write);
  try {
    const { contentType, extension, scrub } = await sniff(tape);
    const { width, height, frames } = await scrub(tape, createCheck(limits));
    await tape.flush();
    await tape.close();
    return { contentType, extension, width, height, frames };
  } catch (error) {
    // The first failure counts, as it does when a loop over the source is left by a throw.
    await tape.close().catch(() => undefined);
    throw error;
  }
}
