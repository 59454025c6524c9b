import { beforeEach, describe, expect, it } from 'vitest';
import type { Member } from '../../../../src/services/access/access.ts';
import { ALBUM_NUMBERS, ALBUMS } from '../../../../src/services/library/albums.ts';
import {
  BUCKET,
  createImage,
  createMemoryBed,
  type MemoryBed,
  type MemoryPerson,
} from '../../../support/memory/bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

let bed: MemoryBed;
let ann: MemoryPerson;
let admin: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
  admin = await bed.person({ role: 'admin' });
});

const album = (folder: string, bucketName = BUCKET) => ({ bucketName, folder });
const numberOf = (folder: string, bucketName = BUCKET) => bed.albums.numberOf(album(folder, bucketName));
const given = (...keys: readonly string[]) =>
  Promise.all(
    keys.map((key) =>
      bed.store.put(BUCKET, key, Buffer.from('i'), { contentType: 'image/png', metadata: { owner: ann.userId } }),
    ),
  );
const granted = (...prefixes: readonly string[]): Member => ({
  ...ann.caller,
  grants: prefixes.map((prefix) => ({ bucketName: BUCKET, prefix, actions: ['list', 'read'] })),
});
const list = async (caller: Member = ann.caller, page = 1) => {
  const { total, albums } = await bed.albums.list(caller, page);
  return { total, albums: albums.map(({ folder, images }) => `${folder}: ${images}`).sort() };
};
const documents = (collection: string) =>
  [...bed.documents.texts()].filter(([name]) => name.startsWith(`${collection}/`));

describe('a number', () => {
  it('is 1 for the bed itself, which nobody keeps, and the next for each folder', async () => {
    expect(await numberOf('')).toBe(1);
    expect(documents('albums')).toEqual([]);
    expect([await numberOf('a'), await numberOf('b'), await numberOf('a/b')]).toEqual([2, 3, 4]);
  });

  it('stays, for every instance', async () => {
    const id = await numberOf('a');
    await numberOf('b');
    expect(await numberOf('a')).toBe(id);
    expect(await bed.another().albums.numberOf(album('a'))).toBe(id);
  });

  it('is another one for the same folder of another bucket, and for the other bucket itself', async () => {
    const ids = [await numberOf('a'), await numberOf('a', 'other'), await numberOf('', 'other')];
    expect(new Set([1, ...ids]).size).toBe(4);
    expect(await numberOf('', 'other')).toBe(ids[2]);
  });

  it('is one, however many ask for it at once', async () => {
    const instances = [bed, bed.another(), bed.another()];
    const ids = await Promise.all(
      Array.from({ length: 30 }, (_, index) => instances[index % 3]?.albums.numberOf(album('a'))),
    );
    expect(new Set(ids).size).toBe(1);
    expect(documents('albums').map(([name, text]) => [name, JSON.parse(text)])).toEqual([
      [`albums/${ids[0]}`, album('a')],
    ]);
    expect(documents('album-numbers')).toHaveLength(1);
  });

  it('of who comes second in a race is given up for that of the first', async () => {
    let other: number | undefined;
    bed.documents.hooks.before = async ({ method, collection }) => {
      if (method !== 'create' || collection !== 'album-numbers') return;
      bed.documents.hooks.before = undefined;
      other = await bed.another().albums.numberOf(album('a'));
    };
    expect(await numberOf('a')).toBe(other);
    expect(documents('albums').map(([name]) => name)).toEqual([`albums/${other}`]);
    expect(await bed.albums.require(ann.caller, other ?? 0)).toEqual(album('a'));
  });

  it('does not tell the folder where it is kept by the folder', async () => {
    await numberOf('secret');
    expect(documents('album-numbers')[0]?.[0]).toMatch(/^album-numbers\/[0-9a-f]{64}$/);
    expect([ALBUMS.kept, ALBUM_NUMBERS.kept].every((why) => why !== undefined)).toBe(true);
  });
});

