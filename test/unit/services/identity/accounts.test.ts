import { beforeEach, describe, expect, it } from 'vitest';
import type { RegistrationPolicy } from '../../../../src/services/identity/accounts.ts';
import { createMemoryBed, type MemoryBed } from '../../../support/memory/bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

const PHONE = '13800000001';
const UPWD = 'correct horse 7';
const NEW = { name: 'Ann', tfs: '', email: 'ann@example.com', phone: PHONE, upwd: UPWD };

let bed: MemoryBed;
beforeEach(async () => {
  bed = await createMemoryBed();
});

const register = (changes: Partial<typeof NEW> & { readonly invitation?: string } = {}) =>
  bed.accounts.register({ ...NEW, ...changes }, undefined);
const prove = (phone = PHONE, upwd = UPWD, clientIp?: string) => bed.accounts.prove(phone, upwd, clientIp);

describe('registering', () => {
  it('makes an account that its phone and password prove', async () => {
    const { userId } = await register();
    expect(await prove()).toMatchObject({ userId, user: { name: 'Ann', epoch: 0, tokens: [], disabled: false } });
    expect((await bed.users.get(userId)).grants).toEqual([
      { bucketName: 'images', prefix: '', actions: ['upload', 'read', 'delete', 'list'] },
    ]);
    expect(JSON.stringify([...bed.documents.texts()])).not.toContain(UPWD);
  });

  it('is refused for a phone that has an account, also when two come at once', async () => {
    const refusals = await Promise.all([1, 2, 3].map(() => refusalOf(register())));
    expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(1);
    expect(new Set(refusals)).toEqual(new Set([undefined, 'AccountExists']));
    expect(await refusalOf(register())).toBe('AccountExists');
  });

  it.each([
    ['short', 'WeakPassword'],
    ['password1', 'WeakPassword'],
    ['ann-2026-13800000001', 'WeakPassword'],
  ])('with the password %j is refused', async (upwd, expected) => {
    expect(await refusalOf(register({ upwd }))).toBe(expected);
    expect(await bed.users.isEmpty()).toBe(true);
  });

  it.each<[RegistrationPolicy, string | undefined, string | undefined]>([
    ['open', undefined, undefined],
    ['invite', 'AccessDenied', undefined],
    ['closed', 'AccessDenied', 'AccessDenied'],
  ])('in a bed that is %s is answered %s, with an invitation %s', async (registration, without, withOne) => {
    bed = await createMemoryBed({ registration, adminPhone: '13800000009' });
    expect(await refusalOf(register()), 'the first of all').toBeUndefined();
    expect(await refusalOf(register({ phone: '13800000002' }))).toBe(without);
    const { invitation } = await bed.invitations.create(60);
    expect(await refusalOf(register({ phone: '13800000003', invitation }))).toBe(withOne);
    const code = bed.adminCode?.code ?? '';
    expect(await refusalOf(register({ phone: '13800000009', invitation: code })), 'the admin').toBeUndefined();
  });

  it('uses an invitation up with the account, and not with an account that is there already', async () => {
    bed = await createMemoryBed({ registration: 'invite' });
    await register();
    const { invitation } = await bed.invitations.create(60);
    expect(await refusalOf(register({ invitation }))).toBe('AccountExists');
    expect(await refusalOf(register({ phone: '13800000002', invitation }))).toBeUndefined();
    expect(await refusalOf(register({ phone: '13800000003', invitation }))).toBe('AccessDenied');
  });

  it.each<RegistrationPolicy>(['invite', 'closed'])(
    'says the same of every phone in a bed that is %s',
    async (registration) => {
      bed = await createMemoryBed({ registration });
      await register();
      for (const invitation of [undefined, '0'.repeat(32)]) {
        const [known, unknown] = [
          await errorOf(register({ ...(invitation && { invitation }) })),
          await errorOf(register({ phone: '13800000002', ...(invitation && { invitation }) })),
        ];
        expect([known?.code, known?.text]).toEqual(['AccessDenied', unknown?.text]);
      }
    },
  );

  it.each<[RegistrationPolicy, number]>([
    ['open', 10],
    ['invite', 1],
    ['closed', 1],
  ])(
    'in an empty bed that is %s lets %i of ten in who come at once, and makes one admin',
    async (registration, most) => {
      bed = await createMemoryBed({ registration });
      const instances = Array.from({ length: 10 }, () => bed.another().accounts);
      const refusals = await Promise.all(
        instances.map((accounts, index) =>
          refusalOf(accounts.register({ ...NEW, phone: `1390000000${index}` }, undefined)),
        ),
      );
      expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(most);
      const { users } = await bed.users.list({ limit: 100 });
      expect([users.length, users.filter(({ role }) => role === 'admin').length]).toEqual([most, 1]);
    },
  );

  it('makes nobody an admin of a bed that has people and has lost its seat', async () => {
    await register();
    await bed.documents.remove('settings', 'first-admin');
    const { userId } = await register({ phone: '13800000002' });
    expect((await bed.users.get(userId)).role).toBe('member');
  });

  it.each(['closed', 'invite'] as const)(
    'S18 says the same of a phone that is known and of one that is not, where it is %s',
    async (registration) => {
      bed = await createMemoryBed({ registration });
      await register();
      const answers = await Promise.all(
        [NEW.phone, '13900000099'].map((phone) => errorOf(bed.accounts.register({ ...NEW, phone }, undefined))),
      );
      expect(answers.map((answer) => answer?.code)).toEqual(['AccessDenied', 'AccessDenied']);
      expect(answers[0]?.text).toEqual(answers[1]?.text);
    },
  );

  it('S9 gives an invitation back when it fails, and lets one of two in who use it at once', async () => {
    bed = await createMemoryBed({ registration: 'invite' });
    await register();
    const { invitation } = await bed.invitations.create(3600);
    const fail = (): never => {
      throw new Error('down');
    };
    bed.documents.hooks.before = ({ method, collection }) =>
      method === 'create' && collection === 'users' ? fail() : undefined;
    await expect(register({ phone: '13800000002', invitation })).rejects.toThrow('down');
    bed.documents.hooks.before = undefined;
    const refusals = await Promise.all(
      ['13800000003', '13800000004'].map((phone) => refusalOf(register({ phone, invitation }))),
    );
    expect(refusals.sort()).toEqual(['AccessDenied', undefined]);
  });

  it('frees an invitation after a minute whose taker died, unless there is its account', async () => {
    bed = await createMemoryBed({ registration: 'invite' });
    const { userId } = await register();
    for (const [taker, expected] of [
      ['u_nobody', undefined],
      [userId, 'AccessDenied'],
    ] as const) {
      const { invitation } = await bed.invitations.create(3600);
      const hasAccount = async (id: string) => (await bed.users.find(id)) !== undefined;
      await bed.invitations.accept(invitation, { userId: taker, hasAccount });
      expect(await refusalOf(register({ phone: '13800000002', invitation }))).toBe('AccessDenied');
      bed.clock.now += 60_000;
      expect(await refusalOf(register({ phone: taker === userId ? '13800000003' : '13800000002', invitation }))).toBe(
        expected,
      );
    }
  });

  it('S11 with the phone of the admin makes an admin only of who shows the code of the log, and only while it is set', async () => {
    const phone = '13800000009';
    for (const registration of ['open', 'closed'] as const) {
      bed = await createMemoryBed({ registration, adminPhone: phone });
      await register();
      expect(await refusalOf(register({ phone, invitation: '0'.repeat(32) }))).toBe(
        registration === 'open' ? undefined : 'AccessDenied',
      );
      if (registration === 'open') expect((await bed.users.get(await bed.users.idOf(phone))).role).toBe('member');
    }
    const { userId } = await register({ phone, invitation: bed.adminCode?.code ?? '' });
    expect((await bed.users.get(userId)).role).toBe('admin');
    const stored = JSON.stringify((await bed.documents.read('users', userId))?.doc);
    expect(stored).toContain('"role":"member"');
  });

  it('is possible 200 times an hour from one address', async () => {
    const from = (index: number, clientIp: string) =>
      refusalOf(bed.accounts.register({ ...NEW, phone: `139${String(index).padStart(8, '0')}` }, clientIp));
    for (let index = 0; index < 200; index += 1) expect(await from(index, '10.0.0.1')).toBeUndefined();
    expect(await from(200, '10.0.0.1')).toBe('TooManyRequests');
    expect(await from(200, '10.0.0.2')).toBeUndefined();
    bed.clock.now += 3_600_000;
    expect(await from(201, '10.0.0.1')).toBeUndefined();
  });
});

