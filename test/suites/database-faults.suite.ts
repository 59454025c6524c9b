import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DocumentStore } from '../../src/ports/document-store.ts';
import { type ChaosProxy, startChaosProxy } from '../support/chaos-proxy.ts';
import { buildScript, type RemoteProcess, startProcess } from '../support/cloudbase-emulator/process.ts';
import { makeTempFolder, type TempFolder } from '../support/temp-folder.ts';

const PROCESSES = 8;
const WRITERS = 6;
const COUNTED = { by: 1, expiresInSeconds: 3600 };

/** A database server of one's own that a test may kill. */
interface DatabaseServer {
  crash(): Promise<void>;
  restart(): Promise<void>;
  /** Lets it close all connections, and nothing of this process runs until that is done. */
  disconnectWhileFrozen(): void;
}

/** How the suite comes by the stores of one server. */
export interface DatabaseFaultsOptions {
  readonly server: () => DatabaseServer;
  readonly port: () => number;
  readonly openAt: (port: number, now: () => Date) => DocumentStore;
  /** The script of a process that has such a store, and what it is told of the server. */
  readonly worker: { readonly script: string; readonly connection: () => object };
}

/** What becomes of writes when processes, the server, or the way between them fail. */
export function describeDatabaseFaults({ server, port, openAt: openWith, worker }: DatabaseFaultsOptions): void {
  let proxy: ChaosProxy;
  let folder: TempFolder;
  let script: string;
  let offset = 0;
  const openAt = (at: number) => openWith(at, () => new Date(Date.now() + offset));
  const openStore = () => openAt(port());
  const openBehindProxy = () => openAt(Number(new URL(proxy.endpoint).port));
  const startWriter = (): Promise<RemoteProcess> => startProcess(script, JSON.stringify(worker.connection()));

  beforeAll(async () => {
    folder = await makeTempFolder();
    proxy = await startChaosProxy(`http://127.0.0.1:${port()}`);
    script = await buildScript(worker.script, folder.path);
  });
  afterEach(() => proxy.inflict({ kind: 'healthy' }));
  afterAll(async () => {
    await proxy.close();
    await folder.remove();
  });

  describe(`in ${PROCESSES} processes`, () => {
    let clients: readonly RemoteProcess[];
    const askAll = (task: string, ...args: readonly unknown[]) =>
      Promise.all(clients.map((client) => client.ask(task, ...args)));
    const numbers = (count: number, first: number) => Array.from({ length: count }, (_, index) => index + first);
    const sorted = (values: readonly unknown[]) => values.map(Number).sort((left, right) => left - right);

    beforeAll(async () => {
      clients = await Promise.all(Array.from({ length: PROCESSES }, startWriter));
    });
    afterAll(async () => {
      await Promise.all(clients.map((client) => client.kill()));
    });

    it('lets exactly one of them create each document', async () => {
      expect(sorted((await askAll('create', 50)).flat())).toEqual(numbers(50, 0));
    });

    it('loses none of their 8 × 50 updates by compare-and-set', async () => {
      await openStore().create('users', 'counted', { count: 0 });
      await askAll('addByCompareAndSet', 'counted', 50);
      expect((await openStore().read('users', 'counted'))?.doc).toEqual({ count: PROCESSES * 50 });
    });

    it('gives each of their 8 × 50 increments a number of its own', async () => {
      expect(sorted((await askAll('increment', 'hits', 50)).flat())).toEqual(numbers(PROCESSES * 50, 1));
    });
  });

  it('keeps all that was acknowledged to writers that are killed with SIGKILL', async () => {
    const store = openStore();
    await store.create('written', 'killed', { count: 0 });
    const acknowledged: string[] = [];
    let counted = 0;
    let begun = 0;
    const live = async (): Promise<void> => {
      const writer = await startWriter();
      // The driver is loaded and connected, however slow the machine is.
      await writer.ask('increment', 'begun', 1);
      const dies = sleep(200 + Math.random() * 400).then(writer.kill);
      for (let isAlive = true; isAlive; ) {
        begun += 1;
        const id = `killed-${begun}`;
        isAlive = await writer.ask('write', id, 'killed').then(
          () => {
            acknowledged.push(id);
            counted += 1;
            return true;
          },
          () => false,
        );
      }
      await dies;
    };
    for (let round = 0; round < 4; round += 1) await Promise.all(Array.from({ length: WRITERS }, live));
    expect(acknowledged.length).toBeGreaterThan(WRITERS);
    for (const id of acknowledged) expect((await store.read('written', id))?.doc).toEqual({ id });
    const { value } = await store.increment('counters', 'killed', { ...COUNTED, by: 0 });
    expect(value).toBeGreaterThanOrEqual(counted);
    expect(value).toBeLessThanOrEqual(begun);
  });

  it('keeps all that it acknowledged while the server crashes and comes back in mid-call', {
    timeout: 120_000,
  }, async () => {
    const store = openStore();
    await store.create('crashed', 'shared', { count: 0 });
    const tally = { created: [] as string[], replaced: 0, counted: 0, failed: 0 };
    let crashing = true;
    const attempt = async (name: string): Promise<void> => {
      if (await store.create('crashed', name, { name })) tally.created.push(name);
      const found = await store.read('crashed', 'shared');
      const count = Number(found?.doc['count']) + 1;
      if (await store.replace('crashed', 'shared', { count }, found?.revision ?? '')) tally.replaced += 1;
      await store.increment('counters', 'crashed', COUNTED);
      tally.counted += 1;
    };
    const write = async (writer: number): Promise<void> => {
      for (let round = 0; crashing; round += 1) {
        await attempt(`w${writer}-${round}`).catch(async (error) => {
          expect(error).toMatchObject({ code: 'ServiceUnavailable' });
          tally.failed += 1;
          await sleep(20);
        });
      }
    };
    const crash = async (): Promise<void> => {
      for (let round = 0; round < 4; round += 1) {
        await sleep(600);
        await server().crash();
        await server().restart();
        // The circuit lets nobody through for ten seconds.
        offset += 10_000;
      }
      await sleep(600);
      crashing = false;
    };
    await Promise.all([crash(), ...Array.from({ length: WRITERS }, (_, writer) => write(writer))]);
    expect(tally.failed).toBeGreaterThan(0);
    expect(tally.created.length).toBeGreaterThan(20);
    const later = openStore();
    for (const name of tally.created) expect((await later.read('crashed', name))?.doc).toEqual({ name });
    const count = Number((await later.read('crashed', 'shared'))?.doc['count']);
    expect(count).toBeGreaterThanOrEqual(tally.replaced);
    expect(count).toBeLessThanOrEqual(tally.replaced + tally.failed);
    const { value } = await later.increment('counters', 'crashed', { ...COUNTED, by: 0 });
    expect(value).toBeGreaterThanOrEqual(tally.counted);
    expect(value).toBeLessThanOrEqual(tally.counted + tally.failed);
  });

  describe('where the way to the server', () => {
    it('loses answers, looks up what became of each write and repeats none', async () => {
      const store = openBehindProxy();
      await store.create('lost', 'shared', { count: 0 });
      for (let round = 1; round <= 20; round += 1) {
        const revision = (await store.read('lost', 'shared'))?.revision ?? '';
        const lose = () => proxy.inflict({ kind: 'reset', afterBytes: 0, once: true });
        await lose();
        expect(await store.create('lost', `d${round}`, { round })).toBe(true);
        await lose();
        expect(await store.replace('lost', 'shared', { count: round }, revision)).toBe(true);
        await lose();
        expect((await store.increment('counters', 'lost', COUNTED)).value).toBe(round);
      }
    });

    it('is slow, still answers', async () => {
      const store = openBehindProxy();
      await store.create('slow', 'd', { text: 'x'.repeat(2000) });
      await proxy.inflict({ kind: 'slow', bytesPerSecond: 20_000 });
      expect((await store.read('slow', 'd'))?.doc).toEqual({ text: 'x'.repeat(2000) });
      expect(await store.create('slow', 'e', {})).toBe(true);
    });

    it.each(['black-hole', 'refuse'] as const)('is cut (%s), says so in time, and works again after', async (kind) => {
      const store = openBehindProxy();
      await store.create('cut', kind, { count: 0 });
      await proxy.inflict({ kind });
      const begun = Date.now();
      await expect(store.read('cut', kind)).rejects.toMatchObject({ code: 'ServiceUnavailable' });
      await expect(store.replace('cut', kind, {}, 'x'.repeat(12))).rejects.toMatchObject({
        code: 'ServiceUnavailable',
      });
      expect(Date.now() - begun).toBeLessThan(11_000);
      await proxy.inflict({ kind: 'healthy' });
      offset += 10_000;
      expect((await store.read('cut', kind))?.doc).toEqual({ count: 0 });
    });
  });

  it('writes at once when it wakes up and the server has closed all its connections, as a frozen function does', async () => {
    const store = openStore();
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(Array.from({ length: 8 }, (_, index) => store.create('frozen', `r${round}-${index}`, {})));
      server().disconnectWhileFrozen();
      expect(await store.create('frozen', `woken-${round}`, {})).toBe(true);
      expect((await store.increment('counters', 'frozen', COUNTED)).value).toBe(round + 1);
    }
  });
}
