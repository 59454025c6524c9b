import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../../../src/client/create-client.ts';
import {
  type Bed,
  createFetchTransport,
  type KeptUpload,
  type UploadItem,
  type UploadQueue,
  type UploadStore,
} from '../../../../src/client/index.ts';
import { makePng } from '../../../support/png.ts';
import { type RunningServer, startServer } from '../../../support/running-server.ts';

const PERSON = { phone: '13800138000', upwd: 'correct horse 7' };
let server: RunningServer;
let bed: Bed;

/** A store as a browser has one, which outlives a page. */
function createKeptStore(): UploadStore & { readonly kept: Map<string, KeptUpload> } {
  const kept = new Map<string, KeptUpload>();
  return {
    kept,
    load: async () => [...kept.values()],
    save: async (upload) => void kept.set(upload.id, upload),
    remove: async (id) => void kept.delete(id),
  };
}

const picture = (name = 'p.png'): File => new File([new Uint8Array(makePng(20, 20, { noise: true }))], name);

/** Waits until every item is in one of these states. */
const settled = (queue: UploadQueue, ...states: readonly UploadItem['state'][]): Promise<readonly UploadItem[]> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (queue.items.every(({ state }) => states.includes(state))) resolve(queue.items);
    };
    queue.subscribe(look);
    look();
  });

beforeAll(async () => {
  server = await startServer();
  bed = createClient({ url: server.mountUrl, language: 'en' });
  await bed.auth.register({ name: 'Ada', email: 'ada@example.com', ...PERSON });
  await bed.signIn(PERSON);
});
afterAll(() => server?.close());

describe('a queue of uploads', () => {
  it('brings every image, each under its own placement, and says why one is refused', async () => {
    const queue = bed.uploads({ folder: 'queue' });
    queue.add(picture());
    queue.add(picture(), { folder: 'elsewhere' });
    queue.add(new File(['no image'], 'x.txt'));
    const items = await settled(queue, 'done', 'failed');
    expect(items.map(({ state }) => state)).toEqual(['done', 'done', 'failed']);
    expect(items.map(({ result }) => result?.objectName.split('/')[0])).toEqual(['queue', 'elsewhere', undefined]);
    expect(items[2]?.error).toMatchObject({ code: 'UnsupportedMediaType', message: expect.stringMatching(/./) });
  });

  it('gives a new list after each change, and none when nothing has changed', async () => {
    const queue = bed.uploads();
    const lists = new Set([queue.items]);
    const end = queue.subscribe(() => lists.add(queue.items));
    queue.add(picture());
    await settled(queue, 'done');
    end();
    const seen = lists.size;
    expect(seen).toBeGreaterThan(3);
    queue.remove(queue.items[0]?.id ?? '');
    expect(lists.size).toBe(seen);
    expect(queue.items).toEqual([]);
  });

  it('pauses and goes on, one or all', async () => {
    const queue = bed.uploads({ concurrency: 1 });
    const ids = [queue.add(picture()), queue.add(picture()), queue.add(picture())];
    queue.pause();
    expect(queue.items.map(({ state }) => state)).toEqual(['paused', 'paused', 'paused']);
    queue.resume(ids[1]);
    await settled(queue, 'done', 'paused');
    expect(queue.items.map(({ state }) => state)).toEqual(['paused', 'done', 'paused']);
    queue.resume();
    expect((await settled(queue, 'done')).map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  });

  it('survives its page: what is not done is kept, and goes on with the next', async () => {
    const store = createKeptStore();
    const first = bed.uploads({ store });
    first.add(picture('one.png'));
    first.add(picture('two.png'));
    first.pause();
    expect(store.kept.size).toBe(2);
    const next = bed.uploads({ store });
    await next.ready;
    expect(next.items.map(({ name }) => name)).toEqual(['one.png', 'two.png']);
    await settled(next, 'done');
    expect(store.kept.size).toBe(0);
  });

  it('brings its images where the store can neither keep nor forget them, nor say what it kept', async () => {
    const fail = async (): Promise<never> => {
      throw new Error('the disk is full');
    };
    const unheard: unknown[] = [];
    const hear = (reason: unknown): void => void unheard.push(reason);
    process.on('unhandledRejection', hear);
    try {
      const queue = bed.uploads({ store: { load: fail, save: fail, remove: fail } });
      queue.add(picture());
      expect((await settled(queue, 'done', 'failed')).map(({ state }) => state)).toEqual(['done']);
      await expect(queue.ready).rejects.toThrow('the disk is full');
    } finally {
      process.off('unhandledRejection', hear);
    }
    expect(unheard).toEqual([]);
  });

  it('waits for whoever has to sign in again', async () => {
    const stranger = createClient({ transport: createFetchTransport(server.mountUrl) });
    const queue = stranger.uploads();
    queue.add(picture());
    const [item] = await settled(queue, 'paused');
    expect(item?.error?.code).toBe('InvalidToken');
    await stranger.signIn(PERSON);
    queue.resume();
    await settled(queue, 'done');
  });
});
