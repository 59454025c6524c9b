import { describe, expect, it } from 'vitest';
import { AppError, type ErrorCode } from '../../../../src/errors.ts';
import { ImageError, type ImageErrorCode } from '../../../../src/images/image-error.ts';
import { toImageRefusal } from '../../../../src/services/uploads/image-refusals.ts';

type Told = readonly [error: ImageError, code: ErrorCode, zh: string, en: string, details: object];

/** What users are told, a row a code. */
const TOLD: Readonly<Record<ImageErrorCode, Told>> = {
  empty: [new ImageError('empty'), 'InvalidArgument', '文件是空的', 'The file is empty', {}],
  'unknown-format': [
    new ImageError('unknown-format'),
    'UnsupportedMediaType',
    '只接受 PNG、JPEG、GIF、WebP 和 AVIF 图片，这是别的文件：请另存为 PNG 或 JPEG 再上传',
    'Only PNG, JPEG, GIF, WebP and AVIF images are accepted; this is something else: save it as PNG or JPEG',
    {},
  ],
  truncated: [new ImageError('truncated'), 'InvalidImage', '图片不完整：数据提前结束', 'The image ends too early', {}],
  'too-many-parts': [
    new ImageError('too-many-parts'),
    'InvalidImage',
    '图片由过多的碎块组成',
    'The image is made of too many small parts',
    {},
  ],
  'profile-too-large': [
    new ImageError('profile-too-large'),
    'InvalidImage',
    '图片内嵌的颜色配置文件（ICC）超过 4194304 字节：请转换为 sRGB 后再上传',
    'The colour profile (ICC) in the image has more than 4194304 bytes: convert the image to sRGB',
    {},
  ],
  'side-too-large': [
    new ImageError('side-too-large', { width: 70_000, height: 1, limit: 65_535 }),
    'EntityTooLarge',
    '图片为 70000×1 像素，每边上限 65535：请缩小或裁开，或请管理员调高 IMAGEPIC_MAX_SIDE',
    'The image is 70000×1, and a side may have 65535 pixels: make it smaller or cut it, or have an admin raise IMAGEPIC_MAX_SIDE',
    { width: 70_000, height: 1, limit: 65_535 },
  ],
  'too-many-frames': [
    new ImageError('too-many-frames', { width: 8, height: 6, frames: 407, limit: 200 }),
    'EntityTooLarge',
    '动图有 407 帧，上限 200：请缩短或减帧，或请管理员调高 IMAGEPIC_MAX_FRAMES',
    'The animation has 407 frames, and may have 200: make it shorter or drop frames, or have an admin raise IMAGEPIC_MAX_FRAMES',
    { width: 8, height: 6, frames: 407, limit: 200 },
  ],
  'too-many-pixels': [
    new ImageError('too-many-pixels', { width: 8000, height: 5001, pixels: 40_008_000, limit: 40_000_000 }),
    'EntityTooLarge',
    '图片为 8000×5001，一帧 40008000 像素，上限 40000000：请缩小图片，或请管理员调高 IMAGEPIC_MAX_PIXELS',
    'The image is 8000×5001, 40008000 pixels a frame, and may have 40000000: make it smaller, or have an admin raise IMAGEPIC_MAX_PIXELS',
    { width: 8000, height: 5001, pixels: 40_008_000, limit: 40_000_000 },
  ],
  'png-no-header': [
    new ImageError('png-no-header'),
    'InvalidImage',
    'PNG 没有以 IHDR 开头',
    'The PNG does not begin with its header',
    {},
  ],
  'png-invalid-header': [
    new ImageError('png-invalid-header'),
    'InvalidImage',
    'PNG 文件头无效',
    'The PNG header is invalid',
    {},
  ],
  'png-broken-chunk': [
    new ImageError('png-broken-chunk'),
    'InvalidImage',
    'PNG 的数据块结构损坏',
    'The PNG has a broken chunk',
    {},
  ],
  'png-wrong-checksum': [
    new ImageError('png-wrong-checksum', { part: 'IDAT' }),
    'InvalidImage',
    'PNG 数据块 IDAT 的校验和不符',
    'PNG chunk IDAT has a wrong checksum',
    {},
  ],
  'png-misplaced-chunk': [
    new ImageError('png-misplaced-chunk', { part: 'PLTE' }),
    'InvalidImage',
    'PNG 数据块 PLTE 的位置不对',
    'PNG chunk PLTE is out of place',
    {},
  ],
  'png-oversized-chunk': [
    new ImageError('png-oversized-chunk', { part: 'tRNS' }),
    'InvalidImage',
    'PNG 数据块 tRNS 过长',
    'PNG chunk tRNS is too long',
    {},
  ],
  'png-unknown-chunk': [
    new ImageError('png-unknown-chunk', { part: 'CgBI' }),
    'InvalidImage',
    '未知的 PNG 关键数据块 CgBI',
    'PNG chunk CgBI is not known',
    {},
  ],
  'png-too-little-data': [
    new ImageError('png-too-little-data'),
    'InvalidImage',
    'PNG 的数据少于其声明的尺寸',
    'The PNG has less data than its size needs',
    {},
  ],
  'apng-invalid-frame-count': [
    new ImageError('apng-invalid-frame-count'),
    'InvalidImage',
    'APNG 帧数无效',
    'The APNG frame count is invalid',
    {},
  ],
  'apng-misfit-frame': [
    new ImageError('apng-misfit-frame'),
    'InvalidImage',
    'APNG 的帧与声明不符',
    'An APNG frame does not fit what the image declares',
    {},
  ],
  'apng-missing-frames': [
    new ImageError('apng-missing-frames'),
    'InvalidImage',
    'APNG 的帧数与声明不符',
    'The APNG has fewer frames than it declares',
    {},
  ],
  'jpeg-lossless': [
    new ImageError('jpeg-lossless'),
    'InvalidImage',
    '这是无损 JPEG，浏览器都不显示：请另存为普通 JPEG 或 PNG',
    'This is a lossless JPEG, which no browser shows: save it as an ordinary JPEG or as PNG',
    {},
  ],
  'jpeg-unshown-precision': [
    new ImageError('jpeg-unshown-precision', { part: '12' }),
    'InvalidImage',
    '这是 12 位的 JPEG，浏览器只显示 8 位的：请另存为 8 位 JPEG 或 PNG',
    'This is a JPEG of 12 bits, and browsers show those of 8: save it as a JPEG of 8 bits or as PNG',
    {},
  ],
  'jpeg-unexpected-marker': [
    new ImageError('jpeg-unexpected-marker', { part: '0xDC' }),
    'InvalidImage',
    'JPEG 中有意外的标记 0xDC',
    'The JPEG has an unexpected marker 0xDC',
    {},
  ],
  'jpeg-invalid-segment-length': [
    new ImageError('jpeg-invalid-segment-length'),
    'InvalidImage',
    'JPEG 段长度无效',
    'A JPEG segment has an invalid length',
    {},
  ],
  'jpeg-invalid-frame-header': [
    new ImageError('jpeg-invalid-frame-header'),
    'InvalidImage',
    'JPEG 帧头无效',
    'The JPEG frame header is invalid',
    {},
  ],
  'jpeg-invalid-scan-header': [
    new ImageError('jpeg-invalid-scan-header'),
    'InvalidImage',
    'JPEG 扫描头无效',
    'A JPEG scan header is invalid',
    {},
  ],
  'jpeg-no-size': [
    new ImageError('jpeg-no-size'),
    'InvalidImage',
    'JPEG 没有声明尺寸',
    'The JPEG does not declare its size',
    {},
  ],
  'jpeg-no-picture': [
    new ImageError('jpeg-no-picture'),
    'InvalidImage',
    'JPEG 中没有图像',
    'The JPEG has no picture in it',
    {},
  ],
  'gif-no-size': [
    new ImageError('gif-no-size'),
    'InvalidImage',
    'GIF 没有声明尺寸',
    'The GIF does not declare its size',
    {},
  ],
  'gif-frame-without-size': [
    new ImageError('gif-frame-without-size'),
    'InvalidImage',
    'GIF 帧没有尺寸',
    'A GIF frame has no size',
    {},
  ],
  'gif-frame-without-data': [
    new ImageError('gif-frame-without-data'),
    'InvalidImage',
    'GIF 帧没有数据',
    'A GIF frame has no data',
    {},
  ],
  'gif-invalid-code-size': [
    new ImageError('gif-invalid-code-size'),
    'InvalidImage',
    'GIF 的 LZW 码长无效',
    'A GIF frame has an invalid code size',
    {},
  ],
  'gif-unknown-block': [
    new ImageError('gif-unknown-block'),
    'InvalidImage',
    'GIF 中有无法识别的数据块',
    'The GIF has a block of no known kind',
    {},
  ],
  'gif-no-picture': [
    new ImageError('gif-no-picture'),
    'InvalidImage',
    'GIF 中没有图像',
    'The GIF has no picture in it',
    {},
  ],
  'webp-contradictory-length': [
    new ImageError('webp-contradictory-length'),
    'InvalidImage',
    'WebP 的大小前后矛盾',
    'The WebP contradicts itself on its length',
    {},
  ],
  'webp-invalid-canvas-header': [
    new ImageError('webp-invalid-canvas-header'),
    'InvalidImage',
    'WebP 画布头无效',
    'The WebP canvas header is invalid',
    {},
  ],
  'webp-misplaced-chunk': [
    new ImageError('webp-misplaced-chunk', { part: 'ICCP' }),
    'InvalidImage',
    'WebP 数据块 ICCP 的位置不对',
    'WebP chunk ICCP is out of place',
    {},
  ],
  'webp-damaged-picture': [
    new ImageError('webp-damaged-picture'),
    'InvalidImage',
    'WebP 图像数据损坏',
    'The WebP picture is damaged',
    {},
  ],
  'webp-misfit-picture': [
    new ImageError('webp-misfit-picture'),
    'InvalidImage',
    'WebP 图像与声明不符',
    'A WebP picture does not fit what the image declares',
    {},
  ],
  'webp-invalid-frame-header': [
    new ImageError('webp-invalid-frame-header'),
    'InvalidImage',
    'WebP 帧头无效',
    'A WebP frame header is invalid',
    {},
  ],
  'webp-frame-beyond-canvas': [
    new ImageError('webp-frame-beyond-canvas'),
    'InvalidImage',
    'WebP 帧超出画布',
    'A WebP frame reaches beyond the canvas',
    {},
  ],
  'webp-frame-without-picture': [
    new ImageError('webp-frame-without-picture'),
    'InvalidImage',
    'WebP 帧没有图像',
    'A WebP frame has no picture in it',
    {},
  ],
  'webp-picture-outside-frames': [
    new ImageError('webp-picture-outside-frames'),
    'InvalidImage',
    'WebP 动画中有帧外图像',
    'The WebP animation has a picture outside its frames',
    {},
  ],
  'webp-no-picture': [
    new ImageError('webp-no-picture'),
    'InvalidImage',
    'WebP 中没有图像',
    'The WebP has no picture in it',
    {},
  ],
  'avif-broken-box': [
    new ImageError('avif-broken-box'),
    'InvalidImage',
    'AVIF 的盒子结构损坏',
    'The AVIF has a broken box',
    {},
  ],
  'avif-oversized-box': [
    new ImageError('avif-oversized-box', { part: 'meta' }),
    'InvalidImage',
    'AVIF 盒子 meta 过大',
    'AVIF box meta is too large',
    {},
  ],
  'avif-metadata-before-index': [
    new ImageError('avif-metadata-before-index'),
    'InvalidImage',
    'AVIF 的元数据位于其索引之前，无法在传输中清除',
    'The AVIF holds metadata ahead of its index, where it cannot be removed in passing',
    {},
  ],
  'avif-unknown-length': [
    new ImageError('avif-unknown-length'),
    'InvalidImage',
    'AVIF 数据的长度未知',
    'The AVIF holds data of unknown length',
    {},
  ],
  'avif-external-data': [
    new ImageError('avif-external-data'),
    'InvalidImage',
    'AVIF 引用了别的文件',
    'The AVIF refers to another file',
    {},
  ],
  'avif-no-size': [
    new ImageError('avif-no-size'),
    'InvalidImage',
    'AVIF 没有声明尺寸',
    'The AVIF does not declare its size',
    {},
  ],
  'avif-no-av1-picture': [
    new ImageError('avif-no-av1-picture'),
    'InvalidImage',
    'AVIF 没有 AV1 主图像',
    'The AVIF has no AV1 picture of a known size',
    {},
  ],
  'avif-picture-without-data': [
    new ImageError('avif-picture-without-data'),
    'InvalidImage',
    'AVIF 主图像没有数据',
    'The AVIF picture has no data',
    {},
  ],
  'avif-foreign-track': [
    new ImageError('avif-foreign-track'),
    'InvalidImage',
    'AVIF 序列中有非 AV1 轨道',
    'The AVIF has a track that is not AV1',
    {},
  ],
  'avif-empty-sequence': [
    new ImageError('avif-empty-sequence'),
    'InvalidImage',
    'AVIF 序列中没有图像',
    'The AVIF sequence has no picture in it',
    {},
  ],
  'avif-incomplete': [new ImageError('avif-incomplete'), 'InvalidImage', 'AVIF 不完整', 'The AVIF is incomplete', {}],
  'svg-malformed': [
    new ImageError('svg-malformed'),
    'InvalidImage',
    'SVG 不是格式良好的 XML，浏览器也不显示：请从绘图软件重新导出',
    'The SVG is not well-formed XML, and browsers do not show it: export it anew',
    {},
  ],
  'svg-no-root': [
    new ImageError('svg-no-root'),
    'InvalidImage',
    'SVG 的根元素不是 http://www.w3.org/2000/svg 中的 svg，浏览器不把它当图片：请补上 xmlns',
    'The root of the SVG is no svg of http://www.w3.org/2000/svg, so that browsers show no image: add the xmlns',
    {},
  ],
  'svg-entities': [
    new ImageError('svg-entities'),
    'InvalidImage',
    'SVG 的 DOCTYPE 声明了实体：请导出为不带实体的 SVG（Illustrator 中不要勾选“保留 Illustrator 编辑功能”）',
    'The DOCTYPE of the SVG declares entities: export it without (in Illustrator, do not preserve its editing capabilities)',
    {},
  ],
  'svg-too-long': [
    new ImageError('svg-too-long'),
    'InvalidImage',
    'SVG 超过 4194304 字节：请精简路径，或导出为 PNG 或 WebP',
    'The SVG has more than 4194304 bytes: simplify its paths, or export it as PNG or WebP',
    {},
  ],
  'svg-too-complex': [
    new ImageError('svg-too-complex'),
    'InvalidImage',
    'SVG 嵌套超过 256 层，或经引用展开后超过 1000000 个元素：请精简，或导出为 PNG 或 WebP',
    'The SVG is nested deeper than 256 elements, or draws more than 1000000 with what it refers to: simplify it, or export it as PNG or WebP',
    {},
  ],
};

