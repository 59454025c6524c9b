import { beforeEach, describe, expect, it } from 'vitest';
import { SCOPES, type Scope } from '../../../../src/naming/scope.ts';
import type { Member } from '../../../../src/services/access/access.ts';
import {
  BUCKET,
  createImage,
  createMemoryBed,
  type MemoryBed,
  type MemoryPerson,
} from '../../../support/memory/bed.ts';
import { refusalOf } from '../../../support/refusal.ts';

let bed: MemoryBed;
let ann: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
});

const at = (objectName: string, bucketName = BUCKET) => ({ bucketName, objectName });
const isThere = async (key: string): Promise<boolean> => (await bed.store.head(BUCKET, key)) !== undefined;
/** An image of Ann's that is there already; counting it would take ten milliseconds. */
const given = (key: string) =>
  bed.store.put(BUCKET, key, Buffer.from('an image'), { contentType: 'image/png', metadata: { owner: ann.userId } });
const narrowed = ({ caller }: MemoryPerson, scopes: readonly Scope[], prefix?: string): Member => ({
  ...caller,
  narrowing: { scopes, prefix },
});

describe('a narrow token', () => {
  const OPERATIONS = {
    put: (caller: Member) => bed.put(caller, at('new.png')),
    overwrite: (caller: Member) => bed.put(caller, at('secret/a.png'), createImage({ bytes: Buffer.from('over') })),
    copy: (caller: Member) => bed.objects.copy(caller, at('secret/a.png'), at('public/a.png')),
    move: (caller: Member) => bed.objects.move(caller, at('secret/a.png'), at('public/a.png')),
    remove: (caller: Member) => bed.objects.remove(caller, BUCKET, 'secret/a.png'),
    removeMany: (caller: Member) => bed.objects.removeMany(caller, BUCKET, ['secret/a.png']),
    stat: (caller: Member) => bed.reader.stat(caller, BUCKET, 'secret/a.png'),
    read: (caller: Member) => bed.reader.read(caller, BUCKET, 'secret/a.png'),
    download: (caller: Member) => bed.reader.download(caller, { ...at('secret/a.png'), withBody: true }),
    openLink: (caller: Member) => bed.reader.openLink(caller, { ...at('secret/a.png'), withBody: true }),
    presignGet: (caller: Member) =>
      bed.reader.presignGet(caller, at('secret/a.png'), { expiresInSeconds: 60, mountUrl: 'http://127.0.0.1' }),
    requireWritable: (caller: Member) => bed.writes.requireWritable(caller, at('new.png'), 'overwrite'),
  };
  type Operation = keyof typeof OPERATIONS;

  /** What each wants, and what it is refused with when that is missing, in the order in which it is asked. */
  const WANTED: Readonly<Record<Operation, readonly (readonly [Scope, string])[]>> = {
    put: [['upload', 'AccessDenied']],
    overwrite: [['upload', 'AccessDenied']],
    copy: [
      ['read', 'NoSuchKey'],
      ['upload', 'AccessDenied'],
    ],
    move: [
      ['read', 'NoSuchKey'],
      ['delete', 'NoSuchKey'],
      ['upload', 'AccessDenied'],
    ],
    // What is beyond reach is as good as gone, and removing what is gone succeeds.
    remove: [],
    removeMany: [],
    stat: [['read', 'NoSuchKey']],
    read: [['read', 'NoSuchKey']],
    download: [['read', 'NoSuchKey']],
    openLink: [['read', 'NoSuchKey']],
    presignGet: [['read', 'NoSuchKey']],
    requireWritable: [['upload', 'AccessDenied']],
  };
  const subsets = Array.from({ length: 2 ** SCOPES.length }, (_, set) =>
    SCOPES.filter((_action, index) => (set & (1 << index)) !== 0),
  );
  const expectedOf = (operation: Operation, scopes: readonly Scope[]): string | undefined =>
    scopes.length === 0 ? 'NoSuchBucket' : WANTED[operation].find(([action]) => !scopes.includes(action))?.[1];
  // The keys of the table above, which `Object.keys` gives as text.
  const names = Object.keys(OPERATIONS) as readonly Operation[];
  const rows = names.flatMap((operation) =>
    subsets.map((scopes) => [operation, scopes, expectedOf(operation, scopes)] as const),
  );

  it.each(rows)('that tries to %s with the scopes %j is answered %s', async (operation, scopes, expected) => {
    const before = await given('secret/a.png');
    const refused = await refusalOf(OPERATIONS[operation](narrowed(ann, scopes)));
    expect(refused).toBe(expected);
    const isDone = refused === undefined;
    const isGone = isDone && (operation === 'move' || (operation.startsWith('remove') && scopes.includes('delete')));
    expect(await isThere('secret/a.png')).toBe(!isGone);
    expect(await isThere('public/a.png')).toBe(isDone && (operation === 'copy' || operation === 'move'));
    expect(await isThere('new.png')).toBe(isDone && operation === 'put');
    const etag = (await bed.store.head(BUCKET, 'secret/a.png'))?.etag;
    if (!isGone && operation !== 'overwrite') expect(etag).toBe(before?.etag);
  });

  it.each(subsets.filter(({ length }) => length > 0).map((scopes) => ({ scopes })))(
    'lists with the scopes $scopes only if it may',
    async ({ scopes }) => {
      await given('secret/a.png');
      const listing = { bucketName: BUCKET, prefix: '', pageSize: 10, recursive: true };
      const { lists } = await bed.reader.list(narrowed(ann, scopes), listing);
      expect(lists).toHaveLength(scopes.includes('list') ? 1 : 0);
    },
  );

  it.each(['copy', 'move'] as const)('can %s neither out of its prefix nor into it', async (operation) => {
    await given('in/a.png');
    await given('out/b.png');
    const caller = narrowed(ann, SCOPES, 'in/');
    const attempt = (from: string, to: string) => refusalOf(bed.objects[operation](caller, at(from), at(to)));
    expect(await attempt('in/a.png', 'out/a.png')).toBe('AccessDenied');
    expect(await attempt('out/b.png', 'in/b.png')).toBe('NoSuchKey');
    expect(await attempt('in/missing.png', 'in/c.png')).toBe('NoSuchKey');
    expect(await Promise.all(['in/a.png', 'out/b.png', 'out/a.png', 'in/b.png'].map(isThere))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(await attempt('in/a.png', 'in/c.png')).toBeUndefined();
  });
});

describe('a member of a shared bed', () => {
  let bob: MemoryPerson;
  beforeEach(async () => {
    bob = await bed.person();
    await bed.put(ann.caller, at('a.png'));
  });

  it('copies what it may read, and owns the copy', async () => {
    await bed.objects.copy(bob.caller, at('a.png'), at('b.png'));
    expect((await bed.store.head(BUCKET, 'b.png'))?.metadata).toMatchObject({
      owner: bob.userId,
      width: '2',
      height: '2',
    });
    expect((await bed.store.head(BUCKET, 'a.png'))?.metadata['owner']).toBe(ann.userId);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['moves', () => bed.objects.move(bob.caller, at('a.png'), at('b.png'))],
    ['removes', () => bed.objects.remove(bob.caller, BUCKET, 'a.png')],
    ['overwrites', () => bed.put(bob.caller, at('a.png'), createImage({ bytes: Buffer.from('bob') }))],
    ['announces over', () => bed.writes.requireWritable(bob.caller, at('a.png'), 'overwrite')],
  ])('never %s what is somebody else’s', async (_, attempt) => {
    const before = await bed.store.head(BUCKET, 'a.png');
    expect(await refusalOf(attempt())).toBe('AccessDenied');
    expect(await bed.store.head(BUCKET, 'a.png')).toEqual(before);
  });

  it('is told of each of many which it could not remove', async () => {
    await bed.put(bob.caller, at('b.png'));
    const removals = await bed.objects.removeMany(bob.caller, BUCKET, ['a.png', 'b.png', 'missing.png', 'b.png']);
    expect(removals).toMatchObject([
      { objectName: 'a.png', error: { code: 'AccessDenied' } },
      { objectName: 'b.png' },
      { objectName: 'missing.png' },
    ]);
    expect(removals.map(({ error }) => error !== undefined)).toEqual([true, false, false]);
  });

  it('loses no race for a name to somebody who looks at the same moment', async () => {
    bed.store.hooks.before = async ({ method, key }) => {
      if (method !== 'put' || key !== 'race.png') return;
      bed.store.hooks.before = undefined;
      await bed.put(ann.caller, at('race.png'));
    };
    expect(await refusalOf(bed.put(bob.caller, at('race.png')))).toBe('AccessDenied');
    expect((await bed.store.head(BUCKET, 'race.png'))?.metadata['owner']).toBe(ann.userId);
  });

  it('leaves the source where it is when the copy of a move fails', async () => {
    bed.store.hooks.before = ({ method }) => {
      if (method === 'copy') throw new Error('away');
    };
    await expect(bed.objects.move(ann.caller, at('a.png'), at('b.png'))).rejects.toThrow('away');
    expect(await isThere('a.png')).toBe(true);
    expect(await bed.usage.read(ann.userId)).toEqual({ bytes: 8, objects: 1 });
  });
});

describe('a name that is taken', () => {
  it.each([
    ['overwrite', 'a.png'],
    ['rename', 'a-1.png'],
  ] as const)('is written to with onConflict %s as %s', async (onConflict, expected) => {
    await bed.put(ann.caller, at('a.png'));
    const stored = await bed.put(ann.caller, at('a.png'), createImage({ bytes: Buffer.from('two') }), { onConflict });
    expect(stored.objectName).toBe(expected);
    expect(await bed.usage.read(ann.userId)).toEqual(
      onConflict === 'rename' ? { bytes: 11, objects: 2 } : { bytes: 3, objects: 1 },
    );
  });

  it('is refused with onConflict error, for a put, a copy and an announcement', async () => {
    await bed.put(ann.caller, at('a.png'));
    await bed.put(ann.caller, at('b.png'));
    const how = { onConflict: 'error' } as const;
    expect(await refusalOf(bed.put(ann.caller, at('a.png'), createImage(), how))).toBe('ObjectExists');
    expect(await refusalOf(bed.objects.copy(ann.caller, at('b.png'), at('a.png'), how))).toBe('ObjectExists');
    expect(await refusalOf(bed.writes.requireWritable(ann.caller, at('a.png'), 'error'))).toBe('ObjectExists');
    expect(await refusalOf(bed.objects.copy(ann.caller, at('b.png'), at('b.png')))).toBe('ObjectExists');
    expect(await bed.usage.read(ann.userId)).toEqual({ bytes: 16, objects: 2 });
  });
});
