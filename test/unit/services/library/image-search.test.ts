import * as v from 'valibot';
import { beforeEach, describe, expect, it } from 'vitest';
import { contract } from '../../../../src/contract/contract.ts';
import { parseInput } from '../../../../src/contract/parse-input.ts';
import type { Scope } from '../../../../src/naming/scope.ts';
import type { ImageRecords } from '../../../../src/ports/image-records.ts';
import type { Caller } from '../../../../src/services/access/access.ts';
import type { ImageAlbums } from '../../../../src/services/library/image-albums.ts';
import { createImageSearch, type ImageQueries } from '../../../../src/services/library/image-search.ts';
import { BUCKET, type MemoryBed, START } from '../../../support/memory/bed.ts';
import {
  ANN,
  admin,
  ask,
  askAll,
  fill,
  idOf,
  MOUNT,
  member,
  openSearchedBed,
  type Question,
  RECORDS,
  record,
} from '../../../support/memory/searched-bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

const grant = (prefix: string, actions: readonly Scope[] = ['list', 'read'], bucketName = BUCKET) => ({
  ...{ bucketName, prefix, actions },
});

let bed: MemoryBed;
let records: ImageRecords;
let queries: ImageQueries;
let albums: ImageAlbums;
beforeEach(async () => {
  ({ bed, records, queries, albums } = await openSearchedBed());
});

const keysOf = async (caller: Caller, question: Question = {}): Promise<readonly string[]> =>
  (await ask(queries, caller, { order: 'name', ...question })).images.map(({ objectName }) => objectName);

