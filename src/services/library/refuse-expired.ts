import type { DocumentStore } from '../../ports/document-store.ts';
import type { Place } from '../objects/object-reader.ts';

/** What refuses a place whose image has gone by itself, loaded where nothing is found; absent where no image does. */
export function refuseExpiredOf(documents: DocumentStore, hasRecords: boolean) {
  if (!hasRecords) return undefined;
  return async (place: Place): Promise<void> => {
    const { createExpiries } = await import('./expiries.ts');
    await createExpiries(documents).refuseExpired(place);
  };
}
