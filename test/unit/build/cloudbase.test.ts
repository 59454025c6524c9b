import { symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../support/bed.ts';
import { buildFunction, type FunctionProcess, loadFunction } from '../../support/built-function.ts';
import { type CloudBaseEmulator, EMULATED, startCloudBaseEmulator } from '../../support/cloudbase-emulator.ts';
import type { TempFolder } from '../../support/temp-folder.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
const REGISTRATION = { ...PERSON, name: '王小明', tfs: '', email: 'wxm@example.com' };
/** The row of a bed that another start began. */
const BEGUN = {
  _id: 'bed',
  revision: 'revision0001',
  doc: { bedId: 'bed_1', createdAt: '2026-01-01T00:00:00.000Z', witnesses: [] },
};

let built: TempFolder;
let emulator: CloudBaseEmulator;
let instances: readonly FunctionProcess[];

beforeAll(async () => {
  [built, emulator] = await Promise.all([buildFunction(), startCloudBaseEmulator()]);
  await symlink(resolve('node_modules'), join(built.path, 'node_modules'));
  const env = {
    IMAGEPIC_DOCUMENTS: 'cloudbase',
    IMAGEPIC_CLOUDBASE_URL: emulator.serviceUrl,
    IMAGEPIC_SECRET: 'f3a9c1d27be84560a1b2c3d4e5f60718',
    IMAGEPIC_REGISTRATION: 'open',
    SCF_NAMESPACE: EMULATED.envId,
    TENCENTCLOUD_RUNENV: 'SCF',
    TENCENTCLOUD_REGION: 'ap-shanghai',
    TENCENTCLOUD_SECRETID: EMULATED.secretId,
    TENCENTCLOUD_SECRETKEY: EMULATED.secretKey,
    // An S3 store that is down: without an answer of it no bed begins, and one that has begun keeps its people.
    IMAGEPIC_S3_ENDPOINT: 'http://127.0.0.1:9',
    IMAGEPIC_S3_ACCESS_KEY_ID: 'id',
    IMAGEPIC_S3_SECRET_ACCESS_KEY: 'key',
  };
  instances = await Promise.all([loadFunction(built.path, env), loadFunction(built.path, env)]);
});
afterAll(async () => {
  await Promise.all(instances.map((instance) => instance.close()));
  await emulator.close();
  await built.remove();
});

const call = async (instance: number, $url: string, input: object): Promise<Answer> =>
  // What the function answers to a call is an envelope; the tests look into it.
  (await instances[instance]?.main({ $url, ...input })) as Answer;

/** The platform has Node 20; from 24 on Node itself warns of `url.parse`, by which CloudBase's SDK signs. */
const WARNING_OF_NODE_24 = /^\(node:\d+\) \[DEP0169\] .*\n\(Use `node --trace-deprecation .*\n/;

describe('the built function on CloudBase’s database', () => {
  it('begins no bed while the bucket cannot say whether there was one', async () => {
    expect(await call(0, 'auth/register', REGISTRATION)).toMatchObject({ error: 'ServiceUnavailable' });
    emulator.put('imagepic_settings', BEGUN);
  });

  it('keeps people where every instance finds them, by the SDK in the bundle', async () => {
    expect(await call(0, 'auth/register', REGISTRATION)).toMatchObject({ code: '0' });
    expect(await call(1, 'auth/register', REGISTRATION)).toMatchObject({ error: 'AccountExists' });
    const { data } = await call(1, 'auth/login', PERSON);
    expect(await call(0, 'auth/me', { $token: data.token })).toMatchObject({ data: { name: '王小明', role: 'admin' } });
  });

  it('tells a store that is down from one that is up', async () => {
    expect(await call(0, 'health', {})).toMatchObject({
      data: { state: 'down', stores: { documents: { state: 'up' }, objects: { state: 'down' } } },
    });
  });

  it('writes nothing but lines of JSON, and no warnings of an SDK', async () => {
    for (const { output } of instances) {
      for (const line of output.stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('event');
      expect(output.stderr.replace(WARNING_OF_NODE_24, '')).toBe('');
      expect(output.stdout).not.toContain(EMULATED.secretKey);
    }
  });
});