describe('a search', () => {
  it('says of each image what the contract promises, and nothing else', async () => {
    const { caller } = await bed.person({ role: 'admin' });
    await bed.put(caller, { bucketName: BUCKET, objectName: 'folder/红 色.png' });
    const found = await ask(queries, caller);
    expect(found).toEqual({
      ...{ total: 1, isExact: true },
      images: [
        {
          ...{ imageId: expect.any(String), bucketName: BUCKET, objectName: 'folder/红 色.png' },
          url: `${MOUNT}/i/${BUCKET}/folder/%E7%BA%A2%20%E8%89%B2.png`,
          ...{ title: '', originalName: '', description: '', tags: [], contentType: 'image/png', size: 8 },
          ...{ width: 2, height: 2, frames: 1, ownerId: caller.userId },
          ...{ createdAt: new Date(START).toISOString(), updatedAt: new Date(START).toISOString() },
        },
      ],
    });
    expect(v.parse(contract['image/search'].output, found)).toEqual(found);
    const [image] = found.images;
    const shown = await queries.get(caller, { imageId: image?.imageId, bucketName: BUCKET }, MOUNT);
    expect(shown).toEqual(image);
    expect(v.parse(contract['image/getImage'].output, shown)).toEqual(shown);
    await bed.objects.remove(caller, BUCKET, 'folder/红 色.png');
    expect(await ask(queries, caller)).toEqual({ total: 0, isExact: true, images: [] });
  });

  it('finds nothing that is in the trash', async () => {
    await fill(records, [record(1), record(2, { removedAt: new Date(START) })]);
    expect(await keysOf(admin)).toEqual(['1.png']);
    expect(await refusalOf(queries.get(admin, { imageId: idOf(2), bucketName: BUCKET }, MOUNT))).toBe('NoSuchKey');
    const named = { bucketName: BUCKET, objectName: '2.png' };
    expect(await refusalOf(queries.get(admin, named, MOUNT))).toBe('NoSuchKey');
  });

  it('of a bucket that everybody may look at lists no more than of another one', async () => {
    await bed.buckets.setPolicy(BUCKET, 'public-read');
    await fill(records, [record(1)]);
    expect(await ask(queries, member(), { bucketName: BUCKET })).toEqual({ total: 0, isExact: true, images: [] });
    const named = { bucketName: BUCKET, objectName: '1.png' };
    expect(await refusalOf(queries.get(member(), named, MOUNT))).toBe('NoSuchKey');
  });

  it('keeps to what grants are, once they are others', async () => {
    await fill(records, [record(1, { key: 'a/1.png' }), record(2, { key: 'b/2.png' }), record(3, { key: 'a/3.png' })]);
    const before = member({ grants: [grant('a/'), grant('b/')] });
    const { continuationToken, images } = await ask(queries, before, { pageSize: 1 });
    expect(images.map(({ objectName }) => objectName)).toEqual(['a/3.png']);
    const after = member({ grants: [grant('a/')] });
    const question = continuationToken === undefined ? {} : { continuationToken };
    expect((await ask(queries, after, question)).images.map(({ objectName }) => objectName)).toEqual(['a/1.png']);
  });

  it('takes a token with pages of another size, and refuses that of another question', async () => {
    await fill(records, RECORDS);
    const asked = { text: 'cat', tags: ['pets'], prefix: 't', type: 'image/png', order: 'name' } as const;
    const first = await ask(queries, admin, { ...asked, tags: [], prefix: '', pageSize: 1 });
    const token = first.continuationToken ?? '';
    expect(token).not.toBe('');
    expect(token.length).toBeLessThan(4096);
    const same = {
      text: 'cat',
      tags: [],
      prefix: '',
      type: 'image/png',
      order: 'name',
      continuationToken: token,
    } as const;
    expect((await ask(queries, admin, { ...same, pageSize: 3 })).images.length).toBeGreaterThan(0);
    const others: readonly Question[] = [
      { ...same, text: 'dog' },
      { ...same, tags: ['pets'] },
      { ...same, prefix: 't' },
      { ...same, bucketName: BUCKET },
      { ...same, ownerId: ANN },
      { ...same, type: 'image/gif' },
      { ...same, orientation: 'square' },
      { ...same, minWidth: 0 },
      { ...same, minSize: 1 },
      { ...same, maxSize: 1 },
      { ...same, from: new Date(START) },
      { ...same, to: new Date(START) },
      { ...same, order: 'size' },
    ];
    for (const other of others) {
      const refused = await errorOf(ask(queries, admin, other));
      expect([refused?.code, refused?.details]).toEqual(['InvalidArgument', { fields: ['continuationToken'] }]);
    }
  });

  it('refuses a token that nobody gave, whoever asks', async () => {
    await fill(records, RECORDS);
    const { continuationToken: token = '' } = await ask(queries, admin, { pageSize: 1 });
    const [digest = '', after = ''] = token.split('.');
    const forged = Buffer.from('["newest",{"$gt":0},"x"]').toString('base64url');
    const bad = [
      'x',
      '.',
      digest,
      `${digest}.`,
      `${digest}.x`,
      `${digest}.${forged}`,
      `x.${after}`,
      `${token}.x`,
      'é'.repeat(99),
    ];
    for (const continuationToken of bad) {
      expect(await refusalOf(ask(queries, admin, { continuationToken })), continuationToken).toBe('InvalidArgument');
    }
    for (const continuationToken of ['x', `x.${after}`])
      expect(await refusalOf(ask(queries, member(), { continuationToken }))).toBe('InvalidArgument');
  });

  it('passes on what is no fault of the token', async () => {
    const { continuationToken = '' } = await fill(records, RECORDS).then(() => ask(queries, admin, { pageSize: 1 }));
    const { access, buckets, links, documents } = bed;
    const broken = { ...records, search: () => Promise.reject(new Error('the disk is gone')) };
    const of = createImageSearch({ records: broken, buckets, access, links, albums, documents });
    await expect(ask(of, admin, { continuationToken })).rejects.toThrow('the disk is gone');
  });

  it('finds nothing below a prefix that no key can have, and says so of a name', async () => {
    const opened = await openSearchedBed('private');
    const long = 'x'.repeat(1024);
    const caller = member({ grants: [grant('')] });
    expect(await ask(opened.queries, caller, { prefix: long })).toEqual({ total: 0, isExact: true, images: [] });
    const named = { bucketName: BUCKET, objectName: long };
    expect(await refusalOf(opened.queries.get(caller, named, MOUNT))).toBe('NoSuchKey');
  });

  it('searches a hundred places at once, and refuses more', async () => {
    const grants = Array.from({ length: 100 }, (_, index) => grant(`${String(index).padStart(3, '0')}/`));
    await fill(records, [
      record(1, { key: '000/1.png' }),
      record(2, { key: '099/2.png' }),
      record(3, { key: '100/3.png' }),
    ]);
    expect(await keysOf(member({ grants }))).toEqual(['000/1.png', '099/2.png']);
    const refused = await errorOf(ask(queries, member({ grants: [...grants, grant('100/')] })));
    expect([refused?.code, refused?.details]).toEqual(['InvalidArgument', { fields: ['bucketName'] }]);
  });

  it('gives no more at once than an answer can hold, and nothing twice', async () => {
    const long = { description: '图'.repeat(10_000), title: '图'.repeat(1024) };
    await fill(
      records,
      Array.from({ length: 255 }, (_, index) => record(index, long)),
    );
    const pages = await askAll(queries, admin, { pageSize: 1000 });
    expect(pages.length).toBeGreaterThan(1);
    for (const page of pages) expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(4.1 * 1024 * 1024);
    const ids = pages.flatMap(({ images }) => images.map(({ imageId }) => imageId));
    expect(ids).toEqual(Array.from({ length: 255 }, (_, index) => idOf(254 - index)));
  });

  it('refuses a bucket that is not there', async () => {
    expect(await refusalOf(ask(queries, admin, { bucketName: 'nowhere' }))).toBe('NoSuchBucket');
  });

  it('wants one name of an image', async () => {
    const names = { imageId: idOf(1), objectName: '1.png', link: `${MOUNT}/i/${BUCKET}/1.png`, sha256: '0'.repeat(64) };
    const pairs = [names, { ...names, imageId: undefined }, { link: names.link, sha256: names.sha256 }];
    for (const named of [{}, { imageId: idOf(1), objectName: '1.png' }, ...pairs]) {
      expect(await refusalOf(queries.get(admin, { bucketName: BUCKET, ...named }, MOUNT))).toBe('InvalidArgument');
    }
  });

  it('is refused where the bed keeps no records, and says what to set', async () => {
    const { access, buckets, links, documents } = bed;
    const none = createImageSearch({ records: undefined, buckets, access, links, albums, documents });
    for (const call of [ask(none, admin), none.get(admin, { imageId: idOf(1), bucketName: BUCKET }, MOUNT)]) {
      const refused = await errorOf(call);
      expect(refused?.code).toBe('NotImplemented');
      for (const text of [refused?.text.zh, refused?.text.en])
        expect(text).toMatch(/IMAGEPIC_RECORDS=sqlite.*postgres/);
    }
  });
});

