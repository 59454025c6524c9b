import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../../src/errors.ts';
import type { Member } from '../../../../src/services/access/access.ts';
import { toMember } from '../../../../src/services/identity/users.ts';
import {
  BUCKET,
  createImage,
  createMemoryBed,
  type MemoryBed,
  type MemoryPerson,
  START,
} from '../../../support/memory/bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

const BYTES = Buffer.from('an image');
const OTHER = Buffer.from('another image');
const KEY = ['folder', '{hash}.{ext}'] as const;

let bed: MemoryBed;
let ann: MemoryPerson;
let bob: MemoryPerson;
const openBed = async (kind: 'shared' | 'private'): Promise<void> => {
  bed = await createMemoryBed({ bed: kind });
  ann = await bed.person();
  bob = await bed.person();
};
beforeEach(() => openBed('shared'));

const at = (objectName: string) => ({ bucketName: BUCKET, objectName });
const image = (bytes = BYTES) => createImage({ bytes });
const head = (key: string) => bed.store.head(BUCKET, key);
const keys = async () => (await bed.store.list(BUCKET, { limit: 100 })).objects.map(({ key }) => key);
const used = ({ userId }: MemoryPerson) => bed.usage.read(userId);
/** Stores once for the same key of duplicates. */
const putOnce = ({ caller }: MemoryPerson, objectName: string, bytes = BYTES, duplicateKey: readonly string[] = KEY) =>
  bed.put(caller, at(objectName), image(bytes), { duplicateKey: [...duplicateKey, bytes.toString()] });
const puts = (): string[] => {
  const seen: string[] = [];
  bed.store.hooks.before = ({ method, key }) => {
    if (method === 'put') seen.push(key);
  };
  return seen;
};

