import { beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/logger.ts';
import { createSweep } from '../../../src/services/jobs/sweep.ts';
import { createLeftovers, type Leftovers } from '../../../src/services/leftovers.ts';
import { BUCKET, createMemoryBed, type MemoryBed } from '../../support/memory/bed.ts';

const DAY = 24 * 60 * 60 * 1000;
const PNG = { contentType: 'image/png' };

let bed: MemoryBed;
let leftovers: Leftovers;
beforeEach(async () => {
  bed = await createMemoryBed();
  leftovers = createLeftovers(bed.documents, bed.now);
});

const sweep = async () => {
  const { documents, store, now } = bed;
  return createSweep({ documents, store, logger: createLogger(() => undefined, now), now })({ budgetMs: 1000 });
};
const notes = () => [...bed.documents.texts().keys()].filter((name) => name.startsWith('leftovers/'));
const die = () => Promise.reject(new Error('killed'));
const put = (key: string) => bed.store.put(BUCKET, key, Buffer.from('a'), PNG);

/** B15: who removes what a call stored for a while when the call dies? */
describe('B15 what a call leaves behind', () => {
  it('is not noted once the call has come to its end', async () => {
    const work = async () => notes().length;
    expect(await leftovers.during({ kind: 'objects', bucketName: BUCKET, prefix: '.imagepic/x/' }, work)).toBe(1);
    expect(notes()).toEqual([]);
  });

  it('is an upload in parts, which the sweep gives up after a day and not before', async () => {
    const uploadId = await bed.store.createMultipartUpload(BUCKET, 'large.png', PNG);
    const what = { kind: 'upload', bucketName: BUCKET, objectName: 'large.png', uploadId } as const;
    await leftovers.during(what, die).catch(() => undefined);
    bed.clock.now += DAY;
    await sweep();
    expect(await bed.store.listMultipartUploads(BUCKET)).toHaveLength(1);
    bed.clock.now += 1;
    await sweep();
    expect(await bed.store.listMultipartUploads(BUCKET)).toEqual([]);
    expect(notes()).toEqual([]);
  });

  it('are objects below its own prefix, and nothing beside it goes with them', async () => {
    for (const key of ['.imagepic/x/a', '.imagepic/x/b', '.imagepic/y/a', 'a.png']) await put(key);
    await leftovers.during({ kind: 'objects', bucketName: BUCKET, prefix: '.imagepic/x/' }, die).catch(() => undefined);
    bed.clock.now += DAY + 1;
    await sweep();
    const { objects } = await bed.store.list(BUCKET, { limit: 10 });
    expect(objects.map(({ key }) => key)).toEqual(['.imagepic/y/a', 'a.png']);
    expect(notes()).toEqual([]);
  });

  it('may lie in a bucket that is gone', async () => {
    await leftovers.during({ kind: 'objects', bucketName: 'gone', prefix: 'x/' }, die).catch(() => undefined);
    bed.clock.now += DAY + 1;
    await sweep();
    expect(notes()).toEqual([]);
  });
});
