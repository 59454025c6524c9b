import { beforeEach, describe, expect, it } from 'vitest';
import { maskPhone } from '../../../../src/naming/phone.ts';
import { defaultGrants, toMember, type User } from '../../../../src/services/identity/users.ts';
import { createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';
import { refusalOf } from '../../../support/refusal.ts';

const NEW: Omit<User, 'role'> = {
  phone: '13900000001',
  name: 'New',
  tfs: '',
  email: 'n@example.com',
  passwordHash: '',
  grants: [],
  quota: {},
  disabled: false,
  epoch: 0,
  tokens: [],
  createdAt: '2026-01-01T00:00:00.000Z',
};

let bed: MemoryBed;
beforeEach(async () => {
  bed = await createMemoryBed();
});

const create = async (phone: string, { users } = bed): Promise<string> => {
  const userId = await users.idOf(phone);
  await users.create(userId, { ...NEW, phone });
  return userId;
};
const roles = async (): Promise<readonly string[]> =>
  (await bed.users.list({ limit: 1000 })).users.map(({ role }) => role);

describe('the first account', () => {
  it('becomes the admin, and none after it', async () => {
    const first = await create('1');
    await create('2');
    await create('3');
    expect((await bed.users.get(first)).role).toBe('admin');
    expect([...(await roles())].sort()).toEqual(['admin', 'member', 'member']);
  });

  it('is one of 50 that come at once, also to several instances', async () => {
    const beds = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? bed : { ...bed, ...bed.another() }));
    await Promise.all(beds.map((instance, index) => create(String(index), instance)));
    expect((await roles()).filter((role) => role === 'admin')).toHaveLength(1);
  });

  /** Takes the seat and dies before the account is made. */
  const abandonSeat = async (phone: string): Promise<void> => {
    bed.documents.hooks.before = ({ method, collection }) => {
      if (method === 'create' && collection === 'users') throw new Error('the process died');
    };
    await expect(create(phone)).rejects.toThrow('the process died');
    bed.documents.hooks.before = undefined;
  };

  it.each([
    [0, 'member'],
    [59_999, 'member'],
    [60_000, 'admin'],
    [60_001, 'admin'],
  ])('that never came leaves its seat to somebody else after %i ms: %s', async (milliseconds, role) => {
    await abandonSeat('1');
    bed.clock.now += milliseconds;
    expect((await bed.users.get(await create('2'))).role).toBe(role);
  });

  it('that comes again takes the seat that it has', async () => {
    await abandonSeat('1');
    expect((await bed.users.get(await create('1'))).role).toBe('admin');
  });

  it('that has come keeps its seat for ever', async () => {
    await create('1');
    bed.clock.now += 100 * 24 * 60 * 60 * 1000;
    expect((await bed.users.get(await create('2'))).role).toBe('member');
  });

  it('leaves an abandoned seat to exactly one of those who see it at once', async () => {
    await abandonSeat('1');
    bed.clock.now += 60_000;
    await Promise.all(['2', '3', '4', '5'].map((phone) => create(phone, { ...bed, ...bed.another() })));
    expect((await roles()).filter((role) => role === 'admin')).toHaveLength(1);
  });
});

