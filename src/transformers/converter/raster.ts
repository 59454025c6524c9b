import { AppError } from '../../errors.ts';

/** Pixels of four bytes, row by row from the top: red, green, blue, and what is alpha where there is one. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  readonly data: Uint8Array;
}

/** The largest picture that is converted. */
export interface PictureLimits {
  readonly maxPixels: number;
  readonly maxSide: number;
}

/** Refuses a picture by what its header says, before a pixel of it is decoded. @throws {AppError} EntityTooLarge, InvalidImage */
export function requireSize(
  { width, height }: Pick<Raster, 'width' | 'height'>,
  { maxPixels, maxSide }: PictureLimits,
): void {
  if (width < 1 || height < 1) throw invalid({ zh: '图片没有像素', en: 'The image has no pixels' });
  if (width <= maxSide && height <= maxSide && width * height <= maxPixels) return;
  throw new AppError(
    'EntityTooLarge',
    {
      zh: `图片为 ${width}×${height}，共 ${width * height} 像素；可转换的图片每边上限 ${maxSide}，上限 ${maxPixels} 像素：请缩小，或自行另存为 PNG 或 JPEG 再上传`,
      en: `The image is ${width}×${height}, ${width * height} pixels; what is converted may have ${maxSide} a side and ${maxPixels} altogether: make it smaller, or save it as PNG or JPEG yourself`,
    },
    { details: { width, height, maxPixels, maxSide } },
  );
}

/** Says why an image cannot be converted. */
export const invalid = (why: { readonly zh: string; readonly en: string }, cause?: unknown): AppError =>
  new AppError(
    'InvalidImage',
    {
      zh: `${why.zh}，不能转换：请另存为 PNG 或 JPEG 再上传`,
      en: `${why.en}, so that it cannot be converted: save it as PNG or JPEG`,
    },
    cause === undefined ? {} : { cause },
  );

/** Says that the bytes end before the picture does. Clients of ours send no more than that of files that they do not know. */
export const truncated = (cause?: unknown): AppError =>
  invalid(
    {
      zh: '图片不完整或已损坏（网页和命令行只能上传 4 MB 以内的这类图片）',
      en: 'The image is incomplete or damaged (the page and the command line send up to 4 MB of images of this kind)',
    },
    cause,
  );

/** Lets everything else have its turn; called between pieces of work. @throws {AppError} ServiceUnavailable when time is up */
export type Breathe = () => Promise<void>;
