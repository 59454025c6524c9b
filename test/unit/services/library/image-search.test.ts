import fc from 'fast-check';
import * as v from 'valibot';
import { beforeEach, describe, expect, it } from 'vitest';
import { contract } from '../../../../src/contract/contract.ts';
import { parseInput } from '../../../../src/contract/parse-input.ts';
import { SCOPES, type Scope } from '../../../../src/naming/scope.ts';
import { toUlid } from '../../../../src/naming/ulid.ts';
import type { ImageOrder, ImageRecord, ImageRecords } from '../../../../src/ports/image-records.ts';
import { ANONYMOUS, type Caller, type Member } from '../../../../src/services/access/access.ts';
import { createImageSearch, type ImageQueries } from '../../../../src/services/library/image-search.ts';
import { BUCKET, createMemoryBed, type MemoryBed, START } from '../../../support/memory/bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

const MOUNT = 'https://img.example.com/imagepic';
const ANN = `u_${'a'.repeat(32)}`;
const BOB = `u_${'b'.repeat(32)}`;
/** Two of the bed's own, and one that only the store has. */
const OWN = [BUCKET, 'second'];
const FOREIGN = 'foreign';
const KEYS = ['cat.png', 'team/cat.png', 'team/a/dog.png', 'teams/dog.png', `${ANN}/cat.png`, `${BOB}/team/dog.png`];

const idOf = (number: number): string => toUlid(START + number, Buffer.alloc(10, number));
const record = (number: number, changes: Partial<ImageRecord> = {}): ImageRecord => ({
  imageId: idOf(number),
  ...{ bucket: BUCKET, key: `${number}.png`, title: '', originalName: '', description: '', tags: [], albumIds: [] },
  ...{ contentType: 'image/png', size: number, createdAt: new Date(START + number), updatedAt: new Date(START) },
  ...changes,
});

/** An image at every key of every bucket, no two of them alike in all that is asked for. */
const RECORDS = [...OWN, FOREIGN].flatMap((bucket, first) =>
  KEYS.map((key, second) => {
    const number = 1 + first * KEYS.length + second;
    return record(number, {
      ...{ bucket, key, size: 1 + (number % 4), createdAt: new Date(START + (number % 5) * 1000) },
      ...(number % 3 > 0 && { ownerId: number % 3 === 1 ? ANN : BOB }),
      title: number % 2 === 0 ? 'holiday' : '',
      tags: [...(number % 2 === 0 ? ['pets'] : []), ...(number % 3 === 0 ? ['big'] : [])],
      contentType: number % 4 === 0 ? 'image/gif' : 'image/png',
      ...{ width: 3, height: 2, frames: 1, thumbhash: 'x' },
    });
  }),
);

const member = (changes: Partial<Member> = {}): Member => ({
  ...{ kind: 'member', userId: ANN, role: 'member', grants: [], quota: {} },
  ...changes,
});
const admin = member({ role: 'admin' });
const grant = (prefix: string, actions: readonly Scope[] = ['list', 'read'], bucketName = BUCKET) => ({
  ...{ bucketName, prefix, actions },
});

const open = async (kind: 'shared' | 'private' = 'shared') => {
  const opened = await createMemoryBed({ bed: kind, hasRecords: true });
  await opened.buckets.make('second', 'private');
  await opened.store.makeBucket(FOREIGN);
  const { access, buckets, links, library } = opened;
  if (library === undefined) throw new TypeError('it has records');
  const { records } = library;
  return { bed: opened, access, records, queries: createImageSearch({ records, buckets, access, links }) };
};

let bed: MemoryBed;
let records: ImageRecords;
let queries: ImageQueries;
beforeEach(async () => {
  ({ bed, records, queries } = await open());
});

type Question = Omit<Parameters<ImageQueries['search']>[1], 'order' | 'pageSize'> & {
  readonly order?: ImageOrder;
  readonly pageSize?: number;
};
const ask = (caller: Caller, question: Question = {}, of = queries) =>
  of.search(caller, { order: 'newest', pageSize: 50, ...question }, MOUNT);
const keysOf = async (caller: Caller, question: Question = {}): Promise<readonly string[]> =>
  (await ask(caller, { order: 'name', ...question })).images.map(({ objectName }) => objectName);
const fill = async (all: readonly ImageRecord[], into = records): Promise<void> => {
  for (const one of all) await into.put(one);
};
/** Turns all pages. */
const askAll = async (caller: Caller, question: Question, of: ImageQueries) => {
  const pages = [await ask(caller, question, of)];
  for (let token = pages[0]?.continuationToken; token !== undefined; token = pages.at(-1)?.continuationToken)
    pages.push(await ask(caller, { ...question, continuationToken: token }, of));
  return pages;
};

