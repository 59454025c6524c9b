import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ImageRecords } from '../../../../src/ports/image-records.ts';
import { createReconcile } from '../../../../src/services/jobs/reconcile.ts';
import { createSettlePlace } from '../../../../src/services/library/settle-place.ts';
import { NO_OPEN_CHANGES } from '../../../../src/services/objects/open-changes.ts';
import { createSqliteImageRecords } from '../../../../src/stores/records/sqlite/image-records.ts';
import { BUCKET, createMemoryBed } from '../../../support/memory/bed.ts';
import { createMemoryImageRecords } from '../../../support/memory/image-records.ts';

const file = () => join(mkdtempSync(join(tmpdir(), 'reconcile-records-')), 'records.sqlite');

describe('reconciling records', () => {
  it.each<[string, () => ImageRecords]>([
    ['memory', () => createMemoryImageRecords()],
    ['SQLite', () => createSqliteImageRecords({ file: file(), now: () => new Date() })],
  ])('makes those that images lack, slice by slice, of the bed’s images alone: %s', async (_, openRecords) => {
    const bed = await createMemoryBed();
    const records = openRecords();
    const admin = await bed.person({ role: 'admin' });
    const keys = Array.from({ length: 510 }, (_none, index) => `old/${String(index).padStart(3, '0')}.png`);
    const given = (key: string, owner: string) =>
      bed.store.put(BUCKET, key, Buffer.from(key), { contentType: 'image/png', metadata: { owner } });
    for (const key of keys) await given(key, admin.userId);
    await given('past.png', '');
    await given('theirs.png', 'somebody-else');
    const reconcile = createReconcile({
      ...bed,
      isAccount: async (userId) => (await bed.users.find(userId)) !== undefined,
      changes: NO_OPEN_CHANGES,
      settle: createSettlePlace({ records, store: bed.store }),
      newRunId: () => '0'.repeat(32),
    });
    const within = [{ bucket: BUCKET, prefix: '' }];
    const recorded = async () => {
      const { images } = await records.search({ within, state: 'present', order: 'name', limit: 1000 });
      return images.map(({ key, ownerId }) => `${key} ${ownerId}`).sort();
    };
    const run = async (repair: boolean): Promise<number> => {
      let slices = 0;
      for (let cursor: string | undefined; slices === 0 || cursor !== undefined; slices += 1)
        ({ cursor } = await reconcile({ adminId: admin.userId, repair, cursor }));
      return slices;
    };
    expect(await run(false)).toBe(2);
    expect(await recorded()).toEqual([]);
    expect(await run(true)).toBe(2);
    expect(await recorded()).toEqual([...keys, 'past.png'].map((key) => `${key} ${admin.userId}`));
  });
});
