import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import { createDirectUploads, type SignedPut } from '../../../../src/services/uploads/direct-uploads.ts';
import { type Announcement, PENDING_PREFIX } from '../../../../src/services/uploads/upload-records.ts';
import { inPieces } from '../../../support/images/scrub.ts';
import { BUCKET, createMemoryBed, type MemoryBed, type MemoryPerson, START } from '../../../support/memory/bed.ts';
import { makePng } from '../../../support/png.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

const MOUNT = 'https://example.com/imagepic';
const PNG = makePng(40, 40, { noise: true });
const MINUTE = 60;

let bed: MemoryBed;
let ann: MemoryPerson;
let bob: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
  bob = await bed.person();
});

const announce = (changes: Partial<Announcement> = {}): Announcement => ({
  ...{ bucketName: BUCKET, objectName: 'a.png', contentType: 'image/png', size: PNG.byteLength },
  ...changes,
});
const presign = (changes: Partial<Announcement> = {}, person = ann) =>
  bed.directUploads.presign(person.caller, announce(changes), MINUTE, MOUNT);
/** Puts bytes where a presigned address leads, past the service. */
const put = (uploadId: string, bytes: Buffer = PNG) =>
  bed.store.put(BUCKET, PENDING_PREFIX + uploadId, bytes, { contentType: 'image/png' });
const commit = (uploadId: string, person = ann) => bed.directUploads.commit(person.caller, uploadId, MOUNT);
const isThere = async (key: string): Promise<boolean> => (await bed.store.head(BUCKET, key)) !== undefined;
const used = ({ userId }: MemoryPerson) => bed.usage.read(userId);
const queryOf = (url: string): URLSearchParams => new URL(url).searchParams;
const setAnn = (changes: object) => bed.users.update(ann.userId, (user) => ({ ...user, ...changes }));

