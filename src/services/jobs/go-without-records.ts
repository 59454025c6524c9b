import type { DocumentStore } from '../../ports/document-store.ts';
import { openCollection } from '../collection.ts';
import { RECORDS_CURSOR, RECORDS_CURSOR_ID } from '../library/record-collections.ts';
import type { Job } from './job.ts';

/** Creates the job of a bed that keeps no records: what it once had will be out of date, and is made anew when it keeps some again. */
export function createGoWithoutRecords(documents: DocumentStore): Job['run'] {
  const cursors = openCollection(documents, RECORDS_CURSOR);
  return async () => {
    await cursors.remove(RECORDS_CURSOR_ID);
    return { finished: true };
  };
}
