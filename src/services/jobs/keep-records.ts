import type { ImageRecords } from '../../ports/image-records.ts';
import { NO_OPEN_CHANGES } from '../objects/open-changes.ts';
import type { Job } from './job.ts';
import type { RecordsOptions } from './open-records.ts';

/** What keeps the records of images, where the bed has any; without them nothing is loaded for it. */
export async function keepRecords(records: ImageRecords | undefined, options: Omit<RecordsOptions, 'records'>) {
  if (records === undefined) {
    const goWithout: Job['run'] = async (budget) => {
      const { createGoWithoutRecords } = await import('./go-without-records.ts');
      return createGoWithoutRecords(options)(budget);
    };
    const nothing = { completeRecords: async () => undefined, bin: undefined, reconciler: undefined };
    return { changes: NO_OPEN_CHANGES, settleRecords: goWithout, ...nothing };
  }
  const { openRecordKeeping } = await import('./open-records.ts');
  return openRecordKeeping({ ...options, records });
}
