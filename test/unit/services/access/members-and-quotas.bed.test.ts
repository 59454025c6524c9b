import { afterEach, describe, expect, it } from 'vitest';
import { type Bed, openBed, type Person } from '../../../support/bed.ts';
import { makePng } from '../../../support/png.ts';

let bed: Bed;
let admin: Person;
let ann: Person;
let bob: Person;
const open = async (env: Readonly<Record<string, string>>): Promise<void> => {
  bed = await openBed(env);
  admin = await bed.person('Admin');
  ann = await bed.person('Ann');
  bob = await bed.person('Bob');
};
afterEach(() => bed.close());

const BASE64 = makePng(2, 2).toString('base64');
const put = (who: { readonly token: string }, objectName: string, bucketName = 'images') =>
  bed.call('object/putObject', { bucketName, objectName, base64: BASE64 }, who.token);
const of = (url: string, who: { readonly token: string }, objectName: string, more: object = {}) =>
  bed.call(`object/${url}`, { bucketName: 'images', objectName, ...more }, who.token);
const names = async (who: { readonly token: string }, prefix = '') => {
  const { data } = await bed.call('object/listObjects', { bucketName: 'images', prefix, recursive: true }, who.token);
  return data.lists.map((entry: { name: string }) => entry.name);
};
const anonymize = (answer: object) => ({ ...answer, requestId: '' });

describe('a private bed', () => {
  it('R25 puts images below their own member, and answers about foreign ones exactly as about missing ones', async () => {
    await open({ IMAGEPIC_BED: 'private' });
    const mine = (await put(ann, 'a.png')).data.objectName;
    expect(mine).toBe(`${ann.userId}/a.png`);
    expect((await of('statObject', ann, mine)).success).toBe(true);
    for (const url of ['statObject', 'getObject', 'presignedGetObject', 'removeObject']) {
      const foreign = await of(url, bob, mine);
      const missing = await of(url, bob, `${ann.userId}/b.png`);
      const text = (answer: object) => JSON.stringify(anonymize(answer)).replaceAll(/[ab]\.png/g, '');
      expect(text(foreign), url).toBe(text(missing));
    }
    expect((await of('statObject', ann, mine)).success).toBe(true);
    expect(await names(bob)).toEqual([]);
    expect(await names(bob, `${ann.userId}/`)).toEqual([]);
    expect(await names(ann)).toEqual([mine]);
    expect(await names(admin)).toEqual([mine]);
    expect((await put(bob, mine)).data.objectName).toBe(`${bob.userId}/${mine}`);
  });

  it.each([
    ['as its owner calls it', () => 'blog/'],
    ['as it stands in the bucket', () => `${ann.userId}/blog/`],
  ])('R25 lets a token do what its folder says, %s', async (_, prefix) => {
    await open({ IMAGEPIC_BED: 'private' });
    const request = { name: 't', scopes: ['upload', 'read', 'list'], prefix: prefix() };
    const token = (await bed.call('auth/createToken', request, ann.token)).data;
    await put(ann, 'diary.png');
    const mine = `${ann.userId}/blog/a.png`;
    expect((await put(token, 'blog/a.png')).data.objectName).toBe(mine);
    expect((await put(token, mine)).data.objectName).toBe(mine);
    expect(await names(token)).toEqual([mine]);
    expect((await of('statObject', token, mine)).success).toBe(true);
    expect((await put(token, 'diary.png')).error).toBe('AccessDenied');
    expect((await of('statObject', token, `${ann.userId}/diary.png`)).error).toBe('NoSuchKey');
    const announced = { contentType: 'image/png', size: 99 };
    const { data } = await of('presignedPutObject', token, 'blog/b.png', announced);
    expect((await bed.call('object/commitObject', { uploadId: data.uploadId }, token.token)).error).toBe(
      'NoSuchUpload',
    );
  });
});

