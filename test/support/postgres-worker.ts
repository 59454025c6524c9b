import { createPostgresDocumentStore } from '../../src/stores/documents/postgres/document-store.ts';
import type { PostgresConnection } from '../../src/stores/postgres/pool.ts';
import { serveStore } from './store-tasks.ts';

const [connection = '{}'] = process.argv.slice(2);
// The parent, a test, has made it of one.
const parsed: PostgresConnection = JSON.parse(connection);

serveStore(createPostgresDocumentStore({ ...parsed, now: () => new Date() }));
