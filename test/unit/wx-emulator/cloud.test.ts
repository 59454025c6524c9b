import { afterEach, describe, expect, it, vi } from 'vitest';
import { type CloudContext, type CloudOptions, createWx } from '../../../src/wx-emulator/index.ts';
import { type RawServer, startRawServer } from '../../support/raw-server.ts';

let server: RawServer | undefined;
afterEach(() => server?.close());

function open(cloud: CloudOptions) {
  const { wx, phone } = createWx({ appId: 'wx1', cloud });
  wx.cloud.init({ env: 'e' });
  return { cloud: wx.cloud, wx, phone };
}
/** A function that gives back its event. */
const echo = (event: object): object => event;
const refused = (errCode: number, text: string) => ({ errCode, errMsg: expect.stringContaining(text) });

describe('wx.cloud.callFunction', () => {
  it('hands the event over as JSON, bytes as numbers, with who calls', async () => {
    const { cloud } = open({ functions: { echo }, openId: 'o1' });
    const data = { $url: 'a/b', buffer: new Uint8Array([1, 255]).buffer, view: new Uint8Array([2]), none: undefined };
    const { result, errMsg, requestID } = await cloud.callFunction({ name: 'echo', data });
    expect(result).toEqual({
      $url: 'a/b',
      buffer: { type: 'Buffer', data: [1, 255] },
      view: { type: 'Buffer', data: [2] },
      userInfo: { appId: 'wx1', openId: 'o1' },
    });
    expect([errMsg, typeof requestID]).toEqual(['cloud.callFunction:ok', 'string']);
  });

  it('vouches for the caller in the context', async () => {
    const tell = (_event: object, { environment, environ, namespace }: CloudContext) => ({
      environment,
      environ,
      namespace,
    });
    const { cloud } = open({ functions: { tell }, openId: 'o1', unionId: 'u1', environment: 'env' });
    const { result } = await cloud.callFunction({ name: 'tell' });
    expect(JSON.parse(result.environment)).toMatchObject({
      WX_OPENID: 'o1',
      WX_APPID: 'wx1',
      WX_UNIONID: 'u1',
      WX_CONTEXT_KEYS: 'WX_OPENID,WX_APPID,WX_UNIONID',
      TCB_ENV: 'env',
    });
    expect(result.environ).toContain('WX_OPENID=o1;');
    expect(result.namespace).toBe('env');
  });

  it('calls an address, and answers callbacks', async () => {
    server = await startRawServer(({ body }, response) =>
      response.end(JSON.stringify({ got: JSON.parse(body.toString()) })),
    );
    const { cloud } = open({ functions: { remote: server.origin } });
    const told = await new Promise((success, fail) =>
      cloud.callFunction({ name: 'remote', data: { a: 1 }, success, fail }),
    );
    expect(told).toMatchObject({ result: { got: { a: 1 } }, errMsg: 'cloud.callFunction:ok' });
  });

  it.each<[string, CloudOptions, object, object]>([
    ['a function that is not there', {}, {}, refused(-501000, 'FunctionName parameter could not be found')],
    [
      'an event that is too large',
      { maxEventBytes: 100 },
      { a: 'x'.repeat(100) },
      refused(-1, 'cloud.callFunction:fail Error: data exceed max size'),
    ],
    [
      '20 KB of bytes where 54 KB of text would do',
      { maxEventBytes: 55_296 },
      { a: new Uint8Array(20_000).fill(200) },
      refused(-1, 'data exceed max size'),
    ],
    [
      'a result that is too large',
      { maxResultBytes: 100, functions: { f: () => 'x'.repeat(100) } },
      {},
      refused(-504002, 'exceeded maximum allowed payload size (100 bytes)'),
    ],
    [
      'a function that throws',
      {
        functions: {
          f: () => {
            throw new Error('broken');
          },
        },
      },
      {},
      refused(-504002, 'functions execute fail | errMsg: Error: broken'),
    ],
    [
      'a function that fails later',
      { functions: { f: () => Promise.reject(new Error('later')) } },
      {},
      refused(-504002, 'Error: later'),
    ],
    [
      'a function that takes too long',
      { timeoutMs: 20, functions: { f: () => new Promise(() => undefined) } },
      {},
      refused(-504003, 'Invoking task timed out after 0.02 seconds'),
    ],
  ])('fails with %s', async (_name, options, data, wanted) => {
    const { cloud } = open(options);
    await expect(cloud.callFunction({ name: 'f', data })).rejects.toEqual(wanted);
  });

  it('fails before init, with a circle and without a name', async () => {
    const { wx } = createWx({ cloud: { functions: { echo } } });
    const call = wx.cloud.callFunction({ name: 'echo' });
    await expect(call).rejects.toMatchObject({ errMsg: expect.stringContaining('call wx.cloud.init first') });
    const { cloud } = open({ functions: { echo } });
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    await expect(cloud.callFunction({ name: 'echo', data: circle })).rejects.toMatchObject({ errCode: -402001 });
    await expect(cloud.callFunction({ name: Object({}).none })).rejects.toMatchObject({ errno: 1001 });
  });

  it.each([
    ['lost', 2],
    ['offline', 1],
  ] as const)('is made again on its own when it is %s, so that the function runs %i times', async (kind, times) => {
    const run = vi.fn(() => 'done');
    const fault: CloudOptions['fault'] = ({ attempt }) => (attempt === 0 ? kind : undefined);
    const { cloud } = open({ functions: { run }, fault });
    await expect(cloud.callFunction({ name: 'run' })).resolves.toMatchObject({ result: 'done' });
    expect(run).toHaveBeenCalledTimes(times);
  });

  it('gives up after three attempts, and tells of each', async () => {
    const run = vi.fn();
    const { cloud } = open({ functions: { run }, fault: () => 'lost' });
    const trace =
      /\(trace: start->system error \(.*\), retry->system error \(.*\), retry->system error \(.*\), abort\)/;
    await expect(cloud.callFunction({ name: 'run' })).rejects.toEqual({
      errCode: -404006,
      errMsg: expect.stringMatching(trace),
    });
    expect(run).toHaveBeenCalledTimes(3);
  });
});

