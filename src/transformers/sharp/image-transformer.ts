// https://sharp.pixelplumbing.com/api-constructor
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { createLimit } from '../../concurrency/limit.ts';
import { AppError } from '../../errors.ts';
import { imageTypeOf } from '../../naming/media-type.ts';
import type {
  ImageTransformer,
  Placeholder,
  ReadPicture,
  Transformation,
  Transformed,
} from '../../ports/image-transformer.ts';
import { type Geometry, type Size, toGeometry, toResultSize } from '../geometry.ts';
import { loadSharp, type OpenSharp } from '../load-sharp.ts';
import { findDominantColor } from './dominant-color.ts';
import { drawText } from './draw-text.ts';
import { createPictureMemory } from './picture-memory.ts';
import { toOverlay } from './watermark.ts';

type Work<Result> = (open: OpenSharp, source: Uint8Array) => Promise<Result>;

/** Pictures decoded at once: each takes a core, and up to a hundred MB. */
const AT_ONCE = 2;
/** What more than this many wait for, or longer than this, comes too late for whoever asked. */
const MAX_WAITING = 64;
const MAX_WAITING_MS = 8000;
const RETRY_AFTER_SECONDS = 2;
/** Of one picture, in whole seconds, as sharp takes them. */
const MAX_SECONDS = 2;

/**
 * Pixels of a source, of all its frames together where it stays an animation. A JPEG is decoded at an eighth of its size, a
 * PNG by rows; the others are decoded whole, and one that comes into sight by and by, in several passes, takes more. An AVIF
 * takes some 28 bytes a pixel.
 */
const MAX_PIXELS = { jpeg: 250e6, png: 120e6, passes: 20e6, avif: 8e6, other: 50e6, animation: 60e6 } as const;
/** An AVIF of more pixels is decoded while no other of them is. */
const MAX_AVIF_BESIDE_ANOTHER = 3e6;
const MAX_FRAMES = 1000;

/** The lowest effort makes an AVIF two thirds as large as a WebP in less time than it; the next takes twice as long for nothing. */
const AVIF_EFFORT = 0;
const WEBP_EFFORT = 4;
const GIF_EFFORT = 4;
/** @see https://evanw.github.io/thumbhash/ */
const THUMBHASH_SIDE = 100;

/** Creates the transformer; what it is made of is loaded with its first picture, and may be absent. */
export function createSharpTransformer(): ImageTransformer {
  const enter = createLimit({ concurrent: AT_ONCE, waiting: MAX_WAITING, refuse: tooBusy });
  const alone = createLimit({ concurrent: 1 });
  const borrow = createPictureMemory();
  let loaded: Promise<OpenSharp> | undefined;
  let running = 0;
  const load = (): Promise<OpenSharp> => {
    loaded ??= loadSharp();
    return loaded;
  };

  const within = <Result>(read: ReadPicture, work: Work<Result>): Promise<Result> => {
    const since = performance.now();
    return enter(async () => {
      if (performance.now() - since > MAX_WAITING_MS) throw tooBusy();
      running += 1;
      try {
        return await borrow(async (lend) => {
          const loading = load();
          // What fails in the meantime is told when the memory is read into no more.
          loading.catch(() => undefined);
          const source = await read(lend);
          const open = await loading;
          return work(open, source).catch((cause: unknown) => {
            throw toAppError(cause);
          });
        });
      } finally {
        running -= 1;
      }
    });
  };

  return {
    transform: (read, to) =>
      within(read, async (open, source) => {
        const facts = await open(source, READING).metadata();
        const run = () => transform(open, source, facts, to);
        return isHeavy(facts) ? alone(run) : run();
      }),
    drawText: (text) =>
      within(
        async () => NOTHING,
        (open) => drawText(open, text),
      ),
    describe: async (source) => {
      if (running >= AT_ONCE) return undefined;
      return within(async () => source, describe).catch(() => undefined);
    },
  };
}

const NOTHING = new Uint8Array(0);

/** As tolerant as browsers; how many pixels there are is known from its head, and looked at before any is decoded. */
const READING = { failOn: 'none', limitInputPixels: false, sequentialRead: true } satisfies SharpOptions;

const isHeavy = ({ format, width, height }: Metadata): boolean =>
  format === 'heif' && width * height > MAX_AVIF_BESIDE_ANOTHER;

async function transform(
  open: OpenSharp,
  source: Uint8Array,
  facts: Metadata,
  to: Transformation,
): Promise<Transformed> {
  const isAnimated = staysAnimated(facts, to);
  requireSize(facts, isAnimated);
  const image = open(source, { ...READING, animated: isAnimated })
    .timeout({ seconds: to.maxSeconds ?? MAX_SECONDS })
    .autoOrient();
  const turned = to.rotate === 0 ? image : image.rotate(to.rotate);
  const shown = sizeAsShown(facts);
  const geometry = toGeometry(shown, to);
  if (to.watermark === undefined) return finish(paint(resize(turned, geometry, to, isAnimated), to), to);
  const size = toResultSize(shown, to, geometry);
  // What is laid over it has to know to the pixel how large it comes out.
  const exact = geometry.fit === 'inside' && geometry.size !== undefined ? { size, fit: 'fill' as const } : geometry;
  const overlay = await toOverlay(open, to.watermark, size, isAnimated);
  return finish(paint(resize(turned, exact, to, isAnimated), to).composite([overlay]), to);
}

