import { beforeEach, describe, expect, it } from 'vitest';
import type { Member } from '../../../../src/services/access/access.ts';
import {
  type Announcement,
  PENDING_PREFIX,
  UPLOADS,
  type Upload,
} from '../../../../src/services/uploads/upload-records.ts';
import {
  BUCKET,
  createMemoryBed,
  MAX_BYTES,
  type MemoryBed,
  type MemoryPerson,
  START,
} from '../../../support/memory/bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

const ID = '0'.repeat(32);
const DAY = 24 * 60 * 60 * 1000;
const EXPIRY = new Date(START + 60_000);
const PUT: Announcement = { bucketName: BUCKET, objectName: 'a.png', contentType: 'image/png', size: 8 };

let bed: MemoryBed;
let ann: MemoryPerson;
let bob: MemoryPerson;
const openBed = async (kind: 'shared' | 'private' = 'shared'): Promise<void> => {
  bed = await createMemoryBed({ bed: kind });
  ann = await bed.person();
  bob = await bed.person();
};
beforeEach(() => openBed());

const prepare = (changes: Partial<Announcement> = {}, caller: Member = ann.caller) =>
  bed.records.prepare(caller, { ...PUT, ...changes }, EXPIRY);
const add = async (changes: Partial<Upload> = {}): Promise<Upload> => {
  const upload = { ...(await prepare()), ...changes };
  await bed.records.add(ID, upload);
  return upload;
};
/** As it comes out of a store. */
const asStored = (upload: Upload) => JSON.parse(JSON.stringify(upload));
const documents = () => [...bed.documents.texts().keys()].filter((name) => name.startsWith('uploads/'));

describe('an announced upload', () => {
  it('is what will be remembered, and is not remembered yet', async () => {
    expect(await prepare()).toEqual({
      ...PUT,
      onConflict: 'overwrite',
      state: 'pending',
      userId: ann.userId,
      expiresAt: EXPIRY.toISOString(),
    });
    expect(documents()).toEqual([]);
  });

  it.each<[string, number, number | undefined, number | undefined]>([
    ['the largest there may be', MAX_BYTES, undefined, undefined],
    ['one byte more', MAX_BYTES + 1, undefined, MAX_BYTES],
    ['the largest that a token allows', 10, 10, undefined],
    ['one byte more than a token allows', 11, 10, 10],
    ['more than the bed takes, whatever a token allows', MAX_BYTES + 1, 10 * MAX_BYTES, MAX_BYTES],
  ])('of %s', async (_, size, maxBytes, limit) => {
    const caller: Member = { ...ann.caller, narrowing: { scopes: ['upload'], maxBytes } };
    const refused = await errorOf(prepare({ size }, caller));
    expect(refused?.code).toBe(limit === undefined ? undefined : 'EntityTooLarge');
    if (limit !== undefined) expect(refused?.details).toEqual({ maxBytes: limit });
  });

  it.each<[string, Partial<Announcement>, string | undefined]>([
    ['a free name', {}, undefined],
    ['one’s own name, to be overwritten', { objectName: 'own.png' }, undefined],
    ['one’s own name, to be renamed', { objectName: 'own.png', onConflict: 'rename' }, undefined],
    ['one’s own name, to be an error', { objectName: 'own.png', onConflict: 'error' }, 'ObjectExists'],
    ['somebody else’s name', { objectName: 'other.png' }, 'AccessDenied'],
    ['somebody else’s name, to be renamed', { objectName: 'other.png', onConflict: 'rename' }, undefined],
    ['a bucket that is missing', { bucketName: 'missing' }, 'NoSuchBucket'],
    ['the service’s own keys', { objectName: '.imagepic/pending/x' }, 'InvalidArgument'],
    ['no name', { objectName: '' }, 'InvalidArgument'],
    ['a way up', { objectName: '../a.png' }, 'InvalidArgument'],
  ])('for %s is answered at once', async (_, changes, refusal) => {
    await bed.put(ann.caller, { bucketName: BUCKET, objectName: 'own.png' });
    await bed.put(bob.caller, { bucketName: BUCKET, objectName: 'other.png' });
    expect(await refusalOf(prepare(changes))).toBe(refusal);
  });

  it('goes below the own prefix in a private bed', async () => {
    await openBed('private');
    expect(await prepare()).toMatchObject({ objectName: `${ann.userId}/a.png` });
    expect(await prepare({ objectName: `${ann.userId}/a.png` })).toMatchObject({ objectName: `${ann.userId}/a.png` });
  });
});

