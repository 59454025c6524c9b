import { pictures } from './plural.ts';

/** What is read where images are downloaded as a zip, in Chinese. */
export const zipZh = {
  album: '下载相册',
  preparing: '准备中…',
  coming: (count: number, size: string) => `正在下载 ${count} 张图片，共 ${size}`,
  several: (zips: number) => `分成 ${zips} 个压缩包`,
  missing: (count: number) => `图床还没有记下另外 ${count} 张，不在其中`,
  gone: '其中有图片已不在图床里，请刷新后再选',
  tooLarge: '一次至多下载 10,000 张、共 10 GB；请少选一些，分几次下载',
  and: '；',
};

/** The same in English. */
export const zipEn: typeof zipZh = {
  album: 'Download all',
  preparing: 'Preparing…',
  coming: (count, size) => `Downloading ${pictures(count)}, ${size}`,
  several: (zips) => `in ${zips} zip files`,
  missing: (count) => `without ${pictures(count)} that the bed has not noted yet`,
  gone: 'Some of these images are gone; reload the page and choose again',
  tooLarge: 'At most 10,000 images and 10 GB at once; choose fewer, several times',
  and: '; ',
};