const prefix = fc.constantFrom(
  '',
  't',
  'team',
  'team/',
  'team/a/',
  'cat',
  `${ANN}/`,
  `${ANN}/team/`,
  BOB,
  'u_',
  'none/',
);
const bucketName = fc.constantFrom(...OWN, FOREIGN);
const someScopes = fc.subarray([...SCOPES]);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 2 });
const callers: fc.Arbitrary<Caller> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(ANONYMOUS) },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('member' as const),
      userId: fc.constantFrom(ANN, BOB),
      role: fc.constantFrom('admin' as const, 'member' as const),
      grants: fc.array(fc.record({ bucketName, prefix, actions: someScopes }), { maxLength: 5 }),
      quota: fc.constant({}),
      narrowing: maybe(fc.record({ scopes: someScopes, bucketName: maybe(bucketName), prefix: maybe(prefix) })),
    }),
  },
);
const questions = fc.record({
  bucketName: maybe(bucketName),
  prefix: maybe(prefix),
  text: maybe(fc.constantFrom('cat', 'DOG', 'holiday dog', 'none')),
  tags: maybe(fc.constantFrom([], ['pets'], ['pets', 'big', 'pets'])),
  ownerId: maybe(fc.constantFrom(ANN, BOB)),
  type: maybe(fc.constantFrom('image/png', 'image/gif', 'image/webp')),
  from: maybe(fc.constantFrom(new Date(START), new Date(START + 2000))),
  to: maybe(fc.constantFrom(new Date(START), new Date(START + 3000))),
  order: fc.constantFrom<ImageOrder>('newest', 'oldest', 'name', 'size'),
  pageSize: fc.integer({ min: 1, max: 7 }),
});
type AskedQuestion = typeof questions extends fc.Arbitrary<infer Asked> ? Asked : never;

/** What a caller's prefix means: in a private bed a member names what is below its own. */
const placedPrefix = (kind: 'shared' | 'private', caller: Caller, asked = ''): string => {
  if (kind === 'shared' || caller.kind === 'anonymous' || caller.role === 'admin') return asked;
  const own = `${caller.userId}/`;
  if (own.startsWith(asked)) return own;
  return asked.startsWith(own) ? asked : own + asked;
};
const isAsked = (one: ImageRecord, { text, tags = [], ownerId, type, from, to }: AskedQuestion): boolean =>
  (text ?? '')
    .toLowerCase()
    .split(' ')
    .every((word) => [one.key.split('/').at(-1) ?? '', one.title, ...one.tags].some((part) => part.includes(word))) &&
  tags.every((tag) => one.tags.includes(tag)) &&
  (ownerId === undefined || one.ownerId === ownerId) &&
  (type === undefined || one.contentType === type) &&
  (from === undefined || one.createdAt >= from) &&
  (to === undefined || one.createdAt < to);
const VALUES = {
  newest: ({ createdAt }: ImageRecord) => -createdAt.getTime(),
  oldest: ({ createdAt }: ImageRecord) => createdAt.getTime(),
  name: ({ key }: ImageRecord) => (key.endsWith('cat.png') ? 0 : 1),
  size: ({ size }: ImageRecord) => -size,
};
const inOrder = (order: ImageOrder) => (one: ImageRecord, other: ImageRecord) => {
  const byId = (one.imageId < other.imageId ? -1 : 1) * (order === 'newest' || order === 'size' ? -1 : 1);
  return VALUES[order](one) - VALUES[order](other) || byId;
};

