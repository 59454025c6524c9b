import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { type BuiltCommandLine, buildCommandLine } from '../support/built-command-line.ts';
import { makePng } from '../support/png.ts';
import { type RunningServer, startServer } from '../support/running-server.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };

let commandLine: BuiltCommandLine;
let server: RunningServer;
let folder: TempFolder;

beforeAll(async () => {
  folder = await makeTempFolder();
  commandLine = await buildCommandLine();
  server = await startServer();
  await post('auth/register', { name: '王小明', tfs: 'wxm', email: 'wxm@example.com', ...PERSON });
  expect(await cli(['login', server.mountUrl, '--phone', PERSON.phone], { input: `${PERSON.upwd}\n` })).toMatchObject({
    exitCode: 0,
    stdout: '',
  });
});

afterAll(async () => {
  await server?.close();
  await folder?.remove();
  await commandLine?.remove();
});

interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

function start(args: readonly string[], { env = {} }: RunOptions = {}) {
  return spawn(process.execPath, [commandLine.program, ...args], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], LANG: 'en_US.UTF-8', XDG_CONFIG_HOME: join(folder.path, 'config'), ...env },
  });
}

async function cli(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const child = start(args, options);
  child.stdin.end(options.input ?? '');
  const exit = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [exitCode] = await exit;
  return { exitCode, stdout, stderr };
}

