import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bed, openBed, type Person } from '../../../support/bed.ts';
import { makePng } from '../../../support/png.ts';

let bed: Bed;
let admin: Person;
let ann: Person;
let bob: Person;
beforeEach(async () => {
  bed = await openBed();
  admin = await bed.person('Admin');
  ann = await bed.person('Ann');
  bob = await bed.person('Bob');
});
afterEach(() => bed.close());

const picture = (grey = 0): string => makePng(4, 4, { grey }).toString('base64');
const put = (objectName: string | undefined, more: object = {}, who = ann) =>
  bed.call(
    'object/putObject',
    { bucketName: 'images', ...(objectName && { objectName }), base64: picture(), ...more },
    who.token,
  );
const stat = (objectName: string, who = ann) =>
  bed.call('object/statObject', { bucketName: 'images', objectName }, who.token);
const names = async (prefix = '') =>
  (
    await bed.call('object/listObjects', { bucketName: 'images', prefix, recursive: true, pageNum: -1 }, admin.token)
  ).data.lists.map((entry: { name: string }) => entry.name);
const usage = async (who: Person) => (await bed.call('auth/me', {}, who.token)).data.usage;

describe('naming', () => {
  it('fills the template that a call brings', async () => {
    const template = '{userId}/{yyyy}-{MM}-{dd}/{name}-{hash}.{ext}';
    const { data } = await put(undefined, { nameTemplate: template });
    const day = new Date(bed.clock.now).toISOString().slice(0, 10);
    expect(data.objectName).toMatch(new RegExp(`^${ann.userId}/${day}/[0-9a-f]{32}-[0-9a-f]{32}\\.png$`));
    const [one, other] = [
      await put(undefined, { nameTemplate: '{uuid}.{ext}' }),
      await put(undefined, { nameTemplate: '{uuid}.{ext}' }),
    ];
    expect(one.data.objectName).not.toBe(other.data.objectName);
  });

  it.each(['{yyyy}', 'fixed.png', '../{hash}', '/{hash}', '{hash}/{nope}', '{hash}//x', 'x'.repeat(257), '{hash}{'])(
    'refuses the template %j',
    async (nameTemplate) => {
      expect(await put(undefined, { nameTemplate })).toMatchObject({
        error: 'InvalidArgument',
        data: { fields: ['nameTemplate'] },
      });
    },
  );

  it('keeps what a conflict would lose: error, rename, or overwrite one’s own', async () => {
    await put('c.png');
    expect((await put('c.png', { onConflict: 'error', base64: picture(9) })).error).toBe('ObjectExists');
    expect((await put('c.png', { onConflict: 'rename', base64: picture(9) })).data.objectName).toBe('c-1.png');
    expect((await put('c.png', { onConflict: 'rename', base64: picture(9) }, bob)).data.objectName).toBe('c-2.png');
    expect((await put('c.png', { onConflict: 'overwrite', base64: picture(9) })).data.objectName).toBe('c.png');
    expect(await names()).toEqual(['c-1.png', 'c-2.png', 'c.png']);
  });

  it('gives 20 parallel uploads of one name a name each', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => put('same.png', { onConflict: 'rename', base64: picture(index) })),
    );
    expect(new Set(answers.map(({ data }) => data.objectName)).size).toBe(20);
    expect(await names()).toHaveLength(20);
  });

  it('lets one of two members have a free name, and never lets one overwrite the other', async () => {
    const answers = await Promise.all([ann, bob, ann, bob, ann, bob].map((who) => put('race.png', {}, who)));
    const { data } = await stat('race.png', admin);
    const owner = data.metaData.owner === ann.userId ? 0 : 1;
    expect(answers.filter(({ success }) => success)).toHaveLength(3);
    expect(answers.every(({ success }, index) => success === (index % 2 === owner))).toBe(true);
  });
});

describe('custom metadata', () => {
  it('is kept beside the image and shown by stat', async () => {
    await put('m.png', { metaData: { title: '猫 🐱', 'taken-by': 'Ann' } });
    expect((await stat('m.png')).data.metaData).toMatchObject({
      title: '猫 🐱',
      'taken-by': 'Ann',
      'content-type': 'image/png',
    });
  });

  it.each([
    { owner: 'x' },
    { sha256: 'x' },
    { A: 'x' },
    { a: 5 },
    { a: 'x\ny' },
    { a: 'x'.repeat(257) },
    'text',
    ['a'],
  ])('is not %j', async (metaData) => {
    expect((await put('m.png', { metaData })).error).toBe('InvalidArgument');
  });
});

