import { describe, expect, it } from 'vitest';
import type { ObjectPage } from '../../src/ports/object-store.ts';
import type { Subject } from './object-store.suite.ts';
import { putAll, withoutFolders } from './object-store-objects.suite.ts';

interface Wanted {
  readonly prefix?: string;
  readonly delimiter?: '/';
}

/** Sorts as UTF-8 bytes do. */
export const inByteOrder = (texts: readonly string[]): string[] =>
  [...texts].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));

/** Lists everything, page by page. */
export async function listPages({ store, bucket }: Subject, wanted: Wanted, limit: number): Promise<ObjectPage[]> {
  const pages: ObjectPage[] = [];
  let page: ObjectPage | undefined;
  do {
    const continuationToken: string | undefined = page?.continuationToken;
    page = await store.list(bucket, {
      ...wanted,
      limit,
      ...(continuationToken !== undefined && { continuationToken }),
    });
    pages.push(page);
  } while (page.continuationToken !== undefined);
  return pages;
}

/** States what every object store promises about listings. */
export function describeListing(
  emptyBucket: () => Promise<Subject>,
  { strictlyOrdered, keysAreFiles }: { readonly strictlyOrdered: boolean; readonly keysAreFiles: boolean },
): void {
  const ordered = (texts: readonly string[]): readonly string[] => (strictlyOrdered ? texts : inByteOrder(texts));
  const possible = (keys: readonly string[]): readonly string[] => (keysAreFiles ? withoutFolders(keys) : keys);
  const filled = async (keys: readonly string[]): Promise<Subject> => {
    const subject = await emptyBucket();
    await putAll(subject, keys);
    return subject;
  };
  const listOnce = async (subject: Subject, wanted: Wanted) => {
    const { objects, prefixes, continuationToken } = await subject.store.list(subject.bucket, {
      ...wanted,
      limit: 1000,
    });
    expect(continuationToken).toBeUndefined();
    return { keys: ordered(objects.map(({ key }) => key)), prefixes: ordered(prefixes) };
  };

  describe('list', () => {
    it('lists an empty bucket as one empty page', async () => {
      const { store, bucket } = await emptyBucket();
      expect(await store.list(bucket, { limit: 10 })).toEqual({ objects: [], prefixes: [] });
      expect(await store.list(bucket, { limit: 10, delimiter: '/', prefix: 'a/' })).toEqual({
        objects: [],
        prefixes: [],
      });
    });

    it('shows size, etag and time of each object', async () => {
      const { store, bucket } = await filled(['图片/a b.png']);
      const head = await store.head(bucket, '图片/a b.png');
      const [listed] = (await store.list(bucket, { limit: 10 })).objects;
      expect(listed).toMatchObject({ key: '图片/a b.png', size: head?.size, etag: head?.etag });
      expect(Math.abs((listed?.lastModified.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    });

    it('lists keys in the order of their UTF-8 bytes', async () => {
      const keys = possible([
        'a',
        'a-b',
        'a/x',
        'a/y/z',
        'a0',
        'ab/c',
        'B',
        'A/b',
        '~',
        ' ',
        '!',
        '图',
        '\uff5e wide',
        '🐱',
        'é',
        'e\u0301',
        'z',
      ]);
      expect((await listOnce(await filled(keys), {})).keys).toEqual(inByteOrder(keys));
    });

    it.each([
      ['foo', ['foo', 'foo-bar/x', 'foo/a', 'foo/b/c', 'foobar/a']],
      ['foo/', ['foo/a', 'foo/b/c']],
      ['foob', ['foobar/a']],
      ['foo/b', ['foo/b/c']],
      ['foo/b/c', ['foo/b/c']],
      ['f', ['fo', 'foo', 'foo-bar/x', 'foo/a', 'foo/b/c', 'foobar/a']],
      ['foo/b/c/', []],
      ['FOO', []],
      ['nothing', []],
      ['/', []],
      ['foo//', []],
      ['..', []],
      ['../', []],
      ['foo/../', []],
    ])('finds by the prefix %j its keys and not those of siblings', async (prefix, expected) => {
      const keys = possible(['fo', 'foo', 'foo/a', 'foo/b/c', 'foo-bar/x', 'foobar/a', 'bar']);
      const there = expected.filter((key) => keys.includes(key));
      expect(await listOnce(await filled(keys), { prefix })).toEqual({ keys: there, prefixes: [] });
    });

    it.each([
      ['', ['a', 'b'], ['a-b/', 'a/', '图片/']],
      ['a', ['a'], ['a-b/', 'a/']],
      ['a/', ['a/1', 'a/3'], ['a/2/']],
      ['a/2', [], ['a/2/']],
      ['a/2/', ['a/2/x', 'a/2/y'], []],
      ['图', [], ['图片/']],
      ['c', [], []],
    ])('rolls up what goes on after a delimiter beyond the prefix %j', async (prefix, keys, prefixes) => {
      const all = possible(['a', 'b', 'a/1', 'a/2/x', 'a/2/y', 'a/3', 'a-b/1', '图片/1', '图片/2/3']);
      const there = keys.filter((key) => all.includes(key));
      expect(await listOnce(await filled(all), { prefix, delimiter: '/' })).toEqual({ keys: there, prefixes });
    });

    it('no longer rolls up what was removed', async () => {
      const subject = await filled(['gone/a/b', 'kept/a']);
      await subject.store.remove(subject.bucket, 'gone/a/b');
      expect(await listOnce(subject, { delimiter: '/' })).toEqual({ keys: [], prefixes: ['kept/'] });
    });

    it('lists every key exactly once whatever the size of the pages', async () => {
      const keys = Array.from(
        { length: 25 },
        (_, index) => `${index % 2 === 0 ? '' : 'Folder/'}n-${index % 5}/${index}.png`,
      );
      const subject = await filled(keys);
      for (const limit of [1, 2, 7, 24, 25, 26]) {
        const pages = await listPages(subject, {}, limit);
        expect(pages.every(({ objects }) => objects.length <= limit)).toBe(true);
        expect(ordered(pages.flatMap(({ objects }) => objects.map(({ key }) => key)))).toEqual(inByteOrder(keys));
      }
    });

    it('lists every key and prefix exactly once with a delimiter', async () => {
      const keys = possible(
        Array.from({ length: 24 }, (_, index) => (index % 3 === 0 ? `top/${index}` : `top/${index % 5}/${index}`)),
      );
      const subject = await filled(keys);
      const expectedKeys = inByteOrder(keys.filter((key) => key.split('/').length === 2));
      const expectedPrefixes = ['top/0/', 'top/1/', 'top/2/', 'top/3/', 'top/4/'];
      for (const limit of [1, 2, 5, 12, 13, 14]) {
        const pages = await listPages(subject, { prefix: 'top/', delimiter: '/' }, limit);
        expect(pages.every(({ objects, prefixes }) => objects.length + prefixes.length <= limit)).toBe(true);
        expect(ordered(pages.flatMap(({ objects }) => objects.map(({ key }) => key)))).toEqual(expectedKeys);
        expect(ordered(pages.flatMap(({ prefixes }) => prefixes))).toEqual(expectedPrefixes);
      }
    });

    it('goes on after a key that was removed meanwhile', async () => {
      const keys = ['p/1', 'p/2', 'p/3', 'p/4', 'q/5', 'q/6'];
      const { store, bucket } = await filled(keys);
      const { objects, continuationToken } = await store.list(bucket, { limit: 3 });
      await store.removeMany(bucket, keys.slice(0, 4));
      const rest = await store.list(bucket, {
        limit: 10,
        ...(continuationToken !== undefined && { continuationToken }),
      });
      expect(objects.map(({ key }) => key)).toEqual(['p/1', 'p/2', 'p/3']);
      expect(rest.objects.map(({ key }) => key)).toEqual(['q/5', 'q/6']);
    });

    it('lists while others put and remove', async () => {
      const subject = await filled(Array.from({ length: 20 }, (_, index) => `stays/${index}`));
      const { store, bucket } = subject;
      let churning = true;
      const churn = async (): Promise<void> => {
        for (let round = 0; round < 30; round += 1) {
          await store.put(bucket, `comes/${round % 3}/a`, Buffer.from('a'), { contentType: 'image/png' });
          await store.remove(bucket, `comes/${round % 3}/a`);
        }
        churning = false;
      };
      const list = async (): Promise<void> => {
        while (churning) {
          const keys = (await listPages(subject, {}, 7)).flatMap(({ objects }) => objects.map(({ key }) => key));
          expect(keys.filter((key) => key.startsWith('stays/'))).toHaveLength(20);
        }
      };
      await Promise.all([churn(), list()]);
    });
  });
}
