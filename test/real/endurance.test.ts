import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { expect, inject, it } from 'vitest';
import { createS3ObjectStore } from '../../src/stores/objects/s3/object-store.ts';
import { itSurvivesKills } from '../suites/kill.suite.ts';

const CYCLES = 10_000;
const ceph = inject('ceph');

itSurvivesKills('Ceph', 200, () => ({
  IMAGEPIC_S3_ENDPOINT: ceph.endpoint,
  IMAGEPIC_S3_ACCESS_KEY_ID: ceph.accessKeyId,
  IMAGEPIC_S3_SECRET_ACCESS_KEY: ceph.secretAccessKey,
}));

it('R45 reads back what it wrote: 10,000 cycles of put, get, stat and list', { timeout: 900_000 }, async () => {
  const { endpoint, ...keys } = ceph;
  const store = createS3ObjectStore({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    flavour: 's3',
    credentials: keys,
    now: () => new Date(),
    random: Math.random,
  });
  const bucket = 'cycles';
  await store.makeBucket(bucket);
  const cycle = async (key: string): Promise<void> => {
    const bytes = randomBytes(1 + Math.floor(Math.random() * 4000));
    const put = await store.put(bucket, key, bytes, { contentType: 'image/png' });
    const got = await store.get(bucket, key);
    const [read, stat, page] = await Promise.all([
      got && buffer(got.body),
      store.head(bucket, key),
      store.list(bucket, { prefix: key, limit: 1 }),
    ]);
    const isSame = read?.equals(bytes) && stat?.size === bytes.length && stat.etag === put?.etag;
    const [listed] = page.objects;
    if (!isSame || listed?.key !== key || listed.size !== bytes.length) throw new Error(`${key} came back different`);
  };
  let begun = 0;
  const work = async (own: number): Promise<void> => {
    while (begun < CYCLES) {
      begun += 1;
      // Every third write goes over one of the worker's own earlier keys.
      await cycle(begun % 3 === 0 ? `again/${own}` : `once/${begun}`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, own) => work(own)));
  expect(begun).toBe(CYCLES);
});
