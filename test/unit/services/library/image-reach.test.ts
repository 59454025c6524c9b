import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCOPES } from '../../../../src/naming/scope.ts';
import { toUlid } from '../../../../src/naming/ulid.ts';
import type { ImageOrder, ImageRecord } from '../../../../src/ports/image-records.ts';
import { ANONYMOUS, type Caller } from '../../../../src/services/access/access.ts';
import { createSqliteImageRecords } from '../../../../src/stores/records/sqlite/image-records.ts';
import { BUCKET, START } from '../../../support/memory/bed.ts';
import {
  ANN,
  ask,
  askAll,
  BOB,
  FOREIGN,
  fill,
  MOUNT,
  OWN,
  openSearchedBed,
  RECORDS,
} from '../../../support/memory/searched-bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imagepic-search-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const openBy = (kind: 'shared' | 'private', by: 'memory' | 'sqlite') => {
  const file = join(folder, randomUUID());
  return openSearchedBed(kind, by === 'memory' ? undefined : createSqliteImageRecords({ file, now: () => new Date() }));
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
  orientation: maybe(fc.constantFrom('landscape' as const, 'portrait' as const)),
  minWidth: maybe(fc.constantFrom(3, 4)),
  minSize: maybe(fc.constantFrom(0, 2, 3)),
  maxSize: maybe(fc.constantFrom(1, 3)),
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
const isMeasured = (
  { size, width = 0, height = 0 }: ImageRecord,
  { orientation, minWidth, minSize, maxSize }: AskedQuestion,
): boolean =>
  (orientation === undefined || (orientation === 'landscape') === width > height) &&
  (minWidth === undefined || width >= minWidth) &&
  (minSize === undefined || size >= minSize) &&
  (maxSize === undefined || size <= maxSize);
const isAsked = (one: ImageRecord, question: AskedQuestion): boolean => {
  const { text, tags = [], ownerId, type, from, to } = question;
  return (
    isMeasured(one, question) &&
    (text ?? '')
      .toLowerCase()
      .split(' ')
      .every((word) => [one.key.split('/').at(-1) ?? '', one.title, ...one.tags].some((part) => part.includes(word))) &&
    tags.every((tag) => one.tags.includes(tag)) &&
    (ownerId === undefined || one.ownerId === ownerId) &&
    (type === undefined || one.contentType === type) &&
    (from === undefined || one.createdAt >= from) &&
    (to === undefined || one.createdAt < to)
  );
};
const VALUES = {
  newest: ({ createdAt }: ImageRecord) => -createdAt.getTime(),
  oldest: ({ createdAt }: ImageRecord) => createdAt.getTime(),
  name: ({ key }: ImageRecord) => (key.endsWith('cat.png') ? 0 : 1),
  size: ({ size }: ImageRecord) => -size,
  smallest: ({ size }: ImageRecord) => size,
};
const inOrder = (order: ImageOrder) => (one: ImageRecord, other: ImageRecord) => {
  const byId = (one.imageId < other.imageId ? -1 : 1) * (order === 'newest' || order === 'size' ? -1 : 1);
  return VALUES[order](one) - VALUES[order](other) || byId;
};

describe.each([
  ['shared', 'memory'],
  ['private', 'memory'],
  ['shared', 'sqlite'],
  ['private', 'sqlite'],
] as const)('a search of a %s bed with records in %s', (kind, by) => {
  it('R25 finds and counts exactly what a plain filter lets through, whoever asks, for whatever, page by page', async () => {
    const opened = await openBy(kind, by);
    await fill(opened.records, RECORDS);
    const { access } = opened;
    await fc.assert(
      fc.asyncProperty(callers, questions, async (caller, question) => {
        const asked = placedPrefix(kind, caller, question.prefix);
        const places = question.bucketName === undefined ? OWN : [question.bucketName];
        const isSeen = question.bucketName === undefined || access.seesBucket(caller, question.bucketName);
        if (!isSeen) {
          expect(await refusalOf(ask(opened.queries, caller, question))).toBe('NoSuchBucket');
          return;
        }
        const expected = RECORDS.filter(
          (one) =>
            places.includes(one.bucket) &&
            access.reaches(caller, 'list', one.bucket, one.key) &&
            one.key.startsWith(asked) &&
            isAsked(one, question),
        ).sort(inOrder(question.order));
        const pages = await askAll(opened.queries, caller, question);
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
    const opened = await openBy(kind, by);
    await fill(opened.records, RECORDS);
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
