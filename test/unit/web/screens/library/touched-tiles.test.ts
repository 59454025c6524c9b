import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { touchedTiles } from '../../../../../src/web/screens/library/touched-tiles.ts';

const grid = { columns: 4, step: 100, count: 10 };

describe('the tiles that a rectangle touches', () => {
  it.each([
    ['one', { left: 10, top: 10, right: 20, bottom: 20 }, [0]],
    ['a row', { left: 0, top: 120, right: 399, bottom: 130 }, [4, 5, 6, 7]],
    ['a column, to the last that is there', { left: 210, top: 0, right: 220, bottom: 900 }, [2, 6]],
    ['all', { left: -50, top: -50, right: 900, bottom: 900 }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['none above', { left: 0, top: -50, right: 399, bottom: -1 }, []],
    ['none at the side', { left: 400, top: 0, right: 500, bottom: 300 }, []],
    ['none below', { left: 0, top: 300, right: 399, bottom: 400 }, []],
  ])('are %s', (_, rectangle, expected) => {
    expect(touchedTiles(rectangle, grid)).toEqual(expected);
  });

  it('are those that overlap it, whatever the rectangle and the grid', () => {
    const length = fc.integer({ min: -500, max: 2000 });
    const sizes = fc.record({
      columns: fc.integer({ min: 1, max: 12 }),
      step: fc.integer({ min: 1, max: 300 }),
      count: fc.integer({ min: 0, max: 60 }),
    });
    fc.assert(
      fc.property(length, length, length, length, sizes, (x, y, u, w, given) => {
        const [left, right, top, bottom] = [Math.min(x, u), Math.max(x, u), Math.min(y, w), Math.max(y, w)];
        const { columns, step, count } = given;
        const overlapping = Array.from({ length: count }, (_, index) => index).filter((index) => {
          const [column, row] = [index % columns, Math.floor(index / columns)];
          const across = left < (column + 1) * step && right >= column * step;
          return across && top < (row + 1) * step && bottom >= row * step;
        });
        expect(touchedTiles({ left, top, right, bottom }, given)).toEqual(overlapping);
      }),
    );
  });
});
