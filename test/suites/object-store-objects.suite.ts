import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readInto } from '../../src/concurrency/read-whole.ts';
import type { ByteRange, ObjectBody, ObjectStore, OpenObject } from '../../src/ports/object-store.ts';
import type { Subject } from './object-store.suite.ts';

const PNG = { contentType: 'image/png' };

/** As file systems have it. */
const MAX_FILE_NAME_BYTES = 255;

const KEYS = [
  'a.png',
  'nested/deeper/a.png',
  '图片/2026/猫 🐱.png',
  'a+b=c&d?e#f%20.png',
  'ALL CAPS/Mixed Case.JPG',
  '%2e%2e/%2F',
  'back\\slash',
  `quotes ' " \` and <angles> | pipes * stars : colons ~ tildes`,
  'é composed',
  'e\u0301 decomposed',
  '...',
  'a..b/..c/d..',
  'con/nul.txt',
  '-rf',
  ' spaces around / and inside ',
  `${'x'.repeat(300)}/${'y'.repeat(723)}`,
  'X'.repeat(1024),
  `${'图'.repeat(341)}a`,
];

/** Reads a body to its end. */
export async function readAll(opened: OpenObject | undefined): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened?.body ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function found(opening: Promise<OpenObject | undefined>): Promise<OpenObject> {
  const opened = await opening;
  if (opened === undefined) throw new Error('the object is not there');
  return opened;
}

/** Makes bytes that look random but are always the same. */
export function makeBytes(size: number, seed: number): Buffer {
  const block = createHash('sha512').update(String(seed)).digest();
  return Buffer.alloc(size, block);
}

/** A source of these bytes in small chunks, which says another `size` than it has when told so. */
export function streamOf(bytes: Buffer, { size = bytes.byteLength, chunkSize = 16_384 } = {}): ObjectBody {
  return {
    size,
    async *open() {
      for (let start = 0; start < bytes.byteLength; start += chunkSize) yield bytes.subarray(start, start + chunkSize);
    },
  };
}

/** Of keys those that nothing lies below. */
export const withoutFolders = (keys: readonly string[]): readonly string[] =>
  keys.filter((key) => !keys.some((other) => other.startsWith(`${key}/`)));

