import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { ANONYMOUS, type Caller, type Member } from '../../../../src/services/access/access.ts';
import type { Download, Unchanged } from '../../../../src/services/objects/download.ts';
import { createObjectReader } from '../../../../src/services/objects/object-reader.ts';
import { BUCKET, createMemoryBed, type MemoryBed, type MemoryPerson, START } from '../../../support/memory/bed.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

const BYTES = Buffer.from('0123456789');
const MOUNT = 'https://example.com/imagepic';
const MAX_BASE64 = 4 * 1024 * 1024;

let bed: MemoryBed;
let ann: MemoryPerson;
let bob: MemoryPerson;
beforeEach(async () => {
  bed = await createMemoryBed();
  ann = await bed.person();
  bob = await bed.person({ grants: [{ bucketName: BUCKET, prefix: 'team/', actions: ['read', 'list'] }] });
  for (const key of ['a.png', 'team/b.png']) await given(key);
});

const given = (key: string, bytes = BYTES) =>
  bed.store.put(BUCKET, key, bytes, { contentType: 'image/png', metadata: { owner: ann.userId } });
const at = (objectName: string, bucketName = BUCKET) => ({ bucketName, objectName });
const whole = (objectName: string) => ({ ...at(objectName), withBody: true });
const makePublic = () => bed.buckets.setPolicy(BUCKET, 'public-read');

describe('reading', () => {
  const WAYS: readonly (readonly [string, (caller: Caller, key: string, bucket?: string) => Promise<unknown>])[] = [
    ['stat', (caller, key, bucket = BUCKET) => bed.reader.stat(caller, bucket, key)],
    ['read', (caller, key, bucket = BUCKET) => bed.reader.read(caller, bucket, key)],
    ['download', (caller, key, bucket) => bed.reader.download(caller, { ...at(key, bucket), withBody: true })],
    [
      'download of the head',
      (caller, key, bucket) => bed.reader.download(caller, { ...at(key, bucket), withBody: false }),
    ],
    ['openLink', (caller, key, bucket) => bed.reader.openLink(caller, { ...at(key, bucket), withBody: true })],
    [
      'presignGet',
      (caller, key, bucket) =>
        bed.reader.presignGet(caller, at(key, bucket), { expiresInSeconds: 60, mountUrl: MOUNT }),
    ],
  ];
  const ROWS: readonly (readonly [string, () => Caller, string, string | undefined, string | undefined])[] = [
    ['its member', () => ann.caller, 'a.png', undefined, undefined],
    ['a member granted a prefix', () => bob.caller, 'team/b.png', undefined, undefined],
    ['a member beyond its prefix', () => bob.caller, 'a.png', undefined, 'NoSuchKey'],
    ['a member of what is not there', () => ann.caller, 'missing.png', undefined, 'NoSuchKey'],
    ['a member of what is beyond and not there', () => bob.caller, 'missing.png', undefined, 'NoSuchKey'],
    ['a member of another bucket', () => ann.caller, 'a.png', 'other', 'NoSuchBucket'],
    [
      'an admin of a bucket that is missing',
      () => ({ ...ann.caller, role: 'admin' }),
      'a.png',
      'missing',
      'NoSuchBucket',
    ],
  ];

  it.each(
    WAYS.flatMap(([way, read]) =>
      ROWS.map(([who, caller, key, bucket, refusal]) => ({ way, read, who, caller, key, bucket, refusal })),
    ),
  )('by $way for $who is answered $refusal', async ({ read, caller, key, bucket, refusal }) => {
    await bed.store.makeBucket('other');
    expect(await refusalOf(read(caller(), key, bucket))).toBe(refusal);
  });

  it('tells what is beyond reach and what is not there in the same words', async () => {
    const [beyond, missing] = [
      await errorOf(bed.reader.stat(bob.caller, BUCKET, 'a.png')),
      await errorOf(bed.reader.stat(bob.caller, BUCKET, 'x.png')),
    ];
    expect(beyond?.text.en.replace('a.png', 'x.png')).toBe(missing?.text.en);
    expect(beyond?.text.en).toContain('no object named a.png');
  });

  it('gives what the store knows', async () => {
    expect(await bed.reader.stat(ann.caller, BUCKET, 'a.png')).toEqual(await bed.store.head(BUCKET, 'a.png'));
    const { object, bytes } = await bed.reader.read(ann.caller, BUCKET, 'a.png');
    expect([object.key, bytes]).toEqual(['a.png', BYTES]);
  });

  it.each([
    [MAX_BASE64, undefined],
    [MAX_BASE64 + 1, 'EntityTooLarge'],
  ])('an image of %i bytes whole is answered %s', async (size, refusal) => {
    await given('large.png', Buffer.alloc(size));
    const refused = await errorOf(bed.reader.read(ann.caller, BUCKET, 'large.png'));
    expect(refused?.code).toBe(refusal);
    if (refused !== undefined) expect(refused.details).toEqual({ size, maxBytes: MAX_BASE64 });
  });
});

