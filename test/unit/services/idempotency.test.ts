import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/ports/document-store.ts';
import { REPEATABLE_CALLS } from '../../../src/services/idempotency.ts';
import { createMemoryBed, type MemoryBed } from '../../support/memory/bed.ts';
import { errorOf, refusalOf } from '../../support/refusal.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const RECORDS = 'idempotency';
const CALL = { key: 'k-1', scope: 'u_1 object/putObject', content: '{"a":1}' };

let bed: MemoryBed;
let runs: string[];
beforeEach(async () => {
  bed = await createMemoryBed();
  runs = [];
});

/** A task that says that it ran and answers with its name. */
const task = (name: string) => async () => {
  runs.push(name);
  return { name };
};
const once = (changes: Partial<typeof CALL> = {}, run: () => Promise<unknown> = task('again')) =>
  bed.idempotency.once({ ...CALL, ...changes }, run);
/** A call that has begun and will never end. */
const abandon = async (): Promise<void> => {
  const begun = new Promise<void>((resolve) => {
    void once({}, () => {
      resolve();
      return new Promise(() => undefined);
    });
  });
  await begun;
};
const records = async (): Promise<readonly (JsonObject & { readonly id: string })[]> =>
  (await bed.documents.list(RECORDS, { limit: 1000 })).documents.map(({ id, doc }) => ({ ...doc, id }));

describe('a call that comes again', () => {
  it.each([
    ['an object', { token: 'ip_secret', list: [1, null, '猫 🐱'] }],
    ['a text', 'text'],
    ['nothing', undefined],
    ['null', null],
    ['0', 0],
    ['a long text', 'x'.repeat(100_000)],
  ])('is answered as the first, with %s, and does not run', async (_, answer) => {
    const first = await once({}, async () => answer);
    expect(first).toBe(answer);
    expect(await once()).toEqual(answer ?? null);
    expect(await once()).toEqual(answer ?? null);
    expect(runs).toEqual([]);
  });

  it.each([
    ['another key', { key: 'k-2' }],
    ['another scope', { scope: 'u_2 object/putObject' }],
  ])('under %s is another call', async (_, changes) => {
    await once({}, task('first'));
    expect(await once(changes)).toEqual({ name: 'again' });
    expect(await once()).toEqual({ name: 'first' });
    expect(runs).toEqual(['first', 'again']);
  });

  it('with other content is refused, and leaves the first as it was', async () => {
    await once({}, task('first'));
    expect(await refusalOf(once({ content: '{"a":2}' }))).toBe('IdempotencyMismatch');
    expect(await once()).toEqual({ name: 'first' });
    expect(runs).toEqual(['first']);
  });

  it('while the first runs is told to come later', async () => {
    await abandon();
    expect(await errorOf(once())).toMatchObject({ code: 'IdempotencyInFlight', details: { retryAfterSeconds: 1 } });
    expect(await refusalOf(once({ content: 'other' }))).toBe('IdempotencyMismatch');
    expect(runs).toEqual([]);
  });

  it('twenty times at once runs once', async () => {
    let finish = (): void => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const slow = async () => {
      runs.push('slow');
      await held;
      return { name: 'slow' };
    };
    let refused = 0;
    const refusals = Array.from({ length: 20 }, async () => {
      const refusal = await refusalOf(once({}, slow));
      refused += 1;
      // The one that runs ends when all others have been told.
      if (refused === 19) finish();
      return refusal;
    });
    expect((await Promise.all(refusals)).toSorted()).toEqual([
      ...Array.from({ length: 19 }, () => 'IdempotencyInFlight'),
      undefined,
    ]);
    expect(runs).toEqual(['slow']);
  });

  it('after a failure runs again', async () => {
    const failing = once({}, async () => {
      throw new Error('the store is away');
    });
    await expect(failing).rejects.toThrow('the store is away');
    expect(await records()).toEqual([]);
    expect(await once()).toEqual({ name: 'again' });
  });

  it.each([
    [0, false],
    [DAY - 1, false],
    [DAY, false],
    [DAY + 1, true],
  ])('%i ms after the answer runs: %s', async (milliseconds, expected) => {
    await once({}, async () => {
      bed.clock.now += 10 * MINUTE;
      return 'first';
    });
    bed.clock.now += milliseconds;
    expect(await once()).toEqual(expected ? { name: 'again' } : 'first');
    expect(runs).toEqual(expected ? ['again'] : []);
  });

  it('a day later may have other content', async () => {
    await once({}, task('first'));
    bed.clock.now += DAY + 1;
    expect(await once({ content: 'other' })).toEqual({ name: 'again' });
    expect(await once({ content: 'other' })).toEqual({ name: 'again' });
    expect(await refusalOf(once())).toBe('IdempotencyMismatch');
  });
});

