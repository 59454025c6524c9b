import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootstrap } from '../../src/bootstrap.ts';
import { loadConfig } from '../../src/config/config.ts';
import { createCallFunctionEntry } from '../../src/events/call-function.ts';
import { createTimerEntry } from '../../src/events/timer.ts';
import { createLogger } from '../../src/logger.ts';
import type { Answer } from '../support/bed.ts';
import { type CloudBaseEmulator, EMULATED, startCloudBaseEmulator } from '../support/cloudbase-emulator.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const BED = 'imagepic_settings';
const FAULT = { name: 'increment', zh: '计数器丢失了累加', en: 'a counter lost increments' };

describe('a cloud function whose documents are in a database', () => {
  let emulator: CloudBaseEmulator;
  let folder: TempFolder;

  beforeEach(async () => {
    [emulator, folder] = await Promise.all([startCloudBaseEmulator(), makeTempFolder()]);
  });
  afterEach(async () => {
    await emulator.close();
    await folder.remove();
  });

  /** An instance that has just been started, as the platform does it. */
  const startInstance = async () => {
    const config = loadConfig({
      IMAGEPIC_DATA_DIR: folder.path,
      IMAGEPIC_SECRET: '7f3a9c51d0e8b264f1a7c3905be2d846',
      IMAGEPIC_DOCUMENTS: 'cloudbase',
      IMAGEPIC_CLOUDBASE_ENV: EMULATED.envId,
      IMAGEPIC_CLOUDBASE_URL: emulator.serviceUrl,
      CLOUDBASE_APIKEY: EMULATED.apiKey,
      IMAGEPIC_ALLOW_FILE_STORES: 'shared-mount',
      TENCENTCLOUD_RUNENV: 'SCF',
    });
    const writeLog = (): void => undefined;
    const app = await bootstrap(config, { writeLog });
    const entry = createCallFunctionEntry(app, { transport: 'call-function', mountUrl: config.mount });
    const call = async (url: string, data: object = {}): Promise<Answer> =>
      JSON.parse(JSON.stringify(await entry({ ...data, $url: url }, {})));
    const timer = createTimerEntry(
      app.jobs,
      createLogger(writeLog, () => new Date()),
    );
    return { call, timer };
  };
  const sentBy = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
    const before = emulator.requests.length;
    await work();
    await emulator.idle();
    return emulator.requests.slice(before).map((body) => String(body['collectionName']));
  };
  const wrong = { phone: '13800138000', upwd: 'correct horse 7' };

  it('puts them to the proof before the bed is begun, and no cold start after it asks for anything more', async () => {
    const first = await sentBy(async () => (await startInstance()).call('auth/login', wrong));
    expect(first.filter((name) => name === 'imagepic_probes').length).toBeGreaterThan(80);

    const begun = emulator.requests.length;
    const lookedFor = (id: string) =>
      emulator.requests.slice(begun).filter((body) => String(body['query']) === `{"_id":{"$eq":"${id}"}}`);
    const cold = await sentBy(async () => (await startInstance()).call('auth/login', wrong));
    expect(cold).not.toContain('imagepic_probes');
    expect(lookedFor('bed')).toHaveLength(1);
  });

  it('puts them to the proof when its timer says so', async () => {
    const { call, timer } = await startInstance();
    await call('auth/login', wrong);
    const sent = await sentBy(async () => expect(await timer('prove-documents', 20_000)).toEqual({ finished: true }));
    expect(sent.filter((name) => name === 'imagepic_probes').length).toBeGreaterThan(80);
  });

  it('is down, refuses every call and says why, where a proof has failed, until one finds nothing', async () => {
    const { timer } = await startInstance();
    await (await startInstance()).call('auth/login', wrong);
    const stored = emulator.document(BED, 'bed');
    const { doc } = stored as { readonly doc: object };
    emulator.put(BED, { ...stored, _id: 'bed', doc: { ...doc, fault: FAULT } });

    const { call } = await startInstance();
    expect(await call('auth/login', wrong)).toMatchObject({
      error: 'ServiceUnavailable',
      data: { err: expect.stringContaining(FAULT.zh) },
    });
    expect(await call('health', { $lang: 'en' })).toMatchObject({
      data: {
        state: 'down',
        stores: { documents: { state: 'down', problem: expect.stringContaining(FAULT.en) }, objects: { state: 'up' } },
      },
    });

    await timer('prove-documents', 20_000);
    const { call: again } = await startInstance();
    expect(await again('health')).toMatchObject({ data: { state: 'up' } });
    expect((await again('auth/login', wrong)).error).toBe('InvalidCredentials');
  });
});
