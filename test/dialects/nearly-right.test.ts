import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePng } from '../support/png.ts';
import { filePart, formRequest, type RecordedPart, textPart } from '../support/recorded-requests/recorded-request.ts';
import { type ClientBed, fetchBytes, HTML, openClientBed, PICTURE, type Reply } from './client-bed.ts';

let bed: ClientBed;
beforeAll(async () => {
  bed = await openClientBed();
});
afterAll(() => bed.close());

const BASE64 = PICTURE.toString('base64');
const DATA_URL = `data:image/png;base64,${BASE64}`;
/** More than what a short text may have. */
const LARGE = makePng(200, 200).toString('base64');

type Fields = Readonly<Record<string, string>>;
const ENCODINGS = ['multipart', 'urlencoded', 'JSON'] as const;
type Encoding = (typeof ENCODINGS)[number];

/** The same fields in one of the three ways in which clients send them. */
const send = (encoding: Encoding, path: string, fields: Fields, headers: Fields = { 'x-api-key': bed.token }) => {
  if (encoding === 'multipart') {
    const parts = Object.entries(fields).map(([name, value]): RecordedPart => textPart(name, value));
    return bed.send(formRequest(path, parts, headers));
  }
  const [type, body] =
    encoding === 'JSON'
      ? ['application/json', JSON.stringify(fields)]
      : ['application/x-www-form-urlencoded', new URLSearchParams(fields).toString()];
  return bed.send({ method: 'POST', path, headers: { ...headers, 'content-type': type }, body: Buffer.from(body) });
};
const get = (path: string, headers: Fields = { authorization: bed.token }, method = 'GET'): Promise<Reply> =>
  bed.send({ method, path, headers, body: Buffer.alloc(0) });
const file = (bytes: Uint8Array = PICTURE, field = 'smfile', name = 'a.png') => filePart(field, name, bytes);

describe.each(ENCODINGS)('fields sent as %s', (encoding) => {
  it.each([
    ['/api/1/upload', 'source', BASE64],
    ['/api/1/upload', 'source', DATA_URL],
    ['/upload', 'file', BASE64],
    ['/upload', 'image', DATA_URL],
    ['/upload', 'base64', LARGE],
    ['/api/1/upload', 'source', LARGE],
  ])('U1 may hold an image in base64: %s %s', async (path, field, value) => {
    const { json } = await send(encoding, path, { [field]: value });
    expect(json).toMatchObject({ url: expect.stringMatching(/^http/) });
    expect((await fetchBytes(json.url)).byteLength).toBeGreaterThan(0);
  });

  it.each([
    ['an address', { source: 'http://x.test/a.png' }, '不支持按网址抓取'],
    ['what is no image', { source: Buffer.alloc(9000).toString('base64') }, '无法识别'],
  ])('U1 are told the reason for %s', async (_, fields, reason) => {
    const before = await bed.keys();
    const reply = await send(encoding, '/api/1/upload', fields);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(JSON.stringify(reply.json)).toMatch(new RegExp(`${reason}|只接受|不是图片`));
    expect(await bed.keys()).toEqual(before);
  });

  it.each([
    ['key', { source: 'http://x.test/a.png' }],
    ['token', { image: 'http://x.test/a.png' }],
    ['authCode', { file: 'http://x.test/a.png' }],
  ])('U3 are told the true reason when the token is the field %s', async (name, fields) => {
    const reply = await send(encoding, '/api/1/upload', { [name]: bed.token, ...fields }, {});
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.json)).toContain('不支持按网址抓取');
  });

  it('P13 are told of an image of nothing that it is empty', async () => {
    const put = { bucketName: 'images', objectName: 'empty.png', base64: '' };
    const reply =
      encoding === 'urlencoded'
        ? await send(encoding, '/upload', { file: 'data:image/png;base64,' })
        : await send(encoding, '/object/putObject', put, { authorization: bed.session });
    expect(reply.json.message ?? reply.json.data.err).toBe('文件是空的');
  });

  it('U2 may say the format, and are answered so, also with a refusal', async () => {
    const stored = await send(encoding, '/api/1/upload', { format: 'txt', source: BASE64 });
    expect(stored.text).toMatch(/^http\S+\n$/);
    const refused = await send(encoding, '/api/1/upload', { format: 'txt', source: 'http://x.test/a.png' });
    expect(refused.text).toMatch(/^不支持按网址抓取[^{]*\n$/);
    const markdown = await send(encoding, '/upload', { format: 'md', file: BASE64 });
    expect(markdown.text).toMatch(/^!\[.*\]\(http\S+\)\n$/);
  });

  it('U2 may say the format to who refuses a token in a header', async () => {
    const wrong = { 'x-api-key': `${bed.token.slice(0, -4)}AAAA` };
    const { status, text } = await send(encoding, '/api/1/upload', { format: 'txt', source: BASE64 }, wrong);
    expect([status, text]).toEqual([401, expect.stringMatching(/^token 不正确[^{]*\n$/)]);
  });

  it('U2 may not say a format that there is not', async () => {
    const { status, json } = await send(encoding, '/upload', { format: 'xml', file: BASE64 });
    expect([status, json.message]).toEqual([400, expect.stringContaining('format=xml')]);
  });
});

