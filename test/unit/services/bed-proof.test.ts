import { describe, expect, it } from 'vitest';
import type { DocumentStore } from '../../../src/ports/document-store.ts';
import { BED, createBed } from '../../../src/services/bed.ts';
import { readOrCreateKey } from '../../../src/services/identity/keys.ts';
import { createMemoryDocumentStore, type MemoryDocumentStore } from '../../support/memory/document-store.ts';
import { createLyingDocumentStore } from '../../support/memory/lying-document-store.ts';

const PLACE = { documents: 'the database bed on db:27017', variable: 'IMAGEPIC_DATABASE_URL' };
const LOST = {
  code: 'ServiceUnavailable',
  text: {
    zh: expect.stringMatching(/the database bed on db:27017 不可信：.*同一版本.*IMAGEPIC_DATABASE_URL/),
    en: expect.stringMatching(/the database bed on db:27017 cannot be relied upon: .*revision.*IMAGEPIC_DATABASE_URL/),
  },
};

function createStores() {
  const clock = { now: Date.UTC(2026, 0, 2) };
  const store = { lies: false };
  const now = (): Date => new Date(clock.now);
  const documents = createMemoryDocumentStore(now);
  const lie = 'lets two of those who replace a revision win';
  const lying = createLyingDocumentStore(documents, lie, () => store.lies);
  let ids = 0;
  const start = (stored: DocumentStore = lying, isToProve = true) =>
    createBed({
      ...{ documents: stored, place: PLACE, witnesses: [], newBed: 'allowed', isToProve, now },
      newBedId: () => {
        ids += 1;
        return `b_${ids}`;
      },
    });
  /** What calls find, when a look is due again. */
  const later = () => {
    clock.now += 1000;
  };
  return { documents, store, start, later };
}

const probesIn = (documents: MemoryDocumentStore): { readonly count: number } => {
  const seen = { count: 0 };
  documents.hooks.before = ({ method, collection }) => {
    if (collection === 'probes' && method === 'create') seen.count += 1;
  };
  return seen;
};

describe('a bed whose documents are put to the proof', () => {
  it('is not begun where the proof fails, and nothing is made there', async () => {
    const { documents, store, start } = createStores();
    store.lies = true;
    const bed = start();

    expect(await bed.open()).toBe('lost');

    await expect(bed.require()).rejects.toMatchObject(LOST);
    await expect(bed.ping('documents')).rejects.toMatchObject(LOST);
    await expect(bed.ping('objects')).resolves.toBeUndefined();
    await expect(readOrCreateKey(bed.documents, 'secret')).rejects.toMatchObject(LOST);
    expect([...documents.texts().keys()]).toEqual([]);
  });

  it('is proven before its first call where nothing was opened, and not again by later calls or processes', async () => {
    const { documents, start, later } = createStores();
    const seen = probesIn(documents);
    const first = start();
    await first.require();
    expect(seen.count).toBe(20);
    later();
    await first.require();
    await start().require();
    expect(seen.count).toBe(20);
  });

  it('is proven once by each start', async () => {
    const { documents, start } = createStores();
    const seen = probesIn(documents);
    expect(await start().open()).toBe('new');
    expect(seen.count).toBe(20);
    expect(await start().open()).toBe('opened');
    expect(seen.count).toBe(40);
  });

  it('is lost to every process once one of them has found a fault, and found again when a proof finds none', async () => {
    const { documents, store, start, later } = createStores();
    const [one, other] = [start(), start()];
    await one.open();
    await other.require();
    store.lies = true;

    expect(await one.prove()).toMatchObject({ name: 'compare-and-set' });

    await expect(one.require()).rejects.toMatchObject(LOST);
    await expect(other.ping('documents')).rejects.toMatchObject(LOST);
    await expect(other.require()).rejects.toMatchObject(LOST);
    await expect(start().require()).rejects.toMatchObject(LOST);
    expect(await start().open()).toBe('lost');
    expect((await documents.read(BED.name, 'bed'))?.doc).toMatchObject({ fault: { name: 'compare-and-set' } });

    store.lies = false;
    expect(await one.prove()).toBeUndefined();
    later();
    await one.require();
    await other.require();
    expect((await documents.read(BED.name, 'bed'))?.doc).not.toHaveProperty('fault');
  });

  it('is found again by the next start', async () => {
    const { store, start } = createStores();
    await start().open();
    store.lies = true;
    expect(await start().open()).toBe('lost');
    store.lies = false;
    expect(await start().open()).toBe('opened');
  });

  it('is lost to who has found the fault also where it cannot be written down', async () => {
    const { documents, store, start, later } = createStores();
    const bed = start();
    await bed.open();
    store.lies = true;
    documents.hooks.before = ({ method, collection }) => {
      if (method === 'replace' && collection === BED.name) throw new Error('no answer');
    };
    expect(await bed.prove()).toBeDefined();
    later();
    await expect(bed.require()).rejects.toMatchObject(LOST);
  });

  it('stays as it is while the documents do not answer', async () => {
    const { documents, start } = createStores();
    const bed = start();
    await bed.open();
    documents.hooks.before = ({ collection }) => {
      if (collection === 'probes') throw new Error('no answer');
    };
    await expect(bed.prove()).rejects.toThrow('no answer');
    await bed.require();
    expect(await start().open()).toBe('opened');
  });

  it('is never put to it in files', async () => {
    const { documents, start } = createStores();
    const seen = probesIn(documents);
    const bed = start(documents, false);
    await bed.open();
    expect(await bed.prove()).toBeUndefined();
    expect(seen.count).toBe(0);
  });
});
