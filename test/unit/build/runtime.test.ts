import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../support/bed.ts';
import { buildFunction } from '../../support/built-function.ts';
import { chunk, makePng } from '../../support/png.ts';
import { makeTempFolder, type TempFolder } from '../../support/temp-folder.ts';

const require = createRequire(import.meta.url);
const RUNTIME = require.resolve('@cloudbase/cli/runtime/nodejs/bootstrap.js');
const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
const REGISTRATION = { ...PERSON, name: '王小明', tfs: '', email: 'wxm@example.com' };
const RESULT = '返回结果：\n';

let built: TempFolder;
let data: TempFolder;
let variables: Readonly<Record<string, string>>;

beforeAll(async () => {
  [built, data] = await Promise.all([buildFunction(), makeTempFolder()]);
  await symlink(resolve('node_modules'), join(built.path, 'node_modules'));
  variables = {
    TCB_ENV: 'test-env',
    IMAGEPIC_DATA_DIR: data.path,
    IMAGEPIC_ALLOW_FILE_STORES: 'shared-mount',
    IMAGEPIC_SECRET: 'f3a9c1d27be84560a1b2c3d4e5f60718',
  };
});
afterAll(() => Promise.all([built.remove(), data.remove()]));

/** What the runtime made of one event. */
interface Outcome {
  /** What the platform would pass on; `undefined` when it would report a failure. */
  readonly result: unknown;
  readonly failure: string;
  readonly log: readonly string[];
}

interface Invocation {
  readonly event: object;
  /** Variables that the platform sets for this call. */
  readonly environ?: Readonly<Record<string, string>>;
  readonly folder?: string;
}

