import { createHash } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileObjectStore } from '../../../../../src/stores/objects/file-system/object-store.ts';
import { describeObjectStore } from '../../../../suites/object-store.suite.ts';
import { readAll } from '../../../../suites/object-store-objects.suite.ts';
import { useFileObjects } from '../../../../support/file-objects.ts';
import { makeTempFolder } from '../../../../support/temp-folder.ts';

const MIN_PART_SIZE = 64 * 1024;

describeObjectStore(
  'file-system',
  async () => {
    const folder = await makeTempFolder();
    const store = createFileObjectStore({
      folder: folder.path,
      now: () => new Date(),
      signing: { key: Buffer.alloc(32, 'k') },
      minPartSize: MIN_PART_SIZE,
    });
    return { store, close: folder.remove };
  },
  { signedRequests: true, minPartSize: MIN_PART_SIZE, partsMayBeLeftOut: true },
);

describe('objects as files', () => {
  const disk = useFileObjects();
  const PNG = { contentType: 'image/png' };
  const refused = { code: 'InvalidArgument' };
  const damaged = { code: 'ServiceUnavailable' };
  const filesOf = async (path: string): Promise<readonly string[]> =>
    (await readdir(path, { recursive: true })).map(String).sort();

  describe('names', () => {
    const bad = [
      '',
      '/',
      '/a',
      'a/',
      'a//b',
      '.',
      '..',
      './a',
      'a/.',
      'a/../b',
      '../../etc/passwd',
      'a\0b',
      'x'.repeat(1025),
      '图'.repeat(342),
      '\ud800',
      'a\udc00',
    ];
    it.each(bad)('refuses the key %j everywhere and touches nothing', async (key) => {
      const place = { bucket: 'images', key };
      await disk.store.put('images', 'present', Buffer.from('a'), PNG);
      const before = await filesOf(disk.folder);
      const attempts = [
        disk.store.put('images', key, Buffer.from('a'), PNG),
        disk.store.get('images', key),
        disk.store.head('images', key),
        disk.store.remove('images', key),
        disk.store.copy({ bucket: 'images', key: 'present' }, place),
        disk.store.copy(place, { bucket: 'images', key: 'present' }),
        disk.store.createMultipartUpload('images', key, PNG),
        disk.store.listParts('images', key, '0'.repeat(32)),
        disk.store.presignGet('images', key, { expiresInSeconds: 1, mountUrl: 'http://localhost' }),
      ];
      for (const outcome of await Promise.allSettled(attempts)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: refused });
      }
      expect(await disk.store.removeMany('images', ['present', key])).toMatchObject([{ key, cause: refused }]);
      expect(before).toContain(join('images', 'keys', 'present^'));
      expect(await filesOf(disk.folder)).toEqual(before.filter((name) => !name.endsWith('present^')));
    });

    it.each([
      '',
      'ab',
      '..',
      '.tmp',
      '.locks',
      '../images',
      'a/b',
      'Images',
      'images_',
      '-images',
      'images-',
      'x'.repeat(64),
      'a\0b',
    ])('refuses the bucket %j everywhere', async (bucket) => {
      const attempts = [
        disk.store.makeBucket(bucket),
        disk.store.bucketExists(bucket),
        disk.store.removeBucket(bucket),
        disk.store.put(bucket, 'a', Buffer.from('a'), PNG),
        disk.store.head(bucket, 'a'),
        disk.store.list(bucket, { limit: 1 }),
        disk.store.listMultipartUploads(bucket),
      ];
      for (const outcome of await Promise.allSettled(attempts)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: refused });
      }
    });

    it.each([
      '',
      '!',
      'YWJj',
      'MWE=',
      'MS8',
      'MWEvLi4vYg',
      'MWE\n',
      Buffer.from('1a\0').toString('base64url'),
      '_____w',
    ])('refuses the continuation token %j', async (continuationToken) => {
      await expect(disk.store.list('images', { continuationToken, limit: 1 })).rejects.toMatchObject(refused);
    });

    it.each([0, -1, 1001, 1.5, Number.NaN])('refuses the limit %d', async (limit) => {
      await expect(disk.store.list('images', { limit })).rejects.toMatchObject(refused);
    });

    it('keeps keys in readable folders', async () => {
      for (const key of ['2026/11/猫.png', 'IMG 1.JPG', 'con', 'dot.', '长'.repeat(100), 'a', 'a/b']) {
        await disk.store.put('images', key, Buffer.from('a'), PNG);
      }
      expect((await filesOf(disk.keys())).filter((name) => name.endsWith('^'))).toEqual(
        [
          '%63on^',
          '2026/11/猫.png^',
          '^i^m^g%201.^j^p^g^',
          'a/b^',
          'a^',
          'dot%2e^',
          `${'长'.repeat(80)}^+/${'长'.repeat(20)}^`,
        ].sort(),
      );
    });
  });

  it('removes folders that become empty, and only those', async () => {
    for (const key of ['a/b/c/d', 'a/b/e', 'x'.repeat(600)]) await disk.store.put('images', key, Buffer.from('a'), PNG);
    await disk.store.remove('images', 'a/b/c/d');
    await disk.store.remove('images', 'x'.repeat(600));
    expect(await filesOf(disk.keys())).toEqual(['a', 'a/b', 'a/b/e^']);
    await disk.store.remove('images', 'a/b/e');
    expect(await filesOf(disk.keys())).toEqual([]);
  });

  it('stores and removes in one folder at the same time', async () => {
    const churn = async (_: unknown, worker: number): Promise<void> => {
      for (let round = 0; round < 40; round += 1) {
        await disk.store.put('images', `deep/er/and/deeper/${worker}`, Buffer.from('a'), PNG);
        await disk.store.remove('images', `deep/er/and/deeper/${worker}`);
      }
      await disk.store.put('images', `deep/er/and/deeper/${worker}`, Buffer.from('kept'), PNG);
    };
    await Promise.all(Array.from({ length: 8 }, churn));
    expect((await disk.store.list('images', { limit: 100 })).objects).toHaveLength(8);
  });

  it('removes a bucket or stores into it, never half of each', async () => {
    for (let round = 0; round < 30; round += 1) {
      const bucket = `racing-${round}`;
      await disk.store.makeBucket(bucket);
      const [put, removed] = await Promise.allSettled([
        disk.store.put(bucket, 'a/b', Buffer.from('a'), PNG),
        disk.store.removeBucket(bucket),
      ]);
      expect([put.status, removed.status].sort()).toEqual(['fulfilled', 'rejected']);
      expect(await disk.store.bucketExists(bucket)).toBe(put.status === 'fulfilled');
      const lost = put.status === 'rejected' ? put : removed;
      expect(['NoSuchBucket', 'BucketNotEmpty']).toContain(lost.status === 'rejected' && lost.reason.code);
    }
  });

  it('lets exactly one of many make a bucket', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => disk.store.makeBucket('new-bucket')));
    expect(made.filter(Boolean)).toHaveLength(1);
  });

  it.each(['con', 'aux', 'nul.txt', 'lpt1', 'com1.images'])(
    'S24 makes no bucket %j, whose folder Windows would take for a device',
    async (bucket) => {
      await expect(disk.store.makeBucket(bucket)).rejects.toMatchObject(refused);
      expect(await disk.store.bucketExists(bucket)).toBe(false);
      expect(await disk.store.makeBucket(`my-${bucket}`)).toBe(true);
    },
  );

  it('has no buckets, and answers a ping, where nothing was ever stored', async () => {
    const signing = { key: Buffer.alloc(32) };
    const fresh = createFileObjectStore({ folder: join(disk.folder, 'fresh'), now: () => new Date(), signing });
    expect(await fresh.listBuckets()).toEqual([]);
    await expect(fresh.ping()).resolves.toBeUndefined();
    expect(await fresh.makeBucket('images')).toBe(true);
  });

  it('makes a bucket anew where a crash left part of one', async () => {
    await mkdir(join(disk.folder, 'half-removed', 'uploads', 'x'), { recursive: true });
    expect(await disk.store.bucketExists('half-removed')).toBe(false);
    expect((await disk.store.listBuckets()).map(({ name }) => name)).toEqual(['images']);
    expect(await disk.store.makeBucket('half-removed')).toBe(true);
    expect(await disk.store.listMultipartUploads('half-removed')).toEqual([]);
  });

  it('forgets the uploads of a bucket that is removed', async () => {
    await disk.store.createMultipartUpload('images', 'a', PNG);
    await disk.store.removeBucket('images');
    expect(await readdir(disk.folder)).not.toContain('images');
    await disk.store.makeBucket('images');
    expect(await disk.store.listMultipartUploads('images')).toEqual([]);
  });

  describe('multipart uploads', () => {
    it('give the etag that S3 gives', async () => {
      const uploadId = await disk.store.createMultipartUpload('images', 'a', PNG);
      const parts = [];
      for (const [index, text] of ['hello ', 'world'].entries()) {
        parts.push(await disk.store.uploadPart('images', 'a', uploadId, index + 1, Buffer.from(text)));
      }
      const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest();
      const joined = md5(Buffer.concat([md5(Buffer.from('hello ')), md5(Buffer.from('world'))])).toString('hex');
      expect(await disk.store.completeMultipartUpload('images', 'a', uploadId, parts)).toEqual({
        etag: `${joined}-2`,
      });
    });

    it.each(['', 'x', '../../keys', '0'.repeat(31), '0'.repeat(32)])(
      'do not exist under the id %j',
      async (uploadId) => {
        const none = { code: 'NoSuchUpload' };
        await expect(disk.store.uploadPart('images', 'a', uploadId, 1, Buffer.from('a'))).rejects.toMatchObject(none);
        await expect(disk.store.listParts('images', 'a', uploadId)).rejects.toMatchObject(none);
        await expect(disk.store.completeMultipartUpload('images', 'a', uploadId, [])).rejects.toMatchObject(none);
        await expect(disk.store.abortMultipartUpload('images', 'a', uploadId)).resolves.toBeUndefined();
      },
    );

    it('belong to their key', async () => {
      const uploadId = await disk.store.createMultipartUpload('images', 'a', PNG);
      await expect(disk.store.listParts('images', 'b', uploadId)).rejects.toMatchObject({ code: 'NoSuchUpload' });
      await disk.store.abortMultipartUpload('images', 'b', uploadId);
      expect(await disk.store.listParts('images', 'a', uploadId)).toEqual([]);
    });

    it.each([0, -1, 1.5, 10_001, Number.NaN])('refuse the part number %d', async (partNumber) => {
      const uploadId = await disk.store.createMultipartUpload('images', 'a', PNG);
      await expect(disk.store.uploadPart('images', 'a', uploadId, partNumber, Buffer.from('a'))).rejects.toMatchObject(
        refused,
      );
    });

    it('refuse a part of more than 5 GiB before reading it', async () => {
      const uploadId = await disk.store.createMultipartUpload('images', 'a', PNG);
      const body = {
        size: 5 * 1024 ** 3 + 1,
        open: () => {
          throw new Error('read');
        },
      };
      await expect(disk.store.uploadPart('images', 'a', uploadId, 1, body)).rejects.toMatchObject({
        code: 'EntityTooLarge',
      });
    });

    it('leave nothing behind when a part arrives after they were aborted', async () => {
      const uploadId = await disk.store.createMultipartUpload('images', 'a', PNG);
      const late = {
        size: 1,
        async *open() {
          await disk.store.abortMultipartUpload('images', 'a', uploadId);
          yield Buffer.from('a');
        },
      };
      await expect(disk.store.uploadPart('images', 'a', uploadId, 1, late)).rejects.toMatchObject({
        code: 'NoSuchUpload',
      });
      expect(await readdir(join(disk.folder, '.tmp'))).toEqual([]);
      expect(await readdir(join(disk.folder, 'images', 'uploads'))).toEqual([]);
    });

    it('make an object of the named parts or none, when a part is sent again meanwhile', async () => {
      const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
      const send = (uploadId: string, partNumber: number, text: string) =>
        disk.store.uploadPart('images', 'raced', uploadId, partNumber, Buffer.from(text));
      for (let round = 0; round < 40; round += 1) {
        const uploadId = await disk.store.createMultipartUpload('images', 'raced', PNG);
        const parts = await Promise.all(numbers.map((partNumber) => send(uploadId, partNumber, 'named ')));
        await disk.store.remove('images', 'raced');
        const completing = disk.store.completeMultipartUpload('images', 'raced', uploadId, parts);
        const [completed] = await Promise.allSettled([completing, send(uploadId, 20, 'other ')]);
        const bytes = await readAll(await disk.open('raced'));
        expect(bytes.toString()).toBe(completed.status === 'fulfilled' ? 'named '.repeat(20) : '');
        if (completed.status === 'rejected') expect(completed.reason).toMatchObject(refused);
        await disk.store.abortMultipartUpload('images', 'raced', uploadId);
      }
    });

    it('say when their description is damaged', async () => {
      const uploadId = await disk.store.createMultipartUpload('images', 'a', PNG);
      await writeFile(join(disk.folder, 'images', 'uploads', uploadId, 'upload.json'), '{}');
      await expect(disk.store.listMultipartUploads('images')).rejects.toMatchObject(damaged);
    });
  });

  it('says when a bucket’s description is damaged', async () => {
    await writeFile(join(disk.folder, 'images', 'bucket.json'), '{}');
    await expect(disk.store.listBuckets()).rejects.toMatchObject(damaged);
  });

  it('refuses to remove more than 1,000 keys at a time', async () => {
    await expect(disk.store.removeMany('images', Array.from({ length: 1001 }, String))).rejects.toMatchObject(refused);
  });
});
