import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest } from '../../../src/naming/nearest.ts';

const NAMES = ['IMAGEPIC_DATA_DIR', 'IMAGEPIC_REGISTRATION', 'IMAGEPIC_MAX_UPLOAD_BYTES', 'IMAGEPIC_MAX_PIXELS'];

describe('the nearest of some names', () => {
  it.each([
    ['IMAGEPIC_DATADIR', 'IMAGEPIC_DATA_DIR'],
    ['IMAGEPIC_REGISTRATON', 'IMAGEPIC_REGISTRATION'],
    ['IMAGEPIC_MAX_UPLOAD', 'IMAGEPIC_MAX_UPLOAD_BYTES'],
    ['IMAGEPIC_MAX_PIXEL', 'IMAGEPIC_MAX_PIXELS'],
  ])('to %s is %s', (word, expected) => {
    expect(nearest(word, NAMES)).toBe(expected);
  });

  it('is none where nothing is near, or nothing is there', () => {
    expect(nearest('zzz', NAMES)).toBeUndefined();
    expect(nearest('a', [])).toBeUndefined();
  });

  it('is the name itself, and one of the names in any case', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.nat(), (names, index) => {
        const name = names[index % names.length] ?? '';
        expect(nearest(name, names)).toBe(name);
        expect([undefined, ...names]).toContain(nearest(`${name}x`, names));
      }),
    );
  });
});
