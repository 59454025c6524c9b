import type { DocumentStore } from '../../../ports/document-store.ts';
import { type CloudBaseConnection, checkConnection } from '../../cloudbase/client.ts';
import { failureOf } from '../../cloudbase/failure.ts';
import { createRowDocumentStore } from '../row-document-store.ts';
import { openDatabase } from './database.ts';

/** Which database. */
export interface CloudBaseDocumentStoreOptions extends CloudBaseConnection {
  readonly now: () => Date;
  readonly random?: () => number;
}

/**
 * Creates a document store in CloudBase's database, by @cloudbase/node-sdk ≥ 3.18.3, which is loaded on first use.
 *
 * A row is `{ _id, revision, doc }`, `doc` readable in the console. A request takes at most 2 s, a call 5 s.
 *
 * @throws {TypeError} at once when there are no credentials, naming the variables that may give them
 */
export function createCloudBaseDocumentStore(options: CloudBaseDocumentStoreOptions): DocumentStore {
  checkConnection(options);
  const { now, prefix = 'imagepic_', random = Math.random } = options;
  return createRowDocumentStore({ open: () => openDatabase(options), failureOf, prefix, now, random });
}
