import { beforeEach, describe, expect, it } from 'vitest';
import {
  type ChangedImage,
  createObjectEvents,
  type ObjectChange,
  type ObjectEvent,
} from '../../../../src/services/objects/events.ts';
import { NO_OPEN_CHANGES } from '../../../../src/services/objects/open-changes.ts';
import { createReassign } from '../../../../src/services/objects/reassign.ts';
import {
  BUCKET,
  createImage,
  createMemoryBed,
  type MemoryBed,
  type MemoryPerson,
} from '../../../support/memory/bed.ts';
import { refusalOf } from '../../../support/refusal.ts';

const booked = (objectName: string, ownerId: string | undefined, size = 8) => ({
  bucketName: BUCKET,
  objectName,
  ownerId,
  size,
});
const CHANGE: ObjectChange = {
  ...{ kind: 'removed', actorId: 'u_1' },
  image: { ...booked('a.png', 'u_1'), contentType: 'image/png', metadata: {} },
};
/** What books are kept of. */
const toBooked = ({ changeId: _, ...event }: ObjectEvent) => {
  const { kind, actorId, image } = event;
  const source = 'source' in event && { source: toSide(event.source) };
  const replaced = 'replaced' in event && event.replaced && { replaced: toSide(event.replaced) };
  return { kind, actorId, ...source, image: toSide(image), ...replaced };
};
const toSide = ({ contentType: _type, metadata: _metadata, ...side }: ChangedImage) => side;

