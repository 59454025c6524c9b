import { expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import { createLogger } from '../../../../src/logger.ts';
import type { ObjectStore } from '../../../../src/ports/object-store.ts';
import { createSweep } from '../../../../src/services/jobs/sweep.ts';
import { createMemoryBed } from '../../../support/memory/bed.ts';

const LONG_AGO = new Date(0).toISOString();
const toUpload = (bucketName: string) => ({
  ...{ state: 'pending', bucketName, objectName: 'a.png', userId: 'u', contentType: 'image/png', size: 1 },
  ...{ onConflict: 'error', expiresAt: LONG_AGO },
});

it('the sweep goes on where one document cannot go, says so once, and takes it when it can', async () => {
  const { documents, store, now } = await createMemoryBed();
  const log: string[] = [];
  let isClosed = true;
  const closed: ObjectStore = {
    ...store,
    remove: async (bucket, key) => {
      if (isClosed && bucket === 'closed') throw new AppError('AccessDenied', { zh: '无权', en: 'closed to us' });
      return store.remove(bucket, key);
    },
  };
  await documents.create('uploads', 'a', toUpload('closed'));
  await documents.create('uploads', 'b', toUpload('closed'));
  await documents.create('uploads', 'c', toUpload('images'));
  await documents.create('counters', 'd', { value: 1, expiresAt: LONG_AGO });
  const logger = createLogger((line) => void log.push(line), now);
  const sweep = createSweep({ documents, store: closed, logger, now });

  expect(await sweep({ budgetMs: 1000 })).toMatchObject({ looked: 4, removed: 2, finished: true });
  expect(log.filter((line) => line.includes('"uploads"')).map((line) => JSON.parse(line))).toMatchObject([
    { level: 'error', event: 'sweep', collection: 'uploads', kept: 2 },
  ]);
  isClosed = false;
  expect(await sweep({ budgetMs: 1000 })).toMatchObject({ removed: 2, finished: true });
});
