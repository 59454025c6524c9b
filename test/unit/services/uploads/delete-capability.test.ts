import { createHmac } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { toHolder } from '../../../../src/services/identity/callers.ts';
import {
  BUCKET,
  createImage,
  createMemoryBed,
  type MemoryBed,
  type MemoryPerson,
  START,
} from '../../../support/memory/bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

const YEAR = 365 * 24 * 60 * 60 * 1000;
const KEYS = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)] as const;
const MOUNT = 'https://example.com/imagepic';
const PLACE = { bucketName: BUCKET, objectName: '图/a b.png' };

let bed: MemoryBed;
let ann: MemoryPerson;
let etag: string;
let token: string;
beforeEach(async () => {
  bed = await createMemoryBed({ deleteKeys: KEYS });
  ann = await bed.person();
  etag = (await bed.put(ann.caller, PLACE)).etag;
  token = bed.deleteCapabilities.issue({ ...PLACE, etag });
});

const redeem = (...tokens: readonly string[]) => bed.deleteCapabilities.redeemAll(tokens);
const show = (shown = token) => bed.deleteCapabilities.show(shown, MOUNT);
const isThere = async (): Promise<boolean> => (await bed.store.head(BUCKET, PLACE.objectName)) !== undefined;
const issueFor = async (objectName: string): Promise<string> => {
  const stored = await bed.put(ann.caller, { ...PLACE, objectName });
  return bed.deleteCapabilities.issue({ ...PLACE, ...stored });
};

/** Makes a token by hand. */
const forge = (fields: unknown, key: Uint8Array = KEYS[0]): string => {
  const payload = Buffer.from(typeof fields === 'string' ? fields : JSON.stringify(fields)).toString('base64url');
  return `d1.${payload}.${createHmac('sha256', key).update(payload).digest('base64url')}`;
};
const fieldsOf = (issued: string): readonly unknown[] =>
  JSON.parse(Buffer.from(issued.split('.')[1] ?? '', 'base64url').toString());
/** Changes the fields of a genuine token and leaves its signature. */
const alter = (change: (fields: unknown[]) => unknown): string => {
  const payload = Buffer.from(JSON.stringify(change([...fieldsOf(token)]))).toString('base64url');
  return `d1.${payload}.${token.split('.')[2]}`;
};

