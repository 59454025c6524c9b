import { describe, expect, it } from 'vitest';
import type { PresignedRequest } from '../../src/ports/object-store.ts';
import type { Subject } from './object-store.suite.ts';
import { makeBytes, readAll } from './object-store-objects.suite.ts';

const OPTIONS = { expiresInSeconds: 60, mountUrl: 'http://127.0.0.1:3000/imagepic' };
const KEYS = ['a.png', '图片/猫 🐱.png', `a+b=c&d?e#f%20!'()*~.png`];

/** States what every object store promises about requests that clients send by themselves. */
export function describePresignedRequests(
  subject: () => Subject,
  { signedRequests }: { readonly signedRequests: boolean },
): void {
  describe('presigned requests', () => {
    it('say when they expire', async () => {
      const { store, bucket } = subject();
      const { expiresAt } = await store.presignGet(bucket, 'a', OPTIONS);
      expect(Math.abs(expiresAt.getTime() - Date.now() - 60_000)).toBeLessThan(5000);
    });
    if (signedRequests) describeChecked(subject);
    else describeSent(subject);
  });
}

/** For stores whose presigned requests come back to us. */
function describeChecked(subject: () => Subject): void {
  const put = { ...OPTIONS, contentType: 'image/png', size: 1000 };
  const check = (
    { url, method }: PresignedRequest,
    changes: { method?: string; bucket?: string; key?: string } = {},
  ) => {
    const { pathname, searchParams } = new URL(url);
    const [, , , bucket = '', ...segments] = pathname.split('/').map(decodeURIComponent);
    const target = { method, bucket, key: segments.join('/'), ...changes };
    return subject().store.signedRequests?.verify(target.method, target.bucket, target.key, searchParams);
  };

  it.each(KEYS)('come back whole for %j', async (key) => {
    const { store, bucket } = subject();
    const get = await store.presignGet(bucket, key, OPTIONS);
    expect(get.url.startsWith(`${OPTIONS.mountUrl}/s/${bucket}/`)).toBe(true);
    expect(get).toMatchObject({ method: 'GET', headers: {} });
    expect(check(get)).toEqual({});
    expect(check(get, { key: `${key}x` })).toBeUndefined();
    const sent = await store.presignPut(bucket, key, put);
    expect(sent).toMatchObject({ method: 'PUT', headers: { 'content-type': 'image/png' } });
    expect(check(sent)).toEqual({ contentType: 'image/png', size: 1000 });
    const part = await store.presignPart(bucket, key, { ...OPTIONS, uploadId: 'u-1', partNumber: 3 });
    expect(check(part)).toEqual({ uploadId: 'u-1', partNumber: 3 });
  });

  it('give back what was allowed, and for whom', async () => {
    const { store, bucket } = subject();
    const part = { ...OPTIONS, uploadId: 'u-1', partNumber: 3, size: 1000, holder: 'u_1.t-2' };
    expect(check(await store.presignPart(bucket, 'a', part))).toEqual({
      uploadId: 'u-1',
      partNumber: 3,
      size: 1000,
      holder: 'u_1.t-2',
    });
    expect(check(await store.presignGet(bucket, 'a', { ...OPTIONS, holder: 'u_1.e-0' }))).toEqual({
      holder: 'u_1.e-0',
    });
  });

  it('hold for exactly one method, bucket and key', async () => {
    const { store, bucket } = subject();
    const request = await store.presignPut(bucket, 'a/b', put);
    expect(check(request)).toBeDefined();
    for (const change of [
      { method: 'GET' },
      { method: 'put' },
      { bucket: 'other' },
      { key: 'a/c' },
      { key: 'a' },
      { key: '' },
    ]) {
      expect(check(request, change)).toBeUndefined();
    }
  });
}

/** For stores that serve presigned requests themselves. */
function describeSent(subject: () => Subject): void {
  const send = ({ url, method, headers }: PresignedRequest, body?: Buffer): Promise<Response> =>
    fetch(url, { method, headers, ...(body !== undefined && { body }) });

  it.each(KEYS)('read and write %j', async (key) => {
    const { store, bucket } = subject();
    const bytes = makeBytes(1000, 5);
    const put = await store.presignPut(bucket, key, { ...OPTIONS, contentType: 'image/png', size: 1000 });
    expect((await send(put, bytes)).status).toBe(200);
    expect(await store.head(bucket, key)).toMatchObject({ size: 1000, contentType: 'image/png' });
    const answer = await send(await store.presignGet(bucket, key, OPTIONS));
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('refuse another type, size, key or method', async () => {
    const { store, bucket } = subject();
    const bytes = makeBytes(1000, 5);
    const put = await store.presignPut(bucket, 'signed', { ...OPTIONS, contentType: 'image/png', size: 1000 });
    const attempts = [
      { request: { ...put, headers: { ...put.headers, 'content-type': 'text/html' } }, body: bytes },
      { request: put, body: makeBytes(1001, 5) },
      { request: { ...put, url: put.url.replace('/signed?', '/signed2?') }, body: bytes },
      { request: { ...put, method: 'GET' as const }, body: undefined },
    ];
    for (const { request, body } of attempts) {
      const { status } = await send(request, body);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    expect(await store.head(bucket, 'signed')).toBeUndefined();
    expect(await store.head(bucket, 'signed2')).toBeUndefined();
  });

  it('refuse a part of another size', async () => {
    const { store, bucket } = subject();
    const uploadId = await store.createMultipartUpload(bucket, 'sized', { contentType: 'image/png' });
    const request = await store.presignPart(bucket, 'sized', { ...OPTIONS, uploadId, partNumber: 1, size: 1000 });
    for (const size of [999, 1001, 100_000]) {
      const { status } = await send(request, makeBytes(size, 6));
      expect([status >= 400, status < 500]).toEqual([true, true]);
    }
    expect(await store.listParts(bucket, 'sized', uploadId)).toEqual([]);
    expect((await send(request, makeBytes(1000, 6))).status).toBe(200);
    await store.abortMultipartUpload(bucket, 'sized', uploadId);
  });

  it('send one part', async () => {
    const { store, bucket } = subject();
    const uploadId = await store.createMultipartUpload(bucket, 'by-part', { contentType: 'image/png' });
    const bytes = makeBytes(1000, 6);
    const request = await store.presignPart(bucket, 'by-part', { ...OPTIONS, uploadId, partNumber: 1 });
    expect((await send(request, bytes)).status).toBe(200);
    const parts = await store.listParts(bucket, 'by-part', uploadId);
    await store.completeMultipartUpload(bucket, 'by-part', uploadId, parts);
    expect((await readAll(await store.get(bucket, 'by-part'))).equals(bytes)).toBe(true);
  });
}
