import { AppError } from '../../errors.ts';

const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Marks a failure of the caller's own source, so that it leaves the store as it came and is not taken for the disk's. */
export class SourceFailure extends Error {
  constructor(cause: unknown) {
    super('The source failed', { cause });
  }
}

/** Tells whether `error` is a system error with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}

/** Resolves to `undefined` where `work` finds no such file or folder. */
export async function undefinedIfMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function toStorageError(error: unknown): unknown {
  if (error instanceof SourceFailure) return error.cause;
  if (!(error instanceof Error && 'syscall' in error)) return error;
  if (hasCode(error, ...NO_ROOM)) {
    return new AppError('InsufficientStorage', { zh: '存储空间不足', en: 'There is no room left' }, { cause: error });
  }
  const text = { zh: '存储暂时不可用', en: 'The storage does not answer' };
  return new AppError('ServiceUnavailable', text, { cause: error });
}

/** Wraps a store's method so that system errors leave it as `InsufficientStorage` or `ServiceUnavailable`. */
export function translateErrors<Arguments extends readonly unknown[], Result>(
  method: (...args: Arguments) => Promise<Result>,
): (...args: Arguments) => Promise<Result> {
  return async (...args) => {
    try {
      return await method(...args);
    } catch (error) {
      throw toStorageError(error);
    }
  };
}
