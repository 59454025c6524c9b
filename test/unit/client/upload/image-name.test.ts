import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameImage, toImageType } from '../../../../src/client/upload/image-name.ts';
import { isKey } from '../../../../src/naming/key.ts';
import { makePng } from '../../../support/png.ts';

const sha256 = '0123456789abcdef'.repeat(4);
const png = toImageType(makePng(1, 1));

describe('the name of an image', () => {
  it.each([
    ['dot.png', '', '{hash}.{ext}', '0123456789abcdef0123456789abcdef.png'],
    ['dot.jpeg', 'a/b/', '{name}.{ext}', 'a/b/dot.png'],
    ['.png', '/a', '{name}', 'a/.png'],
    ['100%25.png', '', '{name}-{hash}', '100-25-0123456789abcdef0123456789abcdef'],
  ])('of %j in %j by %j is %j', (fileName, folder, template, name) => {
    expect(nameImage({ fileName, sha256, kind: png }, folder, template)).toBe(name);
  });

  it('tells what is no image by the end of its name', () => {
    expect(nameImage({ fileName: 'x.HEIC', sha256, kind: undefined }, '', '{hash}.{ext}')).toMatch(/\.heic$/);
    expect(nameImage({ fileName: 'x', sha256, kind: undefined }, '', '{hash}.{ext}')).toMatch(/\.bin$/);
  });

  it('is one that a store takes, whatever the file is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (fileName) => {
        expect(isKey(nameImage({ fileName, sha256, kind: png }, 'folder', '{name}-{hash}.{ext}'))).toBe(true);
      }),
    );
  });
});
