import { beforeEach, describe, expect, it } from 'vitest';
import type { ImageRecords } from '../../../../src/ports/image-records.ts';
import type { Caller } from '../../../../src/services/access/access.ts';
import { openCollection } from '../../../../src/services/collection.ts';
import type { ImageAlbums } from '../../../../src/services/library/image-albums.ts';
import type { ImageQueries } from '../../../../src/services/library/image-search.ts';
import { ALBUM_ORDERS } from '../../../../src/services/library/record-collections.ts';
import { BUCKET, type MemoryBed, START } from '../../../support/memory/bed.ts';
import {
  ANN,
  admin,
  ask,
  askAll,
  BOB,
  fill,
  idOf,
  member,
  OWN,
  openSearchedBed,
  type Question,
  record,
} from '../../../support/memory/searched-bed.ts';
import { errorOf } from '../../../support/refusal.ts';

const grants = [{ bucketName: BUCKET, prefix: '', actions: ['list', 'read', 'upload'] as const }];
const ann = member({ grants });
const bob = member({ userId: BOB, grants });

let bed: MemoryBed;
let records: ImageRecords;
let queries: ImageQueries;
let albums: ImageAlbums;
let albumId: string;
const add = (numbers: readonly number[], changes = {}) =>
  fill(
    records,
    numbers.map((number) => record(number, { ownerId: ANN, albumIds: [albumId], ...changes })),
  );
beforeEach(async () => {
  ({ bed, records, queries, albums } = await openSearchedBed());
  ({ albumId } = await albums.create(ann, { name: 'trip' }));
  await add([1, 2, 3, 4, 5]);
});

/** The numbers of images in the order in which an album shows them, by pages of a few. */
const shown = async (question: Question = {}, caller: Caller = ann) => {
  const pages = await askAll(queries, caller, { albumId, pageSize: 3, ...question });
  return pages.flatMap(({ images }) => images.map(({ objectName }) => Number(/\d+/.exec(objectName)?.[0])));
};
const move = (numbers: readonly number[], before?: number, by: Caller = ann) =>
  albums.reorder(by, albumId, {
    imageIds: numbers.map(idOf),
    beforeId: before === undefined ? undefined : idOf(before),
  });
const codeOf = async (refused: Promise<unknown>) => (await errorOf(refused))?.code;

