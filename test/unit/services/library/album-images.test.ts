import { beforeEach, describe, expect, it } from 'vitest';
import type { Member } from '../../../../src/services/access/access.ts';
import { createAlbumImages } from '../../../../src/services/library/album-images.ts';
import { createEmbeds } from '../../../../src/services/objects/embeds.ts';
import {
  BUCKET,
  createImage,
  createMemoryBed,
  type MemoryBed,
  type MemoryPerson,
  START,
} from '../../../support/memory/bed.ts';
import { refusalOf } from '../../../support/refusal.ts';

const MOUNT = 'https://example.com/imagepic';

let bed: MemoryBed;
let ann: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
});

/** Stores images one second after the other. */
const given = async (...images: readonly (readonly [key: string, size: number])[]): Promise<void> => {
  for (const [key, size] of images) {
    bed.clock.now += 1000;
    const metadata = { owner: ann.userId, width: '3', height: '4' };
    await bed.store.put(BUCKET, key, Buffer.alloc(size), { contentType: 'image/gif', metadata });
  }
};
type Query = Parameters<MemoryBed['albumImages']['page']>[1];
const page = (changes: Partial<Query> = {}, caller: Member = ann.caller) =>
  bed.albumImages.page(caller, { order: 'newest', keyword: '', page: 1, ...changes }, MOUNT);
const names = async (changes: Partial<Query> = {}, caller: Member = ann.caller) =>
  (await page(changes, caller)).images.map(({ objectName }) => objectName);

describe('a page of images', () => {
  it('says all that a client shows', async () => {
    await given(['a/图.gif', 5]);
    expect(await page()).toEqual({
      total: 1,
      images: [
        {
          bucketName: BUCKET,
          objectName: 'a/图.gif',
          etag: (await bed.store.head(BUCKET, 'a/图.gif'))?.etag,
          size: 5,
          contentType: 'image/gif',
          originalName: '图.gif',
          width: 3,
          height: 4,
          lastModified: new Date(START + 1000).toISOString(),
          url: `${MOUNT}/i/${BUCKET}/a/%E5%9B%BE.gif`,
          thumbUrl: `${MOUNT}/i/${BUCKET}/a/%E5%9B%BE.gif`,
        },
      ],
    });
  });

  it.each<[Query['order'], readonly string[]]>([
    ['newest', ['c', 'b', 'a']],
    ['earliest', ['a', 'b', 'c']],
    ['utmost', ['b', 'a', 'c']],
    ['least', ['c', 'a', 'b']],
  ])('in the order %s is %j', async (order, expected) => {
    await given(['a', 2], ['b', 3], ['c', 1]);
    expect(await names({ order })).toEqual(expected);
  });

  it('holds what has the keyword in its name, and 40 of them', async () => {
    await given(['other.gif', 1], ...Array.from({ length: 41 }, (_, index) => [`cat-${index}.gif`, 1] as const));
    const first = await page({ keyword: 'cat', order: 'earliest' });
    expect([first.total, first.images.length]).toEqual([41, 40]);
    expect(await names({ keyword: 'cat', order: 'earliest', page: 2 })).toEqual(['cat-40.gif']);
    expect(await names({ keyword: 'cat', page: 3 })).toEqual([]);
  });

  it('of an album holds what lies in it, and of a caller what it sees', async () => {
    await given(['a/1', 1], ['ab/2', 1], ['a/b/3', 1], ['4', 1]);
    const albumId = await bed.albums.numberOf({ bucketName: BUCKET, folder: 'a' });
    expect(await names({ albumId, order: 'earliest' })).toEqual(['a/1', 'a/b/3']);
    expect(await names({ albumId: 1, order: 'earliest' })).toEqual(['a/1', 'ab/2', 'a/b/3', '4']);
    const caller: Member = { ...ann.caller, grants: [{ bucketName: BUCKET, prefix: 'ab/', actions: ['list'] }] };
    expect(await names({}, caller)).toEqual(['ab/2']);
    expect(await refusalOf(page({ albumId }, caller))).toBe('InvalidArgument');
    expect(await refusalOf(page({ albumId: 99 }))).toBe('InvalidArgument');
  });

  it('makes do with what is gone meanwhile', async () => {
    await given(['a', 1]);
    bed.store.hooks.before = async ({ method }) => {
      if (method === 'head') await bed.store.remove(BUCKET, 'a');
    };
    expect((await page()).images).toMatchObject([{ contentType: 'application/octet-stream', width: 0, height: 0 }]);
  });
});

describe('a page of images that records find', () => {
  const QUERIES = (['newest', 'earliest', 'utmost', 'least'] as const).flatMap((order) =>
    [1, 2, 3, 4].flatMap((number) =>
      [undefined, 1, 'folder' as const].flatMap((album) =>
        ['', '1', 'png', 'a/'].map((keyword) => ({ order, keyword, page: number, album })),
      ),
    ),
  );

  it('is the one that a walk finds, and asks the store nothing', async () => {
    bed = await createMemoryBed({ hasRecords: true });
    const { access, buckets, reader, albums, links, store } = bed;
    const embeds = createEmbeds({ links, variantLinks: links, hasVariants: async () => false });
    ann = await bed.person();
    for (let number = 1; number <= 100; number += 1) {
      bed.clock.now += 1000;
      const objectName = `${number % 2 === 0 ? 'a/' : ''}${number}.png`;
      await bed.put(ann.caller, { bucketName: BUCKET, objectName }, createImage({ bytes: Buffer.alloc(number, 1) }));
    }
    const folder = await albums.numberOf({ bucketName: BUCKET, folder: 'a' });
    const walking = createAlbumImages({
      ...{ objectStore: store, access, buckets, reader, albums, links, embeds },
      completeRecords: async () => undefined,
    });
    const grants = [{ bucketName: BUCKET, prefix: 'a/', actions: ['list' as const] }];
    for (const caller of [ann.caller, { ...ann.caller, grants }]) {
      for (const { album, ...rest } of QUERIES) {
        const query = { ...rest, albumId: album === 'folder' ? folder : album };
        const { total, images } = await walking.page(caller, query, MOUNT);
        const found = await bed.albumImages.page(caller, query, MOUNT);
        expect(found).toMatchObject({ total, images: images.map(({ etag, ...image }) => image) });
        expect(found.images).toHaveLength(images.length);
      }
    }
    store.hooks.before = ({ method }) => {
      if (method === 'list' || method === 'head') throw new Error('asked');
    };
    expect(await names({ page: 3, order: 'utmost' })).toHaveLength(20);
    expect(await names({ page: 2, order: 'least', keyword: 'png' })).toHaveLength(40);
    expect(await names({ page: 4 })).toEqual([]);
    store.hooks.before = () => undefined;
  });

  it('says what the file was called, and finds it by that', async () => {
    bed = await createMemoryBed({ hasRecords: true });
    ann = await bed.person();
    const image = { ...createImage(), originalName: '去年 holiday.png' };
    await bed.put(ann.caller, { bucketName: BUCKET, objectName: '1.png' }, image);
    await bed.put(ann.caller, { bucketName: BUCKET, objectName: '2.png' }, createImage());
    expect((await page({ keyword: 'HOLI' })).images).toMatchObject([{ originalName: '去年 holiday.png' }]);
    expect((await page({ keyword: '2' })).images).toMatchObject([{ originalName: '2.png' }]);
  });
});
