import { beforeEach, describe, expect, it } from 'vitest';
import { createReconcile } from '../../../../src/services/jobs/reconcile.ts';
import { NO_OPEN_CHANGES } from '../../../../src/services/objects/open-changes.ts';
import { createPlaceLocks } from '../../../../src/services/objects/place-locks.ts';
import { BUCKET, createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';

let bed: MemoryBed;
let ann: MemoryPerson;
let bob: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
  bob = await bed.person();
});

const at = (objectName: string) => ({ bucketName: BUCKET, objectName });
const run = (repair: boolean, cursor?: string) => {
  const { documents, store, buckets, usage, events, now } = bed;
  const locks = createPlaceLocks({ store, documents, newId: () => 'reconcile', now });
  const isAccount = async (userId: string) => (await bed.users.find(userId)) !== undefined;
  const reconcile = createReconcile({
    ...{ documents, store, buckets, isAccount, usage, locks, events, changes: NO_OPEN_CHANGES, now },
    newRunId: () => 'a'.repeat(32),
  });
  return reconcile({ adminId: ann.userId, repair, cursor });
};
const putPast = (key: string, metadata: Readonly<Record<string, string>> = {}) =>
  bed.store.put(BUCKET, key, Buffer.from('past the service'), { contentType: 'image/png', metadata });

describe('a reconciliation', () => {
  it('sets right what is off, also of somebody who has nothing there', async () => {
    await putPast('a.png', { owner: bob.userId });
    await bed.usage.adjust(ann.userId, { bytes: 70, objects: 7 });
    const wrong = [
      { userId: bob.userId, bytes: 16, objects: 1 },
      { userId: ann.userId, bytes: -70, objects: -7 },
    ];
    const { drift } = await run(true);
    expect(drift).toEqual(wrong);
    expect(await bed.usage.read(ann.userId)).toEqual({ bytes: 0, objects: 0 });
    expect(await bed.usage.read(bob.userId)).toEqual({ bytes: 16, objects: 1 });
    expect((await run(true)).drift).toEqual([]);
  });

  it('never takes for drift what is stored and removed while it looks', async () => {
    await bed.buckets.make('zzz', 'private');
    await bed.put(ann.caller, at('a.png'));
    await bed.put(bob.caller, at('b.png'));
    const { cursor } = await run(true);
    await bed.put(ann.caller, at('late.png'));
    await bed.objects.remove(bob.caller, BUCKET, 'b.png');
    expect((await run(true, cursor)).drift).toEqual([]);
    expect(await bed.usage.read(ann.userId)).toMatchObject({ objects: 2 });
    expect(await bed.usage.read(bob.userId)).toEqual({ bytes: 0, objects: 0 });
  });

  it('takes over only what still is nobody’s when it does', async () => {
    await putPast('a.png');
    let looks = 0;
    bed.store.hooks.before = async ({ method, key }) => {
      if (method !== 'copy' || key !== 'a.png') return;
      looks += 1;
      bed.store.hooks.before = undefined;
      await bed.store.remove(BUCKET, 'a.png');
      await bed.another().put(bob.caller, at('a.png'));
    };
    await run(true);
    expect(looks).toBe(1);
    expect((await bed.store.head(BUCKET, 'a.png'))?.metadata['owner']).toBe(bob.userId);
  });
});
