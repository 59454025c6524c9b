import { createLimit } from '../../concurrency/limit.ts';
import { AppError } from '../../errors.ts';
import type { Converted, ConvertibleFormat, ImageConverter, LeftBehind } from '../../ports/image-converter.ts';
import { loadSharp } from '../load-sharp.ts';
import { decodeBitmapFile } from './bitmap.ts';
import { convertHeic } from './heic.ts';
import { hasHeic } from './heic-thread.ts';
import { decodeIcon } from './icon.ts';
import { listMetadata } from './metadata.ts';
import { type Breathe, invalid, type PictureLimits, type Raster, requireSize } from './raster.ts';

/** What waits has its bytes in a spool, and its sender on the line. */
const MAX_WAITING = 8;
const MAX_WAITING_MS = 20_000;
const RETRY_AFTER_SECONDS = 5;
/** Of one picture, for decoding and again for encoding, in whole seconds, as sharp takes them. */
const MAX_SECONDS = 10;
/** Four bytes each while it is decoded. */
const MAX_PIXELS = 50_000_000;
/** As large as 50 megapixels are in eight bits, or 25 in sixteen. */
const MAX_BYTES = 160_000_000;

interface ConverterOptions {
  /** Of them HEIC is taken where its decoder is installed. */
  readonly wanted: readonly ConvertibleFormat[];
  /** Of the bed; never more than the converter's own are taken. */
  readonly limits: PictureLimits;
}

type Convert = (bytes: Buffer) => Promise<Converted>;

/** Creates the converter. It encodes with sharp, which has to be there, and decodes TIFF with it. */
export function createImageConverter({ wanted, limits: { maxPixels, maxSide } }: ConverterOptions): ImageConverter {
  const enter = createLimit({ concurrent: 1, waiting: MAX_WAITING, refuse: tooBusy });
  const limits = { maxPixels: Math.min(maxPixels, MAX_PIXELS), maxSide };
  const converts: Readonly<Record<ConvertibleFormat, Convert>> = {
    heic: (bytes) => convertHeic(bytes, { limits, seconds: MAX_SECONDS, tooSlow }),
    tiff: (bytes) => convertTiff(bytes, limits),
    bmp: async (bytes) => toPng(await decodeBitmapFile(bytes, limits, breatheUntil(MAX_SECONDS))),
    ico: async (bytes) => {
      const picture = await decodeIcon(bytes, limits, breatheUntil(MAX_SECONDS));
      return Buffer.isBuffer(picture) ? png(picture) : toPng(picture);
    },
  };

  return {
    formats: new Set(wanted.filter((format) => format !== 'heic' || hasHeic())),
    maxBytes: MAX_BYTES,
    convert: (format, read) => {
      const since = performance.now();
      return enter(async () => {
        if (performance.now() - since > MAX_WAITING_MS) throw tooBusy();
        const { buffer, byteOffset, byteLength } = await read();
        return converts[format](Buffer.from(buffer, byteOffset, byteLength)).catch((cause: unknown) => {
          throw toAppError(cause);
        });
      });
    },
  };
}

const png = (bytes: Uint8Array, leftBehind: Iterable<LeftBehind> = []): Converted => ({
  bytes,
  contentType: 'image/png',
  leftBehind: [...leftBehind],
});

async function toPng({ width, height, hasAlpha, data }: Raster): Promise<Converted> {
  const sharp = await loadSharp();
  const image = sharp(data, { raw: { width, height, channels: 4 }, limitInputPixels: false });
  const timed = image.timeout({ seconds: MAX_SECONDS });
  return png(await (hasAlpha ? timed : timed.removeAlpha()).png().toBuffer());
}

/** Its first page, turned as it says, in eight bits and sRGB. @see https://sharp.pixelplumbing.com/api-output#png */
async function convertTiff(bytes: Buffer, limits: PictureLimits): Promise<Converted> {
  const sharp = await loadSharp();
  const open = () => sharp(bytes, { failOn: 'error', limitInputPixels: false, sequentialRead: true });
  requireSize(await open().metadata(), limits);
  const data = await open().timeout({ seconds: MAX_SECONDS }).autoOrient().toColourspace('srgb').png().toBuffer();
  return png(data, listMetadata(bytes, 'other'));
}

/** Counts the time from now on. */
function breatheUntil(seconds: number): Breathe {
  const end = performance.now() + seconds * 1000;
  return async () => {
    await new Promise((resolve) => setImmediate(resolve));
    if (performance.now() > end) throw tooSlow();
  };
}

const tooBusy = (): AppError =>
  new AppError(
    'TooManyRequests',
    { zh: '正在转换的图片太多，请几秒后重试', en: 'Too many images are being converted; try again in a few seconds' },
    { details: { retryAfterSeconds: RETRY_AFTER_SECONDS } },
  );

const tooSlow = (cause?: unknown): AppError =>
  new AppError(
    'ServiceUnavailable',
    {
      zh: `图片在 ${MAX_SECONDS} 秒内没有转换完：请重试，或自行另存为 PNG 或 JPEG 再上传`,
      en: `The image was not converted within ${MAX_SECONDS} seconds: try again, or save it as PNG or JPEG yourself`,
    },
    { cause, details: { retryAfterSeconds: RETRY_AFTER_SECONDS } },
  );

function toAppError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  if (cause instanceof Error && /timeout/i.test(cause.message)) return tooSlow(cause);
  return invalid({ zh: '图片无法解码', en: 'The image cannot be decoded' }, cause);
}
