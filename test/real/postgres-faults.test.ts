import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostgresDocumentStore } from '../../src/stores/documents/postgres/document-store.ts';
import { describeDatabaseFaults } from '../suites/database-faults.suite.ts';
import { isPostgresMissing, type Postgres, startPostgres } from '../support/postgres.ts';

describe.skipIf(isPostgresMissing)('the PostgreSQL document store', () => {
  let postgres: Postgres;
  const openAt = (port: number, now = () => new Date()) =>
    createPostgresDocumentStore({ ...postgres.connection, port, now });
  const openStore = () => openAt(postgres.connection.port);

  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  describeDatabaseFaults({
    server: () => ({
      ...postgres,
      disconnectWhileFrozen: () => {
        const closed = postgres.sqlWhileFrozen(
          "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'imagepic'",
        );
        expect(Number(closed)).toBeGreaterThanOrEqual(5);
      },
    }),
    port: () => postgres.connection.port,
    openAt,
    worker: { script: 'test/support/postgres-worker.ts', connection: () => postgres.connection },
  });

  it('ends a statement that waits for a lock, and has not done it afterwards', async () => {
    const store = openStore();
    await store.create('locked', 'd', { life: 1 });
    const revision = (await store.read('locked', 'd'))?.revision ?? '';
    const holding = postgres.sql(
      "BEGIN; SELECT 1 FROM imagepic_documents WHERE collection = 'locked' FOR UPDATE; SELECT pg_sleep(7); ROLLBACK",
      'bed',
    );
    const isHeld = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(7)%' AND wait_event = 'PgSleep'";
    await expect.poll(() => postgres.sql(isHeld)).toBe('1');
    await expect(store.replace('locked', 'd', { life: 2 }, revision)).rejects.toMatchObject({
      code: 'ServiceUnavailable',
    });
    await holding;
    expect(await openStore().read('locked', 'd')).toEqual({ doc: { life: 1 }, revision });
  });
});
