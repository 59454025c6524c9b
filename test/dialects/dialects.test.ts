import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  chevereto,
  cheveretoEncoded,
  easyImages,
  lankongV1,
  lankongV2,
  obsidian,
  picListAdvanced,
  picListServer,
  shareX,
  smMs,
  type Upload,
  uPicForm,
  uPicJson,
  webUploader,
  webUploaderOfPicGo1,
} from '../support/recorded-requests/clients.ts';
import type { RecordedRequest } from '../support/recorded-requests/recorded-request.ts';
import {
  type ClientBed,
  fetchBytes,
  HTML,
  MAX_BYTES,
  OTHER_PICTURE,
  openClientBed,
  PICTURE,
  type Reply,
  tooLarge,
} from './client-bed.ts';

const FILE_NAME = '测试 图 [1].png';

/** What a client shows its user, read the way it reads it; it throws where the client would. */
interface Client {
  readonly record: (upload: Upload) => RecordedRequest;
  /** The link it takes as the result; `undefined` when it takes the answer for a failure. */
  readonly link: (reply: Reply) => string | undefined;
  /** The sentence it shows for a failure. */
  readonly message: (reply: Reply) => string;
  /** The status that it wants for a failure. */
  readonly status: 'real' | 200;
}

const json = (path: string) => (reply: Reply) =>
  path.split('.').reduce((value, name) => value[name], reply.json) as unknown as string;
const onlyOk = (link: (reply: Reply) => string) => (reply: Reply) => (reply.status < 300 ? link(reply) : undefined);

const native = { link: onlyOk(json('url')), message: json('message'), status: 'real' } as const;
const lsky2 = {
  link: (reply: Reply) => (reply.json.status === true ? json('data.links.url')(reply) : undefined),
  message: json('message'),
  status: 200,
} as const;
const picGoServer = {
  link: (reply: Reply) => (reply.status === 200 && reply.json.success ? json('result.0')(reply) : undefined),
  message: (reply: Reply) => reply.json.msg || reply.json.message,
  status: 200,
} as const;
const cheveretoClient = {
  link: onlyOk(json('image.url')),
  message: json('error.message'),
  status: 'real',
} as const;

const CLIENTS: Readonly<Record<string, Client>> = {
  'PicGo with web-uploader': { ...native, record: webUploader },
  'PicGo 1.5.6 with web-uploader, chunked': { ...native, record: webUploaderOfPicGo1 },
  'PicGo and PicList with their own SM.MS uploader': {
    record: smMs,
    link: (reply) =>
      reply.json.code === 'success' && reply.json.message === 'success' ? json('data.url')(reply) : undefined,
    message: json('message'),
    status: 200,
  },
  'PicGo with lankong for Lsky 2': { ...lsky2, record: (upload) => lankongV2(upload) },
  'PicGo with lankong for Lsky 1': {
    record: lankongV1,
    link: (reply) => (reply.json.code === 200 ? json('data.url')(reply) : undefined),
    message: json('message'),
    status: 200,
  },
  'PicList with advancedplist': { ...native, record: picListAdvanced, link: onlyOk(json('data.url')) },
  'PicList with another PicList': { ...picGoServer, record: picListServer },
  ShareX: { ...native, record: shareX },
  'uPic with a form': { ...native, record: uPicForm },
  'uPic with JSON': { ...native, record: uPicJson },
  'Obsidian image auto upload': { ...picGoServer, record: (upload) => obsidian(upload, [upload.bytes]) },
  'EasyImages clients': {
    record: easyImages,
    link: (reply) => (reply.json.code === 200 && reply.json.result === 'success' ? json('url')(reply) : undefined),
    message: json('message'),
    status: 200,
  },
  'Chevereto clients': { ...cheveretoClient, record: chevereto },
  'Chevereto clients with base64': { ...cheveretoClient, record: cheveretoEncoded },
};

let bed: ClientBed;
beforeAll(async () => {
  bed = await openClientBed();
});
afterAll(() => bed.close());

