import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { ObjectStore, PresignedRequest } from '../../src/ports/object-store.ts';
import { createS3ObjectStore, type S3Options } from '../../src/stores/objects/s3/object-store.ts';
import { describeObjectStore } from '../suites/object-store.suite.ts';
import { listPages } from '../suites/object-store-listing.suite.ts';
import { putAll, readAll, streamOf } from '../suites/object-store-objects.suite.ts';
import { toS3Options } from '../support/ceph.ts';

const PNG = { contentType: 'image/png' };
const MIB = 1024 * 1024;
const MOUNT = { mountUrl: 'http://127.0.0.1:3000/imagepic', expiresInSeconds: 300 };
const BUCKET = `real-${randomBytes(4).toString('hex')}`;

const open = (changes: Partial<S3Options> = {}): ObjectStore =>
  createS3ObjectStore({ ...toS3Options(inject('ceph')), ...changes });

describeObjectStore('s3 on Ceph', async () => ({ store: open(), close: async () => undefined }));

describe('s3 on Ceph', () => {
  let store: ObjectStore;
  beforeAll(async () => {
    store = open();
    await store.makeBucket(BUCKET);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const send = ({ url, method, headers }: PresignedRequest, body?: Buffer): Promise<Response> =>
    fetch(url, { method, headers, ...(body !== undefined && { body }) });

  describe('says what to change', () => {
    const { accessKeyId, secretAccessKey } = inject('ceph');
    const wrong: readonly [string, Partial<S3Options>, RegExp][] = [
      ['an unknown key', { credentials: { accessKeyId: 'nobody', secretAccessKey } }, /IMAGEPIC_S3_ACCESS_KEY_ID/],
      ['a wrong secret', { credentials: { accessKeyId, secretAccessKey: 'wrong' } }, /IMAGEPIC_S3_SECRET_ACCESS_KEY/],
      ['a name that is no host', { endpoint: 'http://ceph.invalid' }, /IMAGEPIC_S3_ENDPOINT/],
      ['a port where nobody listens', { endpoint: 'http://127.0.0.1:1' }, /IMAGEPIC_S3_ENDPOINT/],
      [
        'TLS where there is none',
        { endpoint: inject('ceph').endpoint.replace('http', 'https') },
        /certificate of IMAGEPIC_S3_ENDPOINT/,
      ],
    ];
    it.each(wrong)('for %s', async (_, changes, advice) => {
      const misled = open(changes);
      const refusal = { code: 'ServiceUnavailable', message: expect.stringMatching(advice) };
      await expect(misled.list(BUCKET, { limit: 1 })).rejects.toMatchObject(refusal);
      await expect(misled.put(BUCKET, 'a', Buffer.from('a'), PNG)).rejects.toMatchObject(refusal);
      await expect(misled.ping()).rejects.toMatchObject(refusal);
      await expect(misled.head(BUCKET, 'a')).rejects.toMatchObject({
        code: 'ServiceUnavailable',
        message: expect.stringMatching(/IMAGEPIC_S3_/),
      });
      expect(await store.head(BUCKET, 'a')).toBeUndefined();
    });

    it('for a clock that is an hour off', async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
      const misled = open();
      for (let attempts = 0; attempts < 2; attempts += 1) {
        await expect(misled.list(BUCKET, { limit: 1 })).rejects.toMatchObject({
          code: 'ServiceUnavailable',
          text: { zh: expect.stringMatching(/时钟/), en: expect.stringMatching(/clock/) },
        });
      }
    });
  });

  describe('presigned requests', () => {
    it('are refused when made with another key', async () => {
      const { accessKeyId } = inject('ceph');
      const forger = open({ credentials: { accessKeyId, secretAccessKey: 'guessed' } });
      await store.put(BUCKET, 'secret', Buffer.from('a'), PNG);
      expect((await send(await forger.presignGet(BUCKET, 'secret', MOUNT))).status).toBe(403);
    });

    it('are refused when anything in them was changed', async () => {
      await store.put(BUCKET, 'one', Buffer.from('one'), PNG);
      await store.put(BUCKET, 'two', Buffer.from('two'), PNG);
      const get = await store.presignGet(BUCKET, 'one', MOUNT);
      expect((await send(get)).status).toBe(200);
      const changes: readonly ((url: string) => string)[] = [
        (url) => url.replace('/one?', '/two?'),
        (url) => url.replace('X-Amz-Expires=300', 'X-Amz-Expires=3000'),
        (url) => url.replace(/X-Amz-Signature=./, (start) => `X-Amz-Signature=${start.endsWith('0') ? '1' : '0'}`),
        (url) => url.replace(/&X-Amz-Signature=\w+/, ''),
        (url) => `${url}&versionId=1`,
      ];
      for (const change of changes) {
        const changed = change(get.url);
        expect(changed).not.toBe(get.url);
        const { status } = await send({ ...get, url: changed });
        expect(status).toBe(403);
      }
    });

    it('are refused once they have expired', async () => {
      await store.put(BUCKET, 'timed', Buffer.from('a'), PNG);
      const at = (ms: number) => open({ now: () => new Date(Date.now() + ms) });
      const request = (ms: number) => at(ms).presignGet(BUCKET, 'timed', { ...MOUNT, expiresInSeconds: 5 });
      expect((await send(await request(0))).status).toBe(200);
      expect((await send(await request(-10_000))).status).toBe(403);
    });

    it('store exactly under the key that was signed', async () => {
      const bucket = `keys-${randomBytes(4).toString('hex')}`;
      await store.makeBucket(bucket);
      const keys = [
        '图片/2026/猫 🐱.png',
        `reserved !*'();:@&=+$,/?#[]%.png`,
        '%2e%2e/%2E%2E/%252e',
        'a b/+c/ d ',
        'back\\slash|pipe^caret`tick"quote<>{}',
        '.../..a/b..',
        'é e\u0301 \u00a0 \u2028',
        'x'.repeat(1024),
        `${'图'.repeat(341)}!`,
      ];
      for (const key of keys) {
        const body = Buffer.from(key);
        const put = await store.presignPut(bucket, key, { ...MOUNT, ...PNG, size: body.byteLength });
        expect((await send(put, body)).status, key).toBe(200);
        const got = await send(await store.presignGet(bucket, key, MOUNT));
        expect(await got.text()).toBe(key);
      }
      const { objects } = await store.list(bucket, { limit: 100 });
      expect(objects.map(({ key }) => key).sort()).toEqual([...keys].sort());
      expect(await store.removeMany(bucket, keys)).toEqual([]);
      await store.removeBucket(bucket);
    });
  });

  it('keeps metadata in any language', async () => {
    const metadata = {
      title: '猫 🐱 und Käse',
      long: '图'.repeat(300),
      plain: 'a: b; c="d" =not?encoded=',
      word: '=?UTF-8?B?5Zu+?=',
      padded: '  two spaces  ',
      empty: '',
    };
    await store.put(BUCKET, 'described', Buffer.from('a'), { ...PNG, metadata });
    expect((await store.head(BUCKET, 'described'))?.metadata).toEqual(metadata);
    const place = { bucket: BUCKET, key: 'described' };
    await store.copy(place, { bucket: BUCKET, key: 'described too' }, { contentType: 'image/gif' });
    expect((await store.get(BUCKET, 'described too'))?.object.metadata).toEqual(metadata);
  });

  it('removes a thousand keys at once, those that XML cannot say too', async () => {
    const bucket = `many-${randomBytes(4).toString('hex')}`;
    await store.makeBucket(bucket);
    const keys = Array.from({ length: 999 }, (_, index) => `many/<&"'>/${index}`);
    await putAll({ store, bucket }, [...keys, 'bell\u0007']);
    expect(await store.removeMany(bucket, [...keys, 'bell\u0007'])).toEqual([]);
    expect((await store.list(bucket, { limit: 1 })).objects).toEqual([]);
    await store.removeBucket(bucket);
  });

  it('says which keys could not be removed', async () => {
    const failures = await store.removeMany(BUCKET, ['fine', '../escape']);
    expect(failures).toMatchObject([{ key: '../escape', cause: { code: 'InvalidArgument' } }]);
  });

  it('lists every one of 1,200 keys once, page by page', async () => {
    const bucket = `pages-${randomBytes(4).toString('hex')}`;
    await store.makeBucket(bucket);
    const keys = Array.from({ length: 1200 }, (_, index) => `p/${index % 7}/图 +${index}`);
    await putAll({ store, bucket }, keys);
    const pages = await listPages({ store, bucket }, {}, 1000);
    expect(pages.map(({ objects }) => objects.length)).toEqual([1000, 200]);
    expect(pages.flatMap(({ objects }) => objects.map(({ key }) => key)).sort()).toEqual(keys.sort());
  });

  it('lists every one of 1,100 open uploads', async () => {
    const bucket = `uploads-${randomBytes(4).toString('hex')}`;
    await store.makeBucket(bucket);
    const keys = Array.from({ length: 1100 }, (_, index) => `大 ${index}`);
    for (let start = 0; start < keys.length; start += 20) {
      const batch = keys.slice(start, start + 20);
      await Promise.all(batch.map((key) => store.createMultipartUpload(bucket, key, PNG)));
    }
    const uploads = await store.listMultipartUploads(bucket);
    expect(uploads.map(({ key }) => key).sort()).toEqual(keys.sort());
  });

  it('lets exactly one of 20 streams store with ifNoneMatch', async () => {
    const put = (_: unknown, writer: number) =>
      store.put(BUCKET, 'race', streamOf(Buffer.alloc(400_000, writer)), { ...PNG, ifNoneMatch: '*' });
    const results = await Promise.all(Array.from({ length: 20 }, put));
    expect(results.filter((result) => result !== undefined)).toHaveLength(1);
    const winner = results.findIndex((result) => result !== undefined);
    expect((await readAll(await store.get(BUCKET, 'race'))).equals(Buffer.alloc(400_000, winner))).toBe(true);
  });

  it('shows readers one version whole while objects of 1, 4 and 20 MiB replace each other', async () => {
    const versions = [1, 4, 20].map((size) => Buffer.alloc(size * MIB, size));
    const put = (bytes: Buffer) =>
      store.put(BUCKET, 'hot', bytes, { ...PNG, metadata: { size: String(bytes.byteLength) } });
    for (const version of versions) await put(version);
    let writing = true;
    const read = async (): Promise<void> => {
      while (writing) {
        const opened = await store.get(BUCKET, 'hot');
        const bytes = await readAll(opened);
        expect(versions.some((version) => version.equals(bytes))).toBe(true);
        expect(opened?.object.metadata['size']).toBe(String(bytes.byteLength));
      }
    };
    const write = async (): Promise<void> => {
      for (let round = 0; round < 4; round += 1) for (const version of versions) await put(version);
      writing = false;
    };
    await Promise.all([write(), read(), read()]);
  });

  describe('a body being read', () => {
    it('waits for a slow reader without holding the object in memory', async () => {
      await store.put(BUCKET, 'patience', Buffer.alloc(64 * MIB), PNG);
      const before = process.memoryUsage().arrayBuffers;
      const opened = await store.get(BUCKET, 'patience');
      const iterator = opened?.body[Symbol.asyncIterator]();
      await iterator?.next();
      await new Promise((resolve) => setTimeout(resolve, 4000));
      expect((process.memoryUsage().arrayBuffers - before) / MIB).toBeLessThan(16);
      let read = (await iterator?.next())?.value?.byteLength ?? 0;
      for (let next = await iterator?.next(); next?.done === false; next = await iterator?.next())
        read += next.value.byteLength;
      expect(read).toBeGreaterThan(60 * MIB);
    });

    it('tells the size of an object whose range cannot be answered', async () => {
      await store.put(BUCKET, 'ten', Buffer.alloc(10), PNG);
      for (const range of [{ start: 10 }, { start: 5, end: 2 }, { suffix: 0 }]) {
        await expect(store.get(BUCKET, 'ten', { range })).rejects.toMatchObject({
          code: 'InvalidRange',
          details: { size: 10 },
        });
      }
    });
  });
});
