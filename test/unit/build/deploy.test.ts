import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import cloudbaserc from '../../../cloudbaserc.json' with { type: 'json' };
import { planDeployment, saysThatItFailed } from '../../../src/build/deployment.ts';
import { zipSizeOf } from '../../../src/build/weight.ts';
import { buildFunction, loadFunction } from '../../support/built-function.ts';
import { makeTempFolder, type TempFolder } from '../../support/temp-folder.ts';
import { readZip } from '../../support/zip.ts';

const run = promisify(execFile);
const ENV = {
  ENV_ID: 'test-env-0001',
  IMAGEPIC_DOCUMENTS: 'cloudbase',
  IMAGEPIC_DATABASE_URL: 'postgres://bed:p%40ss@10.0.0.3:5432/bed?sslmode=disable',
  IMAGEPIC_SECRET: 'f3a9c1d27be84560a1b2c3d4e5f60718',
  IMAGEPIC_DEFAULT_BUCKET: 'images-1250000000',
  IMAGEPIC_S3_REGION: 'ap-shanghai',
  IMAGEPIC_S3_ENDPOINT: 'https://cos.ap-shanghai.myqcloud.com',
  IMAGEPIC_S3_ACCESS_KEY_ID: 'AKIDexampleexampleexample',
  IMAGEPIC_S3_SECRET_ACCESS_KEY: 'yD4Zw8pQm1Vt6Xs3Rn9Kb5Lc7Hf2Gj0A',
  IMAGEPIC_NAME_TEMPLATE: '{yyyy}/{MM}/{dd}/{hash}.{ext}',
  IMAGEPIC_MAX_PIXELS: '40000000',
  IMAGEPIC_MAX_SIDE: '65535',
  IMAGEPIC_MAX_FRAMES: '5000',
  IMAGEPIC_SVG: 'refused',
  IMAGEPIC_TRANSFORMER: 'auto',
  IMAGEPIC_VARIANTS_BYTES: '10737418240',
  IMAGEPIC_CONVERT: 'tiff,bmp',
  IMAGEPIC_NEW_BED: 'refused',
  IMAGEPIC_TRASH_DAYS: '30',
};

interface Request {
  readonly action: string;
  // biome-ignore lint/suspicious/noExplicitAny: the test looks into what the tool has sent
  readonly body: any;
}

let project: TempFolder;
let built: TempFolder;
let requests: readonly Request[];
let output: string;
const sent = (action: string): Request['body'] => requests.find((request) => request.action === action)?.body;

async function runTool(env: Readonly<Record<string, string>> = {}): Promise<string> {
  const place = (name: string): string => join(project.path, name);
  const { stdout, stderr } = await run(
    process.execPath,
    [
      ...['--require', place('preload.cjs'), resolve('node_modules/@cloudbase/cli/bin/tcb')],
      ...['fn', 'deploy', 'imagepic', '--force', '--yes', '--deployMode', 'zip', '--config-file', 'planned.json'],
    ],
    {
      cwd: project.path,
      env: {
        PATH: process.env['PATH'],
        HOME: place('home'),
        FAKE_ENV_ID: ENV.ENV_ID,
        FAKE_RECORD: place('requests.jsonl'),
        ...env,
      },
    },
  );
  return stdout + stderr;
}

