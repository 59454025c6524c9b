import { beforeEach, describe, expect, it } from 'vitest';
import { bookUsage } from '../../../../src/services/objects/book-usage.ts';
import type { ObjectChange } from '../../../../src/services/objects/events.ts';
import { BUCKET, createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';
import { refusalOf } from '../../../support/refusal.ts';

let released: (readonly [userId: string, bytes: number])[];
let listener: ReturnType<typeof bookUsage>;
beforeEach(() => {
  released = [];
  listener = bookUsage({
    release: async (userId, bytes) => void released.push([userId, bytes]),
    withUsage: async (_member, _bytes, task) => task(),
    adjust: async () => undefined,
    read: async () => ({ bytes: 0, objects: 0 }),
    correct: async () => false,
    readAll: async () => new Map(),
  });
});

const booked = (ownerId: string | undefined, size: number) => ({
  bucketName: BUCKET,
  objectName: 'a.png',
  ownerId,
  size,
  contentType: 'image/png',
  metadata: {},
});
const actorId = 'u_actor';
const image = booked('u_ann', 1);
const source = booked('u_bob', 2);
const replaced = booked('u_cat', 4);
const nobodys = booked(undefined, 8);

describe('the books', () => {
  it.each<[string, ObjectChange, readonly (readonly [string, number])[]]>([
    ['nothing of what is stored, which was counted before', { kind: 'stored', actorId, image }, []],
    ['what was stored over', { kind: 'stored', actorId, image, replaced }, [['u_cat', 4]]],
    ['nothing of what is copied', { kind: 'copied', actorId, source, image }, []],
    ['what was copied over', { kind: 'copied', actorId, source, image, replaced }, [['u_cat', 4]]],
    ['the source of what is moved', { kind: 'moved', actorId, source, image }, [['u_bob', 2]]],
    [
      'the source of what is moved and what was moved over',
      { kind: 'moved', actorId, source, image, replaced },
      [
        ['u_cat', 4],
        ['u_bob', 2],
      ],
    ],
    ['what is removed', { kind: 'removed', actorId, image }, [['u_ann', 1]]],
    ['nothing of nobody’s that is removed', { kind: 'removed', actorId, image: nobodys }, []],
    ['nothing of nobody’s that was stored over', { kind: 'stored', actorId, image, replaced: nobodys }, []],
    ['nothing of nobody’s that is moved', { kind: 'moved', actorId, source: nobodys, image }, []],
    [
      'nothing of what is given to somebody else, which who gives it counts',
      { kind: 'given', actorId, source, image },
      [],
    ],
    ['an empty image all the same', { kind: 'removed', actorId, image: booked('u_ann', 0) }, [['u_ann', 0]]],
  ])('take off %s', async (_, event, expected) => {
    await listener({ ...event, changeId: 'c' });
    expect(released).toEqual(expected);
  });
});

describe('an image that came into the bucket past the service', () => {
  let bed: MemoryBed;
  let admin: MemoryPerson;
  beforeEach(async () => {
    bed = await createMemoryBed();
    admin = await bed.person({ role: 'admin' });
  });

  const place = { bucketName: BUCKET, objectName: 'a.png' };
  const target = { bucketName: BUCKET, objectName: 'b.png' };
  const OWNERS = [undefined, '', 'Somebody Else', '../users', '__proto__', 'a'.repeat(129), 'u_', 'first-admin'];
  const DEEDS: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['removed', () => bed.objects.remove(admin.caller, BUCKET, 'a.png')],
    ['removed among many', () => bed.objects.removeMany(admin.caller, BUCKET, ['a.png'])],
    ['overwritten', () => bed.put(admin.caller, place)],
    ['moved', () => bed.objects.move(admin.caller, place, target)],
    ['copied', () => bed.objects.copy(admin.caller, place, target)],
  ];

  it.each(OWNERS.flatMap((owner) => DEEDS.map(([name, deed]) => ({ owner, name, deed }))))(
    'and says that $owner owns it can be $name by an admin, and is taken off nobody’s count',
    async ({ owner, deed }) => {
      const metadata: Record<string, string> = owner === undefined ? {} : { owner };
      await bed.store.put(BUCKET, 'a.png', Buffer.from('past'), { contentType: 'image/png', metadata });
      expect(await refusalOf(deed())).toBeUndefined();
      const counted = [...bed.documents.texts().keys()].filter((name) => name.startsWith('usage/'));
      expect(counted.filter((name) => name !== `usage/${admin.userId}`)).toEqual([]);
      expect(bed.told).toHaveLength(1);
    },
  );
});
