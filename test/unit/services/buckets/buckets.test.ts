import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import type { BucketSettings } from '../../../../src/ports/bucket-settings.ts';
import type { JsonObject } from '../../../../src/ports/document-store.ts';
import { ANONYMOUS } from '../../../../src/services/access/access.ts';
import { type Buckets, createBuckets } from '../../../../src/services/buckets/buckets.ts';
import { BUCKET, createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

let bed: MemoryBed;
let buckets: Buckets;
let ann: MemoryPerson;
let admin: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
  admin = await bed.person({ role: 'admin' });
  ({ buckets } = bed);
});

/** The bucket service with settings of its own. */
const open = (bucketSettings?: BucketSettings, publicBuckets: ReadonlySet<string> = new Set()) =>
  createBuckets({ ...bed, bucketSettings, defaultBucket: BUCKET, publicBuckets });

/** Settings that note what they are told. */
const createSettings = (changes: Partial<BucketSettings> = {}) => {
  const told: unknown[] = [];
  const note =
    (name: string) =>
    async (...args: readonly unknown[]) =>
      void told.push([name, ...args]);
  const settings: BucketSettings = {
    getPolicy: async () => undefined,
    setPolicy: note('setPolicy'),
    removePolicy: note('removePolicy'),
    getCors: async () => [],
    setCors: note('setCors'),
    getNotification: async () => ({}),
    setNotification: note('setNotification'),
    removeNotification: note('removeNotification'),
    has: async () => true,
    abortStaleUploads: note('abortStaleUploads'),
    ...changes,
  };
  return { told, settings };
};

describe('a policy', () => {
  it('is private unless somebody decided otherwise, or the bed begins with it public', async () => {
    expect(await buckets.isPublic(BUCKET)).toBe(false);
    const opened = open(undefined, new Set([BUCKET]));
    expect([await opened.isPublic(BUCKET), await opened.isPublic('other')]).toEqual([true, false]);
    expect(await opened.getPolicy(BUCKET)).toBe('public-read');
    await opened.setPolicy(BUCKET, 'private');
    expect([await opened.isPublic(BUCKET), await opened.getPolicy(BUCKET)]).toEqual([false, 'private']);
    await opened.removePolicy(BUCKET);
    expect([await opened.isPublic(BUCKET), await opened.getPolicy(BUCKET)]).toEqual([true, 'public-read']);
  });

  it.each([
    [4999, true],
    [5000, false],
    [5001, false],
  ])('that another instance has changed is %i ms later still the old one: %s', async (milliseconds, expected) => {
    const other = bed.another().buckets;
    await other.setPolicy(BUCKET, 'public-read');
    expect(await buckets.isPublic(BUCKET)).toBe(true);
    await other.setPolicy(BUCKET, 'private');
    bed.clock.now += milliseconds;
    expect(await buckets.isPublic(BUCKET)).toBe(expected);
  });

  it('is read once while it is remembered, and not remembered for longer by being asked for', async () => {
    let reads = 0;
    bed.documents.hooks.before = ({ method, collection }) => {
      if (method === 'read' && collection === 'buckets') reads += 1;
    };
    for (let second = 0; second < 11; second += 1) {
      await buckets.isPublic(BUCKET);
      bed.clock.now += 1000;
    }
    expect(reads).toBe(3);
  });

  it.each<[string, () => Promise<unknown>, boolean]>([
    ['set', () => buckets.setPolicy(BUCKET, 'private'), false],
    ['removed', () => buckets.removePolicy(BUCKET), false],
    ['gone with its bucket', () => buckets.remove(BUCKET), false],
  ])('that this instance has %s holds at once', async (_, change, expected) => {
    await buckets.setPolicy(BUCKET, 'public-read');
    expect(await buckets.isPublic(BUCKET)).toBe(true);
    await change();
    expect(await buckets.isPublic(BUCKET)).toBe(expected);
  });

  it('of a bucket does not come back with a new one of its name', async () => {
    await buckets.setPolicy(BUCKET, 'public-read');
    await buckets.remove(BUCKET);
    await buckets.make(BUCKET, 'private');
    expect([await buckets.isPublic(BUCKET), await buckets.getPolicy(BUCKET)]).toEqual([false, 'private']);
  });

  it('is kept apart for names that differ in a dot', async () => {
    for (const name of ['a.bc', 'a-bc', 'a.b.c']) await buckets.make(name, 'private');
    await buckets.setPolicy('a.bc', 'public-read');
    expect([await buckets.isPublic('a.bc'), await buckets.isPublic('a-bc')]).toEqual([true, false]);
    expect(await buckets.isPublic('a.b.c')).toBe(false);
  });

  it('is remembered of so many buckets at most', async () => {
    for (let number = 0; number < 1002; number += 1) await buckets.isPublic(`bucket-${number}`);
    let reads = 0;
    bed.documents.hooks.before = () => {
      reads += 1;
    };
    await buckets.isPublic('bucket-0');
    await buckets.isPublic('bucket-1001');
    expect(reads).toBe(1);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['read', () => buckets.getPolicy('missing')],
    ['set', () => buckets.setPolicy('missing', 'private')],
    ['set as a document', () => buckets.setPolicy('missing', {})],
    ['removed', () => buckets.removePolicy('missing')],
  ])('of a bucket that is missing is not %s', async (_, call) => {
    expect(await refusalOf(call())).toBe('NoSuchBucket');
    expect([...bed.documents.texts().keys()].filter((name) => name.startsWith('buckets/'))).toEqual([]);
  });
});

