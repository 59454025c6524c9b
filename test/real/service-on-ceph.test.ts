import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { describeEntry } from '../suites/entry.suite.ts';
import { makePng } from '../support/png.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';

const ceph = inject('ceph');
const S3 = {
  IMAGEPIC_S3_ENDPOINT: ceph.endpoint,
  IMAGEPIC_S3_ACCESS_KEY_ID: ceph.accessKeyId,
  IMAGEPIC_S3_SECRET_ACCESS_KEY: ceph.secretAccessKey,
};
const PERSON = { name: 'P', tfs: '', email: 'p@example.com', upwd: 'correct horse 7' };
const PICTURE = makePng(40, 40, { noise: true });

const caller =
  (server: () => RunningServer) =>
  async (url: string, input: object, token = '', lang = 'zh') => {
    const headers = { 'content-type': 'application/json', authorization: token, 'accept-language': lang };
    const response = await fetch(`${server().mountUrl}/${url}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(input),
    });
    return JSON.parse(await response.text());
  };

describeEntry('HTTP with Ceph behind it', async () => {
  const server = await startServer(S3);
  return {
    call: async (url, data, { token, lang } = {}) => caller(() => server)(String(url), data, token, lang),
    close: server.close,
  };
});

describe('the service on Ceph', () => {
  const bucketName = 'on-ceph';
  let server: RunningServer;
  let admin: string;
  let ann: string;
  const call = caller(() => server);
  const signIn = async (phone: string): Promise<string> => {
    await call('auth/register', { ...PERSON, phone });
    return (await call('auth/login', { phone, upwd: PERSON.upwd })).data.token;
  };
  beforeAll(async () => {
    server = await startServer({ ...S3, IMAGEPIC_DEFAULT_BUCKET: bucketName });
    admin = await signIn('13800138000');
    ann = await signIn('13900139000');
  });
  afterAll(() => server.close());

  const announce = (objectName: string, size = PICTURE.length, contentType = 'image/png') => ({
    bucketName,
    objectName,
    contentType,
    size,
  });
  const putTo = (
    { url, headers }: { url: string; headers: Record<string, string> },
    body: Uint8Array,
    more: object = {},
  ) => fetch(url, { method: 'PUT', headers: { ...headers, ...more }, body: Uint8Array.from(body) });

  it('takes a direct upload straight into the store, and shows it only after its commit', async () => {
    const { data } = await call('object/presignedPutObject', announce('direct/图.png'), ann);
    expect(data.url).toContain(ceph.endpoint);
    expect((await putTo(data, PICTURE)).status).toBe(200);
    const place = { bucketName, objectName: 'direct/图.png' };
    expect((await call('object/statObject', place, ann)).error).toBe('NoSuchKey');
    expect((await call('object/listObjects', { bucketName, recursive: true }, ann)).data.lists).toEqual([]);
    const stored = await call('object/commitObject', { uploadId: data.uploadId }, ann);
    expect(stored.data).toMatchObject({ objectName: 'direct/图.png', size: PICTURE.length });
    expect(Buffer.from(await (await fetch(stored.data.url)).arrayBuffer())).toEqual(PICTURE);
    expect((await call('object/commitObject', { uploadId: data.uploadId }, ann)).data).toEqual(stored.data);
    expect((await call('object/statObject', place, ann)).data.metaData).toMatchObject({ width: '40', height: '40' });
  });

  const postTo = (url: string, fields: Record<string, string>, body: Uint8Array) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([Uint8Array.from(body)]), 'any.png');
    return fetch(url, { method: 'POST', body: form });
  };

  it('R31 takes a form of exactly one key, type and size, until it expires', async () => {
    const { data } = await call('object/presignedPostPolicy', announce('direct/form.png'), ann);
    const { url, fields, uploadId } = data;
    expect((await postTo(url, fields, Buffer.concat([PICTURE, Buffer.from('x')]))).status).toBe(400);
    expect((await postTo(url, fields, PICTURE.subarray(1))).status).toBe(400);
    expect((await postTo(url, { ...fields, 'Content-Type': 'text/html' }, PICTURE)).status).toBe(403);
    expect((await postTo(url, { ...fields, key: 'direct/other.png' }, PICTURE)).status).toBe(403);
    expect((await postTo(url, { ...fields, success_action_redirect: 'https://evil.com' }, PICTURE)).status).toBe(403);
    expect((await call('object/commitObject', { uploadId }, ann)).error).toBe('NoSuchUpload');
    expect((await postTo(url, fields, PICTURE)).status).toBe(204);
    const stored = await call('object/commitObject', { uploadId }, ann);
    expect(stored.data).toMatchObject({ objectName: 'direct/form.png', size: PICTURE.length });
    expect(Buffer.from(await (await fetch(stored.data.url)).arrayBuffer())).toEqual(PICTURE);
    const short = (await call('object/presignedPostPolicy', { ...announce('direct/late.png'), expiry: 1 }, ann)).data;
    await expect
      .poll(async () => (await postTo(short.url, short.fields, PICTURE)).status, { timeout: 10_000 })
      .toBe(403);
  });

  it('R31 lets the store itself refuse one byte more and another type', async () => {
    const { data } = await call('object/presignedPutObject', announce('direct/bad.png'), ann);
    expect((await putTo(data, Buffer.concat([PICTURE, Buffer.from('x')]))).status).toBe(403);
    expect((await putTo(data, PICTURE, { 'content-type': 'image/jpeg' })).status).toBe(403);
    expect((await call('object/commitObject', { uploadId: data.uploadId }, ann)).error).toBe('NoSuchUpload');
  });

  it('refuses at the commit what is no image, and forgets it', async () => {
    const { data } = await call('object/presignedPutObject', announce('direct/evil.png', 20), ann);
    expect((await putTo(data, Buffer.from('<script>alert(1)</sc'))).status).toBe(200);
    expect((await call('object/commitObject', { uploadId: data.uploadId }, ann)).error).toBe('UnsupportedMediaType');
    expect((await call('object/commitObject', { uploadId: data.uploadId }, ann)).error).toBe('NoSuchUpload');
    expect((await call('object/statObject', { bucketName, objectName: 'direct/evil.png' }, ann)).error).toBe(
      'NoSuchKey',
    );
  });

  it('takes a large image in parts', async () => {
    const large = makePng(1900, 1900, { noise: true });
    const begun = (await call('object/createMultipartUpload', announce('parts/large.png', large.length), ann)).data;
    const { uploadId, partSize, parts: count } = begun;
    const parts: { partNumber: number; etag: string | null }[] = [];
    for (let partNumber = 1; partNumber <= count; partNumber += 1) {
      const { data } = await call('object/presignedUploadPart', { uploadId, partNumber }, ann);
      const response = await putTo(data, large.subarray((partNumber - 1) * partSize, partNumber * partSize));
      parts.push({ partNumber, etag: response.headers.get('etag') });
    }
    // Beside it those that were announced whole, and never came.
    const open: readonly { kind: string }[] = (await call('object/listMultipartUploads', { bucketName }, ann)).data;
    expect(open.filter(({ kind }) => kind === 'parts')).toMatchObject([{ uploadId }]);
    expect((await call('object/listParts', { uploadId }, ann)).data).toHaveLength(count);
    const stored = await call('object/completeMultipartUpload', { uploadId, parts }, ann);
    expect(stored.data).toMatchObject({ objectName: 'parts/large.png', size: large.length });
    expect(Buffer.from(await (await fetch(stored.data.url)).arrayBuffer()).equals(large)).toBe(true);
  });

  it('copies, moves and removes many', async () => {
    const base64 = PICTURE.toString('base64');
    for (const objectName of ['many/1 +%.png', 'many/2.png'])
      await call('object/putObject', { bucketName, objectName, base64 }, ann);
    const copy = { bucketName, objectName: 'many/1 +%.png', toObjectName: 'many/复制.png' };
    expect((await call('object/copyObject', copy, ann)).success).toBe(true);
    expect((await call('object/copyObject', { ...copy, onConflict: 'error' }, ann)).error).toBe('ObjectExists');
    const move = { bucketName, objectName: 'many/2.png', toObjectName: 'many/3.png' };
    expect((await call('object/moveObject', move, ann)).success).toBe(true);
    const list = async () =>
      (await call('object/listObjects', { bucketName, prefix: 'many/' }, ann)).data.lists.map(
        ({ name }: { name: string }) => name,
      );
    expect(await list()).toEqual(['many/1 +%.png', 'many/3.png', 'many/复制.png']);
    const removed = await call(
      'object/removeObjects',
      { bucketName, objectNames: [...(await list()), 'none.png'] },
      ann,
    );
    expect(removed.data.every((entry: { removed: boolean }) => entry.removed)).toBe(true);
    expect(await list()).toEqual([]);
  });

  it('sets CORS, which the store then answers with', async () => {
    const rules = [{ allowedOrigins: ['https://good.com'], allowedMethods: ['GET', 'PUT'] }];
    expect((await call('bucket/getBucketCors', { bucketName }, admin)).data).toEqual({ rules: [] });
    expect((await call('bucket/setBucketCors', { bucketName, rules }, admin)).success).toBe(true);
    expect((await call('bucket/getBucketCors', { bucketName }, admin)).data.rules).toMatchObject(rules);
    const preflight = (origin: string) =>
      fetch(`${ceph.endpoint}/${bucketName}/x`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'PUT' },
      });
    expect((await preflight('https://good.com')).headers.get('access-control-allow-origin')).toBe('https://good.com');
    expect((await preflight('https://evil.com')).headers.get('access-control-allow-origin')).toBeNull();
    const { data } = await call('bucket/testBucket', { bucketName }, admin);
    expect(data).toMatchObject({ ok: true, checks: expect.arrayContaining([{ check: 'cors', ok: true }]) });
  });

  it('sets a policy document, which takes effect in the store, and removes it', async () => {
    const objectName = 'policy.png';
    await call('object/putObject', { bucketName, objectName, base64: PICTURE.toString('base64') }, ann);
    const anonymous = async () => (await fetch(`${ceph.endpoint}/${bucketName}/${objectName}`)).status;
    expect(await anonymous()).toBe(403);
    const policy = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${bucketName}/*`] },
      ],
    };
    expect((await call('policy/setBucketPolicy', { bucketName, policy }, admin)).success).toBe(true);
    expect((await call('policy/getBucketPolicy', { bucketName }, admin)).data.policy).toMatchObject(policy);
    expect(await anonymous()).toBe(200);
    expect((await call('policy/setBucketPolicy', { bucketName, policy: { Version: 'x' } }, admin)).error).toBe(
      'InvalidArgument',
    );
    expect((await call('policy/removeBucketPolicy', { bucketName }, admin)).success).toBe(true);
    expect(await anonymous()).toBe(403);
    expect((await call('policy/getBucketPolicy', { bucketName }, admin)).data).toEqual({ policy: 'public-read' });
  });

  it('reads notifications, refuses unknown topics in words, and removes what is not there', async () => {
    expect((await call('notification/getBucketNotification', { bucketName }, admin)).data).toEqual({
      configuration: {},
    });
    const configuration = {
      TopicConfigurations: [{ Id: 'n', TopicArn: 'arn:aws:sns:default::none', Events: ['s3:ObjectCreated:*'] }],
    };
    const refused = await call('notification/setBucketNotification', { bucketName, configuration }, admin);
    expect(refused).toMatchObject({ success: false, error: 'InvalidArgument' });
    expect((await call('notification/removeAllBucketNotification', { bucketName }, admin)).success).toBe(true);
  });

  it('makes and removes buckets', async () => {
    expect((await call('bucket/makeBucket', { bucketName: 'made-here' }, admin)).success).toBe(true);
    expect((await call('bucket/makeBucket', { bucketName: 'made-here' }, admin)).error).toBe('BucketAlreadyExists');
    expect((await call('bucket/removeBucket', { bucketName: 'made-here' }, admin)).success).toBe(true);
    expect((await call('bucket/bucketExists', { bucketName: 'made-here' }, admin)).data).toEqual({ exists: false });
  });

  it('says in words which key is wrong, and still signs people in', async () => {
    const wrong = await startServer({
      ...S3,
      IMAGEPIC_S3_SECRET_ACCESS_KEY: 'not-the-secret',
      IMAGEPIC_DEFAULT_BUCKET: bucketName,
      IMAGEPIC_DATA_DIR: server.folder,
    });
    const ask = caller(() => wrong);
    expect(await ask('auth/register', { ...PERSON, phone: '13700137000' })).toMatchObject({ success: true });
    const { token } = (await ask('auth/login', { phone: '13800138000', upwd: PERSON.upwd })).data;
    const listed = await ask('bucket/testBucket', { bucketName }, token, 'en');
    expect(listed.data.ok).toBe(false);
    expect(JSON.stringify(listed.data)).toContain('IMAGEPIC_S3_SECRET_ACCESS_KEY');
    expect(JSON.stringify(listed) + wrong.log.join('')).not.toContain('not-the-secret');
    expect((await ask('health', {})).data).toMatchObject({ state: 'down', stores: { documents: { state: 'up' } } });
    await wrong.close();
  });

  it('says to the first visitor of a new bed which key is wrong', async () => {
    const wrong = await startServer({ ...S3, IMAGEPIC_S3_SECRET_ACCESS_KEY: 'not-the-secret' });
    const refused = await caller(() => wrong)('auth/register', { ...PERSON, phone: '13800138000' }, '', 'en');
    expect(refused).toMatchObject({
      error: 'ServiceUnavailable',
      data: { err: expect.stringContaining('IMAGEPIC_S3_SECRET_ACCESS_KEY') },
    });
    await wrong.close();
  });
});

