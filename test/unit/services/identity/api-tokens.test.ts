import { beforeEach, describe, expect, it } from 'vitest';
import { TOKEN_USES } from '../../../../src/services/identity/api-tokens.ts';
import { createMemoryBed, type MemoryBed, type MemoryPerson, START } from '../../../support/memory/bed.ts';
import { refusalOf } from '../../../support/refusal.ts';

const MINUTE = 60_000;

let bed: MemoryBed;
let ann: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
});

const create = (request: Partial<Parameters<MemoryBed['apiTokens']['create']>[1]> = {}, userId = ann.userId) =>
  bed.apiTokens.create(userId, { name: 'ci', scopes: ['upload', 'list'], ...request });
const works = async (token: string): Promise<boolean> => (await bed.apiTokens.identify(token)) !== undefined;
const lastUse = async (): Promise<number | undefined> => {
  const at = (await bed.apiTokens.list(ann.userId))[0]?.lastUsedAt;
  return at === undefined ? undefined : new Date(at).getTime() - START;
};

describe('an API token', () => {
  it('is shown once and kept as a digest only', async () => {
    const { token, ...summary } = await create({ expiresIn: 60 });
    expect(token).toMatch(/^ip_[\w-]{75}$/);
    expect(summary).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      name: 'ci',
      scopes: ['upload', 'list'],
      createdAt: new Date(START).toISOString(),
      expiresAt: new Date(START + MINUTE).toISOString(),
    });
    expect(await bed.apiTokens.list(ann.userId)).toEqual([summary]);
    const secret = Buffer.from(token.slice(3), 'base64url').subarray(24);
    for (const text of bed.documents.texts().values()) {
      for (const encoding of ['hex', 'base64', 'base64url'] as const)
        expect(text).not.toContain(secret.toString(encoding));
      expect(text).not.toContain(token);
    }
  });

  it('speaks for its owner, cut down to what it was made for', async () => {
    const { token, id } = await create({ bucketName: 'images', prefix: 'ci/', maxBytes: 1000 });
    const found = await bed.apiTokens.identify(token);
    expect(found?.user.phone).toBe(ann.user.phone);
    expect(found?.member).toEqual({
      ...ann.caller,
      tokenId: id,
      narrowing: { scopes: ['upload', 'list'], bucketName: 'images', prefix: 'ci/', maxBytes: 1000 },
    });
    const { token: open } = await create({ scopes: ['read'] });
    expect((await bed.apiTokens.identify(open))?.member.narrowing).toEqual({ scopes: ['read'] });
  });

  it.each([
    [0, true],
    [59_999, true],
    [60_000, false],
    [60_001, false],
  ])('that holds for a minute is good after %i ms: %s', async (milliseconds, expected) => {
    const { token } = await create({ expiresIn: 60 });
    bed.clock.now += milliseconds;
    expect(await works(token)).toBe(expected);
  });

  it('without an expiry is good for ever', async () => {
    const { token } = await create();
    bed.clock.now += 100 * 365 * 24 * 60 * MINUTE;
    expect(await works(token)).toBe(true);
  });

  it('ends at once when it is revoked, alone, and revoking it again is no error', async () => {
    const [one, other] = [await create(), await create()];
    expect([await works(one.token), await works(other.token)]).toEqual([true, true]);
    await bed.apiTokens.revoke(ann.userId, one.id);
    await bed.apiTokens.revoke(ann.userId, one.id);
    expect([await works(one.token), await works(other.token)]).toEqual([false, true]);
    expect((await bed.apiTokens.list(ann.userId)).map(({ id }) => id)).toEqual([other.id]);
    expect([...bed.documents.texts().keys()].filter((place) => place.includes(one.id))).toEqual([]);
  });

  it('is good for nothing while its owner is disabled, and for ever when the owner is gone', async () => {
    const { token } = await create();
    await bed.users.update(ann.userId, (user) => ({ ...user, disabled: true }));
    expect(await works(token)).toBe(false);
    await bed.users.update(ann.userId, (user) => ({ ...user, disabled: false }));
    expect(await works(token)).toBe(true);
    await bed.documents.remove('users', ann.userId);
    expect(await works(token)).toBe(false);
    expect(await bed.apiTokens.list(ann.userId)).toEqual([]);
  });

  it('of one person is not the token of another', async () => {
    const bob = await bed.person();
    const { token, id } = await create();
    await bed.apiTokens.revoke(bob.userId, id);
    expect(await works(token)).toBe(true);
    const packed = Buffer.from(token.slice(3), 'base64url');
    packed.write(bob.userId.slice(2), 0, 'hex');
    expect(await works(`ip_${packed.toString('base64url')}`)).toBe(false);
  });

  it.each<[string, (token: string) => string]>([
    ['another first byte of the owner', (token) => flip(token, 0)],
    ['another last byte of the owner', (token) => flip(token, 15)],
    ['another first byte of the id', (token) => flip(token, 16)],
    ['another last byte of the id', (token) => flip(token, 23)],
    ['another first byte of the secret', (token) => flip(token, 24)],
    ['another last byte of the secret', (token) => flip(token, 55)],
    ['a letter less', (token) => token.slice(0, -1)],
    ['a letter more', (token) => `${token}A`],
    ['something before it', (token) => `x${token}`],
    ['another prefix', (token) => `ix_${token.slice(3)}`],
    ['no prefix', (token) => token.slice(3)],
    ['a sign that is no letter of it', (token) => `${token.slice(0, -1)}!`],
    ['a sign more that decoders pass over', (token) => `ip_!${token.slice(3)}`],
    ['a line end', (token) => `${token}\n`],
    ['nothing', () => ''],
  ])('is not taken with %s', async (_, forge) => {
    const { token } = await create();
    expect(await works(token)).toBe(true);
    expect(await works(forge(token))).toBe(false);
  });
});

