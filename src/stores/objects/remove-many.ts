import { mapLimited } from '../../concurrency/limit.ts';
import { AppError } from '../../errors.ts';
import { MAX_KEYS_AT_ONCE } from '../../naming/s3-limits.ts';
import type { NotRemoved, Removal } from '../../ports/object-store.ts';

/** The keys that were not removed, and why. */
export type Failures = readonly NotRemoved[];

const MAX_AT_ONCE = 32;

/** @throws {AppError} InvalidArgument for more keys than `removeMany` takes */
export function checkRemovedKeys(keys: readonly string[]): void {
  if (keys.length <= MAX_KEYS_AT_ONCE) return;
  throw new AppError('InvalidArgument', { zh: '一次最多删除 1000 个对象', en: 'At most 1,000 keys at a time' });
}

/** Removes keys one by one, whatever becomes of the others. */
export async function removeEach(
  keys: readonly string[],
  remove: (key: string) => Promise<Removal>,
): Promise<Failures> {
  const failures = await mapLimited(keys, MAX_AT_ONCE, async (key): Promise<Failures> => {
    try {
      const outcome = await remove(key);
      return outcome === 'removed' ? [] : [{ key, outcome }];
    } catch (cause) {
      return [{ key, outcome: 'failed', cause }];
    }
  });
  return failures.flat();
}