/** What is no answer for somebody who has it already. */
function opened(download: Download | Unchanged): Download {
  if ('unchanged' in download) throw new TypeError('it is unchanged');
  return download;
}

describe('a download', () => {
  it('B20 of what the client has already asks the store once, and for no bytes', async () => {
    const etag = (await bed.store.head(BUCKET, 'a.png'))?.etag ?? '';
    const asked: string[] = [];
    bed.store.hooks.before = ({ method }) => void asked.push(method);
    const wanted = { ...whole('a.png'), unlessEtag: etag };
    expect(await bed.reader.download(ann.caller, wanted)).toEqual({
      unchanged: etag,
      isPublic: false,
      freshness: 'shortly',
    });
    expect(asked).toEqual(['get']);
    expect(opened(await bed.reader.download(ann.caller, { ...wanted, unlessEtag: 'other' })).size).toBe(10);
    expect(await refusalOf(bed.reader.download(ann.caller, { ...wanted, objectName: 'x.png' }))).toBe('NoSuchKey');
  });

  it('says what it is, and holds the bytes', async () => {
    const { body, ...facts } = opened(await bed.reader.download(ann.caller, whole('a.png')));
    expect(facts).toEqual({
      size: 10,
      contentType: 'image/png',
      etag: (await bed.store.head(BUCKET, 'a.png'))?.etag,
      lastModified: new Date(START),
      range: undefined,
      isPublic: false,
      freshness: 'shortly',
      elsewhere: undefined,
    });
    expect(body && (await buffer(body))).toEqual(BYTES);
  });

  it.each([
    [{ start: 2, end: 4 }, '234', { start: 2, end: 4 }],
    [{ start: 8 }, '89', { start: 8, end: 9 }],
    [{ suffix: 3 }, '789', { start: 7, end: 9 }],
    [{ start: 0, end: 99 }, '0123456789', { start: 0, end: 9 }],
  ])('of %j is %j', async (range, text, served) => {
    const download = opened(await bed.reader.download(ann.caller, { ...whole('a.png'), range }));
    expect([download.size, download.range]).toEqual([10, served]);
    expect(download.body && (await buffer(download.body)).toString()).toBe(text);
  });

  it('of what is not there in the image is refused', async () => {
    expect(await refusalOf(bed.reader.download(ann.caller, { ...whole('a.png'), range: { start: 10 } }))).toBe(
      'InvalidRange',
    );
  });

  it('of the head opens nothing', async () => {
    let isOpened = false;
    bed.store.hooks.before = ({ method }) => {
      isOpened ||= method === 'get';
    };
    const { body, range, size } = opened(
      await bed.reader.download(ann.caller, { ...at('a.png'), withBody: false, range: { start: 1 } }),
    );
    expect([body, range, size, isOpened]).toEqual([undefined, undefined, 10, false]);
  });

  it('of a store that signs addresses of its own can lead there', async () => {
    const asked: unknown[] = [];
    const { signedRequests: _, ...bare } = bed.store;
    const store: typeof bare = {
      ...bare,
      presignGet: async (bucket, key, options) => {
        asked.push([bucket, key, options]);
        return { url: 'https://cdn.example.com/a', method: 'GET', headers: {}, expiresAt: bed.now() };
      },
    };
    const reader = createObjectReader({ ...bed, store, listedFacts: { find: async () => [] } });
    const { elsewhere } = opened(await reader.download(ann.caller, whole('a.png')));
    expect(asked).toEqual([]);
    expect(await elsewhere?.()).toBe('https://cdn.example.com/a');
    expect(asked).toEqual([[BUCKET, 'a.png', { expiresInSeconds: 600, mountUrl: '', asAttachment: false }]]);
    const signed = { ...whole('a.png'), query: new URLSearchParams('ticket=x') };
    expect(await refusalOf(reader.openSigned(ANONYMOUS, signed))).toBe('AccessDenied');
  });
});

