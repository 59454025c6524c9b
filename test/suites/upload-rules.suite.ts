import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../support/bed.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';

const BUCKET = 'upload-rules';

let server: RunningServer;
let token: string;
let photo: Buffer;

const call = async (url: string, data: object, as: string | undefined = token): Promise<Answer> => {
  const response = await fetch(`${server.mountUrl}/${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(as !== undefined && { authorization: `Bearer ${as}` }) },
    body: JSON.stringify(data),
  });
  return (await response.json()) as Answer;
};

const rule = (wanted: object): Promise<Answer> => call('bucket/setUploadRule', { bucketName: BUCKET, ...wanted });
const put = (bytes: Buffer, more: object): Promise<Answer> =>
  call('object/putObject', { bucketName: BUCKET, base64: bytes.toString('base64'), ...more });
const names = async (prefix: string): Promise<string[]> => {
  const { data } = await call('object/listObjects', { bucketName: BUCKET, prefix, recursive: true, pageNum: -1 });
  return data.lists.map(({ name }: { name: string }) => name);
};
const used = async (): Promise<unknown> => (await call('auth/me', {})).data.usage;

const send = async (bytes: Buffer, name: string, fields: Readonly<Record<string, string>> = {}): Promise<Answer> => {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.set(field, value);
  form.set('file', new Blob([new Uint8Array(bytes)]), name);
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${server.mountUrl}/object/putObject`, { method: 'POST', headers, body: form });
  return (await response.json()) as Answer;
};

const fetchOf = async (url: string) => {
  const response = await fetch(url);
  const bytes = Buffer.from(await response.arrayBuffer());
  return { bytes, contentType: response.headers.get('content-type') };
};
const factsOf = async (bytes: Buffer) => {
  const { format, width, height, pages, pageHeight } = await sharp(bytes, { animated: true }).metadata();
  return { format, width, height: pageHeight ?? height, frames: pages ?? 1 };
};

const plain = (width: number, height: number, background: string) =>
  sharp({ create: { width, height, channels: 3, background } });

