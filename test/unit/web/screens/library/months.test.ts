import { expect, it } from 'vitest';
import { toDays, toStops } from '../../../../../src/web/screens/library/months.ts';

const at = (year: number, month: number, day: number) => new Date(year, month - 1, day, 12).toISOString();

it('tells where each day begins', () => {
  const images = [at(2026, 3, 2), at(2026, 3, 2), at(2026, 3, 1), at(2025, 3, 1)].map((createdAt) => ({ createdAt }));
  expect(toDays(images)).toEqual([
    { day: '2026-03-02', first: 0 },
    { day: '2026-03-01', first: 2 },
    { day: '2025-03-01', first: 3 },
  ]);
});

it('stops at each month, over a turn of the year, and in a month at one', () => {
  expect(toStops(at(2025, 12, 31), at(2026, 2, 1))).toEqual([
    { period: '2026-02', to: '2026-02-28' },
    { period: '2026-01', to: '2026-01-31' },
    { period: '2025-12', to: '2025-12-31' },
  ]);
  expect(toStops(at(2026, 2, 1), at(2026, 2, 28))).toHaveLength(1);
});

it('stops at years where there are more than two of months', () => {
  expect(toStops(at(2024, 3, 1), at(2026, 2, 1))).toHaveLength(24);
  expect(toStops(at(2024, 1, 1), at(2026, 2, 1)).map(({ period }) => period)).toEqual(['2026', '2025', '2024']);
});