describe('copying and moving', () => {
  it('makes the copy the caller’s own and keeps the rest', async () => {
    await put('a.png', { metaData: { title: 'T' } });
    const copied = await bed.call(
      'object/copyObject',
      { bucketName: 'images', objectName: 'a.png', toObjectName: 'b.png' },
      bob.token,
    );
    expect(copied.data).toMatchObject({
      bucketName: 'images',
      objectName: 'b.png',
      url: expect.stringContaining('/i/images/b.png'),
    });
    expect((await stat('b.png')).data.metaData).toMatchObject({ owner: bob.userId, title: 'T', width: '4' });
    expect(await usage(bob)).toMatchObject({ objects: 1 });
    expect(await names()).toEqual(['a.png', 'b.png']);
  });

  it('moves one’s own images only, and loses nothing when it may not', async () => {
    await put('a.png');
    const move = (who: Person, more: object = {}) =>
      bed.call(
        'object/moveObject',
        { bucketName: 'images', objectName: 'a.png', toObjectName: 'z/b.png', ...more },
        who.token,
      );
    expect((await move(bob)).error).toBe('AccessDenied');
    expect((await move(ann, { toBucketName: 'elsewhere' })).error).toBe('NoSuchBucket');
    expect(await names()).toEqual(['a.png']);
    expect((await move(ann)).data.objectName).toBe('z/b.png');
    expect(await names()).toEqual(['z/b.png']);
    expect(await usage(ann)).toMatchObject({ objects: 1 });
    expect((await move(ann)).error).toBe('NoSuchKey');
  });

  it('refuses to put an image onto itself', async () => {
    await put('a.png');
    const onto = { bucketName: 'images', objectName: 'a.png', toObjectName: 'a.png' };
    expect((await bed.call('object/copyObject', onto, ann.token)).error).toBe('ObjectExists');
    expect((await bed.call('object/moveObject', onto, ann.token)).error).toBe('ObjectExists');
    expect(await names()).toEqual(['a.png']);
  });
});

describe('removing many', () => {
  it('answers for each: one’s own, missing ones and foreign ones', async () => {
    for (let index = 0; index < 20; index += 1) await put(`r/${index}.png`);
    await put('bob.png', {}, bob);
    const objectNames = [...Array.from({ length: 20 }, (_, index) => `r/${index}.png`), 'missing.png', 'bob.png'];
    const { data } = await bed.call('object/removeObjects', { bucketName: 'images', objectNames }, ann.token);
    expect(data).toHaveLength(22);
    expect(data.filter(({ removed }: { removed: boolean }) => !removed)).toEqual([
      { objectName: 'bob.png', removed: false, error: 'AccessDenied', err: expect.any(String) },
    ]);
    expect(await names()).toEqual(['bob.png']);
    expect((await usage(ann)).objects).toBe(20);
    await bed.call('image/emptyTrash', {}, ann.token);
    expect(await usage(ann)).toEqual({ bytes: 0, objects: 0 });
  });

  it.each([[[]], [Array.from({ length: 1001 }, (_, index) => `${index}.png`)], ['a.png'], [['../a']], [[5]]])(
    'refuses the list %#',
    async (objectNames) => {
      expect((await bed.call('object/removeObjects', { bucketName: 'images', objectNames }, ann.token)).error).toBe(
        'InvalidArgument',
      );
    },
  );
});

