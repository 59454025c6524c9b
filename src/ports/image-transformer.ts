/** How a picture fills the size that is wanted: cut to it, whole on a ground of that size, or whole and no larger. */
export type Fit = 'cover' | 'contain' | 'inside';

/** What stays in sight of a picture that is cut: its middle, what draws the eye, or a point of it, 0–1 from its left and top as it is shown. */
export type Gravity = 'center' | 'smart' | { readonly x: number; readonly y: number };

/** What a variant may be. */
export type VariantFormat = 'avif' | 'webp' | 'jpeg' | 'png' | 'gif';

/** Where a watermark stands; `tile` is all over the picture. */
export type WatermarkPosition =
  | 'top-left'
  | 'top'
  | 'top-right'
  | 'left'
  | 'center'
  | 'right'
  | 'bottom-left'
  | 'bottom'
  | 'bottom-right'
  | 'tile';

/** A small picture that is laid over a larger one. */
export interface Watermark {
  /** As a file; what is transparent in it stays so. */
  readonly picture: Uint8Array;
  readonly position: WatermarkPosition;
  /** Percent, 1–100. */
  readonly opacity: number;
  /** Its width in percent of that of the picture, 1–100. */
  readonly scale: number;
}

/** What is to be made of a picture; everything said, nothing left to a default of the adapter. */
export interface Transformation {
  /** Pixels of the result; of one that is absent it follows from the other. A picture is never made larger than it is. */
  readonly width?: number;
  readonly height?: number;
  readonly fit: Fit;
  readonly gravity: Gravity;
  /** Degrees clockwise, after the orientation that the file states. */
  readonly rotate: 0 | 90 | 180 | 270;
  /** Sigma of a Gaussian blur, 0.3–100. */
  readonly blur?: number;
  /** Six hex digits, for what is transparent where the format or `contain` has need of a ground; white unless given. */
  readonly background?: string;
  readonly format: VariantFormat;
  /** 1–100. */
  readonly quality: number;
  /** Whether an animation stays one, where the format can. */
  readonly isAnimated: boolean;
  readonly watermark?: Watermark;
  /** How long it may take, in whole seconds; as long as somebody waits for an image to be shown unless given. */
  readonly maxSeconds?: number;
}

/** A picture that was made. */
export interface Transformed {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly width: number;
  /** Of one frame. */
  readonly height: number;
}

/** What a page can show in the place of a picture before it is there. */
export interface Placeholder {
  /** Base64. @see https://evanw.github.io/thumbhash/ */
  readonly thumbhash: string;
  /** The colour that most of it has, six hex digits. */
  readonly color: string;
}

/** Gives memory for this many bytes, until what was asked for is done: whoever comes next gets the same. */
export type Lend = (bytes: number) => Uint8Array;

/** Reads a picture, into memory that is lent to it or of its own. */
export type ReadPicture = (lend: Lend) => Promise<Uint8Array>;

/**
 * Makes pictures of pictures, a few at once and each within bounds of pixels, frames and time.
 *
 * @throws {AppError} TooManyRequests when too many wait already, InvalidImage for what cannot be decoded, EntityTooLarge for
 * more pixels than it takes, ServiceUnavailable when it takes too long
 */
export interface ImageTransformer {
  /** `read` gives the picture as it is stored, and is called when its turn has come; what it throws is thrown. */
  transform(read: ReadPicture, to: Transformation): Promise<Transformed>;
  /** Draws a line of text as a white picture with a shadow, in PNG; `undefined` where no font here can. */
  drawText(text: string): Promise<Uint8Array | undefined>;
  /** `undefined` when it is busy, or cannot: nobody has to wait for it. */
  describe(source: Uint8Array): Promise<Placeholder | undefined>;
}

/** A picture in a store, as far as it is known without a look at it. */
export interface RedirectSource {
  readonly bucketName: string;
  readonly objectName: string;
  readonly contentType: string;
  /** Bytes. */
  readonly size: number;
  /** Pixels, as it is shown; absent where nobody has noted them. */
  readonly width: number | undefined;
  readonly height: number | undefined;
}

/** A store that makes pictures of pictures by itself: there is an address instead of bytes, and no work for this service. */
export interface VariantRedirects {
  /** How long an address holds at least. */
  readonly holdsSeconds: number;
  /** `undefined` for what the store cannot make. */
  toUrl(source: RedirectSource, to: Transformation): string | undefined;
}
