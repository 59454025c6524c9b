import { Check, RotateCw } from 'lucide';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { BedImage } from '../../parts/bed-image.tsx';
import { Button } from '../../parts/button.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icon.tsx';
import { type ListedImage, listing, loadMore } from '../../state/listing.ts';
import { go } from '../../state/location.ts';
import { type Settings, settings } from '../../state/settings.ts';
import { useStore } from '../../state/store.ts';
import { useTexts } from '../../texts/texts.ts';
import { layOutRows, layOutSquares, rowOf, type TileLayout } from './layout.ts';
import { createPress } from './press.ts';
import { useRows } from './rows.ts';
import { useRubberBand } from './rubber-band.ts';
import type { Selection } from './selection.ts';

interface GridProps {
  readonly images: readonly ListedImage[];
  readonly bucketName: string;
  readonly prefix: string;
  readonly selection: Selection;
  readonly hasMore: boolean;
  readonly onHelp: () => void;
  /** What stands above it, and scrolls with it. */
  readonly children: ComponentChildren;
}

const GAP = 8;
/** On a phone there are three beside each other, however large they were wanted. */
const NARROW = 560;
/** So many rows before the end the next page is read. */
const EARLY_ROWS = 8;

/** The images, of which only those near the window are in the document. */
export function Grid({ images, bucketName, prefix, selection, hasMore, onHelp, children }: GridProps) {
  const t = useTexts();
  const { tile, isWhole, layout: kind } = useStore(settings);
  const { state, error } = useStore(listing);
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const [active, setActive] = useState(0);
  const anchor = useRef(0);
  const width = useWidth(list);
  const layout = useMemo(() => layOut(images, width, { tile, layout: kind }), [images, width, tile, kind]);
  const rowCount = layout.rows.length;
  const { rows, total, showRow } = useRows({ box, list, layout, look: `${kind} ${tile} ${width}` });
  const lastRow = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && state === 'ready' && lastRow >= rowCount - EARLY_ROWS) void loadMore();
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
    if (image !== undefined) go('picture', bucketName, ...image.name.split('/'));
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
  const press = createPress({ layout, at, rowsSeen: rows.length, moveTo, open, onHelp, images, bucketName, selection });
  const band = useRubberBand({ box, list, layout, images, selection });

  return (
    <div class="library-scroll" ref={box} {...band.handlers}>
      {children}
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
      >
        {rows.map(({ index: row, start }) =>
          tilesOf(layout, row).map(({ index, left, width, height }) => {
            const image = images[index];
            if (image === undefined) return null;
            return (
              <Tile
                key={image.name}
                {...{ image, bucketName }}
                id={`${id}-${index}`}
                name={image.name.slice(prefix.length)}
                position={{ index, of: images.length }}
                fit={kind === 'rows' ? 'exact' : isWhole ? 'whole' : 'cut'}
                isActive={index === at}
                isSelected={selection.names.has(image.name)}
                style={{ inlineSize: `${width}px`, blockSize: `${height}px`, translate: `${left}px ${start}px` }}
                onChoose={(event, isBox) => choose(index, event, isBox)}
              />
            );
          }),
        )}
      </div>
      {band.shown && <div class="rubber-band" style={band.shown} />}
      {state === 'failed' && (
        <div class="row">
          <Wrong error={error} />
          <Button icon={RotateCw} label={t.do.retry} onClick={() => void loadMore()} />
        </div>
      )}
      <p class="soft small library-count" role="status">
        {images.length > 0 && t.library.count(images.length, !hasMore)}
      </p>
    </div>
  );
}

function layOut(
  images: readonly ListedImage[],
  width: number,
  { tile, layout }: Pick<Settings, 'tile' | 'layout'>,
): TileLayout {
  if (layout === 'squares' || width === 0) {
    return layOutSquares(images.length, width < NARROW ? 3 : 1, { width, tile, gap: GAP });
  }
  // What is not known to have another shape is taken for a square.
  const ratios = images.map(({ width = 1, height = 1 }) => width / height);
  return layOutRows(ratios, { width, tile: Math.min(tile, width / 2.5), gap: GAP });
}

/** The tiles of a row, by the number of their image. */
function tilesOf({ rows, spread }: TileLayout, at: number) {
  const row = rows[at];
  if (row === undefined) return [];
  return spread(row).map((span, offset) => ({ ...span, index: row.first + offset, height: row.height }));
}

interface TileProps {
  readonly image: ListedImage;
  readonly bucketName: string;
  readonly id: string;
  readonly name: string;
  readonly position: { readonly index: number; readonly of: number };
  /** How a picture fills its tile: cut to it, whole within it, or the tile has its shape. */
  readonly fit: 'cut' | 'whole' | 'exact';
  readonly isActive: boolean;
  readonly isSelected: boolean;
  readonly style: Readonly<Record<string, string>>;
  readonly onChoose: (event: MouseEvent, isBox: boolean) => void;
}

function Tile({ image, bucketName, id, name, position, fit, isActive, isSelected, style, onChoose }: TileProps) {
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
      style={style}
      onClick={(event) => onChoose(event, event.target instanceof Element && event.target.closest('.tick') !== null)}
    >
      <BedImage
        place={{ bucketName, objectName: image.name }}
        {...image}
        preset={fit === 'cut' ? 'thumb' : 'small'}
        alt=""
      />
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
