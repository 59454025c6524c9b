import { beforeEach, describe, expect, it } from 'vitest';
import type { Quota } from '../../../../src/services/access/access.ts';
import { USAGE } from '../../../../src/services/access/usage.ts';
import {
  BUCKET,
  createImage,
  createMemoryBed,
  type MemoryBed,
  type MemoryPerson,
} from '../../../support/memory/bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

const NOTHING = { bytes: 0, objects: 0 };
const DAY = 24 * 60 * 60 * 1000;

let bed: MemoryBed;
let ann: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
});

const count = (quota: Quota, bytes: number, task: () => Promise<unknown> = async () => 'stored') =>
  bed.usage.withUsage({ userId: ann.userId, quota }, bytes, task);
const used = () => bed.usage.read(ann.userId);
const fail = async (): Promise<never> => {
  throw new Error('the store is away');
};

/** Every kind of quota that leaves room, and none. */
const ROOMY: readonly (readonly [string, Quota])[] = [
  ['no quota', {}],
  ['a quota that bounds nothing', { bytes: undefined, objects: undefined, uploadsPerDay: undefined }],
  ['a quota of bytes', { bytes: 1000 }],
  ['a quota of images', { objects: 1 }],
  ['a quota of uploads a day', { uploadsPerDay: 1 }],
  ['every quota', { bytes: 1000, objects: 1, uploadsPerDay: 1 }],
];

describe('what is stored', () => {
  it.each(ROOMY)('is counted with %s, and the task’s result is given', async (_, quota) => {
    expect(await count(quota, 100)).toBe('stored');
    expect(await used()).toEqual({ bytes: 100, objects: 1 });
    expect(await bed.usage.read('u_other')).toEqual(NOTHING);
  });

  it.each(ROOMY)('costs nothing with %s when the task fails, and leaves the room for another', async (_, quota) => {
    for (const round of [1, 2, 3]) {
      await expect(count(quota, 1000, fail), `round ${round}`).rejects.toThrow('the store is away');
      expect(await used()).toEqual(NOTHING);
    }
    expect(await count(quota, 1000)).toBe('stored');
    expect(await used()).toEqual({ bytes: 1000, objects: 1 });
  });

  it.each(ROOMY)('costs nothing with %s when the store fails in the middle of a put', async (_, quota) => {
    const caller = { ...ann.caller, quota };
    const put = (key: string) => bed.put(caller, { bucketName: BUCKET, objectName: key }, createImage());
    bed.store.hooks.before = async ({ method }) => {
      if (method !== 'put') return;
      // Also where counting goes on beside the task, it is over by now.
      await expect.poll(used, { interval: 1 }).toEqual({ bytes: 8, objects: 1 });
      throw new Error('the line went dead');
    };
    await expect(put('a.png')).rejects.toThrow('the line went dead');
    expect(await used()).toEqual(NOTHING);
    bed.store.hooks.before = undefined;
    expect(await refusalOf(put('a.png'))).toBeUndefined();
    expect(await used()).toEqual({ bytes: 8, objects: 1 });
  });

  it('is counted before the task where there is a quota', async () => {
    const seen = await count({ objects: 1 }, 100, used);
    expect(seen).toEqual({ bytes: 100, objects: 1 });
  });

  it.each(ROOMY.slice(0, 2))('keeps nobody waiting for the count with %s', async (_, quota) => {
    let isOver = false;
    const counting = count(quota, 100, async () => {
      isOver = true;
    });
    expect(isOver).toBe(true);
    expect(await used()).toEqual(NOTHING);
    await counting;
    expect(await used()).toEqual({ bytes: 100, objects: 1 });
  });
});

