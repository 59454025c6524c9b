import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresDocumentStore } from '../../src/stores/documents/postgres/document-store.ts';
import { createPostgresImageRecords } from '../../src/stores/records/postgres/image-records.ts';
import { describeDocumentStore } from '../suites/document-store.suite.ts';
import { describeImageRecords } from '../suites/image-records.suite.ts';
import { describeImageRecordsInProcesses } from '../suites/image-records-processes.suite.ts';
import { isPgbouncerMissing, type Pgbouncer, startPgbouncer } from '../support/pgbouncer.ts';
import { isPostgresMissing, type Postgres, startPostgres } from '../support/postgres.ts';

const now = (): Date => new Date();

describe.skipIf(isPostgresMissing || isPgbouncerMissing)(
  'behind PgBouncer, which lends a connection for a transaction',
  () => {
    let postgres: Postgres;
    let pgbouncer: Pgbouncer;
    let offset = 0;
    const makeDatabase = async (database: string) => {
      await postgres.sql(`CREATE DATABASE ${database}`);
      return { ...pgbouncer.connection, database };
    };

    beforeAll(async () => {
      postgres = await startPostgres();
      pgbouncer = await startPgbouncer(postgres.connection);
    });
    afterAll(async () => {
      await pgbouncer.stop();
      await postgres.stop();
    });

    describeDocumentStore(
      'postgres',
      async () => {
        const moved = (): Date => new Date(Date.now() + offset);
        const store = createPostgresDocumentStore({ ...(await makeDatabase('documents')), now: moved });
        return { store, close: async () => undefined };
      },
      {
        advanceClock: (milliseconds) => {
          offset += milliseconds;
        },
      },
    );

    describeImageRecords('postgres', async () => {
      const records = createPostgresImageRecords({ ...(await makeDatabase('suite')), now });
      return { records, close: async () => undefined };
    });

    describeImageRecordsInProcesses('postgres', async () => {
      const connection = await makeDatabase('many');
      const records = createPostgresImageRecords({ ...connection, now });
      return { records, place: ['postgres', JSON.stringify(connection)], close: async () => undefined };
    });

    it('makes its tables once, however many begin at once on connections that are not theirs', async () => {
      const connection = await makeDatabase('begun');
      const stores = Array.from({ length: 12 }, () => createPostgresDocumentStore({ ...connection, now }));
      const made = await Promise.all(stores.map((store, index) => store.create('users', `u${index}`, { index })));
      expect(made).toEqual(stores.map(() => true));
      const records = Array.from({ length: 12 }, () => createPostgresImageRecords({ ...connection, now }));
      await Promise.all(records.map((one) => one.ping()));
      await Promise.all(records.map((one) => one.close?.()));
    });
  },
);
