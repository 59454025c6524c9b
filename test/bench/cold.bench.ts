/**
 * What a cold start costs: from the start of a process to its first answer, for bare Node, the smallest tcb-router function,
 * an Express server of the kind that this service replaces, and ours, unbundled and as it is deployed. Runs are interleaved
 * so that a busy machine slows all alike. Prints medians: to the answer; to the end of the process, as it ends right
 * after; each as a multiple of a bare `node -e 0`, which answers nothing, to its end; and the processor's time.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { bundleFunction } from '../../src/build/bundle.ts';
import { cacheFolderIn } from '../../src/build/loader.ts';
import { precompile } from '../../src/build/precompile.ts';
import { makePng } from '../support/png.ts';

/** Node, and nothing else. */
export const BARE = 'node -e 0';
const RUNS = Number(process.argv[3] ?? 21) || 21;
const SECRET = 'e0f1a2b3c4d5e6f7a8b9cadbecfd0e1f';
const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
const PLACE = { bucketName: 'images', objectName: 'cold.png' };
const PICTURE = makePng(64, 64).toString('base64');

const execute = promisify(execFile);

/** Tells the parent, by a pipe of its own, that there is an answer, and what it has cost the processor. */
export const TELL = `const tell = () => {
  const { user, system } = process.cpuUsage();
  require('node:fs').writeSync(3, String((user + system) / 1000));
  process.exit();
};`;

const TCB_ROUTER = `${TELL}
const TcbRouter = require('tcb-router');
const main = (event) => {
  const app = new TcbRouter({ event });
  app.use(async (ctx, next) => { await next(); });
  app.router('hello', async (ctx) => { ctx.body = { code: 0 }; });
  return app.serve();
};
main({ $url: 'hello' }).then((answer) => { if (answer.code === 0) tell(); });`;

const EXPRESS = `${TELL}
const express = require('express');
const jwt = require('jsonwebtoken');
const multer = require('multer');
const Minio = require('minio');
const http = require('node:http');
const client = new Minio.Client({ endPoint: '127.0.0.1', port: 9, useSSL: false, accessKey: 'a', secretKey: 'b' });
const app = express();
app.use(express.json());
app.post('/putObject', multer({ dest: require('node:os').tmpdir() }).single('file'), (_, response) => response.end());
app.post('/login', (request, response) => response.json({ code: '0', data: { token: jwt.sign({ phone: '1' }, 'x') } }));
const server = app.listen(0, '127.0.0.1', () => {
  const request = http.request({ port: server.address().port, path: '/login', method: 'POST', headers: { 'content-type': 'application/json' } });
  request.on('response', (response) => response.on('end', tell).resume()).end('{}');
});`;

/** Sends one event to our function; \`LOAD\` says how it is loaded. */
export const OURS = `${TELL}
const { LOAD, EVENT, EXPECT } = process.env;
const loaded = LOAD.endsWith('main.js') ? import(LOAD) : Promise.resolve(require(LOAD));
loaded.then(({ main }) => main(JSON.parse(EVENT), { request_id: 'r-1' })).then((answer) => {
  if ((answer.error ?? 'none') !== EXPECT) throw new Error(JSON.stringify(answer).slice(0, 500));
  tell();
});`;

