import type { PostgresConnection } from '../../src/stores/documents/postgres/database.ts';
import { createPostgresDocumentStore } from '../../src/stores/documents/postgres/document-store.ts';
import { serveStore } from './store-tasks.ts';

const [connection = '{}'] = process.argv.slice(2);
// The parent, a test, has made it of one.
const parsed: PostgresConnection = JSON.parse(connection);

serveStore(createPostgresDocumentStore({ ...parsed, now: () => new Date() }));
