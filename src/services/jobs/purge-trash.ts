import type { Logger } from '../../logger.ts';
import type { ImageRecords } from '../../ports/image-records.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { TrashBin } from '../library/trash-bin.ts';
import type { JobReport } from './job.ts';

const PAGE = 200;
const DAY_MS = 24 * 60 * 60 * 1000;

interface PurgeTrashOptions {
  readonly records: ImageRecords;
  readonly bin: Pick<TrashBin, 'purge'>;
  readonly buckets: Pick<Buckets, 'own'>;
  /** How long images lie in the trash. */
  readonly days: number;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Creates the job that removes for good what has lain in the trash for its days; what it does not come to, the next run does. */
export function createPurgeTrash({ records, bin, buckets, days, logger, now }: PurgeTrashOptions) {
  const isOver = ({ removedAt }: { readonly removedAt?: Date }): boolean =>
    removedAt !== undefined && removedAt.getTime() + days * DAY_MS <= now().getTime();

  return async ({ budgetMs }: { readonly budgetMs: number }): Promise<JobReport> => {
    const deadline = now().getTime() + budgetMs;
    const isLate = () => now().getTime() >= deadline;
    let [purged, kept] = [0, 0];

    const purgeOne = async (imageId: string): Promise<void> => {
      try {
        if (await bin.purge('', imageId)) purged += 1;
      } catch (cause) {
        // One that cannot go now keeps no other one here.
        kept += 1;
        logger.error('purge-trash', { imageId, cause });
      }
    };

    const purgePage = async (imageIds: readonly string[]): Promise<void> => {
      for (const imageId of imageIds) if (!isLate()) await purgeOne(imageId);
    };

    const purgeBucket = async (bucket: string): Promise<void> => {
      let after: string | undefined;
      do {
        const wanted = { within: [{ bucket, prefix: '' }], state: 'removed', order: 'oldest', limit: PAGE } as const;
        const page = await records.search({ ...wanted, ...(after !== undefined && { after }) });
        await purgePage(page.images.filter(isOver).map(({ imageId }) => imageId));
        after = page.after;
      } while (after !== undefined && !isLate());
    };

    for (const { name } of await buckets.own()) if (!isLate()) await purgeBucket(name);
    if (purged + kept > 0) logger.info('purge-trash', { purged, kept, finished: !isLate() });
    return { finished: !isLate() };
  };
}
