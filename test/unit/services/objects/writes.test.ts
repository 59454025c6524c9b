import { beforeEach, describe, expect, it } from 'vitest';
import type { Member } from '../../../../src/services/access/access.ts';
import type { OnConflict, Write } from '../../../../src/services/objects/writes.ts';
import { BUCKET, createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

let bed: MemoryBed;
let ann: MemoryPerson;
let bob: MemoryPerson;
let tried: unknown[];
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
  bob = await bed.person();
  tried = [];
});

const at = (objectName: string) => ({ bucketName: BUCKET, objectName });
const given = (key: string, { userId }: MemoryPerson) =>
  bed.store.put(BUCKET, key, Buffer.from('there'), { contentType: 'image/png', metadata: { owner: userId } });
const put: Write = ({ bucketName, objectName }, condition) => {
  tried.push([objectName, condition]);
  const options = { contentType: 'image/png', metadata: { owner: ann.userId }, ...condition };
  return bed.store.put(bucketName, objectName, Buffer.from('new'), options);
};
const write = (objectName: string, onConflict: OnConflict, caller: Member = ann.caller) =>
  bed.writes.write(caller, at(objectName), { size: 3, onConflict, act: 'put', imageId: 'i' }, put);
const NEW = { ifNoneMatch: '*' };

describe('a write', () => {
  it.each(['overwrite', 'rename', 'error'] as const)('to a free name takes one call: %s', async (onConflict) => {
    const etag = (await write('a.png', onConflict)).etag;
    expect(tried).toEqual([['a.png', NEW]]);
    expect((await bed.store.head(BUCKET, 'a.png'))?.etag).toBe(etag);
  });

  it('over one’s own tells what it took the place of', async () => {
    await given('a.png', ann);
    const { etag } = (await bed.store.head(BUCKET, 'a.png')) ?? {};
    const written = await write('a.png', 'overwrite');
    expect(tried).toMatchObject([
      ['a.png', NEW],
      ['a.png', { ifMatch: { etag } }],
    ]);
    expect(written).toMatchObject({
      objectName: 'a.png',
      replaced: { bucketName: BUCKET, objectName: 'a.png', ownerId: ann.userId, size: 5 },
    });
  });

  it.each<[OnConflict, 'ann' | 'bob', string | undefined, string | undefined]>([
    ['overwrite', 'bob', 'AccessDenied', undefined],
    ['error', 'ann', 'ObjectExists', undefined],
    ['error', 'bob', 'ObjectExists', undefined],
    ['rename', 'ann', undefined, 'a-1.png'],
    ['rename', 'bob', undefined, 'a-1.png'],
  ])(
    'to a name that is taken, with %s and %s’s image there, is answered %s',
    async (onConflict, who, refusal, name) => {
      await given('a.png', who === 'ann' ? ann : bob);
      const before = await bed.store.head(BUCKET, 'a.png');
      const attempt = write('a.png', onConflict);
      expect(await refusalOf(attempt)).toBe(refusal);
      if (name !== undefined) expect(await attempt).toMatchObject({ objectName: name, replaced: undefined });
      expect(await bed.store.head(BUCKET, 'a.png')).toEqual(before);
      expect(await bed.usage.read(ann.userId)).toEqual(
        name === undefined ? { bytes: 0, objects: 0 } : { bytes: 3, objects: 1 },
      );
    },
  );

  it('finds the first name that is free, and gives up after a hundred', async () => {
    for (const key of ['a.png', 'a-1.png', 'a-2.png']) await given(key, bob);
    expect(await write('a.png', 'rename')).toMatchObject({ objectName: 'a-3.png' });
    for (let number = 4; number <= 100; number += 1) await given(`a-${number}.png`, bob);
    tried = [];
    const refused = await errorOf(write('a.png', 'rename'));
    expect([refused?.code, tried.length]).toEqual(['ObjectExists', 101]);
    expect(refused?.text.en).toContain('named a.png');
  });

  it('over what is being removed at that moment is a new one', async () => {
    await given('a.png', ann);
    bed.store.hooks.before = async ({ method }) => {
      if (method !== 'head') return;
      bed.store.hooks.before = undefined;
      await bed.store.remove(BUCKET, 'a.png');
    };
    expect(await write('a.png', 'overwrite')).toMatchObject({ replaced: undefined });
    expect(tried).toMatchObject([
      ['a.png', NEW],
      ['a.png', NEW],
    ]);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'a bucket that is not seen',
      () =>
        bed.writes.write(
          ann.caller,
          { bucketName: 'other', objectName: 'a' },
          { size: 1, onConflict: 'error', act: 'put', imageId: 'i' },
          put,
        ),
      'NoSuchBucket',
    ],
    [
      'a name that is not granted',
      () => write('a.png', 'error', { ...ann.caller, narrowing: { scopes: ['upload'], prefix: 'in/' } }),
      'AccessDenied',
    ],
    ['more than the quota', () => write('a.png', 'error', { ...ann.caller, quota: { bytes: 2 } }), 'QuotaExceeded'],
  ])('to %s does not begin', async (_, attempt, refusal) => {
    expect(await refusalOf(attempt())).toBe(refusal);
    expect(tried).toEqual([]);
  });
});
