import type { DocumentStore } from '../../ports/document-store.ts';
import { openCollection } from '../collection.ts';
import { RECORDS_CURSOR, RECORDS_CURSOR_ID } from '../library/record-collections.ts';
import type { Job } from './job.ts';
import type { TrashOrphansOptions } from './trash-orphans.ts';

interface GoWithoutRecordsOptions extends Omit<TrashOrphansOptions, 'records'> {
  readonly documents: DocumentStore;
}

/**
 * Creates the job of a bed that keeps no records: what it once had will be out of date, and is made anew when it keeps some
 * again. What lies in the trash from then goes after its days.
 */
export function createGoWithoutRecords(options: GoWithoutRecordsOptions): Job['run'] {
  const cursors = openCollection(options.documents, RECORDS_CURSOR);
  return async (budget) => {
    await cursors.remove(RECORDS_CURSOR_ID);
    const { createPurgeTrashOrphans } = await import('./trash-orphans.ts');
    return createPurgeTrashOrphans({ ...options, records: undefined })(budget);
  };
}
