import { request } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { describe, expect, inject, it } from 'vitest';
import { streamLargePng } from '../support/large-png.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

// Of its own, as the Ceph is shared with other beds, which each know their default bucket.
const BUCKET = 'large';
const GIB = 1024 ** 3;
const MOST_GROWTH = 64 * 1024 ** 2;
const PERSON = { name: 'P', tfs: '', email: 'p@example.com', phone: '13800138000', upwd: 'correct horse 7' };

async function signIn(server: ServerProcess): Promise<string> {
  await server.post('auth/register', PERSON);
  const { data } = await server.post('auth/login', { phone: PERSON.phone, upwd: PERSON.upwd });
  return data['token'] ?? '';
}

async function* formOf(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from('--b\r\nContent-Disposition: form-data; name="f"; filename="large.png"\r\n\r\n');
  yield* file;
  yield Buffer.from('\r\n--b--\r\n');
}

async function upload(server: ServerProcess, token: string, bytes: number) {
  const headers = { authorization: token, bucket: BUCKET, 'content-type': 'multipart/form-data; boundary=b' };
  const sending = request(`${server.mountUrl}/object/putObject`, { method: 'POST', headers });
  const answered = new Promise<string>((resolve, reject) => {
    sending.on('response', (response) => resolve(text(response)));
    sending.on('error', reject);
  });
  await pipeline(Readable.from(formOf(streamLargePng(bytes))), sending);
  return JSON.parse(await answered);
}

async function download(url: string): Promise<number> {
  let size = 0;
  const response = await fetch(url);
  if (response.body) for await (const chunk of response.body) size += chunk.length;
  return size;
}

const ceph = inject('ceph');
const ON_CEPH = {
  IMAGEPIC_S3_ENDPOINT: ceph.endpoint,
  IMAGEPIC_S3_ACCESS_KEY_ID: ceph.accessKeyId,
  IMAGEPIC_S3_SECRET_ACCESS_KEY: ceph.secretAccessKey,
};

describe.each([
  ['the file store', {}],
  ['Ceph', ON_CEPH],
])('a form of 1 GiB to %s', (_name, env) => {
  it('passes, and comes back, in bounded memory', { timeout: 300_000 }, async () => {
    const server = await startServerProcess({ IMAGEPIC_DEFAULT_BUCKET: BUCKET, ...env });
    try {
      const token = await signIn(server);
      const first = await upload(server, token, 32 * 1024 ** 2);
      expect(first).toMatchObject({ success: true });
      const before = await server.memory();
      const { data } = await upload(server, token, GIB);
      expect(data.size).toBeGreaterThanOrEqual(GIB);
      expect(await download(data.url)).toBe(data.size);
      const { peak } = await server.memory();
      console.log(`RSS ${before.now >> 20} MiB before, ${peak >> 20} MiB at most`);
      expect(peak - before.now).toBeLessThan(MOST_GROWTH);
      expect(
        await server.post('object/removeObject', { bucketName: BUCKET, objectName: 'large.png' }, token),
      ).toMatchObject({ success: true });
    } finally {
      await server.close();
    }
  });
});
