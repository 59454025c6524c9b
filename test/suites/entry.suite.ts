import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Envelope } from '../../src/envelope.ts';
import { makePng } from '../support/png.ts';
import { describeEntryLibrary } from './entry-library.suite.ts';

/** What goes beside a route's input, by whatever means the transport has. */
export interface CallOptions {
  readonly token?: string | undefined;
  readonly lang?: string;
}

/** A service behind one entry; an envelope comes back as the client sees it, after JSON. */
export interface EntryHarness {
  call(url: unknown, data: object, options?: CallOptions): Promise<Envelope<never>>;
  close(): Promise<void>;
  /** Whether the key of the store may list buckets, as it may unless said. */
  readonly mayListBuckets?: boolean;
}

const MEMBER = { name: '王小明', tfs: 'wxm', email: 'wxm@example.com', phone: '13800138000', upwd: 'correct horse 7' };
const IMAGE = new URL('../support/图片 示例.png', import.meta.url);
const IN_DEFAULT = { bucketName: 'images' };

const KEYS_TO_REFUSE = [
  '../x',
  'a/../b',
  '/abs',
  'a//b',
  '.',
  'a%2fb',
  'a\\b',
  'a\0b',
  'x'.repeat(1025),
  '.imagepic/x',
];
const NOT_STRINGS = [['13800138000'], { $ne: null }, 13_800_138_000, null, true];

/** A wrong value for each field; what is merely missing is tried for every required one. */
const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  name: [...NOT_STRINGS, '', 'x'.repeat(65), 'a\nb'],
  tfs: [...NOT_STRINGS, 'x'.repeat(65)],
  email: [...NOT_STRINGS, 'nobody', `${'x'.repeat(250)}@example.com`],
  phone: [
    ...NOT_STRINGS,
    '../../../etc/x',
    '13800138000\n',
    '１３８００１３８０００',
    '1'.repeat(2_000),
    '12800138000',
  ],
  upwd: [...NOT_STRINGS, '', '1234567', 'x'.repeat(129), 'password\ud800'],
  opwd: [...NOT_STRINGS, '1234567'],
  npwd: [...NOT_STRINGS, '1234567', 'x'.repeat(129)],
  bucketName: [...NOT_STRINGS, '', 'AB', '../x', 'a'.repeat(64)],
  objectName: [...NOT_STRINGS, '', ...KEYS_TO_REFUSE],
  folder: [...NOT_STRINGS, ...KEYS_TO_REFUSE],
  prefix: [['a'], 5, 'x'.repeat(1025)],
  pageSize: ['many', 0, 1001, 1.5, [10], {}],
  pageNum: ['first', 0, -2, 1.5, [1]],
  continuationToken: [5, ['a'], 'x'.repeat(5000), '***'],
  recursive: ['yes', 1, []],
  base64: [
    ...NOT_STRINGS,
    { length: 300_000_000 },
    '!!!not base64@@@',
    'data:image/png;base64,AAAA',
    'A',
    'AA+_',
    'AA==AA==',
  ],
  expiry: [0, 604_801, 'soon', [60]],
  contentType: ['text/html', ['image/png'], 5, 'image/svg+xml'],
  size: [0, -1, 1.5, 'big', [1]],
};

const BASE64_PNG = makePng(2, 2).toString('base64');

/** A good input for every route that takes one. */
const GOOD: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'auth/register': { ...MEMBER, phone: '13900139000' },
  'auth/login': { phone: MEMBER.phone, upwd: MEMBER.upwd },
  'auth/change': { phone: MEMBER.phone, opwd: MEMBER.upwd, npwd: 'another horse 8' },
  'bucket/listBuckets': { pageSize: 10, pageNum: 1 },
  'object/putObject': { ...IN_DEFAULT, objectName: 'wrong.png', folder: 'bad', base64: BASE64_PNG },
  'object/listObjects': { ...IN_DEFAULT, prefix: '', pageSize: 10, pageNum: 1, recursive: true },
  'object/statObject': { ...IN_DEFAULT, objectName: 'a.png' },
  'object/getObject': { ...IN_DEFAULT, objectName: 'a.png' },
  'object/presignedGetObject': { ...IN_DEFAULT, objectName: 'a.png', expiry: 60 },
  'object/presignedPutObject': { ...IN_DEFAULT, objectName: 'b.png', contentType: 'image/png', size: 99, expiry: 60 },
  'object/removeObject': { ...IN_DEFAULT, objectName: 'a.png' },
};
const OPTIONAL = new Set(['bucketName', 'tfs', 'pageSize', 'pageNum', 'folder', 'prefix', 'recursive', 'expiry']);
const PUBLIC = new Set(['auth/register', 'auth/login', 'auth/change']);