/** Runs the deploy tool on a project of its own, with everything that must not get into the archive lying about. */
beforeAll(async () => {
  built = await buildFunction();
  project = await makeTempFolder();
  const place = (name: string): string => join(project.path, name);
  await cp(built.path, place('functions/imagepic'), { recursive: true });
  await cp('functions/imagepic/deploy', place('functions/imagepic/deploy'), { recursive: true });
  await mkdir(place('functions/imagepic/node_modules/leftover'), { recursive: true });
  await writeFile(place('functions/imagepic/node_modules/leftover/index.js'), '');
  await writeFile(
    place('.env'),
    Object.entries(ENV)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  await writeFile(place('planned.json'), JSON.stringify(planDeployment(cloudbaserc, ENV).config));
  await mkdir(place('home/.config/.cloudbase'), { recursive: true });
  const credential = { secretId: 'AKIDexampleexampleexample', secretKey: 'example' };
  await writeFile(place('home/.config/.cloudbase/auth.json'), JSON.stringify({ credential }));
  await build({
    entryPoints: ['test/support/tencent-cloud-preload.ts'],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: place('preload.cjs'),
    logLevel: 'warning',
  });
  output = await runTool();
  const lines = (await readFile(place('requests.jsonl'), 'utf8')).trim().split('\n');
  requests = lines.map((line) => JSON.parse(line));
}, 120_000);
afterAll(async () => {
  await project.remove();
  await built.remove();
});

describe('the deploy tool, given cloudbaserc.json', () => {
  it('makes the function as it is meant', () => {
    expect(sent('CreateFunction')).toMatchObject({
      FunctionName: 'imagepic',
      Namespace: ENV.ENV_ID,
      Type: 'Event',
      Runtime: 'Nodejs20.19',
      Handler: 'index.main',
      MemorySize: 512,
      Timeout: 60,
      InstallDependency: 'TRUE',
    });
  });

  it('gives it every variable that is set, as text and unchanged, and none that is empty', () => {
    const { ENV_ID: _, ...variables } = ENV;
    const given: readonly { Key: string; Value: string }[] = sent('CreateFunction').Environment.Variables;
    expect(Object.fromEntries(given.map(({ Key, Value }) => [Key, Value]))).toEqual({
      IMAGEPIC_OBJECTS: 's3',
      ...variables,
    });
  });

  it('sets up the timers and the path of the HTTP access service', () => {
    const { Triggers } = sent('BatchCreateTrigger');
    expect(JSON.parse(Triggers)).toEqual([
      { TriggerName: 'sweep', Type: 'timer', TriggerDesc: '0 17 * * * * *' },
      { TriggerName: 'departures', Type: 'timer', TriggerDesc: '0 37 * * * * *' },
      { TriggerName: 'prove-documents', Type: 'timer', TriggerDesc: '0 7 0 * * * *' },
      { TriggerName: 'settle-records', Type: 'timer', TriggerDesc: '0 47 * * * * *' },
      { TriggerName: 'trim-variants', Type: 'timer', TriggerDesc: '0 57 */6 * * * *' },
    ]);
    expect(sent('CreateCloudBaseGWAPI')).toMatchObject({ ServiceId: ENV.ENV_ID, Path: '/imagepic', Name: 'imagepic' });
  });

  it('tells by its words whether that worked, though not by how it ends', async () => {
    expect(saysThatItFailed(output)).toBe(false);
    expect(saysThatItFailed(await runTool({ FAKE_REFUSED: 'CreateFunction' }))).toBe(true);
  });

  it('uploads the function and nothing else, below the limit of 1.5 MB', async () => {
    const zip = Buffer.from(sent('CreateFunction').Code.ZipFile, 'base64');
    expect(zip.byteLength).toBeLessThan(1.5 * 1024 * 1024);
    const all = (await readdir(join(built.path, 'chunks'), { recursive: true })).map((name) => `chunks/${name}`);
    const chunks = all.filter(
      (name) =>
        !/^chunks\/(pg\.|postgres-|mongodb\.|mongodb-|.*-image-records-|records-|open-records-|reconcile-records-)/.test(
          name,
        ),
    );
    expect(chunks.length).toBeLessThan(all.length);
    const files = readZip(zip);
    expect([...files.keys()].sort()).toEqual([...chunks, 'index.js', 'package.json'].sort());
    // What the build prints; the tool packs a little less tightly.
    const printed = zipSizeOf([...files].map(([name, contents]) => ({ name, contents })));
    expect(printed).toBeLessThan(zip.byteLength);
    expect(printed).toBeGreaterThan(0.85 * zip.byteLength);
  });

  it('uploads what runs when it is unpacked in an empty folder', async () => {
    const folder = await makeTempFolder();
    try {
      const files = readZip(Buffer.from(sent('CreateFunction').Code.ZipFile, 'base64'));
      for (const [name, bytes] of files) {
        await mkdir(dirname(join(folder.path, name)), { recursive: true });
        await writeFile(join(folder.path, name), bytes);
      }
      const unpacked = await loadFunction(folder.path, { IMAGEPIC_DATA_DIR: join(folder.path, 'data') });
      expect(await unpacked.main({ $url: 'health' })).toMatchObject({ code: '0', data: { state: 'up' } });
      await unpacked.close();
    } finally {
      await folder.remove();
    }
  });
});
