import './grid.css';
import { Check, RotateCw } from 'lucide';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Place } from '../state/private-images.ts';
import type { Selection } from '../state/selection.ts';
import { type Settings, settings } from '../state/settings.ts';
import { useStore } from '../state/store.ts';
import { useTexts } from '../texts/texts.ts';
import { AlbumTargets } from './album-targets.tsx';
import { BedImage } from './bed-image.tsx';
import { Button } from './button.tsx';
import { endDrag, startDrag } from './drag-images.ts';
import { Wrong } from './failure.tsx';
import type { GridImage } from './grid-image.ts';
import { layOutRows, layOutSquares, type Parts, rowOf, type TileLayout } from './grid-layout.ts';
import { createPress } from './grid-press.ts';
import { useRows } from './grid-rows.ts';
import { Icon } from './icon.tsx';
import { useRubberBand } from './rubber-band.ts';

interface GridProps<Image extends GridImage> {
  readonly images: readonly Image[];
  readonly placeOf: (image: Image) => Place;
  readonly labelOf: (image: Image) => string;
  readonly selection: Selection;
  readonly onOpen: (image: Image) => void;
  readonly onRemove: (names: readonly string[]) => void;
  readonly onHelp: () => void;
  /** Finds out which images are called so; with it those that are selected can be dragged onto an album. */
  readonly loadIds?: ((names: ReadonlySet<string>) => Promise<readonly string[]>) | undefined;
  /** How far it is read, and how more is. */
  readonly reading: {
    readonly state: 'loading' | 'ready' | 'failed';
    readonly error?: unknown;
    readonly hasMore: boolean;
    readonly onMore: () => void;
    /** How many there are, where that is known of what is not read too. */
    readonly total?: number | undefined;
  };
  /** Headings, each above the image of a number and those after it. */
  readonly headings?: readonly { readonly first: number; readonly text: string }[];
  /** Brings an image to the top of the window. */
  readonly control?: { current: ((index: number) => void) | null };
  /** What stands above it, and scrolls with it. */
  readonly children: ComponentChildren;
}

const GAP = 8;
/** On a phone there are three beside each other, however large they were wanted. */
const NARROW = 560;
/** So many rows before the end the next page is read. */
const EARLY_ROWS = 8;
const HEADING = 44;
const NO_HEADINGS: readonly never[] = [];

/** The images, of which only those near the window are in the document. */
export function Grid<Image extends GridImage>(props: GridProps<Image>) {
  const { images, placeOf, labelOf, selection, onOpen, onRemove, onHelp, reading, loadIds, control, children } = props;
  const { headings = NO_HEADINGS } = props;
  const t = useTexts();
  const { tile, isWhole, layout: kind } = useStore(settings);
  const { state, error, hasMore, onMore, total: all = images.length } = reading;
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const [active, setActive] = useState(0);
  const anchor = useRef(0);
  const width = useWidth(list);
  const layout = useMemo(
    () => layOut(images, width, { tile, layout: kind, starts: headings.map(({ first }) => first) }),
    [images, width, tile, kind, headings],
  );
  const rowCount = layout.rows.length;
  const { rows, total, showRow } = useRows({ box, list, layout, look: `${kind} ${tile} ${width}` });
  const lastRow = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && state === 'ready' && lastRow >= rowCount - EARLY_ROWS) onMore();
  }, [hasMore, state, lastRow, rowCount]);
  const at = Math.min(active, Math.max(0, images.length - 1));

  const between = (one: number, other: number): readonly string[] =>
    images.slice(Math.min(one, other), Math.max(one, other) + 1).map(({ name }) => name);
  const moveTo = (index: number, isRange: boolean): void => {
    const next = Math.max(0, Math.min(images.length - 1, index));
    setActive(next);
    showRow(rowOf(layout, next));
    if (isRange) selection.set(between(anchor.current, next));
    else anchor.current = next;
  };
  const open = (index: number): void => {
    const image = images[index];
    if (image !== undefined) onOpen(image);
  };
  const choose = (index: number, event: MouseEvent, isBox: boolean): void => {
    const image = images[index];
    if (image === undefined) return;
    setActive(index);
    if (event.shiftKey) selection.set([...selection.names, ...between(anchor.current, index)]);
    else if (isBox || event.ctrlKey || event.metaKey || selection.names.size > 0) selection.toggle(image.name);
    else open(index);
    if (!event.shiftKey) anchor.current = index;
  };
  const press = createPress({ layout, at, rowsSeen: rows.length, moveTo, open, onHelp, onRemove, images, selection });
  const band = useRubberBand({ box, list, layout, images, selection });

  const keep = useKept();
  const latest = useRef(choose);
  latest.current = choose;
  const toTile = (index: number, { left, top, width, height }: Area): VNode | undefined => {
    const image = images[index];
    if (image === undefined) return undefined;
    const isActive = index === at;
    const isSelected = selection.names.has(image.name);
    const fit = kind === 'rows' ? 'exact' : isWhole ? 'whole' : 'cut';
    const name = labelOf(image);
    const seen = [image, index, images.length, isActive, isSelected, fit, name, left, top, width, height];
    return keep(image.name, seen, () => (
      <Tile
        key={image.name}
        {...{ image, name, fit, isActive, isSelected }}
        isDraggable={isSelected && loadIds !== undefined}
        place={placeOf(image)}
        id={`${id}-${index}`}
        position={{ index, of: images.length }}
        style={{ inlineSize: `${width}px`, blockSize: `${height}px`, translate: `${left}px ${top}px` }}
        onChoose={(event, isBox) => latest.current(index, event, isBox)}
      />
    ));
  };

  if (control !== undefined) control.current = (index) => showRow(rowOf(layout, index), 'start');
  const tops = new Map(headings.map(({ first, text }) => [first, text]));

  return (
    <div class="library-scroll" ref={box} {...band.handlers}>
      {children}
      {headings.length > 0 && (
        <div class="library-headings">
          {rows.map(({ index, start }) => {
            const first = layout.rows[index]?.first ?? -1;
            const text = tops.get(first);
            return text === undefined ? null : (
              <h2 key={first} style={{ translate: `0 ${start}px`, blockSize: `${HEADING}px` }}>
                {text}
              </h2>
            );
          })}
        </div>
      )}
      <div
        ref={list}
        class="library-grid"
        role="listbox"
        aria-label={t.library.grid}
        aria-multiselectable="true"
        aria-activedescendant={images.length > 0 ? `${id}-${at}` : undefined}
        tabIndex={images.length > 0 ? 0 : -1}
        style={{ blockSize: `${total}px` }}
        onKeyDown={press}
        onDragStart={(event) => loadIds && !band.isDrawn() && startDrag(event, selection.names, loadIds)}
        onDragEnd={endDrag}
      >
        {rows.flatMap(({ index: row, start }) =>
          tilesOf(layout, row).map(({ index, head, ...area }) => toTile(index, { ...area, top: start + head })),
        )}
      </div>
      {loadIds && <AlbumTargets />}
      {band.shown && <div class="rubber-band" style={band.shown} />}
      {state === 'failed' && (
        <div class="row">
          <Wrong error={error} />
          <Button icon={RotateCw} label={t.do.retry} onClick={onMore} />
        </div>
      )}
      <p class="soft small library-count" role="status">
        {images.length > 0 && t.library.count(hasMore ? images.length : all, !hasMore)}
      </p>
    </div>
  );
}

