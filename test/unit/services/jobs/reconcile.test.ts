import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import {
  createReconcile,
  type Reconcile,
  type Reconciliation,
  TALLIES,
} from '../../../../src/services/jobs/reconcile.ts';
import { NO_OPEN_CHANGES } from '../../../../src/services/objects/open-changes.ts';
import { BUCKET, createMemoryBed, type MemoryBed, type MemoryPerson } from '../../../support/memory/bed.ts';
import { errorOf } from '../../../support/refusal.ts';

const WEEK = 7 * 24 * 60 * 60 * 1000;

let bed: MemoryBed;
let ann: MemoryPerson;
let admin: MemoryPerson;
let reconcile: Reconcile;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
  admin = await bed.person({ role: 'admin' });
  let runs = 0;
  reconcile = createReconcile({
    documents: bed.documents,
    store: bed.store,
    buckets: bed.buckets,
    isAccount: async (userId) => (await bed.users.find(userId)) !== undefined,
    usage: bed.usage,
    locks: bed.locks,
    events: bed.events,
    changes: NO_OPEN_CHANGES,
    newRunId: () => {
      runs += 1;
      return runs.toString(16).padStart(32, '0');
    },
    now: bed.now,
  });
});

const given = (key: string, owner: string | undefined, size = 10, bucket = BUCKET) =>
  bed.store.put(bucket, key, Buffer.alloc(size), {
    contentType: 'image/png',
    metadata: { title: 'kept', ...(owner !== undefined && { owner }) },
  });
const tallies = () => [...bed.documents.texts().keys()].filter((name) => name.startsWith('reconcile/'));

/** Goes on to the end, and answers all slices. */
const run = async (repair = false): Promise<readonly Reconciliation[]> => {
  const slices: Reconciliation[] = [];
  let cursor: string | undefined;
  do {
    const slice = await reconcile({ adminId: admin.userId, repair, cursor });
    slices.push(slice);
    cursor = slice.cursor;
  } while (cursor !== undefined && slices.length < 20);
  return slices;
};
const findings = (slices: readonly Reconciliation[]) => ({
  checked: slices.reduce((sum, { checked }) => sum + checked, 0),
  unowned: slices.flatMap(({ unowned }) => unowned.map(({ objectName }) => objectName)),
  foreign: slices.flatMap(({ foreign }) => foreign.map(({ objectName }) => objectName)),
  drift: slices.flatMap(({ drift }) => drift),
});

