import { describe, expect, it } from 'vitest';
import { readExpiration, readExpiredAt } from '../../../src/dialects/upload/lifetime.ts';

const DAY = 24 * 60 * 60;

describe('a lifetime of Chevereto or imgbb', () => {
  it.each([
    ['PT5M', 300],
    ['P3D', 3 * DAY],
    ['P1W', 7 * DAY],
    ['P1DT12H', 1.5 * DAY],
    ['pt90s', 90],
    ['P1M', 31 * DAY],
    ['P1Y', 366 * DAY],
    ['600', 600],
    [600, 600],
  ])('%s is %i seconds, and never fewer than anybody means', (given, seconds) => {
    expect(readExpiration(new Map([['expiration', given]]))).toEqual({ expiresIn: String(seconds) });
  });

  it.each(['', '0', ' ', 'PT0S'])('"%s" is for good', (given) => {
    expect(readExpiration(new Map([['expiration', given]]))).toEqual({});
    expect(readExpiration(new Map())).toEqual({});
  });

  it.each(['P', 'PT', '5M', 'P1H', 'PT5', 'tomorrow', '-60', '1e3'])('%s is left to be refused', (given) => {
    expect(readExpiration(new Map([['expiration', given]]))).toEqual({ expiresIn: given });
  });
});

describe('a moment of Lsky', () => {
  it.each([
    ['2031-01-02 03:04:05', '2031-01-02T03:04:05+08:00'],
    ['2031-01-02T03:04', '2031-01-02T03:04+08:00'],
    ['2031-01-02T03:04:05Z', '2031-01-02T03:04:05Z'],
    ['2031-01-02', '2031-01-02'],
    ['soon', 'soon'],
  ])('%s is %s', (given, expiresAt) => {
    expect(readExpiredAt(new Map([['expired_at', given]]))).toEqual({ expiresAt });
  });

  it('is none where nothing is said', () => {
    expect([readExpiredAt(new Map()), readExpiredAt(new Map([['expired_at', '']]))]).toEqual([{}, {}]);
  });
});
