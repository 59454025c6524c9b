import type { bucketContract } from '../contract/bucket.ts';
import type { Buckets } from '../services/buckets.ts';
import type { Handlers } from './handlers.ts';

/** Routes under `bucket/*`. */
export const bucketRoutes = (buckets: Buckets): Handlers<typeof bucketContract> => ({
  'bucket/listBuckets': async ({ pageSize, pageNum }, { caller }) => {
    const all = await buckets.list(caller, pageSize, pageNum);
    return all.map(({ name, creationDate }) => ({ name, creationDate: creationDate.toISOString() }));
  },
});