describe('a delete capability', () => {
  it('holds expiry, etag, bucket and key under the first of the keys', () => {
    expect(fieldsOf(token)).toEqual([START + YEAR, etag, PLACE.bucketName, PLACE.objectName]);
    expect(token).toBe(forge(fieldsOf(token)));
  });

  it('shows its image without touching it', async () => {
    expect(await show()).toEqual({ ...PLACE, state: 'present', url: `${MOUNT}/i/images/%E5%9B%BE/a%20b.png` });
    expect(await isThere()).toBe(true);
  });

  it('removes its image without a token of the owner’s, and again without complaint', async () => {
    const removed = {
      objectName: [PLACE.objectName],
      bucketName: [BUCKET],
      outcomes: [{ objectName: PLACE.objectName }],
    };
    expect(await redeem(token)).toEqual(removed);
    expect(await isThere()).toBe(false);
    expect(await bed.usage.read(ann.userId)).toEqual({ bytes: 0, objects: 0 });
    expect(await show()).toMatchObject({ state: 'gone' });
    expect(await redeem(token)).toEqual(removed);
  });

  it.each([
    [0, true],
    [YEAR - 1, true],
    [YEAR, false],
    [YEAR + 1, false],
  ])('is good after %i ms: %s', async (milliseconds, expected) => {
    bed.clock.now += milliseconds;
    expect(await refusalOf(show())).toBe(expected ? undefined : 'AccessDenied');
    expect(await refusalOf(redeem(token))).toBe(expected ? undefined : 'AccessDenied');
    expect(await isThere()).toBe(!expected);
  });

  it.each([
    ['the key that signs', KEYS[0], true],
    ['the key that signed before', KEYS[1], true],
    ['a third key', Buffer.alloc(32, 3), false],
    ['no key', Buffer.alloc(0), false],
  ])('is believed when it was signed with %s: %s', async (_, key, expected) => {
    const signed = forge(fieldsOf(token), key);
    expect(await refusalOf(show(signed))).toBe(expected ? undefined : 'AccessDenied');
    expect(await refusalOf(redeem(signed))).toBe(expected ? undefined : 'AccessDenied');
    expect(await isThere()).toBe(!expected);
  });

  it.each<[string, () => string]>([
    ['a later expiry', () => alter(([expiry, ...rest]) => [Number(expiry) + 1, ...rest])],
    ['another etag', () => alter(([expiry, , ...rest]) => [expiry, 'f'.repeat(32), ...rest])],
    ['another bucket', () => alter(([expiry, tag, , key]) => [expiry, tag, 'other', key])],
    ['another key', () => alter(([expiry, tag, bucket]) => [expiry, tag, bucket, 'b.png'])],
    ['a field more', () => alter((fields) => [...fields, 1])],
    ['another signature', () => `${token.slice(0, -2)}AA`],
    ['the signature of another token', () => `${token.slice(0, token.lastIndexOf('.'))}${forge([1]).slice(-44)}`],
    ['no signature', () => token.slice(0, token.lastIndexOf('.'))],
    ['an empty signature', () => token.slice(0, token.lastIndexOf('.') + 1)],
    ['a signature that is too short', () => token.slice(0, -1)],
    ['a signature that is too long', () => `${token}A`],
    ['spare bits of the last letter', () => token.slice(0, -1) + nextLetter(token.at(-1))],
    ['another version', () => `d2${token.slice(2)}`],
    ['something before it', () => `x${token}`],
    ['a line end', () => `${token}\n`],
    ['no payload', () => `d1..${token.split('.')[2]}`],
    ['a genuine signature of no JSON', () => forge('{')],
    ['a genuine signature of no list', () => forge({ etag })],
    ['a genuine signature of a short list', () => forge([START + YEAR, etag, BUCKET])],
    [
      'a genuine signature of an expiry that is no number',
      () => forge([String(START + YEAR), etag, BUCKET, PLACE.objectName]),
    ],
    ['a genuine signature of a key that is no text', () => forge([START + YEAR, etag, BUCKET, 5])],
    ['nothing', () => ''],
  ])('is refused with %s', async (_, make) => {
    const forged = make();
    expect(forged).not.toBe(token);
    expect(await refusalOf(show(forged))).toBe('AccessDenied');
    expect(await refusalOf(redeem(forged))).toBe('AccessDenied');
    expect(await isThere()).toBe(true);
  });

  it('S17 of an API token ends with it, and one of a session does not', async () => {
    const made = await bed.apiTokens.create(ann.userId, { name: 't', scopes: ['upload', 'delete'] });
    const found = await bed.apiTokens.identify(made.token);
    const credential = toHolder({ ...ann.caller, credential: `t-${found?.tokenId}` });
    const { imageId } = await bed.put(ann.caller, { ...PLACE, objectName: 'b.png' });
    const stored = await bed.store.head(BUCKET, 'b.png');
    const image = { ...PLACE, objectName: 'b.png', etag: stored?.etag ?? '', imageId };
    const [ending, lasting] = [
      bed.deleteCapabilities.issue({ ...image, credential }),
      bed.deleteCapabilities.issue(image),
    ];
    await bed.apiTokens.revoke(ann.userId, made.id);
    expect((await errorOf(redeem(ending)))?.text.en).toContain('revoked');
    expect(await bed.store.head(BUCKET, 'b.png')).toBeDefined();
    await redeem(lasting);
    expect(await bed.store.head(BUCKET, 'b.png')).toBeUndefined();
  });

  it('is believed with a key of 1,024 bytes', async () => {
    expect(await redeem(await issueFor('x'.repeat(1024)))).toMatchObject({ outcomes: [{}] });
  });

  it('does not remove the image that has taken its place', async () => {
    await bed.put(ann.caller, PLACE, createImage({ bytes: Buffer.from('another image') }));
    expect(await show()).toMatchObject({ ...PLACE, state: 'replaced' });
    const refused = await errorOf(redeem(token));
    expect(refused?.code).toBe('AccessDenied');
    expect(refused?.text.en).toContain('Another image');
    expect(await isThere()).toBe(true);
  });

  const setUser = (changes: object) => bed.users.update(ann.userId, (user) => ({ ...user, ...changes }));
  it.each<[string, () => Promise<unknown>]>([
    ['is disabled', () => setUser({ disabled: true })],
    ['is gone', () => bed.documents.remove('users', ann.userId)],
    ['has no grant any more', () => setUser({ grants: [] })],
    ['may upload only', () => setUser({ grants: [{ bucketName: BUCKET, prefix: '', actions: ['upload', 'read'] }] })],
    [
      'may delete elsewhere only',
      () => setUser({ grants: [{ bucketName: BUCKET, prefix: 'b/', actions: ['delete'] }] }),
    ],
  ])('is good for nothing when the owner %s', async (_, change) => {
    await change();
    expect(await refusalOf(redeem(token))).toBe('AccessDenied');
    expect(await isThere()).toBe(true);
    expect((await show()).state).toBe('present');
  });

  it('of an image that has come into other hands asks what the new owner may', async () => {
    const bob = await bed.person({ disabled: true });
    const metadata = { owner: bob.userId };
    const place = { bucket: BUCKET, key: PLACE.objectName };
    await bed.store.copy(place, place, { metadata });
    expect(await refusalOf(redeem(token))).toBe('AccessDenied');
    expect(await isThere()).toBe(true);
    await bed.users.update(bob.userId, (user) => ({ ...user, disabled: false }));
    expect(await refusalOf(redeem(token))).toBeUndefined();
    expect(await isThere()).toBe(false);
  });

  it.each<[string, Record<string, string>]>([
    ['no owner', {}],
    ['an empty owner', { owner: '' }],
    ['an owner that no document could have', { owner: 'Somebody Else' }],
    ['an owner beyond the collection', { owner: '../users' }],
    ['an owner that is no account', { owner: 'first-admin' }],
    ['a name of the language', { owner: '__proto__' }],
    ['an owner that is nobody', { owner: `u_${'0'.repeat(32)}` }],
    ['an owner with a line end', { owner: `u_${'0'.repeat(32)}\n` }],
  ])('of an image with %s removes nothing', async (_, metadata) => {
    const place = { bucket: BUCKET, key: PLACE.objectName };
    await bed.store.copy(place, place, { metadata });
    expect(await refusalOf(redeem(token))).toBe('AccessDenied');
    expect(await isThere()).toBe(true);
    expect((await show()).state).toBe('present');
  });
});

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** The last letter of 32 bytes holds two spare bits: the next letter says the same bytes. */
const nextLetter = (letter = 'A'): string => LETTERS[LETTERS.indexOf(letter) ^ 1] ?? 'A';

