import { useRef, useState } from 'preact/hooks';
import type { Selection } from '../state/selection.ts';
import type { GridImage } from './grid-image.ts';
import { type TileLayout, touchedTiles } from './grid-layout.ts';

interface RubberBandOptions {
  readonly box: { readonly current: HTMLDivElement | null };
  readonly list: { readonly current: HTMLDivElement | null };
  readonly layout: TileLayout;
  readonly images: readonly GridImage[];
  readonly selection: Selection;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** So far a mouse moves in a click. */
const SLACK = 6;

/** Selects what a mouse draws a rectangle around, from anywhere in the grid. */
export function useRubberBand({ box, list, layout, images, selection }: RubberBandOptions) {
  const [shown, setShown] = useState<Readonly<Record<string, string>>>();
  const drawn = useRef<{ readonly from: Point; readonly before: ReadonlySet<string>; isOn: boolean }>(undefined);
  const within = (event: PointerEvent): Point => {
    const { left, top } = list.current?.getBoundingClientRect() ?? { left: 0, top: 0 };
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const draw = (event: PointerEvent): void => {
    const begun = drawn.current;
    if (begun === undefined) return;
    const now = within(event);
    const [left, right] = [Math.min(begun.from.x, now.x), Math.max(begun.from.x, now.x)];
    const [top, bottom] = [Math.min(begun.from.y, now.y), Math.max(begun.from.y, now.y)];
    if (!begun.isOn && right - left < SLACK && bottom - top < SLACK) return;
    if (!begun.isOn) box.current?.setPointerCapture(event.pointerId);
    begun.isOn = true;
    const touched = touchedTiles({ left, top, right, bottom }, layout).flatMap((index) => images[index]?.name ?? []);
    selection.set([...begun.before, ...touched]);
    const [x, y] = [(list.current?.offsetLeft ?? 0) + left, (list.current?.offsetTop ?? 0) + top];
    setShown({ inlineSize: `${right - left}px`, blockSize: `${bottom - top}px`, translate: `${x}px ${y}px` });
  };
  const end = (): void => {
    const wasOn = drawn.current?.isOn === true;
    drawn.current = undefined;
    setShown(undefined);
    // The click that follows is not meant for the tile under it.
    if (wasOn) addEventListener('click', (event) => event.stopPropagation(), { capture: true, once: true });
  };
  return {
    shown,
    isDrawn: (): boolean => drawn.current !== undefined,
    handlers: {
      // A tile that it has selected could be dragged from then on.
      onDragStart: (event: DragEvent) => drawn.current !== undefined && event.preventDefault(),
      onPointerDown: (event: PointerEvent) => {
        const isOnControl =
          event.target instanceof Element &&
          event.target.closest('a, button, input, .tick, [draggable="true"]') !== null;
        if (event.pointerType !== 'mouse' || event.button !== 0 || isOnControl) return;
        const before = event.ctrlKey || event.metaKey || event.shiftKey ? selection.names : new Set<string>();
        drawn.current = { from: within(event), before, isOn: false };
      },
      onPointerMove: draw,
      onPointerUp: end,
      onPointerCancel: end,
    },
  };
}
