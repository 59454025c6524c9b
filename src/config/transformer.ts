import * as v from 'valibot';
import { CONVERTIBLE_FORMATS } from '../naming/media-type.ts';
import type { ObjectsConfig } from './objects.ts';
import { type Values, variable, wholeNumber } from './variable.ts';

/** What makes images in other sizes and forms, how much of them is kept, and what is made into images on its way in. */
export interface TransformerConfig {
  /** `auto`: sharp, where it is installed; never `cos`, which costs money by the picture. */
  readonly transformer: 'auto' | 'sharp' | 'cos' | 'none';
  /** Bytes of variants that are kept; those that were not asked for longest go first. */
  readonly variantsBytes: number;
  /** Formats that are converted, where what that takes is installed. */
  readonly convert: readonly ConvertibleFormat[];
}

type ConvertibleFormat = (typeof CONVERTIBLE_FORMATS)[number];

const isConvertible = (word: string): word is ConvertibleFormat =>
  CONVERTIBLE_FORMATS.some((format) => format === word);
const formats = v.pipe(
  v.string(),
  v.transform((text) => (text === 'none' ? [] : text.split(',').map((word) => word.trim()))),
  v.array(v.custom<ConvertibleFormat>((word) => typeof word === 'string' && isConvertible(word))),
);

/** What says how variants are made. */
export const transformerVariables = {
  IMAGEPIC_TRANSFORMER: variable(
    v.optional(v.picklist(['auto', 'sharp', 'cos', 'none']), 'auto'),
    'auto, sharp, cos, or none to show images as they were stored only',
  ),
  IMAGEPIC_VARIANTS_BYTES: variable(
    v.optional(v.pipe(wholeNumber(15), v.minValue(1)), String(10 * 1024 ** 3)),
    'a number of bytes from 1 to 999999999999999, which variants of images may have together',
  ),
  IMAGEPIC_CONVERT: variable(
    v.optional(formats, CONVERTIBLE_FORMATS.join()),
    `none, or some of ${CONVERTIBLE_FORMATS.join()}`,
  ),
};

interface Reading {
  readonly values: Values<typeof transformerVariables>;
  readonly objects: ObjectsConfig;
  readonly problems: string[];
}

/** Makes of them how variants are made. */
export function toTransformer({ values, objects, problems }: Reading): TransformerConfig {
  const transformer = values.IMAGEPIC_TRANSFORMER;
  if (transformer === 'cos' && (objects.kind !== 's3' || objects.flavour !== 'cos' || objects.forcePathStyle)) {
    problems.push('IMAGEPIC_TRANSFORMER can be cos only where the images are in COS, each bucket at a host of its own');
  }
  return { transformer, variantsBytes: values.IMAGEPIC_VARIANTS_BYTES, convert: values.IMAGEPIC_CONVERT };
}
