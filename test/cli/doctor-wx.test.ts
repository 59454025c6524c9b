import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doctorWx } from '../../src/cli/doctor-wx.ts';
import { run } from '../../src/cli/run.ts';
import type { Language, Terminal } from '../../src/cli/terminal.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const CONFIG = { appid: 'wx0123456789abcdef', miniprogramRoot: 'miniprogram/', setting: { packNpmManually: true } };
const BED = 'https://img.example.com/imagepic';

let folder: TempFolder;
beforeEach(async () => {
  folder = await makeTempFolder();
});
afterEach(() => folder.remove());

const write = async (name: string, content: unknown): Promise<void> => {
  const path = join(folder.path, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
};

function openTerminal(env: Readonly<Record<string, string>> = {}) {
  const printed: string[] = [];
  const print = (text: string) => void printed.push(text);
  const about = { home: folder.path, stdin: process.stdin, canAsk: false, isWatched: false, now: () => 0 };
  const terminal: Terminal = { env, ...about, print, printError: print };
  return { terminal, printed };
}

async function diagnose(bedUrl: string | undefined = BED, language: Language = 'en') {
  const { terminal, printed } = openTerminal();
  const exitCode = await doctorWx(terminal, { project: folder.path, bedUrl }, language);
  const of = (sign: string) => printed.filter((line) => line.startsWith(sign)).join('');
  return { exitCode, bad: of('✗'), good: of('✓'), look: of('→') };
}

async function makeProject(): Promise<void> {
  await write('project.config.json', CONFIG);
  await write('miniprogram/app.json', { pages: ['pages/index'] });
  await write('package.json', { dependencies: { imagepic: '0.1.0' } });
  await write('miniprogram/miniprogram_npm/imagepic/index.js', '');
}

describe('imagepic doctor wx', () => {
  it('finds nothing to mend in a project that has all, and says what the console must have', async () => {
    await makeProject();

    const found = await diagnose();

    expect(found).toMatchObject({ exitCode: 0, bad: '' });
    expect(found.look).toContain('https://img.example.com to request, uploadFile and downloadFile');
    expect(found.look).toContain('wx.chooseMedia');
  });

  it.each([
    ['no mini-program at all', undefined, 'project.config.json'],
    ['settings that are no JSON', '{', 'project.config.json'],
    ['settings that are no object', '[]', 'project.config.json'],
  ])('says that a folder is %s', async (_, config, told) => {
    if (config !== undefined) await write('project.config.json', config);

    expect(await diagnose()).toMatchObject({ exitCode: 1, bad: expect.stringContaining(told) });
  });

  it.each([
    ['touristappid', 'no real AppID'],
    ['', 'no real AppID'],
    [42, 'no real AppID'],
  ])('says that %j is no AppID, unless one’s own settings have one', async (appid, told) => {
    await makeProject();
    await write('project.config.json', { ...CONFIG, appid });
    expect((await diagnose()).bad).toContain(told);

    await write('project.private.config.json', `\ufeff${JSON.stringify({ appid: CONFIG.appid })}`);
    expect(await diagnose()).toMatchObject({ exitCode: 0, bad: '' });
  });

  it('says where app.json was looked for', async () => {
    await makeProject();
    await write('miniprogram/app.json', { pages: [] });

    expect((await diagnose()).bad).toContain(join('miniprogram', 'app.json'));
  });

  it('says how the client is built, and where npm has to be told of its folder', async () => {
    await write('project.config.json', { ...CONFIG, setting: {} });
    await write('miniprogram/app.json', { pages: ['pages/index'] });
    expect((await diagnose()).look).toContain('imagepic is no dependency');

    await write('package.json', { dependencies: { imagepic: '0.1.0' } });
    const outside = await diagnose();
    expect(outside.bad).toContain('packNpmRelationList');
    expect(outside.bad).toContain('构建 npm');

    await write('miniprogram/package.json', { dependencies: { imagepic: '0.1.0' } });
    const inside = await diagnose();
    expect(inside.bad).not.toContain('packNpmRelationList');
    expect(inside.bad).toContain('构建 npm');
  });

  it.each(['http://img.example.com/imagepic', 'https://203.0.113.7/imagepic', 'https://localhost/imagepic'])(
    'says that %s can be no domain',
    async (url) => {
      await makeProject();

      expect(await diagnose(url)).toMatchObject({ exitCode: 1, bad: expect.stringContaining(new URL(url).origin) });
    },
  );

  it('warns of developer tools that look at no domain', async () => {
    await makeProject();
    await write('project.private.config.json', { setting: { urlCheck: false } });

    expect((await diagnose()).look).toContain('urlCheck');
  });

  it('is called by its name, in both languages, and knows the bed of IMAGEPIC_URL', async () => {
    await makeProject();
    const never = async () => Promise.reject(new Error('not needed'));
    const { terminal, printed } = openTerminal({ IMAGEPIC_URL: BED });

    expect(await run(['doctor', 'wx', folder.path, '--lang', 'zh'], terminal, never)).toBe(0);
    expect(await run(['doctor', 'wx', 'a', 'b'], terminal, never)).toBe(2);

    expect(printed.join('')).toContain('合法域名都加上 https://img.example.com');
  });
});
