import { Check, RotateCw } from 'lucide';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { BedImage } from '../../parts/bed-image.tsx';
import { Button } from '../../parts/button.tsx';
import { Wrong } from '../../parts/failure.tsx';
import { Icon } from '../../parts/icon.tsx';
import { removeImages } from '../../state/images.ts';
import { type ListedImage, listing, loadMore } from '../../state/listing.ts';
import { go } from '../../state/location.ts';
import { settings } from '../../state/settings.ts';
import { useStore } from '../../state/store.ts';
import { useTexts } from '../../texts/texts.ts';
import { copyLinks } from './batch-bar.tsx';
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
  const { tile, isWhole } = useStore(settings);
  const { state, error } = useStore(listing);
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const [active, setActive] = useState(0);
  const anchor = useRef(0);
  const width = useWidth(list);
  const columns = Math.max(width < NARROW ? 3 : 1, Math.floor((width + GAP) / (tile + GAP)));
  const side = width === 0 ? tile : (width - GAP * (columns - 1)) / columns;
  const height = side + GAP;
  const rowCount = Math.ceil(images.length / columns);
  const { rows, total, showRow } = useRows({ box, list, count: rowCount, height });
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
    showRow(Math.floor(next / columns));
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
  const press = usePress({ columns, at, rowsSeen: rows.length, moveTo, open, onHelp, images, bucketName, selection });
  const band = useRubberBand({ box, list, columns, side, gap: GAP, images, selection });

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
          images.slice(row * columns, (row + 1) * columns).map((image, column) => {
            const index = row * columns + column;
            return (
              <Tile
                key={image.name}
                {...{ image, bucketName, isWhole }}
                id={`${id}-${index}`}
                name={image.name.slice(prefix.length)}
                position={{ index, of: images.length }}
                isActive={index === at}
                isSelected={selection.names.has(image.name)}
                style={{
                  inlineSize: `${side}px`,
                  blockSize: `${side}px`,
                  translate: `${column * (side + GAP)}px ${start}px`,
                }}
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

interface TileProps {
  readonly image: ListedImage;
  readonly bucketName: string;
  readonly id: string;
  readonly name: string;
  readonly position: { readonly index: number; readonly of: number };
  readonly isWhole: boolean;
  readonly isActive: boolean;
  readonly isSelected: boolean;
  readonly style: Readonly<Record<string, string>>;
  readonly onChoose: (event: MouseEvent, isBox: boolean) => void;
}

function Tile({ image, bucketName, id, name, position, isWhole, isActive, isSelected, style, onChoose }: TileProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list that it is in has the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, and says which of its options is active
    <div
      id={id}
      class={`tile ${isActive ? 'active' : ''} ${isWhole ? 'whole' : ''}`}
      role="option"
      aria-selected={isSelected}
      aria-label={name}
      aria-setsize={position.of}
      aria-posinset={position.index + 1}
      title={name}
      style={style}
      onClick={(event) => onChoose(event, event.target instanceof Element && event.target.closest('.tick') !== null)}
    >
      <BedImage place={{ bucketName, objectName: image.name }} {...image} preset={isWhole ? 'small' : 'thumb'} alt="" />
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

interface PressOptions {
  readonly columns: number;
  readonly at: number;
  readonly rowsSeen: number;
  readonly images: readonly ListedImage[];
  readonly bucketName: string;
  readonly selection: Selection;
  readonly moveTo: (index: number, isRange: boolean) => void;
  readonly open: (index: number) => void;
  readonly onHelp: () => void;
}

/** The keys of the grid. */
function usePress(options: PressOptions): (event: KeyboardEvent) => void {
  const { columns, at, rowsSeen, images, bucketName, selection, moveTo, open, onHelp } = options;
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -columns * Math.max(1, rowsSeen - 4),
    PageDown: columns * Math.max(1, rowsSeen - 4),
    Home: -images.length,
    End: images.length,
  };
  const plain: Readonly<Record<string, () => void>> = {
    Enter: () => open(at),
    ' ': () => images[at] && selection.toggle(images[at].name),
    Escape: selection.clear,
    '?': onHelp,
    '/': () => document.querySelector<HTMLElement>('.library-filter')?.focus(),
    Delete: () => remove(),
    Backspace: () => remove(),
  };
  const withControl: Readonly<Record<string, () => void>> = {
    a: () => selection.set(images.map(({ name }) => name)),
    c: () => copyLinks(images, selected()),
  };
  const selected = (): ReadonlySet<string> =>
    selection.names.size > 0 ? selection.names : new Set(images[at] === undefined ? [] : [images[at].name]);
  const remove = (): void => {
    const names = [...selected()];
    if (names.length === 0) return;
    selection.clear();
    void removeImages(bucketName, names);
  };
  return (event) => {
    const step = steps[event.key];
    const act = event.ctrlKey || event.metaKey ? withControl[event.key] : plain[event.key];
    if (step === undefined && act === undefined) return;
    event.preventDefault();
    if (step === undefined) act?.();
    else moveTo(at + step, event.shiftKey);
  };
}