describe.each(Object.entries(CLIENTS))('%s', (_name, { record, link, message, status }) => {
  const upload = (change: Partial<Upload> = {}): Upload => ({
    token: bed.token,
    fileName: FILE_NAME,
    bytes: PICTURE,
    ...change,
  });
  const failure = async (recorded: RecordedRequest, real: number): Promise<string> => {
    const before = await bed.keys();
    const reply = await bed.send(recorded);
    expect(link(reply)).toBeUndefined();
    expect(reply.status).toBe(status === 'real' ? real : 200);
    expect(await bed.keys()).toEqual(before);
    expect(reply.text).not.toContain('ip_');
    return message(reply);
  };

  it('gets an absolute link that serves the same bytes', async () => {
    const reply = await bed.send(record(upload()));
    const url = link(reply) ?? '';
    expect(url).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/imagepic\/i\/images\/(%E6%97%85%E8%A1%8C\/)?\d{4}\/\d\d\/\d\d\/[0-9a-f]{32}\.png$/,
    );
    expect(await fetchBytes(url)).toEqual(PICTURE);
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(reply.text.charCodeAt(0)).not.toBe(0xfeff);
  });

  it('shows who has sent no token what to do', async () => {
    const { headers, path, ...rest } = record(upload({ token: '' }));
    const { authorization: _, token: _token, 'x-api-key': _key, ...others } = headers;
    expect(await failure({ ...rest, path, headers: others }, 401)).toContain('没有收到 token');
  });

  it('shows that the token is wrong', async () => {
    expect(await failure(record(upload({ token: `${bed.token.slice(0, -4)}AAAA` })), 401)).toContain('token 不正确');
  });

  it('shows that the token lacks the scope', async () => {
    expect(await failure(record(upload({ token: bed.reader })), 403)).toMatch(/缺少 upload 权限|仅有 upload 权限/);
  });

  it('shows the limit for a file that is too large', async () => {
    expect(await failure(record(upload({ bytes: await tooLarge() })), 413)).toContain(`上限 ${MAX_BYTES}`);
  });

  it('shows which types are accepted, whatever the file is called', async () => {
    expect(await failure(record(upload({ bytes: HTML })), 415)).toContain('只接受 PNG、JPEG、GIF、WebP 和 AVIF');
  });

  it('shows that the body broke off', async () => {
    const { body, headers, ...rest } = record(upload());
    const { 'content-length': _, ...others } = headers;
    const cut = { ...rest, headers: others, body: body.subarray(0, Math.floor(body.length * 0.75)) };
    const reply = await bed.send(cut);
    expect(link(reply)).toBeUndefined();
    expect(message(reply)).toMatch(/不完整|JSON|没有收到|base64|损坏|截断/);
  });
});

describe('the order of things', () => {
  it('Obsidian gets its links in the order of its files', async () => {
    const reply = await bed.send(
      obsidian({ token: bed.token, fileName: '', bytes: PICTURE }, [PICTURE, OTHER_PICTURE]),
    );
    const links: string[] = reply.json.result;
    expect(await Promise.all(links.map(fetchBytes))).toEqual([PICTURE, OTHER_PICTURE]);
    expect(reply.json.fullResult.map(({ imgUrl }: { imgUrl: string }) => imgUrl)).toEqual(links);
    expect(reply.json.fullResult[0].fileName).toBe('图 1.png');
  });

  it('Obsidian is told of a failure among several, and its next try finds what was stored', async () => {
    const upload = { token: bed.token, fileName: '', bytes: PICTURE };
    const mixed = await bed.send(obsidian(upload, [PICTURE, HTML, OTHER_PICTURE]));
    expect(mixed.json).toMatchObject({ success: false, msg: expect.stringContaining('3 张图片中有 1 张没有上传成功') });
    const before = await bed.keys();
    const again = await bed.send(obsidian(upload, [PICTURE, OTHER_PICTURE]));
    expect(again.json.success).toBe(true);
    expect(await bed.keys()).toEqual(before);
  });

  it('takes an address with a slash too many, and the mount stripped by a gateway', async () => {
    const recorded = lankongV2({ token: bed.token, fileName: FILE_NAME, bytes: PICTURE });
    expect((await bed.send({ ...recorded, path: '//api/v1/upload/' })).json.status).toBe(true);
    const { origin } = new URL(bed.mountUrl);
    const stripped = await fetch(`${origin}/api/v1/upload`, {
      method: 'POST',
      headers: { ...recorded.headers, connection: 'close' },
      body: Uint8Array.from(recorded.body),
    }).catch((error: unknown) => error);
    expect(stripped).toMatchObject({ status: 200 });
  });

  it('answers Chevereto clients with text when they ask for it', async () => {
    const recorded = chevereto({ token: bed.token, fileName: FILE_NAME, bytes: PICTURE });
    const good = await bed.send({ ...recorded, path: `${recorded.path}?format=txt` });
    expect(await fetchBytes(good.text.trim())).toEqual(PICTURE);
    const { 'x-api-key': _, ...headers } = recorded.headers;
    const bad = await bed.send({ ...recorded, path: `${recorded.path}?format=txt`, headers });
    expect([bad.status, bad.text]).toEqual([401, expect.stringMatching(/^没有收到 token/)]);
  });

  it('tells note-taking apps of a failure among several in their language', async () => {
    const recorded = obsidian({ token: bed.token, fileName: '', bytes: PICTURE }, [PICTURE, HTML]);
    const reply = await bed.send({ ...recorded, headers: { ...recorded.headers, 'accept-language': 'en-US' } });
    expect(reply.json.msg).toMatch(/^1 of 2 images were not uploaded: 图 2\.png Only PNG/);
  });

  it('says which method an upload address has', async () => {
    const reply = await bed.send({ method: 'GET', path: '/upload', headers: {}, body: new Uint8Array() });
    expect([reply.status, reply.headers['allow']]).toEqual([405, 'POST, PUT']);
    expect(reply.json.message).toContain('POST');
  });

  it.each([
    ['Bearer typed twice', (token: string) => `Bearer Bearer ${token}`],
    ['no Bearer', (token: string) => token],
    ["the number that begins Lsky's tokens", (token: string) => `Bearer 1|${token}`],
  ])('takes an Authorization header with %s', async (_name, write) => {
    const recorded = lankongV2({ token: '', fileName: FILE_NAME, bytes: PICTURE });
    const headers = { ...recorded.headers, authorization: write(bed.token) };
    expect((await bed.send({ ...recorded, headers })).json.status).toBe(true);
  });
});
