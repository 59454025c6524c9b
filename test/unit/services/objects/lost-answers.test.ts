import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import { despiteLostAnswer } from '../../../../src/services/objects/lost-answers.ts';
import {
  BUCKET,
  createImage,
  createMemoryBed,
  type MemoryBed,
  type MemoryPerson,
} from '../../../support/memory/bed.ts';
import { refusalOf } from '../../../support/refusal.ts';

let bed: MemoryBed;
let ann: MemoryPerson;
let bob: MemoryPerson;

const at = (objectName: string) => ({ bucketName: BUCKET, objectName });
const lost = () => new AppError('ServiceUnavailable', { zh: '没有回答', en: 'no answer came' });
/** The store does it, and the answer never comes. */
const lose = (...methods: readonly string[]): void => {
  bed.store.hooks.after = ({ method }) => {
    if (methods.includes(method)) throw lost();
  };
};
const inBucket = async () => {
  bed.store.hooks.after = undefined;
  const { objects } = await bed.store.list(BUCKET, { limit: 100 });
  return { objects: objects.length, bytes: objects.reduce((sum, { size }) => sum + size, 0) };
};
const booked = async () => {
  const [one, other] = await Promise.all([bed.usage.read(ann.userId), bed.usage.read(bob.userId)]);
  return { objects: one.objects + other.objects, bytes: one.bytes + other.bytes };
};

type Act = (bed: MemoryBed, person: MemoryPerson) => Promise<unknown>;
const OVER = createImage({ bytes: Buffer.from('something longer than that') });

/** What is done with `a.png` and `b.png`, whose answer is lost every time. */
const ACTS: readonly (readonly [string, readonly string[], Act])[] = [
  ['a new image', ['put'], (b, { caller }) => b.put(caller, at('new.png'))],
  ['an image over one’s own', ['put'], (b, { caller }) => b.put(caller, at('a.png'), OVER)],
  ['a copy', ['copy'], (b, { caller }) => b.objects.copy(caller, at('a.png'), at('c.png'))],
  ['a copy onto one’s own', ['copy'], (b, { caller }) => b.objects.copy(caller, at('a.png'), at('b.png'))],
  ['a move', ['copy'], (b, { caller }) => b.objects.move(caller, at('a.png'), at('c.png'))],
  ['a move onto one’s own', ['copy', 'remove'], (b, { caller }) => b.objects.move(caller, at('a.png'), at('b.png'))],
  ['a removal', ['remove'], (b, { caller }) => b.objects.remove(caller, BUCKET, 'a.png')],
  ['a removal of two', ['removeMany'], (b, { caller }) => b.objects.removeMany(caller, BUCKET, ['a.png', 'b.png'])],
];

/** B7: the effect comes at least once, and is booked exactly once. */
describe.each([true, false])('B7 an answer that is lost by a store that holds conditions: %s', (conditional) => {
  beforeEach(async () => {
    bed = await createMemoryBed({ conditional });
    ann = await bed.person();
    bob = await bed.person();
    await bed.put(ann.caller, at('a.png'));
    await bed.put(ann.caller, at('b.png'));
  });

  it.each(ACTS)('of %s changes nothing of what comes of it', async (_name, methods, act) => {
    lose(...methods);
    expect(await refusalOf(act(bed, ann))).toBeUndefined();
    expect(await booked()).toEqual(await inBucket());
  });

  it('is no success where somebody else’s image stands there', async () => {
    bed.store.hooks.before = ({ method }) => {
      if (method === 'put') throw lost();
    };
    expect(await refusalOf(bed.put(bob.caller, at('c.png')))).toBe('ServiceUnavailable');
    bed.store.hooks.before = undefined;
    await bed.put(ann.caller, at('c.png'));
    expect(await bed.usage.read(bob.userId)).toEqual({ bytes: 0, objects: 0 });
    expect(await booked()).toEqual(await inBucket());
  });

  it('books the copy of a move whose source would not go', async () => {
    bed.store.hooks.before = ({ method }) => {
      if (method === 'remove') throw lost();
    };
    expect(await refusalOf(bed.objects.move(ann.caller, at('a.png'), at('b.png')))).toBe('ServiceUnavailable');
    bed.store.hooks.before = undefined;
    expect(await booked()).toEqual(await inBucket());
  });
});

describe('a look after a lost answer', () => {
  it('does not wait for a store that says nothing', async () => {
    vi.useFakeTimers();
    const look = () => new Promise<string>(() => undefined);
    const ended = despiteLostAnswer<string>(() => Promise.reject(lost()), look).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await ended).toMatchObject({ code: 'ServiceUnavailable' });
    vi.useRealTimers();
  });

  it('is not made after a refusal', async () => {
    const look = vi.fn(async () => 'done');
    const refused = () => Promise.reject(new AppError('NoSuchBucket', { zh: '没有这个桶', en: 'no such bucket' }));
    expect(await refusalOf(despiteLostAnswer<string>(refused, look))).toBe('NoSuchBucket');
    expect(look).not.toHaveBeenCalled();
  });
});
