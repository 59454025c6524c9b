import { AppError } from '../errors.ts';

/** Says what is wrong with an image that is one of ours but cannot be stored. */
export function invalidImage(zh: string, en: string): AppError {
  return new AppError('InvalidImage', { zh, en });
}

/** Says which formats are accepted. */
export function unsupportedImage(): AppError {
  return new AppError('UnsupportedMediaType', {
    zh: '只接受 PNG、JPEG、GIF、WebP 和 AVIF 图片',
    en: 'Only PNG, JPEG, GIF, WebP and AVIF images are accepted',
  });
}
