import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientBed, fetchBytes, HTML, openClientBed } from '../dialects/client-bed.ts';
import { hasTool } from '../support/other-stores.ts';
import { installPicGo } from '../support/picgo.ts';
import { installPythonClients, type PythonClients } from '../support/python-clients.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

let bed: ClientBed;
let files: TempFolder;
let picture: Buffer;
let wrong: string;
const file = (name: string): string => join(files.path, name);

beforeAll(async () => {
  bed = await openClientBed();
  files = await makeTempFolder();
  wrong = `${bed.token.slice(0, -4)}AAAA`;
  picture = await readFile(new URL('../support/图片 示例.png', import.meta.url));
  await writeFile(file('测试 图片.png'), picture);
  await writeFile(file('second.png'), picture);
  await writeFile(file('网页.png'), HTML);
});
afterAll(async () => {
  await bed.close();
  await files.remove();
});

/** Every link among what a client has shown serves the picture, and there are as many as there were pictures. */
async function expectLinks(shown: string, count = 1): Promise<readonly string[]> {
  const links = shown.match(/http:\/\/127\.0\.0\.1:\d+\/imagepic\/i\/[^\s"'│║]+/g) ?? [];
  expect([shown, links.length]).toEqual([shown, count]);
  for (const link of links) expect(await fetchBytes(link)).toEqual(picture);
  return links;
}

describe.each(['picgo', 'picgo2'] as const)('%s', (name) => {
  const show = async (uploader: string, settings: object, path: string) => {
    const config = {
      picBed: { uploader, current: uploader, [uploader]: settings },
      picgoPlugins: { [`picgo-plugin-${uploader}`]: true },
    };
    const picgo = await installPicGo(name, config);
    try {
      return await picgo.show({ upload: [path] });
    } finally {
      await picgo.uninstall();
    }
  };
  const custom = (token: string) => ({
    ...{ url: `${bed.mountUrl}/upload`, postFileName: 'file', jsonPath: 'url', needFileNameUrl: false },
    headers: JSON.stringify({ Authorization: `Bearer ${token}` }),
  });

  it.each(['', '/api/v1/upload', '/api/v1'])('with lsky-uploader uploads to the bed%s', async (added) => {
    const settings = { Url: bed.mountUrl + added, Token: bed.token };
    const { notifications, results } = await show('lsky-uploader', settings, file('测试 图片.png'));
    expect(notifications).toEqual([]);
    await expectLinks(results.map(({ imgUrl }) => imgUrl).join(' '));
  });

  it.each([
    ['a wrong token', () => wrong, '测试 图片.png', 'token 不正确'],
    ['what is no picture', () => bed.token, '网页.png', '只接受 PNG'],
  ])('with lsky-uploader shows our sentence about %s', async (_, token, path, sentence) => {
    const before = await bed.keys();
    const { notifications } = await show('lsky-uploader', { Url: bed.mountUrl, Token: token() }, file(path));
    expect(JSON.stringify(notifications)).toContain(sentence);
    expect(await bed.keys()).toEqual(before);
  });

  it('with custom-uploader uploads', async () => {
    const { notifications, results } = await show('custom-uploader', custom(bed.token), file('测试 图片.png'));
    expect(notifications).toEqual([]);
    await expectLinks(results.map(({ imgUrl }) => imgUrl).join(' '));
  });

  it('with custom-uploader shows that it failed with a wrong token, and no link', async () => {
    const shown = await show('custom-uploader', custom(wrong), file('测试 图片.png'));
    expect(shown.results.filter(({ imgUrl }) => imgUrl)).toEqual([]);
    // It reads what is refused as text that it is not, whoever answers, so that no sentence gets through.
    expect(shown.output).toContain('[PicGo WARN]: failed');
  });
});

describe('imgbb-uploader', () => {
  /** Its host has no path, so the bed is asked at the root; Chevereto's own path leads there. */
  const upload = async (options: object) => {
    const home = require.resolve('imgbb-uploader');
    const script = `require(${JSON.stringify(home)})(JSON.parse(process.argv[1])).then(
      (answer) => console.log(JSON.stringify({ answer })), (error) => console.log(JSON.stringify({ error: error.message })))`;
    const given = { cheveretoHost: new URL(bed.mountUrl).origin, apiKey: bed.token, ...options };
    const { stdout } = await run(process.execPath, ['-e', script, JSON.stringify(given)]);
    return JSON.parse(stdout);
  };

  it('uploads a file, and base64, and its delete link removes the picture', async () => {
    const { answer } = await upload({ imagePath: file('测试 图片.png') });
    await expectLinks(answer.image.url);
    const again = await upload({ base64string: picture.toString('base64') });
    await expectLinks(again.answer.image.url);
    expect((await fetch(answer.image.delete_url, { method: 'POST' })).status).toBe(200);
    expect((await fetch(answer.image.url)).status).toBe(404);
  });

  it.each([
    ['a wrong token', () => ({ apiKey: wrong, imagePath: file('second.png') }), 'token 不正确'],
    ['no picture', () => ({ imagePath: file('网页.png') }), '只接受 PNG'],
    ['an address', () => ({ imageUrl: 'http://x.test/a.png' }), '不支持按网址抓取'],
  ])('shows our sentence about %s', async (_, options, sentence) => {
    expect((await upload(options())).error).toContain(sentence);
  });
});

describe.skipIf(!hasTool('python3'))('from PyPI', () => {
  let python: PythonClients;
  let home: string;
  beforeAll(async () => {
    home = file('home');
    await mkdir(join(home, 'lskyup'), { recursive: true });
    await mkdir(join(home, '.config/sharex-cli'), { recursive: true });
    python = await installPythonClients(home);
  }, 400_000);

  describe('chupo', () => {
    const chupo = (token: string, ...args: readonly string[]) =>
      python.command('chupo', ['-u', bed.mountUrl, '-k', token, ...args]);

    it('prints one link a line, in text and in JSON', async () => {
      const text = await chupo(bed.token, file('测试 图片.png'), file('second.png'));
      expect([text.exitCode, text.stderr]).toEqual([0, '']);
      expect(text.stdout).toMatch(/^http\S+\nhttp\S+\n$/);
      await expectLinks(text.stdout, 2);
      const json = await chupo(bed.token, '-f', 'json', file('second.png'));
      await expectLinks(JSON.parse(json.stdout).image.url);
    });

    it.each([
      ['a wrong token', () => wrong, 'second.png', /^second\.png: token 不正确[^{]*$/],
      ['what is no picture', () => bed.token, '网页.png', /^网页\.png: 只接受 PNG[^{]*$/],
    ])('prints our sentence alone about %s', async (_, token, name, sentence) => {
      const { exitCode, stdout, stderr } = await chupo(token(), file(name));
      expect([exitCode, stdout]).toEqual([1, '']);
      expect(stderr.trim()).toMatch(sentence);
    });
  });

  describe('lskyup', () => {
    const configure = (Url: string, Token: string) =>
      writeFile(join(home, 'lskyup/config.json'), JSON.stringify({ Url, Token }));

    it.each(['Bearer ', ''])('uploads several with the token behind %j', async (scheme) => {
      await configure(`${bed.mountUrl}/api/v1`, scheme + bed.token);
      const { stdout } = await python.command('lskyup', ['upload', file('测试 图片.png'), file('second.png')]);
      await expectLinks(stdout, 2);
    });

    it('shows whose the token is', async () => {
      const token = await bed.createToken({ scopes: ['upload', 'list', 'delete'] });
      await configure(`${bed.mountUrl}/api/v1`, token);
      const { stdout } = await python.command('lskyup', ['-u']);
      expect(stdout).toMatch(/User name: 王小明\nE-mail: wxm@example\.com\n/);
      expect(stdout).toMatch(/Image Numbers: \d+\nAlbum Numbers: \d+\nStorage Used\/Total: [\d.]+ KB/);
    });

    it('shows that a wrong token fails', async () => {
      await configure(`${bed.mountUrl}/api/v1`, wrong);
      const { stdout } = await python.command('lskyup', ['upload', file('second.png')]);
      // It shows the status and no sentence, whoever answers.
      expect(stdout).toMatch(/Failed\d{3}\n/);
      await expectLinks(stdout, 0);
    });
  });

  describe('smms', () => {
    /** Its host is written into the method that makes its client, which is what a subclass is for. */
    const SMMS = `
import json, sys, httpx
from smms import User
base, token, task, argument = sys.argv[1:]
class Bed(User):
    def get_http_client(self):
        return httpx.Client(base_url=base, headers={"Authorization": f"Basic {self.token}"})
user = Bed(token=token)
if task == "upload": print(json.dumps(user.upload_file(argument).model_dump()))
if task == "profile": print(json.dumps(user.get_profile().model_dump()))
if task == "history": print(json.dumps([item.model_dump() for item in user.get_upload_history(1)]))
if task == "delete": print(json.dumps(user.delete(argument)))
`;
    const smms = (base: string, token: string, task: string, argument = '') =>
      python.script(SMMS, [bed.mountUrl + base, token, task, argument]);

    it.each(['/api/v2/', '/api/v1/file/'])('uploads, lists and removes at %s', async (base) => {
      const token = await bed.createToken({ scopes: ['upload', 'list', 'delete'] });
      const uploaded = JSON.parse((await smms(base, token, 'upload', file('测试 图片.png'))).stdout);
      expect(uploaded).toMatchObject({ size: picture.length, filename: '测试 图片.png' });
      await expectLinks(uploaded.url);
      expect(JSON.parse((await smms(base, token, 'profile')).stdout)).toMatchObject({ email: 'wxm@example.com' });
      const history = JSON.parse((await smms(base, token, 'history')).stdout);
      expect(history.map(({ url }: { url: string }) => url)).toContain(uploaded.url);
      expect(JSON.parse((await smms(base, token, 'delete', uploaded.hash)).stdout)).toMatchObject({ success: true });
      expect((await fetch(uploaded.url)).status).toBe(404);
    });

    it('fails with a wrong token', async () => {
      const { exitCode, stdout } = await smms('/api/v2/', wrong, 'upload', file('second.png'));
      expect([exitCode, stdout]).toEqual([1, '']);
    });
  });

  describe('pysmms', () => {
    /** Its addresses are constants of its modules, and nothing else of it can be set. */
    const PYSMMS = `
import sys
import pysmms.upload, pysmms.profile
from pysmms.pysmms import app
base = sys.argv.pop(1)
pysmms.upload.upload_url = base + "upload"
pysmms.profile.profile_url = base + "profile"
app()
`;
    const pysmms = async (token: string, argument: string) => {
      await writeFile(join(home, '.pysmms'), `[sm.ms]\nauth = ["${token}"]\n`);
      return python.script(PYSMMS, [`${bed.mountUrl}/api/v2/`, argument]);
    };

    it('shows name, link and delete link', async () => {
      const { stderr } = await pysmms(bed.token, file('测试 图片.png'));
      expect(stderr).toMatch(/测试 图片\.png/);
      expect(stderr).toContain('/imagepic/delete/');
      await expectLinks(stderr);
    });

    it('shows the profile', async () => {
      const { stdout } = await pysmms(await bed.createToken({ scopes: ['upload', 'list', 'delete'] }), 'profile');
      expect(stdout).toMatch(/王小明.*wxm@example\.com.*MB/s);
    });

    it('shows our sentence about a wrong token', async () => {
      expect((await pysmms(wrong, file('second.png'))).stderr).toContain('token 不正确');
    });
  });

  describe('sharex-cli', () => {
    const sharex = async (token: string) => {
      const { config } = (await bed.call('client/config', { client: 'sharex' }, bed.session)).json.data;
      const settings = { ...config, Headers: { Authorization: `Bearer ${token}` } };
      await writeFile(join(home, '.config/sharex-cli/config.json'), JSON.stringify(settings));
      return python.onTerminal('sharex', ['-nc', '-nl', file('测试 图片.png')]);
    };

    it('prints the link', async () => {
      await expectLinks(stripVTControlCharacters((await sharex(bed.token)).stdout));
    });

    it('prints our sentence about a wrong token', async () => {
      const { exitCode, stdout } = await sharex(wrong);
      expect(exitCode).toBe(1);
      expect(stdout).toContain('401');
      expect(stdout).toContain('token 不正确');
    });
  });
});
