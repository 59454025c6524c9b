import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../support/bed.ts';
import { buildFunction, collect, type FunctionProcess, loadFunction } from '../../support/built-function.ts';
import { makePng } from '../../support/png.ts';
import type { TempFolder } from '../../support/temp-folder.ts';

const run = promisify(execFile);
const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
const REGISTRATION = { ...PERSON, name: '王小明', tfs: '', email: 'wxm@example.com' };
const PICTURE = makePng(40, 30);

let folder: TempFolder;

beforeAll(async () => {
  folder = await buildFunction();
  await run('npm', ['install', '--omit=dev', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: folder.path });
}, 180_000);
afterAll(() => folder.remove());

/** Calls the function in one of the ways that the platform has. */
type Way = (built: FunctionProcess, url: string, data: object, token?: string) => Promise<Answer>;

const byCall: Way = async (built, url, data, token) =>
  // Whatever main answers is an envelope; the tests look into it.
  (await built.main({ ...data, $url: url, ...(token !== undefined && { $token: token }) })) as Answer;

const byHttp: Way = async (built, url, data, token) => {
  const response = await built.main({
    path: `/imagepic/${url}`,
    httpMethod: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    queryStringParameters: {},
    requestContext: { requestId: 'h-1', envId: 'env' },
    body: JSON.stringify(data),
    isBase64Encoded: false,
  });
  return JSON.parse((response as { body: string }).body);
};

/** The line that tells of the start; what the function goes without is told before. */
async function readStart(stdout: Readable, output: { readonly stdout: string }): Promise<{ readonly url: string }> {
  for (;;) {
    await once(stdout, 'data');
    const lines = output.stdout.split('\n').slice(0, -1);
    const start = lines.map((line) => JSON.parse(line)).find(({ event }) => event === 'listening');
    if (start !== undefined) return start;
  }
}

describe('the function, installed in an empty folder', () => {
  it('has the native code for this machine and no package of development', async () => {
    const packages = await readdir(join(folder.path, 'node_modules', '@node-rs'));
    expect(packages).toContain('argon2');
    if (process.platform === 'linux' && process.arch === 'x64') {
      expect(packages.some((name) => /^argon2-linux-x64-(gnu|musl)$/.test(name))).toBe(true);
    }
    expect(await readdir(join(folder.path, 'node_modules'))).not.toContain('vitest');
    expect(await readdir(folder.path)).not.toContain('.env');
  });

  it.each([
    ['calls', byCall],
    ['HTTP', byHttp],
  ])('registers, signs in, stores a picture and shows it, by %s', async (name, send) => {
    const built = await loadFunction(folder.path, { IMAGEPIC_DATA_DIR: join(folder.path, `data of ${name}`) });
    expect(await send(built, 'auth/register', REGISTRATION)).toMatchObject({ code: '0' });
    const { data: session } = await send(built, 'auth/login', PERSON);
    const stored = await send(
      built,
      'object/putObject',
      { bucketName: 'images', objectName: '相册/猫.png', base64: PICTURE.toString('base64') },
      session.token,
    );
    expect(stored).toMatchObject({ code: '0', data: { objectName: '相册/猫.png', contentType: 'image/png' } });
    const shown = await built.main({
      path: '/i/images/%E7%9B%B8%E5%86%8C/%E7%8C%AB.png',
      httpMethod: 'GET',
      headers: {},
      queryStringParameters: {},
      requestContext: {},
      body: '',
    });
    expect(shown).toMatchObject({
      statusCode: 200,
      isBase64Encoded: true,
      headers: { 'content-type': 'image/png' },
      body: PICTURE.toString('base64'),
    });
    await built.close();
    expect(built.output.stderr).toBe('');
    for (const line of built.output.stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('event');
    expect(built.output.stdout).not.toContain(PERSON.upwd);
  });

  it('serves the same by server.js until it is told to stop', async () => {
    const child = spawn(process.execPath, ['server.js'], {
      cwd: folder.path,
      env: { PATH: process.env['PATH'], PORT: '0', IMAGEPIC_DATA_DIR: join(folder.path, 'data of the server') },
    });
    const output = collect(child);
    const { url } = await readStart(child.stdout, output);
    const post = async (route: string, body: RequestInit['body'], headers: Record<string, string>) =>
      (await fetch(`${url}/${route}`, { method: 'POST', body: body ?? null, headers })).json();
    const json = { 'content-type': 'application/json' };
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ data: { state: 'up' } });
    expect(await post('auth/register', JSON.stringify(REGISTRATION), json)).toMatchObject({ code: '0' });
    const { data } = (await post('auth/login', JSON.stringify(PERSON), json)) as Answer;
    const form = new FormData();
    form.append('file', new File([PICTURE], 'a.png', { type: 'image/png' }));
    form.append('bucketName', 'images');
    const stored = (await post('object/putObject', form, { authorization: `Bearer ${data.token}` })) as Answer;
    expect(Buffer.from(await (await fetch(stored.data.url)).arrayBuffer())).toEqual(PICTURE);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(output.stderr).toBe('');
    for (const line of output.stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('event');
  });

  it('says in words what is wrong with its configuration, and ends', async () => {
    const child = spawn(process.execPath, ['server.js'], {
      cwd: folder.path,
      env: { PATH: process.env['PATH'], PORT: 'eighty', IMAGEPIC_SECRET: 'short' },
    });
    const output = collect(child);
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(output.stderr).toMatch(/PORT must be .*\n.*IMAGEPIC_SECRET must be at least 32/);
  });
});
