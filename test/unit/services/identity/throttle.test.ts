import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBed, type MemoryBed } from '../../../support/memory/bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

const RATE = { name: 'tries', most: 3, windowSeconds: 60 };

let bed: MemoryBed;
beforeEach(async () => {
  bed = await createMemoryBed();
});

const take = (subjects: readonly (string | undefined)[] = ['ann'], rate = RATE) => bed.throttle.consume(rate, subjects);
const takeAll = async (times: number): Promise<void> => {
  for (let count = 0; count < times; count += 1) await take();
};

describe('a throttle', () => {
  it('lets as many tries through as it says, and not one more', async () => {
    await takeAll(3);
    expect(await errorOf(take())).toMatchObject({ code: 'TooManyRequests', details: { retryAfterSeconds: 60 } });
  });

  it.each([
    [0, 60],
    [1, 60],
    [999, 60],
    [1000, 59],
    [58_999, 2],
    [59_000, 1],
    [59_001, 1],
    [59_999, 1],
    [60_000, undefined],
    [60_001, undefined],
  ])('%i ms after the first try says to come again in %j s', async (milliseconds, retryAfterSeconds) => {
    await takeAll(3);
    bed.clock.now += milliseconds;
    const refused = await errorOf(take());
    expect(refused?.details['retryAfterSeconds']).toBe(retryAfterSeconds);
    if (refused !== undefined) expect(refused.text.en).toContain(`in ${retryAfterSeconds} seconds`);
  });

  it('begins its window with the first try, not with the last', async () => {
    for (const _ of [1, 2, 3]) {
      await take();
      bed.clock.now += 19_000;
    }
    expect(await refusalOf(take())).toBe('TooManyRequests');
    bed.clock.now += 3_000;
    await takeAll(3);
    expect(await refusalOf(take())).toBe('TooManyRequests');
  });

  it('does not let a client that goes on trying wait longer', async () => {
    await takeAll(3);
    for (let count = 0; count < 20; count += 1) {
      bed.clock.now += 1000;
      expect(await refusalOf(take())).toBe('TooManyRequests');
    }
    bed.clock.now += 40_000;
    expect(await refusalOf(take())).toBeUndefined();
  });

  it('gives back what a try that turned out well has cost', async () => {
    for (let count = 0; count < 20; count += 1) {
      await take();
      await bed.throttle.refund(RATE, ['ann']);
    }
    await takeAll(3);
    expect(await refusalOf(take())).toBe('TooManyRequests');
  });

  it('counts each subject and each kind of try by itself', async () => {
    await takeAll(3);
    expect(await refusalOf(take(['bob']))).toBeUndefined();
    expect(await refusalOf(take(['ann'], { ...RATE, name: 'others' }))).toBeUndefined();
    expect(await refusalOf(take(['ann ']))).toBeUndefined();
  });

  it('refuses when one of several subjects has none left, and says when the last of them is free', async () => {
    await takeAll(3);
    bed.clock.now += 30_000;
    for (const _ of [1, 2, 3]) await take(['bob']);
    expect(await errorOf(take(['ann', 'bob']))).toMatchObject({ details: { retryAfterSeconds: 60 } });
    expect(await errorOf(take(['ann', 'carl']))).toMatchObject({ details: { retryAfterSeconds: 30 } });
  });

  it('has nothing to count for whom it does not know', async () => {
    for (let count = 0; count < 20; count += 1) await take([undefined]);
    await bed.throttle.refund(RATE, [undefined]);
    expect([...bed.documents.texts().keys()]).toEqual([]);
  });

  it('counts at once for all instances, and exactly', async () => {
    const instances = Array.from({ length: 20 }, () => bed.another().throttle);
    const refusals = await Promise.all(instances.map((throttle) => refusalOf(throttle.consume(RATE, ['ann']))));
    expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(3);
  });

  it('keeps no subject readable', async () => {
    await take(['10.20.30.40']);
    expect(JSON.stringify([...bed.documents.texts()])).not.toContain('10.20.30.40');
  });
});