describe('reconciling', () => {
  it('finds nothing in an empty bed, nor in one without buckets', async () => {
    expect(await run()).toEqual([{ checked: 0, unowned: [], foreign: [], drift: [] }]);
    await bed.store.removeBucket(BUCKET);
    expect(await run()).toEqual([{ checked: 0, unowned: [], foreign: [], drift: [] }]);
  });

  it('finds nothing where the books are right', async () => {
    await bed.put(ann.caller, { bucketName: BUCKET, objectName: 'a.png' });
    expect(await run()).toEqual([{ checked: 1, unowned: [], foreign: [], drift: [] }]);
  });

  it.each<[string, number, number]>([
    ['too little', 0, 0],
    ['too many bytes', 100, 2],
    ['too few bytes', 10, 2],
    ['too many images', 20, 3],
  ])('finds what is counted as %s, and sets it right only when it is to', async (_, bytes, objects) => {
    await given('a.png', ann.userId);
    await given('b.png', ann.userId);
    await bed.usage.adjust(ann.userId, { bytes, objects });
    const drift = [{ userId: ann.userId, bytes: 20 - bytes, objects: 2 - objects }];
    expect(findings(await run())).toEqual({ checked: 2, unowned: [], foreign: [], drift });
    expect(await bed.usage.read(ann.userId)).toEqual({ bytes, objects });
    expect(findings(await run(true)).drift).toEqual(drift);
    expect(await bed.usage.read(ann.userId)).toEqual({ bytes: 20, objects: 2 });
    expect(findings(await run()).drift).toEqual([]);
  });

  it.each([undefined, ''])(
    'finds what says that %j owns it, which is nobody, and gives it to the admin only when it is to',
    async (owner) => {
      await given('past.png', owner);
      expect(findings(await run())).toEqual({ checked: 1, unowned: ['past.png'], foreign: [], drift: [] });
      expect((await bed.store.head(BUCKET, 'past.png'))?.metadata['owner']).toBe(owner);
      const repaired = findings(await run(true));
      expect(repaired.unowned).toEqual(['past.png']);
      expect(repaired.drift).toEqual([{ userId: admin.userId, bytes: 10, objects: 1 }]);
      expect(await bed.store.head(BUCKET, 'past.png')).toMatchObject({
        contentType: 'image/png',
        size: 10,
        metadata: { owner: admin.userId, title: 'kept' },
      });
      expect(await bed.usage.read(admin.userId)).toEqual({ bytes: 10, objects: 1 });
      expect(findings(await run())).toEqual({ checked: 1, unowned: [], foreign: [], drift: [] });
    },
  );

  it.each(['Somebody Else', '../users', '__proto__', 'a'.repeat(129), 'first-admin', `u_${'0'.repeat(32)}`])(
    'B8 tells what says that %j owns it, who has no account here, and leaves it alone',
    async (owner) => {
      await given('theirs.png', owner);
      const before = await bed.store.head(BUCKET, 'theirs.png');
      for (const repair of [false, true]) {
        expect(findings(await run(repair))).toEqual({ checked: 1, unowned: [], foreign: ['theirs.png'], drift: [] });
      }
      expect(await bed.store.head(BUCKET, 'theirs.png')).toEqual(before);
      expect(await bed.usage.read(admin.userId)).toEqual({ bytes: 0, objects: 0 });
      expect([...bed.documents.texts().keys()].filter((name) => name.startsWith('usage/'))).toEqual([]);
    },
  );

  it('B8 looks into no bucket of anybody else, and into one that images went to', async () => {
    await bed.store.makeBucket('elsewhere');
    await given('foreign', undefined, 10, 'elsewhere');
    expect(findings(await run(true))).toMatchObject({ checked: 0, unowned: [] });
    expect((await bed.store.head('elsewhere', 'foreign'))?.metadata).toEqual({ title: 'kept' });
    await bed.put(admin.caller, { bucketName: 'elsewhere', objectName: 'a.png' });
    expect(findings(await run())).toMatchObject({ checked: 2, unowned: ['foreign'], drift: [] });
  });

  it('B13 does without the list of buckets that the store’s key may not see', async () => {
    await given('a.png', ann.userId);
    bed.store.hooks.before = ({ method }) => {
      if (method === 'listBuckets') throw new AppError('AccessDenied', { zh: '不可列出', en: 'not for you' });
    };
    expect(findings(await run(true)).drift).toEqual([{ userId: ann.userId, bytes: 10, objects: 1 }]);
  });

  it('adopts nothing that is gone meanwhile', async () => {
    await given('past.png', undefined);
    let heads = 0;
    bed.store.hooks.before = async ({ method }) => {
      if (method !== 'head') return;
      heads += 1;
      if (heads === 2) await bed.store.remove(BUCKET, 'past.png');
    };
    expect(findings(await run(true)).unowned).toEqual(['past.png']);
    expect(await bed.store.head(BUCKET, 'past.png')).toBeUndefined();
  });

  it('leaves out the service’s own keys, and what is gone between listing and looking', async () => {
    await given('.imagepic/pending/x', undefined);
    await given('a.png', ann.userId);
    await given('b.png', ann.userId);
    bed.store.hooks.before = async ({ method, key }) => {
      if (method === 'head' && key === 'b.png') await bed.store.remove(BUCKET, 'b.png');
    };
    expect(findings(await run())).toEqual({
      checked: 1,
      unowned: [],
      foreign: [],
      drift: [{ userId: ann.userId, bytes: 10, objects: 1 }],
    });
  });
});