describe('a parameter that a dialect has', () => {
  it.each(['field', 'address'])('U2 is read from the %s: strategy_id', async (place) => {
    const path = `/api/v1/upload${place === 'address' ? '?strategy_id=999' : ''}`;
    const parts = place === 'field' ? [textPart('strategy_id', '999')] : [];
    const { json } = await bed.send(formRequest(path, [...parts, file()], { authorization: bed.token }));
    expect(json).toMatchObject({ status: false, message: expect.stringContaining('strategies') });
  });

  it('U2 is refused in the address when it is none: format', async () => {
    const { status, json } = await bed.send(formRequest('/upload?format=xml', [file()], { authorization: bed.token }));
    expect([status, json.message]).toEqual([400, expect.stringContaining('format=xml')]);
  });
});

describe('a body that is wrong before its token is reached', () => {
  it.each([
    ['malformed JSON', 'application/json', '{"token":', '不是合法的 JSON'],
    ['a form without a boundary', 'multipart/form-data', '--b', 'boundary'],
  ])('U3 is told so: %s', async (_, type, body, reason) => {
    const reply = await bed.send({
      method: 'POST',
      path: '/upload',
      headers: { 'content-type': type },
      body: Buffer.from(body),
    });
    expect([reply.status, reply.json.message]).toEqual([400, expect.stringContaining(reason)]);
  });

  it('U3 is a missing token where all fields were reached', async () => {
    expect((await send('JSON', '/upload', { file: BASE64 }, {})).status).toBe(401);
    expect((await send('multipart', '/upload', { album: 'a' }, {})).status).toBe(401);
  });
});

describe('U5 an address that is nearly right', () => {
  it.each([
    '/api/v1/upload/api/v1/upload',
    '/api/v1/api/v1/upload',
    '/api/upload/api/upload',
    '/api/v2/upload/api/v2/upload',
    '/api/1/upload/api/1/upload',
    '/upload/upload',
    '/upload/api/v1/upload',
    '/imagepic/api/v1/upload',
    '/API/V1/upload',
  ])('is taken where the path is given twice, or in capitals: %s', async (path) => {
    const { json } = await bed.send(formRequest(path, [file()], { authorization: bed.token }));
    expect(json.url ?? json.data?.url).toMatch(/^http/);
  });

  it.each([
    ['/api/v1', 200],
    ['/api', 200],
    ['/api/v1/uploads', 200],
    ['/v1/upload', 200],
    ['/api/v2/unknown', 200],
    ['/api/1/uploads', 404],
    ['/upload/x', 404],
    ['/upload/index.php', 404],
    ['/delete/a/b', 404],
    ['/clients/x', 404],
  ])('is refused where clients look, with what to give them: %s', async (path, status) => {
    const reply = await bed.send(formRequest(path, [file()], { authorization: bed.token }));
    expect(reply.status).toBe(status);
    const told = reply.json.message ?? reply.json.error?.message;
    expect(told).toContain('服务器地址请只填 http');
  });
});