async function post(route: string, input: object, token?: string, bed = server) {
  const response = await fetch(`${bed.mountUrl}/${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(input),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  const answer: any = await response.json();
  if (!answer.success) throw new Error(JSON.stringify(answer));
  return answer.data;
}

/** Writes a picture unlike any other. */
async function picture(name: string, side = 12): Promise<Buffer> {
  const bytes = makePng(side, side, { noise: true });
  await writeFile(join(folder.path, name), bytes);
  return bytes;
}

const lines = (output: string): string[] => output.split('\n').filter((line) => line !== '');
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32);
const linkOf = (bytes: Uint8Array): string => `${server.mountUrl}/i/images/cli/${hashOf(bytes)}.png`;
const download = async (url: string): Promise<Buffer> => Buffer.from(await (await fetch(url)).arrayBuffer());
const credentialsPath = (): string => join(folder.path, 'config/imagepic/credentials.json');
const readToken = async (): Promise<string> => JSON.parse(await readFile(credentialsPath(), 'utf8')).token;
/** How many requests a route has had; a change is logged and audited. */
const callsOf = (url: string, since = 0): number => {
  const logged = server.log.slice(since).map((line) => JSON.parse(line));
  return new Set(logged.filter(({ $url }) => $url === url).map(({ requestId }) => requestId)).size;
};

describe('imagepic login', () => {
  it("keeps a token of its own for its owner's eyes only, and not the password", async () => {
    const kept = await readFile(credentialsPath(), 'utf8');
    expect(JSON.parse(kept)).toEqual({
      url: server.mountUrl,
      token: expect.stringMatching(/^ip_/),
      tokenId: expect.any(String),
    });
    expect((await stat(credentialsPath())).mode & 0o777).toBe(0o600);
  });

  it('refuses a wrong password with the words of the server and code 3', async () => {
    const run = await cli(['login', server.mountUrl, '--phone', PERSON.phone], { input: 'wrong horse 8\n' });
    expect(run).toMatchObject({ exitCode: 3, stdout: '' });
    expect(run.stderr).toMatch(/^imagepic: .+ \(InvalidCredentials\)\n$/);
  });

  it('is asked for by everything else, with code 3', async () => {
    const env = { XDG_CONFIG_HOME: join(folder.path, 'nobody') };
    expect(await cli(['list'], { env })).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('imagepic login'),
    });
    expect(await cli(['list', '--lang', 'zh'], { env })).toMatchObject({ stderr: expect.stringContaining('尚未登录') });
  });

  it('is good for the bed that gave the token and for no other', async () => {
    const run = await cli(['list', '--url', 'http://127.0.0.1:1/imagepic']);
    expect(run).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('Not logged in') });
  });

  it('gives way to the environment, and that to the options', async () => {
    const token = await readToken();
    const wrong = { IMAGEPIC_URL: server.mountUrl, IMAGEPIC_TOKEN: 'ip_wrong' };
    expect(await cli(['list'], { env: wrong })).toMatchObject({ exitCode: 3 });
    expect(await cli(['list', '--token', token], { env: wrong })).toMatchObject({ exitCode: 0 });
  });
});

describe('imagepic upload', () => {
  it('prints one link a line in the order of the files, large and Chinese-named ones included', async () => {
    const large = await picture('large.png', 1900);
    const chinese = await picture('图片 示例.png');
    const small = await picture('small.png');
    const run = await cli(['upload', 'large.png', '图片 示例.png', 'small.png']);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(lines(run.stdout)).toEqual([large, chinese, small].map(linkOf));
    expect((await download(linkOf(large))).equals(large)).toBe(true);
    expect((await download(linkOf(chinese))).equals(chinese)).toBe(true);
  });

  it('sends nothing again that is there, and prints its link all the same', async () => {
    const bytes = await picture('again.png');
    const first = await cli(['upload', '--keep-names', 'again.png']);
    const since = server.log.length;
    const second = await cli(['upload', '--keep-names', 'again.png', '--json']);
    expect(callsOf('object/putObject', since)).toBe(0);
    const objectName = `cli/${hashOf(bytes)}/again.png`;
    const url = first.stdout.trim();
    expect(JSON.parse(second.stdout)).toEqual([
      { file: 'again.png', url, objectName, size: bytes.length, skipped: true },
    ]);
  });

  it('links what is there just as the server does, whatever the name', async () => {
    await picture("a (1)'s 图!.png");
    const args = ['upload', '--keep-names', '--folder', '相册/b c', "a (1)'s 图!.png"];
    const first = await cli(args);
    expect(first).toMatchObject({ exitCode: 0 });
    expect((await cli(args)).stdout).toBe(first.stdout);
  });

  it('uploads again what was removed in between', async () => {
    const bytes = await picture('back.png');
    await cli(['upload', 'back.png']);
    expect(await cli(['rm', `cli/${hashOf(bytes)}.png`])).toMatchObject({ exitCode: 0 });
    expect(await cli(['upload', 'back.png'])).toMatchObject({ exitCode: 0 });
    expect((await download(linkOf(bytes))).equals(bytes)).toBe(true);
  });

  it('stores one picture once that is named twice', async () => {
    const bytes = await picture('one.png');
    await writeFile(join(folder.path, 'copy.png'), bytes);
    const since = server.log.length;
    const run = await cli(['upload', 'one.png', 'copy.png']);
    expect(lines(run.stdout)).toEqual([linkOf(bytes), linkOf(bytes)]);
    expect(callsOf('object/putObject', since)).toBe(1);
  });

  it.each([9, 1300])('reads a picture of %i pixels a side from standard input', async (side) => {
    const bytes = makePng(side, side, { noise: true });
    expect(await cli(['upload', '-'], { input: bytes })).toMatchObject({ exitCode: 0, stdout: `${linkOf(bytes)}\n` });
  });

  it('calls what it reads from standard input stdin, and a pipe what it is called', async () => {
    const bytes = makePng(9, 9, { noise: true });
    const [link = ''] = lines((await cli(['upload', '--keep-names', '-'], { input: bytes })).stdout);
    expect(link).toBe(`${server.mountUrl}/i/images/cli/${hashOf(bytes)}/stdin.png`);
    execFileSync('mkfifo', [join(folder.path, 'screenshot')]);
    const written = writeFile(join(folder.path, 'screenshot'), bytes);
    const run = await cli(['upload', '--keep-names', 'screenshot']);
    await written;
    expect(run).toMatchObject({ exitCode: 0, stdout: `${link.replace('/stdin.', '/screenshot.')}\n` });
  });

  it.each([
    ['markdown', (url: string) => `![\\[f\\]*.png](${url})`],
    ['html', (url: string) => `<img src="${url}" alt="[f]*.png">`],
    ['bbcode', (url: string) => `[img]${url}[/img]`],
  ])('prints links as %s', async (format, toLink) => {
    const bytes = await picture('[f]*.png');
    expect((await cli(['upload', '--format', format, '[f]*.png'])).stdout).toBe(`${toLink(linkOf(bytes))}\n`);
  });

  it('says what the server says of a file that is no picture, uploads the others and ends with 1', async () => {
    const bytes = await picture('good.png');
    await writeFile(join(folder.path, 'bad.png'), 'not a picture');
    await writeFile(join(folder.path, 'bad.bin'), Buffer.alloc(6 * 1024 * 1024, 7));
    const run = await cli(['upload', 'bad.png', 'good.png', 'bad.bin', 'none.png', '--lang', 'zh']);
    expect(run).toMatchObject({ exitCode: 1, stdout: `${linkOf(bytes)}\n` });
    const told = lines(run.stderr);
    expect(told).toHaveLength(3);
    expect(told[0]).toMatch(/^bad\.png: .*[\u4e00-\u9fff].* \(UnsupportedMediaType\)$/);
    expect(told[1]).toMatch(/^bad\.bin: .* \(UnsupportedMediaType\)$/);
    expect(told[2]).toBe('none.png: 没有这个文件 (ENOENT)');
  });

  it('tells programs of failures too', async () => {
    const run = await cli(['upload', '--json', 'none.png']);
    expect(run.exitCode).toBe(1);
    expect(JSON.parse(run.stdout)).toEqual([
      { file: 'none.png', error: { code: 'ENOENT', message: 'There is no such file' } },
    ]);
  });

  it('ends with 3 at a refused token, and says so once', async () => {
    await picture('refused.png');
    const files = Array.from({ length: 12 }, () => 'refused.png');
    const run = await cli(['upload', '--token', 'ip_wrong', ...files]);
    expect(run).toMatchObject({ exitCode: 3, stdout: '' });
    expect(lines(run.stderr)).toEqual([expect.stringMatching(/^imagepic: .* \(InvalidToken\)$/)]);
  });

  it('needs no more than a token that may upload', async () => {
    const session = await post('auth/login', PERSON);
    const { token } = await post('auth/createToken', { name: 'narrow', scopes: ['upload'] }, session.token);
    const bytes = await picture('narrow.png');
    const run = { exitCode: 0, stdout: `${linkOf(bytes)}\n` };
    expect(await cli(['upload', '--token', token, 'narrow.png'])).toMatchObject(run);
    expect(await cli(['upload', '--token', token, 'narrow.png'])).toMatchObject(run);
  });

  it("stores each picture once in a private bed, below the member's own prefix", async () => {
    const bed = await startServer({ IMAGEPIC_BED: 'private' });
    try {
      await post('auth/register', { name: 'A', tfs: '', email: 'a@example.com', ...PERSON }, undefined, bed);
      const member = { phone: '13900139000', upwd: 'another horse 8' };
      await post('auth/register', { name: 'B', tfs: '', email: 'b@example.com', ...member }, undefined, bed);
      const { token } = await post('auth/login', member, undefined, bed);
      await picture('private.png');
      await picture('private-large.png', 1300);
      const args = ['--url', bed.mountUrl, '--token', token];
      const first = await cli(['upload', ...args, 'private.png', 'private-large.png']);
      expect(first).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await cli(['upload', ...args, 'private.png', 'private-large.png'])).toEqual(first);
      const listed = lines((await cli(['list', ...args])).stdout);
      expect(listed.map((line) => /^u_\w+\/cli\//.test(line))).toEqual([true, true]);
    } finally {
      await bed.close();
    }
  });

  it('goes on with a large picture where a run before it was cut off', async () => {
    const token = await readToken();
    const bytes = await picture('resumed.png', 1900);
    const place = { bucketName: 'images', objectName: `cli/${hashOf(bytes)}.png` };
    const begun = { ...place, contentType: 'image/png', size: bytes.length };
    const { uploadId, partSize, parts } = await post('object/createMultipartUpload', begun, token);
    expect(parts).toBe(2);
    const { url } = await post('object/presignedUploadPart', { uploadId, partNumber: 1 }, token);
    expect((await fetch(url, { method: 'PUT', body: bytes.subarray(0, partSize) })).status).toBe(200);
    const since = server.log.length;
    expect(await cli(['upload', 'resumed.png'])).toMatchObject({ exitCode: 0, stdout: `${linkOf(bytes)}\n` });
    expect(callsOf('object/createMultipartUpload', since)).toBe(0);
    expect(callsOf('object/presignedUploadPart', since)).toBe(1);
    expect((await download(linkOf(bytes))).equals(bytes)).toBe(true);
    expect(await post('object/listMultipartUploads', { bucketName: 'images' }, token)).toEqual([]);
  });

  it('waits and tries again under the same idempotency key when the bed is busy or drops the line', async () => {
    const keys: (string | undefined)[] = [];
    const busy = createServer((request, response) => {
      request.resume().once('end', () => {
        if (request.url?.endsWith('whoami')) return void response.end('{"success":true,"data":{}}');
        if (!request.url?.endsWith('putObject')) return void response.writeHead(404).end('{"error":"NoSuchKey"}');
        keys.push(request.headersDistinct['idempotency-key']?.[0]);
        if (keys.length === 1) return void request.socket.destroy();
        if (keys.length === 2) return void response.writeHead(503, { 'retry-after': '1' }).end();
        response.end(
          JSON.stringify({ success: true, data: { url: 'https://bed/1.png', objectName: '1.png', size: 1 } }),
        );
      });
    });
    busy.listen(0, '127.0.0.1');
    await once(busy, 'listening');
    try {
      await picture('patient.png');
      // A listening TCP server has an address of this kind.
      const { port } = busy.address() as AddressInfo;
      const startedAt = performance.now();
      const run = await cli(['upload', '--url', `http://127.0.0.1:${port}`, '--token', 'ip_1', 'patient.png']);
      expect(run).toEqual({ exitCode: 0, stdout: 'https://bed/1.png\n', stderr: '' });
      expect(performance.now() - startedAt).toBeGreaterThan(1000);
      expect(keys).toEqual([keys[0], keys[0], keys[0]]);
      expect(keys[0]).toMatch(/^\S{16,}$/);
    } finally {
      busy.close();
    }
  });

  it('brings 200 files each once, killed in the middle and run again', async () => {
    const token = await readToken();
    const names = Array.from({ length: 200 }, (_, index) => `${index}.png`);
    const sides = names.map((_, index) => ([70, 130].includes(index) ? 1500 : 4 + (index % 40)));
    const pictures = await Promise.all(names.map((name, index) => picture(name, sides[index])));
    const links = pictures.map((bytes) => linkOf(bytes).replace('/cli/', '/many/'));
    const args = ['upload', '--folder', 'many', ...names];

    const child = start(args);
    await untilLines(child, 90);
    child.kill('SIGKILL');
    await once(child, 'close');
    const before = await post('object/listObjects', { bucketName: 'images', prefix: 'many/', pageNum: -1 }, token);
    expect(before.total).toBeGreaterThanOrEqual(90);
    expect(before.total).toBeLessThan(200);

    const again = await cli(args);
    expect(again).toMatchObject({ exitCode: 0, stderr: '' });
    expect(lines(again.stdout)).toEqual(links);
    const listed = lines((await cli(['list', 'many/'])).stdout);
    expect(listed).toHaveLength(200);
    expect(new Set(listed.map((line) => line.split('\t')[0])).size).toBe(200);
    expect((await download(links[130] ?? '')).equals(pictures[130] ?? Buffer.alloc(0))).toBe(true);
  });
});

