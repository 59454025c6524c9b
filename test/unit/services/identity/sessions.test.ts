import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { SESSIONS } from '../../../../src/services/identity/sessions.ts';
import { createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let bed: MemoryBed;
let ann: MemoryPerson;
let first: Awaited<ReturnType<MemoryBed['sessions']['open']>>;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
  first = await bed.sessions.open(ann);
});

const works = async (token: string): Promise<boolean> => (await bed.sessions.identify(token)) !== undefined;
const refresh = (refreshToken: string) => bed.sessions.refresh(refreshToken);
/** Refreshes again and again, and gives every refresh token that there was, oldest first. */
const refreshTimes = async (times: number, everyMs: number): Promise<readonly string[]> => {
  const tokens = [first.refreshToken];
  for (let round = 0; round < times; round += 1) {
    bed.clock.now += everyMs;
    tokens.push((await refresh(tokens.at(-1) ?? '')).refreshToken);
  }
  return tokens;
};

describe('a session', () => {
  it('gives a pair whose access token says who calls, for 15 minutes', async () => {
    expect(first.expiresIn).toBe(900);
    const found = await bed.sessions.identify(first.token);
    expect(found).toMatchObject({
      user: { phone: ann.user.phone },
      member: { kind: 'member', userId: ann.userId, role: 'member', grants: ann.user.grants },
    });
    expect(found?.member.sessionId).toMatch(/^s_[0-9a-f]{32}$/);
    expect(first.refreshToken).toMatch(/^s_[0-9a-f]{32}\.[\w-]{43}$/);
    bed.clock.now += 15 * MINUTE;
    expect(await works(first.token)).toBe(false);
  });

  it('keeps no refresh token in the store', async () => {
    const [, secret = ''] = first.refreshToken.split('.');
    expect([...bed.documents.texts().values()].filter((text) => text.includes(secret))).toEqual([]);
  });

  it('gives a new pair for a refresh token, of the same session', async () => {
    const second = await refresh(first.refreshToken);
    expect(second.expiresIn).toBe(900);
    expect(second.refreshToken.split('.')[0]).toBe(first.refreshToken.split('.')[0]);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect([await works(first.token), await works(second.token)]).toEqual([true, true]);
    expect(await refresh(second.refreshToken)).toMatchObject({ expiresIn: 900 });
  });

  it.each([
    ['holds', 0, undefined],
    ['holds', 30 * DAY, undefined],
    ['is over', 30 * DAY + 1, 'InvalidToken'],
  ])('%s after %i ms without a refresh', async (_, milliseconds, expected) => {
    bed.clock.now += milliseconds;
    const token = await bed.accessTokens.issue(idsOf());
    expect(await works(token)).toBe(expected === undefined);
    expect(await refusalOf(refresh(first.refreshToken))).toBe(expected);
  });

  it('is held open by refreshing', async () => {
    const tokens = await refreshTimes(3, 29 * DAY);
    expect(await refusalOf(refresh(tokens.at(-1) ?? ''))).toBeUndefined();
  });

  const idsOf = () => ({ userId: ann.userId, sessionId: first.refreshToken.split('.')[0] ?? '' });

  it.each<[string, () => Promise<unknown>]>([
    ['its person is disabled', () => bed.users.update(ann.userId, (user) => ({ ...user, disabled: true }))],
    ['its person is gone', () => bed.documents.remove('users', ann.userId)],
    ['every session of its person is ended', () => bed.sessions.closeAll(ann.userId)],
    ['it is closed', async () => bed.sessions.close((await bed.sessions.identify(first.token))?.member ?? ann.caller)],
  ])('is over when %s', async (_, end) => {
    expect(await works(first.token)).toBe(true);
    await end();
    expect(await works(first.token)).toBe(false);
    expect(await refusalOf(refresh(first.refreshToken))).toBe('InvalidToken');
  });

  it('is closed alone, and only by a call that came with it', async () => {
    const other = await bed.sessions.open(ann);
    bed.documents.hooks.before = () => {
      throw new Error('a call without a session has nothing to end');
    };
    await bed.sessions.close(ann.caller);
    bed.documents.hooks.before = undefined;
    expect([await works(first.token), await works(other.token)]).toEqual([true, true]);
    await bed.sessions.close((await bed.sessions.identify(other.token))?.member ?? ann.caller);
    expect([await works(first.token), await works(other.token)]).toEqual([true, false]);
  });

  it('that has ended does not come back with whatever else ends sessions', async () => {
    await bed.sessions.closeAll(ann.userId);
    await bed.users.update(ann.userId, (user) => ({ ...user, epoch: user.epoch + 1 }));
    expect(await works(first.token)).toBe(false);
    await bed.sessions.closeAll(ann.userId);
    expect(await works(first.token)).toBe(false);
  });

  it('of one person is not the session of another, whatever a token says', async () => {
    const bob = await bed.person();
    expect(await works(await bed.accessTokens.issue({ ...idsOf(), userId: bob.userId }))).toBe(false);
    expect(await works(await bed.accessTokens.issue({ ...idsOf(), sessionId: `s_${'0'.repeat(32)}` }))).toBe(false);
    expect(await works('no token')).toBe(false);
  });

  it('that is damaged says so', async () => {
    const { sessionId } = idsOf();
    const stored = await bed.documents.read('sessions', sessionId);
    await bed.documents.replace('sessions', sessionId, { userId: ann.userId }, stored?.revision ?? '');
    expect(await refusalOf(bed.sessions.identify(first.token))).toBe('ServiceUnavailable');
  });
});

