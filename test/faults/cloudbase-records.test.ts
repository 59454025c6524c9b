import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { createCloudBaseImageRecords } from '../../src/stores/records/cloudbase/image-records.ts';
import { describeImageRecordsFaults } from '../suites/image-records-faults.suite.ts';
import { type RemoteEmulator, startCloudBaseEmulatorProcess } from '../support/cloudbase-emulator/process.ts';
import { EMULATED } from '../support/cloudbase-emulator.ts';

const ROOT = new URL('../..', import.meta.url).pathname;

describe('image records in CloudBase', () => {
  let folder: string;
  let emulator: RemoteEmulator | undefined;
  beforeAll(async () => {
    // Inside the checkout, so that the emulator finds its packages.
    folder = await mkdtemp(join(ROOT, 'node_modules', '.imagepic-emulator-'));
    emulator = await startCloudBaseEmulatorProcess(folder);
  });
  afterAll(async () => {
    await emulator?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const running = (): RemoteEmulator => emulator ?? expect.fail('no emulator');

  describeImageRecordsFaults('cloudbase', {
    server: () => ({ crash: () => running().kill(), restart: () => running().restart() }),
    newPlace: async (name) => {
      const { envId, secretId, secretKey } = EMULATED;
      const at = (serviceUrl: string) =>
        ({ envId, credentials: { secretId, secretKey }, serviceUrl, inCloud: false, prefix: `${name}_` }) as const;
      return {
        openAt: (port, now) => createCloudBaseImageRecords({ ...at(`http://127.0.0.1:${port}/admin`), now }),
        port: Number(new URL(running().serviceUrl).port),
        place: JSON.stringify(at(running().serviceUrl)),
      };
    },
  });
});