/** Waits until a program has printed so many lines. */
function untilLines({ stdout }: ChildProcess, count: number): Promise<void> {
  let seen = 0;
  return new Promise((resolve) => {
    stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString().split('\n').length - 1;
      if (seen >= count) resolve();
    });
  });
}

describe('imagepic list and rm', () => {
  it('lists name, bytes and date, or the same for programs, and removes by name', async () => {
    const bytes = await picture('listed.png');
    await cli(['upload', '--folder', 'listed', 'listed.png']);
    const name = `listed/${hashOf(bytes)}.png`;
    const [line = ''] = lines((await cli(['list', 'listed/'])).stdout);
    const link = `${server.mountUrl}/i/images/${name}`;
    expect(line.split('\t')).toEqual([name, String(bytes.length), expect.stringMatching(/^\d{4}-\d\d-\d\dT/), link]);
    expect(JSON.parse((await cli(['list', 'listed/', '--json'])).stdout)).toMatchObject([{ name, size: bytes.length }]);
    expect(await cli(['rm', name])).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect((await cli(['list', 'listed/'])).stdout).toBe('');
    const { token } = await post('auth/login', PERSON);
    const { images } = await post('image/listTrash', {}, token);
    expect(images[0]).toMatchObject({ objectName: name });
    await post('image/restore', { imageId: images[0].imageId }, token);
    expect((await fetch(link)).status).toBe(200);
  });

  it('says what it could not remove and ends with 1', async () => {
    const other = { phone: '13900139000', upwd: 'another horse 8' };
    await post('auth/register', { name: 'Li', tfs: '', email: 'li@example.com', ...other });
    const { token } = await post('auth/login', other);
    const bytes = await picture('mine.png');
    await cli(['upload', 'mine.png']);
    const run = await cli(['rm', '--token', token, `cli/${hashOf(bytes)}.png`]);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toMatch(new RegExp(`^cli/${hashOf(bytes)}\\.png: .+ \\(AccessDenied\\)\\n$`));
  });
});