describe('an image', () => {
  it('is stored as it is, with what is known of it', async () => {
    const stored = await bed.put(ann.caller, at('f/a.png'), image(), { metaData: { title: 'a cat' } });
    const found = await head('f/a.png');
    const imageId = found?.metadata['image-id'];
    expect(imageId).toMatch(/^[\w-]{16,}$/);
    const facts = { width: 2, height: 2, frames: 1 };
    const known = { etag: found?.etag, imageId, isDuplicate: false, lastModified: new Date(START), facts };
    expect(stored).toEqual({ ...at('f/a.png'), ...known });
    expect(found).toMatchObject({ contentType: 'image/png', size: 8 });
    expect(found?.metadata).toEqual({
      title: 'a cat',
      owner: ann.userId,
      width: '2',
      height: '2',
      frames: '1',
      sha256: image().sha256,
      'image-id': imageId,
    });
    const opened = await bed.reader.read(ann.caller, BUCKET, 'f/a.png');
    expect(opened.bytes).toEqual(BYTES);
    expect(await used(ann)).toEqual({ bytes: 8, objects: 1 });
  });

  it.each([
    ['its grants were taken away', { grants: [] }, 'NoSuchBucket'],
    ['its quota was lowered', { quota: { objects: 1 } }, 'QuotaExceeded'],
  ])('S17 is not stored when %s while it came', async (_, change, refusal) => {
    const admin = await bed.person({ role: 'admin' });
    await bed.put(ann.caller, at('before.png'));

    await bed.users.administer(admin.userId, { userId: ann.userId, ...change });

    expect(await refusalOf(bed.put(ann.caller, at('late.png')))).toBe(refusal);
    expect(await head('late.png')).toBeUndefined();
  });

  it.each<readonly [string, (tokenId: string, adminId: string) => Promise<unknown>]>([
    ['its account was disabled', (_, adminId) => bed.users.administer(adminId, { userId: ann.userId, disabled: true })],
    ['its account was deleted', () => bed.accountChanges.remove(ann.caller, 'correct horse 7', 'remove', undefined)],
    ['its token was revoked', (tokenId) => bed.apiTokens.revoke(ann.userId, tokenId)],
  ])('S17 is not stored when %s while it came', async (_, end) => {
    const admin = await bed.person({ role: 'admin' });
    const { token, id: tokenId } = await bed.apiTokens.create(ann.userId, { name: 't', scopes: ['upload'] });
    const caller = await bed.credentials.identify(token, undefined);
    if (caller.kind !== 'member') throw new Error('the token is nobody’s');
    await bed.put(caller, at('before.png'));

    await end(tokenId, admin.userId);

    expect(await refusalOf(bed.put(caller, at('late.png')))).toBe('InvalidToken');
    expect(await head('late.png')).toBeUndefined();
  });

  it.each([
    ['C:\\图\\红色 图.png', '红色 图.png'],
    ['../../a.png', 'a.png'],
    ['..', undefined],
    [undefined, undefined],
  ])('keeps what its file was called, without its folders: %s', async (originalName, kept) => {
    await bed.put(ann.caller, at('hash.png'), { ...image(), originalName });
    expect((await head('hash.png'))?.metadata['original-name']).toBe(kept);
    const { images } = await bed.albumImages.page(ann.caller, { order: 'newest', keyword: '', page: 1 }, '');
    expect(images.map((each) => each.originalName)).toEqual([kept ?? 'hash.png']);
  });

  it('is stored without anything that the user wants kept', async () => {
    await bed.put(ann.caller, at('a.png'));
    expect(Object.keys((await head('a.png'))?.metadata ?? {}).sort()).toEqual([
      ...['frames', 'height', 'image-id', 'owner', 'sha256', 'width'],
    ]);
  });

  it.each(['owner', 'width', 'height', 'frames', 'sha256'])(
    'has no other %s because its user says so',
    async (name) => {
      await bed.put(ann.caller, at('a.png'), image(), { metaData: { [name]: 'forged', title: 'kept' } });
      const { [name]: value, title } = (await head('a.png'))?.metadata ?? {};
      expect([title, value]).toEqual(['kept', { owner: ann.userId, frames: '1', sha256: image().sha256 }[name] ?? '2']);
    },
  );

  it.each<[string, number | undefined, string | undefined]>([
    ['no limit', undefined, undefined],
    ['a limit above its size', 9, undefined],
    ['a limit of its size', 8, undefined],
    ['a limit of a byte less', 7, 'EntityTooLarge'],
    ['a limit of nothing', 0, 'EntityTooLarge'],
  ])('of a token with %s, by the byte', async (_, maxBytes, refusal) => {
    const caller: Member = { ...ann.caller, narrowing: { scopes: ['upload'], maxBytes } };
    for (const duplicateKey of [undefined, KEY]) {
      const refused = await errorOf(bed.put(caller, at('a.png'), image(), { duplicateKey }));
      expect(refused?.code).toBe(refusal);
      if (refusal !== undefined) expect(refused?.details).toEqual({ maxBytes, size: 8 });
    }
    expect(await keys()).toEqual(refusal === undefined ? ['a.png'] : []);
  });
});

describe('the finished key', () => {
  it.each<[string, string | undefined, 'shared' | 'private']>([
    ['a.png', 'a.png', 'shared'],
    ['e\u0301.png', '\u00e9.png', 'shared'],
    ['a'.repeat(1024), 'a'.repeat(1024), 'shared'],
    ['a'.repeat(1025), undefined, 'shared'],
    ['', undefined, 'shared'],
    ['a//b.png', undefined, 'shared'],
    ['a/../b.png', undefined, 'shared'],
    ['.imagepic/a.png', undefined, 'shared'],
    ['.imagepic', undefined, 'shared'],
    ['.imagepictures/a.png', '.imagepictures/a.png', 'shared'],
    ['a.png', 'ANN/a.png', 'private'],
    ['ANN/a.png', 'ANN/a.png', 'private'],
    ['BOB/a.png', 'ANN/BOB/a.png', 'private'],
    ['.imagepic/a.png', 'ANN/.imagepic/a.png', 'private'],
    ['../BOB/a.png', undefined, 'private'],
    ['a'.repeat(1024 - 35), `ANN/${'a'.repeat(1024 - 35)}`, 'private'],
    ['a'.repeat(1024 - 34), undefined, 'private'],
    ['', undefined, 'private'],
  ])('%j is %j in a %s bed', async (wanted, expected, kind) => {
    await openBed(kind);
    const fill = (name: string): string => name.replace('ANN', ann.userId).replace('BOB', bob.userId);
    for (const duplicateKey of [undefined, KEY]) {
      const refused = await refusalOf(bed.put(ann.caller, at(fill(wanted)), image(), { duplicateKey }));
      expect(refused).toBe(expected === undefined ? 'InvalidArgument' : undefined);
    }
    expect(await keys()).toEqual(expected === undefined ? [] : [fill(expected)]);
  });
});