describe('registering from an address that nobody knows', () => {
  const from = (index: number) => refusalOf(register({ phone: `139${String(index).padStart(8, '0')}` }));

  it('is possible 1,000 times an hour, and goes on from those that are known', async () => {
    for (let index = 0; index < 1000; index += 1) await from(index);
    expect(await from(1000)).toBe('TooManyRequests');
    expect(await refusalOf(bed.accounts.register(NEW, '10.0.0.1'))).toBeUndefined();
  });

  it('goes on for who is invited, however often others were refused', async () => {
    bed = await createMemoryBed({ registration: 'invite' });
    await register();
    for (let index = 0; index < 1100; index += 1) expect(await from(index)).toBe('AccessDenied');
    const { invitation } = await bed.invitations.create(60);
    expect(await refusalOf(register({ phone: '13800000002', invitation }))).toBeUndefined();
  });
});

describe('proving who one is', () => {
  beforeEach(() => register());

  it.each([
    ['a wrong password', PHONE, 'correct horse 8'],
    ['an unknown phone', '13800000002', UPWD],
    ['nothing', '', ''],
  ])('fails alike with %s', async (_, phone, upwd) => {
    const refused = await errorOf(prove(phone, upwd));
    expect(refused?.code).toBe('InvalidCredentials');
    expect(refused?.text.en).toBe('The phone number or the password is wrong');
  });

  it('says that an account is disabled only to who knows its password', async () => {
    const { userId } = await prove();
    await bed.users.update(userId, (user) => ({ ...user, disabled: true }));
    expect(await refusalOf(prove(PHONE, 'wrong'))).toBe('InvalidCredentials');
    expect(await refusalOf(prove())).toBe('AccessDenied');
  });

  it('may go wrong 20 times in 15 minutes for one account, the right password included', async () => {
    for (let count = 0; count < 20; count += 1)
      expect(await refusalOf(prove(PHONE, 'wrong'))).toBe('InvalidCredentials');
    expect(await refusalOf(prove())).toBe('TooManyRequests');
    bed.clock.now += 15 * 60_000;
    expect(await refusalOf(prove())).toBeUndefined();
  });

  it('may go wrong 100 times in 15 minutes from one address, whatever the account', async () => {
    const guess = (index: number, ip: string) => refusalOf(prove(`139${String(index).padStart(8, '0')}`, 'wrong', ip));
    for (let index = 0; index < 100; index += 1) expect(await guess(index, '10.0.0.1')).toBe('InvalidCredentials');
    expect(await guess(100, '10.0.0.1')).toBe('TooManyRequests');
    expect(await guess(101, '10.0.0.2')).toBe('InvalidCredentials');
  });

  it('R11 goes on for everybody, however often others went wrong from addresses that nobody knows', async () => {
    const guess = (index: number) => refusalOf(prove(`139${String(index).padStart(8, '0')}`, 'wrong'));
    for (let index = 0; index < 600; index += 1) expect(await guess(index)).toBe('InvalidCredentials');
    expect(await refusalOf(prove())).toBeUndefined();
    for (let count = 0; count < 20; count += 1) await refusalOf(prove(PHONE, 'wrong'));
    expect(await refusalOf(prove()), 'its own count holds').toBe('TooManyRequests');
  });

  it('S12 leaves no more than 4,096 counters for phones, and none for each address of a network', async () => {
    for (let index = 0; index < 300; index += 1) {
      await refusalOf(prove(`139${String(index).padStart(8, '0')}`, 'wrong', `2001:db8:0:${index % 4}::${index}`));
    }
    const counters = [...bed.documents.texts().keys()].filter((id) => id.startsWith('counters/'));
    const named = (name: RegExp) => counters.filter((id) => name.test(id)).length;
    expect(named(/password-[0-9a-f]{3}$/)).toBe(named(/password-[0-9a-f]+$/));
    expect(named(/password-ip-/)).toBe(4);
  });

  it('costs no try when it turns out well', async () => {
    for (let count = 0; count < 150; count += 1) await prove(PHONE, UPWD, '10.0.0.1');
    expect(await refusalOf(prove(PHONE, 'wrong', '10.0.0.1'))).toBe('InvalidCredentials');
  });
});

