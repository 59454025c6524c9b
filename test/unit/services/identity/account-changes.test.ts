import { beforeEach, describe, expect, it } from 'vitest';
import { BUCKET, createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';
import { refusalOf } from '../../../support/refusal.ts';

const UPWD = 'correct horse 7';
const NPWD = 'quiet river 19';
const NEW_PHONE = '+14155550100';

let bed: MemoryBed;
let admin: MemoryPerson;
let ann: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  admin = await bed.person({ role: 'admin' });
  ann = await bed.person();
});

const at = (objectName: string) => ({ bucketName: BUCKET, objectName });
const login = (phone: string, upwd = UPWD) => bed.accounts.prove(phone, upwd, undefined);
const change = (what: object, person = ann) =>
  bed.accountChanges.change(person.caller, { upwd: UPWD, ...what }, undefined);
const register = (phone: string) =>
  bed.accounts.register({ name: 'N', tfs: '', email: 'n@example.com', phone, upwd: NPWD }, undefined);
const used = ({ userId }: MemoryPerson) => bed.usage.read(userId);

describe('O8 a person changes its account', () => {
  it('in name, email and tfs, each by itself', async () => {
    expect(await change({ name: 'Ann' })).toMatchObject({ name: 'Ann', email: 'p@example.com' });
    expect(await change({ email: 'ann@example.com', tfs: 'a' })).toMatchObject({ name: 'Ann', tfs: 'a' });
    expect((await bed.users.get(ann.userId)).email).toBe('ann@example.com');
  });

  it('proved by the password, and as often as anybody may try one', async () => {
    expect(await refusalOf(change({ upwd: 'wrong', name: 'X' }))).toBe('InvalidCredentials');
    expect((await bed.users.get(ann.userId)).name).not.toBe('X');
    for (let tries = 1; tries < 20; tries += 1) await refusalOf(change({ upwd: 'wrong' }));
    expect(await refusalOf(change({ name: 'X' }))).toBe('TooManyRequests');
  });

  it('in its phone, by which it then signs in, and keeps its id, its images and its sessions', async () => {
    const { token } = await bed.sessions.open({ userId: ann.userId, user: ann.user });
    expect(await change({ phone: NEW_PHONE })).toMatchObject({ userId: ann.userId, phone: '+14****0100' });
    expect((await login(NEW_PHONE)).userId).toBe(ann.userId);
    expect(await refusalOf(login(ann.user.phone))).toBe('InvalidCredentials');
    expect((await bed.sessions.identify(token))?.member.userId).toBe(ann.userId);
  });

  it('in its phone back and forth, and whoever gets the old one is another account', async () => {
    const old = ann.user.phone;
    await change({ phone: NEW_PHONE });
    const { userId } = await register(old);
    expect(userId).not.toBe(ann.userId);
    expect((await login(old, NPWD)).userId).toBe(userId);
    expect(await refusalOf(change({ phone: old }))).toBe('AccountExists');
    expect(await refusalOf(register(NEW_PHONE))).toBe('AccountExists');
    await change({ phone: '+14155550101' });
    await change({ phone: NEW_PHONE });
    expect((await login(NEW_PHONE)).userId).toBe(ann.userId);
  });

  it('in its phone never to one that somebody has', async () => {
    expect(await refusalOf(change({ phone: admin.user.phone }))).toBe('AccountExists');
    expect((await login(ann.user.phone)).userId).toBe(ann.userId);
  });

  it('in its phone, where of many who want the same one gets it', async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => bed.person()));
    const wishes = people.map((person) => refusalOf(change({ phone: NEW_PHONE }, person)));
    const ends = await Promise.all([...wishes, refusalOf(register(NEW_PHONE))]);
    expect(ends.filter((end) => end === undefined)).toHaveLength(1);
    expect(new Set(ends)).toEqual(new Set([undefined, 'AccountExists']));
  });

  it('in its phone after somebody died in the middle of it', async () => {
    expect(await bed.phones.claim(NEW_PHONE, admin.userId)).toBe(true);
    expect(await refusalOf(change({ phone: NEW_PHONE }))).toBe('AccountExists');
    bed.clock.now += 60_000;
    expect(await change({ phone: NEW_PHONE })).toMatchObject({ userId: ann.userId });
  });

  it('in its phone to that of the admin, without becoming one', async () => {
    bed = await createMemoryBed({ adminPhone: NEW_PHONE });
    ann = await bed.person();
    await change({ phone: NEW_PHONE });
    expect((await bed.users.get(ann.userId)).role).toBe('member');
  });
});

