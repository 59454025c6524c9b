import busboy from 'busboy';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createWx, type UploadFileOption, type WxOptions } from '../../../src/wx-emulator/index.ts';
import { type ArrivedRequest, type RawServer, startRawServer } from '../../support/raw-server.ts';

const BED = 'https://img.example.com';
let server: RawServer | undefined;
afterEach(() => server?.close());

async function open(answer: Parameters<typeof startRawServer>[0], options: WxOptions = {}) {
  server = await startRawServer(answer);
  const domains = { uploadFile: [BED], downloadFile: [BED] };
  const { wx, phone } = createWx({ domains, hosts: { [BED]: server.origin }, networkRetries: 0, ...options });
  return { wx, phone, requests: server.requests };
}

/** The parts of a form in their order, as a parser of its own reads them. */
function readForm({ headers, body }: ArrivedRequest): Promise<readonly unknown[]> {
  return new Promise((resolve, reject) => {
    const parts: unknown[] = [];
    const parser = busboy({ headers, defParamCharset: 'utf8' });
    parser.on('field', (name, value) => parts.push([name, value]));
    parser.on('file', (name, stream, { filename, mimeType }) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', () => parts.push([name, filename, mimeType, Buffer.concat(chunks).toString()]));
    });
    parser.on('close', () => resolve(parts)).on('error', reject);
    parser.end(body);
  });
}

describe('wx.uploadFile', () => {
  it('posts a form whose fields stand before the file, and answers with text', async () => {
    const { wx, phone, requests } = await open((_request, response) => response.writeHead(201).end('{"url":"u"}'));
    const filePath = phone.addTemporaryFile(Buffer.from('bytes'), 'PNG');
    const option = { url: `${BED}/upload`, filePath, name: 'fi"le', formData: { key: '中', n: 3, none: undefined } };
    const header = { Authorization: 'Bearer t', 'Content-Type': 'application/json', referer: 'https://a.example.com' };
    const answer = await new Promise((success, fail) => wx.uploadFile({ ...option, header, success, fail }));
    expect(answer).toEqual({ data: '{"url":"u"}', statusCode: 201, errMsg: 'uploadFile:ok' });
    const fileName = filePath.slice('wxfile://'.length);
    await expect(readForm(requests[0]!)).resolves.toEqual([
      ['key', '中'],
      ['n', '3'],
      ['fi%22le', fileName, 'image/png', 'bytes'],
    ]);
    expect(requests[0]).toMatchObject({ method: 'POST', headers: { authorization: 'Bearer t' } });
    expect(requests[0]?.headers.referer).toContain('servicewechat.com');
  });

  it('tells how far it is, up to the whole', async () => {
    const { wx, phone } = await open((_request, response) => response.end());
    const filePath = phone.addTemporaryFile(Buffer.alloc(300_000), 'png');
    const heard: number[] = [];
    await new Promise((complete) => {
      const task = wx.uploadFile({ url: `${BED}/`, filePath, name: 'file', complete });
      task.onProgressUpdate(({ progress }) => heard.push(progress));
    });
    expect(heard.at(-1)).toBe(100);
    expect(heard.length).toBeGreaterThan(3);
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
  });

  it.each<[string, Partial<UploadFileOption>, WxOptions, string]>([
    ['a domain that is not listed', { url: 'https://a.example.com/' }, {}, 'uploadFile:fail url not in domain list'],
    [
      'a file that is not there',
      { filePath: 'wxfile://tmp_none.png' },
      {},
      'uploadFile:fail no such file or directory',
    ],
    ['a file that is too large', {}, { maxUploadBytes: 10 }, 'uploadFile:fail file size exceeds the limit of 10 bytes'],
    ['no name', { name: Object({}).name2 }, {}, 'uploadFile:fail parameter error: parameter.name should be String'],
  ])('refuses %s', async (_name, option, options, wanted) => {
    const { wx, phone, requests } = await open((_request, response) => response.end(), options);
    const filePath = phone.addTemporaryFile(Buffer.alloc(11), 'png');
    const error = await new Promise((fail) => wx.uploadFile({ url: `${BED}/`, filePath, name: 'f', ...option, fail }));
    expect(error).toMatchObject({ errMsg: expect.stringContaining(wanted) });
    expect(requests).toEqual([]);
  });

  it('stops in the middle when it is told to', async () => {
    const { wx, phone, requests } = await open((_request, response) => response.end());
    const filePath = phone.addTemporaryFile(Buffer.alloc(4_000_000), 'png');
    const success = vi.fn();
    const error = await new Promise((fail) => {
      const task = wx.uploadFile({ url: `${BED}/`, filePath, name: 'f', success, fail });
      task.onProgressUpdate(() => task.abort());
    });
    expect(error).toEqual({ errMsg: 'uploadFile:fail abort' });
    expect([requests, success.mock.calls]).toEqual([[], []]);
  });
});

describe('wx.downloadFile', () => {
  const page: Parameters<typeof startRawServer>[0] = (_request, response) =>
    response.writeHead(404, { 'content-type': 'image/webp; q=1', 'content-length': '9' }).end('not found');

  it('makes a file of whatever comes, and tells how far it is', async () => {
    const { wx, phone } = await open(page);
    const heard: number[] = [];
    const answer = await new Promise<{ tempFilePath?: string; statusCode: number }>((success, fail) => {
      const task = wx.downloadFile({ url: `${BED}/a`, success, fail });
      task.onProgressUpdate(({ progress }) => heard.push(progress));
    });
    expect(answer).toMatchObject({ statusCode: 404, errMsg: 'downloadFile:ok' });
    expect(answer.tempFilePath).toMatch(/^wxfile:\/\/tmp_\w+\.webp$/);
    expect(Buffer.from(phone.readFile(answer.tempFilePath ?? '')).toString()).toBe('not found');
    expect(heard.at(-1)).toBe(100);
  });

  it('puts it where it is told', async () => {
    const { wx, phone } = await open(page);
    const filePath = `${wx.env.USER_DATA_PATH}/a.webp`;
    const answer = await new Promise((success, fail) => wx.downloadFile({ url: `${BED}/a`, filePath, success, fail }));
    expect(answer).toEqual({ statusCode: 404, filePath, errMsg: 'downloadFile:ok' });
    expect(phone.listFiles()).toEqual([filePath]);
  });

  it('has a list of its own', async () => {
    const { wx } = await open(page, { domains: { request: [BED] } });
    const error = await new Promise((fail) => wx.downloadFile({ url: `${BED}/a`, fail }));
    expect(error).toMatchObject({ errMsg: 'downloadFile:fail url not in domain list' });
  });
});
