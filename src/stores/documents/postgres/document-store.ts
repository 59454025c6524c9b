import type { DocumentStore } from '../../../ports/document-store.ts';
import { explain, failureOf } from '../../postgres/failure.ts';
import type { PostgresConnection } from '../../postgres/pool.ts';
import { createRowDocumentStore } from '../row-document-store.ts';
import { openDatabase } from './database.ts';

/** Which database; the table `imagepic_documents` is made in it when it is missing. */
export interface PostgresDocumentStoreOptions extends PostgresConnection {
  readonly now: () => Date;
  readonly random?: () => number;
}

/**
 * Creates a document store in PostgreSQL ≥ 12, by pg, which is loaded on first use.
 *
 * A row is `(collection, id, revision, doc jsonb)`. A request takes at most 2 s, a call 5 s.
 */
export function createPostgresDocumentStore(options: PostgresDocumentStoreOptions): DocumentStore {
  const { now, random = Math.random } = options;
  return createRowDocumentStore({ open: () => openDatabase(options), failureOf, explain, prefix: '', now, random });
}
