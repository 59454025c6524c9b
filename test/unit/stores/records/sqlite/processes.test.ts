import { join } from 'node:path';
import { createSqliteImageRecords } from '../../../../../src/stores/records/sqlite/image-records.ts';
import { describeImageRecordsInProcesses } from '../../../../suites/image-records-processes.suite.ts';
import { makeTempFolder } from '../../../../support/temp-folder.ts';

describeImageRecordsInProcesses('sqlite', async () => {
  const folder = await makeTempFolder();
  const file = join(folder.path, 'images.db');
  return {
    records: createSqliteImageRecords({ file, now: () => new Date() }),
    place: ['sqlite', file],
    close: folder.remove,
  };
});
