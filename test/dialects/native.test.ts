import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFixture } from '../support/images/fixtures.ts';
import { streamLargePng } from '../support/large-png.ts';
import { makePng } from '../support/png.ts';
import {
  filePart,
  formRequest,
  type RecordedPart,
  type RecordedRequest,
  textPart,
} from '../support/recorded-requests/recorded-request.ts';
import {
  type ClientBed,
  fetchBytes,
  HTML,
  OTHER_PICTURE,
  openClientBed,
  PICTURE,
  type Reply,
  tooLarge,
} from './client-bed.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

let bed: ClientBed;
beforeAll(async () => {
  bed = await openClientBed();
});
afterAll(() => bed.close());

const upload = (
  parts: readonly RecordedPart[],
  headers: Readonly<Record<string, string>> = {},
  path = '/upload',
): Promise<Reply> => bed.send(formRequest(path, parts, { authorization: `Bearer ${bed.token}`, ...headers }));
const one = (bytes: Uint8Array = PICTURE, fileName = '图.png'): RecordedPart => filePart('file', fileName, bytes);
const raw = (
  body: Uint8Array | string,
  type: string | undefined,
  path = '/upload',
  method = 'POST',
): Promise<Reply> => {
  const recorded: RecordedRequest = {
    method,
    path,
    headers: { authorization: bed.token, ...(type !== undefined && { 'content-type': type }) },
    body: Buffer.from(body),
  };
  return bed.send(recorded);
};
const json = (body: object, path = '/upload'): Promise<Reply> => raw(JSON.stringify(body), 'application/json', path);
const grey = (shade: number): Buffer => makePng(5, 5, { grey: shade });