describe('S16 names in a private bed', () => {
  it('mean the same in every call, and are answered in full', async () => {
    await open({ IMAGEPIC_BED: 'private' });
    const full = (name: string) => `${ann.userId}/${name}`;
    expect((await put(ann, 'blog/a.png')).data.objectName).toBe(full('blog/a.png'));
    for (const name of ['blog/a.png', full('blog/a.png')]) {
      expect((await of('statObject', ann, name)).data.url).toMatch(new RegExp(`/i/images/${full('blog/a.png')}$`));
      expect((await of('getObject', ann, name)).data.base64).toBeTruthy();
      expect((await of('presignedGetObject', ann, name)).data).toContain(full('blog/a.png'));
    }
    expect((await of('copyObject', ann, 'blog/a.png', { toObjectName: 'b.png' })).data.objectName).toBe(full('b.png'));
    expect((await of('moveObject', ann, 'b.png', { toObjectName: 'c.png' })).data.objectName).toBe(full('c.png'));
    expect(await names(ann, 'blog/')).toEqual([full('blog/a.png')]);
    expect((await of('removeObject', ann, 'c.png')).success).toBe(true);
    expect(await names(ann)).toEqual([full('blog/a.png')]);
    for (const name of ['blog/a.png', full('blog/a.png')]) {
      expect((await of('statObject', bob, name)).error).toBe('NoSuchKey');
    }
  });

  it('are removed under the names that were asked for, and only the own', async () => {
    await open({ IMAGEPIC_BED: 'private' });
    const [full] = [(await put(ann, 'blog/a.png')).data.objectName, await put(bob, 'blog/a.png')];
    const remove = async (who: Person, objectNames: readonly string[]) =>
      (await bed.call('object/removeObjects', { bucketName: 'images', objectNames }, who.token)).data;
    expect(await remove(bob, [full])).toEqual([{ objectName: full, removed: true }]);
    expect(await names(ann)).toEqual([full]);
    expect(await remove(ann, ['blog/a.png'])).toEqual([{ objectName: 'blog/a.png', removed: true }]);
    expect(await names(ann)).toEqual([]);
    await put(ann, 'blog/a.png');
    expect(await remove(ann, ['blog/a.png', full, 'blog/a.png'])).toEqual([
      { objectName: 'blog/a.png', removed: true },
      { objectName: full, removed: true },
    ]);
    expect(await names(ann)).toEqual([]);
    expect(await names(bob)).toHaveLength(1);
  });

  it('are what a grant is of', async () => {
    await open({ IMAGEPIC_BED: 'private' });
    const grants = [{ bucketName: 'images', prefix: 'blog/', actions: ['upload', 'read', 'list', 'delete'] }];
    await bed.call('auth/updateUser', { userId: ann.userId, grants }, admin.token);
    const full = `${ann.userId}/blog/q.png`;
    expect((await put(ann, 'blog/q.png')).data.objectName).toBe(full);
    expect((await put(ann, 'q.png')).error).toBe('AccessDenied');
    expect(await names(ann)).toEqual([full]);
    expect((await of('removeObject', ann, 'blog/q.png')).success).toBe(true);
    expect(await names(admin)).toEqual([]);
  });

  it('are those of an image’s variants, too', async () => {
    await open({ IMAGEPIC_BED: 'private' });
    const { objectName } = (await put(ann, 'a.png')).data;
    const wanted = { bucketName: 'images', objectName: 'a.png', parameters: { w: '1' } };
    const { data } = await bed.call('image/variantUrl', wanted, ann.token);
    expect(data.url).toContain(`/i/images/${objectName}?`);
    const purged = { bucketName: 'images', objectName: 'a.png' };
    expect((await bed.call('image/purgeVariants', purged, ann.token)).data).toEqual({ removed: 0 });
    expect((await bed.call('image/variantUrl', wanted, bob.token)).error).toBe('NoSuchKey');
  });
});

