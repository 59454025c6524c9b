import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePng } from '../../../support/png.ts';
import { type RunningServer, startServer } from '../../../support/running-server.ts';

const PERSON = { name: 'P', tfs: '', email: 'p@example.com', upwd: 'correct horse 7' };
const PICTURE = makePng(30, 30);

let server: RunningServer;
let ann: string;
let bob: string;
const call = async (url: string, input: object, token = ann) => {
  const headers = { 'content-type': 'application/json', authorization: token };
  const response = await fetch(`${server.mountUrl}/${url}`, { method: 'POST', headers, body: JSON.stringify(input) });
  return JSON.parse(await response.text());
};
const signIn = async (phone: string): Promise<string> => {
  await call('auth/register', { ...PERSON, phone }, '');
  return (await call('auth/login', { phone, upwd: PERSON.upwd }, '')).data.token;
};
beforeAll(async () => {
  server = await startServer();
  ann = '';
  ann = await signIn('13800138000');
  bob = await signIn('13900139000');
});
afterAll(() => server.close());

const announce = (objectName: string, more: object = {}) => ({
  bucketName: 'images',
  objectName,
  contentType: 'image/png',
  size: PICTURE.length,
  ...more,
});
const putTo = ({ url, headers }: { url: string; headers: Record<string, string> }, body: Uint8Array) =>
  fetch(url, { method: 'PUT', headers, body: Uint8Array.from(body) });

describe('a presigned upload', () => {
  it('is an image only when it has been put and checked, and may be committed again', async () => {
    const { data } = await call('object/presignedPutObject', announce('p/1.png'));
    expect((await call('object/commitObject', { uploadId: data.uploadId })).error).toBe('NoSuchUpload');
    expect((await call('object/statObject', { bucketName: 'images', objectName: 'p/1.png' })).error).toBe('NoSuchKey');
    expect((await putTo(data, PICTURE)).status).toBe(200);
    const first = await call('object/commitObject', { uploadId: data.uploadId });
    expect(first.data).toMatchObject({ objectName: 'p/1.png', size: PICTURE.length, contentType: 'image/png' });
    expect((await call('object/commitObject', { uploadId: data.uploadId })).data).toEqual(first.data);
    expect(Buffer.from(await (await fetch(first.data.url)).arrayBuffer())).toEqual(PICTURE);
  });

  it('S20 is one image, however often its address is used at once', async () => {
    const { data } = await call('object/presignedPutObject', announce('once/1.png', { onConflict: 'rename' }));
    const answers = await Promise.all([1, 2, 3].map(() => putTo(data, PICTURE)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403, 403]);
    const listed = await call('object/listObjects', { bucketName: 'images', prefix: 'once/', recursive: true });
    expect(listed.data.total).toBe(1);
    const commits = await Promise.all([1, 2, 3].map(() => call('object/commitObject', { uploadId: data.uploadId })));
    for (const commit of commits) expect(commit.data).toMatchObject({ objectName: 'once/1.png' });
  });

  it('belongs to whoever began it', async () => {
    const { data } = await call('object/presignedPutObject', announce('p/2.png'));
    await putTo(data, PICTURE);
    expect((await call('object/commitObject', { uploadId: data.uploadId }, bob)).error).toBe('NoSuchUpload');
    expect((await call('object/commitObject', { uploadId: '0'.repeat(32) })).error).toBe('NoSuchUpload');
    expect((await call('object/presignedPutObject', announce('p/2.png'), bob)).error).toBe('AccessDenied');
  });

  it('is one image, however many put to its address at once', async () => {
    const { data } = await call('object/presignedPutObject', announce('p/4.png', { onConflict: 'rename' }));
    const statuses = await Promise.all(Array.from({ length: 5 }, async () => (await putTo(data, PICTURE)).status));
    expect(statuses.sort()).toEqual([200, 403, 403, 403, 403]);
    const { data: listed } = await call('object/listObjects', { bucketName: 'images', prefix: 'p/4', recursive: true });
    expect(listed.lists).toHaveLength(1);
  });

  it('lists nothing of the service’s own', async () => {
    await call('object/presignedPutObject', announce('p/3.png'));
    const { data } = await call('object/listObjects', { bucketName: 'images', pageNum: -1 });
    expect(JSON.stringify(data)).not.toContain('.imagepic');
    expect((await call('object/statObject', { bucketName: 'images', objectName: '.imagepic/pending/x' })).error).toBe(
      'InvalidArgument',
    );
  });
});