describe('a policy in the store’s own words', () => {
  const DOCUMENT: JsonObject = { Version: '2012-10-17', Statement: [] };

  it('is the store’s, and shown before the simple one', async () => {
    const { told, settings } = createSettings({ getPolicy: async () => DOCUMENT });
    const opened = open(settings);
    await opened.setPolicy(BUCKET, DOCUMENT);
    expect(told).toEqual([['setPolicy', BUCKET, DOCUMENT]]);
    expect(await opened.getPolicy(BUCKET)).toEqual(DOCUMENT);
    await opened.removePolicy(BUCKET);
    expect(told.at(-1)).toEqual(['removePolicy', BUCKET]);
  });

  it('B12 is the simple one where the store has none', async () => {
    const opened = open(createSettings().settings);
    await opened.setPolicy(BUCKET, 'public-read');
    expect(await opened.getPolicy(BUCKET)).toBe('public-read');
  });

  it('is refused where the store takes none', async () => {
    const refused = await errorOf(buckets.setPolicy(BUCKET, DOCUMENT));
    expect(refused?.code).toBe('NotImplemented');
    expect(refused?.text.en).toContain('IMAGEPIC_S3_');
  });
});

describe('settings', () => {
  it('are the store’s, of a bucket that is there', async () => {
    const { told, settings } = createSettings();
    const opened = open(settings);
    expect(await opened.settings(BUCKET)).toBe(settings);
    await opened.setCors(BUCKET, []);
    expect(told).toEqual([['setCors', BUCKET, []]]);
    expect(await refusalOf(opened.settings('missing'))).toBe('NoSuchBucket');
    expect(await refusalOf(opened.setCors('missing', []))).toBe('NoSuchBucket');
  });

  it('are refused where the store has none, whatever the bucket', async () => {
    expect(await refusalOf(buckets.settings(BUCKET))).toBe('NotImplemented');
    expect(await refusalOf(buckets.setCors('missing', []))).toBe('NotImplemented');
  });
});

describe('a new bucket', () => {
  it('is there, with its policy, and clears stale uploads away', async () => {
    const { told, settings } = createSettings();
    const opened = open(settings);
    await opened.make('new', 'public-read');
    expect([await opened.isPublic('new'), told]).toEqual([true, [['abortStaleUploads', 'new', 1]]]);
    expect(await opened.exists(admin.caller, 'new')).toBe(true);
  });

  it.each(['ServiceUnavailable', 'BucketAlreadyExists', 'InvalidArgument', 'NotImplemented'] as const)(
    'B5 is made where the store answers %s to the rule that clears stale uploads away',
    async (code) => {
      const refuse = async (): Promise<never> => {
        throw new AppError(code, { zh: '不', en: 'No' });
      };
      const opened = open(createSettings({ abortStaleUploads: refuse }).settings);
      await opened.make('new', 'public-read');
      expect([await opened.exists(admin.caller, 'new'), await opened.isPublic('new')]).toEqual([true, true]);
    },
  );

  it('is not made twice, and keeps its policy', async () => {
    await buckets.setPolicy(BUCKET, 'public-read');
    expect(await refusalOf(buckets.make(BUCKET, 'private'))).toBe('BucketAlreadyExists');
    expect(await buckets.getPolicy(BUCKET)).toBe('public-read');
  });
});

