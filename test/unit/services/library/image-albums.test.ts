import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import { createLogger } from '../../../../src/logger.ts';
import type { Scope } from '../../../../src/naming/scope.ts';
import type { ImageRecords } from '../../../../src/ports/image-records.ts';
import { openCollection } from '../../../../src/services/collection.ts';
import { createClearAlbums } from '../../../../src/services/jobs/clear-albums.ts';
import { createExpiries } from '../../../../src/services/library/expiries.ts';
import { createImageAlbums, type ImageAlbums } from '../../../../src/services/library/image-albums.ts';
import { createImageChanges } from '../../../../src/services/library/image-changes.ts';
import { type ImageQueries, refuse } from '../../../../src/services/library/image-search.ts';
import { SHELVES } from '../../../../src/services/library/record-collections.ts';
import { BUCKET, type MemoryBed, START } from '../../../support/memory/bed.ts';
import {
  ANN,
  admin,
  ask,
  BOB,
  fill,
  idOf,
  member,
  openSearchedBed,
  record,
} from '../../../support/memory/searched-bed.ts';
import { errorOf } from '../../../support/refusal.ts';

const grant = (actions: readonly Scope[]) => ({ bucketName: BUCKET, prefix: '', actions });
const ann = member({ grants: [grant(['list', 'read', 'upload'])] });
const bob = member({ userId: BOB, grants: [grant(['list', 'read', 'upload'])] });
/** Sees images below one prefix alone. */
const near = member({ userId: BOB, grants: [{ ...grant(['list']), prefix: 'team/' }] });

let bed: MemoryBed;
let records: ImageRecords;
let queries: ImageQueries;
let albums: ImageAlbums;
const now = () => new Date(START);
const open = (of: ImageRecords | undefined) => {
  const { documents, buckets, access } = bed;
  const imageChanges = createImageChanges({
    records: of,
    access,
    buckets,
    expiries: createExpiries(bed.documents),
    now,
  });
  const newId = () => randomBytes(16).toString('hex');
  return createImageAlbums({
    ...{ records: of, documents, buckets, access, imageChanges, refuse, newId, now },
    bed: 'shared',
  });
};
beforeEach(async () => {
  ({ bed, records, queries, albums } = await openSearchedBed());
  await fill(records, [
    record(1, { ownerId: ANN }),
    record(2, { ownerId: ANN, key: 'team/2.png' }),
    record(3, { ownerId: BOB }),
    record(4, { ownerId: ANN, removedAt: new Date(START) }),
  ]);
});

const codeOf = async (refused: Promise<unknown>) => {
  const error: unknown = await errorOf(refused);
  return error instanceof AppError ? error.code : error;
};
const make = async (name: string, parentId = '', by = ann): Promise<string> =>
  (await albums.create(by, { name, parentId })).albumId;
const namesSeen = async (by = ann) => (await albums.list(by, { pageSize: 100 })).albums.map(({ name }) => name).sort();
const imagesIn = async (albumId: string, by = ann) =>
  (await ask(queries, by, { albumId, order: 'oldest' })).images.map(({ imageId }) => imageId);
const errorsOf = async (outcomes: ReturnType<ImageAlbums['addImages']>) =>
  (await outcomes).map(({ error }) => error?.code);

