import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageRecords } from '../../src/ports/image-records.ts';
import type { RemoteProcess } from '../support/cloudbase-emulator/process.ts';
import { imageRecord, newImageId } from '../support/image-record.ts';
import { buildRecordsWorker, type RecordsProcesses } from '../support/records-processes.ts';

const PROCESSES = 8;
const ROUNDS = 25;

/** States what several processes on the same records can rely on; `place` says where those are. */
export function describeImageRecordsInProcesses(
  name: string,
  open: () => Promise<{ readonly records: ImageRecords; readonly place: readonly string[]; close(): Promise<void> }>,
): void {
  describe(`${name} image records in ${PROCESSES} processes`, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    let processes: RecordsProcesses;
    let workers: readonly RemoteProcess[];
    const askAll = (task: string, ...args: readonly unknown[]) =>
      Promise.all(workers.map((worker) => worker.ask(task, ...args)));

    beforeAll(async () => {
      [opened, processes] = await Promise.all([open(), buildRecordsWorker()]);
      workers = await Promise.all(Array.from({ length: PROCESSES }, () => processes.start(...opened.place)));
    });
    afterAll(async () => {
      await processes.close();
      await opened.close();
    });

    it('make their tables once when they begin at the same moment, and let one of them put each record', async () => {
      const won = (await askAll('put', ROUNDS)).flat().map(Number);
      expect(won.sort((left, right) => left - right)).toEqual(Array.from({ length: ROUNDS }, (_, round) => round));
      const within = [{ bucket: 'images', prefix: '' }];
      const { images } = await opened.records.search({ within, state: 'present', order: 'oldest', limit: 1000 });
      expect(images).toHaveLength(ROUNDS);
    });

    it('lose no update that they make by compare-and-set', async () => {
      const imageId = newImageId();
      await opened.records.put(imageRecord({ imageId, size: 0 }));
      await askAll('addByCompareAndSet', imageId, ROUNDS);
      expect((await opened.records.get(imageId))?.size).toBe(PROCESSES * ROUNDS);
    });
  });
}