describe.each(['shared', 'private'] as const)('a search of a %s bed', (kind) => {
  it('R25 finds and counts exactly what a plain filter lets through, whoever asks, for whatever, page by page', async () => {
    const opened = await open(kind);
    await fill(RECORDS, opened.records);
    const { access } = opened;
    await fc.assert(
      fc.asyncProperty(callers, questions, async (caller, question) => {
        const asked = placedPrefix(kind, caller, question.prefix);
        const places = question.bucketName === undefined ? OWN : [question.bucketName];
        const isSeen = question.bucketName === undefined || access.seesBucket(caller, question.bucketName);
        if (!isSeen) {
          expect(await refusalOf(ask(caller, question, opened.queries))).toBe('NoSuchBucket');
          return;
        }
        const expected = RECORDS.filter(
          (one) =>
            places.includes(one.bucket) &&
            access.reaches(caller, 'list', one.bucket, one.key) &&
            one.key.startsWith(asked) &&
            isAsked(one, question),
        ).sort(inOrder(question.order));
        const pages = await askAll(caller, question, opened.queries);
        const found = pages.flatMap(({ images }) => images);
        expect(found.map(({ imageId }) => imageId)).toEqual(expected.map(({ imageId }) => imageId));
        expect(pages.map(({ total, isExact }) => [total, isExact])).toEqual(
          pages.map((_, index) => (index === 0 ? [expected.length, true] : [undefined, undefined])),
        );
        for (const { bucketName: bucket, objectName, width, height, frames, thumbhash } of found) {
          const isReadable = access.reaches(caller, 'read', bucket, objectName);
          expect([width, height, frames, thumbhash]).toEqual(isReadable ? [3, 2, 1, 'x'] : Array(4).fill(undefined));
        }
      }),
      { numRuns: 600 },
    );
  });

  it('R25 shows by id and by place exactly what the caller may read, and all else as if it were not there', async () => {
    const opened = await open(kind);
    await fill(RECORDS, opened.records);
    const { access } = opened;
    await fc.assert(
      fc.asyncProperty(callers, fc.constantFrom(...RECORDS), async (caller, one) => {
        const { imageId, bucket, key } = one;
        const byId = opened.queries.get(caller, { imageId, bucketName: BUCKET }, MOUNT);
        const isReadable = access.reaches(caller, 'read', bucket, key);
        if (isReadable) expect(await byId).toMatchObject({ imageId, bucketName: bucket, objectName: key });
        else {
          const missing = toUlid(START, Buffer.alloc(10, 255));
          const ofNone = await errorOf(opened.queries.get(caller, { imageId: missing, bucketName: BUCKET }, MOUNT));
          const refused = await errorOf(byId);
          expect(refused?.code).toBe('NoSuchKey');
          expect(refused?.text.en.replace(imageId, missing)).toBe(ofNone?.text.en);
        }
        const place = access.place(caller, key);
        const byPlace = opened.queries.get(caller, { bucketName: bucket, objectName: key }, MOUNT);
        const isThere = RECORDS.some((other) => other.bucket === bucket && other.key === place);
        if (isThere && access.reaches(caller, 'read', bucket, place))
          expect(await byPlace).toMatchObject({ bucketName: bucket, objectName: place });
        else expect(await refusalOf(byPlace)).toBe(access.seesBucket(caller, bucket) ? 'NoSuchKey' : 'NoSuchBucket');
      }),
      { numRuns: 300 },
    );
  });
});

