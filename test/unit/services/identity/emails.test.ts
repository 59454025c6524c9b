import { beforeEach, describe, expect, it } from 'vitest';
import type { OwnChange } from '../../../../src/services/identity/account-changes.ts';
import { createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';
import { refusalOf } from '../../../support/refusal.ts';

const UPWD = 'correct horse 7';

let bed: MemoryBed;
beforeEach(async () => {
  bed = await createMemoryBed();
  await bed.person({ role: 'admin' });
});

const register = async (phone: string, email: string): Promise<string> =>
  (await bed.accounts.register({ name: 'N', tfs: '', email, phone, upwd: UPWD }, undefined)).userId;
const find = async (email: string): Promise<string | undefined> => (await bed.emails.find(email))?.userId;
const change = async (userId: string, what: Partial<OwnChange>) => {
  const { caller } = await callerOf(userId);
  return bed.accountChanges.change(caller, { upwd: UPWD, ...what }, undefined);
};
const callerOf = async (userId: string): Promise<Pick<MemoryPerson, 'caller'>> => {
  const { role, grants, quota } = await bed.users.get(userId);
  return { caller: { kind: 'member', userId, role, grants, quota } };
};

/** Ends with an error at the n-th write, as a process that is killed then. */
const killedAtWrite = async (n: number, work: () => Promise<unknown>): Promise<boolean> => {
  let writes = 0;
  bed.documents.hooks.before = ({ method, collection }) => {
    if (['read', 'list', 'ping', 'increment'].includes(method) || collection === 'counters') return;
    writes += 1;
    if (writes >= n) throw new Error('killed');
  };
  await work().catch(() => undefined);
  bed.documents.hooks.before = undefined;
  return writes >= n;
};

describe('an email', () => {
  it('is found by one read of whose it is, however many accounts there are', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 30; index += 1) ids.push(await register(`139000000${10 + index}`, `a${index}@x.org`));
    await find('a0@x.org');
    const calls: string[] = [];
    bed.documents.hooks.before = ({ method, collection }) => void calls.push(`${method} ${collection}`);
    expect(await find('A17@X.org')).toBe(ids[17]);
    expect(calls).toEqual(['read emails', 'read users']);
    expect(await find('nobody@x.org')).toBeUndefined();
    expect(calls.slice(2)).toEqual(['read emails']);
  });

  it('is kept readable in no name and no list', async () => {
    await register('13900000001', 'secret@x.org');
    const lists = [...bed.documents.texts()].filter(([id]) => id.startsWith('emails/'));
    expect(lists).toHaveLength(1);
    expect(JSON.stringify(lists)).not.toContain('secret');
  });

  it('stays with who had it first, and is the next one’s when that changes or leaves', async () => {
    const [first, second, third] = [
      await register('13900000001', 'a@x.org'),
      await register('13900000002', 'A@x.org'),
      await register('13900000003', 'a@X.org'),
    ];
    expect(await find('a@x.org')).toBe(first);
    await change(first, { email: 'b@x.org' });
    expect([await find('a@x.org'), await find('b@x.org')]).toEqual([second, first]);
    await change(first, { email: 'a@x.org' });
    expect([await find('a@x.org'), await find('b@x.org')]).toEqual([second, undefined]);
    await bed.accountChanges.remove((await callerOf(second)).caller, UPWD, 'keep', undefined);
    expect(await find('a@x.org')).toBe(third);
  });

  it('follows one of two changes at once', async () => {
    const userId = await register('13900000001', 'a@x.org');
    await Promise.all(['b@x.org', 'c@x.org', 'a@x.org'].map((email) => change(userId, { email })));
    expect(await find((await bed.users.get(userId)).email)).toBe(userId);
  });

  it.each([1, 2, 3, 4, 5, 6])('that an account has is found after a kill at write %i of a change', async (n) => {
    const userId = await register('13900000001', 'a@x.org');
    await killedAtWrite(n, () => change(userId, { email: 'b@x.org' }));
    const { email } = await bed.users.get(userId);
    expect(await find(email)).toBe(userId);
    expect(await find(email === 'a@x.org' ? 'b@x.org' : 'a@x.org')).toBeUndefined();
    const other = await register('13900000002', email === 'a@x.org' ? 'b@x.org' : 'a@x.org');
    expect(await find(email === 'a@x.org' ? 'b@x.org' : 'a@x.org')).toBe(other);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'of who was killed at write %i of registering is the next one’s, or theirs',
    async (n) => {
      await killedAtWrite(n, () => register('13900000001', 'a@x.org'));
      const there = (await bed.phones.find('13900000001'))?.userId;
      const other = await register('13900000002', 'a@x.org');
      expect(await find('a@x.org')).toBe(there ?? other);
    },
  );

  it('has a list of at most eight accounts', async () => {
    for (let index = 0; index < 12; index += 1) await register(`139000000${10 + index}`, 'a@x.org');
    const [list] = [...bed.documents.texts()].flatMap(([id, text]) => (id.startsWith('emails/') ? [text] : []));
    expect(JSON.parse(list ?? '{}').accounts).toHaveLength(8);
  });
});

describe('an account from before there were lists of emails', () => {
  it('is found, the oldest of several first, and is looked for once', async () => {
    const late = await bed.person({ email: 'old@x.org', createdAt: '2020-01-02T00:00:00.000Z' });
    const early = await bed.person({ email: 'Old@x.org', createdAt: '2020-01-01T00:00:00.000Z' });
    const newer = await register('13900000001', 'old@x.org');
    expect(await find('old@x.org')).toBe(early.userId);
    const calls: string[] = [];
    bed.documents.hooks.before = ({ method }) => void calls.push(method);
    expect(await bed.another().emails.find('old@x.org')).toMatchObject({ userId: early.userId });
    expect(calls).not.toContain('list');
    bed.documents.hooks.before = undefined;
    await change(early.userId, { email: 'else@x.org' });
    expect(await find('old@x.org')).toBe(late.userId);
    expect(newer).not.toBe(late.userId);
  });

  it('is found after at most one look-up for each thousand accounts', async () => {
    for (let index = 0; index < 1300; index += 1) {
      const { user } = await bed.person({ email: `p${index}@x.org` });
      expect(user.email).toBe(`p${index}@x.org`);
    }
    await find('nobody@x.org');
    await find('nobody@x.org');
    for (const index of [0, 650, 1299]) expect(await find(`p${index}@x.org`)).toBeDefined();
  });

  it('is found when the process was killed amid looking', async () => {
    const old = await bed.person({ email: 'old@x.org' });
    for (const n of [1, 2, 3]) await killedAtWrite(n, () => find('old@x.org'));
    expect(await refusalOf(bed.another().emails.find('old@x.org'))).toBeUndefined();
    expect(await find('old@x.org')).toBe(old.userId);
  });
});
