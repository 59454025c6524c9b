import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePng } from '../support/png.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';

const MEMBER = { name: '王小明', tfs: '', email: 'wxm@example.com', phone: '13800138000', upwd: 'correct horse 7' };
const PICTURE = await readFile(new URL('../support/图片 示例.png', import.meta.url));
const GOOD_ORIGIN = 'https://good.com';

let server: RunningServer;
let authorization: string;

const post = (
  path: string,
  body: NonNullable<RequestInit['body']>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  fetch(`${server.mountUrl}/${path}`, { method: 'POST', headers: { authorization, ...headers }, body });
const postJson = async (path: string, input: object) => {
  const response = await post(path, JSON.stringify(input), { 'content-type': 'application/json' });
  return JSON.parse(await response.text());
};
const putForm = async (form: FormData, headers: Readonly<Record<string, string>> = {}) => {
  const response = await post('object/putObject', form, headers);
  return { status: response.status, answer: JSON.parse(await response.text()) };
};
const formOf = (bytes: Uint8Array, name: string, fields: Readonly<Record<string, string>> = {}): FormData => {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) form.append(key, value);
  form.append('whatever', new Blob([Uint8Array.from(bytes)]), name);
  return form;
};
const listAll = async (): Promise<unknown> =>
  (await postJson('object/listObjects', { bucketName: 'images', recursive: true, pageNum: -1 })).data.lists;

/** Everything below the data folder that is being written or held. */
const leftovers = async (): Promise<readonly string[]> => {
  const names = await readdir(server.folder, { recursive: true });
  return names.filter((name) => /spool-|\.tmp$/.test(name) && !name.endsWith('/.tmp'));
};

beforeAll(async () => {
  server = await startServer({ IMAGEPIC_ALLOWED_ORIGINS: GOOD_ORIGIN });
  authorization = '';
  await postJson('auth/register', MEMBER);
  const login = await postJson('auth/login', { phone: MEMBER.phone, upwd: MEMBER.upwd });
  authorization = `Bearer ${login.data.token}`;
});
afterAll(() => server.close());

