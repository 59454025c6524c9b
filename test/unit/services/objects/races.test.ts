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

describe('a source that vanishes', () => {
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
    expect(asked.length).toBeLessThan(20);
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
