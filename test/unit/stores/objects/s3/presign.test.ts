import { createHash, createHmac } from 'node:crypto';
import {
  GetObjectCommand,
  type GetObjectCommandInput,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  createS3ObjectStore,
  type S3Credentials,
  type S3Options,
} from '../../../../../src/stores/objects/s3/object-store.ts';

const NOW = new Date('2026-02-03T04:05:06.789Z');
const MOUNT = { mountUrl: 'http://127.0.0.1:3000/imagepic', expiresInSeconds: 300 };

const OPTIONS: S3Options = {
  endpoint: 'http://127.0.0.1:9000',
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  forcePathStyle: true,
  flavour: 's3',
  now: () => NOW,
  random: () => 0,
};

/** Where stores may stand. */
const PLACES: Readonly<Record<string, Partial<S3Options>>> = {
  'a port in the endpoint': {},
  'the usual port spelled out': { endpoint: 'https://s3.example.com:443', forcePathStyle: false },
  'a path in the endpoint': { endpoint: 'https://gateway.example.com/s3/' },
  'a bucket in the host name': { endpoint: 'https://s3.example.com:8443', forcePathStyle: false },
  'an IP address without path style': { forcePathStyle: false },
  IPv6: { endpoint: 'http://[::1]:9000', forcePathStyle: false },
  AWS: { endpoint: undefined, region: 'eu-central-1', forcePathStyle: false },
  'AWS in China': { endpoint: undefined, region: 'cn-north-1', forcePathStyle: false },
  COS: { endpoint: undefined, region: 'ap-shanghai', forcePathStyle: false, flavour: 'cos' },
  'a session token': {
    credentials: { accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'FwoGZXIvYXdzE/+=aB&c d' },
  },
};

const KEYS = [
  'a.png',
  '2026/02/03/图片 猫🐱.png',
  'a+b%20c#d?e&f=g;h,i',
  `quotes ' " \` (brackets) [too] {and} <angles>`,
  '!*~-_.:@$/\\|^',
  '%2e%2e/%2F',
  'é composed/e\u0301 decomposed',
  '\u0001\u007f',
  '...',
  `${'图'.repeat(341)}a`,
  'x'.repeat(1024),
];

const toIdentity = ({ sessionToken, ...keys }: S3Credentials) => ({
  ...keys,
  ...(sessionToken !== undefined && { sessionToken }),
});

/** The SDK's client for the same store. */
function clientOf({ endpoint, region, credentials, forcePathStyle, flavour }: S3Options): S3Client {
  const address = flavour === 'cos' ? `https://cos.${region}.myqcloud.com` : endpoint;
  return new S3Client({
    region,
    forcePathStyle,
    credentials: toIdentity(credentials),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(address !== undefined && { endpoint: address }),
  });
}

const SDK_OPTIONS = {
  expiresIn: 300,
  signingDate: NOW,
  signableHeaders: new Set(['host', 'content-type', 'content-length']),
};

