import * as v from 'valibot';
import { DEFAULT_BUCKET, isBucketName } from '../naming/bucket.ts';
import { DEFAULT_NAME_TEMPLATE, isNameTemplate, PLACEHOLDERS } from '../naming/name-template.ts';
import { type Values, variable, wholeNumber } from './variable.ts';

/** What images the bed takes, and where it puts them. */
export interface UploadsConfig {
  readonly defaultBucket: string;
  readonly bed: 'shared' | 'private';
  /** Bytes of one image. */
  readonly maxUploadBytes: number;
  /** Names images that come without one. */
  readonly nameTemplate: string;
  /** Bounds of one image: pixels of one frame, pixels of a side, and frames; and whether SVG is taken. */
  readonly imageLimits: {
    readonly maxPixels: number;
    readonly maxSide: number;
    readonly maxFrames: number;
    readonly svg: boolean;
  };
}

const amount = v.pipe(wholeNumber(13), v.minValue(1));
const FROM_TO = 'from 1 to 9999999999999';
const nameTemplate = v.pipe(
  v.string(),
  v.maxLength(256),
  v.check((template) => isNameTemplate(template)),
);

/** What says which images are taken. */
export const uploadsVariables = {
  IMAGEPIC_DEFAULT_BUCKET: variable(
    v.optional(v.pipe(v.string(), v.check(isBucketName)), DEFAULT_BUCKET),
    'a bucket name: 3–63 lower-case letters, digits, dots or hyphens',
  ),
  IMAGEPIC_BED: variable(v.optional(v.picklist(['shared', 'private']), 'shared'), 'shared or private'),
  IMAGEPIC_MAX_UPLOAD_BYTES: variable(v.optional(amount, String(2 * 1024 ** 3)), `a number of bytes ${FROM_TO}`),
  IMAGEPIC_NAME_TEMPLATE: variable(
    v.optional(nameTemplate, DEFAULT_NAME_TEMPLATE),
    `made of ${PLACEHOLDERS.map((part) => `{${part}}`).join(' ')}, with one of {hash} {uuid} {name}, such as ${DEFAULT_NAME_TEMPLATE}`,
  ),
  IMAGEPIC_MAX_PIXELS: variable(
    v.optional(amount, '250000000'),
    `a number of pixels ${FROM_TO}, which one frame may have`,
  ),
  IMAGEPIC_MAX_SIDE: variable(v.optional(amount, '65535'), `a number of pixels ${FROM_TO}, which a side may have`),
  IMAGEPIC_MAX_FRAMES: variable(
    v.optional(amount, '5000'),
    `a number of frames ${FROM_TO}, which an animation may have`,
  ),
  IMAGEPIC_SVG: variable(
    v.optional(v.picklist(['refused', 'sanitized']), 'refused'),
    'refused, or sanitized to take SVG without scripts and references to other files',
  ),
};

/** Makes of them what images the bed takes. */
export const toUploads = (values: Values<typeof uploadsVariables>): UploadsConfig => ({
  defaultBucket: values.IMAGEPIC_DEFAULT_BUCKET,
  bed: values.IMAGEPIC_BED,
  maxUploadBytes: values.IMAGEPIC_MAX_UPLOAD_BYTES,
  nameTemplate: values.IMAGEPIC_NAME_TEMPLATE,
  imageLimits: {
    maxPixels: values.IMAGEPIC_MAX_PIXELS,
    maxSide: values.IMAGEPIC_MAX_SIDE,
    maxFrames: values.IMAGEPIC_MAX_FRAMES,
    svg: values.IMAGEPIC_SVG === 'sanitized',
  },
});