describe('multipart upload', () => {
  it('takes bucket and folder from headers, raw or percent-encoded, and any field name for the file', async () => {
    const raw = await putForm(formOf(PICTURE, '图片 示例.png'), {
      bucket: 'images',
      folder: Buffer.from('相册').toString('latin1'),
    });
    expect(raw).toMatchObject({
      status: 200,
      answer: { data: { objectName: '相册/图片 示例.png', size: PICTURE.length } },
    });
    const encoded = await putForm(formOf(PICTURE, 'b.png'), { bucket: 'images', folder: encodeURIComponent('相册') });
    expect(encoded.answer.data.objectName).toBe('相册/b.png');
    const link = await fetch(raw.answer.data.url);
    expect(Buffer.from(await link.arrayBuffer())).toEqual(PICTURE);
  });

  it('takes them from fields, also from fields that come after the file', async () => {
    const form = formOf(PICTURE, 'c.png');
    form.append('bucketName', 'images');
    form.append('folder', 'fields');
    expect((await putForm(form)).answer.data).toMatchObject({ objectName: 'fields/c.png', contentType: 'image/png' });
  });

  it.each([
    ['C:\\Users\\me\\Desktop\\图 1.png', '图 1.png'],
    ['/home/me/a.png', 'a.png'],
    ['a\u202egnp.exe', 'agnp.exe'],
    ['<img src=x onerror=alert(1)>.png', '<img src=x onerror=alert(1)>.png'],
    [`${'长'.repeat(200)}.png`, `${'长'.repeat(83)}.png`],
  ])('R24 makes a safe name of %j', async (fileName, objectName) => {
    const { answer } = await putForm(formOf(PICTURE, fileName), { bucket: 'images', folder: 'names' });
    expect(answer.data.objectName).toBe(`names/${objectName}`);
    const stat = await postJson('object/statObject', { bucketName: 'images', objectName: `names/${objectName}` });
    expect(stat.data.size).toBe(PICTURE.length);
  });

  it.each([
    ['no file', (form: FormData) => form.append('bucketName', 'images'), 400, 'InvalidArgument'],
    ['an empty file', (form: FormData) => form.append('file', new Blob([]), 'a.png'), 400, 'InvalidArgument'],
    [
      'two files',
      twice((form) => form.append('file', new Blob([Uint8Array.from(PICTURE)]), 'a.png')),
      400,
      'InvalidArgument',
    ],
    ['a field twice', twice((form) => form.append('folder', 'x')), 400, 'InvalidArgument'],
    ['an unknown field', (form: FormData) => form.append('surprise', 'x'), 400, 'InvalidArgument'],
    [
      'a text named .png',
      (form: FormData) => form.append('file', new Blob(['hello, this is text']), 'a.png'),
      415,
      'UnsupportedMediaType',
    ],
    ['a field __proto__', (form: FormData) => form.append('__proto__', 'x'), 400, 'InvalidArgument'],
  ])('R29 refuses a form with %s and keeps nothing', async (_name, fill, status, error) => {
    const before = await listAll();
    const form = new FormData();
    fill(form);
    const result = await putForm(form, { bucket: 'images' });
    expect(result).toMatchObject({ status, answer: { error } });
    expect(await listAll()).toEqual(before);
    expect(await leftovers()).toEqual([]);
  });

  it('R30 answers a form that is cut off at any byte, and keeps nothing', async () => {
    const before = await listAll();
    const whole = Buffer.concat([
      Buffer.from('--b\r\nContent-Disposition: form-data; name="bucketName"\r\n\r\nimages\r\n'),
      Buffer.from(
        '--b\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n',
      ),
      makePng(4, 4),
      Buffer.from('\r\n--b--\r\n'),
    ]);
    const type = { 'content-type': 'multipart/form-data; boundary=b' };
    for (let end = 0; end < whole.length - 4; end += 1) {
      const response = await post('object/putObject', whole.subarray(0, end), type);
      const answer = JSON.parse(await response.text());
      expect([400, 415], `cut at ${end}: ${answer.error}`).toContain(response.status);
    }
    expect(await listAll()).toEqual(before);
    expect(await leftovers()).toEqual([]);
    expect((await post('object/putObject', whole, type)).status).toBe(200);
  });

  it('R30 leaves nothing of a client that goes away in the middle', async () => {
    const before = await listAll();
    await new Promise<void>((resolve) => {
      const upload = request(`${server.mountUrl}/object/putObject`, {
        method: 'POST',
        headers: {
          authorization,
          bucket: 'images',
          'content-type': 'multipart/form-data; boundary=b',
          'content-length': 9_000_000,
        },
      });
      upload.on('error', () => resolve());
      upload.write('--b\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\n');
      upload.write(PICTURE.subarray(0, 200), () => upload.destroy());
    });
    await expect.poll(() => server.log.filter((line) => line.includes('object/putObject')).length).toBeGreaterThan(0);
    await expect.poll(leftovers).toEqual([]);
    expect(await listAll()).toEqual(before);
  });

  it.each([
    ['no boundary', 'multipart/form-data', '--b--'],
    ['no closing boundary', 'multipart/form-data; boundary=b', '--b\r\n'],
    ['a header without a colon', 'multipart/form-data; boundary=b', '--b\r\nnonsense\r\n\r\nx\r\n--b--\r\n'],
    [
      'a part without a name',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n',
    ],
    [
      'a part with an empty name',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name=""\r\n\r\nx\r\n--b--\r\n',
    ],
    [
      '100,000 parts',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'.repeat(100_000),
    ],
    [
      'a very long field',
      'multipart/form-data; boundary=b',
      `--b\r\nContent-Disposition: form-data; name="folder"\r\n\r\n${'x'.repeat(9000)}\r\n--b--\r\n`,
    ],
  ])('R30 refuses a form with %s', async (_name, type, body) => {
    const response = await post('object/putObject', body, { 'content-type': type, bucket: 'images' });
    expect(response.status).toBe(400);
    expect(JSON.parse(await response.text())).toMatchObject({ error: 'InvalidArgument' });
  });
});