const flip = (token: string, index: number): string => {
  const packed = Buffer.from(token.slice(3), 'base64url');
  packed[index] = (packed[index] ?? 0) ^ 1;
  return `ip_${packed.toString('base64url')}`;
};

describe('the tokens of an account', () => {
  it('are 50 at most', async () => {
    const made = [];
    for (let count = 0; count < 50; count += 1) made.push(await create());
    expect(await refusalOf(create())).toBe('InvalidArgument');
    expect(await bed.apiTokens.list(ann.userId)).toHaveLength(50);
    expect(await works(made.at(-1)?.token ?? '')).toBe(true);
    await bed.apiTokens.revoke(ann.userId, made[0]?.id ?? '');
    expect(await refusalOf(create())).toBeUndefined();
    expect(await refusalOf(create())).toBe('InvalidArgument');
  });

  it('are 50 at most also when they are made at once', async () => {
    const refusals = await Promise.all(Array.from({ length: 60 }, () => refusalOf(create())));
    expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(50);
  });

  it('are made for people who are there', async () => {
    expect(await refusalOf(create({}, `u_${'0'.repeat(32)}`))).toBe('NoSuchUser');
  });
});

describe('the last use of a token', () => {
  it('is not there before the first', async () => {
    await create();
    expect(await bed.apiTokens.list(ann.userId)).toMatchObject([{ name: 'ci' }]);
    expect(Object.keys((await bed.apiTokens.list(ann.userId))[0] ?? {})).not.toContain('lastUsedAt');
  });

  it('moves on by the minute', async () => {
    const { token } = await create();
    const uses = [];
    for (const after of [0, 1, 59_999, 60_000, 60_001, 119_999, 120_000]) {
      bed.clock.now = START + after;
      await bed.apiTokens.identify(token);
      uses.push(await lastUse());
    }
    expect(uses).toEqual([0, 0, 0, 60_000, 60_000, 60_000, 120_000]);
  });

  it('moves on when another instance is used', async () => {
    const { token } = await create();
    await bed.apiTokens.identify(token);
    bed.clock.now += 10 * MINUTE;
    await bed.another().apiTokens.identify(token);
    expect(await lastUse()).toBe(10 * MINUTE);
  });

  it('is that of the token that was used', async () => {
    const [, second] = [await create({ name: 'first' }), await create({ name: 'second' })];
    await bed.apiTokens.identify(second.token);
    const used = (await bed.apiTokens.list(ann.userId)).map(({ name, lastUsedAt }) => [name, lastUsedAt !== undefined]);
    expect(used).toEqual([
      ['first', false],
      ['second', true],
    ]);
  });

  it('is not that of a token that was refused', async () => {
    const { token } = await create({ expiresIn: 60 });
    await bed.apiTokens.identify(flip(token, 55));
    bed.clock.now += MINUTE;
    await bed.apiTokens.identify(token);
    expect(await lastUse()).toBeUndefined();
  });

  it('keeps nobody from using a token that is revoked in this moment from another side', async () => {
    const { token } = await create();
    await bed.apiTokens.identify(token);
    bed.clock.now += MINUTE;
    bed.documents.hooks.before = async ({ method, collection, id }) => {
      if (method !== 'read' || collection !== 'token-uses') return;
      bed.documents.hooks.before = undefined;
      await bed.documents.remove(collection, id);
    };
    expect(await works(token)).toBe(true);
  });
});

