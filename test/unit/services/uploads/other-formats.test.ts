import { describe, expect, it } from 'vitest';
import { ImageError, type OtherFormat } from '../../../../src/images/index.ts';
import { toImageRefusal } from '../../../../src/services/uploads/image-refusals.ts';

const TOLD: readonly (readonly [found: OtherFormat, zh: RegExp, en: RegExp])[] = [
  [
    'heic',
    /，这是 ?HEIC：.*设置→相机→格式.*兼容性最佳/,
    /; this is HEIC: .*Settings → Camera → Formats → Most Compatible/,
  ],
  ['svg', /，这是 ?SVG：.*PNG 或 WebP/, /; this is SVG: .*export it as PNG or WebP/],
  ['html', /，这是 ?HTML 网页：.*检查地址/, /; this is an HTML page: .*address/],
  ['mov', /，这是 ?MOV 视频.*GIF 或 WebP/, /; this is MOV video.*GIF or WebP/],
  ['archive', /，这是压缩包.*解开/, /; this is an archive.*unpack/],
];

describe('what is said of a file of another format', () => {
  it.each(TOLD)('names %s, what is accepted, and what to do', (found, zh, en) => {
    expect(toImageRefusal(new ImageError('unknown-format', { found }))).toMatchObject({
      code: 'UnsupportedMediaType',
      text: { zh: expect.stringMatching(zh), en: expect.stringMatching(en) },
      details: { found },
    });
  });
});