function twice(fill: (form: FormData) => void): (form: FormData) => void {
  return (form) => {
    fill(form);
    fill(form);
  };
}

describe('the link of an image', () => {
  const objectName = 'links/图 1+2=3 & 100%?#.png';
  let url: string;
  beforeAll(async () => {
    url = (await postJson('object/putObject', { bucketName: 'images', objectName, base64: PICTURE.toString('base64') }))
      .data.url;
  });

  it('R32 shows the picture and nothing else', async () => {
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(PICTURE.length),
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cache-control': 'public, max-age=300, stale-while-revalidate=3600',
    });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(PICTURE);
  });

  it('is for ever where the name is made of the bytes, also for who has it already', async () => {
    const forEver = 'public, max-age=31536000, immutable';
    const put = async (more: object) =>
      (await postJson('object/putObject', { bucketName: 'images', base64: PICTURE.toString('base64'), ...more })).data;
    const { url: named } = await put({ folder: 'links' });
    const whole = await fetch(named);
    const again = { headers: { 'if-none-match': whole.headers.get('etag') ?? '' } };
    const answers = [whole, await fetch(named, { method: 'HEAD' }), await fetch(named, again)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 304]);
    expect(answers.map(({ headers }) => headers.get('cache-control'))).toEqual([forEver, forEver, forEver]);
    const changed = await fetch(named, { headers: { 'if-none-match': '"0123"' } });
    expect([changed.status, changed.headers.get('cache-control')]).toEqual([200, forEver]);
  });

  it('is not for ever where the name only looks like a hash', async () => {
    const lookalike = `links/${'0123456789abcdef'.repeat(2)}.png`;
    const { data } = await postJson('object/putObject', {
      ...{ bucketName: 'images', objectName: lookalike, base64: PICTURE.toString('base64') },
    });
    const whole = await fetch(data.url);
    const again = await fetch(data.url, { headers: { 'if-none-match': whole.headers.get('etag') ?? '' } });
    const shortly = 'public, max-age=300, stale-while-revalidate=3600';
    expect([again.status, whole.headers.get('cache-control'), again.headers.get('cache-control')]).toEqual([
      ...[304, shortly, shortly],
    ]);
  });

  it('answers HEAD, conditions and ranges as HTTP says', async () => {
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(String(PICTURE.length));
    const etag = head.headers.get('etag') ?? '';
    expect((await fetch(url, { headers: { 'if-none-match': `"other", W/${etag}` } })).status).toBe(304);
    expect((await fetch(url, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    const ranges = [
      ['bytes=0-9', 206, PICTURE.subarray(0, 10), `bytes 0-9/${PICTURE.length}`],
      ['bytes=480-', 206, PICTURE.subarray(480), `bytes 480-${PICTURE.length - 1}/${PICTURE.length}`],
      ['bytes=-5', 206, PICTURE.subarray(-5), `bytes ${PICTURE.length - 5}-${PICTURE.length - 1}/${PICTURE.length}`],
      ['bytes=9-0', 200, PICTURE, null],
      ['lines=1-2', 200, PICTURE, null],
    ] as const;
    for (const [range, status, bytes, contentRange] of ranges) {
      const response = await fetch(url, { headers: { range } });
      expect([response.status, response.headers.get('content-range')], range).toEqual([status, contentRange]);
      expect(Buffer.from(await response.arrayBuffer()), range).toEqual(bytes);
    }
    const beyond = await fetch(url, { headers: { range: 'bytes=9999-' } });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${PICTURE.length}`]);
  });

  it('answers a missing image, a foreign method and a broken path', async () => {
    expect((await fetch(`${server.mountUrl}/i/images/none.png`)).status).toBe(404);
    expect((await fetch(`${server.mountUrl}/i/elsewhere/none.png`)).status).toBe(404);
    const post = await fetch(url, { method: 'DELETE' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await fetch(`${server.mountUrl}/i/images/%zz`)).status).toBe(400);
    expect((await fetch(`${server.mountUrl}/i/images/..%2f..%2fsecret`)).status).toBe(400);
  });

  it('gives the bytes by GET object/getObject to members only', async () => {
    const place = new URLSearchParams({ bucketName: 'images', objectName });
    const address = `${server.mountUrl}/object/getObject?${place}`;
    expect((await fetch(address)).status).toBe(401);
    const response = await fetch(address, { headers: { authorization } });
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(PICTURE);
  });
});

describe('presigned requests of our own mount', () => {
  const presign = async (size = PICTURE.length, objectName = 'direct/直传.png') =>
    (await postJson('object/presignedPutObject', { bucketName: 'images', objectName, contentType: 'image/png', size }))
      .data;
  const put = (url: string, body: Uint8Array, type = 'image/png') =>
    fetch(url, { method: 'PUT', headers: { 'content-type': type }, body: Uint8Array.from(body) });

  it('takes the image that was announced, once, without a token', async () => {
    const { url, method, headers } = await presign();
    expect([method, headers]).toEqual(['PUT', { 'content-type': 'image/png' }]);
    expect((await put(url, PICTURE)).status).toBe(200);
    const link = await fetch(`${server.mountUrl}/i/images/direct/${encodeURIComponent('直传.png')}`);
    expect(Buffer.from(await link.arrayBuffer())).toEqual(PICTURE);
    expect((await put(url, PICTURE)).status).toBe(403);
  });

  it('R31 refuses one byte more, one less, another type, another key, an altered address', async () => {
    const before = await listAll();
    expect((await put((await presign()).url, Buffer.concat([PICTURE, Buffer.from('x')]))).status).toBe(413);
    expect((await put((await presign()).url, PICTURE.subarray(0, -1))).status).toBe(415);
    expect((await put((await presign()).url, PICTURE, 'image/jpeg')).status).toBe(403);
    const { url } = await presign();
    expect((await put(url.replace(/pending\/[0-9a-f]/, 'pending/x'), PICTURE)).status).toBe(403);
    expect((await put(url.replace('Expires=1', 'Expires=2'), PICTURE)).status).toBe(403);
    expect(
      (
        await put(
          url.replace(/Signature=(.)/, (_: string, first: string) => `Signature=${first === '_' ? '-' : '_'}`),
          PICTURE,
        )
      ).status,
    ).toBe(403);
    expect((await fetch(url)).status).toBe(403);
    expect(await listAll()).toEqual(before);
    expect(await leftovers()).toEqual([]);
  });

  it('reads for as long as was asked for', async () => {
    const { data } = await postJson('object/presignedGetObject', {
      bucketName: 'images',
      objectName: 'direct/直传.png',
      expiry: 60,
    });
    expect(Buffer.from(await (await fetch(data)).arrayBuffer())).toEqual(PICTURE);
    expect((await fetch(data.replace('X-Imagepic-Expires=1', 'X-Imagepic-Expires=2'))).status).toBe(403);
    const missing = await postJson('object/presignedGetObject', { bucketName: 'images', objectName: 'none.png' });
    expect(missing.error).toBe('NoSuchKey');
  });
});

describe('the HTTP edge', () => {
  it('accepts the path with the mount and without', async () => {
    expect((await fetch(new URL('/health', server.mountUrl))).status).toBe(200);
    expect((await fetch(`${server.mountUrl}/health`)).status).toBe(200);
    expect((await fetch(`${server.mountUrl}/nothing/here`)).status).toBe(404);
    expect((await fetch(new URL('/', server.mountUrl))).status).toBe(400);
  });

  it('answers the right method only', async () => {
    const get = await fetch(`${server.mountUrl}/auth/login`);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    const list = await fetch(`${server.mountUrl}/bucket/listBuckets?pageSize=1&pageNum=1`, {
      headers: { authorization },
    });
    expect(JSON.parse(await list.text()).data).toHaveLength(1);
    const head = await fetch(`${server.mountUrl}/health`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('takes JSON and urlencoded fields, and says so to anything else', async () => {
    const form = await post('object/statObject', new URLSearchParams({ bucketName: 'images', objectName: 'none.png' }));
    expect(JSON.parse(await form.text()).error).toBe('NoSuchKey');
    expect((await post('object/statObject', '{}', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post('object/statObject', '{"bucketName":', { 'content-type': 'application/json' })).status).toBe(
      400,
    );
    expect((await post('object/statObject', '[]', { 'content-type': 'application/json' })).status).toBe(400);
    expect(
      (await post('object/statObject', 'a=1&a=2', { 'content-type': 'application/x-www-form-urlencoded' })).status,
    ).toBe(400);
    expect(
      (await post('object/statObject', `"${'x'.repeat(9_000_000)}"`, { 'content-type': 'application/json' })).status,
    ).toBe(413);
  });

  it('never lets a body set the route or the identity', async () => {
    const body = { $url: 'health', $token: authorization, userInfo: { openId: 'o' }, bucketName: 'images' };
    const response = await fetch(`${server.mountUrl}/object/listObjects`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(JSON.parse(await response.text())).toMatchObject({ error: 'InvalidToken' });
  });

  it('writes a line for an origin that may not call, once, and none for one that may or for the page itself', async () => {
    const since = server.log.length;
    const own = new URL(server.mountUrl).origin;
    for (const origin of ['http://localhost:5173', GOOD_ORIGIN, own, 'http://localhost:5173', 'null']) {
      await fetch(`${server.mountUrl}/auth/login`, { method: 'OPTIONS', headers: { origin } });
    }
    const told = server.log.slice(since).map((line) => JSON.parse(line));
    const refused = told.filter(({ event }) => event === 'refused-origin');
    expect(refused.map(({ origin }) => origin)).toEqual(['http://localhost:5173', 'null']);
    expect(refused[0]).toMatchObject({
      ...{ method: 'OPTIONS', path: '/imagepic/auth/login' },
      next: expect.stringContaining('IMAGEPIC_ALLOWED_ORIGINS'),
    });
  });

  it('fills no log with origins that somebody makes up', async () => {
    const since = server.log.length;
    const send = (index: number) =>
      fetch(`${server.mountUrl}/health`, { method: 'OPTIONS', headers: { origin: `https://${index}.example` } });
    await Promise.all(Array.from({ length: 150 }, (_, index) => send(index)));
    const told = server.log.slice(since).filter((line) => line.includes('"refused-origin"'));
    expect(told.length).toBeLessThanOrEqual(100);
  });

  it.each([
    [GOOD_ORIGIN, GOOD_ORIGIN],
    ['https://good.com.evil.com', null],
    ['https://evil.com', null],
    ['null', null],
    ['http://good.com', null],
    ['https://good.com:8443', null],
    ['https://good.com.', null],
    ['https://GOOD.com', null],
    ['https://sub.good.com', null],
    ['https://good.com/', null],
  ])('R35 answers the origin %s with %s', async (origin, allowed) => {
    const preflight = await fetch(`${server.mountUrl}/auth/login`, { method: 'OPTIONS', headers: { origin } });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, allowed]);
    const plain = await fetch(`${server.mountUrl}/health`, { headers: { origin } });
    expect(plain.headers.get('access-control-allow-origin')).toBe(allowed);
    expect(plain.headers.get('vary')).toBe('Origin');
    expect(plain.headers.get('access-control-allow-credentials')).toBeNull();
    // What the client reads of an answer.
    expect(plain.headers.get('access-control-expose-headers')?.includes('retry-after')).toBe(
      allowed ? true : undefined,
    );
  });

  it('R17 lets no answer of the API be cached', async () => {
    const response = await fetch(`${server.mountUrl}/health`);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('keeps nothing of what was held for a request', async () => {
    expect(await leftovers()).toEqual([]);
    expect(await readdir(join(server.folder, 'spool')).catch(() => [])).toEqual([]);
  });
});
