import { beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../../../src/logger.ts';
import { createPurgeTrashOrphans } from '../../../../src/services/jobs/trash-orphans.ts';
import { toTrashKey } from '../../../../src/services/library/trash-key.ts';
import { BUCKET, createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';

const PLACE = { bucketName: BUCKET, objectName: 'cat.png' };
const DAY_MS = 24 * 60 * 60 * 1000;

let bed: MemoryBed;
let ann: MemoryPerson;
let library: NonNullable<MemoryBed['library']>;
let imageId: string;
beforeEach(async () => {
  bed = await createMemoryBed({ hasRecords: true, hasTrash: true });
  if (bed.library === undefined) throw new TypeError('it has records');
  library = bed.library;
  ann = await bed.person();
  imageId = (await bed.put(ann.caller, PLACE)).imageId ?? '';
});

const purge = (changes: Partial<Parameters<typeof createPurgeTrashOrphans>[0]> = {}, budgetMs = 60_000) =>
  createPurgeTrashOrphans({
    ...{ records: library.records, store: bed.store, buckets: bed.buckets, events: bed.events, trashDays: 30 },
    isAccount: async (userId) => userId === ann.userId,
    logger: createLogger(() => undefined, bed.now),
    now: bed.now,
    ...changes,
  })({ budgetMs });
const keys = async () => (await bed.store.list(BUCKET, { limit: 1000 })).objects.map(({ key }) => key);
const trashed = (chance: string) => toTrashKey(imageId, chance.repeat(32));
const putAs = (key: string, owner: string) =>
  bed.store.put(BUCKET, key, Buffer.from('x'), { contentType: 'image/png', metadata: { owner } });

describe('bytes in the trash that no record names', () => {
  it('go after its days, and are taken off the count of their owner', async () => {
    await bed.objects.remove(ann.caller, BUCKET, PLACE.objectName);
    await library.records.remove(imageId);
    bed.clock.now += 30 * DAY_MS;
    await purge();
    expect(await keys()).toHaveLength(1);
    bed.clock.now += DAY_MS;
    expect(await purge()).toEqual({ finished: true });
    expect(await keys()).toEqual([]);
    expect(await bed.usage.read(ann.userId)).toEqual({ bytes: 0, objects: 0 });
    expect(bed.told.map(({ kind }) => kind)).toEqual(['stored', 'trashed', 'purged']);
  });

  it('were never counted where their image is elsewhere', async () => {
    await putAs(trashed('a'), ann.userId);
    bed.clock.now += 31 * DAY_MS;
    await purge();
    expect(await keys()).toEqual([PLACE.objectName]);
    expect(await bed.usage.read(ann.userId)).toMatchObject({ objects: 1 });
  });

  it.each([
    ["another bed's", () => trashed('a'), 'u_elsewhere'],
    ['of no form of ours', () => '.imagepic/trash/what', 'mine'],
  ])('stay where they are %s', async (_, key, owner) => {
    await putAs(key(), owner === 'mine' ? ann.userId : owner);
    bed.clock.now += 999 * DAY_MS;
    await purge();
    expect(await keys()).toContain(key());
  });

  it('stay while there is no time, and where the store does not remove them', async () => {
    await putAs(trashed('a'), ann.userId);
    await putAs(trashed('b'), ann.userId);
    bed.clock.now += 31 * DAY_MS;
    expect(await purge({}, 0)).toEqual({ finished: false });
    const fails = {
      ...bed.store,
      head: (bucket: string, key: string) =>
        key === trashed('a') ? Promise.reject(new Error('away')) : bed.store.head(bucket, key),
    };
    await purge({ store: fails });
    expect(await keys()).toEqual([trashed('a'), PLACE.objectName]);
  });
});