describe('the folder of a number', () => {
  it('is found by it', async () => {
    expect(await bed.albums.require(ann.caller, 1)).toEqual(album(''));
    expect(await bed.albums.require(ann.caller, await numberOf('a/b'))).toEqual(album('a/b'));
  });

  it.each<[string, readonly string[], boolean]>([
    ['the folder', ['a/'], true],
    ['a part of its name', ['a'], true],
    ['everything', [''], true],
    ['another one', ['b/'], false],
    ['one whose name begins alike', ['ab/'], false],
    ['one within it', ['a/b/'], false],
    ['two, of which the second is it', ['b/', 'a/'], true],
    ['nothing', [], false],
  ])('is seen by who was granted %s', async (_, prefixes, isSeen) => {
    const refused = await errorOf(bed.albums.require(granted(...prefixes), await numberOf('a')));
    expect(refused?.code).toBe(isSeen ? undefined : 'InvalidArgument');
    if (!isSeen) expect(refused?.text.en).toContain('no album or strategy number 2');
  });

  it.each<[readonly Member['grants'][number]['actions'][number][], boolean]>([
    [['upload'], true],
    [['list'], true],
    [['read', 'delete'], false],
  ])('is seen by who may %j: %s', async (actions, isSeen) => {
    const caller: Member = { ...ann.caller, grants: [{ bucketName: BUCKET, prefix: '', actions }] };
    expect(await refusalOf(bed.albums.require(caller, await numberOf('a')))).toBe(
      isSeen ? undefined : 'InvalidArgument',
    );
  });

  it.each([0, 2, -1, 999_999_999])('is none for %i, which nobody was given', async (id) => {
    expect(await refusalOf(bed.albums.require(admin.caller, id))).toBe('InvalidArgument');
  });
});

describe('the list of albums', () => {
  it('holds folders with images, counted as deep as they lie, and folders with a number alone', async () => {
    await given('a/1.png', 'a/b/2.png', 'c/3.png', 'root.png', '.imagepic/pending/x');
    await numberOf('empty');
    expect(await list()).toEqual({ total: 3, albums: ['a: 2', 'c: 1', 'empty: 0'] });
  });

  it('leaves out the years of the naming template, and nothing that only looks like them', async () => {
    await given('2026/01/02/a.png', '20260/a.png', 'y2026/a.png', 'trip/2026/a.png');
    expect(await list()).toEqual({ total: 3, albums: ['20260: 1', 'trip: 1', 'y2026: 1'] });
    expect(await list(granted('trip/'))).toEqual({ total: 1, albums: ['trip: 1'] });
  });

  it('shows who has two grants the albums of both, and of no third', async () => {
    await given('team/a/1.png', 'team/b/2.png', 'own/c/3.png', 'other/d/4.png', 'teams/e/5.png');
    expect(await list(granted('team/', 'own/'))).toEqual({
      total: 3,
      albums: ['own/c: 1', 'team/a: 1', 'team/b: 1'],
    });
    await numberOf('other/d');
    await numberOf('own');
    expect(await list(granted('team/', 'own/'))).toEqual({
      total: 4,
      albums: ['own/c: 1', 'own: 1', 'team/a: 1', 'team/b: 1'],
    });
  });

  it('shows each of several grants in which images lie, since they have no top in common', async () => {
    await given('team/1.png', 'team/a/2.png', 'own/3.png');
    expect(await list(granted('team/', 'own/', 'none/'))).toEqual({
      total: 3,
      albums: ['own: 1', 'team/a: 1', 'team: 2'],
    });
  });

  it('counts only what its caller sees of an album', async () => {
    await given('a/1.png', 'a/in/2.png', 'a/in/3.png');
    expect((await list(granted('a/in'))).albums).toEqual(['a/in: 2']);
  });

  it('is in the order of its numbers, 40 a page', async () => {
    for (let number = 0; number < 41; number += 1) await numberOf(`f${number}`);
    const [first, second, third] = await Promise.all([1, 2, 3].map((page) => bed.albums.list(ann.caller, page)));
    expect([first?.total, second?.total, third?.total]).toEqual([41, 41, 41]);
    expect(first?.albums.map(({ id }) => id)).toEqual(Array.from({ length: 40 }, (_, index) => index + 2));
    expect(second?.albums.map(({ id, folder }) => [id, folder])).toEqual([[42, 'f40']]);
    expect(third?.albums).toEqual([]);
  });

  it('goes on after a thousand folders', async () => {
    await given(...Array.from({ length: 1001 }, (_, index) => `f${index}/a.png`));
    expect((await bed.albums.list(ann.caller, 1)).total).toBe(1001);
  });

  it('goes on after a thousand numbers', async () => {
    for (let number = 2; number < 1003; number += 1) {
      await bed.documents.create('albums', String(number), album(`f${number}`));
    }
    expect((await bed.albums.list(ann.caller, 1)).total).toBe(1001);
  });

  it('counts the images of an album beyond the first thousand', async () => {
    await given(...Array.from({ length: 1001 }, (_, index) => `a/${index}.png`));
    expect(await list()).toEqual({ total: 1, albums: ['a: 1001'] });
  });
});