describe('a reconciliation of several slices', () => {
  beforeEach(async () => {
    await bed.buckets.make('second', 'private');
    await bed.buckets.make('third', 'private');
    for (let number = 0; number < 501; number += 1) await given(`${number}.png`, ann.userId, 1);
    await given('last.png', ann.userId, 1, 'third');
  });

  it('adds up over slices and buckets, and tells how far the books are off at the end', async () => {
    const slices = await run();
    expect(slices.map(({ checked }) => checked)).toEqual([500, 1, 0, 1]);
    expect(slices.map(({ drift }) => drift)).toEqual([[], [], [], [{ userId: ann.userId, bytes: 502, objects: 502 }]]);
    expect(Object.keys(slices.at(-1) ?? {})).not.toContain('cursor');
    expect(tallies()).toEqual([]);
  });

  it('keeps two runs at once apart', async () => {
    const options = { adminId: admin.userId, repair: false };
    const one = await reconcile(options);
    const other = await reconcile(options);
    expect(one.cursor).not.toBe(other.cursor);
    expect(tallies()).toHaveLength(2);
    let { cursor } = one;
    let last = one;
    while (cursor !== undefined) {
      last = await reconcile({ ...options, cursor });
      cursor = last.cursor;
    }
    expect(last.drift).toEqual([{ userId: ann.userId, bytes: 502, objects: 502 }]);
    expect(tallies()).toHaveLength(1);
  });

  it('ends where a bucket that it was to look at is gone', async () => {
    const options = { adminId: admin.userId, repair: false };
    const first = await reconcile(options);
    const second = await reconcile({ ...options, cursor: first.cursor });
    await bed.store.removeBucket('second');
    await bed.store.remove('third', 'last.png');
    await bed.store.removeBucket('third');
    const drift = [{ userId: ann.userId, bytes: 501, objects: 501 }];
    const last = await reconcile({ ...options, cursor: second.cursor });
    expect(last).toEqual({ checked: 0, unowned: [], foreign: [], drift });
    expect(tallies()).toEqual([]);
  });

  it.each([
    ['within the week', WEEK, false],
    ['after a week', WEEK + 1, true],
  ])('that nobody goes on with is given up: %s', async (_, milliseconds, goes) => {
    await reconcile({ adminId: admin.userId, repair: false });
    const [[name = '', text = ''] = []] = [...bed.documents.texts()].filter(([id]) => id.startsWith('reconcile/'));
    const at = new Date(bed.clock.now + milliseconds);
    expect(TALLIES.expire(name.split('/')[1] ?? '', JSON.parse(text), at) !== undefined).toBe(goes);
  });
});

const pack = (cursor: unknown): string =>
  Buffer.from(typeof cursor === 'string' ? cursor : JSON.stringify(cursor)).toString('base64url');
const RUN = '0'.repeat(32);

it.each<[string, string]>([
  ['nothing', ''],
  ['no JSON', pack('{')],
  ['null', pack(null)],
  ['a list', pack([RUN, ''])],
  ['no run', pack({ bucket: '' })],
  ['a run that is a path', pack({ run: '../users', bucket: '' })],
  ['a run that is too long', pack({ run: `${RUN}0`, bucket: '' })],
  ['a bucket by number', pack({ run: RUN, bucket: 0 })],
  ['a token that is no text', pack({ run: RUN, bucket: '', token: 1 })],
  ['a field more', pack({ run: RUN, bucket: 0, more: 1 })],
])('refuses a cursor of %s', async (_, cursor) => {
  const refused = await errorOf(reconcile({ adminId: admin.userId, repair: true, cursor }));
  expect(refused?.code).toBe('InvalidArgument');
  expect(refused?.details).toEqual({ fields: ['cursor'] });
});
