import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePng } from '../support/png.ts';
import { lankongV1, lankongV2 } from '../support/recorded-requests/clients.ts';
import { filePart, formRequest, textPart } from '../support/recorded-requests/recorded-request.ts';
import { type ClientBed, fetchBytes, openClientBed, PICTURE, type Reply } from './client-bed.ts';

const PASSWORD = 'correct horse 7';

let bed: ClientBed;
let token: string;
beforeAll(async () => {
  bed = await openClientBed();
  token = (await signIn(bed.phone)).json.data.token;
});
afterAll(() => bed.close());

const api = (method: string, path: string, bearer: string | undefined = token, body = ''): Promise<Reply> =>
  bed.send({
    method,
    path: `/api/v1/${path}`,
    headers: {
      accept: 'application/json',
      ...(bearer !== '' && { authorization: `Bearer ${bearer}` }),
      ...(body !== '' && { 'content-type': 'application/json' }),
    },
    body: Buffer.from(body),
  });
const signIn = (email: string, password = PASSWORD): Promise<Reply> =>
  api('POST', 'tokens', '', JSON.stringify({ email, password }));
const upload = (bytes: Uint8Array, albumId?: string): Promise<Reply> =>
  bed.send(lankongV2({ token, fileName: '图.png', bytes }, albumId));
const uploadTo = (album: string, bytes: Uint8Array): Promise<Reply> =>
  bed.send(formRequest('/upload', [textPart('album', album), filePart('f', 'a.png', bytes)], { authorization: token }));
const grey = (shade: number, side = 4): Buffer => makePng(side, side, { grey: shade });
const albums = async (): Promise<readonly { id: number; name: string; image_num: number }[]> =>
  (await api('GET', 'albums')).json.data.data;

describe('signing in as Lsky clients do', () => {
  it('takes the phone where they ask for an email, and an email that one account has', async () => {
    for (const email of [bed.phone, 'WXM@example.com']) {
      const reply = await signIn(email);
      expect(reply.json).toMatchObject({ status: true, data: { token: expect.stringMatching(/^ip_/) } });
      expect((await api('GET', 'profile', reply.json.data.token)).json.data).toMatchObject({
        name: '王小明',
        email: 'wxm@example.com',
        // As much as is counted: PicHoro and others divide by it, and take nothing but a whole number of 64 bits.
        capacity: 8_796_093_022_207,
        used_capacity: expect.any(Number),
      });
    }
  });

  it.each([
    ['a folder', { scopes: ['upload', 'list', 'delete'], prefix: 'nowhere/' }],
    ['a bucket', { scopes: ['upload', 'list', 'delete'], bucketName: 'images' }],
    ['small images', { scopes: ['upload', 'list', 'delete'], maxBytes: 10 }],
    ['some scopes', { scopes: ['list', 'delete'] }],
  ])(
    'R25 S15 shows the account to no token that is narrowed to %s, which ends no other either',
    async (_, narrowing) => {
      const narrowed = await bed.createToken({ name: 't', ...narrowing });
      token = (await signIn(bed.phone)).json.data.token;
      for (const reply of [await api('GET', 'profile', narrowed), await api('DELETE', 'tokens', narrowed)]) {
        expect(reply.json).toMatchObject({ status: false, message: expect.stringContaining('token') });
        expect(reply.text).not.toContain('wxm@example.com');
      }
      expect((await api('GET', 'profile', token)).json.status).toBe(true);
    },
  );

  it('shows the quota in kilobytes where there is one', async () => {
    const { userId } = (await bed.call('auth/me', {}, bed.session)).json.data;
    await bed.call('auth/updateUser', { userId, quota: { bytes: 1024 * 1024 } }, bed.session);
    expect((await api('GET', 'profile')).json.data).toMatchObject({ capacity: 1024 });
    await bed.call('auth/updateUser', { userId, quota: {} }, bed.session);
  });

  it('refuses a wrong password and an unknown email alike', async () => {
    for (const [email, password] of [
      [bed.phone, 'wrong horse 7'],
      ['nobody@example.com', PASSWORD],
    ] as const) {
      const reply = await signIn(email, password);
      expect([reply.status, reply.json.status, reply.json.message]).toEqual([
        401,
        false,
        expect.stringContaining('账号或密码不正确'),
      ]);
    }
    expect((await signIn(bed.phone, '')).json).toMatchObject({
      status: false,
      message: expect.stringContaining('密码'),
    });
  });

  it('lets nobody take an email away by registering with it too', async () => {
    const email = 'first@example.com';
    for (const phone of ['13800138003', '13800138004']) {
      await bed.call('auth/register', { name: 'n', tfs: '', email, phone, upwd: `${PASSWORD} ${phone}` });
      bed.clock.now += 1000;
    }
    expect((await signIn(email, `${PASSWORD} 13800138003`)).status).toBe(200);
    expect((await signIn(email, `${PASSWORD} 13800138004`)).status).toBe(401);
  });

  it('keeps the last five tokens of those that clients ask for at every start, and ends them all on demand', async () => {
    const tokens: string[] = [];
    for (let turn = 0; turn < 7; turn += 1) {
      bed.clock.now += 1000;
      tokens.push((await signIn(bed.phone)).json.data.token);
    }
    const holds = async () =>
      Promise.all(tokens.map(async (one) => (await api('GET', 'strategies', one)).status === 200));
    expect(await holds()).toEqual([false, false, true, true, true, true, true]);
    expect((await api('DELETE', 'tokens', tokens.at(-1))).json.status).toBe(true);
    expect(await holds()).toEqual(tokens.map(() => false));
    expect((await api('DELETE', 'tokens', bed.token)).json).toMatchObject({ status: false });
    token = (await signIn(bed.phone)).json.data.token;
  });

  it.each(['profile', 'strategies', 'albums', 'images'])('lets nobody see %s without a token', async (path) => {
    for (const bearer of ['', 'ip_wrong']) {
      const reply = await api('GET', path, bearer);
      expect([reply.status, reply.json.status]).toEqual([401, false]);
      expect(reply.json.message).toContain('token');
    }
  });
});