function layOut(
  images: readonly GridImage[],
  width: number,
  { tile, layout, starts }: Pick<Settings, 'tile' | 'layout'> & Pick<Parts, 'starts'>,
): TileLayout {
  const parts = { starts, head: HEADING };
  if (layout === 'squares' || width === 0) {
    return layOutSquares(images.length, width < NARROW ? 3 : 1, { width, tile, gap: GAP }, parts);
  }
  // What is not known to have another shape is taken for a square.
  const ratios = images.map(({ width = 1, height = 1 }) => width / height);
  return layOutRows(ratios, { width, tile: Math.min(tile, width / 2.5), gap: GAP }, parts);
}

/** The tiles of a row, by the number of their image. */
function tilesOf({ rows, spread }: TileLayout, at: number) {
  const row = rows[at];
  if (row === undefined) return [];
  return spread(row).map((span, offset) => ({
    ...span,
    index: row.first + offset,
    height: row.height,
    head: row.head,
  }));
}

/** Where a tile lies. */
interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Kept {
  readonly seen: readonly unknown[];
  readonly tile: VNode;
}

/** Keeps what was drawn the last time, by a name each: the same again, of which nothing is looked at twice, while what it shows is the same. */
function useKept(): (name: string, seen: Kept['seen'], draw: () => VNode) => VNode {
  const kept = useRef<ReadonlyMap<string, Kept>>(new Map());
  const before = kept.current;
  const now = new Map<string, Kept>();
  kept.current = now;
  return (name, seen, draw) => {
    const last = before.get(name);
    const isSame = last?.seen.every((value, at) => value === seen[at]) === true;
    const drawn = isSame ? last : { seen, tile: draw() };
    now.set(name, drawn);
    return drawn.tile;
  };
}

interface TileProps {
  readonly image: GridImage;
  readonly place: Place;
  readonly id: string;
  readonly name: string;
  readonly position: { readonly index: number; readonly of: number };
  /** How a picture fills its tile: cut to it, whole within it, or the tile has its shape. */
  readonly fit: 'cut' | 'whole' | 'exact';
  readonly isActive: boolean;
  readonly isSelected: boolean;
  readonly isDraggable: boolean;
  readonly style: Readonly<Record<string, string>>;
  readonly onChoose: (event: MouseEvent, isBox: boolean) => void;
}

function Tile({
  image,
  place,
  id,
  name,
  position,
  fit,
  isActive,
  isSelected,
  isDraggable,
  style,
  onChoose,
}: TileProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list that it is in has the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, and says which of its options is active
    <div
      id={id}
      class={`tile ${isActive ? 'active' : ''} ${fit}`}
      role="option"
      aria-selected={isSelected}
      aria-label={name}
      aria-setsize={position.of}
      aria-posinset={position.index + 1}
      title={name}
      draggable={isDraggable}
      style={style}
      onClick={(event) => onChoose(event, event.target instanceof Element && event.target.closest('.tick') !== null)}
    >
      <BedImage {...image} place={place} preset={fit === 'cut' ? 'thumb' : 'small'} alt="" />
      <span class="tick">
        <Icon of={Check} />
      </span>
    </div>
  );
}

/** The width that it has for its tiles; 0 before it is there. */
function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (element.current === null) return undefined;
    setWidth(element.current.clientWidth);
    const watch = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    watch.observe(element.current);
    return () => watch.disconnect();
  }, []);
  return width;
}
