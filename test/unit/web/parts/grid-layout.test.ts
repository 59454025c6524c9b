import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layOutRows, layOutSquares, rowOf, tileBeyond, touchedTiles } from '../../../../src/web/parts/grid-layout.ts';

const SIZES = { width: 1000, tile: 180, gap: 8 };
const ratio = fc.double({ min: 0.01, max: 100, noNaN: true });
const sizes = fc.record({
  width: fc.integer({ min: 320, max: 2560 }),
  tile: fc.integer({ min: 96, max: 320 }),
  gap: fc.constant(8),
});

describe('rows of whole pictures', () => {
  it('are as wide as there is room, hold every picture once and in order, and are about as high as is wanted', () => {
    fc.assert(
      fc.property(fc.array(ratio, { maxLength: 200 }), sizes, (ratios, given) => {
        const { rows, spread, gap } = layOutRows(ratios, given);
        expect(rows.flatMap(({ first, end }) => Array.from({ length: end - first }, (_, at) => first + at))).toEqual(
          ratios.map((_, index) => index),
        );
        for (const [index, row] of rows.entries()) {
          const last = spread(row).at(-1) ?? { left: 0, width: 0 };
          const above = rows[index - 1];
          expect(row.top).toBeCloseTo(above === undefined ? 0 : above.top + above.height + gap);
          expect(last.left + last.width).toBeLessThanOrEqual(given.width + 0.001);
          if (index < rows.length - 1) expect(last.left + last.width).toBeCloseTo(given.width);
          expect(row.height).toBeLessThan(given.tile * 3.1);
        }
      }),
    );
  });

  it('are no higher at the end, however few are left', () => {
    expect(layOutRows([1], SIZES).rows).toEqual([{ first: 0, end: 1, top: 0, height: 180, head: 0 }]);
    expect(layOutRows([], SIZES).rows).toEqual([]);
  });

  it('keep the shape of a picture, but for one that would be a row or a thread', () => {
    const { rows, spread } = layOutRows([1.5, 0.01, 100], SIZES);
    const shapes = rows.flatMap((row) => spread(row).map(({ width }) => width / row.height));
    for (const [index, expected] of [1.5, 0.4, 3].entries()) expect(shapes[index]).toBeCloseTo(expected);
  });

  it('of 100,000 pictures are laid out in a moment', () => {
    const ratios = Array.from({ length: 100_000 }, (_, index) => 0.5 + (index % 7) / 4);
    const start = performance.now();
    const { rows } = layOutRows(ratios, SIZES);
    expect(performance.now() - start).toBeLessThan(500);
    expect(rows.at(-1)?.end).toBe(100_000);
  });
});

describe('going up and down', () => {
  const squares = layOutSquares(10, 1, { width: 400, tile: 100, gap: 0 });

  it.each([
    [1, 1, 5],
    [5, 1, 9],
    [7, 1, 9],
    [9, 1, 9],
    [9, -1, 5],
    [3, -1, 0],
    [0, 2, 8],
    [2, 9, 9],
  ])('among squares leads from %i by %i rows to %i', (from, by, to) => {
    expect(tileBeyond(squares, from, by)).toBe(to);
  });

  it('among rows leads to the picture that is nearest, and past the ends to the first and the last', () => {
    const layout = layOutRows([3, 1, 1, 1, 1, 3, 3, 1], SIZES);
    expect(layout.rows.map(({ first, end }) => [first, end])).toEqual([
      [0, 3],
      [3, 6],
      [6, 8],
    ]);
    expect(tileBeyond(layout, 2, 1)).toBe(5);
    expect(tileBeyond(layout, 5, 1)).toBe(7);
    expect(tileBeyond(layout, 4, -1)).toBe(0);
    expect(tileBeyond(layout, 3, 1)).toBe(6);
    expect(tileBeyond(layout, 1, -1)).toBe(0);
    expect(tileBeyond(layout, 6, 1)).toBe(7);
    expect(rowOf(layout, 4)).toBe(1);
  });
});

describe('the tiles that a rectangle touches', () => {
  const squares = layOutSquares(10, 1, { width: 400, tile: 100, gap: 0 });

  it.each([
    ['one', { left: 10, top: 10, right: 20, bottom: 20 }, [0]],
    ['a row', { left: 0, top: 120, right: 399, bottom: 130 }, [4, 5, 6, 7]],
    ['a column, to the last that is there', { left: 210, top: 0, right: 220, bottom: 900 }, [2, 6]],
    ['all', { left: -50, top: -50, right: 900, bottom: 900 }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['none above', { left: 0, top: -50, right: 399, bottom: -1 }, []],
    ['none at the side', { left: 400, top: 0, right: 500, bottom: 300 }, []],
    ['none below', { left: 0, top: 300, right: 399, bottom: 400 }, []],
  ])('are %s', (_, rectangle, expected) => {
    expect(touchedTiles(rectangle, squares)).toEqual(expected);
  });

  it('are those that overlap it, whatever the rectangle and the layout', () => {
    const length = fc.integer({ min: -500, max: 2600 });
    const layout = fc.oneof(
      fc.tuple(fc.integer({ min: 0, max: 60 }), sizes).map(([count, given]) => layOutSquares(count, 3, given)),
      fc.tuple(fc.array(ratio, { maxLength: 60 }), sizes).map(([ratios, given]) => layOutRows(ratios, given)),
    );
    fc.assert(
      fc.property(length, length, length, length, layout, (x, y, u, w, given) => {
        const [left, right, top, bottom] = [Math.min(x, u), Math.max(x, u), Math.min(y, w), Math.max(y, w)];
        const overlapping = given.rows.flatMap((row) =>
          given.spread(row).flatMap((span, offset) => {
            const across = left < span.left + span.width + given.gap && right >= span.left;
            const along = top < row.top + row.height + given.gap && bottom >= row.top;
            return across && along ? [row.first + offset] : [];
          }),
        );
        expect(touchedTiles({ left, top, right, bottom }, given)).toEqual(overlapping);
      }),
    );
  });
});

describe('headings', () => {
  const parts = { starts: [0, 3, 4], head: 40 };

  it.each([
    ['squares', layOutSquares(9, 1, { width: 520, tile: 100, gap: 5 }, parts)],
    [
      'rows',
      layOutRows(
        Array.from({ length: 9 }, () => 1),
        { width: 520, tile: 100, gap: 5 },
        parts,
      ),
    ],
  ])('have room above %s, and begin a row', (_, { rows }) => {
    expect(rows.map(({ first, end, head }) => [first, end, head])).toEqual([
      [0, 3, 40],
      [3, 4, 40],
      [4, 9, 40],
    ]);
    for (const [at, { top, height }] of rows.entries()) {
      const next = rows[at + 1];
      if (next !== undefined) expect(next.top).toBeCloseTo(top + height + 5 + 40);
    }
    expect(rows[0]?.top).toBe(40);
  });
});
