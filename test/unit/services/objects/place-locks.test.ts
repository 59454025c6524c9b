import { beforeEach, describe, expect, it } from 'vitest';
import { PLACE_LOCKS } from '../../../../src/services/objects/place-locks.ts';
import { BUCKET, createMemoryBed, type MemoryBed } from '../../../support/memory/bed.ts';
import { refusalOf } from '../../../support/refusal.ts';

const PLACE = { bucketName: BUCKET, objectName: 'a.png' };
const LEASE_MS = 20_000;

let bed: MemoryBed;
beforeEach(async () => {
  bed = await createMemoryBed({ conditional: false });
});

const hold = <Result>(work: () => Promise<Result>, from = bed) => from.locks.hold(PLACE, { kind: 'change' }, work);
const locks = () => [...bed.documents.texts().keys()].filter((name) => name.startsWith(`${PLACE_LOCKS.name}/`));
/** Holds the place as somebody who was killed in the middle of it: without an end. */
const die = () =>
  new Promise<void>((resolve) => {
    void hold(() => {
      resolve();
      return new Promise(() => undefined);
    });
  });

describe('a place that somebody holds', () => {
  it('is held by one at a time, also of two instances, and free afterwards', async () => {
    const others = [bed.another(), bed.another()];
    let inside = 0;
    const enter = async () => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise(setImmediate);
      inside -= 1;
    };
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => others[index % 2]?.locks.hold(PLACE, { kind: 'change' }, enter)),
    );
    expect(locks()).toEqual([]);
  });

  it('is free again 20 s after its holder was killed, and not before', async () => {
    await die();
    bed.clock.now += LEASE_MS - 1;
    expect(await refusalOf(hold(async () => 'mine'))).toBe('ServiceUnavailable');
    bed.clock.now += 1;
    expect(await hold(async () => 'mine')).toBe('mine');
  });

  it('keeps nobody out of another place', async () => {
    await die();
    const other = { ...PLACE, objectName: 'b.png' };
    expect(await bed.locks.hold(other, { kind: 'change' }, async () => 'mine')).toBe('mine');
  });
});