async function noise(width: number, height: number): Promise<Buffer> {
  const small = await sharp({
    create: {
      ...{ width: 40, height: 30, channels: 3, background: '#808080' },
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  })
    .png()
    .toBuffer();
  return sharp(small).resize(width, height, { kernel: 'cubic', fit: 'fill' }).jpeg({ quality: 92 }).toBuffer();
}

/** States what is promised of a bucket with an upload rule, on whatever store its images lie. */
export function describeUploadRules(name: string, env: () => Readonly<Record<string, string>>): void {
  beforeAll(async () => {
    server = await startServer({ ...env(), IMAGEPIC_DEFAULT_BUCKET: BUCKET });
    const person = { phone: '13800138000', upwd: 'correct horse 7' };
    await call('auth/register', { ...person, name: 'A', tfs: '', email: 'a@example.com' }, undefined);
    token = (await call('auth/login', person, undefined)).data.token;
    photo = await noise(1600, 1200);
  });
  afterAll(() => server.close());
  afterEach(() => call('bucket/removeUploadRule', { bucketName: BUCKET }));

  describe(`upload rules on ${name}`, () => {
    it('are none unless an admin makes one, and then stand as they were made', async () => {
      const before = await call('bucket/getUploadRule', { bucketName: BUCKET });
      const made = await rule({ maxSide: 800, quality: 70 });
      const after = await call('bucket/getUploadRule', { bucketName: BUCKET });

      expect(before.data).toEqual({ rule: null });
      expect(made.data.rule).toEqual({ maxSide: 800, quality: 70, format: 'keep', keepOriginal: false });
      expect(after.data).toEqual(made.data);
    });

    it('make no side longer than they say, and the answer tells what is stored', async () => {
      await rule({ maxSide: 800 });

      const { data } = await put(photo, { objectName: 'side/a.jpg' });

      const stored = await fetchOf(data.url);
      expect(data).toMatchObject({ width: 800, height: 600, size: stored.bytes.length, contentType: 'image/jpeg' });
      expect(await factsOf(stored.bytes)).toMatchObject({ format: 'jpeg', width: 800, height: 600 });
      const stat = await call('object/statObject', { bucketName: BUCKET, objectName: 'side/a.jpg' });
      expect(stat.data).toMatchObject({ width: 800, height: 600, size: stored.bytes.length });
    });

    it('leave an image byte for byte as it is where they change nothing', async () => {
      await rule({ maxSide: 800 });
      const small = await plain(80, 60, '#336699').png().toBuffer();

      const { data } = await put(small, { objectName: 'same/a.png' });

      expect((await fetchOf(data.url)).bytes).toEqual(small);
    });

    it('turn it by its orientation before they measure it', async () => {
      await rule({ maxSide: 400 });
      const turned = await sharp(photo).withMetadata({ orientation: 6 }).toBuffer();

      const { data } = await put(turned, { objectName: 'turned/a.jpg' });

      expect(data).toMatchObject({ width: 300, height: 400 });
      expect(await factsOf((await fetchOf(data.url)).bytes)).toMatchObject({ width: 300, height: 400 });
    });

    it.each([
      ['webp', 'image/webp', 'webp'],
      ['avif', 'image/avif', 'heif'],
    ] as const)('convert to %s, and the names that the service gives say so', async (format, contentType, decoded) => {
      await rule({ format });

      const byFile = await send(photo, '照片.jpg', { bucketName: BUCKET, folder: `to-${format}` });
      const byTemplate = await put(photo, { nameTemplate: '{hash}.{ext}', folder: `to-${format}` });
      const byName = await put(photo, { objectName: `to-${format}/own.jpg` });

      expect(byFile.data.objectName).toBe(`to-${format}/照片.${format}`);
      expect(byTemplate.data.objectName).toMatch(new RegExp(`^to-${format}/\\w+\\.${format}$`));
      expect(byName.data.objectName).toBe(`to-${format}/own.jpg`);
      for (const { data } of [byFile, byTemplate, byName]) {
        const stored = await fetchOf(data.url);
        expect(data).toMatchObject({ contentType, size: stored.bytes.length });
        expect(stored.contentType).toBe(contentType);
        expect(await factsOf(stored.bytes)).toMatchObject({ format: decoded, width: 1600, height: 1200 });
      }
    });

    it('never make the same picture larger', async () => {
      await rule({ format: 'webp', quality: 100 });
      const low = await sharp(photo).jpeg({ quality: 10 }).toBuffer();

      const { data } = await put(low, { objectName: 'larger/a.jpg' });

      expect(data).toMatchObject({ contentType: 'image/jpeg', size: low.length });
    });

    it('encode anew what is to be of another quality', async () => {
      await rule({ quality: 30 });

      const { data } = await put(photo, { objectName: 'quality/a.jpg' });

      expect(data.size).toBeLessThan(photo.length / 2);
      expect(await factsOf((await fetchOf(data.url)).bytes)).toMatchObject({ format: 'jpeg', width: 1600 });
    });

    it('let an animation move', async () => {
      await rule({ format: 'avif', maxSide: 32 });
      const frames = await Promise.all(
        ['#ff0000', '#00ff00', '#0000ff'].map((colour) => plain(64, 48, colour).png().toBuffer()),
      );
      const gif = await sharp(frames, { join: { animated: true } })
        .gif()
        .toBuffer();

      const { data } = await put(gif, { objectName: 'moving/a.gif' });

      const stored = await fetchOf(data.url);
      expect(data).toMatchObject({ contentType: 'image/webp', width: 32, height: 24, frames: 3 });
      expect(await factsOf(stored.bytes)).toEqual({ format: 'webp', width: 32, height: 24, frames: 3 });
    });

    it('lay a watermark over every image, whatever is beside it in the rule', async () => {
      const red = await plain(100, 50, '#ff0000').png().toBuffer();
      const watermark = { picture: red.toString('base64'), position: 'center', opacity: 100, scale: 50 };
      const made = await rule({ maxSide: 400, watermark });
      const blue = await plain(800, 400, '#0000ff').png().toBuffer();

      const { data } = await put(blue, { objectName: 'marked/a.png' });

      expect(made.data.rule.watermark).toMatchObject({ position: 'center', opacity: 100, scale: 50 });
      const { bytes } = await fetchOf(data.url);
      const pixel = async (left: number, top: number) => [
        ...(await sharp(bytes).extract({ left, top, width: 1, height: 1 }).removeAlpha().raw().toBuffer()),
      ];
      expect(await pixel(200, 100)).toEqual([255, 0, 0]);
      expect(await pixel(20, 20)).toEqual([0, 0, 255]);
      expect(data).toMatchObject({ width: 400, height: 200 });
    });

    it('keep the original beside it, once, counted, and where nobody guesses it', async () => {
      await rule({ maxSide: 400, keepOriginal: true });
      const before = (await used()) as { bytes: number; objects: number };

      const { data } = await put(photo, { objectName: 'kept/a.jpg' });
      const again = await put(photo, { objectName: 'kept/a.jpg' });

      expect(again.success).toBe(true);
      const [image, original = '', ...more] = (await names('kept/')).toSorted();
      expect([image, more]).toEqual(['kept/a.jpg', []]);
      expect(original).toMatch(/^kept\/a\.original-[0-9a-f]{32}\.jpg$/);
      const url = data.url.replace('kept/a.jpg', original);
      expect(await factsOf((await fetchOf(url)).bytes)).toMatchObject({ width: 1600, height: 1200 });
      const after = (await used()) as { bytes: number; objects: number };
      expect(after.objects - before.objects).toBe(2);
      expect(after.bytes - before.bytes).toBe(data.size + (await fetchOf(url)).bytes.length);
    });

    it('hold for what goes past the service', async () => {
      await rule({ maxSide: 400, format: 'webp' });
      const announced = { contentType: 'image/jpeg', size: photo.length };

      const begun = await call('object/presignedPutObject', {
        ...{ bucketName: BUCKET, objectName: 'direct/a.jpg', ...announced },
      });
      const { url, headers, uploadId } = begun.data;
      const sent = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(photo) });
      const { data } = await call('object/commitObject', { uploadId });

      expect(sent.status).toBe(200);
      expect(data).toMatchObject({ width: 400, height: 300, contentType: 'image/webp' });
      const stored = await fetchOf(data.url);
      expect(stored.bytes.length).toBe(data.size);
      expect(await factsOf(stored.bytes)).toMatchObject({ format: 'webp', width: 400, height: 300 });
      expect(await names('direct/')).toEqual(['direct/a.jpg']);
    });

    it('store the same upload of a client once', async () => {
      await rule({ maxSide: 400, format: 'webp', keepOriginal: true });
      const upload = async () => {
        const form = new FormData();
        form.set('file', new Blob([new Uint8Array(photo)]), 'cat.jpg');
        form.set('folder', 'client');
        const headers = { authorization: `Bearer ${token}` };
        const response = await fetch(`${server.mountUrl}/upload`, { method: 'POST', headers, body: form });
        return (await response.json()) as { url: string };
      };

      const [first, second] = [await upload(), await upload()];

      expect(JSON.stringify(second)).toContain('.webp');
      expect(second.url).toBe(first.url);
      expect(await names('client/')).toHaveLength(2);
    });

    it.each([
      ['that does nothing', {}],
      ['of a side that no image has', { maxSide: 1 }],
      ['of an unknown format', { format: 'bmp' }],
      ['with a watermark of nothing', { watermark: { position: 'top' } }],
      ['with a watermark of two things', { watermark: { text: 'a', picture: 'AAAA' } }],
      ['with a watermark that is no image', { watermark: { picture: Buffer.from('no image').toString('base64') } }],
      ['with a watermark at no place', { watermark: { text: 'a', position: 'outside' } }],
      ['with a field that it does not have', { watermark: { text: 'a', colour: 'red' } }],
    ])('are refused %s, and the rule before stays', async (_, wanted) => {
      await rule({ maxSide: 900 });

      const refused = await rule(wanted);

      expect(refused.success).toBe(false);
      expect(['InvalidArgument', 'InvalidImage']).toContain(refused.error);
      const { data } = await call('bucket/getUploadRule', { bucketName: BUCKET });
      expect(data.rule.maxSide).toBe(900);
    });
  });
}
