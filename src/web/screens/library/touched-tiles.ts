/** A rectangle within a grid, in pixels. */
interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Tiles beside and below each other, so many a row, and from one to the next so many pixels. */
interface TileGrid {
  readonly columns: number;
  readonly step: number;
  readonly count: number;
}

const clamp = (value: number, most: number): number => Math.max(0, Math.min(most, value));

/** Which tiles of a grid a rectangle touches, by their numbers, in order. */
export function touchedTiles({ left, top, right, bottom }: Rectangle, { columns, step, count }: TileGrid) {
  const found: number[] = [];
  const lastRow = Math.ceil(count / columns) - 1;
  if (right < 0 || bottom < 0 || left >= columns * step) return found;
  const lastColumn = clamp(Math.floor(right / step), columns - 1);
  const toRow = Math.min(lastRow, Math.floor(bottom / step));
  for (let row = Math.max(0, Math.floor(top / step)); row <= toRow; row += 1) {
    for (let column = Math.max(0, Math.floor(left / step)); column <= lastColumn; column += 1) {
      if (row * columns + column < count) found.push(row * columns + column);
    }
  }
  return found;
}
