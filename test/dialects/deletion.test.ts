import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePng } from '../support/png.ts';
import { filePart, formRequest, textPart } from '../support/recorded-requests/recorded-request.ts';
import { type ClientBed, openClientBed, type Reply } from './client-bed.ts';

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

let bed: ClientBed;
beforeAll(async () => {
  bed = await openClientBed({ IMAGEPIC_SECRET: 'the secret of the deletion test 0123456789' });
});
afterAll(() => bed.close());

let shade = 0;
const upload = async (token = bed.token, on = bed): Promise<{ objectName: string; del: string; item: object }> => {
  shade += 1;
  const form = [filePart('f', 'a.png', makePng(3, 3, { grey: shade }))];
  const { json } = await on.send(formRequest('/upload', form, { authorization: token }));
  return {
    objectName: json.results[0].objectName,
    del: new URL(json.del).pathname.replace('/imagepic', ''),
    item: json.fullResult[0],
  };
};
const visit = (path: string, method = 'GET', headers: Readonly<Record<string, string>> = {}): Promise<Reply> =>
  bed.send({ method, path, headers, body: new Uint8Array() });
const removeItems = (list: readonly unknown[]): Promise<Reply> =>
  bed.send({
    method: 'POST',
    path: '/delete',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ list })),
  });

describe('the page behind a delete link', () => {
  it('shows the image with a button and removes nothing, however often it is looked at', async () => {
    const { objectName, del } = await upload();
    for (const method of ['GET', 'HEAD', 'GET']) {
      const reply = await visit(del, method);
      expect(reply.status).toBe(200);
      expect(reply.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'content-security-policy': expect.stringMatching(
          /^default-src 'none'; style-src 'sha256-[^']+'; img-src 'self' http:/,
        ),
      });
      if (method === 'GET') expect(reply.text).toMatch(/<form method="post">.*<button>删除这张图片<\/button>/s);
      expect(reply.text).not.toContain('<script');
    }
    expect(await bed.keys()).toContain(objectName);
  });

  it('removes it on POST, and says so again when asked again', async () => {
    const { objectName, del } = await upload();
    expect((await visit(del, 'POST')).text).toContain('图片已删除');
    expect(await bed.keys()).not.toContain(objectName);
    expect((await visit(del, 'POST')).text).toContain('图片已删除');
    expect((await visit(del, 'GET', { 'accept-language': 'en' })).text).toContain('gone already');
  });

  it('takes the bytes off the count of their owner once they are out of the trash, too', async () => {
    const usage = async () => (await bed.call('auth/me', {}, bed.session)).json.data.usage;
    const before = await usage();
    const { del } = await upload();
    expect((await usage()).objects).toBe(before.objects + 1);
    await visit(del, 'POST');
    expect((await usage()).objects).toBe(before.objects + 1);
    const [{ imageId }] = (await bed.call('image/listTrash', {}, bed.session)).json.data.images;
    await bed.call('image/purge', { imageIds: [imageId] }, bed.session);
    expect(await usage()).toEqual(before);
  });

  it('writes down who removed what', async () => {
    const { objectName, del } = await upload();
    await visit(del, 'POST');
    const line = bed.log.findLast((one) => one.includes('"event":"audit"') && one.includes('delete/redeem'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      actor: 'anonymous',
      target: { bucketName: ['images'], objectName: [objectName] },
    });
    expect(bed.log.join('')).not.toContain(del.slice('/delete/'.length));
  });

  it('shows a name of markup as text', async () => {
    const form = [
      filePart('f', '<img src=x onerror=alert(1)>.png', makePng(4, 3, { grey: 250 })),
      textPart('name', 'original'),
    ];
    const { json } = await bed.send(formRequest('/upload', form, { authorization: bed.token }));
    const page = await visit(new URL(json.del).pathname.replace('/imagepic', ''));
    expect(page.text).toContain('&lt;img src=x onerror=alert(1)&gt;.png');
    expect(page.text).not.toContain('<img src=x');
  });
});