const BAD_INPUTS = Object.entries(GOOD).flatMap(([url, input]) =>
  Object.keys(input).flatMap((name) => [
    ...(WRONG[name] ?? []).map((value) => [url, name, { ...input, [name]: value }] as const),
    ...(OPTIONAL.has(name) || (url === 'object/putObject' && name === 'objectName')
      ? []
      : [[url, name, without(input, name)] as const]),
  ]),
);

function without(input: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(input).filter(([key]) => key !== name));
}

/** States what every entry promises: the same answers to the same calls. */
export function describeEntry(name: string, open: () => Promise<EntryHarness>): void {
  describe(`${name} entry`, () => {
    let harness: EntryHarness;
    let token: string | undefined;
    const call: EntryHarness['call'] = (url, data, options) => harness.call(url, data, options);
    const data = async (url: string, input: object): Promise<Record<string, unknown>> => {
      const envelope = await call(url, input, { token });
      expect(envelope).toMatchObject({ code: '0', msg: '成功', success: true });
      return envelope.data;
    };

    beforeAll(async () => {
      harness = await open();
      const { userId } = await data('auth/register', MEMBER);
      expect(userId).toMatch(/^u_[0-9a-f]{32}$/);
      const login = await data('auth/login', { phone: MEMBER.phone, upwd: MEMBER.upwd });
      expect(login).toMatchObject({ token: expect.any(String), expiresIn: 900 });
      token = String(login['token']);
    });
    afterAll(() => harness.close());

    it('walks an image from upload to link, and away again', async () => {
      const bytes = await readFile(IMAGE);
      const input = { ...IN_DEFAULT, folder: '相册', objectName: '图片 示例.png', base64: bytes.toString('base64') };
      const put = await data('object/putObject', input);
      const objectName = '相册/图片 示例.png';
      expect(put).toEqual({
        etag: expect.stringMatching(/^[0-9a-f]{32}$/),
        imageId: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
        bucketName: 'images',
        objectName,
        size: bytes.length,
        contentType: 'image/png',
        ...{ width: 96, height: 64, frames: 1 },
        ...{ thumbhash: expect.stringMatching(/^[\w+/]{8,60}=*$/), color: expect.stringMatching(/^[\da-f]{6}$/) },
        ...{
          srcset: expect.stringMatching(/\?w=160 96w$/),
          code: expect.objectContaining({ html: expect.any(String) }),
        },
        url: expect.stringMatching(/\/i\/images\/%E7%9B%B8%E5%86%8C\/%E5%9B%BE%E7%89%87%20%E7%A4%BA%E4%BE%8B\.png$/),
      });

      const stat = await data('object/statObject', { ...IN_DEFAULT, objectName });
      expect(stat).toMatchObject({
        size: bytes.length,
        etag: put['etag'],
        imageId: put['imageId'],
        versionId: null,
        url: put['url'],
        width: 96,
      });
      expect(stat['metaData']).toMatchObject({ 'content-type': 'image/png', width: '96', height: '64' });

      const got = await data('object/getObject', { ...IN_DEFAULT, objectName });
      expect(got).toEqual({
        size: bytes.length,
        contentType: 'image/png',
        etag: put['etag'],
        base64: bytes.toString('base64'),
      });

      const listed = await data('object/listObjects', IN_DEFAULT);
      expect(listed).toEqual({ total: 1, lists: [{ prefix: '相册/' }] });
      const inFolder = await data('object/listObjects', { ...IN_DEFAULT, prefix: '相册/' });
      expect(inFolder).toMatchObject({
        total: 1,
        lists: [{ name: objectName, size: bytes.length, etag: put['etag'], url: put['url'], width: 96, height: 64 }],
      });

      expect(await data('object/removeObject', { ...IN_DEFAULT, objectName })).toEqual({});
      expect(await data('object/removeObject', { ...IN_DEFAULT, objectName })).toEqual({});
      expect(await call('object/statObject', { ...IN_DEFAULT, objectName }, { token })).toMatchObject({
        code: '-1',
        msg: '失败',
        success: false,
        error: 'NoSuchKey',
      });
      expect(await data('object/listObjects', IN_DEFAULT)).toEqual({ total: 0, lists: [] });
    });

    it('names an image without a name by its day and its bytes', async () => {
      const put = await data('object/putObject', { ...IN_DEFAULT, base64: BASE64_PNG });
      expect(put['objectName']).toMatch(/^\d{4}\/\d{2}\/\d{2}\/[0-9a-f]{32}\.png$/);
      await data('object/removeObject', { ...IN_DEFAULT, objectName: put['objectName'] });
    });

    it('pages by number, by token, and all at once', async () => {
      const names = Array.from({ length: 7 }, (_, index) => `page/${index}.png`);
      for (const objectName of names) await data('object/putObject', { ...IN_DEFAULT, objectName, base64: BASE64_PNG });
      const page = { ...IN_DEFAULT, prefix: 'page/', pageSize: 3 };
      const namesOf = (answer: Record<string, unknown>) =>
        (answer['lists'] as { name: string }[]).map((entry) => entry.name);

      const second = await data('object/listObjects', { ...page, pageNum: 2 });
      expect(second['total']).toBe(7);
      expect(namesOf(second)).toEqual(names.slice(3, 6));
      expect(namesOf(await data('object/listObjects', { ...page, pageNum: -1 }))).toEqual(names);
      expect(namesOf(await data('object/listObjects', { ...page, pageNum: 4 }))).toEqual([]);

      const walked: string[] = [];
      let continuationToken: unknown = '';
      while (continuationToken !== undefined) {
        const answer = await data('object/listObjects', { ...page, continuationToken });
        expect(answer).not.toHaveProperty('total');
        walked.push(...namesOf(answer));
        continuationToken = answer['continuationToken'];
      }
      expect(walked).toEqual(names);
      for (const objectName of names) await data('object/removeObject', { ...IN_DEFAULT, objectName });
    });

    it('lists the buckets', async () => {
      const buckets = await call('bucket/listBuckets', {}, { token });
      const creationDate = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      const images = { name: 'images', ...(harness.mayListBuckets !== false && { creationDate }) };
      expect(buckets.data).toContainEqual(images);
      expect((await call('bucket/listBuckets', { pageSize: 1, pageNum: 1 }, { token })).data).toHaveLength(1);
      expect((await call('bucket/listBuckets', { pageSize: 1000, pageNum: 2 }, { token })).data).toEqual([]);
    });

    it('answers health to everybody', async () => {
      expect((await call('health', {})).data).toMatchObject({
        state: 'up',
        versions: { node: process.versions.node },
        stores: { documents: { state: 'up' }, objects: { state: 'up' } },
      });
    });

    it('refuses a phone that is taken, and the wrong password like an unknown phone', async () => {
      expect(await call('auth/register', MEMBER)).toMatchObject({ error: 'AccountExists', success: false });
      const wrong = await call('auth/login', { phone: MEMBER.phone, upwd: 'wrong horse 7' });
      const unknown = await call('auth/login', { phone: '13700137000', upwd: 'wrong horse 7' });
      expect(wrong).toMatchObject({ code: '-1', error: 'InvalidCredentials' });
      expect({ ...wrong, requestId: '' }).toEqual({ ...unknown, requestId: '' });
    });

    it('names every wrong field at once, in the language asked for', async () => {
      const input = { ...MEMBER, upwd: 'short', email: 'nobody', phone: '12' };
      const zh = await call('auth/register', input);
      expect(zh).toMatchObject({ error: 'InvalidArgument', data: { fields: ['email', 'phone', 'upwd'] } });
      expect(zh.data).toHaveProperty(
        'err',
        expect.stringContaining('邮箱填写不符合规范,手机号码填写不符合规范,密码不符合规范'),
      );
      const en = await call('auth/register', input, { lang: 'en-GB,en;q=0.9,zh;q=0.1' });
      expect(en.data).toHaveProperty('err', expect.stringContaining('The phone number is not valid'));
    });

    it('takes a token as people write it, with the word that headers have before it', async () => {
      for (const written of [`Bearer ${token}`, ` bearer: ${token} `, `"${token}"`]) {
        expect(await call('auth/me', {}, { token: written }), written).toMatchObject({ success: true });
      }
      expect(await call('auth/me', {}, { token: 'Bearer' })).toMatchObject({ error: 'InvalidToken' });
    });

    it('R5 lets nobody without a token beyond the open routes', async () => {
      for (const [url, input] of Object.entries(GOOD)) {
        if (PUBLIC.has(url)) continue;
        const answer = await call(url, input);
        expect(answer, url).toMatchObject({ error: 'InvalidToken', msg: '未满足权限' });
        expect(await call(url, input, { token: 'x.y.z' }), url).toMatchObject({ error: 'InvalidToken' });
      }
    });

    it.each(BAD_INPUTS)('R4 refuses a bad input of %s: %s', { timeout: 5000 }, async (url, field, input) => {
      const before = await data('object/listObjects', { ...IN_DEFAULT, recursive: true });
      const answer = await call(url, input, { token });
      expect(answer).toMatchObject({ success: false, error: 'InvalidArgument' });
      if (url !== 'object/putObject' || field !== 'base64') {
        expect(answer.data).toHaveProperty('fields', expect.arrayContaining([field]));
      }
      expect(await data('object/listObjects', { ...IN_DEFAULT, recursive: true })).toEqual(before);
    });

    it.each([
      ['an unknown field', '"surprise":1'],
      ['a field of Object.prototype', '"constructor":{"prototype":{"isAdmin":true}}'],
      ['an own __proto__', '"__proto__":{"isAdmin":true}'],
    ])('R4 refuses %s', async (_name, extra) => {
      const input = JSON.parse(`{"phone":"${MEMBER.phone}","upwd":"${MEMBER.upwd}",${extra}}`);
      expect(await call('auth/login', input)).toMatchObject({ error: 'InvalidArgument' });
      expect({}).not.toHaveProperty('isAdmin');
    });

    it('does not believe an identity that the event claims', async () => {
      const claims = { userInfo: { openId: 'oSomebody', appId: 'wx1' } };
      expect(await call('bucket/listBuckets', claims)).toMatchObject({ error: 'InvalidToken' });
      expect(await call('bucket/listBuckets', claims, { token })).toMatchObject({ success: true });
    });

    it.each([
      ['an HTML page', Buffer.from('<!doctype html><script>alert(1)</script>'), 'UnsupportedMediaType'],
      ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'UnsupportedMediaType'],
      ['a PDF', Buffer.from('%PDF-1.7\n1 0 obj'), 'UnsupportedMediaType'],
      ['the signature alone', makePng(2, 2).subarray(0, 8), 'InvalidImage'],
      ['a picture that lacks pixels', makePng(20, 20).subarray(0, -20), 'InvalidImage'],
      ['a bomb of 30,000 by 30,000 pixels', makePng(2, 2, { claim: [30_000, 30_000] }), 'EntityTooLarge'],
    ])('R26 stores nothing of %s that is named .png', async (_name, bytes, error) => {
      const input = { ...IN_DEFAULT, objectName: 'fake.png', base64: Buffer.from(bytes).toString('base64') };
      expect(await call('object/putObject', input, { token })).toMatchObject({ success: false, error });
      expect(await call('object/statObject', { ...IN_DEFAULT, objectName: 'fake.png' }, { token })).toMatchObject({
        error: 'NoSuchKey',
      });
    });

    it('says which bucket is missing', async () => {
      const elsewhere = { bucketName: 'elsewhere' };
      for (const url of [
        'object/listObjects',
        'object/statObject',
        'object/putObject',
        'object/removeObject',
      ] as const) {
        const input = { ...GOOD[url], ...elsewhere };
        expect(await call(url, input, { token }), url).toMatchObject({ error: 'NoSuchBucket' });
      }
    });

    it('R16 lets a changed password end every session at once', async () => {
      const phone = '13600136000';
      await data('auth/register', { ...MEMBER, phone });
      const login = await data('auth/login', { phone, upwd: MEMBER.upwd });
      const old = { token: String(login['token']) };
      expect(await call('bucket/listBuckets', {}, old)).toMatchObject({ success: true });
      expect(await call('auth/change', { phone, opwd: 'not this one', npwd: 'brand new 99' })).toMatchObject({
        error: 'InvalidCredentials',
      });
      expect(await data('auth/change', { phone, opwd: MEMBER.upwd, npwd: 'brand new 99' })).toEqual({});
      expect(await call('bucket/listBuckets', {}, old)).toMatchObject({ error: 'InvalidToken' });
      expect(await call('auth/login', { phone, upwd: MEMBER.upwd })).toMatchObject({ error: 'InvalidCredentials' });
      expect(await call('auth/login', { phone, upwd: 'brand new 99' })).toMatchObject({ success: true });
    });

    it('lets members see all images and change only their own', async () => {
      await data('object/putObject', { ...IN_DEFAULT, objectName: 'mine.png', base64: BASE64_PNG });
      const phone = '13500135000';
      await data('auth/register', { ...MEMBER, phone });
      const other = { token: String((await data('auth/login', { phone, upwd: MEMBER.upwd }))['token']) };
      const mine = { ...IN_DEFAULT, objectName: 'mine.png' };
      expect(await call('object/statObject', mine, other)).toMatchObject({ success: true });
      const over = { ...mine, base64: BASE64_PNG };
      expect(await call('object/putObject', over, other)).toMatchObject({ error: 'AccessDenied', msg: '未满足权限' });
      expect(await call('object/removeObject', mine, other)).toMatchObject({ error: 'AccessDenied' });
      expect(await data('object/removeObject', mine)).toEqual({});
    });

    describeEntryLibrary({ data, call, callAsMember: (url, input) => call(url, input, { token }) });
  });
}
