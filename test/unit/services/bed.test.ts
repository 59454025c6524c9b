import { describe, expect, it } from 'vitest';
import type { BedWitness } from '../../../src/ports/bed-witness.ts';
import type { DocumentStore } from '../../../src/ports/document-store.ts';
import { BED, createBed, createWitnessObject } from '../../../src/services/bed.ts';
import { readOrCreateKey } from '../../../src/services/identity/keys.ts';
import { createMemoryDocumentStore } from '../../support/memory/document-store.ts';
import { createMemoryObjectStore } from '../../support/memory/object-store.ts';

const START = Date.UTC(2026, 0, 2);
const away = (): Promise<never> => Promise.reject(new Error('no answer'));

/** A witness that a test speaks for. */
function createWitness(name: string, isAmongImages: boolean) {
  const kept: { id: string | undefined; isAway: boolean; asked: number } = { id: undefined, isAway: false, asked: 0 };
  const witness: BedWitness = {
    name,
    place: `/place/of/${name}`,
    isAmongImages,
    read: async () => {
      kept.asked += 1;
      return kept.isAway ? away() : kept.id;
    },
    write: async (bedId) => {
      if (kept.isAway) await away();
      kept.id ??= bedId;
    },
  };
  return { kept, witness };
}

function createStores() {
  const clock = { now: START };
  const now = (): Date => new Date(clock.now);
  const documents = createMemoryDocumentStore(now);
  const folder = createWitness('data', false);
  const images = createWitness('images', true);
  let beds = 0;
  const start = (stored: DocumentStore = documents, newBed: 'allowed' | 'refused' = 'allowed', isToProve = false) =>
    createBed({
      newBed,
      isToProve,
      documents: stored,
      place: { documents: '/data/documents', variable: 'IMAGEPIC_DATA_DIR' },
      witnesses: [folder.witness, images.witness],
      newBedId: () => {
        beds += 1;
        return `b_${beds}`;
      },
      now,
    });
  return { clock, now, documents, folder: folder.kept, images: images.kept, start };
}

const lostWith = (...parts: readonly string[]) => ({
  code: 'ServiceUnavailable',
  text: {
    zh: expect.stringMatching(new RegExp(parts.join('.*'))),
    en: expect.stringMatching(new RegExp(parts.join('.*'))),
  },
});

