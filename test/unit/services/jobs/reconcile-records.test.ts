import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ImageRecords } from '../../../../src/ports/image-records.ts';
import type { Reconciliation } from '../../../../src/services/jobs/reconcile.ts';
import { createReconcile } from '../../../../src/services/jobs/reconcile.ts';
import { createRecordsReconciler } from '../../../../src/services/jobs/reconcile-records.ts';
import { createSettlePlace } from '../../../../src/services/library/settle-place.ts';
import { NO_OPEN_CHANGES } from '../../../../src/services/objects/open-changes.ts';
import { createSqliteImageRecords } from '../../../../src/stores/records/sqlite/image-records.ts';
import { BUCKET, createMemoryBed } from '../../../support/memory/bed.ts';
import { createMemoryImageRecords } from '../../../support/memory/image-records.ts';

const file = () => join(mkdtempSync(join(tmpdir(), 'reconcile-records-')), 'records.sqlite');

const within = [{ bucket: BUCKET, prefix: '' }];

/** A bed that keeps records, in memory unless others are given, and what goes through all slices of a reconciliation and adds them up. */
async function open(others?: ImageRecords) {
  const bed = await createMemoryBed({ hasRecords: others === undefined, hasTrash: others === undefined });
  const admin = await bed.person({ role: 'admin' });
  const records = others ?? bed.library?.records ?? createMemoryImageRecords();
  const settle = bed.library?.settle ?? createSettlePlace({ records, store: bed.store, findExpiry: async () => ({}) });
  const reconcile = createReconcile({
    ...bed,
    isAccount: async (userId) => (await bed.users.find(userId)) !== undefined,
    changes: NO_OPEN_CHANGES,
    reconciler: createRecordsReconciler({ records, store: bed.store, settle }),
    newRunId: () => '0'.repeat(32),
  });
  const run = async (repair: boolean) => {
    const slices: Reconciliation[] = [];
    let cursor: string | undefined;
    do {
      const slice = await reconcile({ adminId: admin.userId, repair, cursor });
      slices.push(slice);
      cursor = slice.cursor;
    } while (cursor !== undefined && slices.length < 20);
    const sum = (count: (slice: Reconciliation) => number) => slices.reduce((all, slice) => all + count(slice), 0);
    return {
      slices: slices.length,
      checked: sum(({ checked }) => checked),
      missing: sum(({ records: found }) => found?.missing ?? Number.NaN),
      stale: sum(({ records: found }) => found?.stale ?? Number.NaN),
    };
  };
  const given = (key: string, owner: string) =>
    bed.store.put(BUCKET, key, Buffer.from(key), { contentType: 'image/png', metadata: { owner } });
  return { bed, admin, records, run, given };
}

describe('reconciling records', () => {
  it.each<[string, () => ImageRecords]>([
    ['memory', () => createMemoryImageRecords()],
    ['SQLite', () => createSqliteImageRecords({ file: file(), now: () => new Date() })],
  ])(
    'makes those that images lack and forgets those without one, slice by slice, of the bed’s images alone: %s',
    async (_, openRecords) => {
      const records = openRecords();
      const { bed, admin, run, given } = await open(records);
      const keys = Array.from({ length: 510 }, (_none, index) => `old/${String(index).padStart(3, '0')}.png`);
      for (const key of keys) await given(key, admin.userId);
      await given('past.png', '');
      await given('theirs.png', 'somebody-else');
      const recorded = async () => {
        const { images } = await records.search({ within, state: 'present', order: 'name', limit: 1000 });
        return images.map(({ key, ownerId }) => `${key} ${ownerId}`).sort();
      };
      expect(await run(false)).toEqual({ slices: 4, checked: 512, missing: 511, stale: 0 });
      expect(await recorded()).toEqual([]);
      expect(await run(true)).toEqual({ slices: 5, checked: 512, missing: 511, stale: 0 });
      expect(await recorded()).toEqual([...keys, 'past.png'].map((key) => `${key} ${admin.userId}`));
      // Past the bed, in the first slice of records and in the second.
      for (const key of ['old/003.png', 'old/507.png', 'past.png']) await bed.store.remove(BUCKET, key);
      expect(await run(false)).toEqual({ slices: 5, checked: 509, missing: 0, stale: 3 });
      expect(await recorded()).toHaveLength(511);
      expect(await run(true)).toMatchObject({ missing: 0, stale: 3 });
      const left = keys.filter((key) => !key.endsWith('003.png') && !key.endsWith('507.png'));
      expect(await recorded()).toEqual(left.map((key) => `${key} ${admin.userId}`));
      expect(await run(true)).toMatchObject({ missing: 0, stale: 0 });
    },
  );

  it('forgets what lies in the trash only when its bytes are gone from there', async () => {
    const { bed, admin, records, run } = await open();
    for (const objectName of ['kept.png', 'lost.png']) {
      await bed.put(admin.caller, { bucketName: BUCKET, objectName });
      await bed.objects.remove(admin.caller, BUCKET, objectName);
    }
    const inTrash = async () => (await records.search({ within, state: 'removed', order: 'name', limit: 10 })).images;
    expect(await run(true)).toMatchObject({ missing: 0, stale: 0 });
    const [, lost] = await inTrash();
    await bed.store.remove(BUCKET, lost?.trashKey ?? '');
    expect(await run(false)).toMatchObject({ missing: 0, stale: 1 });
    expect((await inTrash()).map(({ key }) => key)).toEqual(['kept.png', 'lost.png']);
    expect(await run(true)).toMatchObject({ missing: 0, stale: 1 });
    expect((await inTrash()).map(({ key }) => key)).toEqual(['kept.png']);
  });

  it.each(['made', 'put back'])('keeps the record of an image that is %s while it is looked at', async (how) => {
    const { bed, admin, records, run, given } = await open();
    await given('a.png', admin.userId);
    await run(true);
    await bed.store.remove(BUCKET, 'a.png');
    const { head } = bed.store;
    let looks = 0;
    bed.store.head = async (bucket, key) => {
      const found = await head(bucket, key);
      looks += 1;
      // After the first look of the run, and after the first of whoever settles the place.
      if (looks === (how === 'made' ? 1 : 2)) await given('a.png', admin.userId);
      return found;
    };
    expect(await run(true)).toMatchObject({ stale: 1 });
    bed.store.head = head;
    expect((await records.search({ within, state: 'present', order: 'name', limit: 10 })).images).toHaveLength(1);
  });
});