describe('the native endpoint', () => {
  it('answers with every name that a client of any kind looks for', async () => {
    const { json: body } = await upload([one()]);
    const { url } = body;
    expect(body).toMatchObject({
      success: true,
      status: true,
      code: 200,
      status_code: 200,
      message: 'success',
      result: [url],
      fullResult: [{ imgUrl: url, key: expect.any(String), deleteToken: expect.any(String) }],
      thumb: `${url}?p=thumb`,
      del: expect.stringMatching(/^http:.*\/delete\/d1\./),
      data: {
        url,
        link: url,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        links: { url, thumbnail_url: `${url}?p=thumb` },
      },
      image: { url, thumb: { url: `${url}?p=thumb` }, delete_url: body.del },
      results: [{ success: true, url, width: 8, height: 6, contentType: 'image/png' }],
    });
  });

  it('U4 takes the pictures of a long note under any names and answers for each, in order', async () => {
    const shades = Array.from({ length: 68 }, (_, index) => grey(index + 1));
    const reply = await upload(shades.map((bytes, index) => filePart(`f${index}`, `${index}.png`, bytes)));
    expect(reply.json.result).toHaveLength(68);
    expect(await Promise.all(reply.json.result.map(fetchBytes))).toEqual(shades);
    const more = await upload(Array.from({ length: 201 }, (_, index) => filePart('f', `${index}.png`, PICTURE)));
    expect(more.status).toBe(400);
    expect(more.json.message).toContain('200 个文件：请分几次上传');
  });

  it('stores what it can of several files and gives the reason for each that it cannot', async () => {
    const reply = await upload([one(grey(50)), one(HTML, 'x.png'), one(await tooLarge(), 'big.png'), one(grey(51))]);
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({ success: false, message: expect.stringContaining('x.png') });
    expect(reply.json.results).toMatchObject([
      { success: true },
      { success: false, name: 'x.png', error: 'UnsupportedMediaType' },
      { success: false, name: 'big.png', error: 'EntityTooLarge' },
      { success: true },
    ]);
    expect(reply.json.result).toHaveLength(2);
  });

  it('answers with the reason of every file when none could be stored', async () => {
    const reply = await upload([one(HTML, 'x.png'), one(Buffer.alloc(0), 'y.png')]);
    expect(reply.status).toBe(415);
    expect(reply.json).toMatchObject({
      error: 'UnsupportedMediaType',
      details: { outcomes: [{ name: 'x.png' }, { name: 'y.png', error: 'InvalidArgument' }] },
    });
  });

  it.each([
    ['bare bytes', () => raw(PICTURE, 'image/png')],
    ['bare bytes of no type', () => raw(PICTURE, undefined)],
    ['bare bytes with PUT, as curl -T sends them', () => raw(PICTURE, 'application/octet-stream', '/upload', 'PUT')],
    ['bare bytes of a type that is a lie', () => raw(PICTURE, 'image/svg+xml')],
    ['JSON with base64', () => json({ base64: PICTURE.toString('base64') })],
    ['JSON with a data URL', () => json({ x: `data:image/png;base64,${PICTURE.toString('base64')}` })],
    [
      'JSON with line breaks in the base64',
      () => json({ y: PICTURE.toString('base64').replace(/(.{60})/g, '$1\r\n') }),
    ],
    ['JSON with base64 of the other alphabet', () => json({ base64: PICTURE.toString('base64url') })],
    ['JSON with such under any name', () => json({ z: PICTURE.toString('base64url') })],
    ['JSON with base64 without padding', () => json({ image: PICTURE.toString('base64').replace(/=+$/, '') })],
    [
      'JSON with a data URL of the other alphabet',
      () => json({ x: `data:image/png;base64,${PICTURE.toString('base64url')}` }),
    ],
    ['JSON with a list of data URLs', () => json({ list: [`data:image/png;base64,${PICTURE.toString('base64')}`] })],
  ])('takes %s', async (_name, send) => {
    const reply = await send();
    expect([reply.status, reply.json.message]).toEqual([200, 'success']);
    expect(await fetchBytes(reply.json.url)).toEqual(PICTURE);
  });

  it.each([
    ['an address to fetch', () => json({ url: 'http://169.254.169.254/latest/meta-data' }), '不支持按网址抓取'],
    ['JSON without an image', () => json({ album: 'a' }), '只有字段 "album"'],
    ['broken base64', () => json({ base64: 'iVBORw0KGgo!' }), '不是标准 base64'],
    ['base64 of both alphabets', () => json({ base64: 'iVBO+w0K_go=' }), '不混用'],
    ['an empty image', () => json({ base64: '', album: 'a' }), '字段 base64 是空的'],
    ['an ArrayBuffer in JSON', () => json({ base64: {} }), 'wx.arrayBufferToBase64'],
    ['a Uint8Array in JSON', () => json({ image: { ...PICTURE.subarray(0, 60) } }), '二进制数据（Uint8Array）'],
    ['a whole one', () => json({ image: { ...PICTURE, ...Array(5000).fill(1) } }), '二进制数据（Uint8Array）'],
    ['a Buffer in JSON', () => json({ x: PICTURE.subarray(0, 60) }), '二进制数据（Buffer）'],
    ['a list of bytes', () => json({ file: [...PICTURE.subarray(0, 60)] }), '二进制数据（[137,80,…]）'],
    ['settings that are lists of numbers', () => json({ sizes: [1, 2], extra: {} }), '只有字段 "sizes"、"extra"'],
    ['a form with an object in place of a file', () => upload([textPart('file', '[object File]')]), '[object File]'],
    ['JSON that is no object', () => raw('[1]', 'application/json'), '应为 JSON 对象'],
    ['broken JSON', () => raw('{', 'application/json'), '不是合法的 JSON'],
    ['an empty request', () => raw('', undefined), '没有收到文件'],
    ['a text', () => raw('hello', 'text/plain'), '不支持的 Content-Type text/plain'],
    ['a form without a file', () => upload([textPart('album', 'a')]), '只有字段 "album"'],
    ['a form without a boundary', () => raw('x', 'multipart/form-data'), '缺少 boundary'],
    ['an album that climbs', () => upload([one(), textPart('album', '../x')]), '相册不符合规范'],
    ['an album id that there is not', () => upload([one(), textPart('album_id', '4711')]), '没有编号为 4711 的相册'],
    ['a template that could climb', () => upload([one(), textPart('name', '../{hash}')]), 'nameTemplate'],
    ['a bucket that there is not', () => upload([one(), textPart('bucket', 'elsewhere')]), 'elsewhere'],
  ])('refuses %s and keeps nothing', async (_name, send, sentence) => {
    const before = await bed.keys();
    const reply = await send();
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.status).toBeLessThan(500);
    expect(reply.json.message).toContain(sentence);
    expect(await bed.keys()).toEqual(before);
  });

  it('is told where to put an image, in the form before or after the file, or in the address', async () => {
    const place = async (reply: Promise<Reply>) => (await reply).json.results[0].objectName;
    expect(await place(upload([textPart('album', '旅行'), one(grey(60))]))).toMatch(/^旅行\/\d{4}\//);
    expect(await place(upload([one(grey(61)), textPart('folder', 'a/b')]))).toMatch(/^a\/b\/\d{4}\//);
    expect(await place(upload([one(grey(62))], {}, '/upload?album=addr'))).toMatch(/^addr\//);
    const both = [one(grey(63)), textPart('album', 'x'), textPart('folder', 'y')];
    expect(await place(upload(both))).toMatch(/^x\/y\//);
  });

  it('names an image as its file was named when asked to, and never overwrites another', async () => {
    const named = async (bytes: Uint8Array, fileName: string, name = 'original') =>
      (await upload([one(bytes, fileName), textPart('name', name), textPart('folder', 'n')])).json.results[0];
    expect((await named(grey(70), '截图 1.jpeg')).objectName).toBe('n/截图 1.png');
    expect((await named(grey(71), '截图 1.jpeg')).objectName).toBe('n/截图 1-1.png');
    const again = await named(grey(70), '截图 1.jpeg');
    expect(again).toMatchObject({ objectName: 'n/截图 1.png', isDuplicate: true });
    expect((await named(grey(72), 'a.png', '{yyyy}/{name}-{hash}.{ext}')).objectName).toMatch(
      /^n\/\d{4}\/a-[0-9a-f]{32}\.png$/,
    );
    expect((await named(grey(73), 'a.png', '图片')).objectName).toMatch(/^n\/\d{4}\/\d\d\/\d\d\/[0-9a-f]{32}\.png$/);
  });

  it('gives the same link for the same bytes, also on another day, and counts them once', async () => {
    const usage = async () => (await bed.call('auth/me', {}, bed.session)).json.data.usage;
    const first = await upload([one(grey(80), 'a.png')]);
    const before = await usage();
    bed.clock.now += 5 * 60 * 1000;
    const retried = await upload([one(grey(80), 'b.png')]);
    expect(retried.json.results[0]).toMatchObject({ url: first.json.url, isDuplicate: true });
    expect(await usage()).toEqual(before);
    bed.clock.now += DAY_MS;
    const later = await upload([one(grey(80), 'c.png'), one(grey(80), 'd.png')]);
    expect(later.json.result).toEqual([first.json.url, first.json.url]);
    bed.clock.now -= DAY_MS + 5 * 60 * 1000;
  });

  it('keeps one object of the same image sent many times at once', async () => {
    const before = (await bed.keys()).length;
    const replies = await Promise.all(Array.from({ length: 8 }, () => upload([one(grey(81))])));
    expect(new Set(replies.map((reply) => reply.json.url)).size).toBe(1);
    expect(await bed.keys()).toHaveLength(before + 1);
  });

  it('stores again what was removed meanwhile', async () => {
    const bytes = grey(82);
    const { objectName } = (await upload([one(bytes)])).json.results[0];
    await bed.call('object/removeObject', { bucketName: 'images', objectName }, bed.session);
    const again = await upload([one(bytes)]);
    expect(again.json.results[0]).toMatchObject({ isDuplicate: false });
    expect(await fetchBytes(again.json.url)).toEqual(bytes);
  });

  it('does a repeated request under an idempotency key once', async () => {
    const key = { 'idempotency-key': 'upload-1' };
    const first = await upload([one(grey(83))], key);
    const again = await upload([one(grey(83))], key);
    expect(again.json.results).toEqual(first.json.results);
    expect((await upload([one(grey(84))], key)).status).toBe(422);
  });
});

describe('links as text', () => {
  const name = '图 [1] <b>.png';
  it.each([
    ['txt', (url: string) => url],
    ['md', (url: string) => `![图 \\[1\\] \\<b>.png](${url})`],
    ['markdown_with_link', (url: string) => `[![图 \\[1\\] \\<b>.png](${url})](${url})`],
    ['html', (url: string) => `<img src="${url}" alt="图 [1] &lt;b&gt;.png" title="图 [1] &lt;b&gt;.png" />`],
    ['bbcode', (url: string) => `[img]${url}[/img]`],
  ])('come one a line, in order, for format=%s', async (format, write) => {
    const images = [one(PICTURE, name), one(OTHER_PICTURE, name)];
    const urls = (await upload(images)).json.result;
    const reply = await upload(images, {}, `/upload?format=${format}`);
    expect(reply.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(reply.text).toBe(`${urls.map(write).join('\n')}\n`);
  });

  it('come for Accept: text/plain, but not for axios, which names JSON too', async () => {
    expect((await upload([one()], { accept: 'text/plain' })).text).toMatch(/^http:\/\/\S+\n$/);
    expect((await upload([one()], { accept: 'application/json, text/plain, */*' })).json.success).toBe(true);
  });

  it('come with a line for every failure, whose status is that of the whole', async () => {
    const reply = await upload([one(), one(HTML, 'x.png')], { accept: 'text/plain' });
    expect(reply.status).toBe(415);
    expect(reply.text).toMatch(/^http:\/\/\S+\nx\.png 只接受/);
    const none = await upload([one(HTML, 'x.png')], { accept: 'text/plain', authorization: 'x' });
    expect([none.status, none.text]).toEqual([401, expect.stringMatching(/^token 不正确[^\n]+\n$/)]);
  });

  it('say what was taken out of an image, and nothing where nothing was', async () => {
    const { bytes } = readFixture('comment.gif');
    const { data } = (await upload([one(bytes, 'a.gif')])).json;
    expect(data).toMatchObject({ removed: ['comment'], savedBytes: expect.any(Number) });
    expect((await upload([one()])).json.data).not.toHaveProperty('removed');
  });

  it('speak English to who asks for it', async () => {
    const reply = await upload([one(HTML)], { 'accept-language': 'en' });
    expect(reply.json.message).toMatch(
      /^Only PNG, JPEG, GIF, WebP and AVIF images are accepted; this is an HTML page: /,
    );
  });
});

describe('R17 tokens in an address or a form', () => {
  const anonymous = (parts: readonly RecordedPart[], path = '/upload') => bed.send(formRequest(path, parts));

  it.each(['key', 'token', 'authCode', 'secret'])(
    'are taken as ?%s= when they can upload and nothing else',
    async (name) => {
      const { json } = await anonymous([one()], `/upload?${name}=${bed.token}`);
      // By `authCode` CloudFlare-ImgBed is told, whose answer is a list.
      expect(name === 'authCode' ? json : json.result).toHaveLength(1);
    },
  );

  it('are taken from a form before the file and after it', async () => {
    expect((await anonymous([textPart('token', bed.token), one()])).json.success).toBe(true);
    expect((await anonymous([one(), textPart('key', bed.token)])).json.success).toBe(true);
  });

  it('are refused when they can do more, and say what to do', async () => {
    const wide = await bed.createToken({ scopes: ['upload', 'delete'] });
    const before = await bed.keys();
    for (const token of [wide, bed.session]) {
      for (const reply of [
        await anonymous([one(grey(90))], `/upload?token=${token}`),
        await anonymous([one(grey(90)), textPart('token', token)]),
        await anonymous([textPart('token', token), one(grey(90))]),
      ]) {
        expect([reply.status, reply.json.message]).toEqual([403, expect.stringContaining('仅有 upload 权限')]);
      }
    }
    expect(await bed.keys()).toEqual(before);
    const inHeader = await bed.send(formRequest('/upload', [one()], { authorization: wide }));
    expect(inHeader.json.success).toBe(true);
  });

  it('may come after a small file only; a bad one that comes first stops the file', async () => {
    const large = await openClientBed({ IMAGEPIC_MAX_UPLOAD_BYTES: '20000000' });
    try {
      const bytes = await buffer(streamLargePng(9_000_000));
      const send = (parts: readonly RecordedPart[]) => large.send(formRequest('/upload', parts));
      const after = await send([filePart('f', 'a.png', bytes), textPart('token', large.token)]);
      expect([after.status, after.json.message]).toEqual([413, expect.stringContaining('Authorization')]);
      expect((await send([textPart('token', large.token), filePart('f', 'a.png', bytes)])).json.success).toBe(true);
      const bad = await send([textPart('token', 'ip_no'), filePart('f', 'a.png', bytes)]);
      expect([bad.status, bad.json.error]).toEqual([401, 'InvalidToken']);
      expect((await send([filePart('f', 'a.png', bytes)])).status).toBe(401);
    } finally {
      await large.close();
    }
  });

  it('never get into the log', async () => {
    await anonymous([one()], `/upload?key=${bed.token}`);
    await anonymous([textPart('token', bed.token), one()]);
    expect(bed.log.join('')).not.toContain(bed.token);
    expect(bed.log.join('')).toContain('"$url":"upload/store"');
  });
});

describe('narrow tokens', () => {
  it('put images where they may without being told', async () => {
    const token = await bed.createToken({ scopes: ['upload'], prefix: 'blog/', maxBytes: 100 });
    const send = (parts: readonly RecordedPart[]) => bed.send(formRequest('/upload', parts, { authorization: token }));
    expect((await send([one(grey(95))])).json.results[0].objectName).toMatch(/^blog\/\d{4}\//);
    expect((await send([one(grey(95)), textPart('folder', 'elsewhere')])).status).toBe(403);
    expect((await send([one(makePng(200, 200, { grey: 7 }))])).json).toMatchObject({ error: 'EntityTooLarge' });
  });
});
