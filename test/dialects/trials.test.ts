import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lankongV2, webUploader } from '../support/recorded-requests/clients.ts';
import {
  filePart,
  formRequest,
  type RecordedRequest,
  textPart,
} from '../support/recorded-requests/recorded-request.ts';
import { startServer } from '../support/running-server.ts';
import { type ClientBed, HTML, openClientBed, PICTURE } from './client-bed.ts';

let bed: ClientBed;
beforeAll(async () => {
  bed = await openClientBed();
});
afterAll(() => bed.close());

let token = '';
let tokenId = '';
beforeEach(async () => {
  const made = await bed.call('auth/createToken', { name: 'tried', scopes: ['upload'] }, bed.session);
  token = made.json.data.token;
  tokenId = made.json.data.id;
  return async () => {
    await bed.call('auth/revokeToken', { tokenId }, bed.session);
  };
});

const last = async (id = tokenId, session = bed.session) =>
  (await bed.call('client/lastRequest', { tokenId: id }, session)).json.data.request;

/** Sends a request while its owner waits, and gives what the owner is told. */
async function tell(recorded: RecordedRequest) {
  expect(await last()).toBeUndefined();
  await bed.send(recorded);
  return last();
}

const form = (headers: Readonly<Record<string, string>> = { authorization: `Bearer ${token}` }): RecordedRequest =>
  formRequest('/upload', [filePart('image', 'a.png', PICTURE)], headers);