describe('an upload past the service', () => {
  it('is an image when it is committed, and not before', async () => {
    const { uploadId, url, method, expiresAt } = await presign();
    expect([method, expiresAt, url.startsWith(`${MOUNT}/s/`)]).toEqual(['PUT', new Date(START + 60_000), true]);
    expect(uploadId).toMatch(/^[0-9a-f]{32}$/);
    await put(uploadId);
    expect([await isThere('a.png'), bed.told]).toEqual([false, []]);
    const stored = await commit(uploadId);
    const head = await bed.store.head(BUCKET, 'a.png');
    expect(stored).toEqual({
      ...{ bucketName: BUCKET, objectName: 'a.png', contentType: 'image/png', size: head?.size },
      etag: head?.etag,
      url: `${MOUNT}/i/${BUCKET}/a.png`,
    });
    expect(head?.metadata).toMatchObject({ owner: ann.userId, width: '40' });
    expect(await isThere(PENDING_PREFIX + uploadId)).toBe(false);
    expect(await used(ann)).toEqual({ bytes: head?.size, objects: 1 });
  });

  it('can be committed again, with the same answer and no second image', async () => {
    const { uploadId } = await presign({ onConflict: 'rename' });
    await bed.put(ann.caller, { bucketName: BUCKET, objectName: 'a.png' });
    await put(uploadId);
    const first = await commit(uploadId);
    expect(first.objectName).toBe('a-1.png');
    expect(await commit(uploadId)).toEqual(first);
    expect(bed.told).toHaveLength(2);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['put', async () => commit((await presign()).uploadId)],
    ['announced', () => commit('0'.repeat(32))],
    ['one’s own', async () => commit((await presign()).uploadId, bob)],
  ])('that was not %s is none', async (_, attempt) => {
    expect(await refusalOf(attempt())).toBe('NoSuchUpload');
  });

  it.each<[string, Partial<Announcement>, Buffer, string]>([
    ['is larger than was said', { size: PNG.byteLength - 1 }, PNG, 'EntityTooLarge'],
    ['is smaller than was said', { size: PNG.byteLength + 1 }, PNG, 'InvalidImage'],
    ['is of another type', { contentType: 'image/jpeg' }, PNG, 'InvalidImage'],
    ['is no image', { size: 4 }, Buffer.from('text'), 'UnsupportedMediaType'],
    ['ends too soon', { size: 100 }, PNG.subarray(0, 100), 'InvalidImage'],
  ])('that %s is refused, and cleared away', async (_, changes, bytes, refusal) => {
    const { uploadId } = await presign(changes);
    await put(uploadId, bytes);
    expect(await refusalOf(commit(uploadId))).toBe(refusal);
    expect([await isThere('a.png'), await isThere(PENDING_PREFIX + uploadId)]).toEqual([false, false]);
    expect(await refusalOf(commit(uploadId))).toBe('NoSuchUpload');
    expect(await used(ann)).toEqual({ bytes: 0, objects: 0 });
  });

  it.each<[string, () => Promise<unknown>, string, () => Promise<unknown>]>([
    ['the quota is used up', () => setAnn({ quota: { objects: 0 } }), 'QuotaExceeded', () => setAnn({ quota: {} })],
    ['the account is disabled', () => setAnn({ disabled: true }), 'AccessDenied', () => setAnn({ disabled: false })],
    [
      'somebody else has taken the name',
      () => bed.put(bob.caller, { bucketName: BUCKET, objectName: 'a.png' }),
      'AccessDenied',
      () => bed.objects.remove(bob.caller, BUCKET, 'a.png'),
    ],
    [
      'the store is away',
      async () => {
        bed.store.hooks.before = ({ method, key }) => {
          if (method === 'put' && key === 'a.png')
            throw new AppError('ServiceUnavailable', { zh: '存储不在', en: 'the store is away' });
        };
      },
      'ServiceUnavailable',
      async () => {
        bed.store.hooks.before = undefined;
      },
    ],
  ])('that is refused while %s can be committed later', async (_, prevent, refusal, mend) => {
    const { uploadId } = await presign();
    await put(uploadId);
    await prevent();
    expect(await refusalOf(commit(uploadId))).toBe(refusal);
    expect(await isThere(PENDING_PREFIX + uploadId)).toBe(true);
    await mend();
    expect(await refusalOf(commit(uploadId))).toBeUndefined();
    expect(await isThere(PENDING_PREFIX + uploadId)).toBe(false);
  });

  it('asks what its owner may when it is committed, not when it was announced', async () => {
    const { uploadId } = await presign();
    await put(uploadId);
    await setAnn({ grants: [] });
    expect(await refusalOf(commit(uploadId))).toBe('NoSuchBucket');
  });

  it('leaves nothing behind when it cannot be signed', async () => {
    bed.store.hooks.before = undefined;
    const store = { ...bed.store, presignPut: () => Promise.reject(new Error('away')) };
    const uploads = createDirectUploads({ ...bed, store });
    await expect(uploads.presign(ann.caller, announce(), MINUTE, MOUNT)).rejects.toThrow('away');
    expect([...bed.documents.texts().keys()].filter((name) => name.startsWith('uploads/'))).toEqual([]);
  });
});

describe('a form for an upload', () => {
  it('is refused where the store takes none', async () => {
    expect(await refusalOf(bed.directUploads.presignPost(ann.caller, announce(), MINUTE))).toBe('NotImplemented');
  });

  it('is for one key, type and size, and commits like any other', async () => {
    const asked: unknown[] = [];
    const store = {
      ...bed.store,
      presignPost: async (...args: readonly unknown[]) => {
        asked.push(args);
        return { url: 'https://s3.example.com', fields: {}, expiresAt: bed.now() };
      },
    };
    const uploads = createDirectUploads({ ...bed, store });
    const { uploadId } = await uploads.presignPost(ann.caller, announce(), MINUTE);
    const { contentType, size } = announce();
    expect(asked).toEqual([[BUCKET, PENDING_PREFIX + uploadId, { contentType, size, expiresInSeconds: MINUTE }]]);
    await put(uploadId);
    expect(await refusalOf(commit(uploadId))).toBeUndefined();
  });
});

