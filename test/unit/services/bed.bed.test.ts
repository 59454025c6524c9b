import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootstrap } from '../../../src/bootstrap.ts';
import { loadConfig } from '../../../src/config/config.ts';
import { createCallFunctionEntry } from '../../../src/events/call-function.ts';
import type { Answer } from '../../support/bed.ts';
import { EMULATED, startCloudBaseEmulator } from '../../support/cloudbase-emulator.ts';
import { makeTempFolder, type TempFolder } from '../../support/temp-folder.ts';

const PERSON = { name: 'P', tfs: '', email: 'p@example.com', phone: '13800000001', upwd: 'correct horse 7' };
const PROOF = { phone: PERSON.phone, upwd: PERSON.upwd };
const STRANGER = { ...PERSON, phone: '13900000002' };

const log: string[] = [];
let home: TempFolder;
let data: string;
beforeEach(async () => {
  home = await makeTempFolder();
  data = join(home.path, 'data');
  log.length = 0;
});
afterEach(() => home.remove());

/** Starts the service on the folder; each is a process of its own. */
async function start(env: Readonly<Record<string, string>> = {}) {
  const app = await bootstrap(loadConfig({ IMAGEPIC_DATA_DIR: data, ...env }), {
    writeLog: (line) => void log.push(line),
  });
  const entry = createCallFunctionEntry(app, { transport: 'call-function', mountUrl: '/imagepic' });
  const call = async (url: string, input: object = {}, token?: string): Promise<Answer> =>
    JSON.parse(JSON.stringify(await entry({ ...input, $url: url, $token: token, $lang: 'en' }, {})));
  return { found: app.found, call };
}

/** A bed with its admin, whose token still holds. */
async function startWithAdmin() {
  const bed = await start();
  await bed.call('auth/register', PERSON);
  return { ...bed, token: String((await bed.call('auth/login', PROOF)).data.token) };
}

describe('O2 a bed whose default bucket is gone', () => {
  const saidOfBucket = (): readonly string[] => log.filter((line) => line.includes('"default-bucket-made"'));

  it('says at its next start that it made an empty one, and what that may mean', async () => {
    await startWithAdmin();
    expect(saidOfBucket()).toEqual([]);
    await start();
    expect(saidOfBucket()).toEqual([]);
    await rename(join(data, 'objects', 'images'), join(home.path, 'elsewhere'));

    await start();

    expect(saidOfBucket()).toHaveLength(1);
    expect(JSON.parse(saidOfBucket()[0] ?? '')).toMatchObject({
      level: 'error',
      bucketName: 'images',
      advice: expect.stringContaining('put its folder, volume or store back'),
    });
  });
});

describe('O2 a bed whose data is gone', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['moved', async () => rename(data, `${data}-gone`)],
    ['unmounted', async () => rename(data, `${data}-gone`).then(() => mkdir(data))],
    [
      'emptied',
      async () => rm(data, { recursive: true }).then(() => mkdir(join(data, 'documents'), { recursive: true })),
    ],
  ])('while it runs is down and not a new one, when its folder is %s', async (_, lose) => {
    const { found, call, token } = await startWithAdmin();
    expect(found).toBe('new');
    await lose();
    const refused = { success: false, error: 'ServiceUnavailable', data: { err: expect.stringContaining(data) } };
    expect(await call('auth/register', STRANGER)).toMatchObject(refused);
    expect(await call('auth/login', PROOF)).toMatchObject(refused);
    expect(await call('auth/me', {}, token)).toMatchObject(refused);
    expect((await call('health')).data).toMatchObject({ state: 'down', stores: { documents: { state: 'down' } } });
    expect(existsSync(join(data, 'documents', 'settings'))).toBe(false);
  });

  it('goes on by itself when the folder is back', async () => {
    const { call, token } = await startWithAdmin();
    await rename(data, `${data}-gone`);
    await call('auth/register', STRANGER);
    await rename(`${data}-gone`, data);
    expect((await call('health')).data.state).toBe('up');
    expect((await call('auth/me', {}, token)).data.role).toBe('admin');
  });

  it.each(['documents', 'objects'])(
    'when it starts without its %s is down, makes nothing, and is back with them',
    async (part) => {
      await startWithAdmin();
      await rename(join(data, part), join(home.path, part));
      const { found, call } = await start();
      expect(found).toBe('lost');
      for (const url of ['auth/register', 'auth/login', 'auth/me', 'bucket/listBuckets']) {
        expect(await call(url, url === 'auth/register' ? STRANGER : {}, 'a.b.c')).toMatchObject({
          error: 'ServiceUnavailable',
          data: { err: expect.stringContaining(data) },
        });
      }
      expect((await call('health')).data).toMatchObject({ state: 'down', stores: { [part]: { state: 'down' } } });
      expect(existsSync(join(data, part))).toBe(false);
      await rename(join(home.path, part), join(data, part));
      const again = await start();
      expect(again.found).toBe('opened');
      expect((await again.call('auth/login', PROOF)).success).toBe(true);
    },
  );

  it('of before there were markers is opened, and has them from then on', async () => {
    await startWithAdmin();
    await rm(join(data, '.bed'));
    await rm(join(data, 'objects', '.bed'));
    const [marker = ''] = (await readdir(join(data, 'documents'), { recursive: true })).filter((name) =>
      /\/bed\.json$/.test(name),
    );
    await rm(join(data, 'documents', marker));
    const { found } = await start();
    expect(found).toBe('opened');
    expect(existsSync(join(data, '.bed')) && existsSync(join(data, 'objects', '.bed'))).toBe(true);
  });

  it('is opened where its whole folder was moved to, and where it was moved from a new one begins', async () => {
    await startWithAdmin();
    const moved = join(home.path, 'moved');
    await rename(data, moved);
    expect((await start({ IMAGEPIC_DATA_DIR: moved })).found).toBe('opened');
    expect((await start()).found).toBe('new');
  });
});

describe('a bed on CloudBase', () => {
  it('is down in another environment than its images remember, and nobody becomes admin there', async () => {
    const secret = randomBytes(32).toString('hex');
    const emulators = await Promise.all([startCloudBaseEmulator(), startCloudBaseEmulator()]);
    const [right, wrong] = emulators.map(({ serviceUrl }) => ({
      IMAGEPIC_SECRET: secret,
      IMAGEPIC_DOCUMENTS: 'cloudbase',
      IMAGEPIC_CLOUDBASE_ENV: EMULATED.envId,
      IMAGEPIC_CLOUDBASE_URL: serviceUrl,
      TENCENTCLOUD_SECRETID: EMULATED.secretId,
      TENCENTCLOUD_SECRETKEY: EMULATED.secretKey,
    }));
    try {
      expect((await (await start(right)).call('auth/register', PERSON)).success).toBe(true);
      const { found, call } = await start(wrong);
      expect(found).toBe('lost');
      expect(await call('auth/register', STRANGER)).toMatchObject({
        error: 'ServiceUnavailable',
        data: { err: expect.stringMatching(new RegExp(`${EMULATED.envId}.*IMAGEPIC_CLOUDBASE_ENV`)) },
      });
      expect((await call('health')).data).toMatchObject({ state: 'down', stores: { objects: { state: 'up' } } });
      expect((await start(right)).found).toBe('opened');
    } finally {
      await Promise.all(emulators.map((emulator) => emulator.close()));
    }
  });
});