describe('a bed', () => {
  it('is new once, leaves its id beside the documents, and is opened from then on', async () => {
    const { documents, folder, images, start } = createStores();
    expect(await start().open()).toBe('new');
    expect([folder.id, images.id]).toEqual(['b_1', 'b_1']);
    expect((await documents.read(BED.name, 'bed'))?.doc).toMatchObject({ bedId: 'b_1', witnesses: ['data', 'images'] });
    expect(await start().open()).toBe('opened');
  });

  it('is one, and not lost, for two that begin at the same moment', async () => {
    const { documents, start } = createStores();
    const first = start();
    let isBegun = false;
    // The second has looked for the document and found none; then the first leaves it, and its witnesses.
    const late: typeof documents = {
      ...documents,
      read: async (collection, id) => {
        const found = await documents.read(collection, id);
        if (!isBegun && collection === BED.name) {
          isBegun = true;
          expect(await first.open()).toBe('new');
        }
        return found;
      },
    };

    const second = start(late);

    expect(await second.open()).toBe('opened');
    await second.require();
    await second.ping('documents');
  });

  it('is never made of an empty volume where a new one is refused, and is opened once it is mounted', async () => {
    const { documents, start } = createStores();
    await start().open();
    const empty = createStores();
    const bed = empty.start(empty.documents, 'refused');

    expect(await bed.open()).toBe('lost');
    await expect(bed.require()).rejects.toMatchObject(lostWith('/data/documents', 'IMAGEPIC_NEW_BED=refused'));
    await expect(bed.ping('documents')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    await expect(readOrCreateKey(bed.documents, 'secret')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    expect((await empty.documents.list(BED.name, { limit: 9 })).documents).toEqual([]);

    expect(await start(documents, 'refused').open()).toBe('opened');
  });

  it('of before there were markers gets one without a word', async () => {
    const { documents, folder, images, start } = createStores();
    await documents.create('settings', 'first-admin', { userId: 'u_1' });
    const bed = start();
    expect(await bed.open()).toBe('opened');
    expect([folder.id, images.id]).toEqual(['b_1', 'b_1']);
    await expect(bed.require()).resolves.toBeUndefined();
  });

  it('has one id, however many start it for the first time at once', async () => {
    const { documents, images, start } = createStores();
    await Promise.all(Array.from({ length: 8 }, () => start().open()));
    expect((await documents.read(BED.name, 'bed'))?.doc).toMatchObject({ bedId: images.id });
    expect(await start().open()).toBe('opened');
  });

  it.each(['folder', 'images'] as const)(
    'O2 whose documents are gone is lost where the %s remember it',
    async (which) => {
      const stores = createStores();
      stores[which].id = 'b_before';
      const bed = stores.start();
      expect(await bed.open()).toBe('lost');
      await expect(bed.require()).rejects.toMatchObject(lostWith('/data/documents', '/place/of/', 'IMAGEPIC_DATA_DIR'));
      await expect(bed.ping('documents')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
      await expect(bed.ping('objects')).resolves.toBeUndefined();
      await expect(readOrCreateKey(bed.documents, 'identity')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
      expect((await stores.documents.list('settings', { limit: 10 })).documents).toEqual([]);
    },
  );

  it('whose images are gone is lost, and is back with them', async () => {
    const { clock, images, start } = createStores();
    await start().open();
    images.id = undefined;
    const bed = start();
    expect(await bed.open()).toBe('lost');
    await expect(bed.require()).rejects.toMatchObject(lostWith('/place/of/images'));
    await expect(bed.ping('objects')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    images.id = 'b_1';
    clock.now += 1000;
    await expect(bed.ping('objects')).resolves.toBeUndefined();
    await expect(bed.require()).resolves.toBeUndefined();
  });

  it.each(['folder', 'images'] as const)('with the documents of another one than the %s is lost', async (which) => {
    const stores = createStores();
    await stores.start().open();
    stores[which].id = 'b_other';
    const bed = stores.start();
    expect(await bed.open()).toBe('lost');
    await expect(bed.require()).rejects.toMatchObject(lostWith('/data/documents', '/place/of/'));
  });

  it('leaves its id again in a folder beside the documents, and in a store of images that was not there yet', async () => {
    const { folder, images, start } = createStores();
    images.isAway = true;
    await start().documents.create('users', 'u_1', {});
    images.isAway = false;
    await start().open();
    folder.id = undefined;
    expect(await start().open()).toBe('opened');
    expect([folder.id, images.id]).toEqual(['b_1', 'b_1']);
  });

  it('is not begun while a witness does not answer, and begun when it does', async () => {
    const { documents, images, start } = createStores();
    images.isAway = true;
    const bed = start();
    expect(await bed.open()).toBe('unsure');
    await expect(bed.require()).resolves.toBeUndefined();
    await expect(bed.documents.create('settings', 'first-admin', {})).rejects.toThrow('no answer');
    expect(await documents.read('settings', 'first-admin')).toBeUndefined();
    images.isAway = false;
    expect(await bed.documents.create('settings', 'first-admin', {})).toBe(true);
  });

  it('O2 that a process has seen is never begun again by it, also where nobody remembers it', async () => {
    const { documents, folder, images, start } = createStores();
    const bed = start();
    await bed.open();
    await documents.remove('settings', 'bed');
    [folder.id, images.id] = [undefined, undefined];
    await expect(bed.documents.create('settings', 'first-admin', {})).rejects.toMatchObject(
      lostWith('/data/documents'),
    );
    await expect(bed.require()).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    await expect(bed.ping('documents')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });

  it('costs its first call one document, the next ones nothing, and none of them a witness', async () => {
    const { documents, images, start } = createStores();
    await start().open();
    const asked = images.asked;
    let reads = 0;
    const counting = {
      ...documents,
      read: (collection: string, id: string) => {
        reads += 1;
        return documents.read(collection, id);
      },
    };
    const bed = start(counting as typeof documents);
    await Promise.all(Array.from({ length: 5 }, () => bed.require()));
    await bed.require();
    expect([reads, images.asked]).toEqual([1, asked]);
  });

  it('that was lost when its process began without a secret stays so until the next start', async () => {
    const stores = createStores();
    stores.folder.id = 'b_1';
    const bed = stores.start();
    expect(await bed.open()).toBe('lost');
    bed.giveUp();
    await stores.documents.create('settings', 'bed', { bedId: 'b_1', createdAt: '' });
    stores.clock.now += 1000;
    await expect(bed.require()).rejects.toMatchObject({
      text: { en: expect.stringContaining('starts the service again') },
    });
    await expect(bed.ping('documents')).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    await expect(stores.start().require()).resolves.toBeUndefined();
  });

  it('does not take documents that do not answer for lost ones', async () => {
    const { documents, start } = createStores();
    const bed = start({ ...documents, read: away } as typeof documents);
    await expect(bed.open()).rejects.toThrow('no answer');
    await expect(bed.require()).rejects.toThrow('no answer');
    await expect(bed.ping('documents')).resolves.toBeUndefined();
  });
});

describe('the witness in a bucket', () => {
  it('holds the first id that it was given, and is none in a bucket that is not there', async () => {
    const store = createMemoryObjectStore({ now: () => new Date(START) });
    const witness = createWitnessObject(store, 'images', 'http://store');
    expect(await witness.read()).toBeUndefined();
    await expect(witness.write('b_1')).rejects.toMatchObject({ code: 'NoSuchBucket' });
    await store.makeBucket('images');
    await witness.write('b_1');
    await witness.write('b_2');
    expect(await witness.read()).toBe('b_1');
    expect(witness.place).toBe('.imagepic/bed in the bucket images of http://store');
  });
});