describe('the sessions of an account', () => {
  const stored = () => [...bed.documents.texts().keys()].filter((id) => id.startsWith('sessions/')).length;

  it('are 50 at most: the one that was opened first ends for a new one', async () => {
    const pairs = [];
    for (let count = 0; count < 60; count += 1) pairs.push(await bed.sessions.open(ann));
    const alive = [];
    for (const { token } of pairs) alive.push(await works(token));
    expect(alive).toEqual([...Array(10).fill(false), ...Array(50).fill(true)]);
    expect(stored()).toBe(50);
  });

  it('that ended together leave nothing', async () => {
    for (let count = 0; count < 10; count += 1) {
      await bed.sessions.open({ ...ann, user: await bed.users.get(ann.userId) });
      await bed.sessions.closeAll(ann.userId);
    }
    await bed.sessions.open({ ...ann, user: await bed.users.get(ann.userId) });
    expect(stored()).toBe(1);
  });

  it('that are closed make room', async () => {
    await bed.sessions.close((await bed.sessions.identify(first.token))?.member ?? ann.caller);
    const oldest = await bed.sessions.open(ann);
    for (let count = 0; count < 49; count += 1) await bed.sessions.open(ann);
    expect(await works(oldest.token)).toBe(true);
  });
});

describe('a refresh token that is made up', () => {
  const madeUp = () => `s_${randomBytes(16).toString('hex')}.${randomBytes(32).toString('base64url')}`;
  const counters = () => [...bed.documents.texts().keys()].filter((id) => id.startsWith('counters/')).length;

  const tryTimes = async (times: number, clientIp: string | undefined): Promise<void> => {
    for (let count = 0; count < times; count += 1) {
      expect(await refusalOf(bed.sessions.refresh(madeUp(), clientIp))).toBe('InvalidToken');
    }
  };

  it('leaves one counter however often it comes from one address, and is stopped after 300 times', async () => {
    await tryTimes(300, '10.0.0.1');
    expect(await refusalOf(bed.sessions.refresh(madeUp(), '10.0.0.1'))).toBe('TooManyRequests');
    expect(counters()).toBe(1);
  });

  it('from addresses that nobody knows leaves none, and keeps nobody else from going on', async () => {
    await tryTimes(1600, undefined);
    expect(counters()).toBe(0);
    const { refreshToken } = await bed.sessions.open(ann);
    expect(await refusalOf(bed.sessions.refresh(refreshToken, undefined))).toBeUndefined();
  });
});