describe('a call whose process died', () => {
  it.each([
    [0, 'IdempotencyInFlight'],
    [15 * MINUTE, 'IdempotencyInFlight'],
    [15 * MINUTE + 1, undefined],
  ])('is waited for, %i ms after it began: %s', async (milliseconds, expected) => {
    await abandon();
    bed.clock.now += milliseconds;
    expect(await refusalOf(once())).toBe(expected);
    expect(runs).toHaveLength(expected === undefined ? 1 : 0);
  });

  it('is taken over by exactly one of many', async () => {
    await abandon();
    bed.clock.now += 15 * MINUTE + 1;
    const instances = Array.from({ length: 10 }, () => bed.another().idempotency);
    const settled = await Promise.allSettled(instances.map((instance) => instance.once(CALL, task('taken over'))));
    expect(runs).toEqual(['taken over']);
    // Whoever looks again after that one has finished has its answer; whoever does before is told to wait.
    for (const one of settled) {
      if (one.status === 'fulfilled') expect(one.value).toEqual({ name: 'taken over' });
      else expect(one.reason).toMatchObject({ code: 'IdempotencyInFlight' });
    }
  });

  it('is taken over by exactly one of two that have both seen it abandoned', async () => {
    await abandon();
    bed.clock.now += 15 * MINUTE + 1;
    const other = bed.another();
    bed.documents.hooks.before = async ({ method }) => {
      if (method !== 'replace') return;
      bed.documents.hooks.before = undefined;
      await other.idempotency.once(CALL, task('the faster'));
    };
    expect(await once({}, task('the slower'))).toEqual({ name: 'the faster' });
    expect(runs).toEqual(['the faster']);
    expect(await once()).toEqual({ name: 'the faster' });
  });
});

describe('the record of a call', () => {
  it('tells neither key, scope, content nor answer', async () => {
    await once({ key: 'the-key', scope: 'the-scope', content: 'the-content' }, async () => 'the-answer');
    const [record] = await records();
    expect(Object.keys(record ?? {}).sort()).toEqual(['answer', 'fingerprint', 'id', 'startedAt']);
    const text = JSON.stringify(record);
    const sealed = Buffer.from(String(record?.['answer']), 'base64').toString('latin1');
    for (const secret of ['the-key', 'the-scope', 'the-content', 'the-answer']) {
      expect(text).not.toContain(secret);
      expect(sealed).not.toContain(secret);
    }
  });

  it('is sealed under the key that only the client knows: moved to another key, it cannot be read', async () => {
    const answer = { token: 'ip_secret' };
    await once({ key: 'mine' }, async () => answer);
    const [mine] = await records();
    await once({ key: 'theirs' }, async () => answer);
    const theirs = (await records()).find(({ id }) => id !== mine?.id);
    expect(theirs?.['answer']).not.toBe(mine?.['answer']);
    const stored = await bed.documents.read(RECORDS, theirs?.id ?? '');
    const moved = { ...stored?.doc, answer: mine?.['answer'] ?? '' };
    await bed.documents.replace(RECORDS, theirs?.id ?? '', moved, stored?.revision ?? '');
    await expect(once({ key: 'theirs' })).rejects.toThrow();
    expect(await once({ key: 'mine' })).toEqual(answer);
  });

  it('is sealed anew each time, so that equal answers do not look equal', async () => {
    const seals = [];
    for (const _ of [1, 2, 3]) {
      await once({}, async () => 'same');
      const [record] = await records();
      seals.push(Buffer.from(String(record?.['answer']), 'base64'));
      bed.clock.now += DAY + 1;
    }
    expect(new Set(seals.map((bytes) => bytes.subarray(0, 12).toString('hex'))).size).toBe(3);
    expect(new Set(seals.map((bytes) => bytes.subarray(12, -16).toString('hex'))).size).toBe(3);
  });

  it.each([0, 11, 12, -17, -1])('is not believed when its byte %i was changed', async (index) => {
    await once({}, task('first'));
    const [record] = await records();
    const stored = await bed.documents.read(RECORDS, record?.id ?? '');
    const bytes = Buffer.from(String(stored?.doc['answer']), 'base64');
    const at = index < 0 ? bytes.length + index : index;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const changed = { ...stored?.doc, answer: bytes.toString('base64') };
    await bed.documents.replace(RECORDS, record?.id ?? '', changed, stored?.revision ?? '');
    await expect(once()).rejects.toThrow();
  });

  it('that is damaged says so', async () => {
    await once({}, task('first'));
    const [record] = await records();
    const stored = await bed.documents.read(RECORDS, record?.id ?? '');
    await bed.documents.replace(RECORDS, record?.id ?? '', { startedAt: 'then' }, stored?.revision ?? '');
    expect(await refusalOf(once())).toBe('ServiceUnavailable');
  });

  it('that is forgotten in the very moment in which it is looked at lets the call run, once', async () => {
    await abandon();
    bed.documents.hooks.before = async ({ method, collection, id }) => {
      if (method !== 'read') return;
      bed.documents.hooks.before = undefined;
      await bed.documents.remove(collection, id);
    };
    expect(await once()).toEqual({ name: 'again' });
    expect(await once()).toEqual({ name: 'again' });
    expect(runs).toEqual(['again']);
  });

  it('that is gone when the call ends does not come back, and the call is answered', async () => {
    const answer = await once({}, async () => {
      for (const { id } of await records()) await bed.documents.remove(RECORDS, id);
      return 'first';
    });
    expect(answer).toBe('first');
    expect(await records()).toEqual([]);
  });
});

