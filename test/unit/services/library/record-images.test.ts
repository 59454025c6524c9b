import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import type { ImageRecord } from '../../../../src/ports/image-records.ts';
import { createExpiries } from '../../../../src/services/library/expiries.ts';
import { OPEN_CHANGES } from '../../../../src/services/library/record-collections.ts';
import { createReassign } from '../../../../src/services/objects/reassign.ts';
import {
  BUCKET,
  createImage,
  createMemoryBed,
  type MemoryBed,
  type MemoryPerson,
  START,
} from '../../../support/memory/bed.ts';

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const at = (objectName: string) => ({ bucketName: BUCKET, objectName });
const OTHER = createImage({ bytes: Buffer.from('another one') });

let bed: MemoryBed;
let ann: MemoryPerson;
let bob: MemoryPerson;
let library: NonNullable<MemoryBed['library']>;
beforeEach(async () => {
  bed = await createMemoryBed({ hasRecords: true });
  if (bed.library === undefined) throw new TypeError('it has records');
  library = bed.library;
  ann = await bed.person();
  bob = await bed.person();
});

const recorded = async (): Promise<readonly ImageRecord[]> => {
  const within = [{ bucket: BUCKET, prefix: '' }];
  return (await library.records.search({ within, state: 'present', order: 'name', limit: 1000 })).images;
};
const marks = async () => (await bed.documents.list(OPEN_CHANGES.name, { limit: 1000 })).documents;
const stored = async () => {
  const { objects } = await bed.store.list(BUCKET, { limit: 1000 });
  return Promise.all(objects.map(async ({ key }) => ({ key, object: await bed.store.head(BUCKET, key) })));
};
/** What must be true whenever no change is under way: one record for every image, which is its own, and no mark left. */
const expectAgreement = async (): Promise<void> => {
  const objects = (await stored()).map(({ key, object }) => [key, object?.metadata['owner'], object?.size]);
  const records = (await recorded()).map(({ key, ownerId, size }) => [key, ownerId, size]);
  expect(records).toEqual(objects);
  expect(await marks()).toEqual([]);
};
/** Says something of an image. */
const say = async (key: string, said: Partial<ImageRecord>): Promise<void> => {
  const found = (await recorded()).find((record) => record.key === key);
  const record = found && (await library.records.get(found.imageId));
  if (record === undefined) throw new TypeError(`there is no record of ${key}`);
  await library.records.replace({ ...record, ...said }, record.revision);
};
const SAID = { title: 'A cat', description: 'on a mat', tags: ['cat'], albumIds: ['a1'] };

