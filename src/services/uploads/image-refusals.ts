import { AppError, type ErrorCode, type Text } from '../../errors.ts';
import { ImageError, type ImageErrorCode, type ImageErrorFacts } from '../../images/index.ts';
import { tellFormat } from './other-formats.ts';

/** What users are told of each reason. */
const TEXTS: Readonly<Record<ImageErrorCode, Text | ((facts: ImageErrorFacts) => Text)>> = {
  empty: { zh: '文件是空的', en: 'The file is empty' },
  'unknown-format': ({ found }) => tellFormat(found),
  truncated: { zh: '图片不完整：数据提前结束', en: 'The image ends too early' },
  'too-many-parts': { zh: '图片由过多的碎块组成', en: 'The image is made of too many small parts' },
  'profile-too-large': {
    zh: '图片内嵌的颜色配置文件（ICC）超过 4194304 字节：请转换为 sRGB 后再上传',
    en: 'The colour profile (ICC) in the image has more than 4194304 bytes: convert the image to sRGB',
  },
  'side-too-large': ({ width, height, limit }) => ({
    zh: `图片为 ${width}×${height} 像素，每边上限 ${limit}：请缩小或裁开，或请管理员调高 IMAGEPIC_MAX_SIDE`,
    en: `The image is ${width}×${height}, and a side may have ${limit} pixels: make it smaller or cut it, or have an admin raise IMAGEPIC_MAX_SIDE`,
  }),
  'too-many-frames': ({ frames, moreThanFrames, limit }) => ({
    zh: `动图有${frames === undefined ? `超过 ${moreThanFrames}` : ` ${frames}`} 帧，上限 ${limit}：请缩短或减帧，或请管理员调高 IMAGEPIC_MAX_FRAMES`,
    en: `The animation has ${frames ?? `more than ${moreThanFrames}`} frames, and may have ${limit}: make it shorter or drop frames, or have an admin raise IMAGEPIC_MAX_FRAMES`,
  }),
  'too-many-pixels': ({ width, height, pixels, limit }) => ({
    zh: `图片为 ${width}×${height}，一帧 ${pixels} 像素，上限 ${limit}：请缩小图片，或请管理员调高 IMAGEPIC_MAX_PIXELS`,
    en: `The image is ${width}×${height}, ${pixels} pixels a frame, and may have ${limit}: make it smaller, or have an admin raise IMAGEPIC_MAX_PIXELS`,
  }),

  'png-no-header': { zh: 'PNG 没有以 IHDR 开头', en: 'The PNG does not begin with its header' },
  'png-invalid-header': { zh: 'PNG 文件头无效', en: 'The PNG header is invalid' },
  'png-broken-chunk': { zh: 'PNG 的数据块结构损坏', en: 'The PNG has a broken chunk' },
  'png-wrong-checksum': ({ part }) => ({
    zh: `PNG 数据块 ${part} 的校验和不符`,
    en: `PNG chunk ${part} has a wrong checksum`,
  }),
  'png-misplaced-chunk': ({ part }) => ({
    zh: `PNG 数据块 ${part} 的位置不对`,
    en: `PNG chunk ${part} is out of place`,
  }),
  'png-oversized-chunk': ({ part }) => ({ zh: `PNG 数据块 ${part} 过长`, en: `PNG chunk ${part} is too long` }),
  'png-unknown-chunk': ({ part }) => ({ zh: `未知的 PNG 关键数据块 ${part}`, en: `PNG chunk ${part} is not known` }),
  'png-too-little-data': { zh: 'PNG 的数据少于其声明的尺寸', en: 'The PNG has less data than its size needs' },
  'apng-invalid-frame-count': { zh: 'APNG 帧数无效', en: 'The APNG frame count is invalid' },
  'apng-misfit-frame': { zh: 'APNG 的帧与声明不符', en: 'An APNG frame does not fit what the image declares' },
  'apng-missing-frames': { zh: 'APNG 的帧数与声明不符', en: 'The APNG has fewer frames than it declares' },

  'jpeg-lossless': {
    zh: '这是无损 JPEG，浏览器都不显示：请另存为普通 JPEG 或 PNG',
    en: 'This is a lossless JPEG, which no browser shows: save it as an ordinary JPEG or as PNG',
  },
  'jpeg-unshown-precision': ({ part }) => ({
    zh: `这是 ${part} 位的 JPEG，浏览器只显示 8 位的：请另存为 8 位 JPEG 或 PNG`,
    en: `This is a JPEG of ${part} bits, and browsers show those of 8: save it as a JPEG of 8 bits or as PNG`,
  }),
  'jpeg-unexpected-marker': ({ part }) => ({
    zh: `JPEG 中有意外的标记 ${part}`,
    en: `The JPEG has an unexpected marker ${part}`,
  }),
  'jpeg-invalid-segment-length': { zh: 'JPEG 段长度无效', en: 'A JPEG segment has an invalid length' },
  'jpeg-invalid-frame-header': { zh: 'JPEG 帧头无效', en: 'The JPEG frame header is invalid' },
  'jpeg-invalid-scan-header': { zh: 'JPEG 扫描头无效', en: 'A JPEG scan header is invalid' },
  'jpeg-no-size': { zh: 'JPEG 没有声明尺寸', en: 'The JPEG does not declare its size' },
  'jpeg-no-picture': { zh: 'JPEG 中没有图像', en: 'The JPEG has no picture in it' },

  'gif-no-size': { zh: 'GIF 没有声明尺寸', en: 'The GIF does not declare its size' },
  'gif-frame-without-size': { zh: 'GIF 帧没有尺寸', en: 'A GIF frame has no size' },
  'gif-frame-without-data': { zh: 'GIF 帧没有数据', en: 'A GIF frame has no data' },
  'gif-invalid-code-size': { zh: 'GIF 的 LZW 码长无效', en: 'A GIF frame has an invalid code size' },
  'gif-unknown-block': { zh: 'GIF 中有无法识别的数据块', en: 'The GIF has a block of no known kind' },
  'gif-no-picture': { zh: 'GIF 中没有图像', en: 'The GIF has no picture in it' },

  'webp-contradictory-length': { zh: 'WebP 的大小前后矛盾', en: 'The WebP contradicts itself on its length' },
  'webp-invalid-canvas-header': { zh: 'WebP 画布头无效', en: 'The WebP canvas header is invalid' },
  'webp-misplaced-chunk': ({ part }) => ({
    zh: `WebP 数据块 ${part} 的位置不对`,
    en: `WebP chunk ${part} is out of place`,
  }),
  'webp-damaged-picture': { zh: 'WebP 图像数据损坏', en: 'The WebP picture is damaged' },
  'webp-misfit-picture': { zh: 'WebP 图像与声明不符', en: 'A WebP picture does not fit what the image declares' },
  'webp-invalid-frame-header': { zh: 'WebP 帧头无效', en: 'A WebP frame header is invalid' },
  'webp-frame-beyond-canvas': { zh: 'WebP 帧超出画布', en: 'A WebP frame reaches beyond the canvas' },
  'webp-frame-without-picture': { zh: 'WebP 帧没有图像', en: 'A WebP frame has no picture in it' },
  'webp-picture-outside-frames': {
    zh: 'WebP 动画中有帧外图像',
    en: 'The WebP animation has a picture outside its frames',
  },
  'webp-no-picture': { zh: 'WebP 中没有图像', en: 'The WebP has no picture in it' },

  'avif-broken-box': { zh: 'AVIF 的盒子结构损坏', en: 'The AVIF has a broken box' },
  'avif-oversized-box': ({ part }) => ({ zh: `AVIF 盒子 ${part} 过大`, en: `AVIF box ${part} is too large` }),
  'avif-metadata-before-index': {
    zh: 'AVIF 的元数据位于其索引之前，无法在传输中清除',
    en: 'The AVIF holds metadata ahead of its index, where it cannot be removed in passing',
  },
  'avif-unknown-length': { zh: 'AVIF 数据的长度未知', en: 'The AVIF holds data of unknown length' },
  'avif-external-data': { zh: 'AVIF 引用了别的文件', en: 'The AVIF refers to another file' },
  'avif-no-size': { zh: 'AVIF 没有声明尺寸', en: 'The AVIF does not declare its size' },
  'avif-no-av1-picture': { zh: 'AVIF 没有 AV1 主图像', en: 'The AVIF has no AV1 picture of a known size' },
  'avif-picture-without-data': { zh: 'AVIF 主图像没有数据', en: 'The AVIF picture has no data' },
  'avif-foreign-track': { zh: 'AVIF 序列中有非 AV1 轨道', en: 'The AVIF has a track that is not AV1' },
  'avif-empty-sequence': { zh: 'AVIF 序列中没有图像', en: 'The AVIF sequence has no picture in it' },
  'avif-incomplete': { zh: 'AVIF 不完整', en: 'The AVIF is incomplete' },

  'svg-malformed': {
    zh: 'SVG 不是格式良好的 XML，浏览器也不显示：请从绘图软件重新导出',
    en: 'The SVG is not well-formed XML, and browsers do not show it: export it anew',
  },
  'svg-no-root': {
    zh: 'SVG 的根元素不是 http://www.w3.org/2000/svg 中的 svg，浏览器不把它当图片：请补上 xmlns',
    en: 'The root of the SVG is no svg of http://www.w3.org/2000/svg, so that browsers show no image: add the xmlns',
  },
  'svg-entities': {
    zh: 'SVG 的 DOCTYPE 声明了实体：请导出为不带实体的 SVG（Illustrator 中不要勾选“保留 Illustrator 编辑功能”）',
    en: 'The DOCTYPE of the SVG declares entities: export it without (in Illustrator, do not preserve its editing capabilities)',
  },
  'svg-too-long': {
    zh: 'SVG 超过 4194304 字节：请精简路径，或导出为 PNG 或 WebP',
    en: 'The SVG has more than 4194304 bytes: simplify its paths, or export it as PNG or WebP',
  },
  'svg-too-complex': {
    zh: 'SVG 嵌套超过 256 层，或经引用展开后超过 1000000 个元素：请精简，或导出为 PNG 或 WebP',
    en: 'The SVG is nested deeper than 256 elements, or draws more than 1000000 with what it refers to: simplify it, or export it as PNG or WebP',
  },
};

/** The reasons that are more than an invalid image. */
const ERROR_CODES: Readonly<Partial<Record<ImageErrorCode, ErrorCode>>> = {
  empty: 'InvalidArgument',
  'unknown-format': 'UnsupportedMediaType',
  'side-too-large': 'EntityTooLarge',
  'too-many-frames': 'EntityTooLarge',
  'too-many-pixels': 'EntityTooLarge',
};

/** Turns a refusal by the image library into one that users may be told; everything else thrown stays what it is. */
export function toImageRefusal(error: unknown): unknown {
  if (!(error instanceof ImageError)) return error;
  const { code, facts } = error;
  const text = TEXTS[code];
  return new AppError(ERROR_CODES[code] ?? 'InvalidImage', typeof text === 'function' ? text(facts) : text, {
    details: facts.limit === undefined && facts.found === undefined ? {} : { ...facts },
    cause: error,
  });
}
