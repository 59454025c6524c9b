import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/ports/document-store.ts';
import { createSweep } from '../../../../src/services/jobs/sweep.ts';
import { toPendingKey } from '../../../../src/services/uploads/upload-records.ts';
import { BUCKET, createMemoryBed, type MemoryBed, START } from '../../../support/memory/bed.ts';

const DAY = 24 * 60 * 60 * 1000;
const iso = (milliseconds: number): string => new Date(START + milliseconds).toISOString();

let bed: MemoryBed;
let lines: unknown[];
let sweep: ReturnType<typeof createSweep>;
beforeEach(async () => {
  bed = await createMemoryBed();
  lines = [];
  const logger = { info: (...line: readonly unknown[]) => void lines.push(line), error: () => undefined };
  sweep = createSweep({ documents: bed.documents, store: bed.store, logger, now: bed.now });
});

const left = (): string[] => [...bed.documents.texts().keys()].filter((name) => name !== 'settings/sweep').sort();
const UPLOAD = {
  ...{ state: 'pending', bucketName: BUCKET, objectName: 'a', userId: 'u_1', contentType: 'image/png' },
  ...{ size: 1, onConflict: 'error' },
};

/** One document of each kind that is over, and one that is not. */
const KINDS: readonly (readonly [collection: string, over: JsonObject, running: JsonObject])[] = [
  ['uploads', { ...UPLOAD, expiresAt: iso(-DAY) }, { ...UPLOAD, expiresAt: iso(1 - DAY) }],
  ['counters', { value: 1, expiresAt: iso(0) }, { value: 1, expiresAt: iso(1) }],
  ['idempotency', { fingerprint: 'f', startedAt: 0 }, { fingerprint: 'f', startedAt: START }],
  [
    'sessions',
    { userId: 'u_1', epoch: 0, refresh: '', used: [], refreshedAt: iso(-31 * DAY) },
    { userId: 'u_1', epoch: 0, refresh: '', used: [], refreshedAt: iso(0) },
  ],
  ['duplicates', { objectName: 'a' }, { objectName: 'a', storedAt: iso(0) }],
  ['token-uses', { at: iso(-731 * DAY) }, { at: iso(0) }],
  ['reconcile', { at: iso(-8 * DAY) }, { at: iso(0) }],
];

describe('the sweep', () => {
  it.each(KINDS)('removes what is over of %s, and nothing else', async (collection, over, running) => {
    await bed.documents.create(collection, 'over', over);
    await bed.documents.create(collection, 'running', running);
    await bed.documents.create(collection, 'damaged', { at: 5 });
    expect(await sweep({ budgetMs: 1000 })).toEqual({ looked: 3, removed: 1, finished: true });
    expect(left()).toEqual([`${collection}/damaged`, `${collection}/running`]);
    expect(lines).toEqual([['sweep', { looked: 3, removed: 1, finished: true }]]);
  });

  it.each(['albums', 'album-numbers', 'usage', 'users', 'buckets', 'settings'])(
    'does not even look at %s, which never go',
    async (collection) => {
      await bed.documents.create(collection, 'a', {});
      expect(await sweep({ budgetMs: 1000 })).toEqual({ looked: 0, removed: 0, finished: true });
      expect(left()).toEqual([`${collection}/a`]);
    },
  );

  it('clears away what hangs on a document first, so that a failure in between loses nothing', async () => {
    const id = '0'.repeat(32);
    await bed.documents.create('uploads', id, { ...UPLOAD, expiresAt: iso(-DAY) });
    await bed.store.put(BUCKET, toPendingKey(id), Buffer.from('left'), { contentType: 'image/png' });
    bed.store.hooks.after = () => {
      throw new Error('away');
    };
    expect(await sweep({ budgetMs: 1000 })).toMatchObject({ removed: 0, finished: true });
    expect(left()).toEqual([`uploads/${id}`]);
    bed.store.hooks.after = undefined;
    await sweep({ budgetMs: 1000 });
    expect([left(), await bed.store.head(BUCKET, toPendingKey(id))]).toEqual([[], undefined]);
  });

  it('goes on where its time ran out, page by page', async () => {
    for (let number = 0; number < 450; number += 1) {
      const id = String(number).padStart(3, '0');
      await bed.documents.create(
        'duplicates',
        id,
        number % 2 === 0 ? { objectName: 'a' } : { objectName: 'a', storedAt: iso(0) },
      );
    }
    // Every page takes the whole of the budget.
    bed.documents.hooks.after = ({ method }) => {
      if (method === 'list') bed.clock.now += 10;
    };
    const reports = [];
    do reports.push(await sweep({ budgetMs: 10 }));
    while (reports.at(-1)?.finished === false && reports.length < 50);
    expect(reports.map(({ looked }) => looked).filter((looked) => looked > 0)).toEqual([200, 200, 50]);
    expect(reports.reduce((sum, { removed }) => sum + removed, 0)).toBe(225);
    expect(left()).toHaveLength(225);
    bed.documents.hooks.after = undefined;
    expect(await sweep({ budgetMs: 1000 })).toMatchObject({ looked: 225, removed: 0, finished: true });
  });

  it('without any time looks at nothing and loses no place', async () => {
    await bed.documents.create('duplicates', 'a', { objectName: 'a' });
    expect(await sweep({ budgetMs: 0 })).toEqual({ looked: 0, removed: 0, finished: false });
    expect(await sweep({ budgetMs: 1000 })).toMatchObject({ removed: 1, finished: true });
  });

  it('begins anew from a place that is none any more', async () => {
    await bed.documents.create('duplicates', 'a', { objectName: 'a' });
    await bed.documents.create('settings', 'sweep', { task: 99 });
    expect(await sweep({ budgetMs: 1000 })).toMatchObject({ removed: 1, finished: true });
  });

  it('may run twice at once', async () => {
    for (const id of ['a', 'b', 'c']) await bed.documents.create('duplicates', id, { objectName: 'a' });
    await Promise.all([sweep({ budgetMs: 1000 }), sweep({ budgetMs: 1000 })]);
    expect(left()).toEqual([]);
  });
});
