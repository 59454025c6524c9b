import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bootstrap } from '../../../../src/bootstrap.ts';
import { type Config, loadConfig } from '../../../../src/config/config.ts';
import { createCallFunctionEntry } from '../../../../src/events/call-function.ts';
import type { Answer } from '../../../support/bed.ts';
import { makePng } from '../../../support/png.ts';
import { createTempConfig } from '../../../support/temp-config.ts';

const PERSON = { name: 'Ann', tfs: '', email: 'ann@example.com', phone: '13800138000', upwd: 'correct horse 7' };
const BOB = { ...PERSON, phone: '13900139000', email: 'bob@example.com' };
const DAY_MS = 24 * 60 * 60 * 1000;
const CAT = { bucketName: 'images', objectName: 'cat.png' };

let folder: string;
let remove: () => Promise<void>;
let call: (url: string, input: object, token?: string) => Promise<Answer>;
let later: number;
let sweep: () => Promise<unknown>;
let run: (job: string) => Promise<unknown>;

async function open(changes: Readonly<Record<string, string>>) {
  ({ folder, remove } = await createTempConfig());
  later = 0;
  await start(loadConfig({ IMAGEPIC_DATA_DIR: folder, IMAGEPIC_RECORDS: 'sqlite', ...changes }));
}

async function start(config: Config) {
  const app = await bootstrap(config, { writeLog: () => undefined, now: () => new Date(Date.now() + later) });
  const entry = createCallFunctionEntry(app, { transport: 'call-function', mountUrl: '/imagepic' });
  call = async (url, input, token) =>
    JSON.parse(JSON.stringify(await entry({ ...input, $url: url, ...(token !== undefined && { $token: token }) }, {})));
  run = async (job) => app.jobs.find(({ name }) => name === job)?.run({ budgetMs: 60_000 });
  sweep = () => run('settle-records');
}

const signIn = async (person: typeof PERSON): Promise<string> => {
  await call('auth/register', person);
  return (await call('auth/login', { phone: person.phone, upwd: person.upwd })).data.token;
};
const put = (token: string, place: object = CAT) =>
  call('object/putObject', { ...place, base64: makePng(2, 3).toString('base64') }, token);
const list = async (token: string) => (await call('image/listTrash', {}, token)).data.images;
const usedBy = async (token: string) => (await call('auth/me', {}, token)).data.usage;

beforeEach(() => open({}));
afterEach(() => remove());

it('puts what is removed into the trash, counts it and gives it back at its address', async () => {
  const token = await signIn(PERSON);
  await put(token);
  const before = await usedBy(token);
  expect((await call('object/removeObject', CAT, token)).success).toBe(true);
  expect((await call('object/statObject', CAT, token)).error).toBe('NoSuchKey');
  expect((await call('object/listObjects', { bucketName: 'images', recursive: true }, token)).data.lists).toEqual([]);
  expect((await call('image/search', {}, token)).data.images).toEqual([]);
  const [thrown] = await list(token);
  expect(thrown).toMatchObject({ ...CAT, contentType: 'image/png' });
  expect(Date.parse(thrown.purgesAt) - Date.parse(thrown.removedAt)).toBe(30 * DAY_MS);
  expect(await usedBy(token)).toEqual(before);
  const { imageId } = thrown;
  expect((await call('image/restore', { imageId }, token)).data).toMatchObject(CAT);
  expect((await call('object/statObject', CAT, token)).success).toBe(true);
  expect(await list(token)).toEqual([]);
  expect((await call('image/restore', { imageId }, token)).error).toBe('NoSuchKey');
});

it('shows nobody the trash of others, but admins', async () => {
  const [admin, bob] = [await signIn(PERSON), await signIn(BOB)];
  await put(admin);
  await put(bob, { ...CAT, objectName: 'dog.png' });
  await call('object/removeObjects', { bucketName: 'images', objectNames: ['cat.png'] }, admin);
  await call('object/removeObject', { ...CAT, objectName: 'dog.png' }, bob);
  const names = (images: readonly { objectName: string }[]) => images.map(({ objectName }) => objectName).sort();
  expect([names(await list(bob)), names(await list(admin))]).toEqual([['dog.png'], ['cat.png', 'dog.png']]);
  const theirs = (await list(admin)).find(({ objectName }: { objectName: string }) => objectName === 'cat.png').imageId;
  expect((await call('image/restore', { imageId: theirs }, bob)).error).toBe('NoSuchKey');
  expect((await call('image/purge', { imageIds: [theirs] }, bob)).data).toEqual([{ imageId: theirs, purged: false }]);
  expect((await call('image/emptyTrash', {}, bob)).data).toEqual({ purged: 1, isEmpty: true });
  expect(names(await list(admin))).toEqual(['cat.png']);
});