describe('albums', () => {
  it('hold images that are in others too, and stay where they are', async () => {
    const [one, other] = [await make('one'), await make('other')];
    expect(await errorsOf(albums.addImages(ann, one, [idOf(1), idOf(2), idOf(1)]))).toEqual([undefined, undefined]);
    await albums.addImages(ann, other, [idOf(2)]);
    expect(await imagesIn(one)).toEqual([idOf(1), idOf(2)]);
    expect(await imagesIn(other)).toEqual([idOf(2)]);
    expect(await records.get(idOf(2))).toMatchObject({ key: 'team/2.png', albumIds: [one, other] });
    await albums.removeImages(ann, one, [idOf(2), idOf(1)]);
    expect([await imagesIn(one), await imagesIn(other)]).toEqual([[], [idOf(2)]]);
  });

  it('take what their owner may change, one by one', async () => {
    const one = await make('one');
    expect(await errorsOf(albums.addImages(ann, one, [idOf(3), idOf(4), idOf(9), idOf(1)]))).toEqual([
      ...['AccessDenied', 'NoSuchKey', 'NoSuchKey', undefined],
    ]);
    expect(await errorsOf(albums.addImages(admin, one, [idOf(3)]))).toEqual([undefined]);
  });

  it('are seen by all members of a shared bed, each with the images that they may list', async () => {
    const one = await make('one');
    await albums.addImages(ann, one, [idOf(1), idOf(2)]);
    expect(await namesSeen(near)).toEqual(['one']);
    expect(await imagesIn(one, near)).toEqual([idOf(2)]);
  });

  it('are changed by their owner and admins alone', async () => {
    const one = await make('one');
    expect(await codeOf(albums.update(bob, one, { name: 'two' }))).toBe('AccessDenied');
    expect(await codeOf(albums.addImages(bob, one, [idOf(3)]))).toBe('AccessDenied');
    expect(await codeOf(albums.removeImages(bob, one, [idOf(3)]))).toBe('AccessDenied');
    expect(await codeOf(albums.remove(bob, one))).toBe('AccessDenied');
    expect(await codeOf(albums.create(bob, { name: 'in', parentId: one }))).toBe('AccessDenied');
    expect(await albums.update(admin, one, { name: 'two' })).toMatchObject({ name: 'two', ownerId: ANN });
  });

  it('are of nobody else on a private bed', async () => {
    const closed = await openSearchedBed('private');
    const { albumId } = await closed.albums.create(ann, { name: 'one' });
    expect((await closed.albums.list(bob, { pageSize: 9 })).albums).toEqual([]);
    expect(await codeOf(closed.albums.require(bob, albumId))).toBe('NoSuchKey');
    expect(await codeOf(closed.albums.remove(bob, albumId))).toBe('NoSuchKey');
    expect(await codeOf(ask(closed.queries, bob, { albumId }))).toBe('NoSuchKey');
    expect((await closed.albums.list(ann, { pageSize: 9 })).albums).toMatchObject([{ albumId }]);
    expect((await closed.albums.list(admin, { pageSize: 9 })).albums).toMatchObject([{ albumId }]);
  });

  it('show a cover that is in them and that who looks may read', async () => {
    const one = await make('one');
    expect(await codeOf(albums.update(ann, one, { coverId: idOf(1) }))).toBe('InvalidArgument');
    await albums.addImages(ann, one, [idOf(1)]);
    expect(await albums.update(ann, one, { coverId: idOf(1) })).toMatchObject({ coverId: idOf(1) });
    expect(await albums.require(near, one)).not.toHaveProperty('coverId');
    await albums.removeImages(ann, one, [idOf(1)]);
    expect(await albums.require(ann, one)).not.toHaveProperty('coverId');
  });

  it('lie in each other, at most 8 deep and in no circle', async () => {
    const chain = [await make('1')];
    for (let depth = 2; depth <= 8; depth += 1) chain.push(await make(String(depth), chain.at(-1)));
    const [top = '', second = ''] = chain;
    expect(await codeOf(make('9', chain.at(-1)))).toBe('InvalidArgument');
    expect(await codeOf(albums.update(ann, top, { parentId: chain.at(-1) }))).toBe('InvalidArgument');
    expect(await codeOf(albums.update(ann, top, { parentId: top }))).toBe('InvalidArgument');
    expect(await codeOf(albums.update(ann, top, { parentId: await make('other') }))).toBe('InvalidArgument');
    expect(await codeOf(albums.update(ann, top, { parentId: await make('other', '', bob) }))).toBe('NoSuchKey');
    expect((await albums.update(ann, second, { parentId: '' })).parentId).toBeUndefined();
    await albums.remove(ann, second);
    expect((await albums.require(ann, chain[2] ?? '')).parentId).toBeUndefined();
  });

  it('are finished by the job where whoever removed them died', async () => {
    const one = await make('one');
    await albums.addImages(ann, one, [idOf(1), idOf(2)]);
    const dying = new Error('killed');
    const replace = records.replace;
    records.replace = () => Promise.reject(dying);
    await expect(albums.remove(ann, one)).rejects.toBe(dying);
    records.replace = replace;
    expect(await namesSeen()).toEqual([]);
    expect((await records.get(idOf(1)))?.albumIds).toEqual([one]);
    const logger = createLogger(() => undefined, now);
    const { documents, buckets } = bed;
    const run = createClearAlbums({ documents, records, buckets, logger, now });
    expect(await run({ budgetMs: 0 })).toEqual({ finished: false });
    expect(await run({ budgetMs: 1000 })).toEqual({ finished: true });
    for (const number of [1, 2]) expect((await records.get(idOf(number)))?.albumIds).toEqual([]);
    expect((await openCollection(documents, SHELVES).read(ANN))?.leaving).toEqual([]);
  });

  it('make no circle when two are put into each other at once', async () => {
    const [one, other] = [await make('one'), await make('other')];
    const moves = [albums.update(ann, one, { parentId: other }), albums.update(ann, other, { parentId: one })];
    const done = (await Promise.allSettled(moves)).filter(({ status }) => status === 'fulfilled');
    expect(done).toHaveLength(1);
  });

  it('are listed page by page, each once', async () => {
    for (const by of [ann, bob]) for (let number = 0; number < 5; number += 1) await make(`${number}`, '', by);
    const found: string[] = [];
    for (let token: string | undefined = ''; token !== undefined; ) {
      const page: Awaited<ReturnType<ImageAlbums['list']>> = await albums.list(ann, {
        pageSize: 3,
        continuationToken: token,
      });
      found.push(...page.albums.map(({ albumId }) => albumId));
      token = page.continuationToken;
    }
    expect([found.length, new Set(found).size]).toEqual([10, 10]);
    expect(await codeOf(albums.list(ann, { pageSize: 3, continuationToken: 'x' }))).toBe('InvalidArgument');
  });
});

