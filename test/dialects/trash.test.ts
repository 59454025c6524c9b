import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePng } from '../support/png.ts';
import { chevereto, lankongV2, smMs } from '../support/recorded-requests/clients.ts';
import { filePart, formRequest, textPart } from '../support/recorded-requests/recorded-request.ts';
import { type ClientBed, fetchBytes, openClientBed } from './client-bed.ts';

let bed: ClientBed;
let mighty: string;
beforeAll(async () => {
  bed = await openClientBed({ IMAGEPIC_RECORDS: 'sqlite' });
  mighty = await bed.createToken({ scopes: ['upload', 'read', 'list', 'delete'] });
});
afterAll(() => bed.close());

let grey = 0;
const picture = (): Buffer => {
  grey += 1;
  return makePng(6, 5, { grey });
};
const data = async (url: string, input: object, token = bed.session) => (await bed.call(url, input, token)).json.data;
const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;
const plain = (method: string, path: string, headers: Readonly<Record<string, string>> = {}, body = '') =>
  bed.send({ method, path, headers, body: Buffer.from(body) });
const pathOf = (url: string): string => new URL(url).pathname.replace('/imagepic', '');
const placeOf = (url: string) => ({
  bucketName: 'images',
  objectName: decodeURIComponent(pathOf(url).replace('/i/images/', '')),
});
const bearer = (token: string) => ({ authorization: `Bearer ${token}`, accept: 'application/json' });
const json = { 'content-type': 'application/json' };

interface Uploaded {
  readonly url: string;
  readonly del: string;
  readonly item: object;
}
const uploadByForm = async (bytes: Buffer): Promise<Uploaded> => {
  const form = formRequest('/upload', [filePart('f', 'a.png', bytes)], { authorization: mighty });
  const { url, del, fullResult } = (await bed.send(form)).json;
  return { url, del: pathOf(del), item: fullResult[0] };
};

/** Uploads as a client does, and removes as that client does. */
const DOORS: readonly (readonly [string, (bytes: Buffer) => Promise<string>])[] = [
  [
    'the page behind a delete link',
    async (bytes) => {
      const { url, del } = await uploadByForm(bytes);
      expect((await plain('POST', del)).text).toContain('图片已删除');
      return url;
    },
  ],
  [
    "PicGo's items",
    async (bytes) => {
      const { url, item } = await uploadByForm(bytes);
      const { success } = (await plain('POST', '/delete', json, JSON.stringify({ list: [item] }))).json;
      expect(success).toBe(true);
      return url;
    },
  ],
  [
    "Lsky's key of an upload",
    async (bytes) => {
      const { key, links } = (await bed.send(lankongV2({ token: mighty, fileName: 'a.png', bytes }))).json.data;
      expect((await plain('DELETE', `/api/v1/images/${key}`, bearer(mighty))).json.status).toBe(true);
      return links.url;
    },
  ],
  [
    "Lsky's list",
    async (bytes) => {
      const { url } = await uploadByForm(bytes);
      const session = (
        await plain('POST', '/api/v1/tokens', json, JSON.stringify({ email: bed.phone, password: 'correct horse 7' }))
      ).json.data.token;
      const { data: images } = (await plain('GET', '/api/v1/images', bearer(session))).json.data;
      const { key } = images.find(({ links }: { links: { url: string } }) => links.url === url);
      expect((await plain('DELETE', `/api/v1/images/${key}`, bearer(session))).json.status).toBe(true);
      return url;
    },
  ],
  [
    "sm.ms's hash",
    async (bytes) => {
      const { hash, url } = (await bed.send(smMs({ token: mighty, fileName: 'a.png', bytes }))).json.data;
      expect((await plain('GET', `/api/v2/delete/${hash}`)).json.success).toBe(true);
      return url;
    },
  ],
  [
    "Chevereto's link",
    async (bytes) => {
      const { image } = (await bed.send(chevereto({ token: mighty, fileName: 'a.png', bytes }))).json;
      expect((await plain('POST', pathOf(image.delete_url))).status).toBe(200);
      return image.url;
    },
  ],
  [
    'object/removeObject',
    async (bytes) => {
      const { url } = await uploadByForm(bytes);
      await bed.call('object/removeObject', placeOf(url), mighty);
      return url;
    },
  ],
  [
    'object/removeObjects',
    async (bytes) => {
      const { url } = await uploadByForm(bytes);
      const { bucketName, objectName } = placeOf(url);
      await bed.call('object/removeObjects', { bucketName, objectNames: [objectName] }, mighty);
      return url;
    },
  ],
];

