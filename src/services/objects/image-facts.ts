import { imageTypeOf } from '../../naming/media-type.ts';
import type { ObjectMetadata } from '../../ports/object-store.ts';

/** What lays out an image before its bytes have come; what is not known of it is absent. */
export interface ImageFacts {
  /** As browsers show it. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly frames?: number | undefined;
  /** A placeholder of some thirty bytes, in base64. */
  readonly thumbhash?: string | undefined;
  /** The colour that most of it has, as `rrggbb`. */
  readonly color?: string | undefined;
}

/** What is known of an image that is being stored. */
export interface MeasuredImage extends ImageFacts {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
}

/** Types whose pictures nothing turns, so that their sides were always as shown. */
const NEVER_TURNED: ReadonlySet<string> = new Set(
  (['gif', 'webp', 'svg'] as const).map((format) => imageTypeOf(format).contentType),
);

/** Writes the facts as the object's own metadata, from which all else that knows of it can be made again. */
export const toMetadata = ({ width, height, frames, thumbhash, color }: MeasuredImage): Record<string, string> => ({
  width: String(width),
  height: String(height),
  frames: String(frames),
  ...(thumbhash !== undefined && { thumbhash }),
  ...(color !== undefined && { color }),
});

/**
 * Reads what an object's metadata says. Before `frames` was written, the sides were those that the bytes draw: of a type
 * that may be turned when it is shown they say nothing.
 */
export function readFacts({ metadata, contentType }: Pick<ObjectMetadata, 'metadata' | 'contentType'>): ImageFacts {
  const [width, height, frames] = ['width', 'height', 'frames'].map((name) => toCount(metadata[name]));
  const { thumbhash = '', color = '' } = metadata;
  const isAsShown = frames !== undefined || NEVER_TURNED.has(contentType);
  return {
    ...(isAsShown && width !== undefined && height !== undefined && { width, height }),
    ...(frames !== undefined && { frames }),
    ...(/^[A-Za-z0-9+/]{4,60}={0,2}$/.test(thumbhash) && { thumbhash }),
    ...(/^[0-9a-f]{6}$/.test(color) && { color }),
  };
}

const toCount = (text: string | undefined): number | undefined =>
  text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
