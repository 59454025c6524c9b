import { describeLibraryKill } from '../suites/library-kill.suite.ts';
import { createTempConfig } from '../support/temp-config.ts';

const ROUNDS = Number(process.env['IMAGEPIC_FAULT_ROUNDS'] ?? 200) >= 1000 ? 200 : 60;

describeLibraryKill('SQLite', ROUNDS, async () => {
  const { folder, remove } = await createTempConfig();
  return { env: { IMAGEPIC_DATA_DIR: folder, IMAGEPIC_RECORDS: 'sqlite' }, close: remove };
});
