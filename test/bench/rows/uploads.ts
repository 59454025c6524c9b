import { mkdtemp, open, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createS3ObjectStore } from '../../../src/stores/objects/s3/object-store.ts';
import { startCeph, toS3Options } from '../../support/ceph.ts';
import { type Contestant, perSecond, perSecondOf, type Row, type Subject } from '../contestants.ts';
import { type BenchedServer, BUCKET, createFormUpload, PICTURE, s3Env, signIn, startServer } from '../servers.ts';

const AT_ONCE = 16;
const UPLOADS = 400;
const WRITES = 400;

/** A server that takes forms. */
const toUploader = (
  [name, role]: readonly [string, Contestant['role']],
  server: BenchedServer,
  token?: string,
): Contestant => {
  const upload = createFormUpload(server.url, token === undefined ? {} : { authorization: token });
  return {
    ...{ name, role },
    measure: (round) => perSecondOf(server, [UPLOADS, AT_ONCE], (number) => upload(`${name}-${round}-${number}`)),
  };
};

/** Starts each state of ours on the same bed, and signs in. */
async function startSubjects(
  subjects: readonly Subject[],
  env: Readonly<Record<string, string>>,
  servers: BenchedServer[],
): Promise<Contestant[]> {
  const contestants: Contestant[] = [];
  for (const { name, server: file } of subjects) {
    const server = await startServer(file, env);
    servers.push(server);
    contestants.push(toUploader([name, 'subject'], server, await signIn(server.url)));
  }
  return contestants;
}

/** Forms of 100 kB to a store: ours, the seed's server, and what the SDK takes straight. */
export const uploadsToS3 = (subjects: readonly Subject[]): Row => ({
  name: `upload of a form, 100 kB × ${AT_ONCE}, S3`,
  unit: '/s',
  rounds: 5,
  during: async (work) => {
    const begun = await startCeph().catch(() => undefined);
    if (begun === undefined) return undefined;
    const { stop, ...ceph } = begun;
    const folder = await mkdtemp(join(tmpdir(), 'imagepic-bench-'));
    const servers: BenchedServer[] = [];
    try {
      await createS3ObjectStore(toS3Options(ceph)).makeBucket(BUCKET);
      const ours = await startSubjects(subjects, { IMAGEPIC_DATA_DIR: folder, ...s3Env(ceph) }, servers);
      const seed = await startServer('.build/bench/seed-server.js', s3Env(ceph));
      servers.push(seed);
      const { endpoint, accessKeyId, secretAccessKey } = ceph;
      const sdk = new S3Client({
        ...{ endpoint, region: 'us-east-1', forcePathStyle: true },
        credentials: { accessKeyId, secretAccessKey },
        requestChecksumCalculation: 'WHEN_REQUIRED',
      });
      const straight = (key: string) =>
        sdk.send(new PutObjectCommand({ Bucket: BUCKET, Key: `direct/${key}`, Body: PICTURE }));
      return await work([
        ...ours,
        toUploader(['express + multer + minio-js', 'peer'], seed),
        {
          name: 'PutObject of the SDK, straight',
          role: 'limit',
          measure: async (round) => ({
            value: await perSecond(UPLOADS, AT_ONCE, (number) => straight(`${round}-${number}`)),
          }),
        },
      ]);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
      await stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
});

/** The same to the embedded store, beside express and multer made as durable. */
export const uploadsToDisk = (subjects: readonly Subject[]): Row => ({
  name: `upload of a form, 100 kB × ${AT_ONCE}, embedded`,
  unit: '/s',
  rounds: 5,
  during: async (work) => {
    const folder = await mkdtemp(join(tmpdir(), 'imagepic-bench-'));
    const servers: BenchedServer[] = [];
    try {
      const ours = await startSubjects(subjects, { IMAGEPIC_DATA_DIR: join(folder, 'bed') }, servers);
      const peer = await startServer('.build/bench/disk-server.js', { FOLDER: folder });
      servers.push(peer);
      return await work([...ours, toUploader(['express + multer, fsync and rename', 'peer'], peer)]);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
      await rm(folder, { recursive: true, force: true });
    }
  },
});

/** What durability costs: write, fsync, rename, fsync of the folder. */
async function writeDurably(folder: string, name: string): Promise<void> {
  const aside = join(folder, `${name}.part`);
  const file = await open(aside, 'wx');
  await file.writeFile(PICTURE);
  await file.sync();
  await file.close();
  await rename(aside, join(folder, name));
  const parent = await open(folder);
  await parent.sync();
  await parent.close();
}

/** Puts into the embedded store by themselves, beside the floor of the disk. */
export const putsToDisk = (subjects: readonly Subject[]): Row => ({
  name: `put into the embedded store, 100 kB × ${AT_ONCE}`,
  unit: '/s',
  rounds: 5,
  during: async (work) => {
    const folder = await mkdtemp(join(tmpdir(), 'imagepic-bench-'));
    try {
      const ours = subjects.map(async ({ name, createFileObjectStore }): Promise<Contestant> => {
        const signing = { key: Buffer.alloc(32, 'k') };
        const store = createFileObjectStore({ folder: join(folder, name), now: () => new Date(), signing });
        await store.makeBucket(BUCKET);
        const put = (key: string) => store.put(BUCKET, key, PICTURE, { contentType: 'image/png' });
        return {
          ...{ name, role: 'subject' },
          measure: async (round) => ({
            value: await perSecond(WRITES, AT_ONCE, (number) => put(`bench/${round}-${number}.png`)),
          }),
        };
      });
      const floor: Contestant = {
        ...{ name: 'write, fsync, rename, fsync of the folder', role: 'limit' },
        measure: async (round) => ({
          value: await perSecond(WRITES, AT_ONCE, (number) => writeDurably(folder, `${round}-${number}`)),
        }),
      };
      return await work([...(await Promise.all(ours)), floor]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
});