describe('a link', () => {
  it.each<[string, boolean, () => Caller, string, string | undefined]>([
    ['of a private bucket, for nobody', false, () => ANONYMOUS, 'a.png', 'NoSuchKey'],
    ['of a private bucket, for a member', false, () => ann.caller, 'a.png', undefined],
    ['of a private bucket, beyond a member’s reach', false, () => bob.caller, 'a.png', 'NoSuchKey'],
    ['of a public bucket, for nobody', true, () => ANONYMOUS, 'a.png', undefined],
    ['of a public bucket, beyond a member’s reach', true, () => bob.caller, 'a.png', undefined],
    ['of a public bucket, of what is not there', true, () => ANONYMOUS, 'x.png', 'NoSuchKey'],
  ])('%s', async (_, isPublic, caller, key, refusal) => {
    if (isPublic) await makePublic();
    expect(await refusalOf(bed.reader.openLink(caller(), whole(key)))).toBe(refusal);
    if (refusal === undefined) expect((await bed.reader.openLink(caller(), whole(key))).isPublic).toBe(isPublic);
  });

  it('of a bucket that is missing tells nobody whether it is', async () => {
    const missing = await errorOf(bed.reader.openLink(ANONYMOUS, { ...at('a.png', 'missing'), withBody: true }));
    expect(missing?.code).toBe('NoSuchKey');
    expect(missing?.text).toEqual((await errorOf(bed.reader.openLink(ANONYMOUS, whole('a.png'))))?.text);
  });
});

describe('a presigned address', () => {
  const presign = async (caller: Member = ann.caller) => {
    const { url } = await bed.reader.presignGet(caller, at('a.png'), { expiresInSeconds: 60, mountUrl: MOUNT });
    return new URL(url).searchParams;
  };
  const open = (objectName: string, query: URLSearchParams) =>
    bed.reader.openSigned(ANONYMOUS, { ...whole(objectName), query });

  it('shows its image to anybody, until it runs out', async () => {
    const query = await presign();
    const { body } = opened(await open('a.png', query));
    expect(body && (await buffer(body))).toEqual(BYTES);
    bed.clock.now += 59_999;
    expect(await refusalOf(open('a.png', query))).toBeUndefined();
    bed.clock.now += 1;
    expect(await refusalOf(open('a.png', query))).toBe('AccessDenied');
  });

  it('shows no other image, and nothing without its query', async () => {
    const query = await presign();
    expect(await refusalOf(open('team/b.png', query))).toBe('AccessDenied');
    expect(await refusalOf(open('a.png', new URLSearchParams()))).toBe('AccessDenied');
  });
});

describe('listing', () => {
  const list = async (caller: Caller, changes: object = {}) =>
    bed.reader.list(caller, { bucketName: BUCKET, prefix: '', pageSize: 1, recursive: true, ...changes });
  const names = async (caller: Caller, changes: object = {}) =>
    (await list(caller, changes)).lists.map((entry) => ('name' in entry ? entry.name : entry.prefix));

  it.each<[object, readonly string[]]>([
    [{}, ['a.png']],
    [{ pageNum: 1 }, ['a.png']],
    [{ pageNum: 2 }, ['team/b.png']],
    [{ pageNum: -1 }, ['a.png', 'team/b.png']],
    [{ continuationToken: '' }, ['a.png']],
    [{ continuationToken: '', pageNum: 2 }, ['a.png']],
    [{ prefix: 'team/' }, ['team/b.png']],
  ])('as %j asks gives %j', async (changes, expected) => {
    expect(await names(ann.caller, changes)).toEqual(expected);
  });

  it('shows what is granted, and refuses a bucket that is not seen', async () => {
    expect(await names(bob.caller, { pageNum: -1 })).toEqual(['team/b.png']);
    expect(await refusalOf(list(ANONYMOUS))).toBe('NoSuchBucket');
    expect(await refusalOf(list(ann.caller, { bucketName: 'other' }))).toBe('NoSuchBucket');
    await makePublic();
    // To see one image by its link is not to see which there are.
    bed.clock.now += 5000;
    expect(await names(ANONYMOUS, { pageNum: -1 })).toEqual([]);
  });
});