describe('an upload in parts', () => {
  const MIB = 1024 * 1024;
  const begin = (person = ann) => bed.directUploads.createMultipart(person.caller, announce());
  const half = 2048;
  const upload = async (uploadId: string) => {
    const key = PENDING_PREFIX + uploadId;
    const { storeUploadId } = await bed.records.findParts(ann.caller, uploadId);
    return [
      await bed.store.uploadPart(BUCKET, key, storeUploadId, 1, PNG.subarray(0, half)),
      await bed.store.uploadPart(BUCKET, key, storeUploadId, 2, PNG.subarray(half)),
    ];
  };

  it('is told how to cut the image, and how long it has', async () => {
    const begun = await begin();
    expect(begun).toEqual({
      uploadId: expect.stringMatching(/^[0-9a-f]{32}$/),
      partSize: 8 * MIB,
      parts: 1,
      expiresAt: new Date(START + 24 * 60 * 60 * 1000),
    });
  });

  it('is put together and committed, and again with the same answer', async () => {
    const { uploadId } = await begin();
    const parts = await upload(uploadId);
    expect(await bed.directUploads.listParts(ann.caller, uploadId)).toEqual([
      { ...parts[0], size: half },
      { ...parts[1], size: PNG.byteLength - half },
    ]);
    const stored = await bed.directUploads.complete(ann.caller, uploadId, parts, MOUNT);
    expect(stored).toMatchObject({ objectName: 'a.png', contentType: 'image/png' });
    expect(await bed.directUploads.complete(ann.caller, uploadId, parts, MOUNT)).toEqual(stored);
    expect(bed.told).toHaveLength(1);
  });

  it('that was put together before a failure is only committed the next time', async () => {
    const { uploadId } = await begin();
    const parts = await upload(uploadId);
    bed.store.hooks.before = ({ method, key }) => {
      if (method === 'put' && key === 'a.png') throw new Error('away');
    };
    await expect(bed.directUploads.complete(ann.caller, uploadId, parts, MOUNT)).rejects.toThrow('away');
    bed.store.hooks.before = undefined;
    expect(await refusalOf(bed.directUploads.complete(ann.caller, uploadId, parts, MOUNT))).toBeUndefined();
  });

  it('is one’s own alone', async () => {
    const { uploadId } = await begin();
    const parts = await upload(uploadId);
    const { directUploads } = bed;
    const part = { uploadId, partNumber: 1, expiry: MINUTE };
    for (const attempt of [
      () => directUploads.listParts(bob.caller, uploadId),
      () => directUploads.presignPart(bob.caller, part, MOUNT),
      () => directUploads.abort(bob.caller, uploadId),
      () => directUploads.complete(bob.caller, uploadId, parts, MOUNT),
    ])
      expect(await refusalOf(attempt())).toBe('NoSuchUpload');
  });

  it('is given up with its parts', async () => {
    const { uploadId } = await begin();
    await upload(uploadId);
    await bed.directUploads.abort(ann.caller, uploadId);
    expect(await bed.store.listMultipartUploads(BUCKET)).toEqual([]);
    expect(await refusalOf(bed.directUploads.abort(ann.caller, uploadId))).toBe('NoSuchUpload');
  });

  it('is listed for its owner until it is done, and whatever else is there is not', async () => {
    const { uploadId, expiresAt } = await begin();
    await begin(bob);
    const odd = ['Somebody Else', `${'0'.repeat(32)}/x`, '0'.repeat(32), '__proto__', 'ÿ'];
    for (const name of [...odd.map((one) => PENDING_PREFIX + one), 'elsewhere.png']) {
      await bed.store.createMultipartUpload(BUCKET, name, { contentType: 'image/png' });
    }
    const listed = [{ uploadId, objectName: 'a.png', size: PNG.byteLength, expiresAt: expiresAt.toISOString() }];
    expect(await bed.directUploads.listMultiparts(ann.caller, BUCKET)).toEqual(listed);
    expect(await refusalOf(bed.directUploads.listMultiparts(ann.caller, 'missing'))).toBe('NoSuchBucket');
    await bed.directUploads.complete(ann.caller, uploadId, await upload(uploadId), MOUNT);
    expect(await bed.directUploads.listMultiparts(ann.caller, BUCKET)).toEqual([]);
  });
});