describe('what is remembered of a call', () => {
  const startedAt = 1_000_000;
  const doc = { fingerprint: 'f', startedAt };

  it.each<[string, JsonObject, number, boolean]>([
    ['that runs, for 15 minutes', doc, 15 * MINUTE, false],
    ['that runs, for longer', doc, 15 * MINUTE + 1, true],
    ['that was answered, for a day', { ...doc, answer: '' }, DAY, false],
    ['that was answered, for longer', { ...doc, answer: '' }, DAY + 1, true],
    ['that is damaged', { startedAt }, 2 * DAY, false],
  ])('%s, is swept only when it is over', (_, stored, milliseconds, goes) => {
    expect(REPEATABLE_CALLS.expire('a', stored, new Date(startedAt + milliseconds)) !== undefined).toBe(goes);
  });
});

describe('what is remembered', () => {
  const names = (length: number) =>
    Array.from({ length: 1000 }, () => ({ objectName: randomBytes(length).toString('hex'), removed: true }));

  it('is no answer that is too long: the call is done, and says so', async () => {
    expect(await once({}, async () => names(400))).toHaveLength(1000);
    bed.clock.now += 23 * 60 * MINUTE;
    expect((await errorOf(once()))?.text.en).toMatch(/is done.*too long/);
    expect(runs).toEqual([]);
    const bytes = JSON.stringify([...bed.documents.texts()]).length;
    expect(bytes).toBeLessThan(1000);
  });

  it('is a list of a thousand ordinary names', async () => {
    const answer = names(8);
    await once({}, async () => answer);
    expect(await once()).toEqual(answer);
  });

  it('S12 has a bound in a day, by number and by bytes, for each who pays', async () => {
    const budget = { name: 'u_1', bytes: 10 * 1024 };
    const keyed = (key: string, answer: unknown, own = budget) =>
      refusalOf(bed.idempotency.once({ ...CALL, key, budget: own }, async () => answer));
    for (let count = 0; count < 8; count += 1) expect(await keyed(`short-${count}`, 1)).toBeUndefined();
    expect(await keyed('long', randomBytes(4000).toString('hex'))).toBeUndefined();
    expect(await keyed('short-9', 1)).toBe('TooManyRequests');
    expect(await keyed('short-9', 1, { ...budget, name: 'u_2' })).toBeUndefined();
    expect(await keyed('short-0', 1), 'a call that comes again').toBeUndefined();
    bed.clock.now += DAY;
    expect(await keyed('short-9', 1)).toBeUndefined();
  });

  it('costs nothing when it fails', async () => {
    const budget = { name: 'u_1', bytes: 1024 };
    for (let count = 0; count < 10; count += 1) {
      const failing = bed.idempotency.once({ ...CALL, budget }, () => Promise.reject(new Error('failed')));
      await expect(failing).rejects.toThrow('failed');
    }
    expect(await refusalOf(bed.idempotency.once({ ...CALL, budget }, task('now')))).toBeUndefined();
  });
});
