import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { contract } from '../../src/contract/contract.ts';
import type { RouteContract } from '../../src/contract/route-contract.ts';
import { type ClientBed, openClientBed } from '../dialects/client-bed.ts';
import { makePng } from '../support/png.ts';

const PICTURES = 'pictures';
const routes: readonly (readonly [string, RouteContract])[] = Object.entries(contract);

let bed: ClientBed;
beforeAll(async () => {
  bed = await openClientBed({ IMAGEPIC_DEFAULT_BUCKET: PICTURES });
  await bed.call('bucket/makeBucket', { bucketName: 'more' }, bed.session);
});
afterAll(() => bed?.close());

const png = (grey: number) => makePng(7, 5, { grey });
async function call(url: string, input: object, token = bed.session) {
  const { json } = await bed.call(url, input, token);
  if (!json.success) throw new Error(`${url} ${JSON.stringify(json)}`);
  return json.data;
}
const put = (objectName: string, grey = 1, where: object = {}, token?: string) =>
  call('object/putObject', { objectName, base64: png(grey).toString('base64'), ...where }, token);
/** Sends an image to a presigned address of the bed, in a part or as a whole. */
const send = ({ url, headers }: { url: string; headers: Record<string, string> }, body: Buffer) =>
  fetch(url, { method: 'PUT', headers, body });
interface Part {
  readonly partNumber: number;
  readonly etag: string;
}

