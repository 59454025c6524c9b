import { describe, expect, it } from 'vitest';
import { IMAGE_CONTENT_TYPES, IMAGE_TYPES, imageTypeOf } from '../../../src/naming/media-type.ts';

describe('types of images', () => {
  it.each([
    ['png', 'image/png', 'png'],
    ['jpeg', 'image/jpeg', 'jpg'],
    ['gif', 'image/gif', 'gif'],
    ['webp', 'image/webp', 'webp'],
    ['avif', 'image/avif', 'avif'],
    ['svg', 'image/svg+xml', 'svg'],
  ] as const)('know %s as %s with the extension %s', (format, contentType, extension) => {
    expect(imageTypeOf(format)).toMatchObject({ format, contentType, extension });
  });

  it('are six, and no two share a format, a media type, an extension or a name', () => {
    for (const property of ['format', 'contentType', 'extension', 'name'] as const) {
      expect(new Set(IMAGE_TYPES.map((type) => type[property])).size).toBe(6);
    }
    expect(IMAGE_CONTENT_TYPES).toEqual(
      IMAGE_TYPES.map(({ contentType }) => contentType).filter((type) => type !== 'image/svg+xml'),
    );
  });

  it('are not made up', () => {
    // @ts-expect-error: no such format
    expect(() => imageTypeOf('tiff')).toThrow(TypeError);
  });
});
