import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENTS } from '../../src/contract/fields/client.ts';
import {
  chevereto,
  lankongV1,
  lankongV2,
  obsidian,
  picListAdvanced,
  shareX,
  smMs,
  uPicForm,
  webUploader,
} from '../support/recorded-requests/clients.ts';
import {
  filePart,
  formRequest,
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

const run = promisify(execFile);

let bed: ClientBed;
let folder: string;
let large: Buffer;
beforeAll(async () => {
  large = await tooLarge();
  bed = await openClientBed();
  folder = await mkdtemp(join(tmpdir(), 'imagepic-settings-'));
});
afterAll(async () => {
  await bed.close();
  await rm(folder, { recursive: true, force: true });
});

const config = (client: string, options: object = {}): Promise<Reply> =>
  bed.call('client/config', { client, ...options }, bed.session);
const diagnose = (recorded: RecordedRequest, path = '/client/doctor'): Promise<Reply> =>
  bed.send({ ...recorded, path });

describe('client/config', () => {
  it.each(CLIENTS)('makes settings for %s with a fresh token that can upload and nothing else', async (client) => {
    const { data } = (await config(client)).json;
    const text = typeof data.config === 'string' ? data.config : JSON.stringify(data.config);
    expect(text).toContain(data.token);
    expect(text).toContain(new URL(bed.mountUrl).host);
    expect(data.where.zh).not.toBe('');
    const upload = await bed.send(
      formRequest('/upload', [filePart('f', 'a.png', PICTURE)], { authorization: data.token }),
    );
    expect(upload.json.success).toBe(true);
    expect((await bed.call('object/listObjects', { bucketName: 'images' }, data.token)).json.error).toBe(
      'AccessDenied',
    );
    expect((await bed.call('client/config', { client }, data.token)).json.error).toBe('AccessDenied');
    const summary = (await bed.call('auth/listTokens', {}, bed.session)).json.data.find(
      ({ id }: { id: string }) => id === data.tokenId,
    );
    expect(summary).toMatchObject({ scopes: ['upload'], expiresAt: data.expiresAt });
    await bed.call('auth/revokeToken', { tokenId: data.tokenId }, bed.session);
  });

  it('narrows the token when asked to', async () => {
    const { token } = (await config('curl', { prefix: 'blog/', expiresIn: 3600 })).json.data;
    const send = () =>
      bed.send(formRequest('/upload', [filePart('f', 'a.png', OTHER_PICTURE)], { authorization: token }));
    expect((await send()).json.results[0].objectName).toMatch(/^blog\//);
    bed.clock.now += 3_600_001;
    expect((await send()).status).toBe(401);
    bed.clock.now -= 3_600_001;
  });

  it('knows its clients only, and wants somebody signed in', async () => {
    expect((await config('fax')).json).toMatchObject({ error: 'InvalidArgument', data: { fields: ['client'] } });
    expect((await bed.call('client/config', { client: 'curl' })).json.error).toBe('InvalidToken');
  });

  it('makes a script that uploads a file called by anything, and prints a link a line', async () => {
    const { data } = (await config('typora')).json;
    const script = join(folder, data.fileName);
    await writeFile(script, data.config);
    await chmod(script, 0o700);
    const files = ['图片 示例 "1";a.png', 'b.png'].map((name) => join(folder, name));
    await Promise.all(files.map((file, index) => writeFile(file, index === 0 ? PICTURE : OTHER_PICTURE)));
    const { stdout } = await run(script, files);
    const links = stdout.trim().split('\n');
    expect(await Promise.all(links.map(fetchBytes))).toEqual([PICTURE, OTHER_PICTURE]);
    const text = join(folder, 'text.png');
    await writeFile(text, HTML);
    await expect(run(script, [text])).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('只接受 PNG') });
  });

  it('makes an address and a code with which tools of CloudFlare-ImgBed get an absolute link', async () => {
    const { authCode, url, field, domain, result } = (await config('cloudflare-imgbed')).json.data.config;
    expect([domain, result]).toEqual([bed.mountUrl, '[0].src']);
    for (const address of [url, `${domain}/upload?authCode=${authCode}`]) {
      const path = address.slice(bed.mountUrl.length);
      const { json } = await bed.send(formRequest(path, [filePart(field, 'a.png', PICTURE)], {}));
      expect(await fetchBytes(json[0].src)).toEqual(PICTURE);
    }
  });

  it('makes a curl command that works as it stands', async () => {
    const { data } = (await config('curl')).json;
    await writeFile(join(folder, '图片.png'), PICTURE);
    const { stdout } = await run('sh', ['-c', data.config], { cwd: folder });
    expect(await fetchBytes(stdout.trim())).toEqual(PICTURE);
  });
});

describe('GET /clients', () => {
  it('shows the settings of every client with the address and without a token', async () => {
    const reply = await bed.send({ method: 'GET', path: '/clients', headers: {}, body: new Uint8Array() });
    expect(reply.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringMatching(/^default-src 'none'; style-src 'sha256-/),
    });
    for (const client of CLIENTS) expect(reply.text).toContain(`<h2 id="${client}">`);
    expect(reply.text).toContain(`${bed.mountUrl}/upload`);
    expect(reply.text).not.toMatch(/<script|ip_[\w-]{20}/);
  });

  it('says which method it has, as a page', async () => {
    const reply = await bed.send({ method: 'POST', path: '/clients', headers: {}, body: new Uint8Array() });
    expect([reply.status, reply.text]).toEqual([405, expect.stringContaining('请改用 GET 或 HEAD 方法')]);
  });

  it('lets no Host header write into the page', async () => {
    const headers = { host: 'evil"><script>alert(1)</script>' };
    const reply = await bed.send({ method: 'GET', path: '/clients', headers, body: new Uint8Array() });
    expect(reply.text).not.toContain('<script>');
  });
});