describe('a new password', () => {
  beforeEach(() => register());
  const change = (changes: { readonly opwd?: string; readonly npwd?: string; readonly endTokens?: boolean } = {}) =>
    bed.accounts.changePassword({ phone: PHONE, opwd: UPWD, npwd: 'brand new horse 8', ...changes }, undefined);

  it('holds from now on, and ends every session', async () => {
    const session = await bed.sessions.open(await prove());
    await change();
    expect(await refusalOf(prove())).toBe('InvalidCredentials');
    expect(await refusalOf(prove(PHONE, 'brand new horse 8'))).toBeUndefined();
    expect(await bed.sessions.identify(session.token)).toBeUndefined();
  });

  it.each([
    [{}, true],
    [{ endTokens: false }, true],
    [{ endTokens: true }, false],
    [{ endTokens: true, opwd: 'wrong' }, true],
  ])('set by %j leaves API tokens: %s', async (changes, isLeft) => {
    const { userId } = await prove();
    const { token } = await bed.apiTokens.create(userId, { name: 't', scopes: ['list'] });
    await refusalOf(change(changes));
    expect((await bed.apiTokens.identify(token)) !== undefined).toBe(isLeft);
  });

  it.each([
    [{ opwd: 'wrong' }, 'InvalidCredentials'],
    [{ npwd: 'short' }, 'WeakPassword'],
    [{ npwd: 'ann-13800000001' }, 'WeakPassword'],
  ])('is refused with %j', async (changes, expected) => {
    expect(await refusalOf(change(changes))).toBe(expected);
    expect(await refusalOf(prove())).toBeUndefined();
  });

  it('is set by one of two who change the same old one at once', async () => {
    const refusals = await Promise.all([refusalOf(change()), refusalOf(change({ npwd: 'other new horse 9' }))]);
    expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(1);
    expect(new Set(refusals)).toEqual(new Set([undefined, 'InvalidCredentials']));
  });
});
