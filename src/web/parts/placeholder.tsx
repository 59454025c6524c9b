import { useLayoutEffect, useRef } from 'preact/hooks';
import { thumbHashToRGBA } from 'thumbhash';
import { doInTurn } from './in-turn.ts';

interface PlaceholderProps {
  /** Base64. */
  readonly thumbhash: string | undefined;
  readonly color: string | undefined;
}

/** What stands where an image is about to be: its colours, or at least one of them. */
export function Placeholder({ thumbhash, color }: PlaceholderProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const { current } = canvas;
    return current === null || thumbhash === undefined ? undefined : doInTurn(() => paint(current, thumbhash));
  }, [thumbhash]);
  if (thumbhash === undefined && color === undefined) return null;
  const style = color === undefined ? {} : { backgroundColor: `#${color}` };
  return <canvas ref={canvas} class="placeholder" width={1} height={1} style={style} />;
}

function paint(canvas: HTMLCanvasElement, thumbhash: string): void {
  const { w, h, rgba } = thumbHashToRGBA(Uint8Array.from(atob(thumbhash), (sign) => sign.charCodeAt(0)));
  canvas.width = w;
  canvas.height = h;
  canvas.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(rgba), w, h), 0, 0);
}
