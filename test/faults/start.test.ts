import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildFunction } from '../support/built-function.ts';
import type { TempFolder } from '../support/temp-folder.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const NOBODY = 65_534;

let folder: string;
let left: ChildProcess | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imagepic-start-'));
});
afterEach(async () => {
  if (left !== undefined && isAlive(left)) process.kill(-Number(left.pid), 'SIGKILL');
  left = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** Whether anybody of the group that `child` leads is left. */
function isAlive({ pid }: ChildProcess): boolean {
  try {
    return process.kill(-Number(pid), 0);
  } catch {
    return false;
  }
}

interface Started {
  readonly npm: ChildProcess;
  readonly mountUrl: string;
  readonly lines: readonly string[];
  /** Resolves when a line has come that has `text`. */
  said(text: string): Promise<void>;
}

/** Does what README says first, in a group of its own as a terminal would. */
async function startByNpm(env: Readonly<Record<string, string>> = {}): Promise<Started> {
  const npm = spawn('npm', ['start'], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', IMAGEPIC_DATA_DIR: folder, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  left = npm;
  const lines: string[] = [];
  const reader = createInterface({ input: npm.stdout }).on('line', (line) => lines.push(line));
  const said = async (text: string): Promise<void> => {
    while (!lines.some((line) => line.includes(text))) await once(reader, 'line');
  };
  await said('Next: open ');
  return { npm, lines, said, mountUrl: /listens on (\S+)/.exec(lines.join('\n'))?.[1] ?? '' };
}

interface Begun {
  /** Sends the rest and gives the status of the answer. */
  finish(): Promise<number | undefined>;
  /** Resolves when the connection is gone without an answer. */
  readonly lost: Promise<unknown>;
}

/** A request whose body is still to come. */
async function begin(mountUrl: string): Promise<Begun> {
  const headers = { 'content-type': 'application/json', 'content-length': '2' };
  const upload = request(`${mountUrl}/auth/login`, { method: 'POST', headers });
  upload.flushHeaders();
  const lost = new Promise((resolve) => upload.once('error', resolve));
  // The first byte is there when a whole request that was sent after it has its answer.
  upload.write('{');
  await fetch(`${mountUrl}/health`);
  const finish = async (): Promise<number | undefined> => {
    const answer = once(upload, 'response');
    upload.end('}');
    const [response] = await answer;
    response.resume();
    return response.statusCode;
  };
  return { finish, lost };
}

describe('npm start', () => {
  it.each([
    ['SIGTERM to npm', 'SIGTERM', (pid: number) => pid],
    ['SIGINT to npm', 'SIGINT', (pid: number) => pid],
    ['Ctrl-C in a terminal, which npm and the server both hear', 'SIGINT', (pid: number) => -pid],
  ] as const)('O9 on %s finishes what is under way and leaves nobody and no port behind', async (_, signal, toPid) => {
    const { npm, mountUrl, said } = await startByNpm();
    const { finish } = await begin(mountUrl);
    const ended = once(npm, 'exit');
    process.kill(toPid(Number(npm.pid)), signal);
    await said('"event":"stopping"');
    expect(await finish()).toBe(400);
    await ended;
    await expect.poll(() => isAlive(npm), { timeout: 5000 }).toBe(false);
    await expect(fetch(`${mountUrl}/health`)).rejects.toThrow();
  });

  it('says which data folder it has, as an absolute path, and whether it is new', async () => {
    for (const state of ['new', 'opened']) {
      const { npm, lines } = await startByNpm({ IMAGEPIC_DATA_DIR: relative(ROOT, folder) });
      expect(lines.join('\n')).toContain(`with the data folder ${folder} (${state})`);
      npm.kill('SIGTERM');
      await once(npm, 'exit');
    }
  });

  it('ends at once when it is asked a second time', async () => {
    const { npm, mountUrl, said } = await startByNpm();
    const { lost } = await begin(mountUrl);
    const ended = once(npm, 'exit');
    npm.kill('SIGTERM');
    await said('"event":"stopping"');
    const since = performance.now();
    const again = setInterval(() => npm.kill('SIGTERM'), 700);
    await ended;
    clearInterval(again);
    expect(performance.now() - since).toBeLessThan(5000);
    await expect.poll(() => isAlive(npm), { timeout: 5000 }).toBe(false);
    await lost;
  });

  it('O9 is the server of README: it knows its proxies, and all else that it writes is lines of JSON', async () => {
    const { npm, mountUrl, lines } = await startByNpm({ IMAGEPIC_PROXIES: '1' });
    const post = async (path: string, data: object, headers: Readonly<Record<string, string>> = {}) => {
      const body = JSON.stringify(data);
      const response = await fetch(`${mountUrl}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      return (await response.json()) as { readonly data: Readonly<Record<string, string>> };
    };
    const person = { phone: '13800138000', upwd: 'correct horse 7' };
    await post('auth/register', { ...person, name: 'P', tfs: '', email: 'p@example.com' });
    const { token = '' } = (await post('auth/login', person)).data;
    const asked = { bucketName: 'images', objectName: 'a.png', contentType: 'image/png', size: 70 };
    const forwarded = {
      authorization: `Bearer ${token}`,
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '203.0.113.9',
    };
    expect((await post('object/presignedPutObject', asked, forwarded)).data['url']).toMatch(/^https:/);
    npm.kill('SIGTERM');
    await once(npm, 'exit');
    const log = lines
      .slice(lines.findIndex((line) => line.startsWith('{')))
      .filter((line) => !/^(imagepic listens|The |Everybody |Nobody |Next:)/.test(line));
    for (const line of log) expect(JSON.parse(line)).toHaveProperty('event');
    expect(log.length).toBeGreaterThan(3);
  });
});

let built: TempFolder;
beforeAll(async () => {
  built = await buildFunction();
  await chmod(built.path, 0o755);
});
afterAll(() => built.remove());

/** Starts the built server; as a user without rights where the test has them all. */
async function startToFail(
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: unknown; readonly told: string }> {
  const isRoot = process.getuid?.() === 0;
  const child = spawn(process.execPath, ['server.js'], {
    cwd: built.path,
    env: { PATH: process.env['PATH'], PORT: '0', IMAGEPIC_DATA_DIR: join(folder, 'data'), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
  });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    told += text;
  });
  const [code] = await once(child, 'close');
  return { code, told };
}

describe('the built server', () => {
  beforeEach(() => chmod(folder, 0o777));

  it('O4 reads .env where it is started, says so, and lets the shell go before it', async () => {
    await writeFile(join(folder, '.env'), `PORT=1\nIMAGEPIC_MOUNT=/pics\nIMAGEPIC_DATA_DIR=${join(folder, 'data')}\n`);
    const child = spawn(process.execPath, [join(built.path, 'server.js')], {
      cwd: folder,
      env: { PATH: process.env['PATH'], PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: { readonly event: string }[] = [];
    const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
    // What it goes without is told before.
    while (!lines.some(({ event }) => event === 'listening')) await once(reader, 'line');
    child.kill('SIGTERM');
    expect(lines.find(({ event }) => event === 'listening')).toMatchObject({
      url: expect.stringMatching(/:(?!1\/)\d+\/pics$/),
      envFile: join(folder, '.env'),
      registration: 'open',
    });
  });

  it('O4 does not start with a variable that is none', async () => {
    const told = await startToFail({ IMAGEPIC_REGISTRATON: 'closed' });
    expect(told).toMatchObject({ code: 1, told: expect.stringContaining('did you mean IMAGEPIC_REGISTRATION?') });
  });
});

describe('O5 the built server, where it cannot start, ends with 1 and says why in a line', () => {
  beforeEach(() => chmod(folder, 0o777));

  it.each([
    ['a data folder that is a file', 'file', ['ENOTDIR', 'file']],
    ['a data folder below a file', 'file/x', ['ENOTDIR', 'file/x']],
    ['a data folder that it may not write to', 'read-only', ['EACCES', 'read-only']],
    ['a data folder that it may not read', 'hidden', ['EACCES', 'hidden']],
  ])('for %s', async (_, name, parts) => {
    await writeFile(join(folder, 'file'), '');
    await mkdir(join(folder, 'read-only'), { mode: 0o555 });
    await mkdir(join(folder, 'hidden'), { mode: 0o000 });
    const { code, told } = await startToFail({ IMAGEPIC_DATA_DIR: join(folder, name) });
    expect(code).toBe(1);
    for (const part of [...parts, 'IMAGEPIC_DATA_DIR']) expect(told).toContain(part);
    expect(told.trim()).not.toContain('\n');
  });

  it('for a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    // A listening TCP server has an address of this kind.
    const { port } = other.address() as AddressInfo;
    const { code, told } = await startToFail({ PORT: String(port) });
    other.close();
    expect(code).toBe(1);
    expect(told).toMatch(new RegExp(`^Something listens on 127\\.0\\.0\\.1:${port} already.*PORT.*\n$`));
  });

  it.each([
    ['a host that is nowhere', { HOST: 'nope.invalid' }, /^HOST is nope\.invalid.*\n$/],
    ['what only npm start can do', { IMAGEPIC_EMULATE_LIMITS: '1' }, /^IMAGEPIC_EMULATE_LIMITS is for npm start.*\n$/],
    ['a port that is none', { PORT: 'abc' }, /^Configuration:\n- PORT must be a port from 0 to 65535\n$/],
  ])('for %s', async (_, env, told) => {
    expect(await startToFail(env)).toEqual({ code: 1, told: expect.stringMatching(told) });
  });

  it('for a secret that is damaged', async () => {
    const secret = join(folder, 'data/documents/settings/2bb');
    await mkdir(secret, { recursive: true });
    await writeFile(join(secret, 'secret.json'), '{"revision":"1","doc":{"key":1}}');
    for (const path of ['data', 'data/documents', 'data/documents/settings', 'data/documents/settings/2bb']) {
      await chmod(join(folder, path), 0o777);
    }
    const { code, told } = await startToFail({});
    expect(code).toBe(1);
    expect(told).toMatch(/^The secret of this bed in \S+\/data cannot be read .*IMAGEPIC_SECRET.*\n$/);
  });
});