describe('a quota', () => {
  it.each<[string, Quota, number, number, number | undefined]>([
    ['bytes, to the byte', { bytes: 150 }, 100, 50, undefined],
    ['bytes, one beyond', { bytes: 150 }, 100, 51, 150],
    ['bytes of none', { bytes: 0 }, 0, 1, 0],
    ['bytes of an empty image', { bytes: 100 }, 100, 0, undefined],
    ['images, the last', { objects: 2 }, 100, 1, undefined],
    ['images, one beyond', { objects: 1 }, 100, 1, 1],
    ['images of none', { objects: 0 }, 0, 1, 0],
    ['both, of which bytes are exceeded', { bytes: 100, objects: 2 }, 100, 1, 100],
    ['both, of which images are exceeded', { bytes: 200, objects: 1 }, 100, 1, 1],
    ['both, of which none is exceeded', { bytes: 101, objects: 2 }, 100, 1, undefined],
  ])('of %s, is exact', async (_, quota, before, more, limit) => {
    if (before > 0) await count({}, before);
    let hasRun = false;
    const refused = await errorOf(
      count(quota, more, async () => {
        hasRun = true;
      }),
    );
    expect(refused?.code).toBe(limit === undefined ? undefined : 'QuotaExceeded');
    expect(refused?.details).toEqual(limit === undefined ? undefined : { limit });
    if (limit !== undefined) expect(refused?.text.en).toContain(String(limit));
    expect(hasRun).toBe(limit === undefined);
    const added = limit === undefined ? more : 0;
    const objects = (before > 0 ? 1 : 0) + (limit === undefined ? 1 : 0);
    expect(await used()).toEqual({ bytes: before + added, objects });
  });

  it('lets exactly as many of 50 at once through as there is room for', async () => {
    const quota = { bytes: 1000, objects: 7 };
    const refusals = await Promise.all(Array.from({ length: 50 }, () => refusalOf(count(quota, 100))));
    expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(7);
    expect(await used()).toEqual({ bytes: 700, objects: 7 });
  });

  it('refuses the large one of several at once and not the small one after it', async () => {
    const quota = { bytes: 100 };
    const refusals = await Promise.all([60, 60, 40].map((bytes) => refusalOf(count(quota, bytes))));
    expect(refusals).toEqual([undefined, 'QuotaExceeded', undefined]);
    expect(await used()).toEqual({ bytes: 100, objects: 2 });
  });

  it('that was lowered below what is there lets images go', async () => {
    await count({}, 100);
    await count({}, 100);
    expect(await refusalOf(count({ bytes: 50 }, 1))).toBe('QuotaExceeded');
    await bed.usage.release(ann.userId, 100);
    expect(await used()).toEqual({ bytes: 100, objects: 1 });
  });

  it('is not exceeded by two instances that look at the same moment', async () => {
    const other = bed.another();
    bed.documents.hooks.before = async ({ method, collection }) => {
      if (method !== 'create' || collection !== 'usage') return;
      bed.documents.hooks.before = undefined;
      await other.usage.withUsage({ userId: ann.userId, quota: { objects: 1 } }, 10, async () => undefined);
    };
    expect(await refusalOf(count({ objects: 1 }, 20))).toBe('QuotaExceeded');
    expect(await used()).toEqual({ bytes: 10, objects: 1 });
  });
});

