import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Bed, openBed, type Person } from '../../../support/bed.ts';
import { makePng } from '../../../support/png.ts';

const BASE64 = makePng(2, 2).toString('base64');
const NAMES = ['own/b.png', 'own/y.png', 'private/z.png', 'team/a/x.png', 'team/x.png', 'teams/q.png'];

let bed: Bed;
let admin: Person;
let bob: Person;

beforeEach(async () => {
  bed = await openBed();
  admin = await bed.person('Admin');
  bob = await bed.person('Bob');
  for (const objectName of NAMES) {
    await bed.call('object/putObject', { bucketName: 'images', objectName, base64: BASE64 }, admin.token);
  }
});
afterEach(() => bed.close());

const grant = async (...prefixes: readonly string[]): Promise<void> => {
  const grants = prefixes.map((prefix) => ({ bucketName: 'images', prefix, actions: ['list', 'read'] }));
  await bed.call('auth/updateUser', { userId: bob.userId, grants }, admin.token);
};
const list = async (query: object, token = bob.token) =>
  (await bed.call('object/listObjects', { bucketName: 'images', recursive: true, ...query }, token)).data;
const namesIn = ({ lists }: { lists: { name?: string; prefix?: string }[] }) =>
  lists.map(({ name, prefix }) => name ?? prefix);

it('shows a member with two grants on a bucket both, in order, and counts both', async () => {
  await grant('team/', 'own/');
  const seen = await list({});
  expect(namesIn(seen)).toEqual(['own/b.png', 'own/y.png', 'team/a/x.png', 'team/x.png']);
  expect(seen.total).toBe(4);
});

it('lists what two grants cover both only once', async () => {
  await grant('team/', 'team/a/', 'tea');
  expect(namesIn(await list({}))).toEqual(['team/a/x.png', 'team/x.png', 'teams/q.png']);
});

it.each([1, 2, 3, 4, 5])('pages over the end of a prefix, %i at a time', async (pageSize) => {
  await grant('team/', 'own/');
  const found: (string | undefined)[] = [];
  let continuationToken: string | undefined = '';
  for (let pages = 0; continuationToken !== undefined && pages < 10; pages += 1) {
    const page = await list({ pageSize, continuationToken });
    expect(page.lists.length).toBeLessThanOrEqual(pageSize);
    found.push(...namesIn(page));
    continuationToken = page.continuationToken;
  }
  expect(found).toEqual(['own/b.png', 'own/y.png', 'team/a/x.png', 'team/x.png']);
});

it('gives any page by its number', async () => {
  await grant('team/', 'own/');
  expect(namesIn(await list({ pageSize: 3, pageNum: 1 }))).toEqual(['own/b.png', 'own/y.png', 'team/a/x.png']);
  expect(namesIn(await list({ pageSize: 3, pageNum: 2 }))).toEqual(['team/x.png']);
  expect(namesIn(await list({ pageNum: -1 }))).toHaveLength(4);
});

it('narrows several grants by the prefix that is asked for, and by that of a token above them', async () => {
  await grant('team/a/', 'team/x', 'own/');
  expect(namesIn(await list({ prefix: 'team/' }))).toEqual(['team/a/x.png', 'team/x.png']);
  const { data } = await bed.call('auth/createToken', { name: 't', scopes: ['list'], prefix: 'team/' }, bob.token);
  expect(namesIn(await list({}, data.token))).toEqual(['team/a/x.png', 'team/x.png']);
  expect(namesIn(await list({ prefix: 'own/' }, data.token))).toEqual([]);
});

it.each(['x', 'WyJwcml2YXRlLyIsIiJd', 'WzFd', 'bnVsbA'])(
  'refuses %j, which is no token of such a listing',
  async (token) => {
    await grant('team/', 'own/');
    const answer = await bed.call(
      'object/listObjects',
      { bucketName: 'images', recursive: true, continuationToken: token },
      bob.token,
    );
    expect(answer).toMatchObject({ error: 'InvalidArgument', data: { fields: ['continuationToken'] } });
  },
);

it('shows the folders of several grants as albums are listed, without those that are not granted', async () => {
  await grant('team/', 'own/');
  expect(namesIn(await list({ recursive: false }))).toEqual(['team/a/', 'own/b.png', 'own/y.png', 'team/x.png']);
});
