import { beforeEach, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../../src/ports/object-store.ts';
import { OPEN_CHANGES } from '../../../../src/services/library/record-collections.ts';
import { createTrashBin } from '../../../../src/services/library/trash-bin.ts';
import {
  BUCKET,
  createImage,
  createMemoryBed,
  type MemoryBed,
  type MemoryPerson,
} from '../../../support/memory/bed.ts';

const PLACE = { bucketName: BUCKET, objectName: 'cat.png' };
const HOUR_MS = 60 * 60 * 1000;
const SIZE = createImage().size;

let bed: MemoryBed;
let ann: MemoryPerson;
let library: NonNullable<MemoryBed['library']>;
let imageId: string;
beforeEach(async () => {
  bed = await createMemoryBed({ hasRecords: true, hasTrash: true });
  if (bed.library === undefined) throw new TypeError('it has records');
  library = bed.library;
  ann = await bed.person();
  imageId = (await bed.put(ann.caller, PLACE)).imageId ?? '';
});

const within = [{ bucket: BUCKET, prefix: '' }];
const search = async (state: 'present' | 'removed') => {
  const { images } = await library.records.search({ within, state, order: 'name', limit: 1000 });
  return images.map(({ key }) => key);
};
const keys = async () => (await bed.store.list(BUCKET, { limit: 1000 })).objects.map(({ key }) => key);
const inTrash = async () => (await keys()).filter((key) => key.startsWith('.imagepic/trash/'));
const marks = async () => (await bed.documents.list(OPEN_CHANGES.name, { limit: 1000 })).documents;
const kinds = () => bed.told.map(({ kind }) => kind);
const remove = () => bed.objects.remove(ann.caller, BUCKET, PLACE.objectName);
const restore = (objectName = PLACE.objectName) =>
  library.bin.restore(ann.userId, imageId, { bucketName: BUCKET, objectName });
const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** What has to be so whenever nothing is going on. */
async function expectInLine(): Promise<void> {
  const [objects, present, removed] = [await keys(), await search('present'), await search('removed')];
  expect(objects.filter((key) => !key.startsWith('.imagepic/'))).toEqual(present);
  expect(await inTrash()).toHaveLength(removed.length);
  expect(await marks()).toEqual([]);
  expect(await bed.usage.read(ann.userId)).toEqual({
    bytes: SIZE * (present.length + removed.length),
    objects: present.length + removed.length,
  });
}

describe('the trash', () => {
  it('takes what is removed out of its place, and counts it', async () => {
    await remove();
    expect(await bed.store.head(BUCKET, PLACE.objectName)).toBeUndefined();
    expect([await search('present'), await search('removed')]).toEqual([[], [PLACE.objectName]]);
    expect(kinds()).toEqual(['stored', 'trashed']);
    await expectInLine();
  });

  it('gives it back where it was, as the same image', async () => {
    await remove();
    await restore();
    const found = await bed.store.head(BUCKET, PLACE.objectName);
    expect(found?.metadata).toMatchObject({ 'image-id': imageId, owner: ann.userId });
    expect(await library.records.get(imageId)).toMatchObject({ key: PLACE.objectName });
    expect(kinds()).toEqual(['stored', 'trashed', 'restored']);
    await expectInLine();
    await remove();
    await expectInLine();
  });

  it('says where it may go when its place is taken, and gives it back there', async () => {
    await remove();
    await bed.put(ann.caller, PLACE, createImage({ bytes: Buffer.from('an other') }));
    const error = await refusal(restore());
    expect(error).toMatchObject({ code: 'ObjectExists', details: { objectName: 'cat-1.png' } });
    await restore('cat-1.png');
    expect(await search('present')).toEqual(['cat-1.png', 'cat.png']);
    await expectInLine();
  });

  it('purges really: bytes, record and count are gone', async () => {
    await remove();
    expect(await library.bin.purge(ann.userId, imageId)).toBe(true);
    expect(await keys()).toEqual([]);
    expect(await library.records.get(imageId)).toBeUndefined();
    expect(kinds()).toEqual(['stored', 'trashed', 'purged']);
    await expectInLine();
    expect(await library.bin.purge(ann.userId, imageId)).toBe(false);
    expect(await refusal(restore())).toMatchObject({ code: 'NoSuchKey' });
  });

  it('is passed by with purge', async () => {
    await bed.objects.remove(ann.caller, BUCKET, PLACE.objectName, { purge: true });
    expect(await keys()).toEqual([]);
    await expectInLine();
  });

  it('takes many at once, and what had no record yet', async () => {
    await bed.put(ann.caller, { ...PLACE, objectName: 'dog.png' });
    await library.records.remove(imageId);
    const removals = await bed.objects.removeMany(ann.caller, BUCKET, ['cat.png', 'dog.png', 'none.png']);
    expect(removals.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    expect(await search('removed')).toEqual(['cat.png', 'dog.png']);
    await expectInLine();
  });

  it('lets one of two who restore at once have it, and of two who remove', async () => {
    await Promise.all([remove(), remove()]);
    await expectInLine();
    const outcomes = await Promise.all([refusal(restore()), refusal(restore())]);
    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
    expect(await search('present')).toEqual([PLACE.objectName]);
    await expectInLine();
  });
});

describe('what was begun and not ended', () => {
  const CALLS = ['copy', 'remove'] as const;
  const WRITES = ['replace', 'remove'] as const;
  class Killed extends Error {}

  /** Stores that die before or after one call of theirs, and a bin on them. */
  function openMortal(at: string, when: 'before' | 'after') {
    let isDead = false;
    const die = <Call extends (...args: never[]) => Promise<unknown>>(name: string, call: Call): Call =>
      (async (...args: Parameters<Call>) => {
        if (isDead) throw new Killed();
        isDead = at === name && when === 'before';
        if (isDead) throw new Killed();
        const answer = await call(...args);
        isDead = at === name;
        if (isDead) throw new Killed();
        return answer;
      }) as Call;
    const store: ObjectStore = {
      ...bed.store,
      ...Object.fromEntries(CALLS.map((name) => [name, die(`store.${name}`, bed.store[name] as never)])),
    };
    const records = {
      ...library.records,
      ...Object.fromEntries(WRITES.map((name) => [name, die(`records.${name}`, library.records[name] as never)])),
    };
    const { events, changes } = { events: bed.events, changes: library.changes };
    return createTrashBin({
      ...{ store, records, events, changes, settlePlace: library.settle, now: bed.now },
      newId: () => 'a'.repeat(32),
      locks: { hold: (_place, _act, work) => work(), holdFree: (places, _act, work) => work(places) },
    });
  }
  const steps = (names: readonly string[]) =>
    names.flatMap((name) => (['before', 'after'] as const).map((when) => [name, when] as const));

  const settleAll = async () => {
    // Bytes that nobody has claimed go when no change can be about to.
    await library.settleAll();
    bed.clock.now += 2 * HOUR_MS;
    await library.settleAll();
  };

  it.each(steps(['store.copy', 'records.replace', 'store.remove']))(
    'is in one place after a removal that died at %s (%s)',
    async (name, when) => {
      const seen = await bed.store.head(BUCKET, PLACE.objectName);
      if (seen === undefined) throw new TypeError('it is there');
      await expect(openMortal(name, when).put(ann.userId, PLACE, seen)).rejects.toThrow(Killed);
      await settleAll();
      await expectInLine();
      expect([...(await search('present')), ...(await search('removed'))]).toEqual([PLACE.objectName]);
    },
  );

  it.each(steps(['store.copy', 'records.replace', 'store.remove']))(
    'is in one place after a restoring that died at %s (%s)',
    async (name, when) => {
      await remove();
      const target = { bucketName: BUCKET, objectName: 'elsewhere.png' };
      await expect(openMortal(name, when).restore(ann.userId, imageId, target)).rejects.toThrow(Killed);
      await settleAll();
      await expectInLine();
      expect(await library.records.get(imageId)).toBeDefined();
    },
  );

  it.each(steps(['store.remove', 'records.remove']).slice(0, 3))(
    'is in the trash or gone after a purge that died at %s (%s)',
    async (name, when) => {
      await remove();
      await expect(openMortal(name, when).purge(ann.userId, imageId)).rejects.toThrow(Killed);
      await settleAll();
      await expectInLine();
    },
  );
});