describe('the trash on Ceph', () => {
  it('takes an image away from every address, its presigned and the public one of its bucket too, and gives it back', async () => {
    const bucketName = 'trash-on-ceph';
    const server = await startServer({
      ...{ ...S3, IMAGEPIC_DEFAULT_BUCKET: bucketName, IMAGEPIC_RECORDS: 'sqlite', IMAGEPIC_TRASH_DAYS: '30' },
    });
    try {
      const call = caller(() => server);
      await call('auth/register', { ...PERSON, phone: '13800138000' });
      const { token } = (await call('auth/login', { phone: '13800138000', upwd: PERSON.upwd })).data;
      const Statement = [
        { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucketName}/*` },
      ];
      const policy = { Version: '2012-10-17', Statement };
      expect((await call('policy/setBucketPolicy', { bucketName, policy }, token)).error).toBeUndefined();
      const place = { bucketName, objectName: '图/a b.png' };
      const { url, etag } = (await call('object/putObject', { ...place, base64: PICTURE.toString('base64') }, token))
        .data;
      const lent = (await call('object/presignedGetObject', { ...place, expiry: 600 }, token)).data;
      const own = `${ceph.endpoint}/${bucketName}/${place.objectName.split('/').map(encodeURIComponent).join('/')}`;
      expect(lent.url ?? lent).toContain(ceph.endpoint);
      const statuses = () =>
        Promise.all([url, `${url}?p=thumb`, lent.url ?? lent, own].map(async (at) => (await fetch(at)).status));
      expect(await statuses()).toEqual([200, 200, 200, 200]);
      expect((await call('object/removeObject', place, token)).error).toBeUndefined();
      expect(await statuses()).toEqual([404, 404, 404, expect.toBeOneOf([403, 404])]);
      const [{ imageId }] = (await call('image/listTrash', {}, token)).data.images;
      expect((await call('auth/me', {}, token)).data.usage.objects).toBe(1);
      expect((await call('image/restore', { imageId }, token)).data).toMatchObject({ ...place, url, etag });
      expect(await statuses()).toEqual([200, 200, 200, 200]);
      const base64 = makePng(7, 7).toString('base64');
      const { versionId } = (await call('image/replace', { imageId, base64 }, token)).data;
      expect((await call('object/statObject', place, token)).data).toMatchObject({ imageId, width: 7 });
      expect((await call('image/rollBack', { imageId, versionId }, token)).data).toMatchObject({ imageId, width: 40 });
      expect((await call('image/listVersions', { imageId }, token)).data).toMatchObject([{ width: 7 }]);
      expect((await call('auth/me', {}, token)).data.usage.objects).toBe(2);
      const shown = await fetch(own, { method: 'HEAD' });
      // Nothing that everybody may read tells where the version is.
      expect(JSON.stringify([...shown.headers])).not.toContain('.imagepic/trash');
      await call('object/removeObject', { ...place, purge: true }, token);
      expect((await call('image/listTrash', {}, token)).data.images).toEqual([]);
      expect((await call('auth/me', {}, token)).data.usage).toMatchObject({ bytes: 0, objects: 0 });
    } finally {
      await server.close();
    }
  });
});