describe('removing an album', () => {
  it('is counted by records, without a look at its images', async () => {
    bed = await createMemoryBed({ hasRecords: true });
    ann = await bed.person();
    for (const objectName of ['a/1.png', 'a/b/2.png', 'ab/3.png', 'c/4.png']) {
      await bed.put(ann.caller, { bucketName: BUCKET, objectName }, createImage());
    }
    let listings = 0;
    bed.store.hooks.before = ({ method }) => {
      if (method === 'list') listings += 1;
    };
    expect(await list()).toEqual({ total: 3, albums: ['a: 2', 'ab: 1', 'c: 1'] });
    expect(await bed.albums.total(ann.caller)).toBe(3);
    // One each, of the folders themselves.
    expect(listings).toBe(2);
    bed.store.hooks.before = () => undefined;
    expect(await list(granted('a/'))).toMatchObject({ albums: ['a/b: 1', 'a: 2'] });
  });

  it('gives up its number, and the next one gets another', async () => {
    const id = await numberOf('a');
    await bed.albums.remove(ann.caller, id);
    expect([documents('albums'), documents('album-numbers')]).toEqual([[], []]);
    expect(await refusalOf(bed.albums.require(ann.caller, id))).toBe('InvalidArgument');
    expect(await numberOf('a')).toBe(id + 1);
  });

  it('never takes images with it, however deep they lie', async () => {
    await given('a/b/1.png');
    const id = await numberOf('a');
    const refused = await errorOf(bed.albums.remove(ann.caller, id));
    expect(refused?.code).toBe('InvalidArgument');
    expect(refused?.text.en).toContain('a still has 1 images');
    expect(await bed.albums.require(ann.caller, id)).toEqual(album('a'));
  });

  it('never takes a bucket, though it is empty', async () => {
    expect(await refusalOf(bed.albums.remove(admin.caller, 1))).toBe('InvalidArgument');
    expect(await refusalOf(bed.albums.remove(admin.caller, await numberOf('', 'other')))).toBe('InvalidArgument');
  });

  it('is refused for what the caller does not see', async () => {
    const id = await numberOf('a');
    expect(await refusalOf(bed.albums.remove(granted('b/'), id))).toBe('InvalidArgument');
    expect(await bed.albums.require(ann.caller, id)).toEqual(album('a'));
  });
});

describe('the strategies', () => {
  it('are the buckets that the caller sees, numbered', async () => {
    await bed.buckets.make('other', 'private');
    expect(await bed.albums.strategies(ann.caller)).toEqual([{ id: 1, bucketName: BUCKET }]);
    const strategies = await bed.albums.strategies(admin.caller);
    expect(strategies).toEqual([
      { id: 1, bucketName: BUCKET },
      { id: 2, bucketName: 'other' },
    ]);
    expect(await bed.albums.strategies(admin.caller)).toEqual(strategies);
    expect(await bed.albums.require(admin.caller, 2)).toEqual(album('', 'other'));
    expect(await refusalOf(bed.albums.require(ann.caller, 2))).toBe('InvalidArgument');
  });
});
