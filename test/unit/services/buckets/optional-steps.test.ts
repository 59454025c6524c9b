import { describe, expect, it } from 'vitest';
import { AppError, type ErrorCode } from '../../../../src/errors.ts';
import type { BucketSettings } from '../../../../src/ports/bucket-settings.ts';
import { createAccess } from '../../../../src/services/access/access.ts';
import { createBuckets } from '../../../../src/services/buckets/buckets.ts';
import { createMemoryDocumentStore } from '../../../support/memory/document-store.ts';
import { createMemoryObjectStore } from '../../../support/memory/object-store.ts';

const now = (): Date => new Date(Date.UTC(2026, 0, 2));

describe('making a bucket', () => {
  it.each<ErrorCode>([
    'NotImplemented',
    'InvalidArgument',
    'BucketAlreadyExists',
    'ServiceUnavailable',
    'AccessDenied',
  ])(
    'succeeds where the store answers the rule for stale uploads with %s, which comes after all is done',
    async (code) => {
      const store = createMemoryObjectStore({ now });
      const refuse = () => Promise.reject(new AppError(code, { zh: '不', en: 'no' }));
      const buckets = createBuckets({
        store,
        // What making a bucket asks of the settings.
        bucketSettings: { abortStaleUploads: refuse } as Partial<BucketSettings> as BucketSettings,
        documents: createMemoryDocumentStore(now),
        access: createAccess('shared'),
        defaultBucket: 'images',
        publicBuckets: new Set(),
        now,
      });
      await expect(buckets.make('fresh', 'public-read')).resolves.toBeUndefined();
      expect([await store.bucketExists('fresh'), await buckets.isPublic('fresh')]).toEqual([true, true]);
    },
  );
});
