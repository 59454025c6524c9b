import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientBed, fetchBytes, HTML, OTHER_PICTURE, openClientBed, PICTURE, type Reply } from './client-bed.ts';

const BOUNDARY = '----WebKitFormBoundaryb1vM0nXa2kT9qGdE';

let bed: ClientBed;
beforeAll(async () => {
  bed = await openClientBed();
});
afterAll(() => bed?.close());

/** A request as the page and the scripts of CloudFlare-ImgBed send it: the code and every wish in the address. */
function send(query: Readonly<Record<string, string>>, ...files: readonly Buffer[]): Promise<Reply> {
  const parts = files.flatMap((file, index) => [
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="猫 ${index}.png"\r\nContent-Type: image/png\r\n\r\n`,
    ),
    file,
    Buffer.from('\r\n'),
  ]);
  return bed.send({
    method: 'POST',
    path: `/upload?${new URLSearchParams(query)}`,
    headers: { accept: '*/*', 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    body: Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]),
  });
}

describe('CloudFlare-ImgBed', () => {
  it('gets a list with the absolute address, whichever form it asks for', async () => {
    for (const returnFormat of ['default', 'full']) {
      const wishes = { serverCompress: 'true', uploadChannel: 'telegram', uploadNameType: 'default', returnFormat };
      const reply = await send({ authCode: bed.token, ...wishes }, PICTURE);
      expect(reply.status).toBe(200);
      expect(reply.json).toEqual([{ src: expect.stringMatching(/^http:\/\/.*\.png$/) }]);
      expect((await fetchBytes(reply.json[0].src)).equals(PICTURE)).toBe(true);
    }
  });

  it('stores where and under which name it was asked to', async () => {
    const reply = await send(
      { authCode: bed.token, uploadFolder: '/旅行/2026/', uploadNameType: 'origin' },
      OTHER_PICTURE,
    );
    expect(reply.json).toHaveLength(1);
    expect(decodeURIComponent(reply.json[0].src)).toMatch(/\/旅行\/2026\/猫 0\.png$/);
  });

  it('gets an item a file, in order, and of a refused one the reason', async () => {
    const reply = await send({ authCode: bed.token }, PICTURE, HTML, OTHER_PICTURE);
    expect(reply.json).toEqual([
      { src: expect.any(String) },
      { name: '猫 1.png', error: 'UnsupportedMediaType', message: expect.stringContaining('HTML') },
      { src: expect.any(String) },
    ]);
  });

  it('gets links alone where it asks for text', async () => {
    const reply = await send({ authCode: bed.token, format: 'txt' }, PICTURE);
    expect(reply.text).toMatch(/^http:\/\/\S+\.png\n$/);
  });

  it.each([
    [{ authCode: 'wrong' }, 401, /token/],
    [{ authCode: '', uploadFolder: 'a' }, 401, /token/],
    [{ uploadNameType: 'sideways' }, 400, /uploadNameType=sideways.*default index origin short/],
    [{ initChunked: 'true' }, 400, /分片.*initChunked=true.*一个请求/],
    [{ chunked: 'true' }, 400, /分片/],
    [{ uploadFolder: 'a/../b' }, 400, /folder|目录/],
  ] as const)('is refused by its status and in words: %j', async (query, status, message) => {
    const reply = await send({ authCode: bed.token, ...query }, PICTURE);
    expect(reply.status).toBe(status);
    expect(reply.json.message).toMatch(message);
  });

  it('is understood without a token in the address too', async () => {
    const request = {
      method: 'POST',
      headers: { authorization: bed.token, 'content-type': 'image/png' },
      body: PICTURE,
    };
    const asked = await bed.send({ ...request, path: '/upload?returnFormat=full' });
    expect(asked.json).toEqual([{ src: expect.any(String) }]);
    expect((await bed.send({ ...request, path: '/upload' })).json.success).toBe(true);
  });
});