describe('uploads a day', () => {
  const quota = { uploadsPerDay: 2 };
  const midnight = Date.UTC(2026, 0, 3);

  it('are bounded until midnight in Greenwich', async () => {
    bed.clock.now = midnight - DAY;
    expect([await refusalOf(count(quota, 1)), await refusalOf(count(quota, 1))]).toEqual([undefined, undefined]);
    for (const hour of [0, 1, 12, 23]) {
      bed.clock.now = midnight - DAY + hour * 60 * 60 * 1000;
      expect(await errorOf(count(quota, 1))).toMatchObject({ code: 'QuotaExceeded', details: { limit: 2 } });
    }
    bed.clock.now = midnight - 1;
    expect(await refusalOf(count(quota, 1))).toBe('QuotaExceeded');
    bed.clock.now = midnight;
    expect(await refusalOf(count(quota, 1))).toBeUndefined();
  });

  it('are bounded for each person', async () => {
    const other = { userId: 'u_other', quota: { uploadsPerDay: 1 } };
    await count({ uploadsPerDay: 1 }, 1);
    expect(await refusalOf(bed.usage.withUsage(other, 1, async () => undefined))).toBeUndefined();
    expect(await refusalOf(bed.usage.withUsage(other, 1, async () => undefined))).toBe('QuotaExceeded');
  });

  it('are not used up by what is refused', async () => {
    const both = { uploadsPerDay: 1, bytes: 10 };
    for (const round of [1, 2, 3]) expect(await refusalOf(count(both, 11)), `round ${round}`).toBe('QuotaExceeded');
    expect(await refusalOf(count(both, 10))).toBeUndefined();
    for (const round of [1, 2, 3]) expect(await refusalOf(count(both, 0)), `round ${round}`).toBe('QuotaExceeded');
    expect(await refusalOf(count({ uploadsPerDay: 2 }, 1))).toBeUndefined();
  });

  it('that were lowered below what is under way are given back by what fails, which tells its own failure', async () => {
    const failing = count({ uploadsPerDay: 1 }, 1, async () => {
      await count({ uploadsPerDay: 9 }, 1);
      await count({ uploadsPerDay: 9 }, 1);
      await fail();
    });
    await expect(failing).rejects.toThrow('the store is away');
    expect(await refusalOf(count({ uploadsPerDay: 2 }, 1))).toBe('QuotaExceeded');
    expect(await refusalOf(count({ uploadsPerDay: 3 }, 1))).toBeUndefined();
  });

  it('of none lets nothing through', async () => {
    expect(await refusalOf(count({ uploadsPerDay: 0 }, 1))).toBe('QuotaExceeded');
    expect(await used()).toEqual(NOTHING);
  });

  it('are not counted where nothing bounds them', async () => {
    await count({ bytes: 100 }, 1);
    await count({}, 1);
    expect([...bed.documents.texts().keys()].filter((place) => place.startsWith('counters/'))).toEqual([]);
  });
});

describe('counting', () => {
  const isUsage = (collection: string) => collection === 'usage';

  it('adds up what many calls of several instances change at once', async () => {
    const instances = Array.from({ length: 4 }, () => bed.another());
    const changes = instances.flatMap(({ usage }) => [
      ...Array.from({ length: 10 }, () =>
        usage.withUsage({ userId: ann.userId, quota: {} }, 10, async () => undefined),
      ),
      usage.release(ann.userId, 10),
      usage.adjust(ann.userId, { bytes: 5, objects: 0 }),
    ]);
    await Promise.all(changes);
    expect(await used()).toEqual({ bytes: 4 * 95, objects: 36 });
  });

  it('writes what one instance changes at once in one go', async () => {
    let writes = 0;
    bed.documents.hooks.before = ({ method, collection }) => {
      if (isUsage(collection) && method !== 'read') writes += 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => count({}, 1)));
    expect(writes).toBe(1);
    expect(await used()).toEqual({ bytes: 20, objects: 20 });
  });

  it.each(['no quota', 'a quota of bytes'])('that fails with %s fails the call and leaves no count', async (name) => {
    const quota = new Map(ROOMY).get(name) ?? {};
    bed.documents.hooks.before = ({ method, collection }) => {
      if (isUsage(collection) && method === 'create') throw new Error('documents are away');
    };
    await expect(count(quota, 10)).rejects.toThrow('documents are away');
    bed.documents.hooks.before = undefined;
    expect(await used()).toEqual(NOTHING);
  });

  it('that fails beside a task that fails as well takes nothing off, and the task’s failure is told', async () => {
    await count({}, 100);
    bed.documents.hooks.before = ({ method, collection }) => {
      if (!isUsage(collection) || method !== 'replace') return;
      bed.documents.hooks.before = undefined;
      throw new Error('documents are away');
    };
    await expect(count({}, 10, fail)).rejects.toThrow('the store is away');
    expect(await used()).toEqual({ bytes: 100, objects: 1 });
  });

  it('is kept for as long as the member is one', () => {
    expect([USAGE.name, USAGE.kept]).toEqual(['usage', expect.stringContaining('one document a member')]);
    expect(USAGE.expire(ann.userId, { bytes: 0, objects: 0 }, bed.now())).toBeUndefined();
  });

  it('reads a damaged count as damaged, not as nothing', async () => {
    await bed.documents.create('usage', ann.userId, { bytes: 'many' });
    expect(await refusalOf(used())).toBe('ServiceUnavailable');
  });
});
