import type { ObjectStore } from '../../../src/ports/object-store.ts';
import type { StoreTrials } from '../../../src/ports/store-trials.ts';

/** Conditional calls as S3 has them, on a store in memory. */
export const createMemoryTrials = (store: ObjectStore): StoreTrials => ({
  put: async (bucket, key, bytes, { ifNoneMatch, ifMatch }) => {
    if (ifMatch !== undefined && (await store.head(bucket, key))?.etag !== ifMatch) return undefined;
    return store.put(bucket, key, bytes, {
      contentType: 'image/png',
      ...(ifNoneMatch !== undefined && { ifNoneMatch }),
    });
  },
  remove: async (bucket, key, { ifMatch }) => {
    if (ifMatch !== undefined && (await store.head(bucket, key))?.etag !== ifMatch) return false;
    await store.remove(bucket, key);
    return true;
  },
  copy: async (bucket, from, to, { ifNoneMatch, ifMatch, ifSource, description }) => {
    if (ifSource !== undefined && (await store.head(bucket, from))?.etag !== ifSource) return undefined;
    if (ifMatch !== undefined && (await store.head(bucket, to))?.etag !== ifMatch) return undefined;
    return store.copy(
      { bucket, key: from },
      { bucket, key: to },
      { ...(ifNoneMatch !== undefined && { ifNoneMatch }), ...description },
    );
  },
  postForm: async (bucket, key, bytes) => void (await store.put(bucket, key, bytes, { contentType: 'image/png' })),
});