describe('imagepic with a bed of another default bucket', () => {
  it('uploads, lists and removes there, and where a narrow token may', async () => {
    const bed = await startServer({ IMAGEPIC_DEFAULT_BUCKET: 'pictures' });
    try {
      await post('auth/register', { name: 'Ann', tfs: '', email: 'ann@example.com', ...PERSON }, undefined, bed);
      const { token: session } = await post('auth/login', PERSON, undefined, bed);
      await post('bucket/makeBucket', { bucketName: 'more' }, session, bed);
      const scopes = ['upload', 'read', 'list', 'delete'];
      for (const narrow of [{}, { bucketName: 'more', prefix: 'cli/' }]) {
        const { token } = await post('auth/createToken', { name: 'cli', scopes, ...narrow }, session, bed);
        const env = { IMAGEPIC_URL: bed.mountUrl, IMAGEPIC_TOKEN: token };
        const bytes = await picture('elsewhere.png');
        const name = `cli/${hashOf(bytes)}.png`;
        const link = `${bed.mountUrl}/i/${'bucketName' in narrow ? 'more' : 'pictures'}/${name}`;
        expect(await cli(['upload', 'elsewhere.png'], { env })).toMatchObject({ exitCode: 0, stdout: `${link}\n` });
        expect(await cli(['list'], { env })).toMatchObject({ stdout: expect.stringContaining(link) });
        expect(await cli(['rm', name], { env })).toEqual({ exitCode: 0, stdout: '', stderr: '' });
        expect(await cli(['list'], { env })).toMatchObject({ exitCode: 0, stdout: '' });
      }
    } finally {
      await bed.close();
    }
  });
});

