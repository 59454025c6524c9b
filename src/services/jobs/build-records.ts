import type * as v from 'valibot';
import { mapLimited } from '../../concurrency/limit.ts';
import type { Logger } from '../../logger.ts';
import { isReservedKey } from '../../naming/key.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ImageRecords } from '../../ports/image-records.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { openCollection } from '../collection.ts';
import { passOverImpossible } from '../library/pass-over-impossible.ts';
import { RECORDS_CURSOR, RECORDS_CURSOR_ID } from '../library/record-collections.ts';
import type { SettlePlace } from '../library/settle-place.ts';
import type { JobReport } from './job.ts';

type Cursor = v.InferOutput<typeof RECORDS_CURSOR.schema>;
const START: Cursor = { bucket: '', isBuilt: false };

const PAGE = 200;
const AT_ONCE = 8;

interface BuildRecordsOptions {
  readonly documents: DocumentStore;
  readonly store: ObjectStore;
  readonly buckets: Pick<Buckets, 'own'>;
  readonly records: ImageRecords;
  readonly settle: SettlePlace;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Creates the job that makes records of all images once, when a bed begins to keep them or has lost them; it goes on where it stopped. */
export function createBuildRecords(options: BuildRecordsOptions) {
  const { documents, store, buckets, records, settle, logger, now } = options;
  const cursors = openCollection(documents, RECORDS_CURSOR);

  const ownNames = async (): Promise<readonly string[]> => (await buckets.own()).map(({ name }) => name).sort();

  const read = () => cursors.read(RECORDS_CURSOR_ID);

  const hasAny = async (): Promise<boolean> => {
    const within = (await ownNames()).slice(0, 100).map((bucket) => ({ bucket, prefix: '' }));
    return (await records.search({ within, state: 'present', order: 'newest', limit: 1 })).images.length > 0;
  };

  const begin = async (): Promise<Cursor> => {
    const cursor = (await read()) ?? START;
    // Where all are gone, so is what had been built.
    return cursor.isBuilt && !(await hasAny()) ? START : cursor;
  };

  /** One page further. */
  const step = async ({ bucket, token }: Cursor): Promise<Cursor> => {
    const names = (await ownNames()).filter((name) => name >= bucket);
    const [bucketName, following] = names;
    if (bucketName === undefined) return { bucket, isBuilt: true };
    const continuationToken = bucketName === bucket ? token : undefined;
    const page = await store.list(bucketName, {
      limit: PAGE,
      ...(continuationToken !== undefined && { continuationToken }),
    });
    const keys = page.objects.map(({ key }) => key).filter((key) => !isReservedKey(key));
    await mapLimited(keys, AT_ONCE, (objectName) => settle({ bucketName, objectName }).catch(passOverImpossible));
    // A page that leads to itself would never end.
    const next = page.continuationToken === continuationToken ? undefined : page.continuationToken;
    if (next !== undefined) return { bucket: bucketName, token: next, isBuilt: false };
    return following === undefined ? { bucket: bucketName, isBuilt: true } : { bucket: following, isBuilt: false };
  };

  let isKnownComplete = false;
  /** Whether there is a record of every image, which stays so once it is. */
  const isComplete = async (): Promise<boolean> => {
    isKnownComplete ||= (await read())?.isBuilt === true && (await hasAny());
    return isKnownComplete;
  };

  const run = async ({ budgetMs }: { readonly budgetMs: number }): Promise<JobReport> => {
    const deadline = now().getTime() + budgetMs;
    let cursor = await begin();
    let pages = 0;
    while (!cursor.isBuilt && (pages === 0 || now().getTime() < deadline)) {
      const next = await step(cursor);
      await cursors.upsert(RECORDS_CURSOR_ID, () => next);
      cursor = next;
      pages += 1;
    }
    if (pages > 0) logger.info('build-records', { pages, finished: cursor.isBuilt });
    return { finished: cursor.isBuilt };
  };
  return { run, isComplete };
}
