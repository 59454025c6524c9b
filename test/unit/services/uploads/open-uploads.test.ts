import { beforeEach, describe, expect, it } from 'vitest';
import { type Announcement, UPLOADS } from '../../../../src/services/uploads/upload-records.ts';
import { BUCKET, createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';
import { announce, BYTES, MOUNT, putTo } from '../../../support/memory/direct-put.ts';
import { refusalOf } from '../../../support/refusal.ts';

let bed: MemoryBed;
let ann: MemoryPerson;
let bob: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed({ takesAnything: true });
  [ann, bob] = [await bed.person(), await bed.person()];
});

const begin = async (objectName: string, more: Partial<Announcement> = {}, caller = ann.caller): Promise<string> =>
  (await bed.directUploads.createMultipart(caller, announce(objectName, more))).uploadId;
const presign = (objectName: string, more: Partial<Announcement> = {}) =>
  bed.directUploads.presign(ann.caller, announce(objectName, more), 300, MOUNT);
const sendPart = async (uploadId: string): Promise<unknown> => {
  const part = { uploadId, partNumber: 1, expiry: 3600 };
  return putTo(bed, await bed.directUploads.presignPart(ann.caller, part, MOUNT), BYTES);
};
const listed = async (caller = ann.caller): Promise<readonly string[]> =>
  (await bed.directUploads.listMultiparts(caller, BUCKET)).map(({ uploadId }) => uploadId);

describe('room for uploads under way', () => {
  const quota = async (most: { bytes?: number; objects?: number }): Promise<void> => {
    const { user } = ann;
    await bed.users.update(ann.userId, (found) => ({ ...found, quota: most }));
    ann = { ...ann, user, caller: { ...ann.caller, quota: most } };
  };
  const kinds: Readonly<Record<string, (more?: Partial<Announcement>) => Promise<unknown>>> = {
    'in parts': (more) => begin('a/1.png', more),
    'by PUT': (more) => presign('a/1.png', more),
  };

  it.each(Object.entries(kinds))('R34 counts as used: bytes, %s', async (_, start) => {
    await quota({ bytes: 1000 });
    await bed.put(ann.caller, { bucketName: BUCKET, objectName: 'there.png' });
    expect(await refusalOf(start({ size: 993 }))).toBe('QuotaExceeded');
    expect(await refusalOf(start({ size: 600 }))).toBeUndefined();
    expect(await refusalOf(start({ size: 500 }))).toBe('QuotaExceeded');
    expect(await refusalOf(start({ size: 392 }))).toBeUndefined();
    expect(await refusalOf(bed.put(ann.caller, { bucketName: BUCKET, objectName: 'more.png' }))).toBe('QuotaExceeded');
    expect(await bed.usage.read(ann.userId)).toEqual({ bytes: 8, objects: 1 });
  });

  it.each(Object.entries(kinds))('R34 counts as used: images, %s', async (_, start) => {
    await quota({ objects: 2 });
    expect(await refusalOf(start())).toBeUndefined();
    expect(await refusalOf(start())).toBeUndefined();
    expect(await refusalOf(start())).toBe('QuotaExceeded');
    expect(await refusalOf(bed.put(ann.caller, { bucketName: BUCKET, objectName: 'more.png' }))).toBe('QuotaExceeded');
  });

  it('R34 is kept for exactly as many as fit, of many at once on two instances', async () => {
    await quota({ bytes: 10 * BYTES.length });
    const other = bed.another();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        refusalOf((index % 2 ? bed : other).directUploads.createMultipart(ann.caller, announce(`a/${index}.png`))),
      ),
    );
    expect(answers.filter((refusal) => refusal === undefined)).toHaveLength(10);
    expect(await bed.openUploads.list(ann.userId)).toHaveLength(10);
  });

  it('is given up by a commit, which itself has room', async () => {
    await quota({ objects: 1 });
    const address = await presign('a/1.png');
    expect(await refusalOf(putTo(bed, address, BYTES))).toBeUndefined();
    expect(await bed.openUploads.list(ann.userId)).toEqual([]);
    expect(await bed.usage.read(ann.userId)).toEqual({ bytes: BYTES.length, objects: 1 });
    expect(await refusalOf(presign('a/2.png'))).toBe('QuotaExceeded');
  });

  it('is given up by an abort, by its end, and when the store could not open it', async () => {
    await quota({ objects: 1 });
    const uploadId = await begin('a/1.png');
    expect(await refusalOf(begin('a/2.png'))).toBe('QuotaExceeded');
    await bed.directUploads.abort(ann.caller, uploadId);
    const second = await begin('a/2.png');
    await sendPart(second);
    bed.clock.now += 24 * 3600 * 1000;
    bed.store.hooks.before = ({ method }) => {
      if (method === 'createMultipartUpload') throw new Error('the store is away');
    };
    await expect(begin('a/3.png')).rejects.toThrow('away');
    bed.store.hooks.before = undefined;
    await begin('a/3.png');
    // What was sent of the one that ran out made room first.
    expect((await bed.store.listMultipartUploads(BUCKET)).map(({ key }) => key)).not.toContain(
      `.imagepic/pending/${second}`,
    );
  });

  it('is not taken up for another day by parts that nobody can go on with', async () => {
    const uploadId = await begin('a/1.png');
    await sendPart(uploadId);
    const expire = async () => {
      const stored = await bed.documents.read(UPLOADS.name, uploadId);
      return UPLOADS.expire(uploadId, stored?.doc ?? {}, bed.now());
    };
    bed.clock.now += 24 * 3600 * 1000 - 1;
    expect(await expire()).toBeUndefined();
    bed.clock.now += 1;
    await (await expire())?.(bed.store);
    expect(await bed.store.listMultipartUploads(BUCKET)).toEqual([]);
  });

  it('S13 is bounded in number, also without a quota', async () => {
    for (let index = 0; index < 100; index += 1) await begin(`a/${index}.png`);
    expect(await refusalOf(begin('a/100.png'))).toBe('QuotaExceeded');
    expect(await refusalOf(presign('a/100.png'))).toBe('QuotaExceeded');
    expect(await refusalOf(begin('b/1.png', {}, bob.caller))).toBeUndefined();
  });
});

describe('the list of uploads', () => {
  it('asks nothing about those of others', async () => {
    for (let index = 0; index < 50; index += 1) await begin(`a/${index}.png`);
    const own = await begin('b/1.png', {}, bob.caller);
    const asked: string[] = [];
    bed.store.hooks.before = ({ method, key }) => void asked.push(`${method} ${key}`);
    expect(await listed(bob.caller)).toEqual([own]);
    expect(asked.filter((call) => !call.startsWith('bucketExists'))).toEqual([`listParts .imagepic/pending/${own}`]);
  });

  it('leaves out what the store has forgotten and what has ended', async () => {
    const [first, second, third] = [await begin('a/1.png'), await begin('a/2.png'), await begin('a/3.png')];
    await presign('a/4.png');
    const open = await bed.store.listMultipartUploads(BUCKET);
    const forgotten = open.find(({ key }) => key.endsWith(first));
    await bed.store.abortMultipartUpload(BUCKET, forgotten?.key ?? '', forgotten?.uploadId ?? '');
    await bed.directUploads.abort(ann.caller, second);
    expect(await listed(), 'the whole one too').toEqual([third, expect.any(String)]);
    await bed.directUploads.abort(ann.caller, first);
    expect(await bed.openUploads.list(ann.userId)).toHaveLength(2);
  });
});