describe('O15 what one command prints, the next one takes', () => {
  it('a link of upload, and one of list', async () => {
    await picture('图 1.png');
    const uploaded = lines((await cli(['upload', '--keep-names', '图 1.png'])).stdout)[0] ?? '';
    expect(await cli(['rm', uploaded])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    await cli(['upload', '--folder', 'taken', '图 1.png']);
    const listed = lines((await cli(['list', 'taken/'])).stdout)[0]?.split('\t')[3] ?? '';
    expect(await cli(['rm', listed])).toMatchObject({ exitCode: 0 });
    expect((await cli(['list', 'taken/'])).stdout).toBe('');
  });

  it('and what was never there, or is gone, is no success', async () => {
    expect(await cli(['rm', 'cli/nothing.png'])).toEqual({
      ...{ exitCode: 1, stdout: '' },
      stderr: 'cli/nothing.png: There is no such image (NoSuchKey)\n',
    });
    expect(await cli(['rm', 'https://elsewhere.example/a.png'])).toMatchObject({ exitCode: 1 });
    expect(await cli(['rm', 'https://elsewhere.example/'])).toMatchObject({ exitCode: 2 });
  });

  it('and a link of another bed takes no image of this one away that is called the same', async () => {
    const bytes = await picture('own.png');
    const own = lines((await cli(['upload', 'own.png'])).stdout)[0] ?? '';
    const path = own.slice(server.mountUrl.length);
    const foreign = [
      `https://elsewhere.example/imagepic${path}`,
      `${new URL(server.mountUrl).origin}/other${path}`,
      `${server.mountUrl}/x${path}`,
      `${server.mountUrl.replace('http:', 'https:')}${path}`,
    ];
    const deleter = await cli(['tokens', 'create', 'deleter', '--phone', PERSON.phone, '--scopes', 'delete'], {
      input: `${PERSON.upwd}\n`,
    });
    for (const link of foreign) {
      for (const token of [await readToken(), lines(deleter.stdout)[0] ?? '']) {
        expect(await cli(['rm', '--token', token, link])).toEqual({
          ...{ exitCode: 1, stdout: '' },
          stderr: `${link}: This is no link of this bed (${server.mountUrl}); nothing was removed for it\n`,
        });
      }
    }
    expect(await download(own)).toEqual(bytes);
    expect(await cli(['list', own])).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await cli(['rm', `${own.replace('http:', 'HTTP:')}?w=320#top`])).toMatchObject({ exitCode: 0 });
  });

  it('and a link that begins as IMAGEPIC_PUBLIC_URL is one of the bed', async () => {
    await picture('public.png');
    const bed = await startServer({ IMAGEPIC_PUBLIC_URL: 'https://pics.example/p' });
    try {
      await post('auth/register', { name: 'Wang', tfs: '', email: 'w@example.com', ...PERSON }, undefined, bed);
      const { token } = await post('auth/login', PERSON, undefined, bed);
      const at = ['--url', bed.mountUrl, '--token', token];
      const link = lines((await cli(['upload', ...at, 'public.png'])).stdout)[0] ?? '';
      expect(link).toMatch(/^https:\/\/pics\.example\/p\/i\/images\//);
      const foreign = link.replace('/p/', '/q/');
      expect(await cli(['rm', ...at, foreign])).toEqual({
        ...{ exitCode: 1, stdout: '' },
        stderr: `${foreign}: This is no link of this bed (${bed.mountUrl}, https://pics.example/p); nothing was removed for it\n`,
      });
      expect(await cli(['rm', ...at, link])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    } finally {
      await bed.close();
    }
  });

  it.each(['https://cdn.example/{key}', 'https://cdn.example/pics/{bucket}/{key}'])(
    'and a link as %s makes it, of upload and of list, and none that only looks like it',
    async (pattern) => {
      await picture('cdn 图.png');
      const bed = await startServer({ IMAGEPIC_PUBLIC_URL: pattern });
      try {
        await post('auth/register', { name: 'Wang', tfs: '', email: 'w@example.com', ...PERSON }, undefined, bed);
        const { token } = await post('auth/login', PERSON, undefined, bed);
        const at = ['--url', bed.mountUrl, '--token', token];
        const link = lines((await cli(['upload', ...at, '--keep-names', 'cdn 图.png'])).stdout)[0] ?? '';
        expect(link.startsWith(pattern.slice(0, pattern.indexOf('{')))).toBe(true);
        expect(lines((await cli(['list', ...at])).stdout)[0]?.split('\t')[3]).toBe(link);
        for (const foreign of [link.replace('cdn.', 'other.'), link.replace('.example/', '.example/x/')]) {
          expect(await cli(['rm', ...at, foreign])).toMatchObject({ exitCode: 1 });
        }
        expect(await cli(['rm', ...at, link])).toEqual({ exitCode: 0, stdout: '', stderr: '' });
        expect((await cli(['list', ...at])).stdout).toBe('');
      } finally {
        await bed.close();
      }
    },
  );

  it('a folder with all below it, and a pattern of its own', async () => {
    await mkdir(join(folder.path, 'pics/deep'), { recursive: true });
    const given = [await picture('pics/a.png'), await picture('pics/deep/b.png')];
    await writeFile(join(folder.path, 'pics/.hidden'), 'x');
    expect(lines((await cli(['upload', '--json', 'pics'])).stdout).map((line) => JSON.parse(line).length)).toEqual([2]);
    const matched = await cli(['upload', 'pics/*.png']);
    expect(lines(matched.stdout)).toEqual([expect.stringContaining(hashOf(given[0] ?? Buffer.alloc(0)))]);
    expect(await cli(['upload', 'pics/*.gif'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('no such file'),
    });
  });
});

describe('O15 the command line speaks of itself', () => {
  it.each([
    [['lst'], 'list?'],
    [['tokens', 'crate', 'ci'], 'create?'],
    [['admin', 'reset-pasword', '13800138000'], 'admin reset-password?'],
    [['uplaod', 'a.png'], 'upload?'],
    [['upload', '--fodler', 'x', 'a.png'], '--folder?'],
    [['login', '127.0.0.1:3000/imagepic'], 'https://127.0.0.1:3000/imagepic ?'],
  ])('%j is answered with %s', async (args, told) => {
    expect(await cli(args)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(told) });
  });

  it('about a refused token, a damaged login and a line that anybody can read', async () => {
    const refused = await cli(['list', '--token', 'ip_wrong']);
    expect(refused).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('imagepic login') });
    const home = join(folder.path, 'damaged');
    await mkdir(join(home, 'imagepic'), { recursive: true });
    await writeFile(join(home, 'imagepic/credentials.json'), '{"url":');
    const damaged = await cli(['list'], { env: { XDG_CONFIG_HOME: home } });
    expect(damaged).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('credentials.json') });
    const open = await cli(['login', 'http://192.0.2.1:9/imagepic', '--phone', PERSON.phone], { input: 'x\n' });
    expect(open.stderr).toContain('not encrypted');
  });

  it('and does not try again what can never work', async () => {
    const began = performance.now();
    expect(await cli(['list', '--url', 'http://127.0.0.1:9', '--token', 'ip_x'])).toMatchObject({ exitCode: 1 });
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it('and ends the token of the login before, and forgets the last', async () => {
    const env = { XDG_CONFIG_HOME: join(folder.path, 'twice') };
    const read = async () => JSON.parse(await readFile(join(env.XDG_CONFIG_HOME, 'imagepic/credentials.json'), 'utf8'));
    const login = () => cli(['login', server.mountUrl, '--phone', PERSON.phone], { input: `${PERSON.upwd}\n`, env });
    await login();
    const first = await read();
    await login();
    expect((await read()).token).not.toBe(first.token);
    expect(await cli(['list', '--token', first.token], { env })).toMatchObject({ exitCode: 3 });
    expect(await cli(['list'], { env })).toMatchObject({ exitCode: 0 });
    expect(await cli(['logout'], { env })).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('Logged out'),
    });
    expect(await cli(['list'], { env })).toMatchObject({ exitCode: 3 });
  });
});

