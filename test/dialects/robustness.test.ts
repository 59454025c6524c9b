import { readdir } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePng } from '../support/png.ts';
import { lankongV1, lankongV2, obsidian, smMs, webUploader } from '../support/recorded-requests/clients.ts';
import {
  filePart,
  formRequest,
  type RecordedRequest,
  textPart,
} from '../support/recorded-requests/recorded-request.ts';
import { type ClientBed, openClientBed, PICTURE } from './client-bed.ts';

let bed: ClientBed;
beforeAll(async () => {
  bed = await openClientBed();
});
afterAll(() => bed.close());

/** Everything below the data folder that is held for a request. */
const leftovers = async (): Promise<readonly string[]> =>
  (await readdir(bed.folder, { recursive: true })).filter((name) => name.includes('spool-'));

const PATHS = [
  '/upload',
  '/upload?key=x',
  '/api/v1/upload',
  '/api/upload',
  '/api/v2/upload',
  '/api/1/upload',
  '/api/index.php',
  '/delete',
  '/client/doctor',
  '/api/v1/tokens',
];
const TYPES = [
  'multipart/form-data; boundary=b',
  'multipart/form-data',
  'application/json',
  'application/x-www-form-urlencoded',
  'image/png',
  'application/octet-stream',
  'text/plain',
  '',
];

/** Pieces that forms are made of, so that chance finds its way in. */
const piece = fc.oneof(
  fc.constantFrom(
    '--b\r\n',
    '\r\n--b--\r\n',
    '--b--',
    '\r\n\r\n',
    'Content-Disposition: form-data; name="file"; filename="a.png"\r\n',
    'Content-Disposition: form-data; name="token"\r\n',
    'Content-Disposition: form-data; name="__proto__"\r\n',
    'Content-Disposition: form-data; name=""; filename="\r\n',
    'Content-Type: image/png\r\n',
    '{"list":[',
    '{"base64":"iVBORw0KGgo',
    '"}',
    'token=',
    '&source=data:image/png;base64,',
  ),
  fc.string({ maxLength: 40 }),
);
const body = fc.oneof(
  fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.from(pieces.join(''))),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.concat([PICTURE, bytes])),
  fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)),
);

describe('whatever a client sends', () => {
  it('is answered with a sentence in JSON, never with a failure of ours', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PATHS),
        fc.constantFrom(...TYPES),
        body,
        fc.boolean(),
        async (path, type, bytes, signed) => {
          const headers = {
            ...(type !== '' && { 'content-type': type }),
            ...(signed && { authorization: bed.token }),
          };
          const reply = await bed.send({ method: 'POST', path, headers, body: bytes });
          expect(reply.status).toBeLessThan(500);
          expect(reply.json.message).toEqual(expect.stringMatching(/./));
          if (!bytes.includes(PICTURE)) expect(reply.json.success).not.toBe(true);
        },
      ),
      { numRuns: 500 },
    );
    expect(await leftovers()).toEqual([]);
    expect(bed.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  it('is answered also when it is cut off at any byte, and nothing of it stays', { timeout: 60_000 }, async () => {
    const before = await bed.keys();
    const picture = makePng(2, 2, { grey: 9 });
    const upload = { token: bed.token, fileName: '图.png', bytes: picture };
    const inForm = formRequest('/upload', [textPart('token', bed.token), filePart('f', 'a.png', picture)]);
    for (const recorded of [webUploader(upload), inForm]) {
      const { 'content-length': _, ...headers } = recorded.headers;
      for (let end = 0; end < recorded.body.length - 4; end += 1) {
        const reply = await bed.send({ ...recorded, headers, body: recorded.body.subarray(0, end) });
        expect([400, 401, 415], `cut at ${end}: ${reply.json.message}`).toContain(reply.status);
      }
    }
    expect(await bed.keys()).toEqual(before);
    expect(await leftovers()).toEqual([]);
  });

  it('is answered in the form of its dialect when the store fails', async () => {
    const broken = await openClientBed();
    try {
      const upload = { token: broken.token, fileName: 'a.png', bytes: PICTURE };
      const { rm, writeFile } = await import('node:fs/promises');
      await rm(`${broken.folder}/objects`, { recursive: true });
      await writeFile(`${broken.folder}/objects`, '');
      const shown = async (recorded: RecordedRequest, status: number) => {
        const reply = await broken.send(recorded);
        expect(reply.status).toBe(status);
        expect(reply.text).not.toMatch(/ENOTDIR|node_modules|\.ts:/);
        return reply.json;
      };
      expect(await shown(lankongV2(upload), 200)).toMatchObject({ status: false, message: expect.stringMatching(/./) });
      expect(await shown(lankongV1(upload), 200)).toMatchObject({
        code: expect.any(Number),
        message: expect.stringMatching(/./),
      });
      expect(await shown(smMs(upload), 200)).toMatchObject({ code: 'error', message: expect.stringMatching(/./) });
      expect(await shown(obsidian(upload, [PICTURE]), 200)).toMatchObject({
        success: false,
        msg: expect.stringMatching(/./),
      });
      const native = await broken.send(webUploader(upload));
      expect(native.status).toBeGreaterThanOrEqual(400);
    } finally {
      await broken.close();
    }
  });
});