describe('a shared bed', () => {
  it('lets members see what is granted and nothing else', async () => {
    await open({});
    await put(ann, 'team/a.png');
    await put(ann, 'secret/a.png');
    const grants = [{ bucketName: 'images', prefix: 'team/', actions: ['read', 'list'] }];
    const changed = await bed.call('auth/updateUser', { userId: bob.userId, grants }, admin.token);
    expect(changed.data.grants).toEqual(grants);
    expect(await names(bob)).toEqual(['team/a.png']);
    expect((await of('statObject', bob, 'team/a.png')).success).toBe(true);
    expect((await of('statObject', bob, 'secret/a.png')).error).toBe('NoSuchKey');
    expect((await put(bob, 'team/b.png')).error).toBe('AccessDenied');
    await bed.call('auth/updateUser', { userId: bob.userId, grants: [] }, admin.token);
    expect((await bed.call('bucket/listBuckets', {}, bob.token)).data).toEqual([]);
    expect((await of('statObject', bob, 'team/a.png')).error).toBe('NoSuchKey');
  });

  it('lets an admin change everything, and a member only its own', async () => {
    await open({});
    await put(ann, 'a.png');
    expect((await of('removeObject', bob, 'a.png')).error).toBe('AccessDenied');
    expect((await put(bob, 'a.png')).error).toBe('AccessDenied');
    expect((await of('removeObject', admin, 'a.png')).success).toBe(true);
  });
});

describe('administration', () => {
  it('is for admins', async () => {
    await open({});
    for (const [url, input] of [
      ['auth/listUsers', {}],
      ['auth/updateUser', { userId: ann.userId, role: 'admin' }],
      ['auth/invite', {}],
    ] as const) {
      expect((await bed.call(url, input, ann.token)).error, url).toBe('AccessDenied');
    }
    expect((await bed.call('auth/me', {}, ann.token)).data.role).toBe('member');
  });

  it('lists everybody once, the phones masked', async () => {
    await open({});
    const first = (await bed.call('auth/listUsers', { pageSize: 2 }, admin.token)).data;
    const second = (await bed.call('auth/listUsers', { pageSize: 2, after: first.after }, admin.token)).data;
    const users = [...first.users, ...second.users];
    expect(users.map((user) => user.name).sort()).toEqual(['Admin', 'Ann', 'Bob']);
    expect(JSON.stringify(users)).not.toMatch(/1380000\d{4}|passwordHash|\$argon2/);
  });

  it('disables at once, and lets nobody lock itself out', async () => {
    await open({});
    const token = (await bed.call('auth/createToken', { name: 'ci', scopes: ['list'] }, bob.token)).data.token;
    await bed.call('auth/updateUser', { userId: bob.userId, disabled: true }, admin.token);
    expect((await bed.call('auth/me', {}, bob.token)).error).toBe('InvalidToken');
    expect((await bed.call('bucket/listBuckets', {}, token)).error).toBe('InvalidToken');
    expect((await bed.call('auth/refresh', { refreshToken: bob.refreshToken })).error).toBe('InvalidToken');
    expect((await bed.call('auth/login', { phone: bob.phone, upwd: bob.upwd })).error).toBe('AccessDenied');
    expect((await bed.call('auth/updateUser', { userId: admin.userId, role: 'member' }, admin.token)).error).toBe(
      'AccessDenied',
    );
    expect(
      (await bed.call('auth/updateUser', { userId: `u_${'0'.repeat(32)}`, role: 'member' }, admin.token)).error,
    ).toBe('NoSuchUser');
  });

  it('promotes a member, who then is an admin at once', async () => {
    await open({});
    await bed.call('auth/updateUser', { userId: ann.userId, role: 'admin' }, admin.token);
    expect((await bed.call('auth/listUsers', {}, ann.token)).success).toBe(true);
  });
});