it('removes for good after the days, and not before', async () => {
  const token = await signIn(PERSON);
  await put(token);
  await call('object/removeObject', CAT, token);
  await sweep();
  expect(await list(token)).toHaveLength(1);
  later = 30 * DAY_MS;
  await sweep();
  later = 0;
  expect(await list(token)).toEqual([]);
  expect(await usedBy(token)).toMatchObject({ bytes: 0, objects: 0 });
});

it('removes for good at once with purge', async () => {
  const token = await signIn(PERSON);
  await put(token);
  await call('object/removeObject', { ...CAT, purge: true }, token);
  expect(await list(token)).toEqual([]);
  expect(await usedBy(token)).toMatchObject({ bytes: 0, objects: 0 });
  const left = await readdir(join(folder, 'objects/images/keys'), { recursive: true, withFileTypes: true });
  expect(left.filter((entry) => entry.isFile())).toEqual([]);
});

it('leaves alone what has its name by now, and gives it back under another', async () => {
  const token = await signIn(PERSON);
  await put(token);
  await call('object/removeObject', CAT, token);
  const [{ imageId }] = await list(token);
  const newer = (await put(token)).data.etag;
  expect((await call('image/restore', { imageId }, token)).success).toBe(false);
  expect((await call('object/statObject', CAT, token)).data.etag).toBe(newer);
  expect(await list(token)).toHaveLength(1);
  const back = await call('image/restore', { imageId, toObjectName: 'old.png' }, token);
  expect(back.data).toMatchObject({ objectName: 'old.png' });
  expect(await list(token)).toEqual([]);
  expect(await usedBy(token)).toMatchObject({ objects: 2 });
});

it('gives an image back once where two ask at once', async () => {
  const token = await signIn(PERSON);
  await put(token);
  await call('object/removeObject', CAT, token);
  const [{ imageId }] = await list(token);
  const restore = (toObjectName: string) => call('image/restore', { imageId, toObjectName }, token);
  const answers = await Promise.all([restore('one.png'), restore('two.png')]);
  expect(answers.filter(({ success }) => success)).toHaveLength(1);
  const { lists } = (await call('object/listObjects', { bucketName: 'images', recursive: true }, token)).data;
  expect(lists).toHaveLength(1);
  expect(await usedBy(token)).toMatchObject({ objects: 1 });
});

it('keeps its bytes out of reach, for admins too', async () => {
  const token = await signIn(PERSON);
  await put(token);
  await call('object/removeObject', CAT, token);
  const [{ imageId }] = await list(token);
  const [kept = ''] = await readdir(join(folder, 'objects/images/keys/.imagepic/trash'));
  const chance = /\.([0-9a-f]{32})/.exec(kept)?.[1];
  expect(chance).toBeDefined();
  const place = { bucketName: 'images', objectName: `.imagepic/trash/${imageId}.${chance}` };
  for (const url of ['object/statObject', 'object/getObject', 'object/presignedGetObject', 'object/removeObject']) {
    expect([url, (await call(url, place, token)).error]).toEqual([url, 'InvalidArgument']);
    expect([url, (await call(url, { ...place, objectName: 'dog.png' }, token)).error]).not.toContain('InvalidArgument');
  }
  expect(await list(token)).toHaveLength(1);
});

