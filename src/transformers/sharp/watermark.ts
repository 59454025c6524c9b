// https://sharp.pixelplumbing.com/api-composite
import type { OverlayOptions } from 'sharp';
import type { Watermark, WatermarkPosition } from '../../ports/image-transformer.ts';

type OpenSharp = typeof import('sharp')['default'];

/** Pixels of a picture, or of one frame of an animation. */
interface Frame {
  readonly width: number;
  readonly height: number;
}

/** Between the mark and the edge, as a part of the shorter side. */
const MARGIN = 0.02;
const CLEAR = { r: 0, g: 0, b: 0, alpha: 0 };
const GRAVITIES = {
  'top-left': 'northwest',
  top: 'north',
  'top-right': 'northeast',
  left: 'west',
  center: 'centre',
  right: 'east',
  'bottom-left': 'southwest',
  bottom: 'south',
  'bottom-right': 'southeast',
} as const satisfies Record<Exclude<WatermarkPosition, 'tile'>, string>;

/** Makes what is laid over a picture, or over each frame of an animation, which lie below each other. */
export async function toOverlay(
  open: OpenSharp,
  { picture, position, opacity, scale }: Watermark,
  frame: Frame,
  isAnimated: boolean,
): Promise<OverlayOptions> {
  const margin = Math.floor(Math.min(frame.width, frame.height) * MARGIN);
  const box = {
    width: Math.max(1, Math.min(frame.width - 2 * margin, Math.round((frame.width * scale) / 100))),
    height: Math.max(1, frame.height - 2 * margin),
  };
  const fade = { input: Buffer.from([255, 255, 255, Math.round(2.55 * opacity)]), ...PIXEL, tile: true };
  const mark = await open(picture)
    .resize({ ...box, fit: 'inside' })
    .ensureAlpha()
    .composite([{ ...fade, blend: 'dest-in' }])
    .png()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = mark.info;
  if (position === 'tile') {
    const tile = { input: await spread(open, mark.data, mark.info, frame), tile: true };
    return isAnimated ? { ...ON_EACH, input: await fill(open, frame, tile) } : tile;
  }
  const gravity = GRAVITIES[position];
  const input = await open(mark.data)
    .extend({
      ...sides(Math.min(margin, Math.floor((frame.width - width) / 2)), 'left', 'right'),
      ...sides(Math.min(margin, Math.floor((frame.height - height) / 2)), 'top', 'bottom'),
      background: CLEAR,
    })
    .png()
    .toBuffer();
  return isAnimated ? { ...ON_EACH, input: await fill(open, frame, { input, gravity }) } : { input, gravity };
}

/** A sheet as large as one frame comes to lie over each of them. */
const ON_EACH = { tile: true, gravity: 'northwest' } as const;
const PIXEL = { raw: { width: 1, height: 1, channels: 4 } } as const;

const sides = <Name extends string>(by: number, ...names: readonly Name[]): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, by])) as Record<Name, number>;

/** Leaves as much room between marks as each of them takes, where there is so much. */
const spread = (open: OpenSharp, mark: Uint8Array, { width, height }: Frame, frame: Frame): Promise<Buffer> =>
  open(mark)
    .extend({
      right: Math.min(width, frame.width - width),
      bottom: Math.min(height, frame.height - height),
      background: CLEAR,
    })
    .png()
    .toBuffer();

/** A clear sheet with a mark on it. */
const fill = (open: OpenSharp, { width, height }: Frame, overlay: OverlayOptions): Promise<Buffer> =>
  open({ create: { width, height, channels: 4, background: CLEAR } })
    .composite([overlay])
    .png()
    .toBuffer();
