import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import { SCOPES } from '../../../../src/naming/scope.ts';
import type { Member } from '../../../../src/services/access/access.ts';
import { toMember } from '../../../../src/services/identity/users.ts';
import type { SentImage } from '../../../../src/services/uploads/client-uploads.ts';
import {
  BUCKET,
  createImage,
  createMemoryBed,
  MAX_BYTES,
  type MemoryBed,
  type MemoryPerson,
} from '../../../support/memory/bed.ts';
import { makePng } from '../../../support/png.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

const MOUNT = 'https://example.com/imagepic';
const RETRY = 15 * 60 * 1000;
const PNG = makePng(2, 2).toString('base64');
const REFUSED: SentImage = {
  originalName: 'C:\\virus.exe',
  error: new AppError('UnsupportedMediaType', { zh: '不是图片', en: 'It is no image' }, { details: { size: 1 } }),
};

let bed: MemoryBed;
let ann: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
});

type Request = Parameters<MemoryBed['clientUploads']['store']>[1];
const named = (originalName?: string, text = 'an image') => createImage({ originalName, bytes: Buffer.from(text) });
const store = (changes: Partial<Request> = {}, caller: Member = ann.caller) =>
  bed.clientUploads.store(caller, { images: [named('cat.png')], nameTemplate: '{name}.{ext}', ...changes }, MOUNT);
const narrowed = (narrowing: Partial<NonNullable<Member['narrowing']>> = {}): Member => ({
  ...ann.caller,
  narrowing: { scopes: ['upload'], ...narrowing },
});
const first = async (changes: Partial<Request> = {}, caller?: Member) => (await store(changes, caller)).outcomes[0];

describe('an upload', () => {
  it('is answered with all that a client may show', async () => {
    const image = named('dir/cat.png');
    const [outcome] = (await store({ images: [image] })).outcomes;
    const { size, contentType, extension, width, height, frames, sha256 } = image;
    expect(outcome).toEqual({
      ...{ bucketName: BUCKET, objectName: 'cat.png', etag: (await bed.store.head(BUCKET, 'cat.png'))?.etag },
      ...{ size, contentType, extension, width, height, frames, sha256, isDuplicate: false },
      ...{
        name: 'cat.png',
        url: `${MOUNT}/i/${BUCKET}/cat.png`,
        thumbUrl: `${MOUNT}/i/${BUCKET}/cat.png`,
        deleteToken: expect.stringMatching(/^d1\./),
      },
    });
  });

  it.each<[string, Partial<Request>, string]>([
    ['the bed’s', { nameTemplate: undefined }, `${named().sha256.slice(0, 32)}.png`],
    ['its own', { nameTemplate: 'x-{name}' }, 'x-cat.png'],
    ['its own, which has the extension', { nameTemplate: '{name}.{ext}' }, 'cat.png'],
    ['its own, which has another one', { nameTemplate: '{name}.gif' }, 'cat.gif.png'],
  ])('is named by %s template', async (_, changes, objectName) => {
    expect(await store(changes)).toMatchObject({ objectName: [objectName] });
  });

  it('whose file has no name is called as it is stored', async () => {
    expect(await first({ images: [named()], folder: 'f' })).toMatchObject({
      objectName: `f/${named().sha256.slice(0, 32)}.png`,
      name: `${named().sha256.slice(0, 32)}.png`,
    });
  });

  it.each<[string, Partial<Request>, string]>([
    ['a whole image', { images: [{ base64: PNG, originalName: 'b.png' }] }, 'b.png'],
    ['one without a name', { images: [{ base64: PNG }], nameTemplate: 'x' }, 'x.png'],
  ])('as base64 of %s is received here', async (_, changes, objectName) => {
    expect(await store(changes)).toMatchObject({ objectName: [objectName], outcomes: [{ width: 2, height: 2 }] });
  });

  it.each([
    ['is none', '***=', 'InvalidArgument'],
    ['holds no image', Buffer.from('text').toString('base64'), 'UnsupportedMediaType'],
    ['is too long', 'A'.repeat(Math.ceil((MAX_BYTES + 4) / 3) * 4), 'EntityTooLarge'],
  ])('as base64 that %s is refused', async (_, base64, refusal) => {
    expect(await refusalOf(store({ images: [{ base64 }] }))).toBe(refusal);
  });
});