describe('a removed album', () => {
  it('takes no image with it, and is in no record, not of one in the trash either', async () => {
    const one = await make('one');
    await albums.addImages(ann, one, [idOf(1), idOf(2)]);
    const { revision, ...thrown } = (await records.get(idOf(4))) ?? { ...record(4), revision: '' };
    await records.replace({ ...thrown, albumIds: [one] }, revision);
    expect(await albums.remove(ann, one)).toEqual({ finished: true });
    expect((await ask(queries, ann)).images).toHaveLength(3);
    for (const number of [1, 2, 4]) expect((await records.get(idOf(number)))?.albumIds).toEqual([]);
    expect(await codeOf(albums.require(ann, one))).toBe('NoSuchKey');
    expect(await codeOf(albums.remove(ann, one))).toBe('NoSuchKey');
  });

  it('is out of sight when its removal dies in between, and the same call goes on', async () => {
    const one = await make('one');
    await albums.addImages(ann, one, [idOf(1), idOf(2)]);
    const dead = { ...records, replace: () => Promise.reject(new Error('killed')) };
    await expect(open(dead).remove(ann, one)).rejects.toThrow('killed');
    expect(await namesSeen()).toEqual([]);
    expect(await codeOf(albums.require(ann, one))).toBe('NoSuchKey');
    expect(await codeOf(albums.addImages(ann, one, [idOf(1)]))).toBe('NoSuchKey');
    expect(await codeOf(ask(queries, ann, { albumId: one }))).toBe('NoSuchKey');
    expect(await codeOf(albums.remove(bob, one))).toBe('NoSuchKey');
    expect(await albums.remove(ann, one)).toEqual({ finished: true });
    expect((await records.get(idOf(1)))?.albumIds).toEqual([]);
  });

  it('gets no image that is added while it goes', async () => {
    const one = await make('one');
    const late: ImageRecords = {
      ...records,
      replace: async (changed, revision) => {
        await albums.remove(ann, one);
        return records.replace(changed, revision);
      },
    };
    let isFirst = true;
    const once: ImageRecords = {
      ...records,
      replace: (changed, revision) => {
        const to = isFirst ? late : records;
        isFirst = false;
        return to.replace(changed, revision);
      },
    };
    expect(await codeOf(open(once).addImages(ann, one, [idOf(1)]))).toBe('NoSuchKey');
    expect((await records.get(idOf(1)))?.albumIds).toEqual([]);
  });

  it('is refused like everything else where no records are kept', async () => {
    const none = open(undefined);
    expect(await codeOf(none.list(ann, { pageSize: 1 }))).toBe('NotImplemented');
    expect(await codeOf(none.addImages(ann, '', []))).toBe('NotImplemented');
  });
});
