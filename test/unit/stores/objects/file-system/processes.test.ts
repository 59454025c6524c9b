import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileDocumentStore } from '../../../../../src/stores/documents/file-system/document-store.ts';
import { createFileObjectStore } from '../../../../../src/stores/objects/file-system/object-store.ts';
import { readAll } from '../../../../suites/object-store-objects.suite.ts';
import { buildWorker, type Worker } from '../../../../support/file-processes.ts';
import { makeTempFolder, type TempFolder } from '../../../../support/temp-folder.ts';

const PROCESSES = 8;
const now = (): Date => new Date();

describe('several processes on one folder', () => {
  let home: TempFolder;
  let start: (dataFolder: string, limits?: string) => Promise<Worker>;
  const started: Worker[] = [];

  beforeAll(async () => {
    home = await makeTempFolder();
    start = await buildWorker(home.path);
  });
  afterAll(async () => {
    await Promise.all(started.map((worker) => worker.kill()));
    await home.remove();
  });

  const startMany = async (folder: string, count: number): Promise<readonly Worker[]> => {
    const workers = await Promise.all(Array.from({ length: count }, () => start(folder)));
    started.push(...workers);
    return workers;
  };
  const openStores = (folder: string) => ({
    documents: createFileDocumentStore({ folder: join(folder, 'documents'), now }),
    objects: createFileObjectStore({ folder: join(folder, 'objects'), now, signing: { key: Buffer.alloc(32, 'k') } }),
  });

  describe('with eight that compete', () => {
    let folder: string;
    let workers: readonly Worker[];

    beforeAll(async () => {
      folder = join(home.path, 'competing');
      workers = await startMany(folder, PROCESSES);
    });

    it('lets exactly one create a document, in each of 25 rounds', async () => {
      const { documents } = openStores(folder);
      for (let round = 0; round < 25; round += 1) {
        const won = await Promise.all(workers.map((worker) => worker.ask('create', 'race', `round-${round}`)));
        expect(won.filter(Boolean)).toHaveLength(1);
      }
      expect((await documents.list('race', { limit: 100 })).documents).toHaveLength(25);
    });

    it('loses no update that they make by compare-and-set', async () => {
      const { documents } = openStores(folder);
      await documents.create('users', 'count', { count: 0 });
      await Promise.all(workers.map((worker) => worker.ask('addByCompareAndSet', 'count', 50)));
      expect((await documents.read('users', 'count'))?.doc).toEqual({ count: PROCESSES * 50 });
    });

    it('counts exactly what they count', async () => {
      const asked = workers.flatMap((worker) => Array.from({ length: 20 }, () => worker.ask('increment', 'hits')));
      await Promise.all(asked);
      const { value } = await openStores(folder).documents.increment('counters', 'hits', {
        by: 0,
        expiresInSeconds: 1,
      });
      expect(value).toBe(PROCESSES * 20);
    });

    it('takes a lock from a process that was killed, and still lets in only one at a time', async () => {
      const [holder] = await startMany(folder, 1);
      const holding = once(holder!.events, 'written');
      holder!.ask('holdForEver', 'section').catch(() => undefined);
      await holding;
      const entered = workers.map((worker) => worker.ask('enterAlone', 'section', 20));
      await holder!.kill();
      expect(await Promise.all(entered)).toEqual(workers.map(() => 20));
    });
  });

  it('loses nothing acknowledged and leaves nothing torn when writers of documents are killed, 40 times', async () => {
    const folder = join(home.path, 'killed-documents');
    const { documents } = openStores(folder);
    await documents.create('users', 'shared', { count: 0, text: '' });
    let lastCounted = 0;
    for (let round = 0; round < 40; round += 1) {
      const created: { created: string; count: number }[] = [];
      const workers = await startMany(folder, 2);
      for (const [index, worker] of workers.entries()) {
        worker.events.on('written', (written) => {
          if ('created' in written) created.push(written);
          if ('counted' in written) lastCounted = Math.max(lastCounted, written.counted);
        });
        worker.ask('writeDocuments', `r${round}-${index}`).catch(() => undefined);
      }
      await once(workers[0]!.events, 'written');
      const until = performance.now() + Math.random() * 30;
      do {
        const { count, text } = (await documents.read('users', 'shared'))?.doc ?? {};
        expect(text).toBe(count === 0 ? '' : String(count).repeat(10_000));
      } while (performance.now() < until);
      await Promise.all(workers.map((worker) => worker.kill()));
      for (const { created: id, count } of created) {
        expect((await documents.read('users', id))?.doc).toEqual({ count, text: String(count).repeat(5000) });
      }
      const { value } = await documents.increment('counters', 'shared', { by: 0, expiresInSeconds: 3600 });
      expect(value).toBeGreaterThanOrEqual(lastCounted);
      expect(value).toBeLessThanOrEqual(lastCounted + workers.length);
      lastCounted = value;
    }
    expect(await unexpectedFiles(join(folder, 'documents'))).toEqual([]);
  });

  it('shows the old or the new object whole when its writer is killed, 20 times', async () => {
    const folder = join(home.path, 'killed-objects');
    const { objects } = openStores(folder);
    await objects.makeBucket('images');
    let last = 0;
    for (let round = 0; round < 20; round += 1) {
      const [worker] = await startMany(folder, 1);
      worker!.events.on('written', ({ put }) => {
        last = put;
      });
      worker!.ask('writeObjects', last + 1).catch(() => undefined);
      await once(worker!.events, 'written');
      await delay(Math.random() * 20);
      await worker!.kill();
      const opened = await objects.get('images', 'hot.png');
      const bytes = await readAll(opened);
      const { count, md5 } = opened?.object.metadata ?? {};
      expect(createHash('md5').update(bytes).digest('hex')).toBe(md5);
      expect(Number(count) - last).toBeGreaterThanOrEqual(0);
      expect(Number(count) - last).toBeLessThanOrEqual(1);
      last = Number(count);
    }
    for (const { key, uploadId } of await objects.listMultipartUploads('images')) {
      await objects.listParts('images', key, uploadId);
      await objects.abortMultipartUpload('images', key, uploadId);
    }
    await objects.remove('images', 'hot.png');
    await objects.removeBucket('images');
  });

  describe('with a disk that is full', () => {
    it('refuses a document or object with InsufficientStorage, keeps the old one and leaves nothing', async () => {
      const folder = join(home.path, 'full');
      const { documents, objects } = openStores(folder);
      await objects.makeBucket('images');
      await documents.create('large', 'kept', { text: 'old' });
      await objects.put('images', 'kept', Buffer.from('old'), { contentType: 'image/png' });
      const worker = await start(folder, 'ulimit -f 8;');
      started.push(worker);
      const full = { code: 'InsufficientStorage' };
      await expect(worker.ask('createLarge', 'new', 100_000)).rejects.toMatchObject(full);
      await expect(worker.ask('put', 'kept', 1_000_000)).rejects.toMatchObject(full);
      await expect(worker.ask('put', 'new', 1_000_000)).rejects.toMatchObject(full);
      expect(await worker.ask('createLarge', 'small', 100)).toBe(true);
      expect(await documents.read('large', 'new')).toBeUndefined();
      expect((await readAll(await objects.get('images', 'kept'))).toString()).toBe('old');
      expect(await objects.head('images', 'new')).toBeUndefined();
      expect(await readdir(join(folder, 'documents', '.tmp'))).toEqual([]);
      expect(await readdir(join(folder, 'objects', '.tmp'))).toEqual([]);
    });
  });
});

/** All files of a document store whose names are not as they should be. */
async function unexpectedFiles(root: string): Promise<readonly string[]> {
  const expected =
    /^(?:[a-z][a-z0-9-]*\/[0-9a-f]{3}\/[a-z0-9_-]+\.json|\.tmp\/[0-9a-f]{32}\.tmp|\.locks\/[0-9a-f]{32}(?:\.[0-9a-f]{16})*)$/;
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((name) => !expected.test(name));
}
