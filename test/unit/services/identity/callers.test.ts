import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';

const ANN = { openid: 'o_ann', appid: 'wx0001' };
const NOBODY = { kind: 'anonymous', rejectedToken: false };
const REJECTED = { kind: 'anonymous', rejectedToken: true };

let bed: MemoryBed;
let ann: MemoryPerson;
let bob: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
  bob = await bed.person();
  await bed.wechat.bind(ANN, ann);
});

const identify = (token: string | undefined, identity: typeof ANN | undefined) =>
  bed.credentials.identify(token, identity);
const tokens = {
  'a session': async (person: MemoryPerson) => (await bed.sessions.open(person)).token,
  'an API token': async ({ userId }: MemoryPerson) =>
    (await bed.apiTokens.create(userId, { name: 'ci', scopes: ['list'] })).token,
};

describe('a caller', () => {
  it('without anything is nobody, and is not told of a token', async () => {
    expect(await identify(undefined, undefined)).toEqual(NOBODY);
  });

  it.each([
    ['an identity that is bound', ANN, true],
    ['an identity that is not', { ...ANN, openid: 'o_bob' }, false],
    ['the same identity in another mini-program', { ...ANN, appid: 'wx0002' }, false],
  ])('by %s is a member: %s', async (_, identity, isMember) => {
    expect(await identify(undefined, identity)).toEqual(isMember ? ann.caller : NOBODY);
  });

  it('by an identity whose account is disabled is nobody', async () => {
    await bed.users.update(ann.userId, (user) => ({ ...user, disabled: true }));
    expect(await identify(undefined, ANN)).toEqual(NOBODY);
  });

  it.each(Object.entries(tokens))('by %s is the member whose it is', async (_, make) => {
    const token = await make(ann);
    expect(await identify(token, undefined)).toMatchObject({ kind: 'member', userId: ann.userId });
    expect(await identify(token, ANN)).toMatchObject({ kind: 'member', userId: ann.userId });
  });

  it.each(Object.entries(tokens))(
    'with %s of a bound account, in the hands of another identity, is rejected',
    async (_, make) => {
      expect(await identify(await make(ann), { ...ANN, openid: 'o_thief' })).toEqual(REJECTED);
      expect(await identify(await make(bob), ANN), 'an account that is not bound').toMatchObject({
        userId: bob.userId,
      });
    },
  );

  it.each(['', 'no token', 'ip_no-token', 'a.b.c'])('with the token %j is rejected, identity or not', async (token) => {
    expect(await identify(token, undefined)).toEqual(REJECTED);
    expect(await identify(token, ANN)).toEqual(REJECTED);
  });
});