describe('a bucket', () => {
  it('with something in it stays, with its policy', async () => {
    await buckets.setPolicy(BUCKET, 'public-read');
    await bed.put(ann.caller, { bucketName: BUCKET, objectName: 'a.png' });
    expect(await refusalOf(buckets.remove(BUCKET))).toBe('BucketNotEmpty');
    expect(await buckets.getPolicy(BUCKET)).toBe('public-read');
  });

  it.each<[string, () => MemoryPerson['caller'] | typeof ANONYMOUS, string, boolean, boolean]>([
    ['a member of its own', () => ann.caller, BUCKET, true, true],
    ['a member of another', () => ann.caller, 'other', false, false],
    ['a member of a public one', () => ann.caller, 'public', true, true],
    ['an admin', () => admin.caller, 'other', true, true],
    ['an admin of one that is missing', () => admin.caller, 'missing', true, false],
    ['nobody', () => ANONYMOUS, BUCKET, false, false],
    ['nobody of a public one', () => ANONYMOUS, 'public', true, true],
  ])('is seen by %s', async (_, caller, name, isVisible, exists) => {
    await buckets.make('other', 'private');
    await buckets.make('public', 'public-read');
    expect(await refusalOf(buckets.requireVisible(caller(), name))).toBe(isVisible ? undefined : 'NoSuchBucket');
    expect(await refusalOf(buckets.require(caller(), name))).toBe(exists ? undefined : 'NoSuchBucket');
    expect(await buckets.exists(caller(), name)).toBe(exists);
  });
});

describe('the list of buckets', () => {
  const names = async (person: MemoryPerson, pageSize?: number, pageNum?: number) =>
    (await buckets.list(person.caller, pageSize, pageNum)).map(({ name }) => name);
  const ALL = ['b00', 'b01', 'b02', 'b03', 'b04', 'b05', 'b06', 'b07', 'b08', 'b09', 'b10', BUCKET];
  beforeEach(async () => {
    for (const name of ALL.slice(0, -1)) await buckets.make(name, name === 'b03' ? 'public-read' : 'private');
  });

  it.each<[number | undefined, number | undefined, readonly string[]]>([
    [undefined, undefined, ALL],
    [undefined, -1, ALL],
    [3, -1, ALL],
    [3, undefined, ALL.slice(0, 3)],
    [3, 1, ALL.slice(0, 3)],
    [3, 4, ALL.slice(9)],
    [3, 5, []],
    [undefined, 1, ALL.slice(0, 10)],
    [undefined, 2, ALL.slice(10)],
  ])('with pages of %j, page %j', async (pageSize, pageNum, expected) => {
    expect(await names(admin, pageSize, pageNum)).toEqual(expected);
  });

  it('holds what the caller was granted, and not what is public', async () => {
    expect(await names(ann)).toEqual([BUCKET]);
    expect(await buckets.list(ANONYMOUS)).toEqual([]);
  });
});
it('of more buckets than it remembers, whether one is public forgets the oldest and no other', async () => {
  const { buckets, documents } = await createMemoryBed();
  const asked: string[] = [];
  documents.hooks.before = ({ method, collection, id }) => {
    if (method === 'read' && collection === 'buckets') asked.push(id);
  };
  const names = Array.from({ length: 1001 }, (_, index) => `bucket-${index}`);
  for (const name of names) expect(await buckets.isPublic(name)).toBe(false);
  asked.length = 0;
  for (const name of [...names.slice(1), 'bucket-0']) await buckets.isPublic(name);
  expect(asked).toEqual(['bucket-0']);
});