describe('an account', () => {
  let ann: MemoryPerson;
  beforeEach(async () => {
    ann = await bed.person();
  });

  it('is made once', async () => {
    expect(await bed.users.create(ann.userId, { ...NEW, name: 'Another' })).toBe(false);
    expect((await bed.users.get(ann.userId)).name).toBe(ann.user.name);
  });

  it('is missing where there is none', async () => {
    const nobody = `u_${'0'.repeat(32)}`;
    expect(await bed.users.find(nobody)).toBeUndefined();
    expect(await refusalOf(bed.users.get(nobody))).toBe('NoSuchUser');
    expect(await refusalOf(bed.users.update(nobody, (user) => user))).toBe('NoSuchUser');
  });

  it('loses no change of several instances at once', async () => {
    const raise = () => bed.another().users.update(ann.userId, (user) => ({ ...user, epoch: user.epoch + 1 }));
    await Promise.all(Array.from({ length: 20 }, raise));
    expect((await bed.users.get(ann.userId)).epoch).toBe(20);
  });

  it('stays as it was when a change is refused', async () => {
    const change = bed.users.update(ann.userId, () => {
      throw new Error('not like this');
    });
    await expect(change).rejects.toThrow('not like this');
    expect(await bed.users.get(ann.userId)).toEqual(ann.user);
  });

  it('forgets what is set to nothing', async () => {
    await bed.users.update(ann.userId, (user) => ({ ...user, wechat: 'w_1', quota: { bytes: 1 } }));
    const changed = { wechat: undefined, quota: { bytes: undefined } };
    await bed.users.update(ann.userId, (user) => ({ ...user, ...changed }));
    expect(await bed.users.get(ann.userId)).toEqual({ ...ann.user, quota: {} });
  });

  it('that is damaged says so', async () => {
    const stored = await bed.documents.read('users', ann.userId);
    await bed.documents.replace('users', ann.userId, { ...stored?.doc, role: 'king' }, stored?.revision ?? '');
    expect(await refusalOf(bed.users.find(ann.userId))).toBe('ServiceUnavailable');
  });

  it('has an id that tells no phone, and is the same for every instance', async () => {
    expect(ann.userId).toMatch(/^u_[0-9a-f]{32}$/);
    expect(await bed.another().users.idOf(ann.user.phone)).toBe(ann.userId);
    expect(await bed.users.idOf('another')).not.toBe(ann.userId);
    expect(await (await createMemoryBed()).users.idOf(ann.user.phone)).not.toBe(ann.userId);
    expect(`u_${await bed.users.hash(ann.user.phone)}`).toBe(ann.userId);
  });

  it('is the person behind a call', () => {
    expect(toMember('u_1', { ...ann.user, role: 'admin', quota: { bytes: 1 } })).toEqual({
      kind: 'member',
      userId: 'u_1',
      role: 'admin',
      grants: ann.user.grants,
      quota: { bytes: 1 },
    });
    expect(defaultGrants('images')).toEqual([
      { bucketName: 'images', prefix: '', actions: ['upload', 'read', 'delete', 'list'] },
    ]);
    expect(maskPhone('13812345678')).toBe('138****5678');
  });
});

describe('the phone of the admin', () => {
  it('makes an admin of whoever has it, whatever the document says', async () => {
    bed = await createMemoryBed({ adminPhone: '13800000002' });
    const [ann, bob] = [await bed.person(), await bed.person({ disabled: true })];
    expect(await bed.users.get(ann.userId)).toMatchObject({ role: 'member' });
    expect(await bed.users.get(bob.userId)).toMatchObject({ role: 'admin', disabled: false });
    const { users } = await bed.users.list({ limit: 10 });
    expect(users.find(({ userId }) => userId === bob.userId)).toMatchObject({ role: 'admin', disabled: false });
  });
});

describe('what the phone of the admin lends', () => {
  it.each<[string, (userId: string) => Promise<unknown>]>([
    ['a token', (userId) => bed.apiTokens.create(userId, { name: 't', scopes: ['upload'] })],
    ['the end of all sessions', (userId) => bed.sessions.closeAll(userId)],
    ['a quota', (userId) => bed.users.administer('u_other', { userId, quota: { bytes: 1 } })],
    ['another change', (userId) => bed.users.update(userId, (user) => ({ ...user, name: 'New' }))],
  ])('is not written down by %s', async (_, change) => {
    bed = await createMemoryBed({ adminPhone: '13800000001' });
    const { userId } = await bed.person({ disabled: true });
    await change(userId);
    expect(await bed.users.get(userId)).toMatchObject({ role: 'admin', disabled: false });
    expect((await bed.documents.read('users', userId))?.doc).toMatchObject({ role: 'member', disabled: true });
  });
});

describe('the list of accounts', () => {
  it('is empty at first, and then is not', async () => {
    expect(await bed.users.isEmpty()).toBe(true);
    expect(await bed.users.list({ limit: 10 })).toEqual({ users: [] });
    await bed.person();
    expect(await bed.users.isEmpty()).toBe(false);
  });

  it('gives everybody once, page by page', async () => {
    const people = [];
    for (let count = 0; count < 5; count += 1) people.push((await bed.person()).userId);
    const first = await bed.users.list({ limit: 3 });
    const second = await bed.users.list({ limit: 3, after: first.after ?? '' });
    expect(first.users).toHaveLength(3);
    expect(Object.keys(second)).toEqual(['users']);
    expect([...first.users, ...second.users].map(({ userId }) => userId)).toEqual(people.sort());
  });
});

describe('the key of the identities', () => {
  it('is asked for again after the documents were away', async () => {
    bed.documents.hooks.before = () => {
      throw new Error('away');
    };
    await expect(bed.users.idOf('1')).rejects.toThrow('away');
    bed.documents.hooks.before = undefined;
    expect(await bed.users.idOf('1')).toMatch(/^u_/);
  });
});