describe('client/lastRequest', () => {
  it('tells of an upload that all went well, and where the image is', async () => {
    const told = await tell({ ...form(), headers: { ...form().headers, 'user-agent': 'PicGo/2.4.0' } });

    expect(told).toMatchObject({
      ...{ ok: true, status: 200, agent: 'PicGo/2.4.0', advice: [] },
      seen: {
        ...{ method: 'POST', path: '/upload', dialect: 'native', contentType: 'multipart/form-data', token: 'header' },
        files: [{ field: 'image', contentType: 'image/png', width: 8, height: 6 }],
      },
      stored: [{ bucketName: 'images' }],
    });
    expect(await bed.keys()).toContain(told.stored[0].objectName);
    expect(Date.parse(told.at)).toBe(bed.clock.now);
  });

  it('knows the client by the way it speaks', async () => {
    expect(await tell(lankongV2({ token, fileName: 'a.png', bytes: PICTURE }))).toMatchObject({
      ok: true,
      seen: { dialect: 'lsky-v2' },
    });
    await bed.send(webUploader({ token, fileName: 'a.png', bytes: PICTURE }));
    expect(await last()).toMatchObject({ ok: true, seen: { dialect: 'native' } });
  });

  it.each<[string, (mine: string) => RecordedRequest, RegExp, RegExp, object]>([
    [
      'a form without a file',
      (mine) => formRequest('/upload', [textPart('name', 'a')], { authorization: mine }),
      /没有收到文件，只有字段 "name"/,
      /No file came, only the fields "name"/,
      { seen: { fields: ['name'] } },
    ],
    [
      'what is no picture',
      (mine) => formRequest('/upload', [filePart('f', 'a.png', HTML)], { authorization: mine }),
      /HTML|文本|图片/,
      /HTML|text|image/,
      { seen: { files: [{ field: 'f' }] } },
    ],
    [
      'a token whose last letter is missing',
      (mine) => formRequest('/upload', [filePart('f', 'a.png', PICTURE)], { authorization: mine.slice(0, -1) }),
      /收到 77 个字符，应为 78 个/,
      /77 characters came instead of 78/,
      { status: 401 },
    ],
    [
      'a token with a letter that is wrong',
      (mine) =>
        formRequest('/upload', [filePart('f', 'a.png', PICTURE)], {
          authorization: `${mine.slice(0, -9)}${mine.at(-9) === 'x' ? 'y' : 'x'}${mine.slice(-8)}`,
        }),
      /后面不对/,
      /goes on wrong/,
      { status: 401 },
    ],
    [
      'a method that the path has not',
      (mine) => ({ ...formRequest('/upload', [], { authorization: mine }), method: 'PATCH' }),
      /POST/,
      /POST/,
      { status: 405, seen: { method: 'PATCH' } },
    ],
    [
      'an address with one path too many',
      (mine) => formRequest('/api/v1/pictures', [filePart('f', 'a.png', PICTURE)], { authorization: mine }),
      /没有这个地址/,
      /no such address/,
      { seen: { path: '/api/v1/pictures', dialect: 'lsky-v2' } },
    ],
    [
      'a folder that is none',
      (mine) =>
        formRequest('/upload', [textPart('folder', '../x'), filePart('f', 'a.png', PICTURE)], { authorization: mine }),
      /./,
      /folder|name/i,
      { status: 400 },
    ],
    [
      'a dry run that finds no file',
      (mine) => formRequest('/client/doctor', [textPart('a', 'b')], { authorization: mine }),
      /没有收到文件/,
      /No file came/,
      { seen: { dialect: 'diagnosis', fields: ['a'] } },
    ],
  ])('says what is wrong with %s', async (_, recorded, zh, en, more) => {
    const told = await tell(recorded(token));

    expect(told).toMatchObject({ ok: false, stored: [], ...more });
    expect(told.advice[0].zh).toMatch(zh);
    expect(told.advice[0].en).toMatch(en);
  });

  it('finds the token in the form and in the address', async () => {
    const parts = [textPart('token', token), filePart('f', 'a.png', PICTURE)];
    expect(await tell(formRequest('/upload', parts, {}))).toMatchObject({ ok: true, seen: { token: 'form' } });
    await bed.send({ ...form({}), path: `/upload?token=${token}` });
    expect(await last()).toMatchObject({ ok: true, seen: { token: 'query', path: '/upload' } });
  });

  it('tells the last of several, and one image of many that was refused', async () => {
    await tell(formRequest('/upload', [], { authorization: token }));
    const parts = [filePart('f', 'a.png', PICTURE), filePart('g', 'b.png', HTML)];
    await bed.send(formRequest('/upload', parts, { authorization: token }));

    expect(await last()).toMatchObject({
      ok: false,
      stored: [{}],
      advice: [{}],
      seen: { files: [{}, { field: 'g' }] },
    });
  });

  it('notes what another process served', async () => {
    const other = await startServer({ IMAGEPIC_DATA_DIR: bed.folder });
    expect(await last()).toBeUndefined();
    const { body, headers } = form();
    const mine = { method: 'POST', headers: { ...headers }, body: Uint8Array.from(body) };
    expect((await fetch(`${other.mountUrl}/upload`, mine)).status).toBe(200);

    expect(await last()).toMatchObject({ ok: true, seen: { dialect: 'native' } });
  });

  it('keeps no secret: neither a token nor an address that is one', async () => {
    await tell(form());
    const kept = async () => {
      const names = await readdir(bed.folder, { recursive: true, withFileTypes: true });
      const files = names.filter((entry) => entry.isFile() && entry.parentPath.includes('trials'));
      const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')));
      return texts.join('\n');
    };
    expect(await kept()).toContain('"native"');
    expect(await kept()).not.toContain(token.slice(40));

    await bed.send({ ...form(), path: `/upload/${token}?key=${token}` });
    expect(await last()).toMatchObject({ ok: false, seen: { path: '/upload/…' } });
    expect(await kept()).not.toContain(token.slice(40));
  });

  it('notes nothing while nobody waits, and waits ten minutes', async () => {
    await bed.send(form());
    expect(await last()).toBeUndefined();
    bed.clock.now += 10 * 60 * 1000;
    await bed.send(form());
    const { token: session } = (await bed.call('auth/login', { phone: bed.phone, upwd: 'correct horse 7' })).json.data;
    expect(await last(tokenId, session)).toBeUndefined();
    await bed.send(form());
    expect(await last(tokenId, session)).toMatchObject({ ok: true });
    bed.clock.now -= 10 * 60 * 1000;
  });

  it('tells nobody else, and nothing of a token that is none', async () => {
    await tell(form());
    const invitation = (await bed.call('auth/invite', {}, bed.session)).json.data.invitation;
    const person = { name: 'B', tfs: '', email: 'b@example.com', phone: '13900139000', upwd: 'correct horse 7' };
    await bed.call('auth/register', { ...person, invitation });
    const other = (await bed.call('auth/login', { phone: person.phone, upwd: person.upwd })).json.data.token;

    expect(await last(tokenId, other)).toBeUndefined();
    expect(await last('0'.repeat(16))).toBeUndefined();
    expect(await last()).toMatchObject({ ok: true });
    expect((await bed.call('client/lastRequest', { tokenId: 'x' }, bed.session)).json.error).toBe('InvalidArgument');
  });
});
