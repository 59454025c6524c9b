import { beforeEach, describe, expect, it } from 'vitest';
import type { Member } from '../../../../src/services/access/access.ts';
import { DUPLICATES, type DuplicateKey } from '../../../../src/services/uploads/duplicates.ts';
import { BUCKET, createMemoryBed, type MemoryBed, type MemoryPerson, START } from '../../../support/memory/bed.ts';

const DAY = 24 * 60 * 60 * 1000;
const KEY: DuplicateKey = ['folder', '{hash}', undefined, 'bytes'];
const SHA = 'a'.repeat(64);

let bed: MemoryBed;
let ann: MemoryPerson;
let bob: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
  bob = await bed.person();
  await given('a.png', { owner: ann.userId, sha256: SHA });
  await bed.duplicates.remember(ann.caller, KEY, 'a.png');
});

const given = (key: string, metadata: Record<string, string>) =>
  bed.store.put(BUCKET, key, Buffer.from('an image'), { contentType: 'image/png', metadata });
const find = (person: MemoryPerson = ann, key: DuplicateKey = KEY, bucketName = BUCKET, sha256 = SHA) =>
  bed.duplicates.find(person.caller, key, bucketName, sha256);
const narrowed = (prefix: string, scopes: Member['grants'][number]['actions'] = ['upload']): Member => ({
  ...ann.caller,
  narrowing: { scopes, prefix },
});

describe('what was remembered', () => {
  it('is found with what the store knows of it', async () => {
    const stored = await bed.store.head(BUCKET, 'a.png');
    const known = { etag: stored?.etag, lastModified: new Date(START), facts: {} };
    const expected = { bucketName: BUCKET, objectName: 'a.png', ...known };
    expect(await find()).toEqual(expected);
    const place = { bucketName: BUCKET, objectName: 'a.png' };
    expect(await bed.duplicates.at(ann.caller, place, SHA)).toEqual(expected);
  });

  it('is what was remembered last', async () => {
    await given('b.png', { owner: ann.userId, sha256: SHA });
    await bed.duplicates.remember(ann.caller, KEY, 'b.png');
    expect(await find()).toMatchObject({ objectName: 'b.png' });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['for another member', () => find(bob)],
    ['under a shorter key', () => find(ann, KEY.slice(0, 3))],
    ['under a longer key', () => find(ann, [...KEY, ''])],
    ['under a key that differs in one part', () => find(ann, ['folder', '{uuid}', undefined, 'bytes'])],
    ['under a key whose parts are cut elsewhere', () => find(ann, ['folder{hash}', undefined, 'bytes'])],
    ['in another bucket', () => find(ann, KEY, 'other')],
    ['for other bytes', () => find(ann, KEY, BUCKET, 'b'.repeat(64))],
  ])('is not found %s', async (_, look) => {
    expect(await look()).toBeUndefined();
  });

  it.each<[string, Record<string, string> | undefined]>([
    ['is gone', undefined],
    ['is somebody else’s', { owner: 'u_x', sha256: SHA }],
    ['is nobody’s', { sha256: SHA }],
    ['has other bytes', { owner: 'ANN', sha256: 'b'.repeat(64) }],
    ['says nothing of its bytes', { owner: 'ANN' }],
  ])('is not found when the image %s', async (_, metadata) => {
    await bed.store.remove(BUCKET, 'a.png');
    if (metadata !== undefined) {
      const { owner, ...rest } = metadata;
      await given('a.png', { ...rest, ...(owner !== undefined && { owner: owner.replace('ANN', ann.userId) }) });
    }
    expect(await find()).toBeUndefined();
  });

  it.each<[string, () => Member, boolean]>([
    ['may upload there', () => narrowed('a'), true],
    ['may upload elsewhere', () => narrowed('b'), false],
    ['may only read there', () => narrowed('a', ['read', 'list', 'delete']), false],
  ])('is found by a token that %s: %#', async (_, caller, expected) => {
    const found = await bed.duplicates.find(caller(), KEY, BUCKET, SHA);
    expect(found !== undefined).toBe(expected);
  });

  it('is kept without telling what it is of', () => {
    const texts = [...bed.documents.texts()].filter(([name]) => name.startsWith('duplicates/'));
    expect(texts).toEqual([
      [
        expect.stringMatching(/^duplicates\/[0-9a-f]{64}$/),
        JSON.stringify({ objectName: 'a.png', storedAt: new Date(START).toISOString() }),
      ],
    ]);
  });

  it.each<[string, object, number, boolean]>([
    ['for 400 days', {}, 400 * DAY, false],
    ['for longer', {}, 400 * DAY + 1, true],
    ['from before it said since when', { storedAt: undefined }, 0, true],
    ['damaged', { objectName: 1 }, 401 * DAY, false],
  ])('is kept %s: swept %#', (_, changes, milliseconds, goes) => {
    const doc = { objectName: 'a.png', storedAt: new Date(START).toISOString(), ...changes };
    // As it comes out of a store.
    const stored = JSON.parse(JSON.stringify(doc));
    expect(DUPLICATES.expire('a', stored, new Date(START + milliseconds)) !== undefined).toBe(goes);
  });
});
