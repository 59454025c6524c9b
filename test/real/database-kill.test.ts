import { describe } from 'vitest';
import { describeLibraryKill } from '../suites/library-kill.suite.ts';
import { isMongodbMissing, startMongodb } from '../support/mongodb.ts';
import { isPostgresMissing, startPostgres } from '../support/postgres.ts';
import { createTempConfig } from '../support/temp-config.ts';

/** 200 are some minutes for each database: `IMAGEPIC_FAULT_ROUNDS=1000`, as for the tests of faults. */
const ROUNDS = Number(process.env['IMAGEPIC_FAULT_ROUNDS'] ?? 200) >= 1000 ? 200 : 10;
const SECRET = '7f3a9c51d0e8b264f1a7c3905be2d846';

const openOn = async (kind: 'postgres' | 'mongodb', server: { readonly url: string; stop(): Promise<unknown> }) => {
  const { folder, remove } = await createTempConfig();
  return {
    env: {
      IMAGEPIC_DATA_DIR: folder,
      IMAGEPIC_SECRET: SECRET,
      IMAGEPIC_DOCUMENTS: kind,
      IMAGEPIC_DATABASE_URL: server.url,
      IMAGEPIC_RECORDS: kind,
    },
    close: async () => {
      await server.stop();
      await remove();
    },
  };
};

describe.skipIf(isPostgresMissing)('documents and records in PostgreSQL', () => {
  describeLibraryKill('PostgreSQL', ROUNDS, async () => openOn('postgres', await startPostgres()));
});

describe.skipIf(isMongodbMissing)('documents and records in MongoDB', () => {
  describeLibraryKill('MongoDB', ROUNDS, async () => openOn('mongodb', await startMongodb()));
});
