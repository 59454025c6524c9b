import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPasswordReset } from '../../src/admin.ts';
import { buildFunction, loadFunction } from '../support/built-function.ts';
import { isMongodbMissing, type Mongodb, startMongodb } from '../support/mongodb.ts';
import { makePng } from '../support/png.ts';
import { startServer } from '../support/running-server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const PERSON = { name: 'P', tfs: '', email: 'p@example.com', phone: '13800138000', upwd: 'correct horse 7' };
const LOGIN = { phone: PERSON.phone, upwd: PERSON.upwd };
const SECRET = '7f3a9c51d0e8b264f1a7c3905be2d846';

describe.skipIf(isMongodbMissing)('a bed on MongoDB', () => {
  let mongodb: Mongodb;
  let folder: TempFolder;
  const env = () => ({
    IMAGEPIC_SECRET: SECRET,
    IMAGEPIC_DATA_DIR: folder.path,
    IMAGEPIC_DOCUMENTS: 'mongodb',
    IMAGEPIC_DATABASE_URL: mongodb.url,
  });

  beforeAll(async () => {
    [mongodb, folder] = await Promise.all([startMongodb(), makeTempFolder()]);
  });
  afterAll(async () => {
    await mongodb.stop();
    await folder.remove();
  });

  it('still has its people and pictures when server and database were killed', async () => {
    const picture = makePng(20, 10, { grey: 90 }).toString('base64');
    const before = await startServerProcess(env());
    expect((await before.post('auth/register', PERSON)).success).toBe(true);
    const first = await before.post('auth/login', LOGIN);
    const put = { bucketName: 'images', objectName: 'a/b.png', base64: picture };
    expect(await before.post('object/putObject', put, first.data['token'])).toMatchObject({ success: true });
    await before.kill();
    await mongodb.crash();
    await mongodb.restart();

    const after = await startServerProcess(env());
    expect((await after.post('auth/register', PERSON)).success).toBe(false);
    const again = await after.post('auth/login', LOGIN);
    const listed = await after.post(
      'object/listObjects',
      { bucketName: 'images', recursive: true },
      again.data['token'],
    );
    expect(JSON.stringify(listed.data)).toContain('a/b.png');
    expect(await after.post('health', {})).toMatchObject({
      data: { state: 'up', stores: { documents: { kind: 'mongodb', state: 'up' } } },
    });
    await after.close();
  });

  it('serves as the built function does, with the driver in a chunk of its own', async () => {
    const built = await buildFunction();
    const loaded = await loadFunction(built.path, { ...env(), IMAGEPIC_ALLOW_FILE_STORES: 'shared-mount' });
    expect(await loaded.main({ $url: 'health' })).toMatchObject({
      data: { stores: { documents: { kind: 'mongodb', state: 'up' } } },
    });
    await loaded.close();
    await built.remove();
  });

  it('sends nobody a password, and says that it is down, where the database is elsewhere', async () => {
    const nowhere = 'mongodb://bed:hunter2@127.0.0.1:1/bed';
    const server = await startServer({ ...env(), IMAGEPIC_DATABASE_URL: nowhere });
    const answer = await (await fetch(`${server.mountUrl}/health`)).text();
    await server.close();
    expect(JSON.parse(answer)).toMatchObject({
      data: { state: 'down', stores: { documents: { problem: expect.stringContaining('MongoDB') } } },
    });
    expect([answer, ...server.log].join('\n')).not.toContain('hunter2');
  });

  it('is found by who runs it, whose command ends by itself', async () => {
    const server = await startServer(env());
    await fetch(`${server.mountUrl}/auth/register`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(PERSON) },
    });
    await server.close();
    const connections = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const before = connections();
    const made = await createPasswordReset(env(), PERSON.phone, () => undefined);
    expect(made?.link).toContain('/reset/');
    expect(await createPasswordReset(env(), '13900139000', () => undefined)).toBeUndefined();
    // What keeps a process alive is gone: no connection to the database is left.
    await expect.poll(connections).toBeLessThanOrEqual(before);
  });
});
