import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** What its surroundings can have it do. */
export interface StageControl {
  zoom(factor: number): void;
  fit(): void;
}

interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

interface StageProps {
  readonly control: { current: StageControl | null };
  /** What is looked at; once somebody came closer, every pixel of it. */
  readonly children: (onFailure: () => void, isClose: boolean) => ComponentChildren;
  /** Left is below 0. */
  readonly onSwipe: (direction: number) => void;
  /** In place of an image that cannot be shown. */
  readonly hint: string;
}

const FIT: View = { scale: 1, x: 0, y: 0 };
const LARGEST = 12;
const SWIPE_PX = 60;

const zoomed = (view: View, factor: number, at: { readonly x: number; readonly y: number }): View => {
  const scale = Math.max(1, Math.min(LARGEST, view.scale * factor));
  const by = scale / view.scale;
  return scale === 1 ? FIT : { scale, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by };
};

/** Where an image is looked at: zoomed by wheel, pinch, keys or a double click, and moved when it is larger than the window. */
export function Stage({ control, children, onSwipe, hint }: StageProps) {
  const [view, setView] = useState<View>(FIT);
  const [isBroken, setBroken] = useState(false);
  const wasClose = useRef(false);
  const box = useRef<HTMLDivElement>(null);
  const pointers = useRef(new Map<number, { readonly x: number; readonly y: number }>());
  const start = useRef<{ readonly x: number; readonly y: number }>(undefined);
  useEffect(() => {
    control.current = {
      zoom: (factor) => setView((now) => zoomed(now, factor, { x: 0, y: 0 })),
      fit: () => setView(FIT),
    };
    return () => {
      control.current = null;
    };
  }, []);
  /** From the middle of the stage, where the image is turned and scaled about. */
  const toMiddle = (event: { readonly clientX: number; readonly clientY: number }) => {
    const { left, top, width, height } = box.current?.getBoundingClientRect() ?? new DOMRect();
    return { x: event.clientX - left - width / 2, y: event.clientY - top - height / 2 };
  };
  const spread = (): number => {
    const [one, other] = [...pointers.current.values()];
    return one && other ? Math.hypot(one.x - other.x, one.y - other.y) : 0;
  };
  const move = (event: PointerEvent): void => {
    const before = pointers.current.get(event.pointerId);
    if (before === undefined) return;
    const wasSpread = spread();
    const now = toMiddle(event);
    pointers.current.set(event.pointerId, now);
    if (pointers.current.size === 2 && wasSpread > 0) setView((seen) => zoomed(seen, spread() / wasSpread, now));
    else if (view.scale > 1)
      setView((seen) => ({ ...seen, x: seen.x + now.x - before.x, y: seen.y + now.y - before.y }));
  };
  const end = (event: PointerEvent): void => {
    const now = pointers.current.get(event.pointerId);
    const begun = start.current;
    const wasAlone = pointers.current.size === 1;
    pointers.current.delete(event.pointerId);
    if (!wasAlone || now === undefined || begun === undefined || view.scale > 1 || event.pointerType === 'mouse')
      return;
    const across = now.x - begun.x;
    if (Math.abs(across) > SWIPE_PX && Math.abs(across) > 2 * Math.abs(now.y - begun.y)) onSwipe(across);
  };
  wasClose.current ||= view.scale > 1;
  if (isBroken) return <p class="empty">{hint}</p>;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys and the buttons beside it do the same
    <div
      ref={box}
      class="stage"
      data-zoomed={view.scale > 1}
      onWheel={(event) => {
        event.preventDefault();
        const at = toMiddle(event);
        setView((now) => zoomed(now, event.deltaY < 0 ? 1.2 : 1 / 1.2, at));
      }}
      onDblClick={(event) => {
        const at = toMiddle(event);
        setView((now) => (now.scale > 1 ? FIT : zoomed(now, 2.5, at)));
      }}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        box.current?.setPointerCapture(event.pointerId);
        pointers.current.set(event.pointerId, toMiddle(event));
        start.current = toMiddle(event);
      }}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={end}
    >
      <div class="stage-image" style={{ translate: `${view.x}px ${view.y}px`, scale: String(view.scale) }}>
        {children(() => setBroken(true), wasClose.current)}
      </div>
    </div>
  );
}
