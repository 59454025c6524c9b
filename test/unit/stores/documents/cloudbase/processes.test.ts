import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCloudBaseDocumentStore } from '../../../../../src/stores/documents/cloudbase/document-store.ts';
import {
  buildClient,
  type RemoteEmulator,
  type RemoteProcess,
  startCloudBaseEmulatorProcess,
  startProcess,
} from '../../../../support/cloudbase-emulator/process.ts';
import { EMULATED } from '../../../../support/cloudbase-emulator.ts';
import { makeTempFolder, type TempFolder } from '../../../../support/temp-folder.ts';

const PROCESSES = 8;

describe('the CloudBase document store in 8 processes', () => {
  let folder: TempFolder;
  let emulator: RemoteEmulator;
  let clients: readonly RemoteProcess[];
  const openStore = () =>
    createCloudBaseDocumentStore({
      envId: EMULATED.envId,
      credentials: { secretId: EMULATED.secretId, secretKey: EMULATED.secretKey },
      serviceUrl: emulator.serviceUrl,
      inCloud: false,
      now: () => new Date(),
    });
  const askAll = (task: string, ...args: readonly unknown[]) =>
    Promise.all(clients.map((client) => client.ask(task, ...args)));

  beforeAll(async () => {
    folder = await makeTempFolder();
    emulator = await startCloudBaseEmulatorProcess(folder.path);
    const script = await buildClient(folder.path);
    clients = await Promise.all(Array.from({ length: PROCESSES }, () => startProcess(script, emulator.serviceUrl)));
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.kill()));
    await emulator.close();
    await folder.remove();
  });

  it('lets exactly one of them create each document', async () => {
    const rounds = 25;
    const won = (await askAll('create', rounds)).flat();
    expect(won.map(Number).sort((left, right) => left - right)).toEqual(
      Array.from({ length: rounds }, (_, round) => round),
    );
  });

  it('loses none of their 8 × 50 updates by compare-and-set', async () => {
    await openStore().create('users', 'counted', { count: 0 });
    await askAll('addByCompareAndSet', 'counted', 50);
    expect((await openStore().read('users', 'counted'))?.doc).toEqual({ count: PROCESSES * 50 });
  });

  it('gives each of their 8 × 50 increments a number of its own', async () => {
    const seen = (await askAll('increment', 'hits', 50)).flat();
    expect(seen.map(Number).sort((left, right) => left - right)).toEqual(
      Array.from({ length: PROCESSES * 50 }, (_, index) => index + 1),
    );
  });

  it('keeps what it acknowledged when the database is killed and comes back', async () => {
    const store = openStore();
    const acknowledged: string[] = [];
    for (let count = 0; count < 20; count += 1)
      if (await store.create('users', `kept-${count}`, { count })) acknowledged.push(`kept-${count}`);
    await emulator.kill();
    await expect(store.read('users', 'kept-0')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    await emulator.restart();
    const found = await Promise.all(acknowledged.map((id) => openStore().read('users', id)));
    expect(found.map((one) => one?.doc)).toEqual(acknowledged.map((_, count) => ({ count })));
  });
});