describe('a PUT that comes back to our own mount', () => {
  const receive = async (uploadId: string, url: string, changes: Partial<SignedPut> = {}) =>
    bed.directUploads.receiveSigned({
      bucketName: BUCKET,
      objectName: PENDING_PREFIX + uploadId,
      query: queryOf(url),
      contentType: 'image/png',
      contentLength: PNG.byteLength,
      body: inPieces(PNG),
      ...changes,
    });

  it('is committed at once, once', async () => {
    const { uploadId, url } = await presign();
    const { etag } = await receive(uploadId, url);
    expect((await bed.store.head(BUCKET, 'a.png'))?.etag).toBe(etag);
    expect(await refusalOf(receive(uploadId, url))).toBe('AccessDenied');
    expect(await commit(uploadId)).toMatchObject({ etag, objectName: 'a.png' });
    expect(bed.told).toHaveLength(1);
  });

  it.each<[string, Partial<SignedPut>, string]>([
    ['another type', { contentType: 'image/jpeg' }, 'AccessDenied'],
    ['no type', { contentType: undefined }, 'AccessDenied'],
    ['another bucket', { bucketName: 'other' }, 'AccessDenied'],
    ['another key', { objectName: `${PENDING_PREFIX}${'0'.repeat(32)}` }, 'AccessDenied'],
    ['a key of an image', { objectName: 'a.png' }, 'AccessDenied'],
    ['no permission', { query: new URLSearchParams() }, 'AccessDenied'],
    ['a byte more', { body: inPieces(Buffer.concat([PNG, Buffer.from('x')])) }, 'EntityTooLarge'],
    ['a byte less', { body: inPieces(PNG.subarray(0, -1)) }, 'InvalidImage'],
  ])('with %s is refused', async (_, changes, refusal) => {
    const { uploadId, url } = await presign();
    expect(await refusalOf(receive(uploadId, url, changes))).toBe(refusal);
    expect(await isThere('a.png')).toBe(false);
  });

  it('is refused when it has run out, or was forgotten', async () => {
    const { uploadId, url } = await presign();
    await bed.records.remove(uploadId);
    expect(await refusalOf(receive(uploadId, url))).toBe('AccessDenied');
    const other = await presign();
    bed.clock.now += 60_000;
    expect(await refusalOf(receive(other.uploadId, other.url))).toBe('AccessDenied');
  });

  it.each([
    [PNG.byteLength, undefined],
    [undefined, 'InvalidArgument'],
    [PNG.byteLength + 1, 'InvalidArgument'],
  ])('is a part where its address says so, of %j bytes as its header says', async (contentLength, refusal) => {
    const { uploadId } = await bed.directUploads.createMultipart(ann.caller, announce());
    const part = { uploadId, partNumber: 1, expiry: MINUTE };
    const { url } = await bed.directUploads.presignPart(ann.caller, part, MOUNT);
    const refused = await errorOf(receive(uploadId, url, { contentLength, contentType: undefined }));
    expect(refused?.code).toBe(refusal);
    const etag = createHash('md5').update(PNG).digest('hex');
    expect(await bed.directUploads.listParts(ann.caller, uploadId)).toEqual(
      refusal === undefined ? [{ partNumber: 1, etag, size: PNG.byteLength }] : [],
    );
    expect(await isThere('a.png')).toBe(false);
  });
});
