import { describe, expect, it } from 'vitest';
import { contract } from '../../src/contract/contract.ts';
import { type BedOnCloudBase, openOnCloudBase } from '../support/bed-on-cloudbase.ts';

const PERSON = { name: 'P', tfs: '', email: 'p@example.com', phone: '13800138000', upwd: 'correct horse 7' };
const PROOF = { phone: PERSON.phone, upwd: PERSON.upwd };
/** What the open routes need to get as far as the database; every other route asks it who calls before anything else. */
const OPEN_INPUTS: Readonly<Record<string, object>> = {
  'auth/register': { ...PERSON, phone: '13900139000' },
  'auth/login': PROOF,
  'auth/refresh': { refreshToken: `s_${'0'.repeat(32)}.${'A'.repeat(43)}` },
  'auth/change': { phone: PERSON.phone, opwd: PERSON.upwd, npwd: 'another horse 8' },
  'auth/wechatBind': PROOF,
};
const NEEDS_NO_DATABASE = ['health', 'auth/wechatLogin'];
/** A call that waits for the database answers within five seconds, and half of one to spare. */
const BUDGET_MS = 5500;

describe('the service while the database is away', () => {
  const away = {
    killed: (bed: BedOnCloudBase) => bed.emulator.stop(),
    'slower than ten seconds': async (bed: BedOnCloudBase) => bed.emulator.inject({ delayMs: 10_000 }),
    'resetting every connection': async (bed: BedOnCloudBase) =>
      bed.emulator.inject({ effect: false, answer: 'reset' }),
  };

  it.each(Object.keys(away))(
    'R42 fails closed on every route, in time, and recovers: %s',
    { timeout: 120_000 },
    async (how) => {
      const bed = await openOnCloudBase();
      await bed.call('auth/register', PERSON);
      const token = String((await bed.call('auth/login', PROOF)).data['token']);
      await away[how as keyof typeof away](bed);
      for (const url of Object.keys(contract).filter((name) => !NEEDS_NO_DATABASE.includes(name))) {
        const started = performance.now();
        const answer = await bed.call(url, OPEN_INPUTS[url] ?? {}, url in OPEN_INPUTS ? {} : { token });
        expect(answer, url).toMatchObject({ success: false, error: 'ServiceUnavailable' });
        expect(performance.now() - started, url).toBeLessThan(BUDGET_MS);
      }
      expect((await bed.call('health', {})).data).toMatchObject({
        state: 'down',
        stores: { objects: { state: 'up' } },
      });
      if (how === 'killed') await bed.emulator.start();
      else bed.emulator.heal();
      await expect
        .poll(async () => (await bed.call('auth/me', {}, { token })).success, { timeout: 11_000, interval: 250 })
        .toBe(true);
      await bed.close();
    },
  );
});
