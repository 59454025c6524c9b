import { beforeEach, describe, expect, it } from 'vitest';
import { contract } from '../../../../src/contract/contract.ts';
import { parseInput } from '../../../../src/contract/parse-input.ts';
import type { Scope } from '../../../../src/naming/scope.ts';
import type { ImageRecords } from '../../../../src/ports/image-records.ts';
import type { Caller } from '../../../../src/services/access/access.ts';
import { createExpiries } from '../../../../src/services/library/expiries.ts';
import { createImageChanges, type ImageChanges } from '../../../../src/services/library/image-changes.ts';
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
import { errorOf, refusalOf } from '../../../support/refusal.ts';

const NOW = new Date(START + 99_000);
const grant = (actions: readonly Scope[], prefix = '') => ({ bucketName: BUCKET, prefix, actions });
const ann = member({ grants: [grant(['list', 'read', 'upload'])] });

let bed: MemoryBed;
let records: ImageRecords;
let changes: ImageChanges;
const open = (of: ImageRecords | undefined) => {
  const { access, buckets } = bed;
  return createImageChanges({ records: of, access, buckets, expiries: createExpiries(bed.documents), now: () => NOW });
};
beforeEach(async () => {
  const opened = await openSearchedBed();
  ({ bed, records } = opened);
  changes = open(records);
  await fill(records, [
    record(1, { ownerId: ANN, tags: ['a', 'b'], title: 'before', description: 'told' }),
    record(2, { ownerId: BOB }),
    record(3),
    record(4, { ownerId: ANN, removedAt: new Date(START) }),
    record(5, { ownerId: ANN, key: 'team/5.png' }),
  ]);
});

const byId = (number: number) => ({ imageId: idOf(number), bucketName: BUCKET });

describe('what is said of an image', () => {
  it('is what was said last, and what was not said stays', async () => {
    const changed = { imageId: idOf(1), bucketName: BUCKET, objectName: '1.png', updatedAt: NOW.toISOString() };
    expect(await changes.update(ann, byId(1), { title: '小猫' })).toEqual(changed);
    expect(await records.get(idOf(1))).toMatchObject({ title: '小猫', description: 'told', tags: ['a', 'b'] });
    const named = { bucketName: BUCKET, objectName: '1.png' };
    await changes.update(ann, named, { title: '', description: '在花园里\n睡觉', tags: ['c', 'c'] });
    expect(await records.get(idOf(1))).toMatchObject({
      ...{ title: '', description: '在花园里\n睡觉', tags: ['c'], updatedAt: NOW, createdAt: new Date(START + 1) },
    });
    const queries = (await openSearchedBed('shared', records)).queries;
    expect((await ask(queries, admin, { text: '花园' })).images.map(({ imageId }) => imageId)).toEqual([idOf(1)]);
  });

  it('is not written anew where it says so already', async () => {
    const before = await records.get(idOf(1));
    await changes.update(ann, byId(1), { title: 'before', tags: ['a', 'b'] });
    expect(await records.get(idOf(1))).toEqual(before);
  });

  it.each<[string, Caller, number, string | undefined]>([
    ['by its owner', ann, 1, undefined],
    ['by an admin', admin, 2, undefined],
    ['of nobody, by an admin', admin, 3, undefined],
    ['of somebody else', ann, 2, 'AccessDenied'],
    ['of nobody', ann, 3, 'AccessDenied'],
    ['in the trash', ann, 4, 'NoSuchKey'],
    ['that is not there', ann, 9, 'NoSuchKey'],
    ['by who may look only', member({ grants: [grant(['list', 'read'])] }), 1, 'AccessDenied'],
    [
      'by who may upload elsewhere',
      member({ grants: [grant(['list'], ''), grant(['upload'], 'a/')] }),
      1,
      'AccessDenied',
    ],
    ['by who may reach nothing', member(), 1, 'NoSuchKey'],
    ['by who reaches another folder', member({ grants: [grant(['upload'], 'team/')] }), 1, 'NoSuchKey'],
    ['by who reaches its folder', member({ grants: [grant(['upload'], 'team/')] }), 5, undefined],
    ['by a token of another scope', { ...ann, narrowing: { scopes: ['delete'] } }, 1, 'NoSuchKey'],
    [
      'by a token of another bucket',
      { ...ann, narrowing: { scopes: ['upload'], bucketName: 'second' } },
      1,
      'NoSuchKey',
    ],
    ['by a token of a prefix', { ...ann, narrowing: { scopes: ['upload'], prefix: 'team/' } }, 5, undefined],
    ['by a token of another prefix', { ...ann, narrowing: { scopes: ['upload'], prefix: 'team/' } }, 1, 'NoSuchKey'],
  ])('is changed %s, or is refused', async (_, caller, number, refusal) => {
    const before = await records.get(idOf(number));
    const said = { title: 'new' };
    if (refusal === undefined) await changes.update(caller, byId(number), said);
    else expect(await refusalOf(changes.update(caller, byId(number), said))).toBe(refusal);
    const objectName = before?.key ?? '9.png';
    const atPlace = changes.update(caller, { bucketName: BUCKET, objectName }, said);
    if (refusal === undefined) await atPlace;
    // Without leave to see the bucket it is not said whether there is one.
    else expect(['NoSuchKey', 'NoSuchBucket', 'AccessDenied']).toContain(await refusalOf(atPlace));
    expect((await records.get(idOf(number)))?.title).toBe(refusal === undefined ? 'new' : before?.title);
    const [outcome] = await changes.tag(caller, [idOf(number)], { addTags: ['new'], removeTags: [] });
    expect(outcome?.error?.code).toBe(refusal);
  });

  it('wants one name of an image', async () => {
    for (const named of [{ bucketName: BUCKET }, { ...byId(1), objectName: '1.png' }])
      expect(await refusalOf(changes.update(admin, named, {}))).toBe('InvalidArgument');
  });

  it('refuses a bucket that is not there', async () => {
    const named = { bucketName: 'nowhere', objectName: '1.png' };
    expect(await refusalOf(changes.update(admin, named, {}))).toBe('NoSuchBucket');
  });

  it('loses nothing of what ten say at once', async () => {
    const tags = Array.from({ length: 10 }, (_, index) => `tag ${index}`);
    await Promise.all(tags.map((tag) => changes.tag(ann, [idOf(1)], { addTags: [tag], removeTags: ['a'] })));
    expect(new Set((await records.get(idOf(1)))?.tags)).toEqual(new Set(['b', ...tags]));
  });

  it('gives up when others are faster every time', async () => {
    const busy = open({ ...records, replace: async () => false });
    expect(await refusalOf(busy.update(ann, byId(1), { title: 'x' }))).toBe('ServiceUnavailable');
  });
});