describe('a multipart upload', () => {
  // Noise does not compress, so that this is more than one part.
  const large = makePng(1900, 1900, { noise: true });
  const begin = async (objectName: string) =>
    (await call('object/createMultipartUpload', announce(objectName, { size: large.length }))).data;
  const sendPart = async (uploadId: string, partNumber: number, bytes: Uint8Array) => {
    const { data } = await call('object/presignedUploadPart', { uploadId, partNumber });
    const response = await putTo(data, bytes);
    return { status: response.status, etag: JSON.parse(await response.text()).data?.etag };
  };

  it('is one image, however often it is completed at once', async () => {
    const { uploadId, partSize } = await begin('once/large.png');
    const parts: { readonly partNumber: number; readonly etag: string }[] = [];
    for (let start = 0, number = 1; start < large.length; start += partSize, number += 1) {
      const { etag } = await sendPart(uploadId, number, large.subarray(start, start + partSize));
      parts.push({ partNumber: number, etag });
    }
    const complete = () => call('object/completeMultipartUpload', { uploadId, parts });
    const [first, ...others] = await Promise.all([complete(), complete(), complete()]);
    expect(first.data).toMatchObject({ objectName: 'once/large.png', size: large.length });
    for (const other of others) expect(other.data).toEqual(first.data);
  });

  it('is put together from its parts by a client that lost its state in the middle', async () => {
    const { uploadId, partSize, parts } = await begin('m/large.png');
    expect(parts).toBe(Math.ceil(large.length / partSize));
    expect((await sendPart(uploadId, 1, large.subarray(0, partSize))).status).toBe(200);

    const open = (await call('object/listMultipartUploads', { bucketName: 'images' })).data.find(
      (upload: { readonly objectName: string }) => upload.objectName === 'm/large.png',
    );
    expect(open).toMatchObject({ kind: 'parts', uploadId, objectName: 'm/large.png', size: large.length });
    expect((await call('object/listMultipartUploads', { bucketName: 'images' }, bob)).data).toEqual([]);
    const done = (await call('object/listParts', { uploadId: open.uploadId })).data;
    expect(done).toEqual([{ partNumber: 1, etag: expect.any(String), size: partSize }]);
    for (let number = 2; number <= parts; number += 1) {
      await sendPart(uploadId, number, large.subarray((number - 1) * partSize, number * partSize));
    }
    const sent = (await call('object/listParts', { uploadId })).data.map(({ partNumber, etag }: never) => ({
      partNumber,
      etag,
    }));
    const stored = await call('object/completeMultipartUpload', { uploadId, parts: sent });
    expect(stored.data).toMatchObject({ objectName: 'm/large.png', size: large.length });
    expect(Buffer.from(await (await fetch(stored.data.url)).arrayBuffer()).equals(large)).toBe(true);
    expect((await call('object/completeMultipartUpload', { uploadId, parts: sent })).data).toEqual(stored.data);
    expect((await call('object/listParts', { uploadId })).error).toBe('NoSuchUpload');
  });

  it('is refused when its parts are no image, and nothing is left', async () => {
    const { uploadId, partSize } = await begin('m/noise.png');
    const noise = Buffer.alloc(large.length, 7);
    const first = await sendPart(uploadId, 1, noise.subarray(0, partSize));
    const second = await sendPart(uploadId, 2, noise.subarray(partSize));
    const parts = [first, second].map(({ etag }, index) => ({ partNumber: index + 1, etag }));
    expect((await call('object/completeMultipartUpload', { uploadId, parts })).error).toBe('UnsupportedMediaType');
    expect((await call('object/statObject', { bucketName: 'images', objectName: 'm/noise.png' })).error).toBe(
      'NoSuchKey',
    );
  });

  it('S5 takes no more than was announced, and nothing of an account that is disabled', async () => {
    const carl = await signIn('13700137000');
    const { userId } = (await call('auth/me', {}, carl)).data;
    const begun = await call('object/createMultipartUpload', announce('m/small.png', { size: 100 }), carl);
    const { uploadId } = begun.data;
    expect(begun.data.parts).toBe(1);
    const { data } = await call('object/presignedUploadPart', { uploadId, partNumber: 1 }, carl);
    expect((await putTo(data, Buffer.alloc(101))).status).toBe(413);
    expect((await call('object/presignedUploadPart', { uploadId, partNumber: 2 }, carl)).error).toBe('InvalidArgument');
    expect((await call('object/listParts', { uploadId }, carl)).data).toEqual([]);
    expect((await putTo(data, Buffer.alloc(100))).status).toBe(200);
    await call('auth/updateUser', { userId, disabled: true });
    expect((await putTo(data, Buffer.alloc(100))).status).toBe(403);
  });

  it('can be aborted, by its owner', async () => {
    const { uploadId } = await begin('m/aborted.png');
    expect((await call('object/abortMultipartUpload', { uploadId }, bob)).error).toBe('NoSuchUpload');
    expect((await call('object/presignedUploadPart', { uploadId, partNumber: 1 }, bob)).error).toBe('NoSuchUpload');
    expect((await call('object/abortMultipartUpload', { uploadId })).success).toBe(true);
    expect((await call('object/presignedUploadPart', { uploadId, partNumber: 1 })).error).toBe('NoSuchUpload');
  });
});
