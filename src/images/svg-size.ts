// https://www.w3.org/TR/SVG2/coords.html#SizingSVGInCSS and https://www.w3.org/TR/css-images-3/#default-sizing
import type { ImageSize } from './image-size.ts';

/** How large what says no size is drawn. */
const DEFAULT_WIDTH = 300;
const DEFAULT_HEIGHT = 150;
/** CSS pixels to a unit; fonts are taken for 16 pixels high. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['px', 1],
  ['in', 96],
  ['cm', 96 / 2.54],
  ['mm', 96 / 25.4],
  ['q', 96 / 101.6],
  ['pt', 96 / 72],
  ['pc', 16],
  ['em', 16],
  ['rem', 16],
  ['ex', 8],
]);

/** What says a length or a view in more characters says none. */
const MAX_LENGTH = 128;

/** Reads a length in CSS pixels; nothing for a part of the surroundings, or for none. */
function toPixels(length = ''): number | undefined {
  if (length.length > MAX_LENGTH) return undefined;
  const match = /^\+?(\d{0,9}(?:\.\d{1,20})?(?:e[-+]?\d)?) *([a-z]*)$/i.exec(length.trim());
  const unit = UNITS.get(match?.[2]?.toLowerCase() ?? '');
  const number = Number.parseFloat(match?.[1] ?? '');
  return unit === undefined || !(number > 0) ? undefined : number * unit;
}

function readViewBox(viewBox: string | undefined): readonly [width: number, height: number] | undefined {
  const [, , width = 0, height = 0, ...more] = (viewBox ?? '')
    .trim()
    .split(/[\s,]+/, 5)
    .map(Number);
  return more.length === 0 && width > 0 && height > 0 && width < 1e9 && height < 1e9 ? [width, height] : undefined;
}

/** Measures an image by the attributes of its root, in whole CSS pixels. */
export function measureSvg(attributes: ReadonlyMap<string, string>): ImageSize {
  const [width, height] = [toPixels(attributes.get('width')), toPixels(attributes.get('height'))];
  const box = readViewBox(attributes.get('viewBox'));
  const ratio = box === undefined ? undefined : box[0] / box[1];
  const sized = (drawn: number): number => Math.max(1, Math.round(drawn));
  const byHeight = height === undefined || ratio === undefined ? undefined : height * ratio;
  const byWidth = width === undefined || ratio === undefined ? undefined : width / ratio;
  return {
    width: sized(width ?? byHeight ?? box?.[0] ?? DEFAULT_WIDTH),
    height: sized(height ?? byWidth ?? box?.[1] ?? DEFAULT_HEIGHT),
    frames: 1,
  };
}
