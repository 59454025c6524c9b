import type { Logger } from '../../logger.ts';
import type { ImageRecords, StoredImageRecord } from '../../ports/image-records.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { imageIdOf } from '../access/access.ts';
import type { Expiries } from '../library/expiries.ts';
import type { TrashBin } from '../library/trash-bin.ts';
import type { ObjectEvents } from '../objects/events.ts';
import type { OpenChanges } from '../objects/open-changes.ts';
import type { PlaceLocks } from '../objects/place-locks.ts';
import { toChanged } from '../objects/writes.ts';
import type { Job, JobReport } from './job.ts';

interface ExpireImagesOptions {
  readonly expiries: Expiries;
  readonly records: Pick<ImageRecords, 'get'>;
  readonly store: Pick<ObjectStore, 'head' | 'remove'>;
  readonly bin: Pick<TrashBin, 'purge'>;
  readonly events: Pick<ObjectEvents, 'emit'>;
  readonly changes: Pick<OpenChanges, 'during'>;
  readonly locks: PlaceLocks;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** No upload that noted when its image is to go can be about to store it after so long. */
const UPLOADS_TAKE_MS = 24 * 60 * 60 * 1000;

/** Creates the job that removes images for good when their time has come; what it does not come to, the next run does. */
export function createExpireImages(options: ExpireImagesOptions): Job['run'] {
  const { expiries, records, store, bin, events, changes, locks, logger, now } = options;

  const remove = ({ imageId, bucket, key, ownerId = '' }: StoredImageRecord, at: Date): Promise<boolean> => {
    const place = { bucketName: bucket, objectName: key };
    return changes.during((mark) =>
      locks.hold(place, { kind: 'change' }, async () => {
        const found = await store.head(bucket, key);
        if (found === undefined || (imageIdOf(found.metadata) ?? imageId) !== imageId) return false;
        await mark(place);
        await expiries.bury(place, at);
        if ((await store.remove(bucket, key, { ifMatch: found })) !== 'removed') return false;
        await events.emit({ kind: 'removed', actorId: ownerId, image: toChanged(place, found) });
        return true;
      }),
    );
  };

  /** Removes one whose time has come by what its record says now; answers whether it did. */
  const expire = async ({ imageId, at: noted }: { imageId: string; at: number }): Promise<boolean> => {
    const known = await records.get(imageId);
    // Of an upload the note comes first, and its record last.
    if (known === undefined && now().getTime() - noted < UPLOADS_TAKE_MS) return false;
    const at = known?.expiresAt;
    if (known === undefined || at === undefined) {
      await expiries.note(imageId, undefined);
      return false;
    }
    if (at > now()) {
      await expiries.note(imageId, at);
      return false;
    }
    const isGone = known.removedAt === undefined ? await remove(known, at) : await bin.purge('', imageId);
    if (isGone) await expiries.note(imageId, undefined);
    return isGone;
  };

  return async ({ budgetMs }): Promise<JobReport> => {
    const deadline = now().getTime() + budgetMs;
    const isLate = () => now().getTime() >= deadline;
    let [gone, kept] = [0, 0];

    const expireOne = async (due: { imageId: string; at: number }): Promise<void> => {
      if (isLate()) return;
      try {
        if (await expire(due)) gone += 1;
      } catch (cause) {
        kept += 1;
        logger.error('expire-images', { imageId: due.imageId, cause });
      }
    };

    let after: string | undefined;
    do {
      const page = await expiries.listDue(now(), after);
      for (const one of page.due) await expireOne(one);
      ({ after } = page);
    } while (after !== undefined && !isLate());
    if (gone + kept > 0) logger.info('expire-images', { gone, kept, finished: !isLate() });
    return { finished: !isLate() };
  };
}
