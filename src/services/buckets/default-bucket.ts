import type { Logger } from '../../logger.ts';
import type { ObjectStore } from '../../ports/object-store.ts';

interface DefaultBucketOptions {
  readonly store: Pick<ObjectStore, 'bucketExists' | 'makeBucket'>;
  readonly bucketName: string;
  /** Whether the bed has been there before. */
  readonly isKnownBed: boolean;
  readonly logger: Logger;
}

/** That may be a setting that was changed, or a folder that was moved or not mounted. */
const ADVICE =
  'The bed has been here before, and this bucket was not there. Unless IMAGEPIC_DEFAULT_BUCKET was changed, its images are elsewhere: stop, and put its folder, volume or store back';

/** Makes the bucket that images go to by default, and says so where a bed should have had one. Everything else works without it, so nothing is thrown. */
export async function makeDefaultBucket(options: DefaultBucketOptions): Promise<void> {
  const { store, bucketName, isKnownBed, logger } = options;
  try {
    // Looking takes less than making, for which a lock is held.
    if (await store.bucketExists(bucketName)) return;
    await store.makeBucket(bucketName);
    if (isKnownBed) logger.error('default-bucket-made', { bucketName, advice: ADVICE });
  } catch (cause) {
    logger.error('default-bucket', { bucketName, cause });
  }
}

interface Surroundings {
  readonly objects: { readonly kind: string };
  readonly inCloud: boolean;
}

/** A function leaves it to its set-up: a cold start has no time for it, and its keys may not make buckets. */
export const hasToMakeBucket = (
  { objects, inCloud }: Surroundings,
  state: 'new' | 'opened' | 'lost' | undefined,
): boolean => state !== 'lost' && !(objects.kind === 's3' && inCloud);
