import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from '@tanstack/virtual-core';
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';
import { rowOf, type TileLayout } from './grid-layout.ts';

interface RowsOptions {
  /** What scrolls. */
  readonly box: { readonly current: HTMLDivElement | null };
  /** What is in it, and holds the rows. */
  readonly list: { readonly current: HTMLDivElement | null };
  readonly layout: TileLayout;
  /** How it was made: whenever this changes, what was at the top of the window stays there. */
  readonly look: string;
}

interface Rows {
  readonly rows: readonly { readonly index: number; readonly start: number }[];
  /** Height of all of them. */
  readonly total: number;
  /** Brings a row into the window, to its top if that is asked for. */
  readonly showRow: (index: number, align?: 'start') => void;
}

const OVERSCAN = 3;

function sizeOf({ rows, gap }: TileLayout, index: number): number {
  const row = rows[index];
  return row === undefined ? gap : row.head + row.height + gap;
}

/** Which rows are near the window. */
export function useRows({ box, list, layout, look }: RowsOptions): Rows {
  const [, again] = useReducer((times: number) => times + 1, 0);
  const scrollMargin = list.current?.offsetTop ?? 0;
  const options = {
    count: layout.rows.length,
    scrollMargin,
    getScrollElement: () => box.current,
    estimateSize: (index: number) => sizeOf(layout, index),
    overscan: OVERSCAN,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => again(undefined),
  };
  const held = useRef<Virtualizer<HTMLDivElement, Element>>(undefined);
  held.current ??= new Virtualizer(options);
  const virtual = held.current;
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), []);
  useLayoutEffect(() => virtual._willUpdate());
  useLayoutEffect(() => {
    virtual.measure();
    again(undefined);
  }, [layout, scrollMargin]);
  useKeptPlace({ virtual, layout, look, scrollMargin });
  return {
    rows: virtual.getVirtualItems().map(({ index, start }: VirtualItem) => ({ index, start: start - scrollMargin })),
    total: virtual.getTotalSize(),
    showRow: (index, align) => virtual.scrollToIndex(index, { align: align ?? 'auto' }),
  };
}

interface KeptPlaceOptions extends Pick<RowsOptions, 'layout' | 'look'> {
  readonly virtual: Virtualizer<HTMLDivElement, Element>;
  readonly scrollMargin: number;
}

/** Keeps the image that is at the top of the window there when all lie differently. */
function useKeptPlace({ virtual, layout, look, scrollMargin }: KeptPlaceOptions): void {
  const seen = useRef(0);
  useLayoutEffect(() => {
    if (seen.current > 0) virtual.scrollToIndex(rowOf(layout, seen.current), { align: 'start' });
  }, [look]);
  useLayoutEffect(() => {
    const offset = virtual.scrollOffset ?? 0;
    const row = offset > scrollMargin ? virtual.getVirtualItemForOffset(offset)?.index : undefined;
    seen.current = layout.rows[row ?? 0]?.first ?? 0;
  });
}