describe('toImageRefusal', () => {
  it('P4 does not pass off the frames at which reading stopped as those of the image', () => {
    const error = new ImageError('too-many-frames', { width: 8, height: 6, moreThanFrames: 200, limit: 200 });
    expect(toImageRefusal(error)).toMatchObject({
      text: {
        zh: '动图有超过 200 帧，上限 200：请缩短或减帧，或请管理员调高 IMAGEPIC_MAX_FRAMES',
        en: expect.stringMatching(/^The animation has more than 200 frames, and may have 200: /),
      },
      details: { moreThanFrames: 200, limit: 200 },
    });
  });

  it.each(Object.entries(TOLD))('P4 tells users of %s in both languages', (reason, [error, code, zh, en, details]) => {
    expect(error.code).toBe(reason);
    const refusal = toImageRefusal(error);
    expect(refusal).toBeInstanceOf(AppError);
    expect(refusal).toMatchObject({ code, text: { zh, en }, cause: error });
    expect(refusal).toHaveProperty('details', details);
  });

  it.each([new AppError('EntityTooLarge', { zh: '', en: '' }), new Error('connection reset'), undefined])(
    'leaves what else was thrown as it is: %s',
    (thrown) => {
      expect(toImageRefusal(thrown)).toBe(thrown);
    },
  );
});
