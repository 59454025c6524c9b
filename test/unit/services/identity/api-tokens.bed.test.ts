import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, openBed, type Person } from '../../../support/bed.ts';
import { makePng } from '../../../support/png.ts';

let bed: Bed;
let ann: Person;
beforeAll(async () => {
  bed = await openBed();
  await bed.person('Admin');
  ann = await bed.person('Ann');
});
afterAll(() => bed.close());

const BASE64 = makePng(3, 3).toString('base64');
const create = async (request: object): Promise<string> => {
  const answer = await bed.call('auth/createToken', { name: 'ci', ...request }, ann.token);
  expect(answer.success).toBe(true);
  return answer.data.token;
};
const put = (token: string, objectName: string) =>
  bed.call('object/putObject', { bucketName: 'images', objectName, base64: BASE64 }, token);

describe('API tokens', () => {
  it('are shown once, stored as a hash, listed with their last use, and revoked at once', async () => {
    const token = await create({ name: 'picgo', scopes: ['upload'] });
    expect(token).toMatch(/^ip_[\w-]{75}$/);
    const before = (await bed.call('auth/listTokens', {}, ann.token)).data.find(
      (one: { name: string }) => one.name === 'picgo',
    );
    expect(before).not.toHaveProperty('lastUsedAt');
    expect((await put(token, 't/1.png')).success).toBe(true);
    const listed = (await bed.call('auth/listTokens', {}, ann.token)).data;
    const mine = listed.find((one: { name: string }) => one.name === 'picgo');
    expect(Object.keys(mine).sort()).toEqual(['createdAt', 'id', 'lastUsedAt', 'name', 'scopes']);
    await bed.call('auth/revokeToken', { tokenId: mine.id }, ann.token);
    expect((await put(token, 't/2.png')).error).toBe('InvalidToken');
    expect((await bed.call('auth/revokeToken', { tokenId: mine.id }, ann.token)).success).toBe(true);
  });

  it.each([
    ['upload', { 'object/putObject': true }],
    ['read', { 'object/statObject': true }],
    ['delete', { 'object/removeObject': true }],
    ['list', { 'object/listObjects': true, 'bucket/listBuckets': true }],
  ])('with the scope %s do that and nothing else', async (scope, allowed) => {
    await put(ann.token, 'scope.png');
    const token = await create({ scopes: [scope] });
    const place = { bucketName: 'images', objectName: 'scope.png' };
    const inputs = {
      'object/putObject': { ...place, base64: BASE64 },
      'object/statObject': place,
      'object/removeObject': place,
      'object/listObjects': { bucketName: 'images' },
      'bucket/listBuckets': {},
      'auth/me': {},
      'auth/createToken': { name: 'more', scopes: ['upload', 'delete'] },
      'auth/listTokens': {},
      'auth/logoutAll': {},
    };
    for (const [url, input] of Object.entries(inputs)) {
      const answer = await bed.call(url, input, token);
      expect(answer.success, url).toBe(Object.keys(allowed).includes(url));
      if (!answer.success) expect(answer.error, url).toBe('AccessDenied');
    }
  });

  it('look at themselves, and show no more of the account than its name and role', async () => {
    const made = { name: 'self', scopes: ['upload'], prefix: 'self/', maxBytes: 1000 };
    const token = await create(made);
    const shown = (await bed.call('auth/whoami', {}, token)).data;
    expect(shown).toEqual({
      ...{ userId: ann.userId, name: 'Ann', role: expect.any(String) },
      token: { ...made, id: expect.any(String), createdAt: expect.any(String), lastUsedAt: expect.any(String) },
    });
    expect((await bed.call('auth/whoami', {}, ann.token)).data).toEqual({ ...shown, token: undefined });
  });

  it('end themselves by auth/logout, and nothing else of the account', async () => {
    const [token, other] = [await create({ scopes: ['list'] }), await create({ scopes: ['list'] })];
    expect((await bed.call('auth/logout', {}, token)).success).toBe(true);
    expect((await bed.call('auth/whoami', {}, token)).error).toBe('InvalidToken');
    expect((await bed.call('auth/whoami', {}, other)).success).toBe(true);
    expect((await bed.call('auth/whoami', {}, ann.token)).success).toBe(true);
  });

  it('are held to their bucket, prefix and size', async () => {
    const scopes = ['upload', 'read', 'delete', 'list'];
    const narrow = await create({ scopes, prefix: 'narrow/' });
    expect((await put(narrow, 'wide.png')).error).toBe('AccessDenied');
    expect((await put(narrow, 'narrow/a.png')).success).toBe(true);
    await put(ann.token, 'wide.png');
    expect((await bed.call('object/statObject', { bucketName: 'images', objectName: 'wide.png' }, narrow)).error).toBe(
      'NoSuchKey',
    );
    const listed = await bed.call('object/listObjects', { bucketName: 'images', recursive: true }, narrow);
    expect(listed.data.lists.map((entry: { name: string }) => entry.name)).toEqual(['narrow/a.png']);
    const elsewhere = await create({ scopes, bucketName: 'elsewhere' });
    expect((await put(elsewhere, 'a.png')).error).toBe('AccessDenied');
    expect((await put(await create({ scopes, maxBytes: 10 }), 'a.png')).error).toBe('EntityTooLarge');
  });

  it('expire', async () => {
    const token = await create({ scopes: ['list'], expiresIn: 60 });
    expect((await bed.call('bucket/listBuckets', {}, token)).success).toBe(true);
    bed.clock.now += 60_000;
    expect((await bed.call('bucket/listBuckets', {}, token)).error).toBe('InvalidToken');
  });

  it.each(['ip_', `ip_${'A'.repeat(75)}`, `ip_${'A'.repeat(74)}=`, `ip_${'A'.repeat(5000)}`, 'ip_../../x'])(
    'that are made up, such as %.20s…, are refused',
    async (token) => {
      expect((await bed.call('bucket/listBuckets', {}, token)).error).toBe('InvalidToken');
    },
  );

  it('keep their owner’s other secret bits: one altered sign makes them worthless', async () => {
    const token = await create({ scopes: ['list'] });
    for (const at of [5, 30, 40, 60, 70]) {
      const altered = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect((await bed.call('bucket/listBuckets', {}, altered)).error).toBe('InvalidToken');
    }
  });
});
