import { describe, expect, it } from 'vitest';
import { readSampleExtents } from '../../../src/images/avif-samples.ts';
import { readBoxes } from '../../../src/images/boxes.ts';
import { big, bytesOf, fullBox, type Part } from '../../support/images/build.ts';

const CHUNKS = [100, 200, 300, 400];
const stco = (...offsets: readonly number[]): Buffer =>
  fullBox('stco', 0, big(offsets.length), ...offsets.map((offset) => big(offset)));
/** The first two chunks hold a sample each, the others two. */
const STSC = fullBox('stsc', 0, big(2), big(1), big(1), big(1), big(3), big(2), big(1));
const stsz = (...sizes: readonly number[]): Buffer =>
  fullBox('stsz', 0, big(0), big(sizes.length), ...sizes.map((size) => big(size)));
const stz2 = (bits: number, ...table: readonly Part[]): Buffer =>
  fullBox('stz2', 0, big(0, 3), big(bits, 1), big(6), ...table);

const extentsOf = (...boxes: readonly Buffer[]): readonly string[] => {
  const bytes = bytesOf(...boxes);
  const found = new Map(readBoxes(bytes, 0, bytes.length).map((box) => [box.type, box]));
  return readSampleExtents(bytes, found).map(({ start, end }) => `${start}–${end}`);
};

describe('the samples of an AVIF track', () => {
  it.each<readonly [string, Buffer, readonly string[]]>([
    ['of one size', fullBox('stsz', 0, big(7), big(6)), ['100–107', '200–207', '300–314', '400–414']],
    ['of a size each', stsz(1, 2, 3, 4, 5, 6), ['100–101', '200–202', '300–307', '400–411']],
    ['fewer than their chunks take', stsz(1, 2, 3), ['100–101', '200–202', '300–303']],
    ['of sizes of four bits', stz2(4, 0x12, 0x34, 0x56), ['100–101', '200–202', '300–307', '400–411']],
    ['of sizes of eight bits', stz2(8, 1, 2, 3, 4, 5, 6), ['100–101', '200–202', '300–307', '400–411']],
    [
      'of sizes of sixteen bits',
      stz2(16, ...[1, 2, 3, 4, 5, 6].map((size) => big(size, 2))),
      ['100–101', '200–202', '300–307', '400–411'],
    ],
  ])('lie in its chunks, %s', (_, sizes, extents) => {
    expect(extentsOf(STSC, stco(...CHUNKS), sizes)).toEqual(extents);
  });

  it('lie also beyond 4 GiB', () => {
    const far = 2 ** 33;
    expect(extentsOf(STSC, fullBox('co64', 0, big(1), big(far, 8)), stsz(9))).toEqual([`${far}–${far + 9}`]);
  });

  it('are none where the tables name none', () => {
    expect(extentsOf(stco(...CHUNKS), stsz(9))).toEqual([]);
    expect(extentsOf(STSC, stsz(9))).toEqual([]);
    expect(extentsOf(STSC, stco(...CHUNKS))).toEqual([]);
  });

  it.each([
    ['more sizes than the table has', [STSC, stco(1), fullBox('stsz', 0, big(0), big(9))]],
    ['sizes of three bits', [STSC, stco(1), stz2(3, 0, 0, 0)]],
    ['more small sizes than the table has', [STSC, stco(1), stz2(16, 0, 0, 0)]],
    ['more chunks than the table has', [STSC, fullBox('stco', 0, big(9), big(1)), stsz(9)]],
    ['a hundred thousand chunks', [STSC, fullBox('stco', 0, big(100_000), Buffer.alloc(400_000)), stsz(9)]],
  ])('are refused with %s', (_, boxes) => {
    expect(() => extentsOf(...boxes)).toThrow(expect.objectContaining({ code: 'avif-broken-box' }));
  });
});
