import * as v from 'valibot';
import { type Values, variable, wholeNumber } from './variable.ts';

/** What makes images in other sizes and forms, and how much of them is kept. */
export interface TransformerConfig {
  /** `auto`: sharp, where it is installed. */
  readonly transformer: 'auto' | 'sharp' | 'none';
  /** Bytes of variants that are kept; those that were not asked for longest go first. */
  readonly variantsBytes: number;
}

/** What says how variants are made. */
export const transformerVariables = {
  IMAGEPIC_TRANSFORMER: variable(
    v.optional(v.picklist(['auto', 'sharp', 'none']), 'auto'),
    'auto, sharp, or none to show images as they were stored only',
  ),
  IMAGEPIC_VARIANTS_BYTES: variable(
    v.optional(v.pipe(wholeNumber(15), v.minValue(1)), String(10 * 1024 ** 3)),
    'a number of bytes from 1 to 999999999999999, which variants of images may have together',
  ),
};

/** Makes of them how variants are made. */
export const toTransformer = (values: Values<typeof transformerVariables>): TransformerConfig => ({
  transformer: values.IMAGEPIC_TRANSFORMER,
  variantsBytes: values.IMAGEPIC_VARIANTS_BYTES,
});