describe('a bed whose default bucket is called otherwise', () => {
  it('takes an image that names none there, and shows, lists, links and finds it there', async () => {
    expect(await put('a.png')).toMatchObject({ bucketName: PICTURES, objectName: 'a.png' });
    expect((await call('object/listObjects', { recursive: true })).lists).toMatchObject([{ name: 'a.png' }]);
    expect(await call('object/statObject', { objectName: 'a.png' })).toMatchObject({
      ...{ bucketName: PICTURES, objectName: 'a.png', url: `${bed.mountUrl}/i/${PICTURES}/a.png` },
    });
    expect((await call('object/getObject', { objectName: 'a.png' })).base64).toBe(png(1).toString('base64'));
    expect(await call('object/presignedGetObject', { objectName: 'a.png' })).toContain(`/${PICTURES}/a.png`);
    expect((await call('image/variantUrl', { objectName: 'a.png', parameters: { w: 5 } })).url).toContain(
      `/${PICTURES}/`,
    );
  });

  it('takes it past the service, copies, moves and removes it there', async () => {
    const image = { contentType: 'image/png', size: png(2).length };
    const whole = await call('object/presignedPutObject', { objectName: 'whole.png', ...image });
    await send(whole, png(2));
    expect(await call('object/commitObject', { uploadId: whole.uploadId })).toMatchObject({ bucketName: PICTURES });
    const { uploadId } = await call('object/createMultipartUpload', { objectName: 'parts.png', ...image });
    expect(await call('object/listMultipartUploads', {})).toMatchObject([{ uploadId }]);
    await send(await call('object/presignedUploadPart', { uploadId, partNumber: 1 }), png(2));
    const parts = (await call('object/listParts', { uploadId })).map(({ partNumber, etag }: Part) => ({
      partNumber,
      etag,
    }));
    expect(await call('object/completeMultipartUpload', { uploadId, parts })).toMatchObject({ bucketName: PICTURES });
    const copied = await call('object/copyObject', { objectName: 'whole.png', toObjectName: 'copy.png' });
    expect(copied.bucketName).toBe(PICTURES);
    const away = { objectName: 'copy.png', toBucketName: 'more', toObjectName: 'away.png' };
    expect((await call('object/moveObject', away)).bucketName).toBe('more');
    await call('object/removeObject', { objectName: 'whole.png' });
    expect(await call('object/removeObjects', { objectNames: ['parts.png'] })).toMatchObject([{ removed: true }]);
    expect(await bed.keys('more')).toEqual(['away.png']);
    expect((await bed.keys(PICTURES)).filter((key) => /whole|parts|copy/.test(key))).toEqual([]);
  });

  it('writes down which bucket it was', () => {
    const audited = bed.log
      .map((line) => JSON.parse(line))
      .filter(({ $url, target }) => $url === 'object/removeObject' && target);
    expect(audited.map(({ target }) => target)).toEqual([{ bucketName: PICTURES, objectName: 'whole.png' }]);
  });

  it('takes a form that names none, and the bucket that is named all the same', async () => {
    const form = new FormData();
    form.set('file', new Blob([png(3)]), 'form.png');
    const response = await fetch(`${bed.mountUrl}/object/putObject`, {
      ...{ method: 'POST', headers: { authorization: `Bearer ${bed.session}` }, body: form },
    });
    expect(await response.json()).toMatchObject({ data: { bucketName: PICTURES, objectName: 'form.png' } });
    expect(await put('named.png', 4, { bucketName: 'more' })).toMatchObject({ bucketName: 'more' });
    const wrong = await bed.call('object/statObject', { bucketName: '', objectName: 'a.png' }, bed.session);
    expect(wrong.json).toMatchObject({ error: 'InvalidArgument', data: { fields: ['bucketName'] } });
  });

  it('finds the bucket and the folder that a token is narrowed to', async () => {
    const narrow = { scopes: ['upload', 'read', 'list', 'delete'], bucketName: 'more', prefix: 'blog/' };
    const token = await bed.createToken(narrow);
    const form = new FormData();
    form.set('file', new Blob([png(5)]), '猫.png');
    const response = await fetch(`${bed.mountUrl}/object/putObject`, {
      ...{ method: 'POST', headers: { authorization: `Bearer ${token}` }, body: form },
    });
    expect(await response.json()).toMatchObject({ data: { bucketName: 'more', objectName: 'blog/猫.png' } });
    expect((await call('object/listObjects', { recursive: true }, token)).lists).toMatchObject([
      { name: 'blog/猫.png' },
    ]);
    const said = await bed.call('object/putObject', { folder: 'else', base64: png(6).toString('base64') }, token);
    expect(said.json).toMatchObject({ error: 'AccessDenied' });
    const named = await bed.call('object/putObject', { objectName: 'x.png', base64: png(6).toString('base64') }, token);
    expect(named.json).toMatchObject({ error: 'AccessDenied' });
    await call('object/removeObject', { objectName: 'blog/猫.png' }, token);
  });

  it('is what the client leaves to it', async () => {
    const client = createClient({ url: bed.mountUrl, token: await bed.createToken({ scopes: ['upload', 'read'] }) });
    const image = png(7);
    const objectName = `${createHash('sha256').update(image).digest('hex').slice(0, 32)}.png`;
    const first = await client.upload(new Blob([image]), { fileName: 'b.png' });
    expect(first).toMatchObject({ bucketName: PICTURES, objectName, existed: false });
    const again = await client.upload(new Blob([image]), { fileName: 'b.png' });
    const same = { bucketName: PICTURES, objectName, size: image.length, url: first.url, existed: true };
    expect(again).toMatchObject(same);
  });

  it('stands in for no bucket of which something itself is asked', () => {
    const required = routes.filter(([, { input }]) => input.fields['bucketName']?.isSettled !== true);
    const settled = routes.filter(([, { input }]) => input.fields['bucketName']?.isSettled === true);
    expect(settled.every(([url]) => /^(object|image)\//.test(url))).toBe(true);
    const ofImages = required.filter(([url, { input }]) => /^(object|image)\//.test(url) && input.fields['bucketName']);
    // Without a bucket all are searched and counted, and all that lies in the trash is listed.
    expect(ofImages.map(([url]) => url)).toEqual(['image/search', 'image/statistics', 'image/listTrash']);
    for (const url of ['bucket/removeBucket', 'policy/setBucketPolicy', 'bucket/setBucketCors']) {
      expect(required.map(([each]) => each)).toContain(url);
    }
  });

  it('removes no bucket that is not named', async () => {
    const { json } = await bed.call('bucket/removeBucket', {}, bed.session);
    expect(json).toMatchObject({ error: 'InvalidArgument', data: { err: expect.stringContaining('缺少 bucketName') } });
  });
});
