// https://datatracker.ietf.org/doc/html/rfc9110#section-12.5.1
import { IMAGE_TYPES, imageTypeOf } from '../../naming/media-type.ts';
import type { Transformation, VariantFormat } from '../../ports/image-transformer.ts';
import type { Parameters } from './parameters.ts';

/** About as good to look at: of an AVIF a lower figure means the same. */
const QUALITY: Readonly<Record<VariantFormat, number>> = { avif: 55, webp: 80, jpeg: 80, png: 100, gif: 100 };

/** Formats that take no notice of a quality. */
const LOSSLESS: ReadonlySet<VariantFormat> = new Set(['png', 'gif']);
/** Of these every decoder sees one frame. */
const STILL: ReadonlySet<VariantFormat> = new Set(['jpeg', 'png']);

/** The format of an image; `undefined` for one of which no variants are made, as of SVG, which has every size already. */
export function formatOf(contentType: string): VariantFormat | undefined {
  const type = IMAGE_TYPES.find((known) => known.contentType === contentType);
  return type === undefined || type.format === 'svg' ? undefined : type.format;
}

/** A type that is named by itself: a wildcard is sent also by programs that have never heard of AVIF. */
const accepts = (accept: string | undefined, format: VariantFormat): boolean =>
  (accept ?? '').split(',').some((part) => {
    const [name = '', ...rules] = part.split(';').map((word) => word.trim().toLowerCase());
    return name === imageTypeOf(format).contentType && !rules.some((rule) => /^q=0(\.0*)?$/.test(rule));
  });

/** Of an animation no AVIF is made, and of a GIF or a WebP nobody knows before it is decoded. */
const MAY_MOVE: ReadonlySet<VariantFormat> = new Set(['gif', 'webp']);

/** Whether an animation stays one when it is made anew; of a PNG or an AVIF the decoder knows the first frame alone. */
export const staysMoving = (source: VariantFormat): boolean => MAY_MOVE.has(source);

/** Chooses a format: what was asked for, or the smallest that the client names, and else the image's own. */
export function chooseFormat(
  { format, isAnimated }: Pick<Parameters, 'format' | 'isAnimated'>,
  source: VariantFormat,
  accept: string | undefined,
): VariantFormat {
  if (format !== 'auto') return format;
  if (accepts(accept, 'avif') && !(isAnimated && MAY_MOVE.has(source))) return 'avif';
  return accepts(accept, 'webp') ? 'webp' : source;
}

/** What is to be made of an image; what changes nothing is left out, so that one result is made and kept once. */
export function toTransformation(
  parameters: Parameters,
  source: VariantFormat,
  accept: string | undefined,
): Transformation {
  const format = chooseFormat(parameters, source, accept);
  return {
    ...parameters,
    format,
    quality: LOSSLESS.has(format) ? QUALITY[format] : (parameters.quality ?? QUALITY[format]),
    isAnimated: parameters.isAnimated || STILL.has(source) || !MAY_MOVE.has(format),
  };
}