describe('client/doctor', () => {
  const upload = () => ({ token: bed.token, fileName: '图.png', bytes: PICTURE });

  it('finds nothing wrong with what would be stored, and stores nothing', async () => {
    const before = await bed.keys();
    for (const recorded of [webUploader(upload()), shareX(upload()), uPicForm(upload()), picListAdvanced(upload())]) {
      const { json } = await diagnose(recorded);
      expect(json).toMatchObject({
        ok: true,
        seen: {
          path: '/upload',
          dialect: 'native',
          method: 'POST',
          contentType: expect.stringContaining('multipart/form-data; boundary='),
          files: [{ size: PICTURE.length, contentType: 'image/png', width: 8, height: 6 }],
          token: { place: 'header', state: 'valid', scopes: ['upload'] },
        },
      });
    }
    expect(await bed.keys()).toEqual(before);
  });

  const PROBLEMS: readonly [string, () => RecordedRequest, RegExp][] = [
    ['no token', () => formRequest('/upload', [filePart('f', 'a.png', PICTURE)]), /没有收到 token/],
    ['a wrong token', () => webUploader({ ...upload(), token: 'ip_wrong' }), /token 不对/],
    ['a token without the scope', () => webUploader({ ...upload(), token: bed.reader }), /没有 upload 权限/],
    [
      'a wide token in the form',
      () => formRequest('/upload', [textPart('token', bed.session), filePart('f', 'a.png', PICTURE)]),
      /放在网址或表单里/,
    ],
    [
      'a file sent as text',
      () => formRequest('/upload', [textPart('file', 'a.png')], { authorization: bed.token }),
      /只有文本字段 "file"/,
    ],
    ['a file that is too large', () => webUploader({ ...upload(), bytes: large }), /上限 600000/],
    ['a type that is not taken', () => webUploader({ ...upload(), bytes: HTML }), /只接受 PNG/],
    [
      'a Content-Type of the user',
      () => ({
        ...webUploader(upload()),
        headers: { authorization: bed.token, 'content-type': 'multipart/form-data' },
      }),
      /删掉客户端里自定义的 Content-Type/,
    ],
    ['the wrong method', () => ({ ...webUploader(upload()), method: 'PATCH' }), /方法是 PATCH，请改成 POST/],
    [
      'nothing at all',
      () => ({ method: 'POST', path: '', headers: { authorization: bed.token }, body: new Uint8Array() }),
      /没有收到文件/,
    ],
    [
      'paths of the client',
      () => ({
        method: 'POST',
        path: '',
        headers: { 'content-type': 'application/json' },
        body: Buffer.from('{"list":["/a.png"]}'),
      }),
      /远程服务器模式/,
    ],
  ];

  it.each(PROBLEMS)('says what to change about %s, and never the token', async (_name, record, sentence) => {
    const { json, text, status } = await diagnose(record());
    expect(status).toBe(200);
    expect(json).toMatchObject({ ok: false, message: expect.stringMatching(sentence) });
    expect(text).not.toMatch(/ip_|eyJ/);
  });

  it('measures base64 in JSON, and knows the limit of the token', async () => {
    const json = (bytes: Uint8Array, token = bed.token): RecordedRequest => ({
      method: 'POST',
      path: '',
      headers: { authorization: token, 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ base64: Buffer.from(bytes).toString('base64') })),
    });
    expect((await diagnose(json(PICTURE))).json.seen.files).toEqual([
      { field: 'base64', size: PICTURE.length, contentType: 'image/png', width: 8, height: 6 },
    ]);
    expect((await diagnose(json(HTML))).json.message).toContain('只接受 PNG');
    const narrow = await bed.createToken({ scopes: ['upload'], maxBytes: 10 });
    expect((await diagnose(json(PICTURE, narrow))).json).toMatchObject({
      ok: false,
      message: expect.stringContaining('上限 10'),
    });
  });

  it('speaks English to who asks for it', async () => {
    const { headers, ...rest } = webUploader({ ...upload(), token: 'ip_wrong', bytes: HTML });
    const { json } = await diagnose({ ...rest, headers: { ...headers, 'accept-language': 'en' } });
    expect(json.message).toMatch(/^The token is wrong.*; Only PNG/);
  });

  it('lets a client that adds its own path show the advice as its own kind of refusal', async () => {
    const lsky = await diagnose(lankongV2({ ...upload(), token: '' }), '/client/doctor/api/v1/upload');
    expect(lsky).toMatchObject({
      status: 200,
      json: { status: false, message: expect.stringContaining('没有收到 token') },
    });
    const old = await diagnose(lankongV1({ ...upload(), token: 'x' }), '/client/doctor/api/upload');
    expect(old.json).toMatchObject({ code: 400, details: { seen: { dialect: 'lsky-v1' } } });
    const sm = await diagnose(smMs(upload()), '/client/doctor/api/v2/upload');
    expect(sm.json).toMatchObject({ code: 'error', message: expect.stringContaining('一切正常') });
    const chv = await diagnose(chevereto({ ...upload(), bytes: HTML }), '/client/doctor/api/1/upload');
    expect(chv).toMatchObject({ status: 400, json: { error: { message: expect.stringContaining('只接受 PNG') } } });
    const lost = await diagnose(obsidian(upload(), [PICTURE]), '/client/doctor/api/v9/upload');
    expect(lost.json).toMatchObject({ seen: { path: '/api/v9/upload', dialect: 'none' } });
  });
});