describe('what is told', () => {
  const booked = (objectName: string, { userId }: MemoryPerson, size: number) => ({
    ...{ bucketName: BUCKET, objectName, size },
    ownerId: userId,
  });

  it('is every image that is stored, once, with what it took the place of', async () => {
    await bed.put(ann.caller, at('a.png'));
    await bed.put(ann.caller, at('a.png'), image(OTHER));
    await putOnce(ann, 'b.png');
    await putOnce(ann, 'b.png');
    const actorId = ann.userId;
    expect(bed.told).toMatchObject([
      { kind: 'stored', actorId, image: booked('a.png', ann, 8), replaced: undefined },
      { kind: 'stored', actorId, image: booked('a.png', ann, 13), replaced: booked('a.png', ann, 8) },
      { kind: 'stored', actorId, image: booked('b.png', ann, 8), replaced: undefined },
    ]);
    expect(await used(ann)).toEqual({ bytes: 21, objects: 2 });
  });

  it.each<[string, () => void]>([
    [
      'the put fails',
      () => {
        bed.store.hooks.before = ({ method }) => {
          if (method === 'put') throw new Error('away');
        };
      },
    ],
    [
      'its answer is lost',
      () => {
        bed.store.hooks.after = ({ method }) => {
          if (method === 'put') throw new Error('away');
        };
      },
    ],
  ])('is nothing when %s, and nothing is counted', async (_, interfere) => {
    interfere();
    await expect(bed.put(ann.caller, at('a.png'))).rejects.toThrow('away');
    await expect(putOnce(ann, 'a.png')).rejects.toThrow('away');
    expect(bed.told).toEqual([]);
    expect(await used(ann)).toEqual({ bytes: 0, objects: 0 });
  });

  it('is nothing beyond the quota', async () => {
    const user = await bed.users.update(ann.userId, (stored) => ({ ...stored, quota: { bytes: 7 } }));
    const caller = toMember(ann.userId, user);
    expect(await refusalOf(bed.put(caller, at('a.png')))).toBe('QuotaExceeded');
    expect(await refusalOf(bed.put(caller, at('a.png'), image(), { duplicateKey: KEY }))).toBe('QuotaExceeded');
    expect([bed.told, await keys()]).toEqual([[], []]);
  });

  it('fails the call when a listener does', async () => {
    bed.events.on(() => {
      throw new Error('the books are away');
    });
    await expect(bed.put(ann.caller, at('a.png'))).rejects.toThrow('the books are away');
  });
});

describe('the same bytes under the same key of duplicates', () => {
  it('are not stored again, whatever they would be called now', async () => {
    const first = await putOnce(ann, 'a.png');
    bed.clock.now += 1000;
    const seen = puts();
    expect(await putOnce(ann, 'b.png')).toEqual({ ...first, isDuplicate: true });
    expect([seen, await keys()]).toEqual([[], ['a.png']]);
    expect(await used(ann)).toEqual({ bytes: 8, objects: 1 });
  });

  it('are stored again for another owner', async () => {
    await putOnce(ann, 'a.png');
    expect(await putOnce(bob, 'b.png')).toMatchObject({ ...at('b.png'), isDuplicate: false });
    expect([await used(ann), await used(bob)]).toEqual([
      { bytes: 8, objects: 1 },
      { bytes: 8, objects: 1 },
    ]);
  });

  it('are stored again under another key', async () => {
    await putOnce(ann, 'a.png');
    expect(await putOnce(ann, 'b.png', BYTES, ['other'])).toMatchObject({ ...at('b.png'), isDuplicate: false });
    expect(await keys()).toEqual(['a.png', 'b.png']);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['is gone', () => bed.objects.remove(ann.caller, BUCKET, 'a.png')],
    ['was replaced', () => bed.put(ann.caller, at('a.png'), image(OTHER))],
    [
      'is somebody else’s now',
      () =>
        bed.store.copy(
          { bucket: BUCKET, key: 'a.png' },
          { bucket: BUCKET, key: 'a.png' },
          { metadata: { owner: bob.userId, sha256: image().sha256 } },
        ),
    ],
    [
      'says nothing of its bytes',
      () =>
        bed.store.copy(
          { bucket: BUCKET, key: 'a.png' },
          { bucket: BUCKET, key: 'a.png' },
          { metadata: { owner: ann.userId } },
        ),
    ],
  ])('are stored again when the image %s', async (_, change) => {
    await putOnce(ann, 'a.png');
    await change();
    expect(await putOnce(ann, 'b.png')).toMatchObject({ ...at('b.png'), isDuplicate: false });
    // From now on that one is known.
    expect(await putOnce(ann, 'c.png')).toMatchObject({ ...at('b.png'), isDuplicate: true });
  });

  it('are stored again by a token that does not reach the image', async () => {
    await putOnce(ann, 'secret/a.png');
    const caller: Member = { ...ann.caller, narrowing: { scopes: ['upload'], prefix: 'in/' } };
    const how = { duplicateKey: [...KEY, BYTES.toString()] };
    expect(await bed.put(caller, at('in/a.png'), image(), how)).toMatchObject({
      ...at('in/a.png'),
      isDuplicate: false,
    });
  });
});