describe('the place of an upload', () => {
  let albumId: number;
  let strategyId: number;
  beforeEach(async () => {
    await bed.store.makeBucket('other');
    const grants = [BUCKET, 'other'].map((bucketName) => ({
      ...{ bucketName, prefix: '' },
      actions: [...SCOPES],
    }));
    const user = await bed.users.update(ann.userId, (stored) => ({ ...stored, grants }));
    ann = { ...ann, user, caller: toMember(ann.userId, user) };
    albumId = await bed.albums.numberOf({ bucketName: 'other', folder: 'trip' });
    strategyId = await bed.albums.numberOf({ bucketName: 'other', folder: '' });
  });

  it.each<[string, () => Partial<Request>, Partial<NonNullable<Member['narrowing']>> | undefined, string]>([
    ['nothing said', () => ({}), undefined, 'images/cat.png'],
    ['a bucket', () => ({ bucketName: 'other' }), undefined, 'other/cat.png'],
    ['a folder', () => ({ folder: 'f/g' }), undefined, 'images/f/g/cat.png'],
    ['an empty folder', () => ({ folder: '' }), undefined, 'images/cat.png'],
    ['an album by name', () => ({ album: 'new' }), undefined, 'images/new/cat.png'],
    ['an album by number', () => ({ albumId }), undefined, 'other/trip/cat.png'],
    ['a folder of an album', () => ({ albumId, folder: 'f' }), undefined, 'other/trip/f/cat.png'],
    ['an album and another bucket', () => ({ albumId, bucketName: BUCKET }), undefined, 'other/trip/cat.png'],
    ['an album by number and by name', () => ({ albumId, album: 'new' }), undefined, 'other/trip/cat.png'],
    ['a strategy', () => ({ strategyId }), undefined, 'other/cat.png'],
    ['a strategy and a bucket', () => ({ strategyId, bucketName: BUCKET }), undefined, 'images/cat.png'],
    ['the strategy that is the bed', () => ({ strategyId: 1 }), { bucketName: BUCKET }, 'images/cat.png'],
    ['a token of a bucket', () => ({}), { bucketName: 'other' }, 'other/cat.png'],
    ['a token of a prefix', () => ({}), { prefix: 'blog/' }, 'images/blog/cat.png'],
    ['a token of a prefix with slashes', () => ({}), { prefix: 'blog//' }, 'NO'],
    ['a folder and a token of its prefix', () => ({ folder: 'blog/f' }), { prefix: 'blog/' }, 'images/blog/f/cat.png'],
    ['an empty folder and a token of a prefix', () => ({ folder: '' }), { prefix: 'blog/' }, 'images/blog/cat.png'],
  ])('by %s', async (_, changes, narrowing, expected) => {
    const caller = narrowing === undefined ? ann.caller : narrowed({ scopes: ['upload', 'list'], ...narrowing });
    const attempt = store(changes(), caller);
    if (expected === 'NO') return expect(await refusalOf(attempt)).toBe('AccessDenied');
    const { bucketName, objectName } = await attempt;
    expect(`${bucketName}/${objectName[0]}`).toBe(expected);
  });

  it.each<[string, () => Partial<Request>, string]>([
    ['an album that is none', () => ({ albumId: 99 }), 'InvalidArgument'],
    ['a strategy that is none', () => ({ strategyId: 99 }), 'InvalidArgument'],
    ['a bucket that is none', () => ({ bucketName: 'missing' }), 'NoSuchBucket'],
    ['a folder that no key has', () => ({ folder: 'a//b' }), 'InvalidArgument'],
    ['the service’s own folder', () => ({ folder: '.imagepic' }), 'InvalidArgument'],
  ])('by %s is refused', async (_, changes, refusal) => {
    expect(await refusalOf(store(changes()))).toBe(refusal);
  });

  it('gives an album by name its number, which it keeps', async () => {
    await store({ album: 'new' });
    await store({ album: 'new', images: [named('dog.png', 'a dog')] });
    const { albums } = await bed.albums.list(ann.caller, 1);
    expect(albums.filter(({ folder }) => folder === 'new')).toMatchObject([{ images: 2 }]);
  });

  it('gives an album no number when nothing could be stored', async () => {
    expect(await refusalOf(store({ album: 'new', images: [REFUSED] }))).toBe('UnsupportedMediaType');
    expect((await bed.albums.list(ann.caller, 1)).albums.map(({ folder }) => folder)).not.toContain('new');
  });

  it('S16 in a private bed is below the own prefix, and so is an album', async () => {
    bed = await createMemoryBed({ bed: 'private' });
    ann = await bed.person();
    expect(await store({ album: 'new' })).toMatchObject({ objectName: [`${ann.userId}/new/cat.png`] });
    expect((await bed.albums.list(ann.caller, 1)).albums).toMatchObject([{ folder: `${ann.userId}/new`, images: 1 }]);
  });
});

