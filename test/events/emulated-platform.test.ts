import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePng } from '../support/png.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
const PICTURE = makePng(50, 40);

let streaming: ServerProcess;
let emulating: ServerProcess;

beforeAll(async () => {
  // One after the other, because both build the same file.
  streaming = await startServerProcess();
  emulating = await startServerProcess({ IMAGEPIC_EMULATE_LIMITS: '1' });
});
afterAll(() => Promise.all([streaming.close(), emulating.close()]));

const post = (url: string, body: RequestInit['body'], headers: Record<string, string> = JSON_TYPE): Promise<Response> =>
  fetch(url, { method: 'POST', body: body ?? null, headers });

/** JSON of exactly so many bytes. */
const jsonOf = (bytes: number): string => JSON.stringify({ phone: 'x'.repeat(bytes - '{"phone":""}'.length) });

describe('npm start with IMAGEPIC_EMULATE_LIMITS=1', () => {
  it.each([
    ['JSON', 'application/json', 102_400],
    ['JSON with a charset', 'application/json; charset=utf-8', 102_400],
    ['text', 'text/plain', 102_400],
    ['a plain form', 'application/x-www-form-urlencoded', 102_400],
    ['bytes', 'application/octet-stream', 6 * 1024 * 1024],
    ['a picture', 'image/png', 6 * 1024 * 1024],
    ['a form with files', 'multipart/form-data; boundary=b', 6 * 1024 * 1024],
  ])('refuses %s (%s) beyond %i bytes, and not before, with the error of the platform', async (_, type, most) => {
    // What is too large for the route itself is another matter.
    const url = `${emulating.mountUrl}/object/putObject`;
    const within = await post(url, jsonOf(most), { 'content-type': type });
    expect(await within.json()).toHaveProperty('success', false);
    expect(within.status).not.toBe(413);
    const beyond = await post(url, jsonOf(most + 1), { 'content-type': type });
    expect(beyond.status).toBe(413);
    expect(await beyond.json()).toEqual({
      code: 'EXCEED_MAX_PAYLOAD_SIZE',
      message: expect.stringContaining('100KB'),
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
    });
  });

  it('takes in what the streaming server takes, and refuses only what is too large for the platform', async () => {
    const large = jsonOf(200_000);
    expect((await post(`${streaming.mountUrl}/object/putObject`, large)).status).toBe(401);
    expect((await post(`${emulating.mountUrl}/object/putObject`, large)).status).toBe(413);
  });

  it('otherwise answers like the streaming server', { timeout: 60_000 }, async () => {
    const [one, other] = [await walk(streaming), await walk(emulating)];
    for (const [step, answer] of Object.entries(one)) expect(other[step], step).toEqual(answer);
    expect(one['login']).toMatchObject({ status: 200 });
    expect(one['form']).toMatchObject({ status: 200 });
    expect(one['picture']).toMatchObject({ status: 200, body: PICTURE.toString('latin1') });
  });
});

interface Seen {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Headers that name the moment or the transport, not the answer. */
const OF_TRANSPORT = ['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding', 'last-modified'];

/** Goes the same way through a service and keeps what it saw, but for what is never the same twice. */
async function walk({ mountUrl }: ServerProcess): Promise<Readonly<Record<string, Seen>>> {
  const seen: Record<string, Seen> = {};
  const see = async (step: string, answer: Promise<Response>): Promise<string> => {
    const response = await answer;
    const body = Buffer.from(await response.arrayBuffer()).toString('latin1');
    const headers = [...response.headers].filter(([name]) => !OF_TRANSPORT.includes(name));
    seen[step] = { status: response.status, headers: Object.fromEntries(headers), body: normalise(body, mountUrl) };
    return body;
  };
  const url = (path: string): string => `${mountUrl}/${path}`;
  const registration = { ...PERSON, name: '王小明', tfs: '', email: 'wxm@example.com' };

  await see('health', fetch(url('health')));
  await see('preflight', fetch(url('health'), { method: 'OPTIONS', headers: { origin: 'https://a.example' } }));
  await see('no such route', post(url('auth/nothing'), '{}'));
  await see('wrong method', fetch(url('auth/login')));
  await see('broken JSON', post(url('auth/login'), '{'));
  await see('in English', post(url('auth/login'), '{}', { ...JSON_TYPE, 'accept-language': 'en' }));
  await see('no type', post(url('auth/login'), Buffer.from('{}'), {}));
  await see('register', post(url('auth/register'), JSON.stringify(registration)));
  await see('register again', post(url('auth/register'), JSON.stringify(registration)));
  const session = JSON.parse(await see('login', post(url('auth/login'), JSON.stringify(PERSON))));
  const authorization = `Bearer ${session.data.token}`;
  const form = new FormData();
  form.append('file', new File([PICTURE], '图 片.png'));
  await see('form', post(url('object/putObject'), form, { authorization, bucket: 'images', folder: 'a' }));
  await see('list by query', fetch(url('bucket/listBuckets?pageSize=1&pageNum=1'), { headers: { authorization } }));
  const link = url('i/images/a/%E5%9B%BE%20%E7%89%87.png');
  await see('picture', fetch(link));
  await see('head of the picture', fetch(link, { method: 'HEAD' }));
  await see('part of the picture', fetch(link, { headers: { range: 'bytes=10-19' } }));
  await see('beyond the picture', fetch(link, { headers: { range: 'bytes=999999-' } }));
  await see('no picture', fetch(url('i/images/none.png')));
  return seen;
}

function normalise(body: string, mountUrl: string): unknown {
  try {
    return JSON.parse(body.replaceAll(mountUrl, '<mount>'), (name, value) =>
      ['requestId', 'imageId', 'token', 'refreshToken', 'userId', 'creationDate', 'lastModified'].includes(name)
        ? name
        : value,
    );
  } catch {
    return body;
  }
}