describe('O8 a password that was forgotten', () => {
  const make = async () => (await bed.accountChanges.createReset(ann.userId, 60)).reset;
  const reset = (code: string, npwd = NPWD) => bed.accountChanges.reset(code, npwd, undefined);

  it('is set by the code of an admin, once; every session and token ends', async () => {
    const { token } = await bed.sessions.open({ userId: ann.userId, user: ann.user });
    const api = await bed.apiTokens.create(ann.userId, { name: 't', scopes: ['list'] });
    const code = await make();
    await reset(code);
    expect((await login(ann.user.phone, NPWD)).userId).toBe(ann.userId);
    expect(await refusalOf(login(ann.user.phone))).toBe('InvalidCredentials');
    expect(await bed.sessions.identify(token)).toBeUndefined();
    expect(await bed.apiTokens.identify(api.token)).toBeUndefined();
    expect(await refusalOf(reset(code, 'another river 20'))).toBe('InvalidCredentials');
  });

  it('may be refused for being weak without using the code up', async () => {
    const code = await make();
    expect(await refusalOf(reset(code, 'password1'))).toBe('WeakPassword');
    expect(await refusalOf(reset(code))).toBeUndefined();
  });

  it('is not set by a code that is wrong, too old, or of a password that is no more', async () => {
    expect(await refusalOf(reset('0'.repeat(32)))).toBe('InvalidCredentials');
    const [old, other] = [await make(), await make()];
    await reset(other);
    expect(await refusalOf(reset(old))).toBe('InvalidCredentials');
    const late = await make();
    bed.clock.now += 60_000;
    expect(await refusalOf(reset(late, 'another river 20'))).toBe('InvalidCredentials');
  });

  it('is set by its code, however often others guessed one from addresses that nobody knows', async () => {
    for (let count = 0; count < 600; count += 1) await refusalOf(reset('0'.repeat(32)));
    expect(await refusalOf(reset(await make()))).toBeUndefined();
  });

  it('is set by one of many at once', async () => {
    const code = await make();
    const ends = await Promise.all(
      Array.from({ length: 8 }, (_, index) => refusalOf(reset(code, `quiet river ${index}0`))),
    );
    expect(ends.filter((end) => end === undefined)).toHaveLength(1);
  });

  it('cannot be set for nobody', async () => {
    expect(await refusalOf(bed.accountChanges.createReset(`u_${'0'.repeat(32)}`, 60))).toBe('NoSuchUser');
  });
});