describe('several delete capabilities', () => {
  it('are redeemed in turn, each told for itself', async () => {
    const [one, two] = [await issueFor('1.png'), await issueFor('2.png')];
    const { objectName, bucketName, outcomes } = await redeem(one, 'forged', two, one);
    expect(objectName).toEqual(['1.png', '2.png', '1.png']);
    expect(bucketName).toEqual([BUCKET, BUCKET, BUCKET]);
    expect(outcomes).toEqual([
      { objectName: '1.png' },
      {
        error: 'AccessDenied',
        err: { zh: expect.stringContaining('删除链接无效'), en: expect.stringContaining('not valid') },
      },
      { objectName: '2.png' },
      { objectName: '1.png' },
    ]);
    expect(await isThere()).toBe(true);
  });

  it('of which none is good are refused with the first refusal', async () => {
    await bed.put(ann.caller, PLACE, createImage({ bytes: Buffer.from('another image') }));
    expect((await errorOf(redeem(token, 'forged')))?.text.en).toContain('Another image');
    expect((await errorOf(redeem('forged', token)))?.text.en).toContain('not valid');
  });

  it('that are none are redeemed without complaint', async () => {
    expect(await redeem()).toEqual({ objectName: [], bucketName: [], outcomes: [] });
  });

  it('fail as a whole with a store that fails in a way of its own', async () => {
    bed.store.hooks.before = () => {
      throw new TypeError('a bug');
    };
    await expect(redeem(token, token)).rejects.toThrow(new TypeError('a bug'));
  });
});
