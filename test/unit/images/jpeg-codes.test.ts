import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCode, toCodeTable } from '../../../src/images/jpeg-codes.ts';

interface Code {
  readonly bits: number;
  readonly length: number;
  readonly symbol: number;
}

/** Lengths of codes, as many as there can be; none of ones alone. */
const lengths = fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 40 }).map((wished) => {
  let room = 2 ** 16 - 1;
  return wished
    .filter((length) => {
      const isThere = 2 ** (16 - length) <= room;
      if (isThere) room -= 2 ** (16 - length);
      return isThere;
    })
    .toSorted((one, other) => one - other);
});

/** The codes of such lengths, each one more than the one before it. */
function toCodes(sorted: readonly number[], symbolOf: (index: number) => number): readonly Code[] {
  let [bits, before] = [0, 0];
  return sorted.map((length, index) => {
    bits = index === 0 ? 0 : (bits + 1) << (length - before);
    before = length;
    return { bits, length, symbol: symbolOf(index) };
  });
}

describe('a code of a table', () => {
  it('is found by its bits, whatever follows them, and none in its stead where its symbol may not come', () => {
    fc.assert(
      fc.property(
        lengths,
        fc.array(fc.nat(255), { minLength: 40, maxLength: 40 }),
        fc.nat(0xffff),
        (sorted, all, rest) => {
          const codes = toCodes(sorted, (index) => all[index] ?? 0);
          const counts = Uint8Array.from(
            { length: 16 },
            (_, at) => sorted.filter((length) => length === at + 1).length,
          );
          const symbols = Uint8Array.from(codes, ({ symbol }) => symbol);
          const toEntry = (symbol: number, length: number) => (symbol % 3 === 0 ? 0 : (symbol << 5) | length);
          const table = toCodeTable({ counts, symbols }, toEntry);
          if (table === undefined) throw new Error('there are too many codes');
          for (const { bits, length, symbol } of codes) {
            const data = new DataView(new ArrayBuffer(8));
            data.setUint32(0, ((bits << (16 - length)) | (rest & (2 ** (16 - length) - 1))) * 2 ** 16);
            expect(findCode(table, data, 0)).toBe(toEntry(symbol, length));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