describe('a connection that the client asks to keep', () => {
  it("is ended, because PicGo's command line waits until it is", async () => {
    const kept = lankongV2({ token, fileName: 'a.png', bytes: grey(9) });
    expect(kept.headers['connection']).toBe('keep-alive');
    expect((await bed.send(kept)).headers['connection']).toBe('close');
    expect((await bed.send(lankongV1({ token, fileName: 'a.png', bytes: grey(9) }))).headers['connection']).toBe(
      'close',
    );
  });
});

describe('albums', () => {
  it('are folders with numbers that stay, and an upload goes where its album_id says', async () => {
    await uploadTo('旅行', grey(1));
    await uploadTo('food', grey(2));
    const listed = await albums();
    expect(listed.map(({ name }) => name).sort()).toEqual(['food', '旅行']);
    expect(listed).toEqual(await albums());
    const travel = listed.find(({ name }) => name === '旅行');
    const reply = await upload(grey(3), String(travel?.id));
    expect(reply.json.data.pathname).toMatch(/^旅行\/\d{4}\//);
    expect((await albums()).find(({ name }) => name === '旅行')).toMatchObject({ id: travel?.id, image_num: 2 });
  });

  it('also those that are there because somebody put images into a folder', async () => {
    const input = { bucketName: 'images', objectName: '手工/a.png', base64: PICTURE.toString('base64') };
    await bed.call('object/putObject', input, bed.session);
    expect((await albums()).map(({ name }) => name)).toContain('手工');
    expect((await albums()).map(({ name }) => name)).not.toContain(String(new Date(bed.clock.now).getUTCFullYear()));
  });

  it('get one number each, however many uploads make them at once', async () => {
    await Promise.all(Array.from({ length: 6 }, (_, index) => uploadTo('同时', grey(200 + index))));
    const made = (await albums()).filter(({ name }) => name === '同时');
    expect(made).toMatchObject([{ image_num: 6 }]);
  });

  it('refuse an upload to a number that there is not', async () => {
    const reply = await upload(grey(4), '4711');
    expect([reply.status, reply.json.status, reply.json.message]).toEqual([
      200,
      false,
      expect.stringContaining('4711'),
    ]);
    expect((await upload(grey(4), 'abc')).json.message).toContain('相册编号不符合规范');
  });

  it('are not removed while images are in them', async () => {
    const { id } = (await albums()).find(({ name }) => name === 'food') ?? { id: 0 };
    const before = await bed.keys();
    const reply = await api('DELETE', `albums/${id}`);
    expect(reply.json).toMatchObject({ status: false, message: expect.stringContaining('1 张图片') });
    expect(await bed.keys()).toEqual(before);
    for (const objectName of before.filter((key) => key.startsWith('food/'))) {
      await bed.call('object/removeObject', { bucketName: 'images', objectName }, bed.session);
    }
    expect((await api('DELETE', `albums/${id}`)).json).toMatchObject({ status: true, message: '删除成功' });
    expect((await albums()).map(({ name }) => name)).not.toContain('food');
  });

  it('R25 S8 keep their number, whatever token somebody else comes with', async () => {
    const bob = { name: 'Bob', tfs: '', email: 'bob@example.com', phone: '13800138077', upwd: PASSWORD };
    await bed.call('auth/register', bob, '');
    const session = (await bed.call('auth/login', { phone: bob.phone, upwd: PASSWORD }, '')).json.data.token;
    await uploadTo('ours', grey(61));
    const { id } = (await albums()).find(({ name }) => name === 'ours') ?? { id: 0 };
    const removeAs = async (scopes: readonly string[], more: object = {}) => {
      const { data } = (await bed.call('auth/createToken', { name: 't', scopes, ...more }, session)).json;
      return (await api('DELETE', `albums/${id}`, data.token)).json;
    };
    const refused = { status: false, message: expect.stringMatching(/图片|相册/) };
    expect(await removeAs(['upload', 'delete'])).toMatchObject(refused);
    expect(await removeAs(['upload', 'list', 'delete'])).toMatchObject(refused);
    for (const objectName of (await bed.keys()).filter((key) => key.startsWith('ours/'))) {
      await bed.call('object/removeObject', { bucketName: 'images', objectName }, bed.session);
    }
    expect(await removeAs(['upload', 'list', 'delete'])).toMatchObject(refused);
    expect(await removeAs(['upload', 'delete'], { prefix: 'else/' })).toMatchObject(refused);
    expect((await upload(grey(62), String(id))).json.status).toBe(true);
    const narrow = await bed.createToken({ name: 't', scopes: ['upload', 'delete'], prefix: 'ours' });
    expect((await api('DELETE', `albums/${id}`, narrow)).json.message).toContain('里还有图片');
    expect((await api('DELETE', 'albums/1')).json.message).toContain('不是相册');
  });

  it('come with the buckets as strategies, whose numbers an upload may name', async () => {
    const { strategies } = (await api('GET', 'strategies')).json.data;
    expect(strategies).toEqual([{ id: 1, name: 'images' }]);
    const form = [filePart('file', 'a.png', grey(5)), textPart('strategy_id', '1')];
    const reply = await bed.send(formRequest('/api/v1/upload', form, { authorization: `Bearer ${token}` }));
    expect(reply.json.status).toBe(true);
  });
});

describe('the images of a list', () => {
  it('come 40 a page, as Laravel pages them', async () => {
    for (let shade = 100; shade < 145; shade += 1) await uploadTo('many', grey(shade));
    const { id } = (await albums()).find(({ name }) => name === 'many') ?? { id: 0 };
    const first = (await api('GET', `images?album_id=${id}`)).json.data;
    expect(first).toMatchObject({
      current_page: 1,
      from: 1,
      to: 40,
      total: 45,
      last_page: 2,
      per_page: 40,
      prev_page_url: null,
      next_page_url: expect.stringContaining('page=2'),
    });
    expect(first.data).toHaveLength(40);
    const second = (await api('GET', `images?album_id=${id}&page=2`)).json.data;
    expect(second).toMatchObject({ from: 41, to: 45, next_page_url: null });
    const keys = [...first.data, ...second.data].map(({ key }: { key: string }) => key);
    expect(new Set(keys).size).toBe(45);
    expect((await api('GET', `images?album_id=${id}&page=3`)).json.data).toMatchObject({
      data: [],
      from: null,
      to: null,
    });
  });

  it('come by size and by name when asked for', async () => {
    const large = (await uploadTo('sizes', grey(150, 200))).json.results[0].objectName;
    bed.clock.now += 1000;
    const small = (await uploadTo('sizes', grey(151, 2))).json.results[0].objectName;
    const { id } = (await albums()).find(({ name }) => name === 'sizes') ?? { id: 0 };
    const list = async (query: string) => (await api('GET', `images?album_id=${id}&${query}`)).json.data.data;
    expect((await list('order=utmost'))[0]).toMatchObject({ pathname: large, width: 200, mimetype: 'image/png' });
    expect((await list('order=least')).at(-1)).toMatchObject({ pathname: large });
    expect(await list(`keyword=${encodeURIComponent(large)}`)).toHaveLength(1);
    expect(await fetchBytes((await list('order=utmost'))[0].links.url)).toEqual(grey(150, 200));
    expect((await list('order=earliest'))[0]).toMatchObject({ pathname: large });
    expect((await list('order=newest'))[0]).toMatchObject({ pathname: small });
    expect((await api('GET', 'images?order=sideways')).json.status).toBe(false);
  });

  it('are removed by the key of the list, which only the owner may use', async () => {
    const { objectName } = (await uploadTo('gone', grey(160))).json.results[0];
    const images = (await api('GET', 'images')).json.data.data;
    const { key } = images.find(({ pathname }: { pathname: string }) => pathname === objectName);
    expect((await api('DELETE', `images/${key}`, bed.token)).json).toMatchObject({
      status: false,
      message: expect.stringContaining('delete'),
    });
    const phone = '13800138009';
    await bed.call('auth/register', { name: 'Eve', tfs: '', email: 'eve@example.com', phone, upwd: PASSWORD });
    const eve = (await signIn(phone)).json.data.token;
    expect((await api('DELETE', `images/${key}`, eve)).json).toMatchObject({
      status: false,
      message: expect.stringContaining('自己上传'),
    });
    expect(await bed.keys()).toContain(objectName);
    expect((await api('DELETE', `images/${key}`)).json).toMatchObject({ status: true, message: '删除成功' });
    expect(await bed.keys()).not.toContain(objectName);
  });

  it('are removed by the key of their upload with a token that can only upload', async () => {
    const reply = await bed.send(lankongV2({ token: bed.token, fileName: 'a.png', bytes: grey(161) }));
    const { key, pathname } = reply.json.data;
    expect((await api('DELETE', `images/${key}`, bed.token)).json).toMatchObject({ status: true });
    expect(await bed.keys()).not.toContain(pathname);
    expect((await api('DELETE', 'images/d1.x.y', bed.token)).json).toMatchObject({ status: false });
  });
});

describe('a private bed', () => {
  it("shows and numbers only what is the member's own", async () => {
    const own = await openClientBed({ IMAGEPIC_BED: 'private' });
    try {
      const register = { name: 'Eve', tfs: '', email: 'eve@example.com', phone: '13800138009', upwd: PASSWORD };
      const { userId } = (await own.call('auth/register', register)).json.data;
      const send = (bearer: string, method: string, path: string, body = '') =>
        own.send({
          method,
          path,
          headers: { authorization: bearer, ...(body !== '' && { 'content-type': 'application/json' }) },
          body: Buffer.from(body),
        });
      const login = JSON.stringify({ email: register.phone, password: PASSWORD });
      const eve = (await send('', 'POST', '/api/v1/tokens', login)).json.data.token;
      const put = async (bearer: string, field: string, value: string, bytes: Uint8Array) =>
        own.send(
          formRequest('/upload', [textPart(field, value), filePart('f', 'a.png', bytes)], { authorization: bearer }),
        );
      expect((await put(eve, 'album', 'trip', grey(1))).json.results[0].objectName).toMatch(
        new RegExp(`^${userId}/trip/`),
      );
      const [album] = (await send(eve, 'GET', '/api/v1/albums')).json.data.data;
      expect(album).toMatchObject({ name: `${userId}/trip`, image_num: 1 });
      expect((await put(eve, 'album_id', String(album.id), grey(2))).json.results[0].objectName).toMatch(
        new RegExp(`^${userId}/trip/`),
      );
      const third = { ...register, phone: '13800138010' };
      await own.call('auth/register', third);
      const mallory = (
        await send('', 'POST', '/api/v1/tokens', JSON.stringify({ email: third.phone, password: PASSWORD }))
      ).json.data.token;
      expect((await send(mallory, 'GET', '/api/v1/albums')).json.data.data).toEqual([]);
      expect((await send(mallory, 'GET', '/api/v1/images')).json.data.total).toBe(0);
      const intruder = await put(mallory, 'album_id', String(album.id), grey(3));
      expect(intruder.json.message).toContain(`没有编号为 ${album.id} 的相册`);
    } finally {
      await own.close();
    }
  });
});
