import { lazily } from '../../concurrency/when-asked.ts';
import type { Logger } from '../../logger.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ImageRecords } from '../../ports/image-records.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { CompleteRecords } from '../library/album-page.ts';
import { createFindExpiry, createKeepExpiry } from '../library/find-expiry.ts';
import { createOpenChanges } from '../library/keep-open-changes.ts';
import type { KeptVersions } from '../library/kept-versions.ts';
import { recordImages } from '../library/record-images.ts';
import { createSettlePlace, type SettlePlace } from '../library/settle-place.ts';
import type { TrashBin } from '../library/trash-bin.ts';
import { REPLACES } from '../library/trash-key.ts';
import type { ObjectEvents } from '../objects/events.ts';
import type { OpenChanges } from '../objects/open-changes.ts';
import type { PlaceLocks } from '../objects/place-locks.ts';
import { createBuildRecords } from './build-records.ts';
import type { Job } from './job.ts';
import type { RecordsReconciler } from './reconcile-records.ts';
import { createSettleRecords } from './settle-records.ts';

/** What records are kept of, and where. */
export interface RecordsOptions {
  readonly records: ImageRecords;
  readonly documents: DocumentStore;
  readonly store: ObjectStore;
  readonly buckets: Pick<Buckets, 'own'>;
  readonly events: ObjectEvents;
  readonly locks: PlaceLocks;
  /** Whether there is an account of this id. */
  readonly isAccount: (userId: string) => Promise<boolean>;
  readonly newId: () => string;
  /** How long images lie in the trash. */
  readonly trashDays: number;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** What keeps the records of images. */
export interface RecordKeeping {
  readonly changes: OpenChanges;
  /** The records, once there is one of every image. */
  readonly completeRecords: CompleteRecords;
  readonly bin: TrashBin;
  readonly reconciler: RecordsReconciler;
  /** Brings records in line with images, those of changes that did not come to their end first. */
  readonly settleRecords: Job['run'];
}

/** Puts it together, and listens to what becomes of images. */
export function openRecordKeeping(options: RecordsOptions): RecordKeeping {
  const { records, documents, store, events, logger, now } = options;
  const changes = createOpenChanges(documents, now);
  const bin = lazily<TrashBin>(async () => {
    const { createTrashBin } = await import('../library/trash-bin.ts');
    return createTrashBin({ ...options, changes, settlePlace: settle });
  });
  const versions = lazily<KeptVersions>(async () => {
    const { createKeptVersions } = await import('../library/kept-versions.ts');
    return createKeptVersions({ records, store });
  });
  const findExpiry = createFindExpiry(documents);
  const settle: SettlePlace = createSettlePlace({ records, store, findExpiry, trash: bin, versions });
  const purgeTrash: Job['run'] = async (budget) => {
    const { createPurgeTrash } = await import('./purge-trash.ts');
    return createPurgeTrash({ ...options, bin, days: options.trashDays })(budget);
  };
  const expireImages: Job['run'] = async (budget) => {
    const [{ createExpireImages }, { createExpiries }] = await Promise.all([
      import('./expire-images.ts'),
      import('../library/expiries.ts'),
    ]);
    return createExpireImages({ ...options, expiries: createExpiries(documents), bin, changes })(budget);
  };
  const clearAlbums: Job['run'] = async (budget) => {
    const { createClearAlbums } = await import('./clear-albums.ts');
    return createClearAlbums(options)(budget);
  };
  const purgeTrashOrphans: Job['run'] = async (budget) => {
    const { createPurgeTrashOrphans } = await import('./trash-orphans.ts');
    return createPurgeTrashOrphans(options)(budget);
  };
  events.on(async (event) => {
    if (event.kind !== 'purged' && !(event.kind === 'removed' && REPLACES in event.image.metadata)) return;
    const { purgeVersions } = await import('../library/kept-versions.ts');
    await purgeVersions(event, { versions, bin, logger });
  });
  const keepExpiry = createKeepExpiry(documents);
  events.on(recordImages({ records, settle, findExpiry, keepExpiry, changes, logger, now }));
  // Once the record of the image says where that is.
  events.on(async (event) => {
    if (!((event.kind === 'moved' || event.kind === 'restored') && REPLACES in event.image.metadata)) return;
    const { followImage } = await import('../library/follow-versions.ts');
    await followImage(event, { records, versions, changes, logger });
  });
  const settleRecords = createSettleRecords({ documents, settle, logger, now });
  const buildRecords = createBuildRecords({ ...options, settle });
  return {
    changes,
    completeRecords: async () => ((await buildRecords.isComplete()) ? records : undefined),
    bin,
    reconciler: lazily<RecordsReconciler>(async () => {
      const { createRecordsReconciler } = await import('./reconcile-records.ts');
      return createRecordsReconciler({ records, store, settle });
    }),
    settleRecords: async ({ budgetMs }) => {
      const end = now().getTime() + budgetMs;
      let finished = true;
      for (const run of [settleRecords, expireImages, clearAlbums, purgeTrash, buildRecords.run, purgeTrashOrphans]) {
        const report = await run({ budgetMs: Math.max(0, end - now().getTime()) });
        finished = report.finished && finished;
      }
      return { finished };
    },
  };
}
