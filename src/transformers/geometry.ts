import type { Fit, Transformation } from '../ports/image-transformer.ts';

/** Pixels, as a picture is shown. */
export interface Size {
  readonly width?: number;
  readonly height?: number;
}

/** How a picture is brought to its size: first to `size` by `fit`, then `cut` out of that. */
export interface Geometry {
  /** Absent where the picture keeps its own. */
  readonly size?: Size;
  readonly fit: Fit | 'fill';
  readonly cut?: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
}

/** Works out what a picture that is shown so large, before it is turned, becomes; never larger than it is. */
export function toGeometry(shown: Required<Size>, { width, height, fit, gravity, rotate }: Transformation): Geometry {
  if (width === undefined && height === undefined) return { fit };
  const own = rotate % 180 === 0 ? shown : { width: shown.height, height: shown.width };
  if (width === undefined || height === undefined) return { size: alone({ width, height }, own), fit: 'inside' };
  if (fit === 'inside') return { size: { width, height }, fit };
  const box = scale({ width, height }, boxScale(fit, own, { width, height }));
  if (fit === 'contain' || typeof gravity === 'string') return { size: box, fit };
  return cutAbout(gravity, own, box);
}

/** How large the result is; of a picture that only has to stay inside a box, as it is rounded here. */
export function toResultSize(
  shown: Required<Size>,
  to: Pick<Transformation, 'rotate'>,
  geometry: Geometry,
): Required<Size> {
  const own = to.rotate % 180 === 0 ? shown : { width: shown.height, height: shown.width };
  const { size, fit, cut } = geometry;
  if (size === undefined) return own;
  if (fit !== 'inside') return cut ?? { ...own, ...size };
  const by = Math.min(1, (size.width ?? own.width) / own.width, (size.height ?? own.height) / own.height);
  return scale(own, by);
}

/** One side that is asked for alone; the other follows. */
const alone = (
  wanted: { readonly width: number | undefined; readonly height: number | undefined },
  own: Required<Size>,
): Size =>
  wanted.width === undefined
    ? { height: Math.min(wanted.height ?? own.height, own.height) }
    : { width: Math.min(wanted.width, own.width) };

/** By how much a box is made smaller for a picture that would have to grow to fill it. */
function boxScale(fit: 'cover' | 'contain', own: Required<Size>, box: Required<Size>): number {
  const [across, down] = [own.width / box.width, own.height / box.height];
  return Math.min(1, fit === 'cover' ? Math.min(across, down) : Math.max(across, down));
}

const scale = ({ width, height }: Required<Size>, by: number): Required<Size> => ({
  width: Math.max(1, Math.round(width * by)),
  height: Math.max(1, Math.round(height * by)),
});

function cutAbout(
  point: { readonly x: number; readonly y: number },
  own: Required<Size>,
  box: Required<Size>,
): Geometry {
  const by = Math.max(box.width / own.width, box.height / own.height);
  const size = {
    width: Math.max(box.width, Math.round(own.width * by)),
    height: Math.max(box.height, Math.round(own.height * by)),
  };
  const from = (at: number, whole: number, part: number): number =>
    Math.max(0, Math.min(whole - part, Math.round(at * whole - part / 2)));
  const cut = { left: from(point.x, size.width, box.width), top: from(point.y, size.height, box.height), ...box };
  return { size, fit: 'fill', cut };
}
