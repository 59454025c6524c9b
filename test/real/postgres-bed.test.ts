import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFunction, loadFunction } from '../support/built-function.ts';
import { makePng } from '../support/png.ts';
import { isPostgresMissing, type Postgres, startPostgres } from '../support/postgres.ts';
import { startServer } from '../support/running-server.ts';
import { startServerProcess } from '../support/server-process.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const PERSON = { name: 'P', tfs: '', email: 'p@example.com', phone: '13800138000', upwd: 'correct horse 7' };
const LOGIN = { phone: PERSON.phone, upwd: PERSON.upwd };
const JSON_TYPE = { 'content-type': 'application/json' };
const SECRET = '7f3a9c51d0e8b264f1a7c3905be2d846';

describe.skipIf(isPostgresMissing)('a bed on PostgreSQL', () => {
  let postgres: Postgres;
  let folder: TempFolder;
  const env = () => ({
    IMAGEPIC_SECRET: SECRET,
    IMAGEPIC_DATA_DIR: folder.path,
    IMAGEPIC_DOCUMENTS: 'postgres',
    IMAGEPIC_DATABASE_URL: postgres.url,
  });

  beforeAll(async () => {
    [postgres, folder] = await Promise.all([startPostgres(), makeTempFolder()]);
  });
  afterAll(async () => {
    await postgres.stop();
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
    await postgres.crash();
    await postgres.restart();

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
      data: { state: 'up', stores: { documents: { kind: 'postgres', state: 'up' } } },
    });
    await after.close();
  });

  it('serves as the built function does, with the driver in a chunk of its own', async () => {
    const built = await buildFunction();
    const files = { ...env(), IMAGEPIC_ALLOW_FILE_STORES: 'shared-mount' };
    const loaded = await loadFunction(built.path, files);
    expect(await loaded.main({ $url: 'health' })).toMatchObject({
      data: { stores: { documents: { kind: 'postgres', state: 'up' } } },
    });
    await loaded.close();
    await built.remove();
  });

  it('says that it is down, and shows the password nowhere, where it is wrong', async () => {
    const wrong = postgres.url.replace(/:[^:@]+@/, ':hunter2@');
    const server = await startServer({ ...env(), IMAGEPIC_DATABASE_URL: wrong });
    const asked = async (path: string, data: object) =>
      (
        await fetch(`${server.mountUrl}/${path}`, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(data) })
      ).text();
    const answers = [await asked('health', {}), await asked('auth/register', PERSON)];
    expect(JSON.parse(answers[0] ?? '')).toMatchObject({ data: { state: 'down' } });
    await server.close();
    expect([...answers, ...server.log].join('\n')).not.toContain('hunter2');
    expect(server.log.join('\n')).toContain('password authentication failed');
  });
});
