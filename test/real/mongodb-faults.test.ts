import { afterAll, beforeAll, describe } from 'vitest';
import { createMongodbDocumentStore } from '../../src/stores/documents/mongodb/document-store.ts';
import { describeDatabaseFaults } from '../suites/database-faults.suite.ts';
import { isMongodbMissing, type Mongodb, startMongodb } from '../support/mongodb.ts';

describe.skipIf(isMongodbMissing)('the MongoDB document store', () => {
  let mongodb: Mongodb;

  beforeAll(async () => {
    mongodb = await startMongodb();
  });
  afterAll(() => mongodb.stop());

  describeDatabaseFaults({
    server: () => ({ ...mongodb, disconnectWhileFrozen: () => mongodb.restartWhileFrozen() }),
    port: () => mongodb.port,
    openAt: (port, now) => createMongodbDocumentStore({ ...mongodb.connection, hosts: [`127.0.0.1:${port}`], now }),
    worker: { script: 'test/support/mongodb-worker.ts', connection: () => mongodb.connection },
  });
});