describe('imagepic whoami and tokens', () => {
  const proof = ['--phone', PERSON.phone];
  const withPassword = { input: `${PERSON.upwd}\n` };

  it('show whose token it is and what it may do, for people and for programs', async () => {
    const run = await cli(['whoami']);
    const [who = '', token = ''] = lines(run.stdout);
    expect(who.split('\t')).toEqual(['王小明', 'admin', expect.stringMatching(/^u_/), server.mountUrl]);
    expect(token.split('\t').slice(1, 5)).toEqual(['imagepic-cli', 'upload,read,delete,list', '*/', '-']);
    expect(JSON.parse((await cli(['whoami', '--json'])).stdout)).toMatchObject({
      ...{ name: '王小明', url: server.mountUrl },
      token: { name: 'imagepic-cli', lastUsedAt: expect.any(String) },
    });
  });

  it('make one for a folder, which uploads there, and one for all, which puts into an album as well', async () => {
    const made = await cli(
      ['tokens', 'create', 'blog', '--scopes', 'upload,read', '--prefix', 'blog/', ...proof],
      withPassword,
    );
    await picture('blog.png');
    const there = await cli(['upload', 'blog.png', '--json', '--token', made.stdout.trim()]);
    expect(JSON.parse(there.stdout)).toEqual([
      expect.objectContaining({ objectName: expect.stringMatching(/^blog\/[0-9a-f]{32}\.png$/) }),
    ]);
    const none = await cli([
      'upload',
      'blog.png',
      '--album',
      `${JSON.parse((await cli(['whoami', '--json'])).stdout).userId}_${'0'.repeat(32)}`,
      '--lang',
      'en',
    ]);
    expect(none).toMatchObject({
      exitCode: 1,
      stdout: '',
      // The image is on the bed all the same.
      stderr: expect.stringMatching(/\(NoSuchKey\) http\S+\/cli\/[0-9a-f]{32}\.png\n$/),
    });
  });

  it('make a narrow token, which works at once and is listed, and end it', async () => {
    const asked = ['--scopes', 'upload,read', '--bucket', 'images', '--prefix', 'ci/', '--days', '90'];
    const made = await cli(['tokens', 'create', 'ci', ...asked, '--max-bytes', '100000', ...proof], withPassword);
    expect(made).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^ip_[\w-]{75}\n$/) });
    const token = made.stdout.trim();
    const [, line = ''] = lines((await cli(['whoami', '--token', token])).stdout);
    const [id = '', ...rest] = line.split('\t');
    expect(rest).toEqual(['ci', 'upload,read', 'images/ci/', expect.stringMatching(/Z$/), expect.stringMatching(/Z$/)]);
    await picture('narrow.png');
    expect(await cli(['upload', '--folder', 'ci', 'narrow.png', '--token', token])).toMatchObject({ exitCode: 0 });
    expect(await cli(['list', '--token', token])).toMatchObject({ exitCode: 1 });
    const listed = await cli(['tokens', ...proof], withPassword);
    expect(lines(listed.stdout)).toContain(line);
    expect(listed.stdout).not.toContain(token);
    expect(JSON.parse((await cli(['tokens', '--json', ...proof], withPassword)).stdout)).toContainEqual(
      expect.objectContaining({ id, name: 'ci', maxBytes: 100_000 }),
    );
    expect(await cli(['tokens', 'revoke', id, ...proof], withPassword)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await cli(['whoami', '--token', token])).toMatchObject({ exitCode: 3 });
  });

  it('make one that may only upload, unless said', async () => {
    const made = await cli(['tokens', 'create', 'typora', '--json', ...proof], withPassword);
    expect(JSON.parse(made.stdout)).toMatchObject({ name: 'typora', scopes: ['upload'], token: expect.any(String) });
  });

  it('say of an id that is none, and of a wrong password', async () => {
    const unknown = await cli(['tokens', 'revoke', '0123456789abcdef', ...proof], withPassword);
    expect(unknown).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('0123456789abcdef') });
    expect(await cli(['tokens', ...proof], { input: 'wrong horse 8\n' })).toMatchObject({ exitCode: 3, stdout: '' });
  });

  it('leave no session behind', async () => {
    const since = server.log.length;
    await cli(['tokens', ...proof], withPassword);
    expect([callsOf('auth/login', since), callsOf('auth/logout', since)]).toEqual([1, 1]);
  });

  it('need a bed, and take one that is named', async () => {
    const env = { XDG_CONFIG_HOME: join(folder.path, 'nobody') };
    expect(await cli(['tokens', ...proof], { env })).toMatchObject({ exitCode: 3 });
    const named = await cli(['tokens', ...proof, '--url', server.mountUrl], { ...withPassword, env });
    expect(named).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('imagepic-cli') });
  });
});

