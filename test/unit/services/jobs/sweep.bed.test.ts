import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { App } from '../../../../src/app.ts';
import { bootstrap } from '../../../../src/bootstrap.ts';
import { createLocalEntry, type Local } from '../../../../src/events/local.ts';
import { openHttpEntry } from '../../../support/http-entry.ts';
import { makePng } from '../../../support/png.ts';
import { createTempConfig } from '../../../support/temp-config.ts';

const DAY_MS = 24 * 3600 * 1000;
const PERSON = { name: 'P', tfs: '', email: 'p@example.com', phone: '13800138000', upwd: 'correct horse 7' };

let folder: string;
let remove: () => Promise<void>;
let app: App;
let local: Local;
let clock: number;
let token: string;
beforeEach(async () => {
  const temp = await createTempConfig();
  ({ folder, remove } = temp);
  clock = Date.now();
  app = await bootstrap(temp.config, { writeLog: () => {}, now: () => new Date(clock) });
  local = createLocalEntry(app, '/imagepic');
  await local.call('auth/register', PERSON);
  token = await signIn();
});
afterEach(() => remove());

const signIn = async (): Promise<string> => {
  const login = await local.call('auth/login', { phone: PERSON.phone, upwd: PERSON.upwd });
  return login.success ? login.data.token : '';
};
const count = async (collection: string): Promise<number> => {
  const names = await readdir(join(folder, 'documents', collection), { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith('.json')).length;
};
const sweep = async (budgetMs: number) => app.jobs.find(({ name }) => name === 'sweep')?.run({ budgetMs });
const sweepToTheEnd = async (budgetMs: number): Promise<void> => {
  while ((await sweep(budgetMs))?.finished !== true);
};

it('the sweep removes what time has made worthless and nothing else', async () => {
  const image = { bucketName: 'images', objectName: 'a.png', base64: makePng(2, 2).toString('base64') };
  await local.call('object/putObject', image, { token, idempotencyKey: 'k' });
  const announced = { bucketName: 'images', objectName: 'b.png', contentType: 'image/png', size: 99 } as const;
  await local.call('object/presignedPutObject', announced, { token });
  await local.call('object/createMultipartUpload', announced, { token });
  await local.call('auth/invite', { expiresIn: 60 }, { token });
  await sweepToTheEnd(10_000);
  expect([
    await count('uploads'),
    await count('idempotency'),
    await count('invitations'),
    await count('sessions'),
  ]).toEqual([2, 1, 1, 1]);

  clock += 3 * DAY_MS;
  token = await signIn();
  await sweepToTheEnd(10_000);
  expect([
    await count('uploads'),
    await count('idempotency'),
    await count('invitations'),
    await count('sessions'),
  ]).toEqual([0, 0, 0, 2]);
  expect(await local.call('object/listMultipartUploads', { bucketName: 'images' }, { token })).toMatchObject({
    data: [],
  });

  clock += 32 * DAY_MS;
  token = await signIn();
  await sweepToTheEnd(10_000);
  expect([await count('sessions'), await count('users'), await count('usage')]).toEqual([1, 1, 1]);
  expect(await local.call('auth/me', {}, { token })).toMatchObject({ data: { usage: { objects: 1 } } });
  const place = { bucketName: 'images', objectName: 'a.png' };
  expect(await local.call('object/statObject', place, { token })).toMatchObject({ success: true });
});

it('the sweep goes on where its time ran out, and may run twice at once', async () => {
  for (let index = 0; index < 30; index += 1) await signIn();
  clock += 40 * DAY_MS;
  expect(await sweep(0)).toMatchObject({ looked: 0, finished: false });
  await Promise.all([sweepToTheEnd(10_000), sweepToTheEnd(10_000), sweepToTheEnd(10_000)]);
  expect(await count('sessions')).toBe(0);
});

it('leaves nothing of what clients sent once its images are gone and its time is over', async () => {
  const { data } = await local
    .call('auth/createToken', { name: 't', scopes: ['upload'], expiresIn: 3600 }, { token })
    .then((answer) => {
      if (!answer.success) throw new TypeError(answer.error);
      return answer;
    });
  const http = openHttpEntry(app, { mount: '/imagepic', publicUrl: undefined, allowedOrigins: [], imageOrigins: [] });
  for (const side of [2, 3, 4]) {
    const headers = new Map([
      ['authorization', `Bearer ${data.token}`],
      ['content-type', 'image/png'],
    ]);
    const body = (async function* () {
      yield makePng(side, side);
    })();
    const request = {
      method: 'POST',
      path: '/upload',
      query: new URLSearchParams(),
      headers,
      body,
      scheme: 'http',
    } as const;
    expect((await http(request)).status).toBe(200);
  }
  await local.call('bucket/reconcile', {}, { token });
  expect([await count('duplicates'), await count('token-uses')]).toEqual([3, 1]);
  clock += 401 * DAY_MS;
  await sweepToTheEnd(10_000);
  for (const collection of ['duplicates', 'token-uses', 'counters', 'sessions', 'reconcile']) {
    expect([collection, await count(collection)]).toEqual([collection, 0]);
  }
  expect([await count('users'), await count('usage')]).toEqual([1, 1]);
});