describe('presigned URLs', () => {
  // The SDK, to which they are compared, complains about Node 20.
  beforeAll(() => {
    vi.stubEnv('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true');
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  describe.each(Object.entries(PLACES))('with %s', (_, place) => {
    const options = { ...OPTIONS, ...place };
    const store = createS3ObjectStore(options);

    it.each(KEYS)('are byte for byte those of the SDK for %j', async (key) => {
      const client = clientOf(options);
      const input: GetObjectCommandInput = { Bucket: 'images-1250000000', Key: key };
      const get = await store.presignGet('images-1250000000', key, MOUNT);
      expect(get.url).toBe(await getSignedUrl(client, new GetObjectCommand(input), SDK_OPTIONS));

      const description = { contentType: 'image/svg+xml; charset=utf-8', size: 12_345 };
      const put = await store.presignPut('images-1250000000', key, { ...MOUNT, ...description });
      const putCommand = new PutObjectCommand({
        ...input,
        ContentType: description.contentType,
        ContentLength: 12_345,
      });
      expect(put.url).toBe(await getSignedUrl(client, putCommand, SDK_OPTIONS));

      const part = await store.presignPart('images-1250000000', key, {
        ...MOUNT,
        uploadId: '2~a+b/c=',
        partNumber: 12,
      });
      const partCommand = new UploadPartCommand({ ...input, UploadId: '2~a+b/c=', PartNumber: 12 });
      // The SDK would sign the type of a body that is not there.
      const unsigned = { expiresIn: 300, signingDate: NOW };
      expect(part.url).toBe(await getSignedUrl(client, partCommand, unsigned));

      const sized = await store.presignPart('images-1250000000', key, {
        ...{ ...MOUNT, uploadId: '2~a+b/c=', partNumber: 12, size: 8_388_608 },
      });
      expect(new URL(sized.url).searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;host');
      expect(sized.headers).toEqual({});
    });
  });

  it('put a bucket with dots into the path under TLS, whose certificates cover no dots', async () => {
    const options = { ...OPTIONS, endpoint: 'https://s3.example.com', forcePathStyle: false };
    const { url } = await createS3ObjectStore(options).presignGet('my.images', 'a', MOUNT);
    const command = new GetObjectCommand({ Bucket: 'my.images', Key: 'a' });
    expect(url).toBe(await getSignedUrl(clientOf(options), command, SDK_OPTIONS));
    expect(url).toMatch(/^https:\/\/s3\.example\.com\/my\.images\/a\?/);
  });

  it.each(['', '.', '..', '../x', 'a/../b', 'a//b', '/a', 'a/', 'a/.', 'nul\0', 'lone \ud800', 'x'.repeat(1025)])(
    'are refused for the key %j, which a URL client would rewrite or no store takes',
    async (key) => {
      await expect(createS3ObjectStore(OPTIONS).presignGet('images', key, MOUNT)).rejects.toMatchObject({
        code: 'InvalidArgument',
      });
    },
  );

  it.each(['', '..', 'a', 'Images', 'images/other', 'images@evil.example', '-images', 'images.'])(
    'are refused for the bucket %j',
    async (bucket) => {
      const store = createS3ObjectStore({ ...OPTIONS, forcePathStyle: false, endpoint: 'https://s3.example.com' });
      await expect(store.presignGet(bucket, 'a', MOUNT)).rejects.toMatchObject({ code: 'InvalidArgument' });
    },
  );

  it('sign type and exact length of an upload, and no checksum of nothing', async () => {
    const description = { contentType: 'image/png', size: 1000 };
    const put = await createS3ObjectStore(OPTIONS).presignPut('images', 'a.png', { ...MOUNT, ...description });
    const { searchParams } = new URL(put.url);
    expect(searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host');
    expect([...searchParams.keys()].filter((name) => /checksum/i.test(name))).toEqual([]);
    expect(put).toMatchObject({ method: 'PUT', headers: { 'content-type': 'image/png' } });
    expect(put.expiresAt).toEqual(new Date('2026-02-03T04:10:06.000Z'));
  });

  it('follow days that pass', async () => {
    let now = NOW;
    const store = createS3ObjectStore({ ...OPTIONS, now: () => now });
    for (const day of [NOW, NOW, new Date('2026-02-04T00:00:00.000Z')]) {
      now = day;
      const command = new GetObjectCommand({ Bucket: 'images', Key: 'a' });
      const sdkUrl = await getSignedUrl(clientOf(OPTIONS), command, { ...SDK_OPTIONS, signingDate: day });
      expect((await store.presignGet('images', 'a', MOUNT)).url).toBe(sdkUrl);
    }
  });
});

/** What COS documents of a signed form, on the other side: https://cloud.tencent.com/document/product/436/14690. */
function judgeCosForm(fields: Readonly<Record<string, string>>, secretKey: string): unknown {
  const hmacSha1 = (key: string, text: string): string => createHmac('sha1', key).update(text).digest('hex');
  const policy = Buffer.from(fields['policy'] ?? '', 'base64').toString();
  const digest = createHash('sha1').update(policy).digest('hex');
  expect(fields['q-signature']).toBe(hmacSha1(hmacSha1(secretKey, fields['q-key-time'] ?? ''), digest));
  return JSON.parse(policy);
}

describe('B14 a form for COS', () => {
  const form = { contentType: 'image/png', size: 1000, expiresInSeconds: 60 };
  const COS = { ...OPTIONS, flavour: 'cos' as const, forcePathStyle: false, endpoint: 'https://cos.example.com' };

  it.each([undefined, 'a temporary token'])(
    'has its own words only, with the session token %j',
    async (sessionToken) => {
      const credentials = { ...OPTIONS.credentials, sessionToken };
      const signed = await createS3ObjectStore({ ...COS, credentials }).presignPost?.('images-125', '图 a.png', form);
      const fields = signed?.fields ?? {};
      expect(signed?.url).toBe('https://images-125.cos.example.com');
      expect(Object.keys(fields).filter((name) => name.startsWith('x-amz-'))).toEqual([]);
      expect(fields['x-cos-security-token']).toBe(sessionToken);
      const [start, end] = (fields['q-key-time'] ?? '').split(';').map(Number);
      expect([(end ?? 0) - (start ?? 0), new Date((end ?? 0) * 1000)]).toEqual([60, signed?.expiresAt]);
      expect(judgeCosForm(fields, OPTIONS.credentials.secretAccessKey)).toEqual({
        expiration: signed?.expiresAt.toISOString(),
        conditions: [
          { bucket: 'images-125' },
          ['eq', '$key', '图 a.png'],
          ['eq', '$Content-Type', 'image/png'],
          ...(sessionToken === undefined ? [] : [['eq', '$x-cos-security-token', sessionToken]]),
          ['content-length-range', 1000, 1000],
          { 'q-sign-algorithm': 'sha1' },
          { 'q-ak': OPTIONS.credentials.accessKeyId },
          { 'q-sign-time': fields['q-key-time'] },
        ],
      });
    },
  );

  it('is refused where a form was seen to be refused, and forms are tried all the same', async () => {
    const knowing = { ...OPTIONS, capabilities: async () => ({ signedForm: false }) };
    await expect(createS3ObjectStore(knowing).presignPost?.('images', 'a', form)).rejects.toMatchObject({
      code: 'NotImplemented',
      text: { en: expect.stringContaining('object/presignedPutObject') },
    });
  });
});
