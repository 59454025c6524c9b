import { describe, expect, it } from 'vitest';
import { createShares } from '../../../src/http/shares.ts';

describe('shares of something', () => {
  it('are as many as there are, for each address, until they are given back', () => {
    const shares = createShares(2);
    const [first, second] = [shares.take('10.0.0.1'), shares.take('10.0.0.1')];
    expect([first, second, shares.take('10.0.0.1')]).toEqual([expect.any(Function), expect.any(Function), undefined]);
    expect(shares.take('10.0.0.2')).toBeDefined();
    first?.();
    first?.();
    expect(shares.take('10.0.0.1')).toBeDefined();
    expect(shares.take('10.0.0.1')).toBeUndefined();
  });

  it.each([
    ['2001:db8:0:7::1', '2001:db8:0:7:ffff::2', false],
    ['2001:db8:0:7::1', '2001:db8:0:8::1', true],
    ['2001:db8::1', '2001:db8:0:0:5::1', false],
    ['2001:db8::1', '2001:db8:0:1::1', true],
    ['::1', '::2', true],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.2', true],
    [undefined, undefined, false],
  ])('of %s and of %s are apart: %s', (one, other, areApart) => {
    const shares = createShares(1);
    shares.take(one);
    expect(shares.take(other) !== undefined).toBe(areApart);
  });
});