interface Contestant {
  readonly name: string;
  readonly script: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Sample {
  /** `undefined` for a process that answers nothing. */
  readonly answerMs: number | undefined;
  readonly endMs: number;
  readonly cpuMs: number | undefined;
}

/** Runs a process to its end. */
export async function start({ script, env = {} }: Contestant): Promise<Sample> {
  const since = performance.now();
  const child = spawn(process.execPath, ['-e', script], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let told: Pick<Sample, 'answerMs' | 'cpuMs'> = { answerMs: undefined, cpuMs: undefined };
  child.stdio[3]?.once('data', (cpu) => {
    told = { answerMs: performance.now() - since, cpuMs: Number(cpu) };
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code] = await once(child, 'exit');
  const endMs = performance.now() - since;
  if (code !== 0) throw new Error(errors);
  return { ...told, endMs };
}

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

interface Parts {
  /** What is deployed. */
  readonly built: string;
  /** The same without what V8 has compiled of it. */
  readonly uncompiled: string;
  /** What esbuild makes of it by itself. */
  readonly split: string;
  /** What tsc makes of it. */
  readonly plain: string;
  readonly token: string;
}

/** Makes what the contestants need: the builds, an account and a picture. */
async function prepare(folder: string): Promise<Parts> {
  // Inside the checkout, where packages are found.
  const place = resolve('.build', 'cold');
  const at = (name: string): string => join(place, name);
  const [built, uncompiled, split, plain] = [at('function'), at('uncompiled'), at('split'), at('plain')] as const;
  await rm(place, { recursive: true, force: true });
  await mkdir(built, { recursive: true });
  await writeFile(join(built, 'package.json'), '{"type":"commonjs"}');
  await bundleFunction(built);
  await precompile(built);
  await cp(built, uncompiled, { recursive: true });
  await rm(cacheFolderIn(join(uncompiled, 'chunks')), { recursive: true });
  await buildPlainly(split);
  await execute('npx', ['tsc', '-p', 'tsconfig.json', '--outDir', plain]);
  await writeFile(join(plain, 'package.json'), '{"type":"module"}');
  const index = join(built, 'index.js');
  return {
    built: index,
    uncompiled: join(uncompiled, 'index.js'),
    split: join(split, 'main.js'),
    plain: join(plain, 'main.js'),
    token: await populate(folder, index),
  };
}

/** Bundles as everybody does it who wants lazy chunks. */
async function buildPlainly(outdir: string): Promise<void> {
  await build({
    entryPoints: ['src/main.ts'],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    splitting: true,
    minify: true,
    external: ['@node-rs/argon2'],
    // What is CommonJS in it wants a require.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    outdir,
    logLevel: 'warning',
  });
  await writeFile(join(outdir, 'package.json'), '{"type":"module"}');
}

/** Begins a bed with an account and a picture, and answers its token. */
export async function populate(
  folder: string,
  built: string,
  given: Readonly<Record<string, string>> = env(folder),
): Promise<string> {
  const script = `
    const { main } = require(process.env.LOAD);
    (async () => {
      const person = ${JSON.stringify(PERSON)};
      await main({ $url: 'auth/register', ...person, name: 'Cold', tfs: '', email: 'cold@example.com' }, {});
      const { data } = await main({ $url: 'auth/login', ...person }, {});
      const put = await main({ $url: 'object/putObject', $token: data.token, ...${JSON.stringify(PLACE)}, base64: ${JSON.stringify(PICTURE)} }, {});
      if (!put.success) throw new Error(JSON.stringify(put));
      require('node:fs').writeFileSync(process.env.TOKEN, data.token);
      process.exit();
    })();`;
  const token = join(folder, 'token');
  await execute(process.execPath, ['-e', script], { env: { ...given, LOAD: built, TOKEN: token } });
  return readFile(token, 'utf8');
}

/** The environment of a bed in a folder. */
export const env = (folder: string): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  IMAGEPIC_DATA_DIR: join(folder, 'data'),
  IMAGEPIC_SECRET: SECRET,
});

const REFUSED = { $url: 'auth/login', phone: '1', upwd: '1' };

/** Events that a function is started for, with the error that they are answered with. */
export const EVENTS = {
  health: () => [{ $url: 'health' }, 'none'],
  'auth/login, refused': () => [REFUSED, 'InvalidArgument'],
  'auth/login, refused, by HTTP': () => [
    {
      path: '/imagepic/auth/login',
      httpMethod: 'POST',
      headers: { 'content-type': 'application/json' },
      queryStringParameters: {},
      requestContext: {},
      body: JSON.stringify(REFUSED),
    },
    'none',
  ],
  'auth/login': () => [{ $url: 'auth/login', ...PERSON }, 'none'],
  'object/presignedGetObject': (token) => [{ $url: 'object/presignedGetObject', $token: token, ...PLACE }, 'none'],
  'object/putObject': (token) => [{ $url: 'object/putObject', $token: token, ...PLACE, base64: PICTURE }, 'none'],
} satisfies Readonly<Record<string, (token: string) => [event: object, expected: string]>>;

/** Platform stores, of which a refusal needs neither. */
const CLOUD = {
  IMAGEPIC_SECRET: SECRET,
  IMAGEPIC_DOCUMENTS: 'cloudbase',
  IMAGEPIC_CLOUDBASE_ENV: 'env-1',
  IMAGEPIC_CLOUDBASE_URL: 'http://127.0.0.1:9/admin',
  TENCENTCLOUD_SECRETID: 'id',
  TENCENTCLOUD_SECRETKEY: 'key',
  IMAGEPIC_S3_ENDPOINT: 'https://cos.ap-shanghai.myqcloud.com',
  IMAGEPIC_S3_REGION: 'ap-shanghai',
  IMAGEPIC_S3_ACCESS_KEY_ID: 'id',
  IMAGEPIC_S3_SECRET_ACCESS_KEY: 'key',
  SCF_NAMESPACE: 'env-1',
};

function toContestants(folder: string, { built, uncompiled, split, plain, token }: Parts): readonly Contestant[] {
  const ours = (how: string, load: string) =>
    Object.entries(EVENTS).map(([name, toEvent]) => {
      const [event, expected] = toEvent(token);
      const sent = { LOAD: load, EVENT: JSON.stringify(event), EXPECT: expected };
      return { name: `${how}: ${name}`, script: OURS, env: { ...env(folder), ...sent } };
    });
  return [
    { name: BARE, script: '0' },
    { name: 'node, to its first line', script: `${TELL} tell();` },
    { name: 'tcb-router, hello', script: TCB_ROUTER },
    { name: 'Express, jsonwebtoken, multer, minio: login', script: EXPRESS },
    ...ours('ours, unbundled', plain),
    ...ours('ours, esbuild --splitting', split),
    ...ours('ours, built, nothing compiled', uncompiled),
    ...ours('ours, built', built),
    {
      name: 'ours, built, CloudBase and COS: auth/login, refused',
      script: OURS,
      env: { ...CLOUD, LOAD: built, EVENT: JSON.stringify(REFUSED), EXPECT: 'InvalidArgument' },
    },
  ];
}

function summarise(samples: readonly Sample[]): Readonly<Record<keyof Sample, number>> {
  const of = (name: keyof Sample): number => median(samples.map((sample) => sample[name] ?? Number.NaN));
  return { answerMs: of('answerMs'), endMs: of('endMs'), cpuMs: of('cpuMs') };
}

const show = (ms: number, bare: number): string =>
  Number.isNaN(ms) ? ' '.repeat(18) : `${ms.toFixed(1).padStart(7)} ms ${(ms / bare).toFixed(2).padStart(5)} ×`;

/** Runs the bench. */
export async function run(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'imagepic-cold-'));
  try {
    const contestants = toContestants(folder, await prepare(folder));
    const samples = new Map<string, Sample[]>(contestants.map(({ name }) => [name, []]));
    for (let round = 0; round < RUNS; round += 1) {
      for (const contestant of contestants) samples.get(contestant.name)?.push(await start(contestant));
    }
    console.log(`Node ${process.versions.node}, medians of ${RUNS} starts each`);
    console.log('  answer              end                 processor');
    const bare = summarise(samples.get(BARE) ?? []).endMs;
    for (const [name, taken] of samples) {
      const { answerMs, endMs, cpuMs } = summarise(taken);
      console.log(
        `${show(answerMs, bare)}  ${show(endMs, bare)}  ${Number.isNaN(cpuMs) ? '         ' : `${cpuMs.toFixed(0).padStart(6)} ms`}  ${name}`,
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
