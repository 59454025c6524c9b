import type { Logger } from '../../logger.ts';
import type { ImageRecords } from '../../ports/image-records.ts';
import {
  CLOCKS_DIFFER_MS,
  type ListedObject,
  type ObjectMetadata,
  type ObjectStore,
  UNDATED,
} from '../../ports/object-store.ts';
import { OWNER, ownerOf } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { parseTrashKey, TRASH_PREFIX } from '../library/trash-key.ts';
import type { ObjectEvents } from '../objects/events.ts';
import type { Place } from '../objects/object-reader.ts';
import { toChanged } from '../objects/writes.ts';
import type { Job, JobReport } from './job.ts';

const PAGE = 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** What finding bytes that nobody will come for stands on. */
export interface TrashOrphansOptions {
  /** Absent where the bed keeps none, or none any more: then nobody can come for anything. */
  readonly records?: Pick<ImageRecords, 'get'> | undefined;
  readonly store: Pick<ObjectStore, 'list' | 'head' | 'remove'>;
  readonly buckets: Pick<Buckets, 'own'>;
  readonly events: Pick<ObjectEvents, 'emit'>;
  /** Whether there is an account of this id: what names another is somebody else's. */
  readonly isAccount: (userId: string) => Promise<boolean>;
  /** How long images lie in the trash. */
  readonly trashDays: number;
  readonly logger: Logger;
  readonly now: () => Date;
}

/**
 * Creates the job that removes what has lain in the trash for its days and longer, and which no record says to be there: the
 * records were lost. Until then it stays, for records that come back out of a backup.
 */
export function createPurgeTrashOrphans(options: TrashOrphansOptions): Job['run'] {
  const { records, store, buckets, events, isAccount, trashDays, logger, now } = options;
  const keptMs = Math.max(1, trashDays) * DAY_MS + CLOCKS_DIFFER_MS;

  const isOver = ({ lastModified }: ListedObject): boolean =>
    lastModified.getTime() > UNDATED.getTime() && lastModified.getTime() + keptMs <= now().getTime();

  const isOurs = async ({ metadata }: ObjectMetadata): Promise<boolean> => {
    const ownerId = ownerOf(metadata);
    return ownerId === undefined ? (metadata[OWNER] ?? '') === '' : isAccount(ownerId);
  };

  /** Removes one; answers whether it was an orphan. */
  const purge = async ({ bucketName, objectName }: Place): Promise<boolean> => {
    const imageId = parseTrashKey(objectName);
    if (imageId === undefined) return false;
    const known = await records?.get(imageId);
    if (known?.trashKey === objectName) return false;
    const found = await store.head(bucketName, objectName);
    if (found === undefined || !(await isOurs(found))) return false;
    if ((await store.remove(bucketName, objectName, { ifMatch: found })) !== 'removed') return false;
    // What is left of an image that is elsewhere was never counted.
    if (known === undefined) {
      const image = toChanged({ bucketName, objectName }, found);
      await events.emit({ kind: 'purged', actorId: ownerOf(found.metadata) ?? '', image });
    }
    return true;
  };

  return async ({ budgetMs }): Promise<JobReport> => {
    const deadline = now().getTime() + budgetMs;
    const isLate = () => now().getTime() >= deadline;
    let [purged, kept] = [0, 0];

    const purgeOne = async (place: Place): Promise<void> => {
      if (isLate()) return;
      try {
        if (await purge(place)) purged += 1;
      } catch (cause) {
        kept += 1;
        logger.error('trash-orphans', {
          bucketName: place.bucketName,
          imageId: parseTrashKey(place.objectName),
          cause,
        });
      }
    };

    /** Works through one page; answers where the next one begins. */
    const purgePage = async (bucketName: string, token: string | undefined): Promise<string | undefined> => {
      const from = token === undefined ? {} : { continuationToken: token };
      const page = await store.list(bucketName, { prefix: TRASH_PREFIX, limit: PAGE, ...from });
      for (const { key } of page.objects.filter(isOver)) await purgeOne({ bucketName, objectName: key });
      // A page that leads to itself would never end.
      return page.continuationToken === token ? undefined : page.continuationToken;
    };

    const purgeBucket = async (bucketName: string): Promise<void> => {
      let token = await purgePage(bucketName, undefined);
      while (token !== undefined && !isLate()) token = await purgePage(bucketName, token);
    };

    for (const { name } of await buckets.own()) if (!isLate()) await purgeBucket(name);
    if (purged + kept > 0) logger.info('trash-orphans', { purged, kept, finished: !isLate() });
    return { finished: !isLate() };
  };
}