/** Has the platform's own runtime, which comes with its command line, load the built function and handle one event. */
async function invoke({ event, environ = {}, folder = built.path }: Invocation): Promise<Outcome> {
  const all = Object.entries({ ...variables, ...environ });
  // Files, because the runtime ends without waiting for a pipe to take what it writes.
  const [stdin, stdout, stderr] = ['event.json', 'stdout', 'stderr'].map((name) => join(data.path, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(stdin, JSON.stringify(event));
  const files = await Promise.all([open(stdin), open(stdout, 'w'), open(stderr, 'w')]);
  const child = spawn(process.execPath, [RUNTIME], {
    cwd: dirname(RUNTIME),
    env: {
      PATH: process.env['PATH'],
      SCF_NAMESPACE: 'test-env',
      SCF_FUNCTION_HANDLER: 'index.main',
      GLOBAL_USER_FILE_PATH: `${folder}/`,
      SCF_FUNCTION_ENVIRON: all.map(([name, value]) => `${name}=${value}`).join(';'),
      // An event in a variable could not be larger than 128 kB.
      DOCKER_USE_STDIN: '1',
    },
    stdio: files.map(({ fd }) => fd),
  });
  await once(child, 'close');
  await Promise.all(files.map((file) => file.close()));
  const [log = '', result] = (await readFile(stdout, 'utf8')).split(RESULT);
  return {
    result: result === undefined || result.trim() === '' ? undefined : JSON.parse(result),
    failure: await readFile(stderr, 'utf8'),
    log: log.split('\n').filter((line) => line.startsWith('{')),
  };
}

const call = async ($url: string, input: object = {}, environ: Readonly<Record<string, string>> = {}) =>
  // What the function answers to a call is an envelope; the tests look into it.
  (await invoke({ event: { $url, ...input }, environ })).result as Answer;

const request = (httpMethod: string, path: string, rest: object = {}): object => ({
  path,
  httpMethod,
  headers: { host: 'test-env.service.tcloudbase.com' },
  queryStringParameters: {},
  requestContext: { requestId: 'http-1', envId: 'test-env', appId: 1, uin: 1 },
  body: '',
  isBase64Encoded: false,
  ...rest,
});

/** A PNG of exactly so many bytes. */
function pngOf(bytes: number): Buffer {
  const header = makePng(1, 1).subarray(0, 33);
  const end = chunk('IEND', Buffer.alloc(0));
  return Buffer.concat([header, chunk('IDAT', Buffer.alloc(bytes - header.length - end.length - 12, 7)), end]);
}

const signIn = async (): Promise<string> => {
  await call('auth/register', REGISTRATION);
  return (await call('auth/login', PERSON)).data.token;
};

describe('in the runtime of the platform, the built function', { timeout: 60_000 }, () => {
  it('answers calls and writes lines of JSON', async () => {
    const { result, failure, log } = await invoke({ event: { $url: 'health' } });
    expect(result).toMatchObject({ code: '0', data: { state: 'up' } });
    expect(failure).toBe('');
    expect(log.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ event: 'request', $url: 'health' }),
    ]);
  });

  it('keeps people and pictures from one instance to the next', async () => {
    const $token = await signIn();
    const picture = makePng(20, 10);
    const place = { bucketName: 'images', objectName: 'cat.png' };
    expect(await call('object/putObject', { $token, ...place, base64: picture.toString('base64') })).toMatchObject({
      code: '0',
    });
    const { data: got } = await call('object/getObject', { $token, ...place });
    expect(got).toMatchObject({ contentType: 'image/png', base64: picture.toString('base64') });
  });

  it('knows a mini-program’s caller by what the platform says, and by nothing else', async () => {
    await signIn();
    const wechat = { WX_OPENID: 'oABC', WX_APPID: 'wx1', WX_CLIENTIP: '10.0.0.1' };
    expect(await call('auth/wechatBind', PERSON, wechat)).toMatchObject({ code: '0' });
    expect(await call('auth/me', {}, wechat)).toMatchObject({ code: '0', data: { wechatBound: true } });
    const forged = { userInfo: { openId: 'oABC', appId: 'wx1' } };
    expect(await call('auth/me', forged)).toMatchObject({ error: 'InvalidToken' });
    expect(await call('auth/me', {}, { ...wechat, WX_OPENID: 'oXYZ' })).toMatchObject({ error: 'InvalidToken' });
  });

  it('answers the HTTP access service, with bytes as base64', async () => {
    const $token = await signIn();
    const picture = makePng(30, 30);
    const upload = request('POST', '/object/putObject', {
      headers: { 'content-type': 'application/json', authorization: `Bearer ${$token}` },
      body: Buffer.from(
        JSON.stringify({ bucketName: 'images', objectName: 'http.png', base64: picture.toString('base64') }),
      ).toString('base64'),
      isBase64Encoded: true,
    });
    expect((await invoke({ event: upload })).result).toMatchObject({ statusCode: 200, isBase64Encoded: false });
    expect((await invoke({ event: request('GET', '/imagepic/i/images/http.png') })).result).toMatchObject({
      statusCode: 200,
      isBase64Encoded: true,
      headers: { 'content-type': 'image/png' },
      body: picture.toString('base64'),
    });
    expect((await invoke({ event: request('GET', '/i/images/none.png') })).result).toMatchObject({ statusCode: 404 });
  });

  it('sweeps when the timer says so, and when nobody else does', async () => {
    const timer = { Type: 'Timer', TriggerName: 'sweep', Time: '2026-11-20T00:17:00Z', Message: '' };
    expect((await invoke({ event: timer, environ: { TRIGGER_SRC: 'timer' } })).result).toMatchObject({
      finished: true,
    });
    const { result } = await invoke({ event: timer, environ: { WX_OPENID: 'oABC', WX_APPID: 'wx1' } });
    expect(result).toMatchObject({ success: false, error: 'InvalidArgument' });
  });

  it.each([
    ['a route that is not there', { $url: 'auth/nothing' }, 'NoSuchRoute'],
    ['no route', {}, 'InvalidArgument'],
    ['fields that are wrong', { $url: 'auth/login', phone: 1 }, 'InvalidArgument'],
  ])('answers %s with an envelope, which is no failure of the function', async (_, event, error) => {
    const { result, failure } = await invoke({ event });
    expect(result).toMatchObject({ code: '-1', success: false, error });
    expect(failure).toBe('');
  });

  it('answers with an envelope also when it is not configured, and tells the reason to the log only', async () => {
    const { result, failure, log } = await invoke({
      event: { $url: 'health' },
      environ: { IMAGEPIC_ALLOW_FILE_STORES: '', IMAGEPIC_SECRET: 'short' },
    });
    expect(result).toMatchObject({ success: false, error: 'ServiceUnavailable' });
    expect(failure).toBe('');
    expect(log.join('')).toContain('IMAGEPIC_SECRET must be at least 32 random characters');
    expect(JSON.stringify(result)).not.toContain('IMAGEPIC_SECRET');
  });

  describe('stays below the platform’s 6 MB', () => {
    it('which are a limit indeed', async () => {
      const folder = await makeTempFolder();
      const answering = (length: number): Promise<void> =>
        writeFile(join(folder.path, 'index.js'), `exports.main = async () => 'x'.repeat(${length});`);
      await answering(6 * 1024 * 1024 - 2);
      expect((await invoke({ event: {}, folder: folder.path })).result).toHaveLength(6 * 1024 * 1024 - 2);
      await answering(6 * 1024 * 1024);
      expect((await invoke({ event: {}, folder: folder.path })).failure).toContain('body size is too long');
      await folder.remove();
    });

    it.each([
      ['as base64 in an envelope', 4 * 1024 * 1024, 'object/getObject'],
      ['by its link', 4_400_000, 'link'],
    ])('with the largest picture that it gives, %s, and refuses one that is larger', async (_, most, way) => {
      const $token = await signIn();
      const get = async (objectName: string): Promise<Outcome> =>
        invoke({
          event:
            way === 'link'
              ? request('GET', `/i/images/${objectName}`)
              : { $url: way, $token, bucketName: 'images', objectName },
        });
      for (const [objectName, bytes] of [
        ['most.png', most],
        ['more.png', most + 1],
      ] as const) {
        const base64 = pngOf(bytes).toString('base64');
        const put = { bucketName: 'images', objectName, base64, onConflict: 'overwrite' };
        expect(await call('object/putObject', { $token, ...put })).toMatchObject({ data: { size: bytes } });
      }
      const given = await get('most.png');
      expect(given.failure).toBe('');
      expect(JSON.stringify(given.result)).toContain(pngOf(most).toString('base64'));
      const refused = await get('more.png');
      expect(refused.failure).toBe('');
      expect(JSON.stringify(refused.result)).toContain('EntityTooLarge');
    });
  });
});
