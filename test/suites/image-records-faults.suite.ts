import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { ImageRecords } from '../../src/ports/image-records.ts';
import { startChaosProxy } from '../support/chaos-proxy.ts';
import { imageRecord, newImageId, numberedImageId } from '../support/image-record.ts';
import { buildRecordsWorker } from '../support/records-processes.ts';

const WRITERS = 6;
const everything = { within: [{ bucket: 'images', prefix: '' }], state: 'present' } as const;

/** How the suite comes by records in the databases of one server, which it may kill. */
export interface ImageRecordsFaultsOptions {
  readonly server: () => { crash(): Promise<void>; restart(): Promise<void> };
  /** An empty database of this name. */
  readonly newPlace: (name: string) => Promise<{
    openAt(port: number, now: () => Date): ImageRecords;
    readonly port: number;
    /** What a process is told of it. */
    readonly place: string;
  }>;
}

/** What becomes of records when processes, the server, or the way between them fail. */
export function describeImageRecordsFaults(kind: string, { server, newPlace }: ImageRecordsFaultsOptions): void {
  let offset = 0;
  const now = (): Date => new Date(Date.now() + offset);

  it('keeps all that it acknowledged to writers that are killed with SIGKILL', { timeout: 120_000 }, async () => {
    const { openAt, port, place } = await newPlace('killed');
    const records = openAt(port, now);
    const processes = await buildRecordsWorker();
    const shared = newImageId();
    await records.put(imageRecord({ imageId: shared }));
    const acknowledged: number[] = [];
    const live = async (first: number): Promise<void> => {
      const writer = await processes.start(kind, place);
      await writer.ask('write', first, shared);
      acknowledged.push(first);
      const dies = sleep(Math.random() * 300).then(writer.kill);
      for (let number = first + 1, isAlive = true; isAlive; number += 1) {
        isAlive = await writer.ask('write', number, shared).then(
          () => acknowledged.push(number) > 0,
          () => false,
        );
      }
      await dies;
    };
    for (let round = 1; round <= 4; round += 1) {
      await Promise.all(Array.from({ length: WRITERS }, (_, writer) => live((round * WRITERS + writer) * 1000)));
    }
    await processes.close();
    expect(acknowledged.length).toBeGreaterThan(WRITERS);
    const done = new Set(acknowledged);
    for (const number of acknowledged.filter((one) => !done.has(one + 1))) {
      expect((await records.get(numberedImageId(number)))?.title).toBe(`no${number}`);
      const { images } = await records.search({ ...everything, text: `no${number}`, order: 'newest', limit: 10 });
      expect(images.map(({ imageId }) => imageId)).toEqual([numberedImageId(number)]);
    }
  });

  it('looks up what became of each write whose answer is lost, and repeats none', async () => {
    const { openAt, port } = await newPlace('lost');
    const proxy = await startChaosProxy(`http://127.0.0.1:${port}`);
    const records = openAt(Number(new URL(proxy.endpoint).port), now);
    const shared = imageRecord({ size: 0 });
    await records.put(shared);
    for (let round = 1; round <= 20; round += 1) {
      const { revision = '' } = (await records.get(shared.imageId)) ?? {};
      const lose = () => proxy.inflict({ kind: 'reset', afterBytes: 0, once: true });
      await lose();
      expect(await records.put(imageRecord({ imageId: numberedImageId(round) }))).toBe(true);
      await lose();
      expect(await records.replace({ ...shared, size: round }, revision)).toBe(true);
      await lose();
      expect((await records.count(everything)).images).toBe(round + 1);
    }
    await proxy.close();
  });

  it('keeps all that it acknowledged while the server crashes and comes back in mid-call', {
    timeout: 120_000,
  }, async () => {
    const { openAt, port } = await newPlace('crashed');
    const records = openAt(port, now);
    const shared = newImageId();
    await records.put(imageRecord({ imageId: shared, size: 0 }));
    const tally = { put: [] as number[], replaced: 0, failed: 0 };
    let crashing = true;
    const attempt = async (number: number): Promise<void> => {
      if (await records.put(imageRecord({ imageId: numberedImageId(number) }))) tally.put.push(number);
      const { revision = '', ...record } = (await records.get(shared)) ?? { revision: undefined, ...imageRecord() };
      if (await records.replace({ ...record, size: record.size + 1 }, revision)) tally.replaced += 1;
    };
    const write = async (writer: number): Promise<void> => {
      for (let round = 0; crashing; round += 1) {
        await attempt(writer * 100_000 + round).catch(async (error) => {
          expect(error).toMatchObject({ code: 'ServiceUnavailable' });
          tally.failed += 1;
          await sleep(20);
        });
      }
    };
    const crash = async (): Promise<void> => {
      for (let round = 0; round < 3; round += 1) {
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
    expect(tally.put.length).toBeGreaterThan(20);
    const later = openAt(port, now);
    for (const number of tally.put) expect(await later.get(numberedImageId(number))).toBeDefined();
    const { size = 0 } = (await later.get(shared)) ?? {};
    expect(size).toBeGreaterThanOrEqual(tally.replaced);
    expect(size).toBeLessThanOrEqual(tally.replaced + tally.failed);
  });
}