describe('a refresh token that is used up', () => {
  it.each([
    ['a client in a hurry', 0, 'RefreshRaced', true],
    ['a client in a hurry', 1, 'RefreshRaced', true],
    ['a client in a hurry', 200, 'RefreshRaced', true],
    ['a client in a hurry', 14_999, 'RefreshRaced', true],
    ['a client in a hurry', 15_000, 'RefreshRaced', true],
    ['a thief', 15_001, 'InvalidToken', false],
    ['a thief', DAY, 'InvalidToken', false],
  ])('is taken for the token of %s when it comes again after %i ms', async (_, milliseconds, expected, lives) => {
    bed.clock.now += 7 * MINUTE;
    const second = await refresh(first.refreshToken);
    bed.clock.now += milliseconds;
    expect(await refusalOf(refresh(first.refreshToken))).toBe(expected);
    const isAlive = (await refusalOf(refresh(second.refreshToken))) === undefined;
    expect(isAlive).toBe(lives);
    if (milliseconds < 15 * MINUTE) expect(await works(second.token)).toBe(lives);
  });

  it.each([
    ['the one before the last, of more than 15 s ago', 2, 15_001, 0],
    ['of the day before yesterday', 2, DAY, 0],
    ['that is the oldest of a hundred', 100, 10 * MINUTE, 0],
    ['that is the second of a hundred and one', 101, 10 * MINUTE, 1],
  ])('ends the family: %s', async (_, times, everyMs, index) => {
    const tokens = await refreshTimes(times, everyMs);
    expect(await refusalOf(refresh(tokens[index] ?? ''))).toBe('InvalidToken');
    expect(await refusalOf(refresh(tokens.at(-1) ?? ''))).toBe('InvalidToken');
  });

  it('is that of a client in a hurry also when others came between, each in time', async () => {
    const [oldest = '', ...later] = await refreshTimes(3, 5000);
    expect(await refusalOf(refresh(oldest))).toBe('RefreshRaced');
    expect(await refusalOf(refresh(later.at(-1) ?? ''))).toBeUndefined();
  });

  it('is forgotten after a hundred others, and then is like a guessed one, which ends nothing', async () => {
    const tokens = await refreshTimes(101, 10 * MINUTE);
    expect(await refusalOf(refresh(tokens[0] ?? ''))).toBe('InvalidToken');
    expect(await refusalOf(refresh(tokens.at(-1) ?? ''))).toBeUndefined();
  });
});

describe('refreshing', () => {
  it.each([
    '',
    'x',
    `s_${'0'.repeat(31)}.${'A'.repeat(43)}`,
    `s_${'0'.repeat(32)}.${'A'.repeat(42)}`,
    `s_${'0'.repeat(32)}.${'A'.repeat(44)}`,
    `s_${'G'.repeat(32)}.${'A'.repeat(43)}`,
    `xs_${'0'.repeat(32)}.${'A'.repeat(43)}`,
    `s_${'0'.repeat(32)}x${'A'.repeat(43)}`,
    `s_${'0'.repeat(32)}.${'+'.repeat(43)}`,
  ])('refuses %j without asking the store', async (refreshToken) => {
    bed.documents.hooks.before = () => {
      throw new Error('asked');
    };
    expect(await refusalOf(refresh(refreshToken))).toBe('InvalidToken');
  });

  it('refuses the token of a session that never was', async () => {
    expect(await refusalOf(refresh(`s_${'0'.repeat(32)}.${'A'.repeat(43)}`))).toBe('InvalidToken');
  });

  it('does not let a guessed token end a session', async () => {
    const guessed = `${first.refreshToken.split('.')[0]}.${'A'.repeat(43)}`;
    expect(await refusalOf(refresh(guessed))).toBe('InvalidToken');
    expect(await works(first.token)).toBe(true);
  });

  it('is possible 120 times in 15 minutes, each session by itself', async () => {
    const tokens = await refreshTimes(120, 0);
    const refused = await errorOf(refresh(tokens.at(-1) ?? ''));
    expect(refused).toMatchObject({ code: 'TooManyRequests', details: { retryAfterSeconds: 900 } });
    expect(await refusalOf(refresh((await bed.sessions.open(ann)).refreshToken))).toBeUndefined();
    bed.clock.now += 15 * MINUTE - 1;
    expect(await refusalOf(refresh(tokens.at(-1) ?? ''))).toBe('TooManyRequests');
    bed.clock.now += 1;
    expect(await refusalOf(refresh(tokens.at(-1) ?? ''))).toBeUndefined();
  });

  it('gives one of 50 at once a pair and tells the others that they were late', async () => {
    const refusals = await Promise.all(Array.from({ length: 50 }, () => refusalOf(refresh(first.refreshToken))));
    expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(1);
    expect(new Set(refusals)).toEqual(new Set([undefined, 'RefreshRaced']));
    expect(await works(first.token)).toBe(true);
  });

  it('tells the one that another instance overtook that it was late', async () => {
    const other = bed.another();
    bed.documents.hooks.before = async ({ method }) => {
      if (method !== 'replace') return;
      bed.documents.hooks.before = undefined;
      await other.sessions.refresh(first.refreshToken);
    };
    expect(await refusalOf(refresh(first.refreshToken))).toBe('RefreshRaced');
    expect(await works(first.token)).toBe(true);
  });
});