describe('imagepic logout', () => {
  const login = (env: Readonly<Record<string, string>>) =>
    cli(['login', server.mountUrl, '--phone', PERSON.phone], { input: `${PERSON.upwd}\n`, env });
  const stored = async (env: { readonly XDG_CONFIG_HOME: string }) =>
    JSON.parse(await readFile(join(env.XDG_CONFIG_HOME, 'imagepic/credentials.json'), 'utf8'));

  it('ends the token at the bed, and does no worse when it has ended already', async () => {
    const env = { XDG_CONFIG_HOME: join(folder.path, 'ends') };
    await login(env);
    const { token } = await stored(env);
    expect(await cli(['logout'], { env })).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('ended') });
    expect(await cli(['whoami', '--token', token])).toMatchObject({ exitCode: 3 });
    await login(env);
    await post('auth/logout', {}, (await stored(env)).token);
    expect(await cli(['logout'], { env })).toMatchObject({ exitCode: 0 });
    expect(await cli(['logout'], { env })).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('Nobody') });
  });

  it('forgets the token also where the bed is away, and says which one still holds', async () => {
    const env = { XDG_CONFIG_HOME: join(folder.path, 'away') };
    await mkdir(join(env.XDG_CONFIG_HOME, 'imagepic'), { recursive: true });
    const path = join(env.XDG_CONFIG_HOME, 'imagepic/credentials.json');
    await writeFile(path, JSON.stringify({ url: 'http://127.0.0.1:9', token: 'ip_x', tokenId: '0123456789abcdef' }));
    const run = await cli(['logout'], { env });
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('0123456789abcdef') });
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });
});