describe('a name that is taken, under a key of duplicates', () => {
  it('by one’s own same bytes is the image that is meant, and known from now on', async () => {
    const first = await bed.put(ann.caller, at('a.png'));
    bed.clock.now += 1000;
    expect(await putOnce(ann, 'a.png')).toEqual({ ...first, isDuplicate: true });
    expect(bed.told).toHaveLength(1);
    expect(await used(ann)).toEqual({ bytes: 8, objects: 1 });
    expect(await putOnce(ann, 'b.png')).toMatchObject({ ...at('a.png'), isDuplicate: true });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['one’s own other bytes', () => bed.put(ann.caller, at('a.png'), image(OTHER))],
    ['somebody else’s same bytes', () => bed.put(bob.caller, at('a.png'))],
    ['nobody’s', () => bed.store.put(BUCKET, 'a.png', BYTES, { contentType: 'image/png' })],
  ])('by %s is never overwritten', async (_, take) => {
    await take();
    const before = await head('a.png');
    const stored = await putOnce(ann, 'a.png');
    const added = await head('a-1.png');
    expect(stored).toEqual({
      ...at('a-1.png'),
      etag: added?.etag,
      imageId: added?.metadata['image-id'],
      isDuplicate: false,
      lastModified: new Date(START),
      facts: { width: 2, height: 2, frames: 1 },
    });
    expect(await head('a.png')).toEqual(before);
    expect(await putOnce(ann, 'a.png')).toEqual({ ...stored, isDuplicate: true });
  });

  it('is no excuse for any other refusal', async () => {
    const caller: Member = { ...ann.caller, narrowing: { scopes: ['upload'], prefix: 'in/' } };
    const attempt = bed.put(caller, at('a.png'), image(), { duplicateKey: KEY });
    expect(await refusalOf(attempt)).toBe('AccessDenied');
    let failures = 1;
    bed.store.hooks.before = ({ method }) => {
      if (method !== 'put' || failures === 0) return;
      failures -= 1;
      throw new AppError('ServiceUnavailable', { zh: '存储不在', en: 'the store is away' });
    };
    expect(await refusalOf(putOnce(ann, 'a.png'))).toBe('ServiceUnavailable');
    expect(await keys()).toEqual([]);
    bed.store.hooks.before = ({ method }) => {
      if (method === 'put') throw Object.assign(new Error('no refusal of ours'), { code: 'ObjectExists' });
    };
    await expect(putOnce(ann, 'a.png')).rejects.toThrow('no refusal of ours');
  });

  it.each(['overwrite', 'error'] as const)('is renamed whatever else is wanted: %s', async (onConflict) => {
    await bed.put(ann.caller, at('a.png'), image(OTHER));
    const stored = await bed.put(ann.caller, at('a.png'), image(), { duplicateKey: KEY, onConflict });
    expect(stored.objectName).toBe('a-1.png');
  });

  it('lets several uploads of the same bytes at once come to one image', async () => {
    const stored = await Promise.all(Array.from({ length: 10 }, () => putOnce(ann, 'a.png')));
    expect(stored.filter(({ isDuplicate }) => !isDuplicate)).toHaveLength(1);
    expect(await keys()).toEqual(['a.png']);
    expect(await used(ann)).toEqual({ bytes: 8, objects: 1 });
  });
});
