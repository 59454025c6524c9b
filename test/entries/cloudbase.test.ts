import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bootstrap } from '../../src/bootstrap.ts';
import { createCallFunctionEntry } from '../../src/entries/call-function.ts';
import { describeEntry, type EntryHarness } from '../suites/entry.suite.ts';
import { EMULATED, startCloudBaseEmulator } from '../support/cloudbase-emulator.ts';
import { createTempConfig } from '../support/temp-config.ts';

const SECRET = randomBytes(32).toString('hex');

/** The service with its accounts in CloudBase's database, through the real SDK. */
async function openOnCloudBase(): Promise<
  EntryHarness & { readonly emulator: Awaited<ReturnType<typeof startCloudBaseEmulator>> }
> {
  const emulator = await startCloudBaseEmulator();
  const { config, remove } = await createTempConfig({
    IMAGEPIC_SECRET: SECRET,
    IMAGEPIC_DOCUMENTS: 'cloudbase',
    IMAGEPIC_CLOUDBASE_ENV: EMULATED.envId,
    IMAGEPIC_CLOUDBASE_URL: emulator.serviceUrl,
    TENCENTCLOUD_SECRETID: EMULATED.secretId,
    TENCENTCLOUD_SECRETKEY: EMULATED.secretKey,
  });
  const app = await bootstrap(config, { writeLog: () => {} });
  const entry = createCallFunctionEntry(app, { transport: 'call-function', mountUrl: config.mount });
  return {
    emulator,
    call: async (url, data, { token, lang } = {}) =>
      JSON.parse(JSON.stringify(await entry({ ...data, $url: url, $token: token, $lang: lang }, {}))),
    close: async () => {
      await emulator.close();
      await remove();
    },
  };
}

describeEntry('callFunction with CloudBase’s database behind it', openOnCloudBase);

describe('the service while the database is away', () => {
  it('R42 fails closed, in time, and recovers', { timeout: 60_000 }, async () => {
    const bed = await openOnCloudBase();
    const person = { name: 'P', tfs: '', email: 'p@example.com', phone: '13800138000', upwd: 'correct horse 7' };
    await bed.call('auth/register', person);
    const proof = { phone: person.phone, upwd: person.upwd };
    const { data: signedIn } = await bed.call('auth/login', proof);
    const token = String(signedIn['token']);
    await bed.emulator.stop();
    const started = performance.now();
    for (const [url, input] of [
      ['auth/login', proof],
      ['auth/register', { ...person, phone: '13900139000' }],
      ['auth/me', {}],
      ['object/listObjects', { bucketName: 'images' }],
    ] as const) {
      expect(await bed.call(url, input, { token }), url).toMatchObject({ success: false, error: 'ServiceUnavailable' });
    }
    expect((performance.now() - started) / 4).toBeLessThan(5500);
    expect((await bed.call('health', {})).data).toMatchObject({ state: 'down', stores: { objects: { state: 'up' } } });
    await bed.emulator.start();
    await expect
      .poll(async () => (await bed.call('auth/me', {}, { token })).success, { timeout: 11_000, interval: 250 })
      .toBe(true);
    await bed.close();
  });
});
