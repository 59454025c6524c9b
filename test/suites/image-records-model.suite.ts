import fc from 'fast-check';
import { expect, it } from 'vitest';
import type {
  ImageFilter,
  ImageGrouping,
  ImageOrder,
  ImageRecord,
  ImageRecords,
  ImageSearch,
} from '../../src/ports/image-records.ts';
import { imageRecord, newImageId } from '../support/image-record.ts';
import { createMemoryImageRecords } from '../support/memory/image-records.ts';

/** How many records a run knows, and steps it takes. */
const IDS = 6;
const STEPS = 30;

const ORDERS: readonly ImageOrder[] = ['newest', 'oldest', 'name', 'size', 'smallest'];
const GROUPINGS: readonly ImageGrouping[] = ['day', 'owner', 'type', 'album'];

/** Few different ones, so that they meet, and everything now and then. */
const text = fc.oneof(
  { weight: 6, arbitrary: fc.array(fc.constantFrom(...'aAbé猫花%_\'"\\ \0\ud800🐱', 'ﬁ', 'İ', 'ß'), { maxLength: 6 }) },
  { weight: 1, arbitrary: fc.array(fc.string({ unit: 'binary', maxLength: 1 }), { maxLength: 20 }) },
);
const anyText = text.map((characters) => characters.join(''));
const tag = anyText.filter((one) => one !== '');
const moment = fc.integer({ min: 0, max: 5 }).map((hours) => new Date(Date.UTC(2026, 0, 1, 21 + hours)));
const key = fc.constantFrom('a/b.png', 'a/B.png', 'a/b/c.png', 'ab.png', '猫/花.png', 'a%/_.png', 'a\'/"b.png');
const owner = fc.constantFrom('u_1', 'u_2', "o'%");
const album = fc.constantFrom('x', 'y', '"');
const type = fc.constantFrom('image/png', 'image/gif');
const sets = (member: fc.Arbitrary<string>) => fc.uniqueArray(member, { maxLength: 3 });

const described = fc.record(
  { key, title: anyText, originalName: anyText, description: anyText, tags: sets(tag), albumIds: sets(album) },
  { requiredKeys: ['key'] },
);
const pixels = fc.nat(3);
const sha256 = fc.constantFrom('0'.repeat(64), `${'0'.repeat(63)}1`);
const measured = fc.record(
  {
    ...{ contentType: type, size: fc.nat(3), createdAt: moment, ownerId: owner, removedAt: moment, expiresAt: moment },
    ...{ width: pixels, height: pixels, sha256 },
  },
  { requiredKeys: ['contentType', 'createdAt'] },
);
const given = fc.tuple(described, measured).map(([words, rest]) => ({ ...words, ...rest }));

const place = fc.oneof(
  key.map((one) => ({ key: one })),
  fc.constantFrom('', 'a', 'a/', 'a/b', 'a%', '猫/').map((prefix) => ({ prefix })),
);
const filter = fc.record(
  {
    within: fc.array(place, { minLength: 1, maxLength: 3 }),
    state: fc.constantFrom('present' as const, 'present' as const, 'removed' as const),
    owner,
    text: anyText,
    tags: sets(tag),
    album,
    type,
    sha256,
    minSize: fc.nat(3),
    maxSize: fc.nat(3),
    minWidth: pixels,
    orientation: fc.constantFrom('landscape' as const, 'portrait' as const, 'square' as const),
    from: moment,
    to: moment,
  },
  { requiredKeys: ['within', 'state'] },
);

const id = fc.nat(IDS - 1);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('put' as const), id, given }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('replace' as const), id, given, isStale: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), id }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('search' as const),
      filter,
      order: fc.constantFrom(...ORDERS),
      limit: fc.integer({ min: 1, max: 4 }),
      offset: fc.nat(4),
      goesOn: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('count' as const), filter, by: fc.constantFrom(...GROUPINGS) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** States that records are what the model is, which looks at each of them. */
export function describeImageRecordsModel(
  records: () => ImageRecords,
  { newBucket, numRuns }: { readonly newBucket: () => string; readonly numRuns: number },
): void {
  it('does what the model in memory does, whatever is asked of it', { timeout: 60_000 + 500 * numRuns }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: STEPS }), async (steps) => {
        const pair = createPair(records(), newBucket());
        for (const one of steps) await pair.take(one);
      }),
      { numRuns },
    );
  });
}

/** Does all on the records and on a model of its own, in a bucket of its own, and compares. */
function createPair(records: ImageRecords, bucket: string) {
  const model = createMemoryImageRecords();
  const ids = Array.from({ length: IDS }, newImageId);
  /** Where the last search ended, to go on from after whatever was written since. */
  let last: { readonly search: ImageSearch; readonly after: string } | undefined;
  const imageId = (index: number): string => ids[index] ?? newImageId();
  const toRecord = (index: number, values: Partial<ImageRecord>): ImageRecord =>
    imageRecord({ ...values, bucket, imageId: imageId(index) });
  const toFilter = (asked: {
    readonly within: readonly object[];
    readonly state: ImageFilter['state'];
  }): ImageFilter => ({
    ...asked,
    // Each place of a filter has a key or a prefix.
    within: asked.within.map((one) => ({ ...one, bucket }) as ImageFilter['within'][number]),
  });
  const same = async (ask: (asked: ImageRecords) => Promise<unknown>): Promise<void> => {
    expect(await ask(records)).toEqual(await ask(model));
  };
  const replace = async (record: ImageRecord, isStale: boolean, asked: ImageRecords): Promise<boolean> => {
    const { revision = 'none' } = (await asked.get(record.imageId)) ?? {};
    return asked.replace(record, isStale ? 'stale' : revision);
  };
  const search = async (asked: ImageSearch): Promise<void> => {
    const [found, expected] = await Promise.all([records.search(asked), model.search(asked)]);
    expect({ ...found, images: found.images.map(withoutRevision) }).toEqual({
      ...expected,
      images: expected.images.map(withoutRevision),
    });
    last = expected.after === undefined ? undefined : { search: asked, after: expected.after };
  };

  return {
    take: async (one: Step): Promise<void> => {
      if (one.kind === 'put') await same((asked) => asked.put(toRecord(one.id, one.given)));
      if (one.kind === 'remove') await same((asked) => asked.remove(imageId(one.id)));
      if (one.kind === 'replace') await same((asked) => replace(toRecord(one.id, one.given), one.isStale, asked));
      if (one.kind === 'search') {
        const fresh = { ...toFilter(one.filter), order: one.order, limit: one.limit, offset: one.offset };
        await search(one.goesOn && last !== undefined ? { ...last.search, after: last.after } : fresh);
      }
      if (one.kind === 'count') {
        await same((asked) => asked.count(toFilter(one.filter)));
        await same((asked) => asked.countBy(toFilter(one.filter), one.by, 3));
      }
    },
  };
}

const withoutRevision = ({ revision, ...record }: { readonly revision: string }) => record;