describe('tags of many images', () => {
  it('come and go, and what fails with one keeps no other back', async () => {
    const broken = open({
      ...records,
      get: (imageId) => (imageId === idOf(5) ? Promise.reject(new Error('the disk is gone')) : records.get(imageId)),
    });
    const asked = [idOf(9), idOf(1), idOf(2), idOf(5), idOf(4), idOf(1)];
    const outcomes = await broken.tag(ann, asked, { addTags: ['b', 'c', 'c'], removeTags: ['a', 'x'] });
    expect(outcomes.map(({ imageId, error }) => [imageId, error?.code])).toEqual([
      [idOf(9), 'NoSuchKey'],
      [idOf(1), undefined],
      [idOf(2), 'AccessDenied'],
      [idOf(5), 'ServiceUnavailable'],
      [idOf(4), 'NoSuchKey'],
    ]);
    expect((await records.get(idOf(1)))?.tags).toEqual(['b', 'c']);
    expect((await records.get(idOf(2)))?.tags).toEqual([]);
  });

  it('are up to a hundred of each', async () => {
    const many = Array.from({ length: 98 }, (_, index) => `tag ${index}`);
    const [added] = await changes.tag(ann, [idOf(1)], { addTags: many, removeTags: [] });
    expect(added?.error).toBeUndefined();
    const [refused] = await changes.tag(ann, [idOf(1)], { addTags: ['one more'], removeTags: [] });
    expect(refused?.error?.code).toBe('InvalidArgument');
    expect((await records.get(idOf(1)))?.tags).toHaveLength(100);
  });

  it('are not added and removed in one', async () => {
    const both = changes.tag(ann, [idOf(1)], { addTags: ['x'], removeTags: ['x'] });
    expect((await errorOf(both))?.details).toEqual({ fields: ['addTags', 'removeTags'] });
  });

  it('are set on a thousand images in one call', async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => idOf(1000 + index));
    await fill(
      records,
      ids.map((imageId, index) => record(index, { imageId, key: `many/${index}.png`, ownerId: ANN })),
    );
    const outcomes = await changes.tag(ann, ids, { addTags: ['many'], removeTags: [] });
    expect(outcomes.filter(({ error }) => error !== undefined)).toEqual([]);
    const within = [{ bucket: BUCKET, prefix: '' }];
    expect((await records.count({ within, state: 'present', tags: ['many'] })).images).toBe(1000);
  });
});

describe('changes of images', () => {
  it('are refused where the bed keeps no records, and say what to set', async () => {
    const none = open(undefined);
    for (const call of [none.update(admin, byId(1), {}), none.tag(admin, [idOf(1)], { addTags: [], removeTags: [] })]) {
      const refused = await errorOf(call);
      expect([refused?.code, refused?.text.en]).toEqual([
        'NotImplemented',
        expect.stringContaining('IMAGEPIC_RECORDS'),
      ]);
    }
  });

  const IDS = [['x'], [], [null], Array(1001).fill(idOf(1)), 'x', { length: 1 }, null];
  it.each<['image/updateImage' | 'image/tagImages', string, readonly unknown[]]>([
    ['image/updateImage', 'title', ['x'.repeat(1025), 'a\nb', '\ud800', '\0', 1, null, ['x']]],
    ['image/updateImage', 'description', ['x'.repeat(10_001), '\ud800', '\0', 'a\u202eb', '\u0085', 1, null]],
    ['image/updateImage', 'tags', ['x', [''], ['x'.repeat(201)], Array(101).fill('x'), ['a\nb'], [1], null]],
    ['image/updateImage', 'imageId', ['', 'x', 1, null]],
    ['image/updateImage', 'objectName', ['', '../x', 'a\\b', null]],
    ['image/updateImage', 'ownerId', [BOB]],
    ['image/updateImage', 'albumIds', [['x']]],
    ['image/updateImage', '__proto__', [{}]],
    ['image/tagImages', 'imageIds', IDS],
    ['image/tagImages', 'addTags', ['x', [''], Array(101).fill('x'), [1], null]],
    ['image/tagImages', 'removeTags', ['x', [''], Array(101).fill('x'), [1], null]],
  ])('of %s are refused with a wrong %s', (url, name, values) => {
    for (const value of values) {
      const good = url === 'image/tagImages' && name !== 'imageIds' ? `"imageIds": ["${idOf(1)}"],` : '';
      const input = JSON.parse(`{ ${good} ${JSON.stringify(name)}: ${JSON.stringify(value)} }`);
      expect(() => parseInput(contract[url], input), JSON.stringify(value)).toThrow();
    }
  });
});
