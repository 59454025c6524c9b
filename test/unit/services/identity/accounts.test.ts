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
    expect(await refusalOf(register({ phone: '13800000009' })), 'the admin').toBeUndefined();
  });

  it('uses an invitation up with the account, and not with an account that is there already', async () => {
    bed = await createMemoryBed({ registration: 'invite' });
    await register();
    const { invitation } = await bed.invitations.create(60);
    expect(await refusalOf(register({ invitation }))).toBe('AccountExists');
    expect(await refusalOf(register({ phone: '13800000002', invitation }))).toBeUndefined();
    expect(await refusalOf(register({ phone: '13800000003', invitation }))).toBe('AccessDenied');
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

  it('costs no try when it turns out well', async () => {
    for (let count = 0; count < 150; count += 1) await prove(PHONE, UPWD, '10.0.0.1');
    expect(await refusalOf(prove(PHONE, 'wrong', '10.0.0.1'))).toBe('InvalidCredentials');
  });
});

describe('a new password', () => {
  beforeEach(() => register());
  const change = (changes: { readonly opwd?: string; readonly npwd?: string } = {}) =>
    bed.accounts.changePassword({ phone: PHONE, opwd: UPWD, npwd: 'brand new horse 8', ...changes }, undefined);

  it('holds from now on, and ends every session', async () => {
    const session = await bed.sessions.open(await prove());
    await change();
    expect(await refusalOf(prove())).toBe('InvalidCredentials');
    expect(await refusalOf(prove(PHONE, 'brand new horse 8'))).toBeUndefined();
    expect(await bed.sessions.identify(session.token)).toBeUndefined();
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
