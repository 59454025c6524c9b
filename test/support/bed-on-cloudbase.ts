import { randomBytes } from 'node:crypto';
import { bootstrap } from '../../src/bootstrap.ts';
import { createCallFunctionEntry } from '../../src/events/call-function.ts';
import type { EntryHarness } from '../suites/entry.suite.ts';
import { type CloudBaseEmulator, EMULATED, startCloudBaseEmulator } from './cloudbase-emulator.ts';
import { createTempConfig } from './temp-config.ts';

const SECRET = randomBytes(32).toString('hex');

/** A service and the database behind it. */
export interface BedOnCloudBase extends EntryHarness {
  readonly emulator: CloudBaseEmulator;
}

/** The service with its accounts in CloudBase's database, through the real SDK; `env` says more of it. */
export async function openOnCloudBase(env: Readonly<Record<string, string>> = {}): Promise<BedOnCloudBase> {
  const emulator = await startCloudBaseEmulator();
  const { config, remove } = await createTempConfig({
    IMAGEPIC_SECRET: SECRET,
    IMAGEPIC_DOCUMENTS: 'cloudbase',
    IMAGEPIC_CLOUDBASE_ENV: EMULATED.envId,
    IMAGEPIC_CLOUDBASE_URL: emulator.serviceUrl,
    TENCENTCLOUD_SECRETID: EMULATED.secretId,
    TENCENTCLOUD_SECRETKEY: EMULATED.secretKey,
    ...env,
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
