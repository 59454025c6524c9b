import { mapLimited } from '../../concurrency/limit.ts';
import { isKey, isReservedKey } from '../../naming/key.ts';
import type { ImageFilter, ImageRecords } from '../../ports/image-records.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { passOverImpossible } from '../library/pass-over-impossible.ts';
import type { SettlePlace } from '../library/settle-place.ts';
import type { Place } from '../objects/object-reader.ts';

/** Records looked at in one slice, and places that a search takes. */
const SLICE = 500;
const PLACES = 100;
const AT_ONCE = 16;

/** Where a run stands among the records of a bucket: those of images that are there come before those of the trash. */
export interface RecordsPosition {
  readonly state: ImageFilter['state'];
  readonly token?: string | undefined;
}

/** Compares the records of a bucket with its objects, in both directions. */
export interface RecordsReconciler {
  /** How many of these images have no record; with `repair` each gets its own, and those that have one are looked at too. */
  countMissing(bucketName: string, keys: readonly string[], repair: boolean): Promise<number>;
  /** How many records of a slice are of images whose bytes the store does not have; with `repair` they are forgotten. */
  countStale(
    bucketName: string,
    at: RecordsPosition,
    repair: boolean,
  ): Promise<{ readonly stale: number; readonly next: RecordsPosition | undefined }>;
}

interface RecordsReconcilerOptions {
  readonly records: ImageRecords;
  readonly store: Pick<ObjectStore, 'head'>;
  readonly settle: SettlePlace;
}

/** Creates it. What a place has is for `settle` to say, which looks at the object before and after it writes. */
export function createRecordsReconciler({ records, store, settle }: RecordsReconcilerOptions): RecordsReconciler {
  const findRecorded = async (bucket: string, keys: readonly string[]): Promise<readonly string[]> => {
    const within = keys.map((key) => ({ bucket, key }));
    const search = { within, state: 'present', order: 'newest', limit: 1000 } as const;
    const found: string[] = [];
    let after: string | undefined;
    do {
      const page = await records.search({ ...search, ...(after !== undefined && { after }) });
      found.push(...page.images.map(({ key }) => key));
      ({ after } = page);
    } while (after !== undefined);
    return found;
  };

  const findMissing = async (bucketName: string, keys: readonly string[]): Promise<ReadonlySet<string>> => {
    const recordable = keys.filter((key) => isKey(key) && !isReservedKey(key));
    const missing = new Set(recordable);
    for (let first = 0; first < recordable.length; first += PLACES)
      for (const key of await findRecorded(bucketName, recordable.slice(first, first + PLACES))) missing.delete(key);
    return missing;
  };

  const isGone = async ({ bucketName, objectName }: Place): Promise<boolean> =>
    (await store.head(bucketName, objectName)) === undefined;

  return {
    countMissing: async (bucketName, keys, repair) => {
      const missing = await findMissing(bucketName, keys);
      const settleOne = (objectName: string) => settle({ bucketName, objectName }).catch(passOverImpossible);
      // What lies in the trash without a record stays there for its days, in case that the records come back.
      const settled = keys.filter((key) => !isReservedKey(key));
      if (repair) await mapLimited(settled, AT_ONCE, settleOne);
      return missing.size;
    },
    countStale: async (bucketName, { state, token }, repair) => {
      const { images, after } = await records.search({
        ...{ within: [{ bucket: bucketName, prefix: '' }], state, order: 'oldest', limit: SLICE },
        ...(token !== undefined && { after: token }),
      });
      const places = images.map((record) => ({ bucketName, objectName: record.trashKey ?? record.key }));
      const gone = await mapLimited(places, AT_ONCE, isGone);
      const stale = places.filter((_, index) => gone[index]);
      if (repair) await mapLimited(stale, AT_ONCE, settle);
      return { stale: stale.length, next: toNext({ state, token }, after) };
    },
  };
}

function toNext({ state, token }: RecordsPosition, after: string | undefined): RecordsPosition | undefined {
  // A page that leads to itself would never end.
  if (after !== undefined && after !== token) return { state, token: after };
  return state === 'present' ? { state: 'removed' } : undefined;
}
