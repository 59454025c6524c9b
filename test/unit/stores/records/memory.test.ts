import { describeImageRecords } from '../../../suites/image-records.suite.ts';
import { createMemoryImageRecords } from '../../../support/memory/image-records.ts';

describeImageRecords('memory', async () => ({ records: createMemoryImageRecords(), close: async () => undefined }), {
  numRuns: 300,
});