describe('imagepic admin reset-password, on the stores of the server', () => {
  const NEW_PASSWORD = 'wrong horse 8 times';
  const onServer = (cwd = server.folder) => ({ env: { IMAGEPIC_DATA_DIR: cwd, IMAGEPIC_PUBLIC_URL: server.mountUrl } });

  it('prints a link whose code sets another password, once', async () => {
    const other = { phone: '13600136000', upwd: 'correct horse 7' };
    await post('auth/register', { name: '李雷', tfs: '', email: 'll@example.com', ...other });
    const run = await cli(['admin', 'reset-password', '+86 136 0013 6000'], onServer());
    expect(run).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/once.*20\d\d-/) });
    const [, reset] = /^(?:http:.*)\/imagepic\/#\/reset\/([0-9a-f]{32})\n$/.exec(run.stdout) ?? [];
    await post('auth/resetPassword', { reset, npwd: NEW_PASSWORD });
    await post('auth/login', { phone: other.phone, upwd: NEW_PASSWORD });
    await expect(post('auth/resetPassword', { reset, npwd: 'other horse 9 times' })).rejects.toThrow(
      'InvalidCredentials',
    );
  });

  it('is written down as the route is, on stderr, without the code', async () => {
    const { userId } = await post('auth/me', {}, (await post('auth/login', PERSON)).token);
    const since = server.log.length;
    const admin = (await post('auth/login', PERSON)).token;
    const { reset: other } = await post('auth/createPasswordReset', { userId }, admin);
    const byRoute = server.log
      .slice(since)
      .map((line) => JSON.parse(line))
      .find(({ $url, event }) => event === 'audit' && $url === 'auth/createPasswordReset');
    const run = await cli(['admin', 'reset-password', PERSON.phone], onServer());
    const [line = '', ...others] = lines(run.stderr).filter((each) => each.startsWith('{'));
    expect(others).toEqual([]);
    const { transport, actor, clientIp: _, ...rest } = JSON.parse(line);
    expect(rest).toEqual({
      ...{ time: expect.any(String), level: 'info', event: 'audit', requestId: expect.any(String) },
      ...{ $url: byRoute.$url, target: byRoute.target },
    });
    expect([transport, actor]).toEqual(['command-line', expect.stringMatching(/./)]);
    expect(line).not.toMatch(new RegExp(`${other}|${/reset\/(\w+)/.exec(run.stdout)?.[1]}|${PERSON.phone}`));
  });

  it('tells of a failure and writes nothing down where nobody has the phone', async () => {
    const run = await cli(['admin', 'reset-password', '13500135000'], onServer());
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.not.stringContaining('audit') });
  });

  it('reads .env where it runs, as the server does', async () => {
    const env = `IMAGEPIC_DATA_DIR=${server.folder}\nPORT=4000\n`;
    await writeFile(join(folder.path, '.env'), env);
    const run = await cli(['admin', 'reset-password', PERSON.phone]);
    await rm(join(folder.path, '.env'));
    expect(run.stdout).toMatch(/^http:\/\/127\.0\.0\.1:4000\/imagepic\/#\/reset\//);
  });

  it('says that nobody has the phone', async () => {
    const run = await cli(['admin', 'reset-password', '13700137000'], onServer());
    expect(run).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('NoSuchUser') });
  });

  it('makes no bed where there is none, and says where it looked', async () => {
    const empty = join(folder.path, 'no-bed');
    const run = await cli(['admin', 'reset-password', PERSON.phone], onServer(empty));
    expect(run).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining(`no image bed in ${empty}`) });
    await expect(stat(empty)).rejects.toThrow('ENOENT');
  });

  it('names the variable that is wrong', async () => {
    const run = await cli(['admin', 'reset-password', PERSON.phone], { env: { IMAGEPIC_DATA: 'x' } });
    expect(run).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('did you mean IMAGEPIC_DATA_DIR?') });
  });
});

describe('imagepic', () => {
  it('shows its help, in both languages, and its version', async () => {
    expect((await cli(['--help'])).stdout).toContain('upload pictures');
    expect((await cli(['--help'], { env: { LANG: 'zh_CN.UTF-8' } })).stdout).toContain('把图片上传到');
    expect(await cli(['--version'])).toEqual({ exitCode: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  });

  it.each([
    [[]],
    [['frobnicate']],
    [['upload']],
    [['upload', '--frobnicate', 'a.png']],
    [['upload', '--concurrency', '17', 'a.png']],
    [['upload', '--format', 'pdf', 'a.png']],
    [['upload', '--name', '{name}.{ext}', 'a.png']],
    [['upload', '--name', '../{hash}.{ext}', 'a.png']],
    [['upload', '-', '-']],
    [['upload', '--lang', 'fr', 'a.png']],
    [['list', '--phone', '1']],
    [['list', 'a', 'b']],
    [['rm']],
    [['login']],
    [['login', 'ftp://bed']],
    [['admin']],
    [['tokens', 'crate', 'ci']],
    [['tokens', 'create']],
    [['tokens', 'create', 'ci', '--scopes', 'write']],
    [['tokens', 'create', 'ci', '--days', '0']],
    [['tokens', 'revoke']],
    [['tokens', '--scopes', 'upload']],
    [['whoami', '--bucket', 'images']],
    [['admin', 'reset-password']],
    [['admin', 'reset-pasword', '13800138000']],
    [['login', 'http://bed']],
    [['list', '--url', 'bed', '--token', 'ip_1']],
  ])('answers %j with its usage and code 2', async (args) => {
    const run = await cli(args);
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
    expect(run.stderr).toContain('imagepic --help');
  });
});