describe('several files', () => {
  it('are told of one by one; who is refused keeps nobody out', async () => {
    const images = [named('a.png', '1'), REFUSED, named('b.png', '2'), { base64: '***=' }];
    const { objectName, outcomes } = await store({ images });
    expect(objectName).toEqual(['a.png', 'b.png']);
    expect(outcomes).toMatchObject([
      { objectName: 'a.png' },
      { error: 'UnsupportedMediaType', err: { zh: '不是图片', en: 'It is no image' }, name: 'virus.exe' },
      { objectName: 'b.png' },
      { error: 'InvalidArgument' },
    ]);
    expect(Object.keys(outcomes[3] ?? {}).sort()).toEqual(['err', 'error']);
  });

  it('of which none could be stored are refused with the first refusal, and all in its details', async () => {
    const refused = await errorOf(store({ images: [REFUSED, { base64: '***=' }] }));
    expect(refused?.code).toBe('UnsupportedMediaType');
    expect(refused?.details).toMatchObject({
      size: 1,
      outcomes: [{ error: 'UnsupportedMediaType' }, { error: 'InvalidArgument' }],
    });
  });

  it('of which there is one are refused as that one is', async () => {
    const refused = await errorOf(store({ images: [REFUSED] }));
    expect(refused).toBe('error' in REFUSED && REFUSED.error);
  });

  it('that are none are answered so', async () => {
    expect(await store({ images: [] })).toEqual({ bucketName: BUCKET, objectName: [], outcomes: [] });
  });

  it('fail as a whole with what is no refusal', async () => {
    bed.store.hooks.before = ({ method }) => {
      if (method === 'put') throw new TypeError('a bug');
    };
    await expect(store({ images: [REFUSED, named()] })).rejects.toThrow(new TypeError('a bug'));
  });

  it('of the same name and other bytes overwrite nothing', async () => {
    const { objectName } = await store({ images: [named('a.png', '1'), named('a.png', '2'), named('a.png', '1')] });
    expect(objectName).toEqual(['a.png', 'a-1.png', 'a.png']);
  });
});

describe('the same bytes again', () => {
  it.each<[string, Partial<Request>, boolean]>([
    ['under the same name', {}, true],
    ['in another folder', { folder: 'f' }, false],
    ['under another template', { nameTemplate: 'x-{name}' }, false],
    ['under another file name, which the name is made of', { images: [named('dog.png')] }, false],
  ])('%s are a duplicate: %s', async (_, changes, isDuplicate) => {
    await store();
    expect(await first(changes)).toMatchObject({ isDuplicate });
  });

  it('under another file name are one where the name is not made of it', async () => {
    const nameTemplate = '{uuid}.{ext}';
    const one = await first({ nameTemplate });
    const other = await first({ nameTemplate, images: [named('dog.png')] });
    expect(other).toMatchObject({ isDuplicate: true, name: 'dog.png', url: one && 'url' in one && one.url });
  });

  it.each<[string, () => Member, number, boolean]>([
    ['a session', () => ann.caller, RETRY + 1, true],
    ['a token that may delete', () => narrowed({ scopes: ['upload', 'delete'] }), RETRY + 1, true],
    ['a token that may not, at once', () => narrowed(), 0, true],
    ['a token that may not, within a quarter of an hour', () => narrowed(), RETRY, true],
    ['a token that may not, later', () => narrowed(), RETRY + 1, false],
  ])('come with leave to remove them for %s', async (_, caller, milliseconds, expected) => {
    await store();
    bed.clock.now += milliseconds;
    const outcome = await first({}, caller());
    expect(outcome).toMatchObject({ isDuplicate: true });
    expect(outcome !== undefined && 'deleteToken' in outcome).toBe(expected);
  });

  it('come with leave to remove what is new, for any token', async () => {
    expect(await first({}, narrowed())).toHaveProperty('deleteToken');
  });

  it('come with leave that works', async () => {
    const outcome = await first();
    const token = outcome !== undefined && 'deleteToken' in outcome ? outcome.deleteToken : undefined;
    expect(await bed.deleteCapabilities.redeemAll([token ?? ''])).toMatchObject({ objectName: ['cat.png'] });
    expect(await bed.store.head(BUCKET, 'cat.png')).toBeUndefined();
  });
});