describe('cloud storage', () => {
  it('keeps files, tells of their addresses, gives and removes them', async () => {
    const { cloud, phone } = open({ environment: 'env' });
    const filePath = phone.addTemporaryFile(Buffer.from('png'), 'png');
    const { fileID, statusCode } = await cloud.uploadFile({ cloudPath: 'a/b.png', filePath });
    expect([fileID, statusCode]).toEqual(['cloud://env.env/a/b.png', 204]);
    const fileList = [fileID, 'cloud://env.env/none'];
    expect((await cloud.getTempFileURL({ fileList })).fileList).toMatchObject([
      { fileID, tempFileURL: 'https://env.tcb.qcloud.la/a/b.png', status: 0, errMsg: 'ok' },
      { tempFileURL: '', status: 1, errMsg: 'STORAGE_FILE_NONEXIST' },
    ]);
    const { tempFilePath } = await cloud.downloadFile({ fileID });
    expect(Buffer.from(phone.readFile(tempFilePath)).toString()).toBe('png');
    expect((await cloud.deleteFile({ fileList })).fileList.map(({ status }) => status)).toEqual([0, -503003]);
    expect(phone.listCloudFiles()).toEqual([]);
    await expect(cloud.downloadFile({ fileID })).rejects.toMatchObject({ errCode: -503003 });
  });

  it('takes fifty files a call', async () => {
    const { cloud } = open({});
    const fileList = Array(51).fill('cloud://a.a/b');
    await expect(cloud.getTempFileURL({ fileList })).rejects.toMatchObject({ errCode: -401002 });
    await expect(cloud.deleteFile({ fileList })).rejects.toMatchObject({ errCode: -401002 });
    expect((await cloud.getTempFileURL({ fileList: fileList.slice(1) })).fileList).toHaveLength(50);
  });
});