describe('an image that is removed', () => {
  it.each(DOORS)('by %s is dead at once, counted, and comes back at its address', async (_, uploadAndRemove) => {
    const bytes = picture();
    const before = (await data('auth/me', {})).usage;
    const url = await uploadAndRemove(bytes);
    expect((await data('auth/me', {})).usage.objects).toBe(before.objects + 1);
    expect(await statusOf(url)).toBe(404);
    const place = placeOf(url);
    const { images } = await data('image/listTrash', {}, mighty);
    expect(images[0]).toMatchObject(place);
    expect((await data('image/restore', { imageId: images[0].imageId }, mighty)).url).toBe(url);
    expect(await fetchBytes(url)).toEqual(bytes);
    expect((await data('auth/me', {})).usage.objects).toBe(before.objects + 1);
  });

  it('is dead in other sizes, by signed and by presigned addresses, and alive in them again', async () => {
    const { url } = await uploadByForm(picture());
    const place = placeOf(url);
    const signed = (await data('image/variantUrl', { ...place, parameters: { w: 3 } })).url;
    const lent = await data('object/presignedGetObject', { ...place, expiry: 600 });
    const addresses: string[] = [url, `${url}?p=thumb`, signed, lent.url ?? lent];
    const statuses = () => Promise.all(addresses.map(statusOf));
    expect(await statuses()).toEqual([200, 200, 200, 200]);
    await bed.call('object/removeObject', place, mighty);
    expect(await statuses()).toEqual([404, 404, 404, 404]);
    const [{ imageId }] = (await data('image/listTrash', {})).images;
    await bed.call('image/restore', { imageId }, mighty);
    expect(await statuses()).toEqual([200, 200, 200, 200]);
  });

  it('can be deleted by its link again when it is back', async () => {
    const { url, del } = await uploadByForm(picture());
    await plain('POST', del);
    const [{ imageId }] = (await data('image/listTrash', {})).images;
    await bed.call('image/restore', { imageId }, mighty);
    await plain('POST', del);
    expect(await statusOf(url)).toBe(404);
    expect((await data('image/listTrash', {})).images[0].imageId).toBe(imageId);
  });

  it('is out of reach of tokens that are narrowed to other scopes, folders and buckets', async () => {
    await bed.call('bucket/makeBucket', { bucketName: 'elsewhere' }, bed.session);
    const { url } = await uploadByForm(picture());
    await bed.call('object/removeObject', placeOf(url), mighty);
    const [{ imageId }] = (await data('image/listTrash', {})).images;
    const all = ['upload', 'read', 'list', 'delete'];
    const [folder, bucket, lister, ours] = await Promise.all(
      [
        { scopes: all, prefix: 'folder' },
        { scopes: all, bucketName: 'elsewhere' },
        { scopes: ['list'] },
        { scopes: all, bucketName: 'images' },
      ].map((narrowing) => bed.createToken(narrowing)),
    );
    const shown = async (token: string | undefined): Promise<number> =>
      (await data('image/listTrash', {}, token)).images.length;
    expect([await shown(folder), await shown(bucket)]).toEqual([0, 0]);
    for (const token of [folder, bucket]) {
      expect((await bed.call('image/restore', { imageId }, token)).json.error).toBe('NoSuchKey');
      expect(await data('image/purge', { imageIds: [imageId] }, token)).toEqual([{ imageId, purged: false }]);
      expect(await data('image/emptyTrash', {}, token)).toEqual({ purged: 0, isEmpty: true });
    }
    for (const [route, input] of [
      ['image/restore', { imageId }],
      ['image/purge', { imageIds: [imageId] }],
      ['image/emptyTrash', {}],
    ] as const)
      expect([route, (await bed.call(route, input, lister)).json.error]).toEqual([route, 'AccessDenied']);
    expect(await shown(lister)).toBeGreaterThan(0);
    expect((await data('image/restore', { imageId }, ours)).url).toBe(url);
  });

  it('keeps its bucket, which says so', async () => {
    const place = { bucketName: 'to-go', objectName: 'a.png' };
    await bed.call('bucket/makeBucket', { bucketName: 'to-go' }, bed.session);
    await bed.call('object/putObject', { ...place, base64: picture().toString('base64') }, bed.session);
    await bed.call('object/removeObject', place, bed.session);
    const refused = await bed.call('bucket/removeBucket', { bucketName: 'to-go' }, bed.session);
    expect(refused.json.error).toBe('BucketNotEmpty');
    expect(refused.text).toContain('回收站');
    const { images } = await data('image/listTrash', { bucketName: 'to-go' });
    await bed.call('image/purge', { imageIds: [images[0].imageId] }, bed.session);
    expect((await bed.call('bucket/removeBucket', { bucketName: 'to-go' }, bed.session)).json.success).toBe(true);
  });
});

describe('an image that another picture takes the place of', () => {
  it('shows that by its link and in other sizes at once, sent as a form too, and is no longer deleted by its old link', async () => {
    const { url, del } = await uploadByForm(makePng(40, 30, { grey: 3 }));
    const widthOf = async (address: string) => (await fetchBytes(address)).readUInt32BE(16);
    expect([await widthOf(url), await widthOf(`${url}?w=320&f=png`)]).toEqual([40, 40]);
    const { objectName } = placeOf(url);
    const form = [textPart('objectName', objectName), filePart('file', 'b.png', makePng(12, 30, { grey: 4 }))];
    const reply = await bed.send(formRequest('/image/replace', form, { authorization: mighty }));
    expect(reply.json.data).toMatchObject({ objectName, width: 12, url });
    expect([await widthOf(url), await widthOf(`${url}?w=320&f=png`)]).toEqual([12, 12]);
    expect((await plain('POST', del)).status).toBe(403);
    const { versionId, imageId } = reply.json.data;
    expect((await bed.call('image/rollBack', { imageId, versionId }, mighty)).json.success).toBe(true);
    expect([await widthOf(url), await widthOf(`${url}?w=320&f=png`)]).toEqual([40, 40]);
  });
});

it('says how many days what is removed can come back: 30, unless it is told otherwise', async () => {
  expect((await bed.call('health', {})).json.data.bed.trashDays).toBe(30);
});