/** States what every object store promises about single objects. */
export function describeObjects(
  subject: () => Subject,
  emptyBucket: () => Promise<Subject>,
  { keysAreFiles }: { readonly keysAreFiles: boolean },
): void {
  const possible = (keys: readonly string[]): readonly string[] => (keysAreFiles ? withoutFolders(keys) : keys);
  const isPossible = (key: string): boolean =>
    !keysAreFiles || key.split('/').every((part) => Buffer.byteLength(part) <= MAX_FILE_NAME_BYTES);

  describe('put, get and head', () => {
    it.each(KEYS.filter((key) => !isPossible(key)))('says that it cannot have %j', async (key) => {
      const { store, bucket } = subject();
      await expect(store.put(bucket, key, makeBytes(10, 1), { contentType: 'image/png' })).rejects.toMatchObject({
        code: 'InvalidArgument',
      });
    });

    it.each(KEYS.filter(isPossible))('reads back what was put at %j', async (key) => {
      const { store, bucket } = subject();
      const bytes = makeBytes(1000, key.length);
      const before = Date.now();
      const put = await store.put(bucket, key, bytes, { contentType: 'image/png', metadata: { owner: 'u_1' } });
      const opened = await store.get(bucket, key);
      expect(await readAll(opened)).toEqual(bytes);
      const head = await store.head(bucket, key);
      expect(head).toEqual(opened?.object);
      expect(head).toMatchObject({ key, size: 1000, contentType: 'image/png', metadata: { owner: 'u_1' } });
      expect(head?.etag).toBe(put?.etag);
      expect(head?.etag).toMatch(/^[^"]+$/);
      // Some stores keep whole seconds.
      expect(head?.lastModified.getTime()).toBeGreaterThan(before - 2000);
      expect(head?.lastModified.getTime()).toBeLessThan(Date.now() + 2000);
      await store.remove(bucket, key);
      expect(await store.head(bucket, key)).toBeUndefined();
    });

    it('keeps keys apart that differ in case, composition or only by a folder', async () => {
      const { store, bucket } = subject();
      const keys = possible([
        ...['Twin', 'twin', 'tWIN', 'twin/twin', 'twin/twin/twin', 'é', 'e\u0301', 'É', '%41', 'A', 'a^', '^a'],
      ]);
      for (const key of keys) await store.put(bucket, key, Buffer.from(key), PNG);
      for (const key of keys) expect((await readAll(await store.get(bucket, key))).toString()).toBe(key);
      await store.remove(bucket, 'twin/twin');
      for (const key of keys.filter((name) => name === 'twin')) expect(await store.head(bucket, key)).toBeDefined();
      expect(await store.head(bucket, 'twin/twin/twin')).toBeDefined();
      expect(await store.head(bucket, 'twin/twin')).toBeUndefined();
    });

    it.each([0, 1, 65_536, 1_000_003])('keeps %i bytes, whole or from a source', async (size) => {
      const { store, bucket } = subject();
      const bytes = makeBytes(size, 1);
      const whole = await store.put(bucket, 'whole', bytes, PNG);
      const streamed = await store.put(bucket, 'streamed', streamOf(bytes), PNG);
      expect(streamed).toEqual(whole);
      for (const key of ['whole', 'streamed']) {
        expect((await store.head(bucket, key))?.size).toBe(size);
        expect((await readAll(await store.get(bucket, key))).equals(bytes)).toBe(true);
      }
    });

    it('opens an object unless it is still the one that is known', async () => {
      const { store, bucket } = subject();
      const { etag } = (await store.put(bucket, 'known', Buffer.from('first'), PNG)) ?? { etag: '' };
      expect(await store.getUnless(bucket, 'known', { etag })).toBe('unchanged');
      expect(await store.getUnless(bucket, 'known', { etag, range: { start: 1 } })).toBe('unchanged');
      await store.put(bucket, 'known', Buffer.from('second'), PNG);
      const changed = await store.getUnless(bucket, 'known', { etag, range: { start: 1, end: 2 } });
      if (changed === 'unchanged') throw new TypeError('it has changed');
      expect((await readAll(changed)).toString()).toBe('ec');
      expect(await store.getUnless(bucket, 'never/put', { etag })).toBeUndefined();
    });

    it('knows nothing of what was never put', async () => {
      const { store, bucket } = subject();
      expect(await store.get(bucket, 'never/put')).toBeUndefined();
      expect(await store.head(bucket, 'never/put')).toBeUndefined();
      await store.put(bucket, 'parent/child', Buffer.from('a'), PNG);
      expect(await store.head(bucket, 'parent')).toBeUndefined();
      expect(await store.get(bucket, 'parent/child/grandchild')).toBeUndefined();
    });

    it('overwrites bytes, type and metadata together', async () => {
      const { store, bucket } = subject();
      await store.put(bucket, 'changing', makeBytes(50_000, 1), { ...PNG, metadata: { version: '1', only: 'first' } });
      const put = await store.put(bucket, 'changing', Buffer.from('new'), {
        contentType: 'image/gif',
        metadata: { version: '2' },
      });
      const opened = await store.get(bucket, 'changing');
      expect((await readAll(opened)).toString()).toBe('new');
      expect(opened?.object).toMatchObject({ size: 3, contentType: 'image/gif', etag: put?.etag });
      expect(opened?.object.metadata).toEqual({ version: '2' });
    });

    it('keeps metadata under names in lower case, apart from what the caller does to them afterwards', async () => {
      const { store, bucket } = subject();
      const metadata: Record<string, string> = { Owner: 'u_1', 'Two-Words': 'a value: with, signs' };
      const putting = store.put(bucket, 'described', Buffer.from('a'), { ...PNG, metadata });
      metadata['Owner'] = 'somebody else';
      await putting;
      expect((await store.head(bucket, 'described'))?.metadata).toEqual({
        owner: 'u_1',
        'two-words': 'a value: with, signs',
      });
    });

    it('stores where nothing is yet, and only there, with ifNoneMatch', async () => {
      const { store, bucket } = subject();
      const once = { ...PNG, ifNoneMatch: '*' as const };
      expect(await store.put(bucket, 'once', Buffer.from('first'), once)).toBeDefined();
      expect(await store.put(bucket, 'once', Buffer.from('second'), once)).toBeUndefined();
      expect((await readAll(await store.get(bucket, 'once'))).toString()).toBe('first');
      await store.remove(bucket, 'once');
      expect(await store.put(bucket, 'once', Buffer.from('third'), once)).toBeDefined();
    });

    it('lets exactly one of 20 concurrent writers store with ifNoneMatch', async () => {
      const { store, bucket } = subject();
      const put = (_: unknown, writer: number) =>
        store.put(bucket, 'race', Buffer.from(`writer ${writer}`), { ...PNG, ifNoneMatch: '*' });
      const results = await Promise.all(Array.from({ length: 20 }, put));
      const winner = results.findIndex((result) => result !== undefined);
      expect(results.filter((result) => result !== undefined)).toHaveLength(1);
      expect((await readAll(await store.get(bucket, 'race'))).toString()).toBe(`writer ${winner}`);
    });

    it('shows a reader one version whole while others overwrite it', async () => {
      const { store, bucket } = subject();
      const versions = ['a', 'b', 'c'].map((letter) => Buffer.alloc(300_000 + letter.charCodeAt(0), letter));
      const put = (bytes: Buffer) =>
        store.put(bucket, 'hot', bytes, { ...PNG, metadata: { letter: bytes.toString('utf8', 0, 1) } });
      await put(versions[0]!);
      let writing = true;
      const write = async (): Promise<void> => {
        for (let round = 0; round < 8; round += 1) for (const version of versions) await put(version);
        writing = false;
      };
      const read = async (): Promise<void> => {
        while (writing) {
          const opened = await store.get(bucket, 'hot');
          const bytes = await readAll(opened);
          const version = versions.find((candidate) => candidate.equals(bytes));
          expect(version?.byteLength).toBe(opened?.object.size);
          expect(version?.toString('utf8', 0, 1)).toBe(opened?.object.metadata['letter']);
        }
      };
      await Promise.all([write(), read(), read()]);
    });

    it('leaves nothing of a source that fails while it is read', async () => {
      const { store, bucket } = subject();
      const failing: ObjectBody = {
        size: 200_000,
        async *open() {
          yield makeBytes(100_000, 1);
          throw new Error('The camera fell into the sea');
        },
      };
      await expect(store.put(bucket, 'failed', failing, PNG)).rejects.toThrow();
      expect(await store.head(bucket, 'failed')).toBeUndefined();
      await store.put(bucket, 'kept', Buffer.from('old'), PNG);
      await expect(store.put(bucket, 'kept', failing, PNG)).rejects.toThrow();
      expect((await readAll(await store.get(bucket, 'kept'))).toString()).toBe('old');
    });

    it.each([
      ['fewer', 100_001],
      ['more', 99_999],
    ])('leaves nothing of a source with %s bytes than it said', async (_, size) => {
      const { store, bucket } = subject();
      const body = streamOf(makeBytes(100_000, 1), { size });
      await expect(store.put(bucket, 'mismatched', body, PNG)).rejects.toThrow();
      expect(await store.head(bucket, 'mismatched')).toBeUndefined();
    });
  });

  describe('ranges', () => {
    const TEN = '0123456789';
    it.each<[ByteRange, string, number, number]>([
      [{ start: 0, end: 0 }, '0', 0, 0],
      [{ start: 0 }, TEN, 0, 9],
      [{ start: 3 }, '3456789', 3, 9],
      [{ start: 2, end: 5 }, '2345', 2, 5],
      [{ start: 9, end: 9 }, '9', 9, 9],
      [{ start: 5, end: 100 }, '56789', 5, 9],
      [{ suffix: 1 }, '9', 9, 9],
      [{ suffix: 10 }, TEN, 0, 9],
      [{ suffix: 100 }, TEN, 0, 9],
    ])('answers %j of ten bytes with %j', async (range, expected, start, end) => {
      const { store, bucket } = subject();
      await store.put(bucket, 'ten', Buffer.from(TEN), PNG);
      const opened = await store.get(bucket, 'ten', { range });
      expect((await readAll(opened)).toString()).toBe(expected);
      expect(opened?.range).toEqual({ start, end });
      expect(opened?.object.size).toBe(10);
    });

    it('reads a part or all of it into memory that it is given', async () => {
      const { store, bucket } = subject();
      const bytes = makeBytes(700_000, 9);
      await store.put(bucket, 'filled', bytes, PNG);
      for (const range of [undefined, { start: 5, end: 600_000 }]) {
        const expected = range === undefined ? bytes : bytes.subarray(5, 600_001);
        const target = Buffer.alloc(expected.byteLength);
        await readInto(await found(store.get(bucket, 'filled', range && { range })), target);
        expect(target.equals(expected)).toBe(true);
      }
    });

    it.each<ByteRange>([{ start: 10 }, { start: 10, end: 20 }, { start: 1_000_000 }])(
      'refuses %j of ten bytes',
      async (range) => {
        const { store, bucket } = subject();
        await store.put(bucket, 'ten', Buffer.from(TEN), PNG);
        await expect(store.get(bucket, 'ten', { range })).rejects.toMatchObject({ code: 'InvalidRange' });
      },
    );

    it('refuses any range of an empty object, finds none of a missing one, and says none when none was asked for', async () => {
      const { store, bucket } = subject();
      await store.put(bucket, 'empty', Buffer.alloc(0), PNG);
      await expect(store.get(bucket, 'empty', { range: { start: 0 } })).rejects.toMatchObject({ code: 'InvalidRange' });
      expect(await store.get(bucket, 'never/put', { range: { start: 0 } })).toBeUndefined();
      const opened = await store.get(bucket, 'empty');
      expect(opened?.range).toBeUndefined();
      expect(await readAll(opened)).toHaveLength(0);
    });

    it('lets a reader stop early', async () => {
      const { store, bucket } = subject();
      const bytes = makeBytes(2_000_000, 1);
      await store.put(bucket, 'long', bytes, PNG);
      for await (const chunk of (await store.get(bucket, 'long'))?.body ?? []) {
        expect(bytes.subarray(0, chunk.byteLength).equals(chunk)).toBe(true);
        break;
      }
      expect((await readAll(await store.get(bucket, 'long'))).equals(bytes)).toBe(true);
    });
  });

  describe('remove', () => {
    it('removes, and removes again without complaint', async () => {
      const { store, bucket } = subject();
      await store.put(bucket, 'doomed/a', Buffer.from('a'), PNG);
      for (const key of ['doomed/a', 'doomed/a', 'never/put']) await store.remove(bucket, key);
      expect(await store.get(bucket, 'doomed/a')).toBeUndefined();
    });

    it('leaves siblings and descendants alone', async () => {
      const { store, bucket } = subject();
      const all = possible(['family/a/b', 'family/ab', 'family/a.png', 'family', 'family/a']);
      const kept = all.filter((key) => key !== 'family/a');
      for (const key of all) await store.put(bucket, key, Buffer.from(key), PNG);
      await store.remove(bucket, 'family/a');
      for (const key of kept) expect((await readAll(await store.get(bucket, key))).toString()).toBe(key);
    });

    it('removes many keys, those that are missing too', async () => {
      const { store, bucket } = await emptyBucket();
      const keys = Array.from({ length: 30 }, (_, index) => `many/${index % 3}/猫 & ${index}.png`);
      await putAll({ store, bucket }, [...keys, 'many/kept']);
      expect(await store.removeMany(bucket, [...keys, 'never/put', keys[0]!])).toEqual([]);
      expect((await store.list(bucket, { limit: 100 })).objects.map(({ key }) => key)).toEqual(['many/kept']);
      expect(await store.removeMany(bucket, [])).toEqual([]);
    });
  });

  describe('copy', () => {
    const metadata = { owner: 'u_1', title: 'cat' };
    const putSource = async (store: ObjectStore, bucket: string): Promise<Buffer> => {
      const bytes = makeBytes(100_000, 3);
      await store.put(bucket, 'copies/源 1.png', bytes, { ...PNG, metadata });
      return bytes;
    };

    it.each([
      ['everything', {}, PNG, metadata],
      ['with new metadata', { metadata: { owner: 'u_2' } }, PNG, { owner: 'u_2' }],
      ['with a new type', { contentType: 'image/gif' }, { contentType: 'image/gif' }, metadata],
      ['without metadata', { metadata: {} }, PNG, {}],
    ])('copies %s', async (_, options, type, expected) => {
      const { store, bucket } = subject();
      const bytes = await putSource(store, bucket);
      const copied = await store.copy({ bucket, key: 'copies/源 1.png' }, { bucket, key: 'copies/目标.png' }, options);
      const opened = await store.get(bucket, 'copies/目标.png');
      expect((await readAll(opened)).equals(bytes)).toBe(true);
      expect(opened?.object).toMatchObject({ ...type, etag: copied?.etag });
      expect(opened?.object.metadata).toEqual(expected);
      expect((await store.head(bucket, 'copies/源 1.png'))?.metadata).toEqual(metadata);
    });

    it('copies an object onto itself to change its metadata', async () => {
      const { store, bucket } = subject();
      const bytes = await putSource(store, bucket);
      const place = { bucket, key: 'copies/源 1.png' };
      await store.copy(place, place, { metadata: { owner: 'u_3' } });
      const opened = await store.get(bucket, place.key);
      expect((await readAll(opened)).equals(bytes)).toBe(true);
      expect(opened?.object).toMatchObject({ ...PNG, metadata: { owner: 'u_3' } });
    });

    it('copies into another bucket', async () => {
      const { store, bucket } = subject();
      const other = await emptyBucket();
      const bytes = await putSource(store, bucket);
      await store.copy({ bucket, key: 'copies/源 1.png' }, { bucket: other.bucket, key: 'there' });
      expect((await readAll(await store.get(other.bucket, 'there'))).equals(bytes)).toBe(true);
    });

    it('tells a source that is missing from a target that is there and that ifNoneMatch forbids', async () => {
      const { store, bucket } = subject();
      await putSource(store, bucket);
      const target = { bucket, key: 'copies/taken' };
      await store.put(bucket, target.key, Buffer.from('taken'), PNG);
      for (const options of [{}, { ifNoneMatch: '*' as const }]) {
        const copying = store.copy({ bucket, key: 'never/put' }, { bucket, key: 'copies/never' }, options);
        await expect(copying).rejects.toMatchObject({ code: 'NoSuchKey' });
      }
      expect(await store.copy({ bucket, key: 'copies/源 1.png' }, target, { ifNoneMatch: '*' })).toBeUndefined();
      expect((await readAll(await store.get(bucket, target.key))).toString()).toBe('taken');
      const free = { bucket, key: 'copies/free' };
      expect(await store.copy({ bucket, key: 'copies/源 1.png' }, free, { ifNoneMatch: '*' })).toBeDefined();
    });
  });
}

/** Stores small objects under many keys. */
export async function putAll({ store, bucket }: Subject, keys: readonly string[]): Promise<void> {
  for (let start = 0; start < keys.length; start += 16) {
    const batch = keys.slice(start, start + 16);
    await Promise.all(batch.map((key) => store.put(bucket, key, Buffer.from(key), PNG)));
  }
}