describe('O8 a person leaves', () => {
  const leave = (images: 'keep' | 'transfer' | 'remove', upwd = UPWD, person = ann) =>
    bed.accountChanges.remove(person.caller, upwd, images, undefined);
  const owner = async (key: string) => (await bed.store.head(BUCKET, key))?.metadata['owner'];
  beforeEach(async () => {
    await bed.put(ann.caller, at('a.png'));
    await bed.put(admin.caller, at('b.png'));
  });

  it('and nobody can sign in as it, nor go on with what it had', async () => {
    const { token } = await bed.sessions.open({ userId: ann.userId, user: ann.user });
    const api = await bed.apiTokens.create(ann.userId, { name: 't', scopes: ['list'] });
    expect(await leave('keep')).toEqual({ finished: true });
    expect(await refusalOf(login(ann.user.phone))).toBe('InvalidCredentials');
    expect(await bed.sessions.identify(token)).toBeUndefined();
    expect(await bed.apiTokens.identify(api.token)).toBeUndefined();
    expect(await owner('a.png')).toBe(ann.userId);
  });

  it('and its images go to an admin, who is charged for them', async () => {
    expect(await leave('transfer')).toEqual({ finished: true });
    expect([await owner('a.png'), await owner('b.png')]).toEqual([admin.userId, admin.userId]);
    expect(await used(admin)).toEqual({ bytes: 16, objects: 2 });
    expect(await used(ann)).toEqual({ bytes: 0, objects: 0 });
  });

  it('and its images go, and nobody else’s', async () => {
    expect(await leave('remove')).toEqual({ finished: true });
    expect([await owner('a.png'), await owner('b.png')]).toEqual([undefined, admin.userId]);
    expect(await used(ann)).toEqual({ bytes: 0, objects: 0 });
    expect([...bed.documents.texts().keys()].filter((name) => name.startsWith('departures/'))).toEqual([]);
  });

  it('and what is not done at once, the job does', async () => {
    let isAway = true;
    bed.store.hooks.before = ({ method }) => {
      if (isAway && method === 'list') throw new Error('away');
    };
    await leave('remove').catch(() => undefined);
    expect(await owner('a.png')).toBe(ann.userId);
    isAway = false;
    expect(await bed.departures.run({ budgetMs: 1000 })).toEqual({ finished: true });
    expect(await owner('a.png')).toBeUndefined();
  });

  it('and what was on its way while it left goes too', async () => {
    let isAway = true;
    bed.store.hooks.before = ({ method }) => {
      if (isAway && method === 'list') throw new Error('away');
    };
    await leave('remove').catch(() => undefined);
    isAway = false;
    bed.clock.now += 1000;
    const metadata = { owner: ann.userId };
    await bed.store.put(BUCKET, 'late.png', Buffer.from('late'), { contentType: 'image/png', metadata });

    expect(await bed.departures.run({ budgetMs: 1000 })).toEqual({ finished: true });

    expect([await owner('a.png'), await owner('late.png')]).toEqual([undefined, undefined]);
  });

  /** Of a store whose clock is so far behind, or that dates nothing. */
  it.each<[string, (at: number) => number]>([
    ['by our own clock', (at) => at],
    ['by a clock that is 50 s behind', (at) => at - 50_000],
    ['without a date', () => 0],
  ])('and when that fails on the way, what it uploads since stays, %s', async (_, toDate) => {
    bed.documents.hooks.before = ({ method, collection }) => {
      if (method === 'remove' && collection === 'users') throw new Error('away');
    };
    await leave('remove').catch(() => undefined);
    bed.documents.hooks.before = undefined;
    const now = bed.clock.now + 1000;
    bed.clock.now = toDate(now);
    await bed.store.put(BUCKET, 'later.png', Buffer.from('later'), {
      contentType: 'image/png',
      metadata: { owner: ann.userId },
    });
    bed.clock.now = now;

    await bed.departures.run({ budgetMs: 1000 });

    expect(await owner('later.png')).toBe(ann.userId);
  });

  it('and whoever has its phone later is another account, whose images stay', async () => {
    await leave('keep');
    const { userId } = await register(ann.user.phone);
    expect(userId).not.toBe(ann.userId);
    expect((await login(ann.user.phone, NPWD)).userId).toBe(userId);
  });

  it('not without the password, and not as the last admin', async () => {
    expect(await refusalOf(leave('keep', 'wrong'))).toBe('InvalidCredentials');
    expect(await refusalOf(leave('remove', UPWD, admin))).toBe('AccessDenied');
    expect(await owner('b.png')).toBe(admin.userId);
  });

  it('as the first admin, whose seat is then nobody’s to take', async () => {
    bed = await createMemoryBed();
    await bed.accounts.register(
      { name: 'F', tfs: '', email: 'f@example.com', phone: '13811111111', upwd: UPWD },
      undefined,
    );
    const first = await login('13811111111');
    expect(first.user.role).toBe('admin');
    const { userId } = await register('13822222222');
    await bed.users.update(userId, (user) => ({ ...user, role: 'admin' }));
    const caller = { ...ann.caller, userId: first.userId, role: 'admin' as const };
    await bed.accountChanges.remove(caller, UPWD, 'keep', undefined);
    const late = await register('13833333333');
    expect((await bed.users.get(late.userId)).role).toBe('member');
  });
});
