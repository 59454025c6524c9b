import { beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../../../src/logger.ts';
import { createTrimVariants } from '../../../../src/services/jobs/trim-variants.ts';
import { createVariantRecords } from '../../../../src/services/variants/variant-records.ts';
import { createMemoryDocumentStore } from '../../../support/memory/document-store.ts';
import { createMemoryObjectStore } from '../../../support/memory/object-store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const BUCKET = 'images';
const LONG = { budgetMs: 60_000 };

const clock = { now: Date.UTC(2026, 0, 2) };
const now = () => new Date(clock.now);
let documents: ReturnType<typeof createMemoryDocumentStore>;
let store: ReturnType<typeof createMemoryObjectStore>;

const open = (maxBytes: number) => {
  const records = createVariantRecords({ documents, store, now });
  const trim = createTrimVariants({ documents, records, maxBytes, logger: createLogger(() => undefined, now), now });
  return { records, trim };
};

/** Stores a variant as it is stored when somebody asks for it. */
async function make(objectName: string, bytes: number, name = 'a.webp'): Promise<void> {
  const { records } = open(0);
  const place = { bucketName: BUCKET, objectName };
  await records.note(place, 'etag', { name, bytes });
  await store.put(BUCKET, records.keyOf(place, 'etag', name), new Uint8Array(bytes), { contentType: 'image/webp' });
}

async function kept(): Promise<{ readonly files: number; readonly bytes: number }> {
  const { objects } = await store.list(BUCKET, { limit: 1000 });
  return { files: objects.length, bytes: objects.reduce((sum, { size }) => sum + size, 0) };
}

beforeEach(async () => {
  documents = createMemoryDocumentStore(now);
  store = createMemoryObjectStore({ now, minPartSize: 1024, conditional: true });
  await store.makeBucket(BUCKET);
});

describe('the job that trims variants', () => {
  it('leaves everything while there is room', async () => {
    for (let day = 0; day < 5; day += 1) await make(`${day}.png`, 100);
    expect(await open(500).trim(LONG)).toEqual({ finished: true });
    expect(await kept()).toEqual({ files: 5, bytes: 500 });
  });

  it('removes those that were not asked for longest, until nine tenths of the room are taken', async () => {
    for (let day = 0; day < 10; day += 1) {
      await make(`${day}.png`, 100);
      clock.now += DAY_MS;
    }
    const { records, trim } = open(500);
    // The oldest was looked at today.
    records.touch({ bucketName: BUCKET, objectName: '0.png' });
    await expect
      .poll(
        async () =>
          (await documents.list('variants', { limit: 99 })).documents.filter(({ doc }) => doc['usedAt'] === clock.now)
            .length,
      )
      .toBe(1);
    expect(await trim(LONG)).toEqual({ finished: true });
    expect(await kept()).toEqual({ files: 4, bytes: 400 });
    const left = await Promise.all(
      ['0.png', '7.png', '8.png', '9.png'].map((objectName) =>
        store.head(BUCKET, records.keyOf({ bucketName: BUCKET, objectName }, 'etag', 'a.webp')),
      ),
    );
    expect(left).not.toContain(undefined);
  });

  it('stops within the oldest day when enough is gone', async () => {
    for (let one = 0; one < 10; one += 1) await make(`${one}.png`, 100);
    expect(await open(800).trim(LONG)).toEqual({ finished: true });
    expect(await kept()).toEqual({ files: 7, bytes: 700 });
  });

  it('goes on where it was stopped, a page at a time', async () => {
    for (let one = 0; one < 250; one += 1) await make(`${one}.png`, 10);
    const { trim } = open(1000);
    const budget = { budgetMs: 1 };
    const runs: boolean[] = [];
    while (!runs.includes(true) && runs.length < 20) {
      const run = trim(budget);
      clock.now += 1;
      runs.push((await run).finished);
    }
    expect(runs.length).toBeGreaterThan(3);
    expect(runs.at(-1)).toBe(true);
    expect((await kept()).bytes).toBe(900);
    expect(await trim(LONG)).toEqual({ finished: true });
    expect((await kept()).bytes).toBe(900);
  });

  it('takes the objects with the records, and of one image at most a hundred are kept', async () => {
    for (let one = 0; one < 103; one += 1) await make('a.png', 1, `${one}.webp`);
    expect(await kept()).toEqual({ files: 100, bytes: 100 });
    await open(10).trim(LONG);
    expect(await kept()).toEqual({ files: 0, bytes: 0 });
    expect((await documents.list('variants', { limit: 9 })).documents).toEqual([]);
  });
});