describe('the record of an image', () => {
  it('says of a new one what is known of it', async () => {
    await bed.put(ann.caller, at('folder/a.png'), createImage({ originalName: '红色 图.png' }));
    const [object] = await stored();
    expect(await recorded()).toEqual([
      {
        imageId: expect.stringMatching(ULID),
        ...{ bucket: BUCKET, key: 'folder/a.png', ownerId: ann.userId, originalName: '红色 图.png' },
        ...{ title: '', description: '', tags: [], albumIds: [] },
        ...{ contentType: 'image/png', size: 8, width: 2, height: 2, frames: 1 },
        sha256: object?.object?.metadata['sha256'],
        ...{ createdAt: new Date(START), updatedAt: new Date(START) },
        revision: expect.any(String),
      },
    ]);
    expect((await recorded())[0]?.imageId).toBe(object?.object?.metadata['image-id']);
    await expectAgreement();
  });

  it('goes with the image that it is of: another one at its place has another', async () => {
    await bed.put(ann.caller, at('a.png'));
    await say('a.png', SAID);
    const [before] = await recorded();
    await bed.put(ann.caller, at('a.png'), OTHER);
    const [after, ...more] = await recorded();
    expect(more).toEqual([]);
    expect(after).toMatchObject({ size: 11, title: '', tags: [] });
    expect(after?.imageId).not.toBe(before?.imageId);
    await bed.objects.remove(ann.caller, BUCKET, 'a.png');
    expect(await recorded()).toEqual([]);
    await expectAgreement();
  });

  it('takes over what was said, and the albums, where the same bytes come again from the same owner', async () => {
    await bed.put(ann.caller, at('a.png'));
    await say('a.png', SAID);
    await bed.put(ann.caller, at('a.png'));
    const [again, ...more] = await recorded();
    expect(more).toEqual([]);
    expect(again).toMatchObject(SAID);
    await expectAgreement();
  });

  it('lets an old image, which gets an id of its own by its move, go in time all the same', async () => {
    const metadata = { owner: ann.userId };
    await bed.store.put(BUCKET, 'old.png', OTHER.body, { contentType: 'image/png', metadata });
    await library.settle(at('old.png'));
    const expiresAt = new Date(START + 1000);
    await say('old.png', { expiresAt });
    const [before] = await recorded();
    await bed.objects.move(ann.caller, at('old.png'), at('new.png'));
    const [after] = await recorded();
    expect(after).toMatchObject({ key: 'new.png', expiresAt });
    expect(after?.imageId).not.toBe(before?.imageId);
    expect(await createExpiries(bed.documents).find(after?.imageId ?? '')).toEqual(expiresAt);
  });

  it('stays with an image that is moved, also over another one', async () => {
    await bed.put(ann.caller, at('a.png'));
    await bed.put(ann.caller, at('b.png'), OTHER);
    await say('a.png', SAID);
    const [before] = await recorded();
    bed.clock.now += 1000;
    await bed.objects.move(ann.caller, at('a.png'), at('b.png'));
    const { revision, ...known } = before as ImageRecord & { revision: string };
    expect(await recorded()).toEqual([
      { ...known, key: 'b.png', updatedAt: new Date(bed.clock.now), revision: expect.not.stringMatching(revision) },
    ]);
    await expectAgreement();
  });

  it('of a copy is a new one, with what was said of the image but not in its albums', async () => {
    await bed.put(ann.caller, at('a.png'));
    await say('a.png', SAID);
    await bed.objects.copy(bob.caller, at('a.png'), at('b.png'));
    const [original, copy] = await recorded();
    expect(copy).toMatchObject({ ...SAID, ownerId: bob.userId, albumIds: [] });
    expect(copy?.imageId).not.toBe(original?.imageId);
    await expectAgreement();
  });

  it('says whose it is now', async () => {
    await bed.put(ann.caller, at('a.png'));
    await say('a.png', SAID);
    const { store, locks, events } = bed;
    await createReassign({ store, locks, events, changes: library.changes })(at('a.png'), bob.userId, () => true);
    expect(await recorded()).toMatchObject([{ ...SAID, ownerId: bob.userId }]);
    await expectAgreement();
  });

  it('of what was there before there were records comes with its first change, and has an id from then on', async () => {
    const metadata = { owner: ann.userId, 'image-id': 'a'.repeat(32) };
    await bed.store.put(BUCKET, 'old.png', Buffer.from('old'), { contentType: 'image/png', metadata });
    await bed.store.put(BUCKET, 'past.png', Buffer.from('past'), { contentType: 'image/png', metadata: {} });
    await library.settle(at('old.png'));
    await library.settle(at('past.png'));
    const [old] = await recorded();
    await say('old.png', SAID);
    await library.settle(at('old.png'));
    expect(await recorded()).toMatchObject([
      { ...SAID, imageId: old?.imageId },
      { key: 'past.png', size: 4 },
    ]);

    await bed.objects.move(ann.caller, at('old.png'), at('new.png'));
    const [moved] = await recorded();
    expect(moved).toMatchObject({ ...SAID, key: 'new.png' });
    await library.settle(at('new.png'));
    expect((await recorded())[0]).toEqual(moved);
    expect((await bed.store.head(BUCKET, 'new.png'))?.metadata['image-id']).toBe(moved?.imageId);
  });
});

describe('records that are away', () => {
  const DEEDS: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['a put', () => bed.put(ann.caller, at('new.png'))],
    ['a put over another', () => bed.put(ann.caller, at('a.png'), OTHER)],
    ['a copy', () => bed.objects.copy(ann.caller, at('a.png'), at('new.png'))],
    ['a move', () => bed.objects.move(ann.caller, at('a.png'), at('new.png'))],
    ['a removal', () => bed.objects.remove(ann.caller, BUCKET, 'a.png')],
    ['a removal of several', () => bed.objects.removeMany(ann.caller, BUCKET, ['a.png', 'b.png'])],
  ];
  const METHODS = ['search', 'put', 'replace', 'remove', 'get'] as const;

  it.each(DEEDS.flatMap(([name, deed]) => METHODS.map((method) => ({ name, deed, method }))))(
    'fail no call, and are right after the next look: $name, $method',
    async ({ deed, method }) => {
      await bed.put(ann.caller, at('a.png'));
      await bed.put(ann.caller, at('b.png'));
      const { [method]: original } = library.records;
      const fail = async () => {
        throw new AppError('ServiceUnavailable', { zh: '', en: 'away' });
      };
      Object.assign(library.records, { [method]: fail });
      await deed();
      Object.assign(library.records, { [method]: original });
      expect(await library.settleAll()).toEqual({ finished: true });
      bed.clock.now += 2 * 60 * 60 * 1000;
      await library.settleAll();
      await expectAgreement();
    },
  );

  it.each(DEEDS.map(([name, deed]) => ({ name, deed })))(
    'and a process that ends amid a change, are right after the next look: $name',
    async ({ deed }) => {
      for (const when of ['before', 'after'] as const)
        for (const doomed of ['put', 'copy', 'remove', 'removeMany']) {
          await bed.put(ann.caller, at('a.png'));
          await bed.put(ann.caller, at('b.png'));
          bed.store.hooks[when] = ({ method }) => {
            if (method === doomed) throw new Error('killed');
          };
          await deed().catch(() => undefined);
          bed.store.hooks[when] = () => undefined;
          bed.clock.now += 2 * 60 * 60 * 1000;
          await library.settleAll();
          await expectAgreement();
        }
    },
  );
});

