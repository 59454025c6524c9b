import { afterAll, beforeAll, describe, inject } from 'vitest';
import { describeTwoServers } from '../suites/two-servers.suite.ts';
import { isPostgresMissing, type Postgres, startPostgres } from '../support/postgres.ts';

describe.skipIf(isPostgresMissing)('with their documents in PostgreSQL', () => {
  let postgres: Postgres;

  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  describeTwoServers(
    'Ceph',
    () => {
      const { endpoint, accessKeyId, secretAccessKey } = inject('ceph');
      return {
        IMAGEPIC_SECRET: '7f3a9c51d0e8b264f1a7c3905be2d846',
        IMAGEPIC_DOCUMENTS: 'postgres',
        IMAGEPIC_DATABASE_URL: postgres.url,
        IMAGEPIC_S3_ENDPOINT: endpoint,
        IMAGEPIC_S3_ACCESS_KEY_ID: accessKeyId,
        IMAGEPIC_S3_SECRET_ACCESS_KEY: secretAccessKey,
      };
    },
    'two-servers-postgres',
  );
});
