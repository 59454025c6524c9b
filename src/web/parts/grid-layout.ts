/** A row of tiles; `end` is the number after its last. */
export interface TileRow {
  readonly first: number;
  readonly end: number;
  readonly top: number;
  readonly height: number;
  /** So much room is above it for a heading. */
  readonly head: number;
}

/** Where a tile is in its row. */
interface Span {
  readonly left: number;
  readonly width: number;
}

/** Where tiles lie, in pixels. */
export interface TileLayout {
  readonly rows: readonly TileRow[];
  readonly gap: number;
  /** Where the tiles of a row are, in their order. */
  readonly spread: (row: TileRow) => readonly Span[];
}

interface Sizes {
  /** Of all tiles beside each other. */
  readonly width: number;
  /** How large a tile is wanted. */
  readonly tile: number;
  readonly gap: number;
}

/** Where tiles begin that have a heading of their own, in order; none lies beside one of those before it. */
export interface Parts {
  readonly starts: readonly number[];
  /** The height of a heading. */
  readonly head: number;
}

const WHOLE: Parts = { starts: [], head: 0 };

/** Squares of one size, at least so many beside each other. */
export function layOutSquares(
  count: number,
  leastColumns: number,
  { width, tile, gap }: Sizes,
  parts = WHOLE,
): TileLayout {
  const columns = Math.max(leastColumns, Math.floor((width + gap) / (tile + gap)));
  const side = width === 0 ? tile : (width - gap * (columns - 1)) / columns;
  const rows: TileRow[] = [];
  const starts = new Set(parts.starts);
  const ends = [...parts.starts.filter((start) => start > 0), count];
  let [first, top] = [0, 0];
  for (const part of ends) {
    while (first < part) {
      const head = starts.has(first) ? parts.head : 0;
      const end = Math.min(part, first + columns);
      rows.push({ first, end, top: top + head, height: side, head });
      [first, top] = [end, top + head + side + gap];
    }
  }
  const spans = Array.from({ length: columns }, (_, column) => ({ left: column * (side + gap), width: side }));
  return { rows, gap, spread: ({ first, end }) => spans.slice(0, end - first) };
}

/** What is higher or wider than this is cut to it, or one picture would be a row or a thread. */
const [NARROWEST, WIDEST] = [0.4, 3];

/** Rows as wide as there is room, of whole pictures: each as high as comes closest to what is wanted, the last no higher. */
export function layOutRows(ratios: readonly number[], { width, tile, gap }: Sizes, parts = WHOLE): TileLayout {
  const shown = ratios.map((ratio) => Math.min(WIDEST, Math.max(NARROWEST, ratio)));
  const rows: TileRow[] = [];
  let [first, sum, top] = [0, 0, 0];
  const heightOf = (sum: number, count: number): number => (width - gap * (count - 1)) / sum;
  const starts = new Set(parts.starts);
  const close = (end: number, height: number): void => {
    const head = starts.has(first) ? parts.head : 0;
    rows.push({ first, end, top: top + head, height, head });
    [first, sum, top] = [end, 0, top + head + height + gap];
  };
  const closeLast = (end: number): void => {
    if (first < end) close(end, Math.min(tile, heightOf(sum, end - first)));
  };
  for (const [index, ratio] of shown.entries()) {
    if (starts.has(index)) closeLast(index);
    const without = index > first ? heightOf(sum, index - first) : Number.POSITIVE_INFINITY;
    const withIt = heightOf(sum + ratio, index + 1 - first);
    if (withIt <= tile && without - tile < tile - withIt) close(index, without);
    else if (withIt <= tile) {
      close(index + 1, withIt);
      continue;
    }
    sum += ratio;
  }
  closeLast(shown.length);
  const spread: TileLayout['spread'] = (row) => {
    let left = 0;
    return shown.slice(row.first, row.end).map((ratio) => {
      const span = { left, width: ratio * row.height };
      left += span.width + gap;
      return span;
    });
  };
  return { rows, gap, spread };
}

/** The first of the rows for which `isReached` holds, which then holds for all below; how many there are when it holds for none. */
function findRow(rows: readonly TileRow[], isReached: (row: TileRow) => boolean): number {
  let [from, to] = [0, rows.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const row = rows[middle];
    if (row !== undefined && isReached(row)) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** In which row a tile is. */
export const rowOf = ({ rows }: TileLayout, index: number): number => findRow(rows, ({ end }) => end > index);

/** The tile that lies so many rows below one, or above where it is negative; past the last row the last tile, before the first the first. */
export function tileBeyond(layout: TileLayout, index: number, by: number): number {
  const { rows, spread } = layout;
  const from = rowOf(layout, index);
  const to = Math.max(0, Math.min(rows.length - 1, from + by));
  const [here, there] = [rows[from], rows[to]];
  if (here === undefined || there === undefined) return index;
  if (from === to) return by < 0 ? 0 : here.end - 1;
  const middleOf = ({ left, width }: Span): number => left + width / 2;
  const own = spread(here)[index - here.first];
  const distances = spread(there).map((span) => Math.abs(middleOf(span) - (own === undefined ? 0 : middleOf(own))));
  return there.first + distances.indexOf(Math.min(...distances));
}

/** A rectangle among the tiles. */
interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Which tiles a rectangle touches, by their numbers, in order; what is between two belongs to the first. */
export function touchedTiles({ left, top, right, bottom }: Rectangle, { rows, gap, spread }: TileLayout) {
  const found: number[] = [];
  for (let at = findRow(rows, (row) => row.top + row.height + gap > top); at < rows.length; at += 1) {
    const row = rows[at];
    if (row === undefined || row.top > bottom) break;
    for (const [offset, span] of spread(row).entries()) {
      if (right >= span.left && left < span.left + span.width + gap) found.push(row.first + offset);
    }
  }
  return found;
}
