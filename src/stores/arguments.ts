import { AppError } from '../errors.ts';

/** Most that a listing of documents or objects gives at once. */
const MAX_LIMIT = 1000;

/** Says which argument of a store is not valid. */
export const invalidArgument = (name: string): AppError =>
  new AppError('InvalidArgument', { zh: `参数 ${name} 无效`, en: `The ${name} is not valid` });

/** @throws {AppError} InvalidArgument unless a page may have so many entries */
export function checkLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) throw invalidArgument('limit');
}
