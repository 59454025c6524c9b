import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toUlid, ulidTime } from '../../../src/naming/ulid.ts';

describe('a ULID', () => {
  it.each([
    [0, 0x00, '00000000000000000000000000'],
    [1_469_918_176_385, 0xff, '01ARYZ6S41ZZZZZZZZZZZZZZZZ'],
    [2 ** 48 - 1, 0xff, '7ZZZZZZZZZZZZZZZZZZZZZZZZZ'],
  ])('of %i and bytes of %i is %s, as its specification has it', (at, byte, expected) => {
    expect(toUlid(at, Buffer.alloc(10, byte))).toBe(expected);
  });

  it('sorts by when it was made, and holds all that was given to it', () => {
    const moment = fc.nat({ max: 2 ** 31 }).map((seconds) => seconds * 1000);
    fc.assert(
      fc.property(moment, moment, (one, other) => {
        const [first, second] = [toUlid(one, randomBytes(10)), toUlid(other, randomBytes(10))];
        expect(first).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
        if (one !== other) expect(first < second).toBe(one < other);
      }),
    );
    const bytes = fc.uint8Array({ minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(bytes, bytes, (one, other) => {
        expect(toUlid(0, one) === toUlid(0, other)).toBe(Buffer.from(one).equals(other));
      }),
    );
  });

  it('tells when it was made, and of anything else that it is none', () => {
    expect(ulidTime('01ARYZ6S41ZZZZZZZZZZZZZZZZ')).toEqual(new Date(1_469_918_176_385));
    for (const id of [
      '',
      'a'.repeat(26),
      '01aryz6s41zzzzzzzzzzzzzzzz',
      '81ARYZ6S41ZZZZZZZZZZZZZZZZ',
      '01ARYZ6S41ZZZZZZZZZZZZZZZ',
    ])
      expect(ulidTime(id)).toBeUndefined();
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 48 - 1 }), (at) => {
        expect(ulidTime(toUlid(at, randomBytes(10)))).toEqual(new Date(at));
      }),
    );
  });
});
