import type { DocumentStore } from '../../../ports/document-store.ts';
import type { MongodbConnection } from '../../mongodb/client.ts';
import { explain, failureOf } from '../../mongodb/failure.ts';
import { createRowDocumentStore } from '../row-document-store.ts';
import { openDatabase } from './database.ts';

/** Which database; its collections' names begin with `imagepic_`, and each is made when something is first stored. */
export interface MongodbDocumentStoreOptions extends MongodbConnection {
  readonly now: () => Date;
  /** After how many milliseconds without a request its connections are closed; 10,000 unless given. */
  readonly idleMs?: number;
  readonly random?: () => number;
}

/**
 * Creates a document store in MongoDB ≥ 4.2, or in a server of its protocol, by the driver, which is loaded on first use.
 *
 * A row is `{ _id, revision, doc }`, `doc` readable in a shell. A request takes at most 2 s, a call 5 s.
 */
export function createMongodbDocumentStore(options: MongodbDocumentStoreOptions): DocumentStore {
  const { now, random = Math.random } = options;
  return createRowDocumentStore({
    ...{ open: () => openDatabase(options, options.idleMs), failureOf, explain, prefix: 'imagepic_', now, random },
  });
}
