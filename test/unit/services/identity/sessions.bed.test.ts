import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bed, openBed, type Person } from '../../../support/bed.ts';

let bed: Bed;
let ann: Person;
beforeEach(async () => {
  bed = await openBed();
  ann = await bed.person('Ann');
});
afterEach(() => bed.close());

const refresh = (refreshToken: string) => bed.call('auth/refresh', { refreshToken });
const works = async (token: string): Promise<boolean> => (await bed.call('auth/me', {}, token)).success;

describe('sessions', () => {
  it('R15 rotates the refresh token and keeps the session', async () => {
    const { data } = await refresh(ann.refreshToken);
    expect(data).toMatchObject({ expiresIn: 900 });
    expect(data.refreshToken).not.toBe(ann.refreshToken);
    expect(await works(data.token)).toBe(true);
    expect((await refresh(data.refreshToken)).success).toBe(true);
  });

  it('R15 gives one of 50 parallel refreshes a pair, tells the others that they were late, and keeps the family', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(ann.refreshToken)));
    const winners = answers.filter(({ success }) => success);
    expect(winners).toHaveLength(1);
    expect(new Set(answers.filter(({ success }) => !success).map(({ error }) => error))).toEqual(
      new Set(['RefreshRaced']),
    );
    expect((await refresh(winners[0]?.data.refreshToken)).success).toBe(true);
  });

  it('R15 ends the whole family when a used refresh token comes again after the race window', async () => {
    const next = (await refresh(ann.refreshToken)).data;
    bed.clock.now += 16_000;
    expect(await refresh(ann.refreshToken)).toMatchObject({ error: 'InvalidToken' });
    expect(await works(next.token)).toBe(false);
    expect(await refresh(next.refreshToken)).toMatchObject({ error: 'InvalidToken' });
  });

  it('does not let a guessed refresh token end a session', async () => {
    const [sessionId] = ann.refreshToken.split('.');
    expect(await refresh(`${sessionId}.${'A'.repeat(43)}`)).toMatchObject({ error: 'InvalidToken' });
    expect(await works(ann.token)).toBe(true);
  });

  it.each(['', 'x', 's_0', `s_${'0'.repeat(32)}.${'A'.repeat(43)}`, `../${'A'.repeat(50)}`])(
    'refuses the refresh token %j',
    async (refreshToken) => {
      expect(['InvalidToken', 'InvalidArgument']).toContain((await refresh(refreshToken)).error);
    },
  );

  it('ends after thirty days without a refresh', async () => {
    bed.clock.now += 30 * 24 * 3600 * 1000 + 1000;
    expect(await refresh(ann.refreshToken)).toMatchObject({ error: 'InvalidToken' });
  });

  it('R16 ends one session by logout and all by logoutAll', async () => {
    const other = (await bed.call('auth/login', { phone: ann.phone, upwd: ann.upwd })).data;
    expect((await bed.call('auth/logout', {}, ann.token)).success).toBe(true);
    expect([await works(ann.token), await works(other.token)]).toEqual([false, true]);
    expect(await refresh(ann.refreshToken)).toMatchObject({ error: 'InvalidToken' });
    expect((await bed.call('auth/logoutAll', {}, other.token)).success).toBe(true);
    expect(await works(other.token)).toBe(false);
    expect(await refresh(other.refreshToken)).toMatchObject({ error: 'InvalidToken' });
  });

  it('R16 accepts nothing that starts after a password change has answered, however many calls are around it', async () => {
    let answered = false;
    const probe = async () => ({ startedAfter: answered, accepted: await works(ann.token) });
    const change = bed
      .call('auth/change', { phone: ann.phone, opwd: ann.upwd, npwd: 'brand new horse 8' })
      .then((answer) => {
        answered = true;
        return answer;
      });
    const probes: ReturnType<typeof probe>[] = [];
    for (let after = 0; after < 100; after += answered ? 1 : 0) {
      probes.push(probe());
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await change).success).toBe(true);
    const results = await Promise.all(probes);
    expect(results.some(({ startedAfter, accepted }) => !startedAfter && accepted)).toBe(true);
    expect(results.filter(({ startedAfter, accepted }) => startedAfter && accepted)).toEqual([]);
  });

  it('tells its owner about the account, the phone masked', async () => {
    const me = await bed.call('auth/me', {}, ann.token);
    expect(me.data).toMatchObject({
      userId: ann.userId,
      name: 'Ann',
      role: 'admin',
      phone: '138****0001',
      usage: { bytes: 0, objects: 0 },
      wechatBound: false,
    });
    expect(JSON.stringify(me)).not.toContain(ann.phone);
  });
});
