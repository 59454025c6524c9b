import { describe, expect, it } from 'vitest';
import { chooseFormat, formatOf } from '../../../../src/services/variants/negotiate.ts';

const CHROME = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8';
const AUTO = { format: 'auto', isAnimated: true } as const;

describe('the format of a variant', () => {
  it.each([
    ['jpeg', CHROME, 'avif'],
    ['png', CHROME, 'avif'],
    ['avif', CHROME, 'avif'],
    ['gif', CHROME, 'webp'],
    ['webp', CHROME, 'webp'],
    ['jpeg', 'image/webp,*/*', 'webp'],
    ['jpeg', 'image/avif;q=0, image/webp', 'webp'],
    ['jpeg', 'IMAGE/AVIF ; q=0.5', 'avif'],
    ['jpeg', '*/*', 'jpeg'],
    ['gif', 'image/*', 'gif'],
    ['png', undefined, 'png'],
    ['avif', 'text/html', 'avif'],
    ['jpeg', 'image/avifx', 'jpeg'],
  ] as const)('of a %s for whoever accepts %s is %s', (source, accept, wanted) => {
    expect(chooseFormat(AUTO, source, accept)).toBe(wanted);
  });

  it('may be the smallest where an animation is not wanted, and is what was asked for', () => {
    expect(chooseFormat({ format: 'auto', isAnimated: false }, 'gif', CHROME)).toBe('avif');
    expect(chooseFormat({ format: 'png', isAnimated: true }, 'gif', CHROME)).toBe('png');
  });

  it('is none of an SVG, nor of what is no image', () => {
    expect(['image/svg+xml', 'text/html', '', 'image/png'].map(formatOf)).toEqual([
      undefined,
      undefined,
      undefined,
      'png',
    ]);
  });
});