describe('when a token was last used', () => {
  const YEARS = 2 * 365 * 24 * 60 * MINUTE;
  const at = new Date(START).toISOString();
  const expiry = (milliseconds: number): string => new Date(START + milliseconds).toISOString();

  it.each<[string, object, number, boolean]>([
    ['without an expiry, within two years', { at }, YEARS - 1, false],
    ['without an expiry, after two years', { at }, YEARS, true],
    ['with an expiry, before it', { at, expiresAt: expiry(MINUTE) }, MINUTE - 1, false],
    ['with an expiry, at it', { at, expiresAt: expiry(MINUTE) }, MINUTE, true],
    ['with an expiry, long after it', { at, expiresAt: expiry(MINUTE) }, YEARS, true],
    ['with an expiry in three years, within two', { at, expiresAt: expiry(1.5 * YEARS) }, YEARS - 1, false],
    ['with an expiry in three years, after two', { at, expiresAt: expiry(1.5 * YEARS) }, YEARS, true],
    ['damaged', { expiresAt: at }, YEARS, false],
  ])('is forgotten %s', (_, doc, milliseconds, goes) => {
    // As it comes out of a store.
    const stored = JSON.parse(JSON.stringify(doc));
    expect(TOKEN_USES.expire('a', stored, new Date(START + milliseconds)) !== undefined).toBe(goes);
  });

  it('is kept under a name of its own', async () => {
    const { token, id } = await create();
    await works(token);
    expect([TOKEN_USES.name, [...bed.documents.texts().keys()].filter((name) => name.endsWith(id))]).toEqual([
      'token-uses',
      [`token-uses/${id}`],
    ]);
  });
});

describe('a token of a client that asks for one whenever it starts', () => {
  it('takes the place of the oldest of its name, also when there are 50, and takes none when it is refused', async () => {
    bed = await createMemoryBed();
    const { userId } = await bed.person();
    const make = (name: string, mostOfName?: number) =>
      bed.apiTokens.create(userId, { name, scopes: ['upload'] }, mostOfName === undefined ? undefined : { mostOfName });
    for (let count = 0; count < 45; count += 1) await make('other');
    const own = [];
    for (let count = 0; count < 6; count += 1) {
      bed.clock.now += 1000;
      own.push((await make('own', 5)).id);
    }
    const left = (await bed.apiTokens.list(userId)).filter(({ name }) => name === 'own').map(({ id }) => id);
    expect(left).toEqual(own.slice(1));
    await bed.apiTokens.revoke(userId, left[0] ?? '');
    await make('other');
    const before = await bed.apiTokens.list(userId);
    expect(await refusalOf(make('another', 5))).toBe('InvalidArgument');
    expect(await bed.apiTokens.list(userId)).toEqual(before);
  });
});

describe('a token in another spelling of its last letter', () => {
  it('S25 ends with the token', async () => {
    const person = await bed.person();
    const { id, token } = await bed.apiTokens.create(person.userId, { name: 't', scopes: ['list'] });
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const first = letters.indexOf(token.slice(-1)) & ~3;
    const spellings = [0, 1, 2, 3].map((spare) => token.slice(0, -1) + letters.charAt(first + spare));
    expect(spellings).toContain(token);
    expect(await bed.apiTokens.identify(token)).toBeDefined();
    await bed.apiTokens.revoke(person.userId, id);
    for (const spelling of spellings) expect(await bed.apiTokens.identify(spelling)).toBeUndefined();
  });
});
