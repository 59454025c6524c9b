import { beforeEach, describe, expect, it } from 'vitest';
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
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
});

const at = (objectName: string) => ({ bucketName: BUCKET, objectName });
/** What the store is asked for, in its order. */
const watch = (): string[] => {
  const asked: string[] = [];
  bed.store.hooks.before = ({ method, key }) => {
    if (asked.push(`${method} ${key}`) > 100) throw new Error('There is no end to it');
  };
  return asked;
};

describe('S1 B1 a source that vanishes', () => {
  for (const operation of ['copy', 'move'] as const) {
    it.each(['overwrite', 'rename', 'error'] as const)(`ends a ${operation} with onConflict %s`, async (onConflict) => {
      await bed.put(ann.caller, at('a.png'));
      watch();
      bed.store.hooks.after = async ({ method, key }) => {
        if (method !== 'head' || key !== 'a.png') return;
        bed.store.hooks.after = undefined;
        await bed.another().objects.remove(ann.caller, BUCKET, 'a.png');
      };
      const ended = refusalOf(bed.objects[operation](ann.caller, at('a.png'), at('b.png'), { onConflict }));
      expect(await ended).toBe('NoSuchKey');
      expect(await bed.store.head(BUCKET, 'b.png')).toBeUndefined();
      expect(await bed.usage.read(ann.userId)).toEqual({ bytes: 0, objects: 0 });
    });
  }

  it('ends all moves of one image but one', async () => {
    await bed.put(ann.caller, at('a.png'));
    watch();
    const moves = Array.from({ length: 10 }, (_, index) =>
      refusalOf(bed.objects.move(ann.caller, at('a.png'), at(`b-${index}.png`))),
    );
    for (const refusal of await Promise.all(moves)) expect([undefined, 'NoSuchKey']).toContain(refusal);
  });
});

/** Does something else right before the store is asked so for the first time. */
const before = (method: string, key: string, meddle: () => Promise<unknown>) => {
  bed.store.hooks.before = async (call) => {
    if (call.method !== method || call.key !== key) return;
    bed.store.hooks.before = undefined;
    await meddle();
  };
};

describe.each([true, false])(
  'what is still the image that was looked at (the store holds conditions: %s)',
  (conditional) => {
    let bob: MemoryPerson;
    beforeEach(async () => {
      bed = await createMemoryBed({ conditional });
      ann = await bed.person();
      bob = await bed.person();
      await bed.put(ann.caller, at('a.png'));
    });
    const SAME = createImage();
    const OTHER = createImage({ bytes: Buffer.from('other bytes') });
    /** What somebody does in another instance, between a look and an act. */
    const takeOver =
      (image = OTHER) =>
      async () => {
        const { objects, put } = bed.another();
        await objects.remove(ann.caller, BUCKET, 'a.png');
        await put(bob.caller, at('a.png'), image, { onConflict: 'error' });
      };
    const usage = async () => [await bed.usage.read(ann.userId), await bed.usage.read(bob.userId)];
    const stored = async () => {
      const sums = new Map<string, { bytes: number; objects: number }>();
      for (const { key } of (await bed.store.list(BUCKET, { limit: 1000 })).objects) {
        const found = await bed.store.head(BUCKET, key);
        const owner = found?.metadata['owner'] ?? '';
        const { bytes, objects } = sums.get(owner) ?? { bytes: 0, objects: 0 };
        sums.set(owner, { bytes: bytes + (found?.size ?? 0), objects: objects + 1 });
      }
      return [ann, bob].map(({ userId }) => sums.get(userId) ?? { bytes: 0, objects: 0 });
    };

    describe.each([
      ['other', OTHER],
      ['the same', SAME],
    ])('when another member’s image of %s bytes has taken its place', (_, image) => {
      const ACTS = {
        overwrite: ['put', () => bed.put(ann.caller, at('a.png'), createImage({ bytes: Buffer.from('over') }))],
        'copy onto it': ['copy', () => bed.objects.copy(ann.caller, at('b.png'), at('a.png'))],
        'move onto it': ['copy', () => bed.objects.move(ann.caller, at('b.png'), at('a.png'))],
        'move it': ['remove', () => bed.objects.move(ann.caller, at('a.png'), at('c.png'))],
        remove: ['remove', () => bed.objects.remove(ann.caller, BUCKET, 'a.png')],
        'remove many': ['removeMany', () => bed.objects.removeMany(ann.caller, BUCKET, ['a.png'])],
      } as const;
      it.each(Object.entries(ACTS))('never does anything to it: %s', async (_act, [method, act]) => {
        await bed.put(ann.caller, at('b.png'), createImage({ bytes: Buffer.from('b') }));
        if (!conditional) {
          // Others of the bed wait for their turn.
          const both = await Promise.allSettled([act(), takeOver(image)()]);
          expect(both).toHaveLength(2);
        } else {
          before(method, 'a.png', takeOver(image));
          await act().catch(() => undefined);
          expect((await bed.store.head(BUCKET, 'a.png'))?.metadata['owner']).toBe(bob.userId);
        }
        expect(await usage()).toEqual(await stored());
      });

      it('S7 refuses a delete link, also one that was looked at before', async () => {
        const placed = await bed.put(ann.caller, at('d.png'), SAME);
        const token = bed.deleteCapabilities.issue({ ...at('d.png'), ...placed });
        await bed.objects.remove(ann.caller, BUCKET, 'd.png');
        await bed.put(bob.caller, at('d.png'), image, { onConflict: 'error' });
        expect(await refusalOf(bed.deleteCapabilities.redeemAll([token]))).toBe('AccessDenied');
        expect(await bed.store.head(BUCKET, 'd.png')).toBeDefined();
        expect(await usage()).toEqual(await stored());
      });
    });

    it('refuses an old link without an id for what was stored after it', async () => {
      const placed = await bed.put(ann.caller, at('d.png'), SAME);
      const token = bed.deleteCapabilities.issue({ ...at('d.png'), etag: placed.etag });
      await bed.objects.remove(ann.caller, BUCKET, 'd.png');
      bed.clock.now += 3_600_000;
      await bed.put(bob.caller, at('d.png'), SAME);
      expect(await refusalOf(bed.deleteCapabilities.redeemAll([token]))).toBe('AccessDenied');
    });

    it.each<[string, (index: number) => Promise<unknown>]>([
      ['remove', () => bed.another().objects.remove(ann.caller, BUCKET, 'a.png')],
      ['remove many', () => bed.another().objects.removeMany(ann.caller, BUCKET, ['a.png', 'b.png'])],
      [
        'overwrite',
        (index) => bed.another().put(ann.caller, at('a.png'), createImage({ bytes: Buffer.alloc(index + 1) })),
      ],
      ['move', (index) => bed.another().objects.move(ann.caller, at('a.png'), at(`m-${index}.png`))],
      ['move onto one name', () => bed.another().objects.move(ann.caller, at('a.png'), at('m.png'))],
      ['copy onto one name', () => bed.another().objects.copy(ann.caller, at('a.png'), at('m.png'))],
    ])('books once what 12 do at once: %s', async (_, act) => {
      await bed.put(ann.caller, at('b.png'));
      const done = await Promise.allSettled(Array.from({ length: 12 }, (_unused, index) => act(index)));
      for (const one of done) {
        if (one.status === 'rejected')
          expect(['NoSuchKey', 'ObjectExists', 'ServiceUnavailable']).toContain(one.reason.code);
      }
      expect(done.some(({ status }) => status === 'fulfilled')).toBe(true);
      expect(await usage()).toEqual(await stored());
    });
  },
);