describe('the seam', () => {
  it('tells nobody when nobody listens', async () => {
    expect(await createObjectEvents(() => 'c').emit(CHANGE)).toBeUndefined();
  });

  it('tells listeners one after the other, in the order in which they came', async () => {
    const events = createObjectEvents(() => 'c');
    const heard: string[] = [];
    events.on(async () => {
      heard.push('first begins');
      await Promise.resolve();
      heard.push('first ends');
    });
    events.on((event) => void heard.push(`second hears ${event.kind}`));
    events.on(async () => void heard.push('third'));
    const emitted = events.emit(CHANGE);
    expect(heard).toEqual(['first begins']);
    await emitted;
    expect(heard).toEqual(['first begins', 'first ends', 'second hears removed', 'third']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('stops at a listener that %s', async (_, fail) => {
    const events = createObjectEvents(() => 'c');
    let isTold = false;
    events.on(fail);
    events.on(() => {
      isTold = true;
    });
    await expect(events.emit(CHANGE)).rejects.toThrow('no');
    expect(isTold).toBe(false);
  });
});

describe('a change', () => {
  let bed: MemoryBed;
  let ann: MemoryPerson;
  let bob: MemoryPerson;
  let admin: MemoryPerson;
  beforeEach(async () => {
    bed = await createMemoryBed();
    ann = await bed.person();
    bob = await bed.person();
    admin = await bed.person({ role: 'admin' });
    await given('a.png', ann.userId, 'an image');
    await given('over.png', bob.userId, 'four');
    await given('past.png', undefined, 'past');
  });

  const at = (objectName: string) => ({ bucketName: BUCKET, objectName });
  const given = (key: string, owner: string | undefined, text: string) =>
    bed.store.put(BUCKET, key, Buffer.from(text), {
      contentType: 'image/png',
      metadata: owner === undefined ? {} : { owner },
    });

  it.each<[string, () => Promise<unknown>, () => readonly unknown[]]>([
    [
      'stores',
      () => bed.put(ann.caller, at('new.png')),
      () => [{ kind: 'stored', actorId: ann.userId, image: booked('new.png', ann.userId) }],
    ],
    [
      'stores over one’s own',
      () => bed.put(ann.caller, at('a.png'), createImage({ bytes: Buffer.from('two') })),
      () => [
        {
          ...{ kind: 'stored', actorId: ann.userId },
          image: booked('a.png', ann.userId, 3),
          replaced: booked('a.png', ann.userId),
        },
      ],
    ],
    [
      'stores over somebody else’s, as an admin',
      () => bed.put(admin.caller, at('over.png')),
      () => [
        {
          ...{ kind: 'stored', actorId: admin.userId },
          image: booked('over.png', admin.userId),
          replaced: booked('over.png', bob.userId, 4),
        },
      ],
    ],
    [
      'stores under another name',
      () => bed.put(ann.caller, at('a.png'), createImage(), { onConflict: 'rename' }),
      () => [{ kind: 'stored', actorId: ann.userId, image: booked('a-1.png', ann.userId) }],
    ],
    [
      'copies',
      () => bed.objects.copy(bob.caller, at('a.png'), at('b.png')),
      () => [
        {
          ...{ kind: 'copied', actorId: bob.userId },
          source: booked('a.png', ann.userId),
          image: booked('b.png', bob.userId),
        },
      ],
    ],
    [
      'copies over one’s own',
      () => bed.objects.copy(bob.caller, at('a.png'), at('over.png')),
      () => [
        {
          ...{ kind: 'copied', actorId: bob.userId },
          source: booked('a.png', ann.userId),
          image: booked('over.png', bob.userId),
          replaced: booked('over.png', bob.userId, 4),
        },
      ],
    ],
    [
      'moves',
      () => bed.objects.move(ann.caller, at('a.png'), at('b.png')),
      () => [
        {
          ...{ kind: 'moved', actorId: ann.userId },
          source: booked('a.png', ann.userId),
          image: booked('b.png', ann.userId),
        },
      ],
    ],
    [
      'moves what was nobody’s over somebody else’s, as an admin',
      () => bed.objects.move(admin.caller, at('past.png'), at('over.png')),
      () => [
        {
          ...{ kind: 'moved', actorId: admin.userId },
          source: booked('past.png', undefined, 4),
          image: booked('over.png', admin.userId, 4),
          replaced: booked('over.png', bob.userId, 4),
        },
      ],
    ],
    [
      'removes',
      () => bed.objects.remove(ann.caller, BUCKET, 'a.png'),
      () => [{ kind: 'removed', actorId: ann.userId, image: booked('a.png', ann.userId) }],
    ],
    [
      'removes many, each once and only what was there',
      () => bed.objects.removeMany(admin.caller, BUCKET, ['a.png', 'past.png', 'missing.png', 'a.png']),
      () => [
        { kind: 'removed', actorId: admin.userId, image: booked('a.png', ann.userId) },
        { kind: 'removed', actorId: admin.userId, image: booked('past.png', undefined, 4) },
      ],
    ],
  ])('that %s is told once', async (_, change, expected) => {
    await change();
    expect(bed.told.map(toBooked)).toEqual(expected());
  });

  it('tells all that is known of an image, before and after, and each change by a name of its own', async () => {
    const facts = { owner: ann.userId, 'image-id': '01ARYZ6S41ZZZZZZZZZZZZZZZZ', note: 'mine', width: '3' };
    await bed.store.put(BUCKET, 'known.png', Buffer.from('known'), { contentType: 'image/png', metadata: facts });
    await bed.objects.copy(bob.caller, at('known.png'), at('copy.png'));
    await bed.objects.move(ann.caller, at('known.png'), at('moved.png'));
    await bed.objects.remove(ann.caller, BUCKET, 'moved.png');
    const [copied, moved, removed] = bed.told;
    const source = { contentType: 'image/png', metadata: facts };
    expect(copied).toMatchObject({ source, image: { metadata: { owner: bob.userId, note: 'mine', width: '3' } } });
    expect(copied?.image.metadata['image-id']).not.toBe(facts['image-id']);
    expect([moved, removed]).toMatchObject([{ source, image: source }, { image: source }]);
    expect(new Set(bed.told.map(({ changeId }) => changeId)).size).toBe(3);
    expect((await bed.store.head(BUCKET, 'copy.png'))?.metadata).toEqual(copied?.image.metadata);
  });

  it('that gives an image to somebody else is told', async () => {
    const reassign = createReassign({ ...bed, changes: NO_OPEN_CHANGES });
    await reassign(at('a.png'), bob.userId, () => true);
    await reassign(at('over.png'), ann.userId, () => false);
    expect(bed.told.map(toBooked)).toEqual([
      {
        ...{ kind: 'given', actorId: bob.userId },
        source: booked('a.png', ann.userId),
        image: booked('a.png', bob.userId),
      },
    ]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a put that is refused', () => bed.put(bob.caller, at('a.png'))],
    ['a copy onto itself', () => bed.objects.copy(ann.caller, at('a.png'), at('a.png'))],
    ['a copy of nothing', () => bed.objects.copy(ann.caller, at('missing.png'), at('b.png'))],
    ['a move of somebody else’s', () => bed.objects.move(bob.caller, at('a.png'), at('b.png'))],
    ['a removal of nothing', () => bed.objects.remove(ann.caller, BUCKET, 'missing.png')],
    ['a removal of somebody else’s', () => bed.objects.remove(bob.caller, BUCKET, 'a.png')],
    ['a removal of several of somebody else’s', () => bed.objects.removeMany(bob.caller, BUCKET, ['a.png'])],
  ])('that does not happen is not told: %s', async (_, attempt) => {
    await refusalOf(attempt());
    expect(bed.told).toEqual([]);
  });

  it('of a source that somebody else removes meanwhile is a copy', async () => {
    bed.store.hooks.after = async ({ method }) => {
      if (method === 'copy') await bed.store.remove(BUCKET, 'a.png');
    };
    await bed.objects.move(ann.caller, at('a.png'), at('b.png'));
    expect(bed.told).toMatchObject([{ kind: 'copied', source: booked('a.png', ann.userId) }]);
  });

  it('that the store refuses for one of many is told for the others', async () => {
    await given('b.png', ann.userId, 'two');
    bed.store.hooks.before = ({ method, key }) => {
      if (method === 'removeMany' && key === 'a.png') throw new Error('away');
    };
    const removals = await bed.objects.removeMany(ann.caller, BUCKET, ['a.png', 'b.png']);
    expect(removals).toMatchObject([
      { objectName: 'a.png', error: { code: 'ServiceUnavailable' } },
      { objectName: 'b.png' },
    ]);
    expect(bed.told.map(toBooked)).toEqual([
      { kind: 'removed', actorId: ann.userId, image: booked('b.png', ann.userId, 3) },
    ]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a put', () => bed.put(ann.caller, at('new.png'))],
    ['a copy', () => bed.objects.copy(ann.caller, at('a.png'), at('b.png'))],
    ['a move', () => bed.objects.move(ann.caller, at('a.png'), at('b.png'))],
    ['a removal', () => bed.objects.remove(ann.caller, BUCKET, 'a.png')],
    ['a removal of several', () => bed.objects.removeMany(ann.caller, BUCKET, ['a.png'])],
  ])('fails when a listener does, though it is done: %s', async (_, change) => {
    bed.events.on(() => {
      throw new Error('the books are away');
    });
    await expect(change()).rejects.toThrow('the books are away');
    expect(bed.told).toHaveLength(1);
  });
});