describe('buckets and policies', () => {
  const bucket = (url: string, input: object, who = admin) =>
    bed.call(url, { bucketName: 'team', ...input }, who.token);

  it('are made, seen, shown to everybody or to members, and removed when empty', async () => {
    expect((await bucket('bucket/makeBucket', {})).success).toBe(true);
    expect((await bucket('bucket/makeBucket', {})).error).toBe('BucketAlreadyExists');
    expect((await bucket('bucket/bucketExists', {})).data).toEqual({ exists: true });
    expect((await bucket('bucket/bucketExists', {}, ann)).data).toEqual({ exists: false });
    expect((await bucket('policy/getBucketPolicy', {})).data).toEqual({ policy: 'private' });
    await bucket('object/putObject', { objectName: 'a.png', base64: picture() });
    expect((await bucket('bucket/removeBucket', {})).error).toBe('BucketNotEmpty');
    await bucket('policy/setBucketPolicy', { policy: 'public-read' });
    expect((await bucket('policy/getBucketPolicy', {})).data).toEqual({ policy: 'public-read' });
    await bucket('policy/removeBucketPolicy', {});
    expect((await bucket('policy/getBucketPolicy', {})).data).toEqual({ policy: 'private' });
    await bucket('object/removeObject', { objectName: 'a.png' });
    // What lies in the trash may come back.
    expect((await bucket('bucket/removeBucket', {})).error).toBe('BucketNotEmpty');
    await bed.call('image/emptyTrash', {}, admin.token);
    expect((await bucket('bucket/removeBucket', {})).success).toBe(true);
    expect((await bucket('bucket/removeBucket', {})).success).toBe(true);
  });

  it.each([
    ['bucket/getBucketCors', {}],
    ['bucket/setBucketCors', { rules: [{ allowedOrigins: ['https://a.com'], allowedMethods: ['PUT'] }] }],
    ['policy/setBucketPolicy', { policy: { Version: '2012-10-17', Statement: [] } }],
    ['object/presignedPostPolicy', { objectName: 'a.png', contentType: 'image/png', size: 9 }],
    ['notification/getBucketNotification', {}],
    ['notification/setBucketNotification', { configuration: {} }],
    ['notification/removeAllBucketNotification', {}],
  ])('say that the embedded store has no %s, and what has', async (url, input) => {
    const answer = await bed.call(url, { bucketName: 'images', ...input }, admin.token);
    expect(answer).toMatchObject({
      error: 'NotImplemented',
      data: { err: expect.stringMatching(/IMAGEPIC_S3_|presignedPutObject/) },
    });
  });

  it('tests what it will want of a bucket, and leaves nothing behind', async () => {
    const { data } = await bed.call('bucket/testBucket', { bucketName: 'images' }, admin.token);
    expect(data.ok).toBe(true);
    expect(data.checks.map(({ check }: { check: string }) => check)).toEqual([
      'exists',
      'put',
      'head',
      'get',
      'list',
      'presign',
      'remove',
      'gone',
    ]);
    expect((await bed.call('bucket/testBucket', { bucketName: 'none' }, admin.token)).data).toMatchObject({
      ok: false,
      checks: expect.arrayContaining([
        { check: 'exists', ok: false, err: expect.stringContaining('IMAGEPIC_S3_REGION') },
      ]),
    });
    expect((await readdir(bed.folder, { recursive: true })).filter((name) => name.includes('check/'))).toEqual([]);
  });
});

describe('maintenance', () => {
  it('finds images that came past the service and usage that is off, and mends both', async () => {
    const { createFileObjectStore } = await import('../../../../src/stores/objects/file-system/object-store.ts');
    const store = createFileObjectStore({
      folder: `${bed.folder}/objects`,
      now: () => new Date(),
      signing: { key: new Uint8Array(32) },
    });
    await put('known.png');
    const bytes = makePng(50, 50, { noise: true });
    for (let index = 0; index < 3; index += 1)
      await store.put('images', `stray/${index}.png`, bytes, { contentType: 'image/png' });
    await store.remove('images', 'known.png');
    await store.put('images', 'known.png', bytes, { contentType: 'image/png', metadata: { owner: ann.userId } });
    const reconcile = async (repair: boolean) => {
      const found = { checked: 0, unowned: [] as unknown[], drift: [] as unknown[] };
      let cursor: string | undefined;
      do {
        const { data } = await bed.call('bucket/reconcile', { repair, ...(cursor && { cursor }) }, admin.token);
        found.checked += data.checked;
        found.unowned.push(...data.unowned);
        found.drift.push(...data.drift);
        cursor = data.cursor;
      } while (cursor !== undefined);
      return found;
    };
    const dry = await reconcile(false);
    expect(dry.checked).toBe(4);
    expect(dry.unowned).toHaveLength(3);
    expect(dry.drift).toEqual([{ userId: ann.userId, bytes: bytes.length - makePng(4, 4).length, objects: 0 }]);
    expect(await reconcile(false)).toEqual(dry);
    await reconcile(true);
    expect(await reconcile(false)).toEqual({ checked: 4, unowned: [], drift: [] });
    expect((await stat('stray/0.png')).data.metaData.owner).toBe(admin.userId);
    expect((await bed.call('bucket/reconcile', { cursor: 'nonsense' }, admin.token)).error).toBe('InvalidArgument');
  });
});