describe('an album whose images are moved', () => {
  it('is shown in the order that they were given, from the oldest on', async () => {
    expect(await shown()).toEqual([5, 4, 3, 2, 1]);
    expect(await move([4, 5], 2)).toMatchObject({ albumId, order: 'manual' });
    expect(await shown()).toEqual([1, 4, 5, 2, 3]);
    await move([1]);
    expect(await shown()).toEqual([4, 5, 2, 3, 1]);
    await move([3, 4], 1);
    expect(await shown()).toEqual([5, 2, 3, 4, 1]);
    await move([2], 5, admin);
    expect(await shown()).toEqual([2, 5, 3, 4, 1]);
  });

  it('has what came since behind them, and no longer what has left it', async () => {
    await move([5, 4, 3, 2, 1]);
    await add([7, 6]);
    await albums.removeImages(ann, albumId, [idOf(4)]);
    expect(await shown()).toEqual([5, 3, 2, 1, 6, 7]);
    await move([7], 5);
    expect(await shown()).toEqual([7, 5, 3, 2, 1, 6]);
    await albums.addImages(ann, albumId, [idOf(4)]);
    expect(await shown()).toEqual([7, 5, 3, 2, 1, 6, 4]);
  });

  it('counts all of them, and shows a caller those that it may list', async () => {
    await add([6], { key: 'team/6.png' });
    await add([7], { bucket: OWN[1] });
    await move([6, 7], 1);
    const near = member({ userId: BOB, grants: [{ bucketName: BUCKET, prefix: 'team/', actions: ['list'] }] });
    expect(await shown({}, near)).toEqual([6]);
    expect(await ask(queries, ann, { albumId })).toMatchObject({ total: 6, isExact: true });
    expect(await shown({ bucketName: 'second' }, admin)).toEqual([7]);
    expect(await shown({ prefix: 'team/' })).toEqual([6]);
  });

  it('is in another order for whoever asks for that, or sets it so', async () => {
    await move([3], 1);
    expect(await shown({ order: 'newest' })).toEqual([5, 4, 3, 2, 1]);
    expect(await shown({ minSize: 2 })).toEqual([5, 4, 3, 2]);
    await albums.update(ann, albumId, { order: 'oldest' });
    expect(await shown()).toEqual([1, 2, 3, 4, 5]);
    expect(await shown({ order: 'manual' })).toEqual([3, 1, 2, 4, 5]);
  });

  it('goes on in the order in which somebody began to turn pages', async () => {
    const first = await ask(queries, ann, { albumId, pageSize: 2 });
    await move([1], 5);
    const [, ...rest] = await askAll(queries, ann, {
      albumId,
      pageSize: 2,
      continuationToken: first.continuationToken,
    });
    expect(rest.flatMap(({ images }) => images)).toHaveLength(1);
    const begun = await ask(queries, ann, { albumId, pageSize: 2 });
    expect(begun.images.map(({ objectName }) => objectName)).toEqual(['2.png', '3.png']);
    await move([4], 2);
    const next = await ask(queries, ann, { albumId, pageSize: 2, continuationToken: begun.continuationToken });
    expect(next.images.map(({ objectName }) => objectName)).toEqual(['1.png', '5.png']);
  });

  it('refuses an order of anything but a whole album, and a page of no order', async () => {
    expect(await codeOf(ask(queries, ann, { order: 'manual' }))).toBe('InvalidArgument');
    for (const more of [{ text: 'cat' }, { tags: ['pets'] }, { minWidth: 1 }, { ownerId: ANN }]) {
      expect(await codeOf(ask(queries, ann, { order: 'manual', albumId, ...more }))).toBe('InvalidArgument');
    }
    await move([1]);
    const { continuationToken = '' } = await ask(queries, ann, { albumId, pageSize: 1 });
    const [digest] = continuationToken.split('.');
    for (const after of ['manual.x', 'manual.1.x', 'manual.behind.x', 'none.1', `newest.${'1'.repeat(9)}`, '']) {
      const asked = ask(queries, ann, { albumId, pageSize: 1, continuationToken: `${digest}.${after}` });
      expect(await codeOf(asked), after).toBe('InvalidArgument');
    }
    const narrow = (await ask(queries, ann, { albumId, minSize: 1, pageSize: 1 })).continuationToken?.split('.')[0];
    const forged = ask(queries, ann, { albumId, minSize: 1, continuationToken: `${narrow}.manual.1.${idOf(1)}` });
    expect(await codeOf(forged)).toBe('InvalidArgument');
  });

  it('refuses what is not in it, what is before itself, and whoever may not change it', async () => {
    await fill(records, [record(9, { ownerId: ANN })]);
    expect(await codeOf(move([9], 1))).toBe('InvalidArgument');
    expect(await codeOf(move([1], 9))).toBe('InvalidArgument');
    expect(await codeOf(move([1, 2], 2))).toBe('InvalidArgument');
    expect(await codeOf(move([1], 2, bob))).toBe('AccessDenied');
    expect(await codeOf(albums.reorder(ann, `${ANN}_${'0'.repeat(32)}`, { imageIds: [idOf(1)] }))).toBe('NoSuchKey');
    expect((await albums.require(ann, albumId)).order).toBe('newest');
  });

  it('takes its order with it when it goes', async () => {
    await move([1], 5);
    const orders = openCollection(bed.documents, ALBUM_ORDERS);
    expect(await orders.read(albumId)).toBeDefined();
    expect(await albums.remove(ann, albumId)).toEqual({ finished: true });
    expect(await orders.read(albumId)).toBeUndefined();
  });
});

describe('an album of 10,000 images', () => {
  const MANY = 10_000;
  const [FIRST, LAST] = [100_000, 100_000 + MANY - 1];
  const idAt = (number: number) => `01${String(number).padStart(24, '0')}`;
  const put = (number: number) =>
    records.put(
      record(1, {
        ...{ imageId: idAt(number), key: `${number}.png`, ownerId: ANN, albumIds: [albumId] },
        createdAt: new Date(START + number),
      }),
    );

  it('keeps every move that two people make at once, and shows each image on one page', async () => {
    for (const number of [1, 2, 3, 4, 5]) await records.remove(idOf(number));
    for (let number = FIRST; number <= LAST; number += 1) await put(number);
    const of = (from: number) => Array.from({ length: 20 }, (_, index) => idAt(from + index * 100));
    const [anns, admins] = [of(FIRST + 3000), of(FIRST + 6000)];
    const moveAll = async (by: Caller, imageIds: readonly string[], beforeId: string) => {
      for (const imageId of imageIds) await albums.reorder(by, albumId, { imageIds: [imageId], beforeId });
    };
    await Promise.all([moveAll(ann, anns, idAt(FIRST)), moveAll(admin, admins, idAt(LAST))]);
    const pages = await askAll(queries, admin, { albumId, pageSize: 1000 });
    const found = pages.flatMap(({ images }) => images.map(({ imageId }) => imageId));
    const moved = new Set([...anns, ...admins]);
    const others = Array.from({ length: MANY }, (_, index) => idAt(FIRST + index)).filter((id) => !moved.has(id));
    expect(found).toEqual([...anns, ...others.slice(0, -1), ...admins, idAt(LAST)]);
    await put(LAST + 1);
    const refused = albums.reorder(ann, albumId, { imageIds: [idAt(LAST + 1)], beforeId: idAt(FIRST) });
    expect(await codeOf(refused)).toBe('InvalidArgument');
  }, 60_000);
});