describe('a name that others put and remove all the time', () => {
  it.each([
    ['an upload', () => bed.put(ann.caller, at('hot.png'), createImage({ bytes: Buffer.from('new') }))],
    ['a copy', () => bed.objects.copy(ann.caller, at('a.png'), at('hot.png'))],
    ['a move', () => bed.objects.move(ann.caller, at('a.png'), at('hot.png'))],
  ])('ends %s after a few tries', async (_, attempt) => {
    await bed.put(ann.caller, at('a.png'));
    const metadata = { owner: ann.userId };
    const asked = watch();
    let busy = false;
    bed.store.hooks.before = async ({ method, key }) => {
      if (busy || key !== 'hot.png') return;
      if (asked.push(method) > 100) throw new Error('There is no end to it');
      busy = true;
      // There for each write, and gone for each look.
      if (method === 'head') await bed.store.remove(BUCKET, key);
      else await bed.store.put(BUCKET, key, Buffer.from('another'), { contentType: 'image/png', metadata });
      busy = false;
    };
    expect(await refusalOf(attempt())).toBe('ServiceUnavailable');
    expect(asked.length).toBeLessThan(50);
    bed.store.hooks.before = undefined;
    expect(await bed.usage.read(ann.userId)).toMatchObject({ objects: 1 });
  });
});

describe('a store whose listing leads back', () => {
  const listing = { bucketName: BUCKET, prefix: '', pageSize: 10, recursive: true };
  it.each([
    ['by token', { continuationToken: 'again' }],
    ['by number', { pageNum: 1 }],
    ['all at once', { pageNum: -1 }],
  ])('ends a listing %s', async (_, page) => {
    let asked = 0;
    const looping = {
      ...bed.store,
      list: async () => {
        asked += 1;
        if (asked > 100) throw new Error('There is no end to it');
        return { objects: [], prefixes: [], continuationToken: 'again' };
      },
    };
    const { createEntryPages } = await import('../../../../src/services/objects/entry-pages.ts');
    const pages = createEntryPages(looping, [''], { ...listing, ...page });
    const attempt =
      'continuationToken' in page ? pages.byToken('again') : page.pageNum === -1 ? pages.all() : pages.byNumber(1);
    expect(await refusalOf(attempt)).toBe('ServiceUnavailable');
  });
});