describe('a remembered upload', () => {
  it('is found by anybody who knows its id, and owned by one', async () => {
    const upload = await add();
    expect(await bed.records.find(ID)).toEqual(upload);
    expect(await bed.records.findOwn(ann.caller, ID)).toEqual(upload);
    expect(await refusalOf(bed.records.findOwn(bob.caller, ID))).toBe('NoSuchUpload');
    expect(await refusalOf(bed.records.findOwn(ann.caller, '1'.repeat(32)))).toBe('NoSuchUpload');
  });

  it.each(['', 'x', 'Somebody Else', '../users', `${ID}0`, `${ID}\n`, '__proto__', 'A'.repeat(32)])(
    'is none under %j, which is no id of ours',
    async (id) => {
      expect(await bed.records.find(id)).toBeUndefined();
      expect(await refusalOf(bed.records.findOwn(ann.caller, id))).toBe('NoSuchUpload');
    },
  );

  it.each<[string, Partial<Upload>, string | undefined]>([
    ['in parts and open', { storeUploadId: 'x' }, undefined],
    ['whole', {}, 'NoSuchUpload'],
    ['in parts and done', { storeUploadId: 'x', state: 'ready' }, 'NoSuchUpload'],
    ['in parts and somebody else’s', { storeUploadId: 'x', userId: 'u_x' }, 'NoSuchUpload'],
  ])('that is %s, as one in parts', async (_, changes, refusal) => {
    const upload = await add(changes);
    expect(await refusalOf(bed.records.findParts(ann.caller, ID))).toBe(refusal);
    if (refusal === undefined) expect(await bed.records.findParts(ann.caller, ID)).toEqual(upload);
  });

  it('is completed when it is still there, and gone when it is removed', async () => {
    const upload = await add();
    const done = { ...upload, state: 'ready' as const, etag: 'e' };
    await bed.records.complete(ID, done);
    expect(await bed.records.find(ID)).toEqual(done);
    await bed.records.remove(ID);
    await bed.records.remove(ID);
    await bed.records.complete(ID, done);
    expect([await bed.records.find(ID), documents()]).toEqual([undefined, []]);
  });

  it.each<[string, Partial<Upload>, number, boolean]>([
    ['until it runs out', {}, -1, false],
    ['for a day after', {}, DAY - 1, false],
    ['no longer', {}, DAY, true],
    ['no longer, though it is done', { state: 'ready' }, DAY, true],
  ])('is kept %s', async (_, changes, milliseconds, goes) => {
    const upload = await add(changes);
    const release = UPLOADS.expire(ID, asStored(upload), new Date(EXPIRY.getTime() + milliseconds));
    expect(release !== undefined).toBe(goes);
  });

  it.each([false, true])('takes what lies in the store with it, also twice: in parts %s', async (isInParts) => {
    const key = PENDING_PREFIX + ID;
    await bed.store.put(BUCKET, key, Buffer.from('left'), { contentType: 'image/png' });
    const storeUploadId = await bed.store.createMultipartUpload(BUCKET, key, { contentType: 'image/png' });
    const upload = await add(isInParts ? { storeUploadId } : {});
    for (const _round of [1, 2]) {
      await UPLOADS.expire(ID, asStored(upload), new Date(START + 2 * DAY))?.(bed.store);
      expect(await bed.store.head(BUCKET, key)).toBeUndefined();
      expect(await bed.store.listMultipartUploads(BUCKET)).toHaveLength(isInParts ? 0 : 1);
    }
  });
});