const filesOf = async (): Promise<readonly string[]> => {
  const found = await readdir(join(folder, 'objects/images/keys'), { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map(({ name }) => name);
};
/** The same folder, after the records of its images were lost, or without any from now on. */
async function reopen(changes: Readonly<Record<string, string>>) {
  const config = loadConfig({ IMAGEPIC_DATA_DIR: folder, ...changes });
  await start(config);
}
const loseRecords = async () => {
  await rm(join(folder, 'records'), { recursive: true });
  await reopen({ IMAGEPIC_RECORDS: 'sqlite' });
};

/** All slices of a reconciliation, which repairs. */
async function reconcile() {
  const token = await signIn(PERSON);
  let [checked, drift, cursor] = [0, [] as readonly unknown[], undefined as string | undefined];
  do {
    const { data } = await call('bucket/reconcile', { repair: true, ...(cursor !== undefined && { cursor }) }, token);
    [checked, drift, cursor] = [checked + data.checked, [...drift, ...data.drift], data.cursor];
  } while (cursor !== undefined);
  return { checked, drift };
}

it('goes with its account, and is for no heir', async () => {
  const [admin, bob] = [await signIn(PERSON), await signIn(BOB)];
  await put(bob);
  await put(bob, { ...CAT, objectName: 'dog.png' });
  await call('object/removeObject', CAT, bob);
  expect((await call('auth/deleteAccount', { upwd: BOB.upwd, images: 'transfer' }, bob)).success).toBe(true);
  await run('departures');
  expect(await list(admin)).toEqual([]);
  expect((await call('object/statObject', { ...CAT, objectName: 'dog.png' }, admin)).success).toBe(true);
  expect(await usedBy(admin)).toMatchObject({ objects: 1 });
  expect(await filesOf()).toHaveLength(1);
});

it('goes with its account where its record was lost', async () => {
  const [admin, bob] = [await signIn(PERSON), await signIn(BOB)];
  await put(bob);
  await call('object/removeObject', CAT, bob);
  await loseRecords();
  expect((await call('auth/deleteAccount', { upwd: BOB.upwd, images: 'transfer' }, bob)).success).toBe(true);
  await run('departures');
  expect(await filesOf()).toEqual([]);
  expect(await usedBy(admin)).toMatchObject({ objects: 0 });
});

it.each([
  ['are lost', loseRecords],
  ['are kept no longer', () => reopen({ IMAGEPIC_RECORDS: 'none' })],
])('leaves no bytes for ever where records %s, counts them until then and nothing else', async (_, lose) => {
  const token = await signIn(PERSON);
  await put(token);
  await put(token, { ...CAT, objectName: 'dog.png' });
  await call('object/removeObject', CAT, token);
  await lose();
  await sweep();
  later = 29 * DAY_MS;
  await sweep();
  later = 0;
  expect(await filesOf()).toHaveLength(2);
  expect(await usedBy(token)).toMatchObject({ objects: 2 });
  expect(await reconcile()).toEqual({ checked: 2, drift: [] });
  later = 29 * DAY_MS;
  expect(await reconcile()).toEqual({ checked: 2, drift: [] });
  later = 0;
  later = 31 * DAY_MS;
  await sweep();
  later = 0;
  expect(await filesOf()).toHaveLength(1);
  expect(await usedBy(token)).toMatchObject({ objects: 1 });
  expect((await call('object/statObject', { ...CAT, objectName: 'dog.png' }, token)).success).toBe(true);
  expect(await reconcile()).toEqual({ checked: 1, drift: [] });
});

it('is never taken for an orphan while a record names it', async () => {
  const token = await signIn(PERSON);
  await put(token);
  await call('object/removeObject', CAT, token);
  await reopen({ IMAGEPIC_RECORDS: 'sqlite', IMAGEPIC_TRASH_DAYS: '60' });
  later = 45 * DAY_MS;
  await sweep();
  later = 0;
  expect(await list(token)).toHaveLength(1);
});

it.each([
  ['is told to have none', { IMAGEPIC_TRASH_DAYS: '0' }, []],
  ['keeps no records', { IMAGEPIC_RECORDS: 'none' }, undefined],
])('is none where the bed %s', async (_, changes, shown) => {
  await remove();
  await open(changes);
  const token = await signIn(PERSON);
  await put(token);
  await call('object/removeObject', CAT, token);
  expect(await list(token)).toEqual(shown);
  expect((await call('health', {})).data.bed.trashDays).toBe(0);
  expect(await usedBy(token)).toMatchObject({ bytes: 0, objects: 0 });
});