describe('registration', () => {
  const registration = { name: 'New', tfs: '', email: 'n@example.com', phone: '13912345678', upwd: 'correct horse 7' };

  it('by invitation lets one person in, once, in time', async () => {
    bed = await openBed({ IMAGEPIC_REGISTRATION: 'invite' });
    admin = await bed.person('Admin');
    expect((await bed.call('auth/register', registration)).error).toBe('AccessDenied');
    const { invitation } = (await bed.call('auth/invite', {}, admin.token)).data;
    expect((await bed.call('auth/register', { ...registration, invitation: '0'.repeat(32) })).error).toBe(
      'AccessDenied',
    );
    const phones = Array.from({ length: 5 }, (_, index) => `1391234560${index}`);
    const answers = await Promise.all(
      phones.map((phone) => bed.call('auth/register', { ...registration, phone, invitation })),
    );
    expect(answers.filter(({ success }) => success)).toHaveLength(1);
    const late = (await bed.call('auth/invite', { expiresIn: 60 }, admin.token)).data.invitation;
    bed.clock.now += 61_000;
    expect((await bed.call('auth/register', { ...registration, invitation: late })).error).toBe('AccessDenied');
  });

  it('S11 when closed lets only the very first in', async () => {
    bed = await openBed({ IMAGEPIC_REGISTRATION: 'closed' });
    admin = await bed.person('Admin');
    expect((await bed.call('auth/me', {}, admin.token)).data.role).toBe('admin');
    expect((await bed.call('auth/register', registration)).error).toBe('AccessDenied');
  });

  it('makes exactly one admin when 50 register at once', { timeout: 60_000 }, async () => {
    bed = await openBed();
    const people = Array.from({ length: 50 }, (_, index) => `1381000${String(index).padStart(4, '0')}`);
    const register = async (phone: string): Promise<void> => {
      const answer = await bed.call('auth/register', { ...registration, phone });
      if (answer.error === 'ServiceUnavailable') await register(phone);
      else expect(answer.success).toBe(true);
    };
    await Promise.all(people.map(register));
    const logins = await Promise.all(
      people
        .slice(0, 20)
        .map(async (phone) => (await bed.call('auth/login', { phone, upwd: registration.upwd })).data.token),
    );
    const listed = await Promise.all(logins.map((token) => bed.call('auth/listUsers', { pageSize: 1000 }, token)));
    const roles = await Promise.all(
      people.slice(20).map(async (phone) => {
        const { data } = await bed.call('auth/login', { phone, upwd: registration.upwd });
        return (await bed.call('auth/me', {}, data.token)).data.role;
      }),
    );
    expect(listed.filter(({ success }) => success).length + roles.filter((role) => role === 'admin').length).toBe(1);
  });
});

describe('quotas', () => {
  it('R34 let exactly one of 50 parallel uploads through at the limit', async () => {
    await open({});
    await bed.call('auth/updateUser', { userId: ann.userId, quota: { objects: 3 } }, admin.token);
    await put(ann, 'q/1.png');
    await put(ann, 'q/2.png');
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => put(ann, `q/p${index}.png`)));
    expect(answers.filter(({ success }) => success)).toHaveLength(1);
    expect(new Set(answers.filter(({ success }) => !success).map(({ error }) => error))).toEqual(
      new Set(['QuotaExceeded']),
    );
    expect(await names(ann, 'q/')).toHaveLength(3);
    expect((await bed.call('auth/me', {}, ann.token)).data.usage.objects).toBe(3);
  });

  it('R34 count what is there and in the trash: overwriting is not adding, removing for good makes room, failing costs nothing', async () => {
    await open({});
    const usage = async () => (await bed.call('auth/me', {}, ann.token)).data.usage;
    await put(ann, 'u/1.png');
    const one = await usage();
    await put(ann, 'u/1.png');
    expect(await usage()).toEqual(one);
    await put(ann, 'u/1.png', 'elsewhere');
    expect(await usage()).toEqual(one);
    await of('removeObject', ann, 'u/1.png');
    await of('removeObject', ann, 'u/1.png');
    expect(await usage()).toEqual(one);
    await bed.call('image/emptyTrash', {}, ann.token);
    expect(await usage()).toEqual({ bytes: 0, objects: 0 });
    await put(ann, 'u/1.png');
    await of('removeObject', ann, 'u/1.png', { purge: true });
    expect(await usage()).toEqual({ bytes: 0, objects: 0 });
  });

  it('bound bytes and uploads a day, until the next day', async () => {
    await open({});
    await bed.call('auth/updateUser', { userId: ann.userId, quota: { bytes: 10 } }, admin.token);
    expect(await put(ann, 'b.png')).toMatchObject({ error: 'QuotaExceeded', data: { limit: 10 } });
    await bed.call('auth/updateUser', { userId: ann.userId, quota: { uploadsPerDay: 1 } }, admin.token);
    expect((await put(ann, 'b.png')).success).toBe(true);
    expect((await put(ann, 'c.png')).error).toBe('QuotaExceeded');
    bed.clock.now += 24 * 3600 * 1000;
    const { data } = await bed.call('auth/login', { phone: ann.phone, upwd: ann.upwd });
    expect((await put({ token: data.token }, 'c.png')).success).toBe(true);
  });
});
