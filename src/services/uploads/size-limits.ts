import { AppError, type Text } from '../../errors.ts';

/** What to do about an image that is beyond a limit of bytes, by what sets it: a variable of the bed, the token of the caller, or the announcement of the upload. */
export const BEYOND = {
  bed: {
    zh: '请压缩或缩小图片，或请管理员调高 IMAGEPIC_MAX_UPLOAD_BYTES',
    en: 'make it smaller, or have an admin raise IMAGEPIC_MAX_UPLOAD_BYTES',
  },
  token: {
    zh: '这是所用令牌的 maxBytes，请压缩或缩小图片，或换用 maxBytes 更大的令牌',
    en: 'that is maxBytes of the token; make the image smaller, or use a token with a larger maxBytes',
  },
  announced: {
    zh: '这是开始上传时声明的 size，请以图片的实际大小重新开始',
    en: 'that is the size that was announced; begin the upload anew with the size that the image has',
  },
} as const satisfies Record<string, Text>;

/** Refuses what is beyond a limit. @throws {AppError} EntityTooLarge */
export function requireSize(size: number, maxBytes: number | undefined, limit: keyof typeof BEYOND = 'bed'): void {
  if (maxBytes !== undefined && size > maxBytes) throw tooLarge({ size }, maxBytes, BEYOND[limit]);
}

/** Says how large an image is, as far as that is known, and what it may be. */
export function tooLarge({ size }: { readonly size?: number }, maxBytes: number, { zh, en }: Text): AppError {
  return new AppError(
    'EntityTooLarge',
    {
      zh: `图片${size === undefined ? `超过 ${maxBytes}` : `有 ${size}`} 字节，上限 ${maxBytes} 字节：${zh}`,
      en: `The image has ${size ?? `more than ${maxBytes}`} bytes, and may have ${maxBytes}: ${en}`,
    },
    { details: { maxBytes, ...(size !== undefined && { size }) } },
  );
}
