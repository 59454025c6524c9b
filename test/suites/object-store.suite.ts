import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../src/ports/object-store.ts';
import { describeConditions } from './object-store-conditions.suite.ts';
import { describeListing } from './object-store-listing.suite.ts';
import { describeMultipartUploads } from './object-store-multipart.suite.ts';
import { describeObjects } from './object-store-objects.suite.ts';
import { describePresignedRequests } from './object-store-presign.suite.ts';

/** A store to test, and what closes it. */
export interface OpenedObjectStore {
  readonly store: ObjectStore;
  close(): Promise<void>;
}

/** How a backend differs. */
export interface ObjectStoreSuiteOptions {
  /** Whether presigned requests come back to our own mount and are checked by `signedRequests`; else they are sent. */
  readonly signedRequests?: boolean;
  /** The least size of a part but the last; 5 MiB unless given. */
  readonly minPartSize?: number;
  /** Whether an upload may be completed without some of its parts, as on AWS; Ceph wants them all. */
  readonly partsMayBeLeftOut?: boolean;
  /** Whether listings are in UTF-8 byte order, as the port says; `true` unless given. */
  readonly strictlyOrdered?: boolean;
  /** Whether keys are paths of files: then nothing lies below an object, and no part of a key has over 255 bytes. */
  readonly keysAreFiles?: boolean;
  /** Whether the key may list buckets, as it may unless said. */
  readonly mayListBuckets?: boolean;
  /** Gives the name of a bucket that is not there yet. */
  readonly newBucket?: () => string;
}

/** What a part of the suite works on; both are there once its tests run. */
export interface Subject {
  readonly store: ObjectStore;
  readonly bucket: string;
}

const randomBucket = (): string => `suite-${randomBytes(6).toString('hex')}`;

/** States what every object store promises. */
export function describeObjectStore(
  name: string,
  open: () => Promise<OpenedObjectStore>,
  options: ObjectStoreSuiteOptions = {},
): void {
  const { signedRequests = false, minPartSize = 5 * 1024 * 1024, strictlyOrdered = true } = options;
  const { partsMayBeLeftOut = false, keysAreFiles = false, mayListBuckets = true, newBucket = randomBucket } = options;

  describe(`${name} object store`, () => {
    let opened: OpenedObjectStore;
    let bucket: string;
    const buckets: string[] = [];

    beforeAll(async () => {
      opened = await open();
      bucket = newBucket();
      await opened.store.makeBucket(bucket);
      buckets.push(bucket);
    });
    afterAll(async () => {
      try {
        for (const made of buckets) await removeWithContents(opened.store, made);
      } finally {
        await opened.close();
      }
    });
    const subject = (): Subject => ({ store: opened.store, bucket });
    /** An empty bucket that is removed after the suite. */
    const emptyBucket = async (): Promise<Subject> => {
      const made = newBucket();
      await opened.store.makeBucket(made);
      buckets.push(made);
      return { store: opened.store, bucket: made };
    };

    describe('buckets', () => {
      it('makes a bucket once and removes it', async () => {
        const { store } = subject();
        const made = newBucket();
        expect(await store.bucketExists(made)).toBe(false);
        expect(await store.makeBucket(made)).toBe(true);
        expect(await store.makeBucket(made)).toBe(false);
        expect(await store.bucketExists(made)).toBe(true);
        await store.removeBucket(made);
        expect(await store.bucketExists(made)).toBe(false);
      });

      it('lists its buckets, or says that it may not', async () => {
        const { store } = subject();
        if (!mayListBuckets) {
          await expect(store.listBuckets()).rejects.toMatchObject({ code: 'AccessDenied' });
          return;
        }
        const made = newBucket();
        await store.makeBucket(made);
        const listed = await store.listBuckets();
        expect(listed.map((found) => found.name)).toEqual(listed.map((found) => found.name).sort());
        const found = listed.find((candidate) => candidate.name === made);
        expect(Math.abs((found?.creationDate.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
        await store.removeBucket(made);
        expect(await store.bucketExists(made)).toBe(false);
        expect((await store.listBuckets()).map((candidate) => candidate.name)).not.toContain(made);
      });

      it('removes a bucket that is not there without complaint', async () => {
        await expect(subject().store.removeBucket(newBucket())).resolves.toBeUndefined();
      });

      it('does not remove a bucket with an object in it', async () => {
        const { store, bucket: full } = await emptyBucket();
        await store.put(full, 'deep/down/a.png', Buffer.from('a'), { contentType: 'image/png' });
        await expect(store.removeBucket(full)).rejects.toMatchObject({ code: 'BucketNotEmpty' });
        expect(await store.head(full, 'deep/down/a.png')).toBeDefined();
        await store.remove(full, 'deep/down/a.png');
        await store.removeBucket(full);
        expect(await store.bucketExists(full)).toBe(false);
      });

      it('says NoSuchBucket where something is to be stored or listed in a bucket that is missing', async () => {
        const { store, bucket: present } = subject();
        const missing = newBucket();
        const target = { bucket: missing, key: 'copy' };
        await store.put(present, 'source', Buffer.from('a'), { contentType: 'image/png' });
        const attempts = [
          () => store.put(missing, 'a', Buffer.from('a'), { contentType: 'image/png' }),
          () => store.list(missing, { limit: 10 }),
          () => store.copy({ bucket: present, key: 'source' }, target),
          () => store.createMultipartUpload(missing, 'a', { contentType: 'image/png' }),
          () => store.listMultipartUploads(missing),
        ];
        for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'NoSuchBucket' });
      });

      it('finds nothing in a bucket that is missing, and has nothing to remove there', async () => {
        const { store } = subject();
        const missing = newBucket();
        expect(await store.get(missing, 'a')).toBeUndefined();
        expect(await store.head(missing, 'a')).toBeUndefined();
        await expect(store.remove(missing, 'a')).resolves.not.toBe('changed');
      });
    });

    describeObjects(subject, emptyBucket, { keysAreFiles });
    describeConditions(subject);
    describeListing(emptyBucket, { strictlyOrdered, keysAreFiles });
    describeMultipartUploads(subject, { minPartSize, partsMayBeLeftOut });
    describePresignedRequests(subject, { signedRequests });

    it('answers a ping', async () => {
      await expect(subject().store.ping()).resolves.toBeUndefined();
    });
  });
}

async function removeWithContents(store: ObjectStore, bucket: string): Promise<void> {
  if (!(await store.bucketExists(bucket))) return;
  for (const { key, uploadId } of await store.listMultipartUploads(bucket)) {
    await store.abortMultipartUpload(bucket, key, uploadId);
  }
  for (;;) {
    const { objects } = await store.list(bucket, { limit: 1000 });
    if (objects.length === 0) break;
    await store.removeMany(
      bucket,
      objects.map(({ key }) => key),
    );
  }
  await store.removeBucket(bucket);
}