describe('changes at once', () => {
  const name = fc.constantFrom('a.png', 'b.png', 'c.png');
  const person = fc.constantFrom('ann', 'bob');
  const step = fc.record({
    kind: fc.constantFrom('put', 'copy', 'move', 'remove', 'removeMany'),
    name,
    to: name,
    person,
  });

  it('leave one record for every image after the next look, whoever was faster', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { maxLength: 5 }), async (rounds) => {
        bed = await createMemoryBed({ hasRecords: true });
        if (bed.library === undefined) throw new TypeError('it has records');
        library = bed.library;
        const people = { ann: await bed.person({ role: 'admin' }), bob: await bed.person() };
        const run = ({
          kind,
          name: from,
          to,
          person: who,
        }: {
          kind: string;
          name: string;
          to: string;
          person: string;
        }) => {
          const { caller } = people[who as 'ann' | 'bob'];
          if (kind === 'put') return bed.put(caller, at(from), createImage({ bytes: Buffer.from(`${who} ${to}`) }));
          if (kind === 'copy') return bed.objects.copy(caller, at(from), at(to));
          if (kind === 'move') return bed.objects.move(caller, at(from), at(to));
          if (kind === 'remove') return bed.objects.remove(caller, BUCKET, from);
          return bed.objects.removeMany(caller, BUCKET, [from, to]);
        };
        for (const round of rounds) {
          await Promise.all(round.map((each) => Promise.resolve(run(each)).catch(() => undefined)));
        }
        bed.clock.now += 2 * 60 * 60 * 1000;
        await library.settleAll();
        await expectAgreement();
      }),
      { numRuns: 300 },
    );
  });
});

describe('a mark', () => {
  it('is there before an object is touched, and gone when all is recorded', async () => {
    const seen: unknown[] = [];
    bed.store.hooks.before = async ({ method, key }) => {
      if (!['put', 'copy', 'remove', 'removeMany'].includes(method)) return;
      const places = (await marks()).flatMap(({ doc }) => doc['places'] as readonly ReturnType<typeof at>[]);
      seen.push([method, key, places.toSorted((one, other) => one.objectName.localeCompare(other.objectName))]);
    };
    await bed.put(ann.caller, at('a.png'));
    await bed.objects.move(ann.caller, at('a.png'), at('b.png'));
    await bed.objects.removeMany(ann.caller, BUCKET, ['b.png']);
    expect(seen).toEqual([
      ['put', 'a.png', [at('a.png')]],
      ['copy', 'b.png', [at('a.png'), at('b.png')]],
      ['remove', 'a.png', [at('a.png'), at('b.png')]],
      ['removeMany', 'b.png', [at('b.png')]],
    ]);
    await expectAgreement();
  });

  it('is not left by what is refused', async () => {
    await bed.put(ann.caller, at('a.png'));
    const refused = [
      () => bed.put(bob.caller, at('a.png')),
      () => bed.put(ann.caller, at('a.png'), OTHER, { onConflict: 'error' }),
      () => bed.objects.copy(ann.caller, at('missing.png'), at('b.png')),
      () => bed.objects.move(bob.caller, at('a.png'), at('b.png')),
      () => bed.objects.remove(bob.caller, BUCKET, 'a.png'),
    ];
    for (const call of refused) await expect(call()).rejects.toBeInstanceOf(AppError);
    await expectAgreement();
  });

  it('of an hour ago is looked at for the last time, and one whose store is away again', async () => {
    bed.store.hooks.after = ({ method }) => {
      if (method === 'put') throw new Error('killed');
    };
    await bed.put(ann.caller, at('a.png')).catch(() => undefined);
    bed.store.hooks.after = () => undefined;
    await library.settleAll();
    expect([(await marks()).length, (await recorded()).length]).toEqual([1, 1]);
    bed.clock.now += 2 * 60 * 60 * 1000;
    bed.store.hooks.before = () => {
      throw new AppError('ServiceUnavailable', { zh: '', en: 'away' });
    };
    await library.settleAll();
    expect(await marks()).toHaveLength(1);
    bed.store.hooks.before = () => undefined;
    await library.settleAll();
    await expectAgreement();
  });
});