describe('a search', () => {
  it('says of each image what the contract promises, and nothing else', async () => {
    const { caller } = await bed.person({ role: 'admin' });
    await bed.put(caller, { bucketName: BUCKET, objectName: 'folder/红 色.png' });
    const found = await ask(caller);
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
    expect(await ask(caller)).toEqual({ total: 0, isExact: true, images: [] });
  });

  it('finds nothing that is in the trash', async () => {
    await fill([record(1), record(2, { removedAt: new Date(START) })]);
    expect(await keysOf(admin)).toEqual(['1.png']);
    expect(await refusalOf(queries.get(admin, { imageId: idOf(2), bucketName: BUCKET }, MOUNT))).toBe('NoSuchKey');
    const named = { bucketName: BUCKET, objectName: '2.png' };
    expect(await refusalOf(queries.get(admin, named, MOUNT))).toBe('NoSuchKey');
  });

  it('of a bucket that everybody may look at lists no more than of another one', async () => {
    await bed.buckets.setPolicy(BUCKET, 'public-read');
    await fill([record(1)]);
    expect(await ask(member(), { bucketName: BUCKET })).toEqual({ total: 0, isExact: true, images: [] });
    const named = { bucketName: BUCKET, objectName: '1.png' };
    expect(await refusalOf(queries.get(member(), named, MOUNT))).toBe('NoSuchKey');
  });

  it('keeps to what grants are, once they are others', async () => {
    await fill([record(1, { key: 'a/1.png' }), record(2, { key: 'b/2.png' }), record(3, { key: 'a/3.png' })]);
    const before = member({ grants: [grant('a/'), grant('b/')] });
    const { continuationToken, images } = await ask(before, { pageSize: 1 });
    expect(images.map(({ objectName }) => objectName)).toEqual(['a/3.png']);
    const after = member({ grants: [grant('a/')] });
    const question = continuationToken === undefined ? {} : { continuationToken };
    expect((await ask(after, question)).images.map(({ objectName }) => objectName)).toEqual(['a/1.png']);
  });

  it('takes a token with pages of another size, and refuses that of another question', async () => {
    await fill(RECORDS);
    const asked = { text: 'cat', tags: ['pets'], prefix: 't', type: 'image/png', order: 'name' } as const;
    const first = await ask(admin, { ...asked, tags: [], prefix: '', pageSize: 1 });
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
    expect((await ask(admin, { ...same, pageSize: 3 })).images.length).toBeGreaterThan(0);
    const others: readonly Question[] = [
      { ...same, text: 'dog' },
      { ...same, tags: ['pets'] },
      { ...same, prefix: 't' },
      { ...same, bucketName: BUCKET },
      { ...same, ownerId: ANN },
      { ...same, type: 'image/gif' },
      { ...same, from: new Date(START) },
      { ...same, to: new Date(START) },
      { ...same, order: 'size' },
    ];
    for (const other of others) {
      const refused = await errorOf(ask(admin, other));
      expect([refused?.code, refused?.details]).toEqual(['InvalidArgument', { fields: ['continuationToken'] }]);
    }
  });

  it('refuses a token that nobody gave, whoever asks', async () => {
    await fill(RECORDS);
    const { continuationToken: token = '' } = await ask(admin, { pageSize: 1 });
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
      expect(await refusalOf(ask(admin, { continuationToken })), continuationToken).toBe('InvalidArgument');
    }
    for (const continuationToken of ['x', `x.${after}`])
      expect(await refusalOf(ask(member(), { continuationToken }))).toBe('InvalidArgument');
  });

  it('passes on what is no fault of the token', async () => {
    const { continuationToken = '' } = await fill(RECORDS).then(() => ask(admin, { pageSize: 1 }));
    const { access, buckets, links } = bed;
    const broken = { ...records, search: () => Promise.reject(new Error('the disk is gone')) };
    const of = createImageSearch({ records: broken, buckets, access, links });
    await expect(ask(admin, { continuationToken }, of)).rejects.toThrow('the disk is gone');
  });

  it('finds nothing below a prefix that no key can have, and says so of a name', async () => {
    const opened = await open('private');
    const long = 'x'.repeat(1024);
    const caller = member({ grants: [grant('')] });
    expect(await ask(caller, { prefix: long }, opened.queries)).toEqual({ total: 0, isExact: true, images: [] });
    const named = { bucketName: BUCKET, objectName: long };
    expect(await refusalOf(opened.queries.get(caller, named, MOUNT))).toBe('NoSuchKey');
  });

  it('searches a hundred places at once, and refuses more', async () => {
    const grants = Array.from({ length: 100 }, (_, index) => grant(`${String(index).padStart(3, '0')}/`));
    await fill([record(1, { key: '000/1.png' }), record(2, { key: '099/2.png' }), record(3, { key: '100/3.png' })]);
    expect(await keysOf(member({ grants }))).toEqual(['000/1.png', '099/2.png']);
    const refused = await errorOf(ask(member({ grants: [...grants, grant('100/')] })));
    expect([refused?.code, refused?.details]).toEqual(['InvalidArgument', { fields: ['bucketName'] }]);
  });

  it('gives no more at once than an answer can hold, and nothing twice', async () => {
    const long = { description: '图'.repeat(10_000), title: '图'.repeat(1024) };
    await fill(Array.from({ length: 255 }, (_, index) => record(index, long)));
    const pages = await askAll(admin, { pageSize: 1000 }, queries);
    expect(pages.length).toBeGreaterThan(1);
    for (const page of pages) expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(4.1 * 1024 * 1024);
    const ids = pages.flatMap(({ images }) => images.map(({ imageId }) => imageId));
    expect(ids).toEqual(Array.from({ length: 255 }, (_, index) => idOf(254 - index)));
  });

  it('refuses a bucket that is not there', async () => {
    expect(await refusalOf(ask(admin, { bucketName: 'nowhere' }))).toBe('NoSuchBucket');
  });

  it('wants one name of an image', async () => {
    for (const named of [{}, { imageId: idOf(1), objectName: '1.png' }]) {
      expect(await refusalOf(queries.get(admin, { bucketName: BUCKET, ...named }, MOUNT))).toBe('InvalidArgument');
    }
  });

  it('is refused where the bed keeps no records, and says what to set', async () => {
    const { access, buckets, links } = bed;
    const none = createImageSearch({ records: undefined, buckets, access, links });
    for (const call of [ask(admin, {}, none), none.get(admin, { imageId: idOf(1), bucketName: BUCKET }, MOUNT)]) {
      const refused = await errorOf(call);
      expect(refused?.code).toBe('NotImplemented');
      for (const text of [refused?.text.zh, refused?.text.en]) expect(text).toContain('IMAGEPIC_RECORDS=sqlite');
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