describe('U6 a token as people write it', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  it.each<[string, (token: string) => string]>([
    ['Bearer: …', (token) => `Bearer: ${token}`],
    ['Bearer:…', (token) => `Bearer:${token}`],
    ['Bearer "…"', (token) => `Bearer "${token}"`],
    ['"…"', (token) => `"${token}"`],
    ['Key …', (token) => `Key ${token}`],
    ['ApiKey …', (token) => `ApiKey ${token}`],
    ['JWT …', (token) => `JWT ${token}`],
    ['Token token="…"', (token) => `Token token="${token}"`],
    ['the name of Basic, without a password', (token) => basic(`${token}:`)],
    ['the name of Basic, with any password', (token) => basic(`${token}:x`)],
    ['all of Basic', (token) => basic(token)],
    ['the password of Basic', (token) => basic(`用户:${token}`)],
  ])('is taken by clients and by the API: %s', async (_, write) => {
    const authorization = write(bed.token);
    expect((await bed.send(formRequest('/upload', [file()], { authorization }))).json.success).toBe(true);
    expect((await get('/auth/whoami', { authorization })).json.success).toBe(true);
    const wrong = write(`${bed.token.slice(0, -4)}AAAA`);
    expect((await get('/auth/whoami', { authorization: wrong })).status).toBe(401);
  });

  it('is taken by the API in each header that clients have for it, and in no address', async () => {
    expect((await get('/auth/whoami', { 'x-api-key': bed.token })).json.success).toBe(true);
    expect((await get('/auth/whoami', { token: bed.token })).json.success).toBe(true);
    for (const name of ['token', 'key', 'access_token', 'X-API-Key']) {
      expect((await get(`/auth/whoami?${name}=${bed.token}`, {})).status).toBe(401);
    }
  });
});

describe('U5 an address of another host', () => {
  it.each([
    '/upload.php',
    '/uploads',
    '/1/upload',
    '/json/upload',
    '/file/upload',
    '/images/upload',
    '/api.php',
    '/x/upload',
  ])('is refused where clients look: %s', async (path) => {
    const { status, json } = await bed.send(formRequest(path, [file()], { authorization: bed.token }));
    expect([status, json.message]).toEqual([404, expect.stringContaining('服务器地址请只填 http')]);
  });

  it('is refused as PicGo’s server refuses, when it is asked whether it lives', async () => {
    const { status, json } = await get('/heartbeat', {}, 'POST');
    expect([status, json.success, json.msg]).toEqual([200, false, expect.stringContaining('服务器地址请只填 http')]);
  });

  it('is the API’s to refuse where it looks like a route', async () => {
    const { json } = await bed.send(formRequest('/object/nope', [file()], { authorization: bed.token }));
    expect(json).toMatchObject({ success: false, error: 'NoSuchRoute', data: { err: expect.any(String) } });
  });
});

describe('U10 a method that a host takes, and the bed does not', () => {
  it.each([
    ['GET', '/api/1/upload?key=TOKEN&source=x', 405, 'POST'],
    ['PUT', '/api/v1/upload', 405, 'POST'],
    ['GET', '/api/v2/upload', 200, 'POST'],
    ['GET', '/api/index.php', 200, 'POST'],
    ['DELETE', '/api/v2/profile', 200, 'GET 或 POST'],
  ])('is refused as its host refuses, with the method to use: %s %s', async (method, path, status, instead) => {
    const reply = await get(path.replace('TOKEN', bed.token), { authorization: bed.token }, method);
    const { error, message } = reply.json;
    expect([reply.status, error?.message ?? message]).toEqual([status, `请改用 ${instead} 方法`]);
  });
});

describe('SM.MS and S.EE', () => {
  const upload = (path: string, authorization: string) => bed.send(formRequest(path, [file()], { authorization }));

  it.each(['/api/v2/upload', '/api/v1/file/upload'])('U7 take an image at %s, its size in bytes', async (path) => {
    const { json } = await upload(path, bed.token);
    expect(json).toMatchObject({
      success: true,
      code: 'success',
      data: { size: expect.any(Number), url: expect.any(String) },
    });
    expect(Number.isInteger(json.data.size)).toBe(true);
    const strings = ['filename', 'storename', 'path', 'hash', 'url', 'delete', 'page'];
    for (const name of strings) expect([name, json.data[name]]).toEqual([name, expect.stringMatching(/./)]);
  });

  it.each([
    ['Basic', () => `Basic ${bed.token}`],
    ['Basic with a name', () => `Basic ${Buffer.from(`user:${bed.token}`).toString('base64')}`],
    ['Token', () => `Token ${bed.token}`],
    ['Client-ID', () => `Client-ID ${bed.token}`],
  ])('U6 take the token behind %s', async (_, authorization) => {
    expect((await upload('/api/v2/upload', authorization())).json.success).toBe(true);
  });

  it.each(['/api/v2', '/api/v1/file'])('U6 remove an image by its hash at %s, once and again', async (base) => {
    const { json } = await bed.send(
      formRequest(`${base}/upload`, [file(makePng(7, 7, { grey: base.length }))], { authorization: bed.token }),
    );
    expect((await get(`${base}/delete/${json.data.hash}`)).json).toMatchObject({ success: true, code: 'success' });
    expect((await fetch(json.data.url)).status).toBe(404);
    expect((await get(`${base}/delete/nonsense`)).json).toMatchObject({ success: false, code: 'error' });
  });

  it('U6 refuse in their own words what a token for uploading may not see', async () => {
    for (const [method, path] of [
      ['POST', 'profile'],
      ['GET', 'upload_history'],
    ] as const) {
      const { status, json } = await get(`/api/v2/${path}`, { authorization: bed.token }, method);
      expect(status).toBe(200);
      expect(json).toMatchObject({
        success: false,
        code: 'error',
        message: expect.any(String),
        RequestId: expect.any(String),
      });
    }
  });
});

