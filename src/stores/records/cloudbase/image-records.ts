import type { ImageRecords } from '../../../ports/image-records.ts';
import { type CloudBaseConnection, checkConnection } from '../../cloudbase/client.ts';
import { failureOf } from '../../cloudbase/failure.ts';
import { createRowImageRecords } from '../row-image-records.ts';
import { openDatabase } from './database.ts';

/** Which database. */
export interface CloudBaseImageRecordsOptions extends CloudBaseConnection {
  readonly now: () => Date;
  readonly random?: () => number;
}

/**
 * Creates image records in CloudBase's database, by @cloudbase/node-sdk ≥ 3.18.3, which is loaded on first use. All terms
 * of a row are in one list, whose index, as the others, somebody has to make: the SDK cannot.
 *
 * @throws {TypeError} at once when there are no credentials, naming the variables that may give them
 */
export function createCloudBaseImageRecords(options: CloudBaseImageRecordsOptions): ImageRecords {
  checkConnection(options);
  const { now, random = Math.random } = options;
  return createRowImageRecords({ open: () => openDatabase(options), failureOf, now, random });
}
