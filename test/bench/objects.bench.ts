import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import * as minio from 'minio';
import { createS3ObjectStore } from '../../src/stores/objects/s3/object-store.ts';
import { type Ceph, startCeph } from '../support/ceph.ts';
import { median, perSecond } from './contestants.ts';
import { BUCKET, createFormUpload, PICTURE, s3Env, signIn, startServer } from './servers.ts';

const AT_ONCE = 16;
const ROUNDS = 5;
const UPLOADS = 400;

interface Contestant {
  readonly name: string;
  readonly upload: (key: string) => Promise<void>;
  /** Processor time of its server so far, in milliseconds. */
  cpu?(): Promise<number>;
}

async function compareUploads(ceph: Ceph, sdk: S3Client): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'imagepic-bench-'));
  const ours = await startServer('.build/server.js', { IMAGEPIC_DATA_DIR: folder, ...s3Env(ceph) });
  const seed = await startServer('.build/bench/seed-server.js', s3Env(ceph));
  try {
    const token = await signIn(ours.url);
    const contestants: readonly Contestant[] = [
      { name: 'imagepic, form over HTTP', upload: createFormUpload(ours.url, { authorization: token }), cpu: ours.cpu },
      {
        name: 'express + multer (disk) + minio-js, form over HTTP',
        upload: createFormUpload(seed.url, {}),
        cpu: seed.cpu,
      },
      {
        name: 'SDK PutObject straight to the store (the limit)',
        upload: async (key) => {
          await sdk.send(new PutObjectCommand({ Bucket: BUCKET, Key: `direct/${key}`, Body: PICTURE }));
        },
      },
    ];
    const rates = contestants.map((): number[] => []);
    const processorTimes = contestants.map((): number[] => []);
    for (let round = -1; round < ROUNDS; round += 1) {
      for (const [index, { upload, cpu }] of contestants.entries()) {
        const before = await cpu?.();
        const rate = await perSecond(UPLOADS, AT_ONCE, (number) => upload(`${round}-${number}`));
        if (round < 0) continue;
        rates[index]?.push(rate);
        processorTimes[index]?.push(((await cpu?.()) ?? Number.NaN) - (before ?? 0));
      }
    }
    const [base = Number.NaN] = rates.map(median);
    console.log(
      `\nuploads of ${PICTURE.length} bytes, ${AT_ONCE} at once, median of ${ROUNDS} interleaved rounds of ${UPLOADS}`,
    );
    for (const [index, { name }] of contestants.entries()) {
      const rate = median(rates[index] ?? []);
      const each = median(processorTimes[index] ?? []) / UPLOADS;
      const cpu = Number.isNaN(each) ? '' : `   ${each.toFixed(2)} ms of processor time each`;
      console.log(
        `  ${name.padEnd(52)} ${rate.toFixed(0).padStart(6)}/s   imagepic ×${(base / rate).toFixed(2)}${cpu}`,
      );
    }
  } finally {
    await Promise.all([ours.stop(), seed.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

type Store = ReturnType<typeof createS3ObjectStore>;

async function comparePresigning(ceph: Ceph, sdk: S3Client, store: Store): Promise<void> {
  const { hostname, port } = new URL(ceph.endpoint);
  const keys = { accessKey: ceph.accessKeyId, secretKey: ceph.secretAccessKey };
  const client = new minio.Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    region: 'us-east-1',
    ...keys,
  });
  const put = { contentType: 'image/png', size: 100, expiresInSeconds: 300, mountUrl: '' };
  const signers: readonly (readonly [string, (key: string) => Promise<unknown>])[] = [
    ['imagepic', (key) => store.presignPut(BUCKET, key, put)],
    [
      'getSignedUrl of the SDK',
      (key) => getSignedUrl(sdk, new PutObjectCommand({ Bucket: BUCKET, Key: key }), { expiresIn: 300 }),
    ],
    ['minio-js presignedPutObject', (key) => client.presignedPutObject(BUCKET, key, 300)],
  ];
  const rates = signers.map((): number[] => []);
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [index, [, sign]] of signers.entries()) {
      const rate = await perSecond(2000, 1, (number) => sign(`presign/${round}/${number}.png`));
      if (round >= 0) rates[index]?.push(rate);
    }
  }
  const [base = Number.NaN] = rates.map(median);
  console.log(`\npresigned PUT addresses, one after the other, median of ${ROUNDS} interleaved rounds of 2,000`);
  for (const [index, [name]] of signers.entries()) {
    const rate = median(rates[index] ?? []);
    console.log(`  ${name.padEnd(52)} ${rate.toFixed(0).padStart(6)}/s   imagepic ×${(base / rate).toFixed(2)}`);
  }
}

async function comparePages(store: Store, sizes: readonly number[]): Promise<void> {
  console.log('\npage of 100 of a bucket, median of 31, interleaved');
  for (const size of sizes) {
    await store.makeBucket(`pages-${size}`);
    const keyOf = (index: number) => `2026/${String(index % 12).padStart(2, '0')}/${index}.png`;
    await perSecond(size, 32, (index) =>
      store.put(`pages-${size}`, keyOf(index), Buffer.from('x'), { contentType: 'image/png' }),
    );
  }
  const times = sizes.map((): number[] => []);
  for (let round = 0; round < 31; round += 1) {
    for (const [index, size] of sizes.entries()) {
      const started = performance.now();
      await store.list(`pages-${size}`, { limit: 100 });
      times[index]?.push(performance.now() - started);
    }
  }
  const [base = Number.NaN] = times.map(median);
  for (const [index, size] of sizes.entries()) {
    const time = median(times[index] ?? []);
    console.log(
      `  of ${size.toLocaleString('en').padStart(7)} objects ${time.toFixed(1).padStart(6)} ms   ×${(time / base).toFixed(2)}`,
    );
  }
}

/** Measures objects on a real store, Ceph, in one run. IMAGEPIC_BENCH_PAGES names other sizes of the buckets to page. */
export async function run(): Promise<void> {
  const { stop, ...ceph } = await startCeph();
  try {
    const credentials = { accessKeyId: ceph.accessKeyId, secretAccessKey: ceph.secretAccessKey };
    const common = { endpoint: ceph.endpoint, region: 'us-east-1', forcePathStyle: true };
    const sdk = new S3Client({ ...common, credentials, requestChecksumCalculation: 'WHEN_REQUIRED' });
    const store = createS3ObjectStore({
      ...common,
      flavour: 's3',
      credentials,
      now: () => new Date(),
      random: Math.random,
    });
    await store.makeBucket(BUCKET);
    await compareUploads(ceph, sdk);
    await comparePresigning(ceph, sdk, store);
    const sizes = (process.env['IMAGEPIC_BENCH_PAGES'] ?? '1000,100000').split(',').map(Number);
    await comparePages(store, sizes);
  } finally {
    await stop();
  }
}