describe('a refresh token in a cookie', () => {
  const refreshCookie = (refreshToken: string) => bed.sessions.refreshCookie(refreshToken);

  it('gives its client another pair when it has lost the answer, as often as that happens within 15 s', async () => {
    const lost = await refreshCookie(first.refreshToken);
    bed.clock.now += 7000;
    const lostAgain = await refreshCookie(first.refreshToken);
    bed.clock.now += 8000;
    const got = await refreshCookie(first.refreshToken);
    expect(new Set([lost, lostAgain, got].map((pair) => pair.refreshToken)).size).toBe(3);
    expect(await works(got.token)).toBe(true);
    expect(await refusalOf(refreshCookie(got.refreshToken))).toBeUndefined();
  });

  it('is stolen when it comes later, and ends the family', async () => {
    const second = await refreshCookie(first.refreshToken);
    bed.clock.now += 15_001;
    expect(await refusalOf(refreshCookie(first.refreshToken))).toBe('InvalidToken');
    expect(await works(second.token)).toBe(false);
  });

  it('that lost to its thief within 15 s ends the family as soon as the other one comes back', async () => {
    const thief = await refreshCookie(first.refreshToken);
    const owner = await refreshCookie(first.refreshToken);
    bed.clock.now += 15_001;
    expect(await refusalOf(refreshCookie(thief.refreshToken))).toBe('InvalidToken');
    expect(await works(owner.token)).toBe(false);
  });

  it.each(['current', 'used'])('ends its session when it is %s', async (which) => {
    const second = await refreshCookie(first.refreshToken);
    await bed.sessions.end(which === 'used' ? first.refreshToken : second.refreshToken);
    expect(await works(second.token)).toBe(false);
  });

  it('ends nothing when it is guessed', async () => {
    const guessed = `${first.refreshToken.split('.')[0]}.${'A'.repeat(43)}`;
    for (const token of [guessed, '', 'x', `s_${'0'.repeat(32)}.${'A'.repeat(43)}`]) await bed.sessions.end(token);
    expect(await works(first.token)).toBe(true);
  });
});

describe('a session that nobody refreshes', () => {
  it.each<[string, object, number, boolean]>([
    ['for 30 days', {}, 30 * DAY, false],
    ['for a millisecond more', {}, 30 * DAY + 1, true],
    ['and is damaged', { epoch: 'none' }, 31 * DAY, false],
  ])('%s is swept only when it is over', async (_, changes, milliseconds, goes) => {
    const [text = ''] = [...bed.documents.texts()].flatMap(([name, doc]) =>
      name.startsWith('sessions/') ? [doc] : [],
    );
    expect(JSON.parse(text).used).toEqual([]);
    const doc = { ...JSON.parse(text), ...changes };
    const at = new Date(bed.clock.now + milliseconds);
    expect(SESSIONS.expire('s', doc, at) !== undefined).toBe(goes);
    expect(await works(first.token)).toBe(true);
  });
});
