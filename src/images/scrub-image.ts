// https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern
// https://aomediacodec.github.io/av1-avif/#image-and-image-collection-brand
import { AVIF_HEAD_LENGTH, isAvif, scrubAvif } from './avif.ts';
import { type ByteTransformer, createByteTransformer } from './byte-transformer.ts';
import { isOnItsSide } from './exif.ts';
import { scrubGif } from './gif.ts';
import { ImageError } from './image-error.ts';
import type { CheckSize, ImageSize } from './image-size.ts';
import { scrubJpeg } from './jpeg.ts';
import { OTHER_HEAD_LENGTH, tellOtherFormat } from './other-formats.ts';
import { PNG_SIGNATURE, scrubPng } from './png.ts';
import type { RemovedPart } from './removed.ts';
import { scrubWebp } from './webp.ts';

/** The formats that are detected and scrubbed. */
export type ImageFormat = 'png' | 'jpeg' | 'gif' | 'webp' | 'avif' | 'svg';

/** What an image is; `width` and `height` are as browsers show it, with its orientation applied. */
export interface ImageFacts {
  readonly format: ImageFormat;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** How browsers turn what the bytes draw, by the numbers of EXIF (1: not at all). */
  readonly orientation: number;
}

/** The largest image that is accepted. */
export interface ImageLimits {
  /** Width × height of one frame: what showing it costs whoever decodes it. */
  readonly maxPixels: number;
  readonly maxSide: number;
  /** How many frames an animation may have; they are not multiplied into the pixels. */
  readonly maxFrames: number;
  /** Whether SVG is accepted, cleaned of whatever runs or fetches; by default it is refused as another format. */
  readonly svg?: boolean | undefined;
}

interface Scrubber {
  readonly format: ImageFormat;
  readonly scrub: (transformer: ByteTransformer, check: CheckSize) => Promise<ImageSize>;
}

const latin1 = (head: Buffer, start: number, end: number): string => head.toString('latin1', start, end);

const SCRUBBERS: readonly (Scrubber & { readonly begins: (head: Buffer) => boolean })[] = [
  {
    format: 'png',
    begins: (head) => head.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE),
    scrub: scrubPng,
  },
  {
    format: 'jpeg',
    begins: (head) => latin1(head, 0, 3) === '\xff\xd8\xff',
    scrub: scrubJpeg,
  },
  {
    format: 'gif',
    begins: (head) => ['GIF87a', 'GIF89a'].includes(latin1(head, 0, 6)),
    scrub: scrubGif,
  },
  {
    format: 'webp',
    begins: (head) => latin1(head, 0, 4) === 'RIFF' && latin1(head, 8, 12) === 'WEBP',
    scrub: scrubWebp,
  },
  { format: 'avif', begins: isAvif, scrub: scrubAvif },
];

const HEAD_LENGTH = 12;

async function sniff(transformer: ByteTransformer, limits: ImageLimits): Promise<Scrubber> {
  const head = await transformer.peekUpTo(HEAD_LENGTH);
  if (head.length === 0) throw new ImageError('empty');
  const longer = latin1(head, 4, 8) === 'ftyp';
  const shown = longer ? await transformer.peekUpTo(Math.min(head.readUInt32BE(0), AVIF_HEAD_LENGTH)) : head;
  const scrubber = SCRUBBERS.find(({ begins }) => begins(shown));
  if (scrubber !== undefined) return scrubber;
  const found = tellOtherFormat(await transformer.peekUpTo(OTHER_HEAD_LENGTH));
  if (found === 'svg' && limits.svg === true) return toSvgScrubber(limits);
  throw new ImageError('unknown-format', found === undefined ? {} : { found });
}

/** Makes the scrubber of SVG, which is loaded when the first one comes; images in one are held to the same limits. */
function toSvgScrubber(limits: ImageLimits): Scrubber {
  return {
    format: 'svg',
    scrub: async (transformer, check) => {
      const { scrubSvg } = await import('./svg.ts');
      return scrubSvg(transformer, check, async (image) => {
        const chunks: Uint8Array[] = [];
        const write = (chunk: Uint8Array) => void chunks.push(chunk);
        try {
          const { format } = await scrubImage(single(image), write, { ...limits, svg: false }, transformer.note);
          return { format, bytes: Buffer.concat(chunks) };
        } catch (error) {
          if (error instanceof ImageError) return undefined;
          throw error;
        }
      });
    },
  };
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function createCheck({ maxPixels, maxSide, maxFrames }: ImageLimits): CheckSize {
  return ({ width, height, frames, pixels = width * height, counting = false }) => {
    if (width > maxSide || height > maxSide) throw new ImageError('side-too-large', { width, height, limit: maxSide });
    if (pixels > maxPixels) throw new ImageError('too-many-pixels', { width, height, pixels, limit: maxPixels });
    if (frames <= maxFrames) return;
    // How many follow is not known where reading stops.
    const counted = counting ? { moreThanFrames: maxFrames } : { frames };
    throw new ImageError('too-many-frames', { width, height, ...counted, limit: maxFrames });
  };
}

function asShown({ width, height, frames, orientation = 1 }: ImageSize): Omit<ImageFacts, 'format'> {
  return isOnItsSide(orientation)
    ? { width: height, height: width, frames, orientation }
    : { width, height, frames, orientation };
}

/**
 * Reads an image once, front to back, in bounded memory, and writes it without GPS, EXIF, XMP, IPTC, comments and
 * bytes after its end; the orientation of JPEG and PNG stays. An image without any of these comes out bit for bit.
 *
 * Nothing is decoded: coded data are read just closely enough to know where they end. `write` is awaited before more is read; what it got before a rejection is no image.
 * The source is closed when it is not read to its end.
 *
 * `onRemoved` is told what is taken out, each part as often as it is met.
 *
 * @throws {ImageError} when the bytes are not an accepted image within the limits, as soon as a header says so
 */
export async function scrubImage(
  source: AsyncIterable<Uint8Array>,
  write: (chunk: Uint8Array) => void | Promise<void>,
  limits: ImageLimits,
  onRemoved?: (part: RemovedPart) => void,
): Promise<ImageFacts> {
  const transformer = createByteTransformer(source, write, onRemoved);
  try {
    const { format, scrub } = await sniff(transformer, limits);
    const size = await scrub(transformer, createCheck(limits));
    if (transformer.hasMore()) transformer.note('trailing');
    await transformer.flush();
    await transformer.close();
    return { format, ...asShown(size) };
  } catch (error) {
    // The first failure counts, as it does when a loop over the source is left by a throw.
    await transformer.close().catch(() => undefined);
    throw error;
  }
}