describe('a delete link that is misused', () => {
  const refused = async (path: string): Promise<void> => {
    for (const method of ['GET', 'POST']) {
      const reply = await visit(path, method);
      expect([reply.status, reply.text]).toEqual([403, expect.stringMatching(/删除链接|另一张图片|已停用/)]);
    }
  };

  it.each([
    ['another key in it', (payload: string, mac: string, other: string) => [swap(payload, 3, other), mac]],
    ['another bucket in it', (payload: string, mac: string) => [swap(payload, 2, 'elsewhere'), mac]],
    ['another etag in it', (payload: string, mac: string) => [swap(payload, 1, '0'.repeat(32)), mac]],
    ['a later expiry in it', (payload: string, mac: string) => [swap(payload, 0, Date.now() + 9 * YEAR_MS), mac]],
    [
      'an altered signature',
      (payload: string, mac: string) => [payload, (mac.startsWith('A') ? 'B' : 'A') + mac.slice(1)],
    ],
    [
      'a spare bit of the signature set',
      (payload: string, mac: string) => [payload, mac.slice(0, -1) + next(mac.at(-1) ?? '')],
    ],
    ['no signature', (payload: string) => [payload, '']],
    ['a payload that is no JSON', (_payload: string, mac: string) => ['AAAA', mac]],
  ])('is refused with %s', async (_name, forge) => {
    const { objectName, del } = await upload();
    const { objectName: other } = await upload();
    const [, payload = '', mac = ''] = del.split('.');
    const [forgedPayload, forgedMac] = forge(payload, mac, other);
    await refused(`/delete/d1.${forgedPayload}.${forgedMac}`);
    expect(await bed.keys()).toEqual(expect.arrayContaining([objectName, other]));
  });

  it('is refused a year later', async () => {
    const { objectName, del } = await upload();
    bed.clock.now += YEAR_MS;
    await refused(del);
    bed.clock.now -= YEAR_MS;
    expect(await bed.keys()).toContain(objectName);
  });

  it('does not remove the image that has taken the place of its own', async () => {
    const { objectName, del } = await upload();
    const base64 = makePng(3, 3, { grey: 251 }).toString('base64');
    await bed.call('object/putObject', { bucketName: 'images', objectName, base64 }, bed.session);
    expect((await visit(del)).text).toContain('另一张图片');
    expect((await visit(del, 'POST')).status).toBe(403);
    expect(await bed.keys()).toContain(objectName);
  });

  it('is worth nothing in the hands of a member whose account is disabled', async () => {
    const phone = '13800138009';
    const upwd = 'correct horse 7';
    const { userId } = (await bed.call('auth/register', { name: 'n', tfs: '', email: 'n@example.com', phone, upwd }))
      .json.data;
    const { token } = (await bed.call('auth/login', { phone, upwd })).json.data;
    const { objectName, del } = await upload(token);
    await bed.call('auth/updateUser', { userId, disabled: true }, bed.session);
    expect((await visit(del, 'POST')).status).toBe(403);
    expect(await bed.keys()).toContain(objectName);
  });

  it('of one service is refused by another', async () => {
    const other = await openClientBed({ IMAGEPIC_SECRET: 'another secret of the deletion test 9876543210' });
    try {
      const { del } = await upload(other.token, other);
      await refused(del);
    } finally {
      await other.close();
    }
  });

  it('is not given for an image that was there before, to a token that may not remove it', async () => {
    const bytes = makePng(6, 6, { grey: 7 });
    const send = async (authorization: string) =>
      (await bed.send(formRequest('/upload', [filePart('f', 'a.png', bytes)], { authorization }))).json;
    const mighty = await bed.createToken({ scopes: ['upload', 'delete'] });
    const first = await send(bed.session);
    bed.clock.now += 16 * 60 * 1000;
    const taken = await send(bed.token);
    expect(taken).toMatchObject({ success: true, url: first.url, del: '' });
    expect(taken.fullResult[0]).not.toHaveProperty('deleteToken');
    expect((await send(mighty)).del).toMatch(/\/delete\/d1\./);
    bed.clock.now -= 16 * 60 * 1000;
  });

  it('holds on under the secret before this one', async () => {
    const old = 'what signed yesterday: 0123456789 abcdefghijk';
    const before = await openClientBed({ IMAGEPIC_SECRET: old });
    const { del } = await upload(before.token, before);
    await before.close();
    const after = await openClientBed({
      IMAGEPIC_SECRET: 'what signs today: 9876543210 lmnopqrstuvwxyz',
      IMAGEPIC_SECRET_PREVIOUS: old,
    });
    try {
      const reply = await after.send({ method: 'GET', path: del, headers: {}, body: new Uint8Array() });
      expect([reply.status, reply.text]).toEqual([200, expect.stringContaining('不在了')]);
    } finally {
      await after.close();
    }
  });
});

/** The payload with one of its fields changed. */
function swap(payload: string, index: number, value: unknown): string {
  const fields = JSON.parse(Buffer.from(payload, 'base64url').toString());
  fields[index] = value;
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const next = (letter: string): string => ALPHABET[ALPHABET.indexOf(letter) ^ 1] ?? 'A';

describe('removing by the items that an upload answered with', () => {
  it('removes each of them', async () => {
    const first = await upload();
    const second = await upload();
    const reply = await removeItems([first.item, second.item]);
    expect([reply.status, reply.json.success]).toEqual([200, true]);
    const keys = await bed.keys();
    expect(keys).not.toContain(first.objectName);
    expect(keys).not.toContain(second.objectName);
  });

  it('removes what it can and tells of the rest; the same item twice counts once', async () => {
    const usage = async () => (await bed.call('auth/me', {}, bed.session)).json.data.usage;
    const { item, objectName } = await upload();
    const before = await usage();
    const reply = await removeItems([item, item, { imgUrl: 'https://elsewhere.example/a.png' }]);
    expect(reply.json).toMatchObject({ success: false, message: expect.stringContaining('删除链接无效') });
    expect(await bed.keys()).not.toContain(objectName);
    const trashed = (await bed.call('image/listTrash', {}, bed.session)).json.data.images;
    expect(trashed.filter((image: { objectName: string }) => image.objectName === objectName)).toHaveLength(1);
    expect(await usage()).toEqual(before);
  });

  it.each([
    ['no list', {}],
    ['an empty list', { list: [] }],
    ['too many', { list: Array.from({ length: 201 }, () => ({})) }],
    ['no object', []],
  ])('refuses %s', async (_name, body) => {
    const reply = await bed.send({
      method: 'POST',
      path: '/delete',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
    });
    expect(reply.json).toMatchObject({ success: false, msg: expect.stringContaining('fullResult') });
  });
});