describe('clients of PicGo’s own server', () => {
  it.each([[{}], [{ query: '?key=x' }]])(
    'U8 read a refusal of paths from a 200, wherever the token is: %j',
    async (how) => {
      const reply = await bed.send({
        method: 'POST',
        path: `/upload${'query' in how ? how.query : ''}`,
        headers: { authorization: `Bearer ${bed.token}`, 'content-type': 'application/json' },
        body: Buffer.from('{"list":["/a.png"]}'),
      });
      expect(reply.status).toBe(200);
      expect(reply.json).toMatchObject({ success: false, msg: expect.stringContaining('远程服务器模式') });
    },
  );

  const json = (body: string) => ({ 'content-type': 'application/json', body: Buffer.from(body) });
  const form = (...parts: readonly RecordedPart[]) => {
    const { headers, body } = formRequest('/upload', parts);
    return { 'content-type': headers['content-type'] ?? '', body };
  };
  const PICGO = [
    ['files that are refused', form(file(HTML, 'list'))],
    ['a path', form(textPart('list', '/a.png'))],
    ['{}, for the picture copied last', json('{}')],
    ['JSON of nothing', json('')],
  ] as const;
  const post = ({ body, ...type }: (typeof PICGO)[number][1], headers: Fields, query = '') =>
    bed.send({ method: 'POST', path: `/upload${query}`, headers: { ...type, ...headers }, body });

  it.each(PICGO)('U8 read any refusal from a 200, with the token in a header: %s', async (_, sent) => {
    const wrong = `${bed.token.slice(0, -4)}AAAA`;
    for (const authorization of [`Bearer ${bed.token}`, `Bearer ${wrong}`]) {
      const { status, json } = await post(sent, { authorization });
      expect([status, json]).toEqual([
        200,
        expect.objectContaining({
          success: false,
          msg: expect.stringMatching(authorization.endsWith(wrong) ? 'token' : /./),
        }),
      ]);
    }
  });

  it('U8 and others, who call a file list too, are answered as ever, in text with the status', async () => {
    const good = await post(form(file(PICTURE, 'list')), { authorization: bed.token });
    expect(good.json).toMatchObject({ success: true, links: expect.anything(), results: [{ success: true }] });
    const refused = await post(form(file(HTML, 'list')), { authorization: bed.token }, '?format=txt');
    expect([refused.status, refused.text]).toEqual([415, expect.not.stringContaining('{')]);
    expect((await post(form(file(HTML, 'file')), { authorization: bed.token })).status).toBe(415);
  });

  it.each(['multipart', 'urlencoded'] as const)('U1 are told about a path sent as %s', async (encoding) => {
    const { json } = await send(encoding, '/upload', { list: '/Users/wxm/a.png' });
    expect(json.message).toContain('远程服务器模式');
  });
});

it('U9 an answer has files[0].url, as settings made for Zipline look for it', async () => {
  const { json } = await bed.send(formRequest('/api/upload', [file()], { authorization: bed.token }));
  expect(json.files[0].url).toBe(json.data.url);
});

it('U4 an address of one image says where several go', async () => {
  const two = [file(PICTURE, 'file[]'), file(HTML, 'file[]')];
  const { json } = await bed.send(formRequest('/api/v1/upload', two, { authorization: bed.token }));
  expect(json.message).toContain('一次上传多张请用');
});
