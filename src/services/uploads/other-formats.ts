import type { Text } from '../../errors.ts';
import type { OtherFormat } from '../../images/index.ts';

const EXPORT = { zh: '请另存为 PNG 或 JPEG 再上传', en: 'save it as PNG or JPEG' };
const NO_PICTURE = { zh: '这不是图片，请选择图片文件', en: 'it is no image; choose an image file' };
const FRAME = {
  zh: '请截取一帧，或转换为 GIF 或 WebP 动图',
  en: 'take a frame of it, or convert it to an animated GIF or WebP',
};

/** What an admin can do for a format that is converted where the bed has what that takes. */
const converted = (advice: Text, format: string, packages: Text = { zh: 'sharp', en: 'sharp' }): Text => ({
  zh: `${advice.zh}；管理员安装 ${packages.zh} 且 IMAGEPIC_CONVERT 含 ${format} 后，以表单或 base64 上传的会自动转换`,
  en: `${advice.en}; where an admin has installed ${packages.en} and IMAGEPIC_CONVERT has ${format}, what is sent by form or base64 is converted`,
});

/** What each format is called, and what whoever has a file of it can do. */
const FORMATS: Readonly<Record<OtherFormat, readonly [name: Text, advice: Text]>> = {
  heic: [
    { zh: ' HEIC', en: 'HEIC' },
    converted(
      {
        zh: 'iPhone 请在“设置→相机→格式”选“兼容性最佳”，已有的照片请导出为 JPEG',
        en: 'on an iPhone choose Settings → Camera → Formats → Most Compatible, and export photos that you have as JPEG',
      },
      'heic',
      { zh: 'sharp 和 libheif-js', en: 'sharp and libheif-js' },
    ),
  ],
  heif: [
    { zh: ' HEIF', en: 'HEIF' },
    { zh: '请导出为 JPEG 再上传', en: 'export it as JPEG' },
  ],
  avci: [
    { zh: ' AVCI（H.264 编码的 HEIF）', en: 'AVCI (HEIF that is coded by H.264)' },
    { zh: '请导出为 JPEG 再上传', en: 'export it as JPEG' },
  ],
  'avif-mini': [
    { zh: '精简封装（mini）的 AVIF', en: 'an AVIF in its minimal form (mini)' },
    {
      zh: '多数浏览器还不显示它，请用普通 AVIF（meta）或 WebP',
      en: 'most browsers do not show it yet; write an ordinary AVIF (meta) or WebP',
    },
  ],
  svg: [
    { zh: ' SVG', en: 'SVG' },
    {
      zh: 'SVG 可含脚本，请导出为 PNG 或 WebP 再上传，或请管理员设置 IMAGEPIC_SVG=sanitized（清洗后接受）',
      en: 'an SVG can hold scripts; export it as PNG or WebP, or have an admin set IMAGEPIC_SVG=sanitized, which cleans and takes it',
    },
  ],
  svgz: [
    { zh: ' SVGZ（gzip 压缩的 SVG）', en: 'SVGZ (an SVG packed by gzip)' },
    {
      zh: '请导出为 PNG 或 WebP 再上传；管理员设置了 IMAGEPIC_SVG=sanitized 时也可解开（gunzip）后上传 SVG',
      en: 'export it as PNG or WebP; where an admin has set IMAGEPIC_SVG=sanitized, unpack it (gunzip) and upload the SVG',
    },
  ],
  bmp: [{ zh: ' BMP', en: 'BMP' }, converted(EXPORT, 'bmp')],
  tiff: [{ zh: ' TIFF（或相机的 RAW）', en: 'TIFF (or a RAW of a camera)' }, converted(EXPORT, 'tiff')],
  raw: [
    { zh: '相机的 RAW（CR2、CR3、NEF、ARW、DNG 等）', en: 'a RAW of a camera (CR2, CR3, NEF, ARW, DNG and the like)' },
    {
      zh: '请在相机或修图软件里导出为 JPEG 再上传',
      en: 'export it as JPEG, in the camera or in a program that develops it',
    },
  ],
  ico: [
    { zh: ' ICO 图标', en: 'ICO' },
    converted({ zh: '请把其中的图标另存为 PNG 再上传', en: 'save the icon in it as PNG' }, 'ico'),
  ],
  jxl: [{ zh: ' JPEG XL', en: 'JPEG XL' }, EXPORT],
  jp2: [{ zh: ' JPEG 2000', en: 'JPEG 2000' }, EXPORT],
  jxr: [{ zh: ' JPEG XR', en: 'JPEG XR' }, EXPORT],
  qoi: [
    { zh: ' QOI', en: 'QOI' },
    { zh: '请另存为 PNG 再上传', en: 'save it as PNG' },
  ],
  eps: [
    { zh: ' EPS（PostScript）', en: 'EPS (PostScript)' },
    { zh: '请导出为 PNG 再上传', en: 'export it as PNG' },
  ],
  picture: [{ zh: '浏览器不显示的图片格式', en: 'a format of images that no browser shows' }, EXPORT],
  psd: [
    { zh: ' PSD', en: 'PSD' },
    { zh: '请导出为 PNG 或 JPEG 再上传', en: 'export it as PNG or JPEG' },
  ],
  pdf: [
    { zh: ' PDF', en: 'PDF' },
    { zh: '请把页面导出为 PNG 再上传', en: 'export its pages as PNG' },
  ],
  mp4: [{ zh: ' MP4 视频', en: 'MP4 video' }, FRAME],
  mov: [{ zh: ' MOV 视频（或实况照片的视频部分）', en: 'MOV video (or the moving part of a live photo)' }, FRAME],
  webm: [{ zh: ' WebM 视频', en: 'WebM video' }, FRAME],
  mkv: [{ zh: ' MKV 视频', en: 'MKV video' }, FRAME],
  video: [{ zh: '视频', en: 'a video' }, FRAME],
  audio: [{ zh: '音频', en: 'audio' }, NO_PICTURE],
  office: [
    { zh: ' Office 文档（Word、Excel、PPT 等）', en: 'an office document (Word, Excel, PowerPoint and the like)' },
    {
      zh: '请在其中右键图片“另存为图片”，再上传它',
      en: 'save the pictures in it one by one (“Save as Picture”) and upload those',
    },
  ],
  archive: [
    { zh: '压缩包', en: 'an archive' },
    { zh: '请解开后上传其中的图片', en: 'unpack it and upload the images in it' },
  ],
  html: [
    { zh: ' HTML 网页', en: 'an HTML page' },
    {
      zh: '图片的地址多半返回了错误页，请检查地址',
      en: 'the address of the image has probably answered an error page; look at what it answers',
    },
  ],
  xml: [{ zh: ' XML', en: 'XML' }, NO_PICTURE],
  text: [{ zh: '文本', en: 'text' }, NO_PICTURE],
};

const UNKNOWN = [{ zh: '别的文件', en: 'something else' }, EXPORT] as const;

/** Says what a file is that is not accepted, what is accepted, and what to do about it. */
export function tellFormat(format: OtherFormat | undefined): Text {
  const [name, advice] = format === undefined ? UNKNOWN : FORMATS[format];
  return {
    zh: `只接受 PNG、JPEG、GIF、WebP 和 AVIF 图片，这是${name.zh}：${advice.zh}`,
    en: `Only PNG, JPEG, GIF, WebP and AVIF images are accepted; this is ${name.en}: ${advice.en}`,
  };
}
