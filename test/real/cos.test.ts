import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { VARIANTS_PREFIX } from '../../src/naming/variant.ts';
import { createS3ObjectStore } from '../../src/stores/objects/s3/object-store.ts';
import { describeEntry } from '../suites/entry.suite.ts';
import { describeObjectStore } from '../suites/object-store.suite.ts';
import { describeVariants } from '../suites/variants.suite.ts';
import { type Ceph, startCeph } from '../support/ceph.ts';
import { type CosFront, startCosFront, toCosOptions } from '../support/cos-front.ts';
import { makePng } from '../support/png.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';

vi.setConfig({ hookTimeout: 120_000 });

let ceph: Ceph & { stop(): Promise<void> };
let front: CosFront;
/** Its own, so that no other test has the bucket of the bed. */
beforeAll(async () => {
  ceph = await startCeph();
  front = await startCosFront(ceph);
});
afterAll(async () => {
  await front?.close();
  await ceph?.stop();
});

const close = async (): Promise<void> => undefined;
describeObjectStore(
  's3 on a front that refuses what COS refuses',
  async () => ({ store: createS3ObjectStore(toCosOptions(front, ceph)), close }),
  { mayListBuckets: false },
);

const toEnv = (): Readonly<Record<string, string>> => ({
  IMAGEPIC_S3_ENDPOINT: front.endpoint,
  IMAGEPIC_S3_REGION: 'us-east-1',
  IMAGEPIC_S3_FLAVOUR: 'cos',
  IMAGEPIC_S3_ACCESS_KEY_ID: ceph.accessKeyId,
  IMAGEPIC_S3_SECRET_ACCESS_KEY: ceph.secretAccessKey,
});
const startOnCos = (env: Readonly<Record<string, string>> = {}): Promise<RunningServer> =>
  startServer({ ...env, ...toEnv() });
const callOf =
  ({ mountUrl }: RunningServer) =>
  async (url: string, data: unknown, { token = '', lang = 'zh' } = {}) => {
    const headers = { 'content-type': 'application/json', authorization: token, 'accept-language': lang };
    const response = await fetch(`${mountUrl}/${url}`, { method: 'POST', headers, body: JSON.stringify(data) });
    return JSON.parse(await response.text());
  };

describeEntry('HTTP with such a front behind it', async () => {
  const server = await startOnCos();
  const call = callOf(server);
  return { call: (url, data, options) => call(String(url), data, options), close: server.close, mayListBuckets: false };
});

describeVariants('such a front', {
  env: toEnv,
  count: async (bucketName) => {
    const store = createS3ObjectStore(toCosOptions(front, ceph));
    const { objects } = await store.list(bucketName, { prefix: VARIANTS_PREFIX, limit: 1000 });
    return objects.length;
  },
});

describe('the service on COS', () => {
  const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
  const PICTURE = makePng(40, 40, { noise: true });
  let server: RunningServer;
  let token: string;
  const data = async (url: string, input: object) => {
    const envelope = await callOf(server)(url, input, { token, lang: 'en' });
    expect(envelope).toMatchObject({ success: true });
    return envelope.data;
  };
  beforeAll(async () => {
    server = await startOnCos({ IMAGEPIC_DEFAULT_BUCKET: 'cos-1250000000' });
    token = '';
    await data('auth/register', { name: 'A', tfs: '', email: 'a@example.com', ...PERSON });
    token = (await data('auth/login', PERSON)).token;
  });
  afterAll(() => server?.close());

  it('is not spoken to by its path', async () => {
    const store = createS3ObjectStore({ ...toCosOptions(front, ceph), forcePathStyle: true });
    await expect(store.list('cos-1250000000', { limit: 1 })).rejects.toMatchObject({
      code: 'ServiceUnavailable',
      message: expect.stringMatching(/IMAGEPIC_S3_FORCE_PATH_STYLE/),
    });
  });

  it('says of its bucket what works', async () => {
    const bucketName = 'cos-1250000000';
    const refused = async (): Promise<string[]> => {
      const { checks } = await data('bucket/testBucket', { bucketName });
      return checks.filter(({ ok }: { ok: boolean }) => !ok).map(({ check }: { check: string }) => check);
    };
    expect(await refused()).toEqual(['cors']);
    const rule = {
      allowedOrigins: ['*'],
      allowedMethods: ['GET', 'PUT'],
      allowedHeaders: ['*'],
      exposeHeaders: ['ETag'],
    };
    await data('bucket/setBucketCors', { bucketName, rules: [{ ...rule, maxAgeSeconds: 60 }] });
    expect(await refused()).toEqual([]);
  });

  it('takes a form in its own words (B14), and commits what was put with three requests (B20)', async () => {
    const announce = (objectName: string) => ({
      ...{ bucketName: 'cos-1250000000', objectName, contentType: 'image/png', size: PICTURE.length },
    });
    const form = await data('object/presignedPostPolicy', announce('form.png'));
    const body = new FormData();
    for (const [name, value] of Object.entries<string>(form.fields)) body.set(name, value);
    body.set('file', new Blob([Uint8Array.from(PICTURE)]), 'form.png');
    expect((await fetch(form.url, { method: 'POST', body })).status).toBe(204);
    front.asked.length = 0;
    const stored = await data('object/commitObject', { uploadId: form.uploadId });
    expect(stored).toMatchObject({ objectName: 'form.png', size: PICTURE.length });
    expect(front.asked).toEqual(['GET', 'PUT', 'DELETE']);
  });
});
