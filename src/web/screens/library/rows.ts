import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from '@tanstack/virtual-core';
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';

interface RowsOptions {
  /** What scrolls. */
  readonly box: { readonly current: HTMLDivElement | null };
  /** What is in it, and holds the rows. */
  readonly list: { readonly current: HTMLDivElement | null };
  readonly count: number;
  readonly height: number;
}

interface Rows {
  readonly rows: readonly { readonly index: number; readonly start: number }[];
  /** Height of all of them. */
  readonly total: number;
  readonly showRow: (index: number) => void;
}

const OVERSCAN = 3;

/** Which rows are near the window. */
export function useRows({ box, list, count, height }: RowsOptions): Rows {
  const [, again] = useReducer((times: number) => times + 1, 0);
  const scrollMargin = list.current?.offsetTop ?? 0;
  const options = {
    count,
    scrollMargin,
    getScrollElement: () => box.current,
    estimateSize: () => height,
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
  }, [height, count, scrollMargin]);
  return {
    rows: virtual.getVirtualItems().map(({ index, start }: VirtualItem) => ({ index, start: start - scrollMargin })),
    total: virtual.getTotalSize(),
    showRow: (index) => virtual.scrollToIndex(index, { align: 'auto' }),
  };
}
