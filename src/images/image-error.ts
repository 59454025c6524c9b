import type { OtherFormat } from './other-formats.ts';

/** Reasons that say all there is to say. */
type PlainCode =
  | 'empty'
  | 'truncated'
  | 'too-many-parts'
  | 'profile-too-large'
  | 'png-no-header'
  | 'png-invalid-header'
  | 'png-broken-chunk'
  | 'png-too-little-data'
  | 'apng-invalid-frame-count'
  | 'apng-misfit-frame'
  | 'apng-missing-frames'
  | 'jpeg-lossless'
  | 'jpeg-invalid-segment-length'
  | 'jpeg-invalid-frame-header'
  | 'jpeg-invalid-scan-header'
  | 'jpeg-no-size'
  | 'jpeg-no-picture'
  | 'gif-no-size'
  | 'gif-frame-without-size'
  | 'gif-frame-without-data'
  | 'gif-invalid-code-size'
  | 'gif-unknown-block'
  | 'gif-no-picture'
  | 'webp-contradictory-length'
  | 'webp-invalid-canvas-header'
  | 'webp-damaged-picture'
  | 'webp-misfit-picture'
  | 'webp-invalid-frame-header'
  | 'webp-frame-beyond-canvas'
  | 'webp-frame-without-picture'
  | 'webp-picture-outside-frames'
  | 'webp-no-picture'
  | 'avif-broken-box'
  | 'avif-metadata-before-index'
  | 'avif-unknown-length'
  | 'avif-external-data'
  | 'avif-no-size'
  | 'avif-no-av1-picture'
  | 'avif-picture-without-data'
  | 'avif-foreign-track'
  | 'avif-empty-sequence'
  | 'avif-incomplete'
  | 'svg-malformed'
  | 'svg-no-root'
  | 'svg-entities'
  | 'svg-too-long'
  | 'svg-too-complex';

/** Reasons that name the chunk, box or marker that is at fault. */
type PartCode =
  | 'png-wrong-checksum'
  | 'png-misplaced-chunk'
  | 'png-oversized-chunk'
  | 'png-unknown-chunk'
  | 'jpeg-unexpected-marker'
  | 'jpeg-unshown-precision'
  | 'webp-misplaced-chunk'
  | 'avif-oversized-box';

/** A format that is not accepted. */
type FormatCode = 'unknown-format';

/** Limits that are exceeded. */
type LimitCode = 'side-too-large' | 'too-many-frames' | 'too-many-pixels';

/** Why an image is refused; a closed set, safe to branch on. */
export type ImageErrorCode = PlainCode | PartCode | FormatCode | LimitCode;

interface PartFacts {
  /** The chunk, box or marker that is at fault, by the name that its format gives it; the bits of a wrong precision. */
  readonly part: string;
}

interface FormatFacts {
  /** What it is instead, where its bytes tell that. */
  readonly found?: OtherFormat;
}

interface LimitFacts {
  readonly width: number;
  readonly height: number;
  /** Of the frame that has too many. */
  readonly pixels?: number;
  /** As the image declares them. */
  readonly frames?: number;
  /** Instead of `frames` where they are only counted: reading stopped at the first one too many. */
  readonly moreThanFrames?: number;
  /** The limit that is exceeded. */
  readonly limit: number;
}

/** What an error knows beside its code: the part that is at fault, or how large the image is and what the limit was. */
export interface ImageErrorFacts extends Partial<PartFacts>, FormatFacts, Partial<LimitFacts> {}

type Reason =
  | readonly [code: PlainCode]
  | readonly [code: PartCode, facts: PartFacts]
  | readonly [code: FormatCode, facts?: FormatFacts]
  | readonly [code: LimitCode, facts: LimitFacts];

/** A refusal of an image for what its bytes are; `message` is for developers. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly code: ImageErrorCode;
  readonly facts: ImageErrorFacts;

  constructor(...reason: Reason) {
    const [code, facts = {}]: readonly [ImageErrorCode, ImageErrorFacts?] = reason;
    const said = Object.entries(facts).map(([name, value]) => ` ${name}=${value}`);
    super(`image refused: ${code}${said.join('')}`);
    this.code = code;
    this.facts = facts;
  }
}

/** Tells whether the source of an image ended before its time. */
export const isTruncated = (error: unknown): boolean => error instanceof ImageError && error.code === 'truncated';
