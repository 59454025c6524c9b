import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { ObjectBody } from '../../src/ports/object-store.ts';
import { createS3ObjectStore } from '../../src/stores/objects/s3/object-store.ts';
import { readAll } from '../suites/object-store-objects.suite.ts';
import { toS3Options } from '../support/ceph.ts';

const PNG = { contentType: 'image/png' };
const MIB = 1024 * 1024;
const BUCKET = `parts-${randomBytes(4).toString('hex')}`;

describe('an upload in parts to Ceph', () => {
  const store = createS3ObjectStore(toS3Options(inject('ceph')));
  beforeAll(async () => {
    await store.makeBucket(BUCKET);
  });

  /** 40 MiB in chunks that fit no part; `end` says what happens after them. */
  const large = (end: () => void, size = 40 * MIB): ObjectBody => ({
    size,
    async *open() {
      const chunk = Buffer.alloc(700_001, 'imagepic');
      for (let left = 40 * MIB; left > 0; left -= chunk.byteLength) yield chunk.subarray(0, left);
      end();
    },
  });
  const whole = large(() => undefined);
  const untouched = async (key: string): Promise<void> => {
    expect(await store.head(BUCKET, key)).toBeUndefined();
    expect((await store.listMultipartUploads(BUCKET)).filter((upload) => upload.key === key)).toEqual([]);
  };

  it('makes one object with its type and metadata', async () => {
    const put = await store.put(BUCKET, 'large', whole, { ...PNG, metadata: { owner: '用户' } });
    const opened = await store.get(BUCKET, 'large');
    const chunk = Buffer.alloc(700_001, 'imagepic');
    const bytes = await readAll(opened);
    expect(bytes.byteLength).toBe(40 * MIB);
    for (let start = 0; start < bytes.byteLength; start += chunk.byteLength) {
      const piece = bytes.subarray(start, start + chunk.byteLength);
      expect(piece.equals(chunk.subarray(0, piece.byteLength))).toBe(true);
    }
    expect(opened?.object).toMatchObject({ ...PNG, metadata: { owner: '用户' }, etag: put?.etag });
    expect(put?.etag).toMatch(/-5$/);
    expect(await store.listMultipartUploads(BUCKET)).toEqual([]);
  });

  const fail = (): never => {
    throw new Error('The line went dead');
  };
  it.each<[string, ObjectBody, string]>([
    ['fails', large(fail), 'The line went dead'],
    ['is too short', large(() => undefined, 41 * MIB), 'not as long as was said'],
    ['is too long', large(() => undefined, 39 * MIB), 'not as long as was said'],
  ])('leaves nothing of a source that %s', async (_, body, message) => {
    await expect(store.put(BUCKET, 'broken', body, PNG)).rejects.toThrow(message);
    await untouched('broken');
  });

  it('stores only where nothing is yet with ifNoneMatch', async () => {
    const putOnce = () => store.put(BUCKET, 'once', whole, { ...PNG, ifNoneMatch: '*' });
    expect(await putOnce()).toBeDefined();
    expect(await putOnce()).toBeUndefined();
  });

  it('says NoSuchBucket when the bucket is missing, as the upload in one piece does', async () => {
    for (const body of [Buffer.alloc(MIB), Buffer.alloc(16 * MIB), whole]) {
      const put = store.put('missing-bucket', 'a', body, PNG);
      await expect(put).rejects.toMatchObject({ code: 'NoSuchBucket' });
    }
  });

  it('takes a gibibyte with less than 64 MiB of memory', async () => {
    const chunk = randomBytes(MIB);
    const before = process.memoryUsage.rss();
    let peak = before;
    const body: ObjectBody = {
      size: 1024 * MIB,
      async *open() {
        for (let sent = 0; sent < 1024; sent += 1) {
          yield chunk;
          peak = Math.max(peak, process.memoryUsage.rss());
        }
      },
    };
    await store.put(BUCKET, 'gibibyte', body, PNG);
    expect((peak - before) / MIB).toBeLessThan(64);
    let read = 0;
    for await (const bytes of (await store.get(BUCKET, 'gibibyte'))?.body ?? []) {
      read += bytes.byteLength;
      peak = Math.max(peak, process.memoryUsage.rss());
    }
    expect(read).toBe(1024 * MIB);
    expect((peak - before) / MIB).toBeLessThan(64);
    await store.remove(BUCKET, 'gibibyte');
  });
});
