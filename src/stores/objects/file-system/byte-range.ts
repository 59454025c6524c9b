import type { ByteRange } from '../../../ports/object-store.ts';
import { invalidRange } from '../arguments.ts';

/**
 * Fits a range to an object's size; both ends are inclusive.
 *
 * @throws {AppError} InvalidRange when the object has none of these bytes, with its `size` in `details`
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2
 */
export function fitRange(range: ByteRange, size: number): { readonly start: number; readonly end: number } {
  const start = 'suffix' in range ? Math.max(0, size - range.suffix) : range.start;
  const end = 'suffix' in range ? size - 1 : Math.min(range.end ?? size - 1, size - 1);
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end) return { start, end };
  throw invalidRange(size);
}