async function finish(image: Sharp, to: Transformation): Promise<Transformed> {
  const { data, info } = await encode(image, to).toBuffer({ resolveWithObject: true });
  return {
    bytes: data,
    contentType: imageTypeOf(to.format).contentType,
    width: info.width,
    height: info.pageHeight ?? info.height,
  };
}

/** Frames lie below each other while they are worked on, so that only what does the same to all leaves them whole. */
const staysAnimated = ({ pages = 1 }: Metadata, { isAnimated, format, rotate }: Transformation): boolean =>
  isAnimated && pages > 1 && (format === 'webp' || format === 'gif') && rotate === 0;

function requireSize(facts: Metadata, isAnimated: boolean): void {
  const { width, height, pageHeight, pages = 1 } = facts;
  const pixels = width * (pageHeight ?? height) * (isAnimated ? pages : 1);
  const most = MAX_PIXELS[isAnimated ? 'animation' : decodingOf(facts)];
  if (pixels > most || (isAnimated && pages > MAX_FRAMES)) throw tooLarge(pixels, most);
}

function decodingOf({ format, isProgressive }: Metadata): Exclude<keyof typeof MAX_PIXELS, 'animation'> {
  if (format === 'heif') return 'avif';
  if (format !== 'jpeg' && format !== 'png') return 'other';
  return isProgressive ? 'passes' : format;
}

function resize(image: Sharp, { size, cut, fit }: Geometry, to: Transformation, isAnimated: boolean): Sharp {
  if (size === undefined) return image;
  const position = to.gravity === 'smart' && !isAnimated ? 'attention' : 'centre';
  const background = groundOf(to) ?? { r: 0, g: 0, b: 0, alpha: 0 };
  const resized = image.resize({ ...size, fit, position, background, withoutEnlargement: fit === 'inside' });
  return cut === undefined ? resized : resized.extract(cut);
}

/** Of an animation sharp tells the height of all frames together, and no animation has an orientation. */
const sizeAsShown = ({ width, height, pageHeight, autoOrient }: Metadata): Required<Size> =>
  pageHeight === undefined ? (autoOrient ?? { width, height }) : { width, height: pageHeight };

function paint(image: Sharp, to: Transformation): Sharp {
  const blurred = to.blur === undefined ? image : image.blur(to.blur);
  const background = groundOf(to);
  return background === undefined ? blurred : blurred.flatten({ background });
}

/** What lies behind the picture; `undefined` where it may stay transparent. */
const groundOf = ({ background, format }: Transformation): string | undefined =>
  background === undefined && format !== 'jpeg' ? undefined : `#${background ?? 'ffffff'}`;

function encode(image: Sharp, { format, quality }: Transformation): Sharp {
  switch (format) {
    case 'avif':
      return image.avif({ quality, effort: AVIF_EFFORT });
    case 'webp':
      return image.webp({ quality, effort: WEBP_EFFORT });
    case 'jpeg':
      return image.jpeg({ quality, progressive: true });
    case 'png':
      return image.png();
    case 'gif':
      return image.gif({ effort: GIF_EFFORT });
  }
}

async function describe(open: OpenSharp, source: Uint8Array): Promise<Placeholder> {
  const facts = await open(source, READING).metadata();
  requireSize(facts, false);
  const [{ rgbaToThumbHash }, { data, info }] = await Promise.all([
    import('thumbhash'),
    open(source, READING)
      .timeout({ seconds: MAX_SECONDS })
      .autoOrient()
      .resize({ width: THUMBHASH_SIDE, height: THUMBHASH_SIDE, fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true }),
  ]);
  return {
    thumbhash: Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64'),
    color: findDominantColor(data),
  };
}

const tooBusy = (): AppError =>
  new AppError(
    'TooManyRequests',
    { zh: '正在生成的图片太多，请几秒后重试', en: 'Too many pictures are being made; try again in a few seconds' },
    { details: { retryAfterSeconds: RETRY_AFTER_SECONDS } },
  );

const tooLarge = (pixels: number, limit: number): AppError =>
  new AppError(
    'EntityTooLarge',
    {
      zh: `图片共 ${pixels} 像素（动图为各帧之和），超过可转换的上限 ${limit}`,
      en: `The picture has ${pixels} pixels (an animation in all its frames), more than the ${limit} that are transformed`,
    },
    { details: { pixels, limit } },
  );

function toAppError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const isLate = cause instanceof Error && /timeout/i.test(cause.message);
  if (isLate) {
    const text = {
      zh: '图片没有在时限内转换完，请重试或先缩小图片',
      en: 'The picture was not transformed in time; try again, or make it smaller first',
    };
    return new AppError('ServiceUnavailable', text, { cause, details: { retryAfterSeconds: RETRY_AFTER_SECONDS } });
  }
  const text = { zh: '图片无法解码，不能转换', en: 'The picture cannot be decoded, so it cannot be transformed' };
  return new AppError('InvalidImage', text, { cause });
}
