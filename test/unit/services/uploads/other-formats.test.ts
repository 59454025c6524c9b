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
  ['avci', /，这是 ?AVCI.*JPEG/, /; this is AVCI.*export it as JPEG/],
  ['svgz', /，这是 ?SVGZ.*gunzip/, /; this is SVGZ.*IMAGEPIC_SVG=sanitized, unpack it/],
  ['raw', /，这是相机的 RAW.*CR3.*导出为 JPEG/, /; this is a RAW of a camera.*DNG.*export it as JPEG/],
  ['qoi', /，这是 ?QOI：.*PNG/, /; this is QOI: save it as PNG/],
  ['webm', /，这是 ?WebM 视频：/, /; this is WebM video: take a frame/],
  ['mkv', /，这是 ?MKV 视频：/, /; this is MKV video: take a frame/],
  ['office', /，这是 ?Office 文档.*另存为图片/, /; this is an office document.*Save as Picture/],
];

describe('what is said of a file of another format', () => {
  it.each(TOLD)('P13 names %s, what is accepted, and what to do', (found, zh, en) => {
    expect(toImageRefusal(new ImageError('unknown-format', { found }))).toMatchObject({
      code: 'UnsupportedMediaType',
      text: { zh: expect.stringMatching(zh), en: expect.stringMatching(en) },
      details: { found },
    });
  });
});
