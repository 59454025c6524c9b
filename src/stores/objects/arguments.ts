import { AppError } from '../../errors.ts';
import { isBucketName } from '../../naming/bucket.ts';
import { isKey } from '../../naming/key.ts';

/** @throws {AppError} InvalidArgument unless an object may have this key */
export function checkKey(key: string): void {
  if (!isKey(key)) throw new AppError('InvalidArgument', { zh: '对象名无效', en: 'The key is not valid' });
}

/** @throws {AppError} InvalidArgument unless a bucket may be called so */
export function checkBucketName(name: string): void {
  if (isBucketName(name)) return;
  throw new AppError('InvalidArgument', { zh: '存储桶名无效', en: 'The name is not valid for a bucket' });
}

/** The error for a source that is missing. */
export const noSuchSource = (key: string): AppError =>
  new AppError('NoSuchKey', { zh: '要复制的对象不存在', en: 'There is no such object to copy' }, { details: { key } });

/** The error for a range of which an object of `size` bytes has none. */
export const invalidRange = (size: number): AppError =>
  new AppError(
    'InvalidRange',
    { zh: '请求的范围无效', en: 'The object has none of the bytes asked for' },
    { details: { size } },
  );
