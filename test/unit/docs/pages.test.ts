import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../../../src/contract/contract.ts';
import { type RunningServer, startServer } from '../../support/running-server.ts';

const PAGES = ['README.md', 'src/README.md', ...readdirSync('.github').map((name) => `.github/${name}`)].filter(
  (path) => path.endsWith('.md'),
);
const README = readFileSync('README.md', 'utf8');
const MINI_PROGRAMS = readFileSync('.github/MINI-PROGRAMS.md', 'utf8');
const scripts = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).scripts);

/** The blocks of one language, in their order. */
const blocks = (text: string, language: string): readonly string[] =>
  [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].flatMap(([, kind, code = '']) => (kind === language ? [code] : []));

let bed: RunningServer;
beforeAll(async () => {
  bed = await startServer();
});
afterAll(() => bed.close());

describe.each(PAGES)('%s', (path) => {
  const text = readFileSync(path, 'utf8');

  it('links to files that there are', () => {
    const targets = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
    const local = targets.filter((target) => !/^[a-z]+:/.test(target));
    expect(local.filter((target) => !existsSync(join(dirname(path), target)))).toEqual([]);
  });

  it('names scripts that there are, and lets nobody run a package that is not ours', () => {
    const named = [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
    expect(text).not.toMatch(/npx (?:--yes |-y )?imagepic/);
  });
});

describe('the README', () => {
  it('is short, begins in two languages, and starts and tests in one line each', () => {
    expect(README.split('\n').length).toBeLessThan(250);
    expect(README).toContain('\n## 中文\n');
    expect(blocks(README, 'sh').slice(0, 2)).toEqual(['npm ci && npm start\n', 'npm ci && npm test\n']);
  });

  it('has a walk that works as it is copied', async () => {
    const walk = blocks(README, 'sh').find((block) => block.startsWith('BED=')) ?? '';
    const here = walk.replace(/^BED=.*$/m, `BED=${bed.mountUrl}`);
    expect(here).not.toBe(walk);
    const { stdout } = await promisify(execFile)('bash', ['-euc', here]);
    const codes = [...stdout.matchAll(/"code":"(-?\d+)"/g)].map(([, code]) => code);
    expect(codes).toEqual(Array(8).fill('0'));
    expect(stdout).toContain('HTTP/1.1 200');
  });
});

describe('the page on mini-programs', () => {
  it('O7 has code that signs in and uploads, and says why when it cannot', async () => {
    const person = { name: 'M', email: 'mini@example.com', phone: '13900139000', upwd: 'quiet river 19' };
    const registered = await post(`${bed.mountUrl}/auth/register`, person);
    // Somebody is the admin by now, or this one is.
    expect(registered).toMatchObject({ success: true });
    const code = blocks(MINI_PROGRAMS, 'js')
      .join('')
      .replace(/const BED = .*;/, `const BED = '${bed.mountUrl}';`);
    const { signIn, upload } = new Function('wx', `${code}; return { signIn, upload };`)(wx);
    const link = await upload(await signIn(person.phone, person.upwd));
    expect((await fetch(link)).headers.get('content-type')).toBe('image/png');
    await expect(signIn(person.phone, 'another river 19')).rejects.toThrow();
    await expect(upload('ip_wrong')).rejects.toThrow(/\S/);
  });

  it('names routes that there are', () => {
    const named = [...MINI_PROGRAMS.matchAll(/\b(?:auth|object)\/\w+/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(4);
    expect(named.filter((name) => !Object.hasOwn(contract, name))).toEqual([]);
  });
});

const post = async (url: string, data: unknown): Promise<unknown> => {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(data) })).json();
};

interface WxRequest {
  readonly url: string;
  readonly data?: unknown;
  readonly header?: Record<string, string>;
  readonly name?: string;
  readonly filePath?: string;
  readonly success: (response: { readonly statusCode?: number; readonly data: unknown }) => void;
  readonly fail: (error: unknown) => void;
}

/** What the platform gives a mini-program, as far as the page uses it, over real HTTP. */
const wx = {
  chooseMedia: async () => ({ tempFiles: [{ tempFilePath: 'test/support/图片 示例.png' }] }),
  request: ({ url, data, success, fail }: WxRequest): void => {
    post(url, data).then((answer) => success({ data: answer }), fail);
  },
  uploadFile: ({ url, header = {}, name = '', filePath = '', success, fail }: WxRequest): void => {
    const body = new FormData();
    body.append(name, new Blob([readFileSync(filePath)], { type: 'image/png' }), 'tmp.png');
    fetch(url, { method: 'POST', headers: header, body })
      .then(async (response) => success({ statusCode: response.status, data: await response.text() }))
      .catch(fail);
  },
};