describe('what is asked of images', () => {
  const BAD: readonly (readonly [string, readonly unknown[]])[] = [
    ['text', ['x'.repeat(257), 'a\nb', '\ud800', '\0', 1, null, ['x'], { $regex: '.*' }]],
    ['tags', ['x', [''], ['x'.repeat(201)], Array(17).fill('x'), [1], [null], { length: 1 }]],
    ['bucketName', ['', '../x', 'A', null, ['images']]],
    ['prefix', ['x'.repeat(1025), '\0', '\ud800', 1]],
    ['ownerId', ['', 'u_1', '*', `${ANN}\n`, null]],
    ['type', ['', 'image/*', 'text/html', null]],
    ['orientation', ['', 'Landscape', 'constructor', null, ['square']]],
    ['minWidth', [-1, 1.5, 1_000_001, '1e3', null, [1]]],
    ...['minSize', 'maxSize'].map((name) => [name, [-1, 1.5, 2 ** 60, '1e3', null, { $gt: 0 }]] as const),
    ...['from', 'to'].map(
      (name) =>
        [
          name,
          [
            ...['', '2026', '2026-02-30', '2026-13-01', '2026-01-31T24:01Z', '2026-01-31T08:00', '1969-12-31', 'now'],
            ...['1970-01-01T00:00+08:00', '10000-01-01', '+010000-01-01T00:00Z', 1_767_225_600_000, null, {}],
          ],
        ] as const,
    ),
    ['order', ['', 'NEWEST', 'constructor', '__proto__', null]],
    ['pageSize', [0, 1001, 1.5, '1e3', null]],
    ['continuationToken', ['x'.repeat(4097), 1, null]],
    ['state', ['removed']],
    ['__proto__', [{}]],
  ];
  const search = contract['image/search'];
  it.each(BAD)('is refused with a wrong %s', (name, values) => {
    for (const value of values) {
      const input = JSON.parse(`{ ${JSON.stringify(name)}: ${JSON.stringify(value)} }`);
      expect(() => parseInput(search, input), JSON.stringify(value)).toThrow();
    }
  });

  it.each([
    ['link', ['', 'a\nb', '\0', '\ud800', 'x'.repeat(8193), 1, null, ['x']]],
    ['sha256', ['', 'A'.repeat(64), 'a'.repeat(63), `${'a'.repeat(64)}\n`, 1, null]],
  ])('is refused of a wrong %s', (name, values) => {
    for (const value of values)
      expect(() => parseInput(contract['image/getImage'], { [name]: value }), JSON.stringify(value)).toThrow();
  });

  it.each(['', 'I'.repeat(26), idOf(1).toLowerCase(), `8${idOf(1).slice(1)}`, `${idOf(1)}\n`, 1, null])(
    'is refused of the imageId %j',
    (imageId) => {
      expect(() => parseInput(contract['image/getImage'], { imageId })).toThrow();
    },
  );

  it('says moments as people and programs do', () => {
    const times = { from: '2026-01-31', to: '2026-01-31T08:00:00.5+08:00' };
    const { from, to } = v.parse(search.input, times);
    expect([from, to]).toEqual([new Date('2026-01-31T00:00:00Z'), new Date('2026-01-31T00:00:00.5Z')]);
  });
});
