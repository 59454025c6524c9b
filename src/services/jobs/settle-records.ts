import type { Logger } from '../../logger.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import { openCollection } from '../collection.ts';
import { passOverImpossible } from '../library/pass-over-impossible.ts';
import { OPEN_CHANGES, type OpenChange } from '../library/record-collections.ts';
import type { SettlePlace } from '../library/settle-place.ts';
import type { JobReport } from './job.ts';

const PAGE = 100;
/** Longer than any change may take: until then its places are looked at, and may have to be once more. */
const ABANDONED_MS = 60 * 60 * 1000;

interface SettleRecordsOptions {
  readonly documents: DocumentStore;
  readonly settle: SettlePlace;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Creates the job that looks at the places of changes that did not come to their end, and at no others. */
export function createSettleRecords({ documents, settle, logger, now }: SettleRecordsOptions) {
  const marks = openCollection(documents, OPEN_CHANGES);

  /** Whether a mark is dealt with, as far as can be done now. */
  const settleMark = async (id: string, { places, at }: OpenChange): Promise<boolean> => {
    try {
      for (const place of places) await settle(place).catch(passOverImpossible);
      if (now().getTime() - at > ABANDONED_MS) await marks.remove(id);
      return true;
    } catch (cause) {
      logger.error('settle-records', { id, places: places.length, cause });
      return false;
    }
  };

  const settlePage = async (after: string | undefined) => {
    const page = await marks.list({ after, limit: PAGE });
    let kept = 0;
    for (const { id, doc } of page.documents) if (!(await settleMark(id, doc))) kept += 1;
    // A page that leads to itself would never end.
    return { kept, looked: page.documents.length, after: page.after === after ? undefined : page.after };
  };

  return async ({ budgetMs }: { readonly budgetMs: number }): Promise<JobReport> => {
    const deadline = now().getTime() + budgetMs;
    let [looked, kept] = [0, 0];
    let after: string | undefined;
    do {
      const page = await settlePage(after);
      [looked, kept, after] = [looked + page.looked, kept + page.kept, page.after];
    } while (after !== undefined && now().getTime() < deadline);
    const finished = after === undefined;
    logger.info('settle-records', { looked, kept, finished });
    return { finished };
  };
}
