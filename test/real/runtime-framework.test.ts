import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../support/bed.ts';
import { buildFunction, collect } from '../support/built-function.ts';
import { makePng } from '../support/png.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const FRAMEWORK = '@cloudbase/functions-framework@1.18.0';
/** It listens on every address of the machine otherwise, and has no option against that. */
const LOOPBACK = `
const { Server } = require('node:net');
const { listen } = Server.prototype;
Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, port, '127.0.0.1', ...rest.filter((argument) => typeof argument === 'function'));
};`;
const JSON_TYPE = 'application/json';
const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };

let home: TempFolder;
let built: TempFolder;
let server: ChildProcess;
let output: { stdout: string; stderr: string };
let origin: string;

async function findPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

beforeAll(async () => {
  [home, built] = await Promise.all([makeTempFolder(), buildFunction()]);
  const run = promisify(execFile);
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];
  // Some 220 packages, which only this test has a use for.
  await writeFile(join(home.path, 'package.json'), '{"private":true}');
  await run('npm', ['install', ...quiet, FRAMEWORK], { cwd: home.path });
  await run('npm', ['install', '--omit=dev', ...quiet], { cwd: built.path });
  await writeFile(join(home.path, 'loopback.cjs'), LOOPBACK);
  const port = await findPort();
  origin = `http://127.0.0.1:${port}`;
  server = spawn(
    process.execPath,
    [
      ...['--require', join(home.path, 'loopback.cjs'), resolve(home.path, 'node_modules/.bin/tcb-ff')],
      ...[
        `--port=${port}`,
        `--source=${join(built.path, 'index.js')}`,
        '--target=main',
        `--logDirname=${home.path}/logs`,
      ],
    ],
    { cwd: home.path, env: { PATH: process.env['PATH'], IMAGEPIC_DATA_DIR: join(home.path, 'data') } },
  );
  output = collect(server);
  while (!output.stdout.includes('Server listening')) {
    if (server.stdout === null || server.exitCode !== null) throw new Error(output.stderr);
    await once(server.stdout, 'data');
  }
}, 240_000);
afterAll(async () => {
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
  await Promise.all([home.remove(), built.remove()]);
});

const post = async (body: RequestInit['body'], type = JSON_TYPE): Promise<Response> =>
  fetch(origin, { method: 'POST', headers: { 'content-type': type }, body: body ?? null });

const call = async ($url: string, input: object = {}): Promise<Answer> =>
  // What the function answers is an envelope; the tests look into it.
  (await (await post(JSON.stringify({ $url, ...input }))).json()) as Answer;

describe('behind functions-framework, the built function', () => {
  it('answers posts of { $url }', async () => {
    const registration = { ...PERSON, name: '王小明', tfs: '', email: 'wxm@example.com' };
    expect(await call('auth/register', registration)).toMatchObject({ code: '0' });
    const { data } = await call('auth/login', PERSON);
    const base64 = makePng(20, 20).toString('base64');
    const place = { bucketName: 'images', objectName: 'a.png' };
    expect(await call('object/putObject', { $token: data.token, ...place, base64 })).toMatchObject({ code: '0' });
    expect(await call('object/getObject', { $token: data.token, ...place })).toMatchObject({ data: { base64 } });
  });

  it.each([
    ['a route that is not there', JSON.stringify({ $url: 'auth/nothing' }), JSON_TYPE, 'NoSuchRoute'],
    ['nothing', '', JSON_TYPE, 'InvalidArgument'],
    ['a list', '[1]', JSON_TYPE, 'InvalidArgument'],
    ['text', '{"$url":"health"}', 'text/plain', 'InvalidArgument'],
    ['bytes', Buffer.alloc(1_000_000), 'application/octet-stream', 'InvalidArgument'],
    ['what looks like a request', JSON.stringify(request()), JSON_TYPE, 'InvalidArgument'],
    ['what looks like the timer', '{"Type":"Timer","TriggerName":"sweep"}', JSON_TYPE, 'InvalidArgument'],
  ])('answers %s with an envelope', async (_, body, type, error) => {
    const response = await post(body, type);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ code: '-1', success: false, error });
  });

  it('answers a request without a body too', async () => {
    expect(await (await fetch(origin)).json()).toMatchObject({ success: false, error: 'InvalidArgument' });
  });

  it('writes lines of JSON beside those of the framework', () => {
    const lines = output.stdout.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ event: expect.any(String) });
    expect(output.stdout + output.stderr).not.toContain(PERSON.upwd);
  });
});

function request(): object {
  return { path: '/health', httpMethod: 'GET', headers: {}, queryStringParameters: {}, requestContext: {}, body: '' };
}
