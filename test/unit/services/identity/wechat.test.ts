import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';
import { refusalOf } from '../../../support/refusal.ts';

const ANN = { openid: 'o_ann', appid: 'wx0001' };
const BOB = { openid: 'o_bob', appid: 'wx0001' };

let bed: MemoryBed;
let ann: MemoryPerson;
let bob: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
  bob = await bed.person();
});

const owner = async (identity = ANN) => (await bed.wechat.find(identity))?.userId;

describe('a WeChat identity', () => {
  it('signs its account in once it is bound, and no longer when it is unbound', async () => {
    expect(await refusalOf(bed.wechat.prove(ANN))).toBe('AccessDenied');
    await bed.wechat.bind(ANN, ann);
    expect(await bed.wechat.prove(ANN)).toMatchObject({ userId: ann.userId });
    await bed.wechat.unbind(ann.userId);
    await bed.wechat.unbind(ann.userId);
    expect(await owner()).toBeUndefined();
    expect([...bed.documents.texts().keys()].filter((place) => place.startsWith('wechat/'))).toEqual([]);
  });

  it('is wanted from the platform', async () => {
    expect(await refusalOf(bed.wechat.prove(undefined))).toBe('AccessDenied');
    expect(await refusalOf(bed.wechat.bind(undefined, ann))).toBe('AccessDenied');
  });

  it('does not sign a disabled account in', async () => {
    await bed.wechat.bind(ANN, ann);
    await bed.users.update(ann.userId, (user) => ({ ...user, disabled: true }));
    expect(await refusalOf(bed.wechat.prove(ANN))).toBe('AccessDenied');
    expect(await owner()).toBe(ann.userId);
  });

  it('is kept in no readable way', async () => {
    await bed.wechat.bind(ANN, ann);
    expect(JSON.stringify([...bed.documents.texts()])).not.toContain(ANN.openid);
  });

  it('and an account belong together one to one, and binding them again is no error', async () => {
    await bed.wechat.bind(ANN, ann);
    expect(await refusalOf(bed.wechat.bind(ANN, ann))).toBeUndefined();
    expect(await refusalOf(bed.wechat.bind(ANN, bob))).toBe('BindingExists');
    expect(await refusalOf(bed.wechat.bind(BOB, ann))).toBe('BindingExists');
    expect([await owner(ANN), await owner(BOB)]).toEqual([ann.userId, undefined]);
  });

  /** What each of two accounts is told, and which accounts believe that they are bound. */
  const bothBind = async () => {
    const bind = (person: MemoryPerson) => refusalOf(bed.another().wechat.bind(ANN, person));
    const refusals = await Promise.all([bind(ann), bind(bob)]);
    const { users } = await bed.users.list({ limit: 10 });
    const bound = users.filter(({ wechat }) => wechat !== undefined).map(({ userId }) => userId);
    return { refusals, bound };
  };

  it('goes to one of two accounts that bind it at once, and the other is told', async () => {
    const { refusals, bound } = await bothBind();
    expect(new Set(refusals)).toEqual(new Set(['BindingExists', undefined]));
    expect(bound).toEqual([refusals[0] === undefined ? ann.userId : bob.userId]);
    expect(await owner()).toBe(bound[0]);
  });

  it.each(['create', 'read', 'replace'] as const)(
    'goes to one account also when each %s takes its time',
    async (slow) => {
      let calls = 0;
      bed.documents.hooks.before = async ({ method, collection }) => {
        if (method !== slow || collection === 'settings') return;
        calls += 1;
        for (let turn = 0; turn < (calls % 3) * 20; turn += 1) await Promise.resolve();
      };
      const { refusals, bound } = await bothBind();
      expect(refusals.filter((refusal) => refusal === undefined).length).toBeLessThan(2);
      expect(bound.length).toBeLessThan(2);
      if (bound[0] !== undefined) expect(await owner()).toBe(bound[0]);
    },
  );

  it('is bound by one account that says so twice at once', async () => {
    const bind = () => refusalOf(bed.another().wechat.bind(ANN, ann));
    expect(await Promise.all([bind(), bind(), bind()])).toEqual([undefined, undefined, undefined]);
    expect(await owner()).toBe(ann.userId);
  });

  it('whose binding was never finished may be bound to another account', async () => {
    bed.documents.hooks.before = ({ method, collection }) => {
      if (method === 'replace' && collection === 'users') throw new Error('the process died');
    };
    await expect(bed.wechat.bind(ANN, ann)).rejects.toThrow('the process died');
    bed.documents.hooks.before = undefined;
    expect(await owner()).toBeUndefined();
    await bed.wechat.bind(ANN, bob);
    expect(await owner()).toBe(bob.userId);
  });

  it.each([
    ['nobody is bound', undefined, BOB, false],
    ['the caller is bound', ANN, ANN, false],
    ['somebody else is bound', ANN, BOB, true],
    ['the caller is bound in another mini-program', ANN, { ...ANN, appid: 'wx0002' }, true],
  ])('contradicts an account to which %s: %#', async (_, bound, calling, expected) => {
    if (bound !== undefined) await bed.wechat.bind(bound, ann);
    expect(await bed.wechat.contradicts(calling, await bed.users.get(ann.userId))).toBe(expected);
  });
});
