import { createMongodbDocumentStore } from '../../src/stores/documents/mongodb/document-store.ts';
import type { MongodbConnection } from '../../src/stores/mongodb/client.ts';
import { serveStore } from './store-tasks.ts';

const [connection = '{}'] = process.argv.slice(2);
// The parent, a test, has made it of one.
const parsed: MongodbConnection = JSON.parse(connection);

serveStore(createMongodbDocumentStore({ ...parsed, now: () => new Date() }));
