import type { ImageRecords } from '../../../ports/image-records.ts';
import type { MongodbConnection } from '../../mongodb/client.ts';
import { explain, failureOf } from '../../mongodb/failure.ts';
import { createRowImageRecords } from '../row-image-records.ts';
import { openDatabase } from './database.ts';

/** Which database; the collection `imagepic_images` is made in it when something is first stored. */
export interface MongodbImageRecordsOptions extends MongodbConnection {
  readonly now: () => Date;
  /** After how many milliseconds without a request its connections are closed; 10,000 unless given. */
  readonly idleMs?: number;
  readonly random?: () => number;
}

/**
 * Creates image records in MongoDB ≥ 4.2, or in a server of its protocol, by the driver, which is loaded on first use. All
 * terms of a row are in one multikey index, and the server is asked for nothing that not every one of them does.
 */
export function createMongodbImageRecords(options: MongodbImageRecordsOptions): ImageRecords {
  const { now, random = Math.random } = options;
  const open = () => openDatabase(options, options.idleMs);
  return createRowImageRecords({ open, failureOf, explain, now, random });
}
