import { afterEach, describe, expect, it } from 'vitest';
import { daysUntil, fromWallTime, toWallTime } from '../../../../src/web/state/expiry.ts';

const { TZ } = process.env;
afterEach(() => {
  if (TZ === undefined) delete process.env['TZ'];
  else process.env['TZ'] = TZ;
});

describe('the time when an image goes', () => {
  it.each([
    ['Asia/Shanghai', '2026-12-24T10:00:00.000Z', '2026-12-24T18:00'],
    ['America/New_York', '2026-07-01T02:30:00.000Z', '2026-06-30T22:30'],
    ['UTC', '2026-12-31T23:59:00.000Z', '2026-12-31T23:59'],
  ])('is written and read by the clock on the wall, in %s', (zone, iso, wall) => {
    process.env['TZ'] = zone;
    expect(toWallTime(iso)).toBe(wall);
    expect(fromWallTime(wall)).toBe(iso);
  });

  it('is nothing where there is none', () => {
    expect(toWallTime(undefined)).toBe('');
    expect(fromWallTime('')).toBe('');
  });

  it.each([
    ['2026-12-24T10:00:00.000Z', 2],
    ['2026-12-22T11:00:00.000Z', 0],
    ['2026-12-20T10:00:00.000Z', 0],
  ])('is so many whole days away: %s', (iso, days) => {
    expect(daysUntil(iso, Date.parse('2026-12-22T10:00:00.000Z'))).toBe(days);
  });
});
