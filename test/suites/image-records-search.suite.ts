import { describe, expect, it } from 'vitest';
import type { ImageFilter, ImageOrder, ImageRecord, ImageRecords } from '../../src/ports/image-records.ts';
import { imageRecord } from '../support/image-record.ts';

/** What all adapters find. */
export function describeImageSearch(
  records: () => ImageRecords,
  { newBucket }: { readonly newBucket: () => string },
): void {
  /** Puts records in a bucket of their own, and gives what finds some of them, by their place in the list. */
  const filled = async (given: readonly Partial<ImageRecord>[]) => {
    const bucket = newBucket();
    const all = given.map((one) => imageRecord({ bucket, ...one }));
    for (const record of all) await records().put(record);
    const filter = (asked: Partial<ImageFilter>): ImageFilter => ({
      within: [{ bucket, prefix: '' }],
      state: 'present',
      ...asked,
    });
    const find = async (asked: Partial<ImageFilter>, order: ImageOrder = 'newest'): Promise<readonly number[]> => {
      const { images } = await records().search({ ...filter(asked), order, limit: 1000 });
      expect(await records().count(filter(asked))).toEqual({ images: images.length, isExact: true });
      return images.map(({ imageId }) => all.findIndex((record) => record.imageId === imageId));
    };
    const found = async (asked: Partial<ImageFilter>) => [...(await find(asked))].sort((left, right) => left - right);
    return { bucket, all, filter, find, found };
  };

  describe('words', () => {
    const texts: readonly Partial<ImageRecord>[] = [
      { key: 'a/IMG_2024-Sunset.JPG' },
      { title: '我的小猫在花园里' },
      { originalName: 'Ｓｕｎｓｅｔ é.png' },
      { tags: ['風景', 'black cat'] },
      { description: 'Ein Ärger: 100% "quoted" under_score 🐱 Ὀδυσσεύς' },
      { key: 'sunset/only-folder.png', title: 'e\u0301cole' },
    ];
    it.each<[string, readonly number[]]>([
      ['sunset', [0, 2]],
      ['SUNSET', [0, 2]],
      ['uns', [0, 2]],
      ['sunset jpg', [0]],
      ['jpg sunset', [0]],
      ['sunset cat', []],
      ['2024', [0]],
      ['img_2024', [0]],
      ['猫', [1]],
      ['小猫', [1]],
      ['花园 猫', [1]],
      ['我的花园', [1]],
      ['狗', []],
      ['花园小猫', [1]],
      ['小狗', []],
      ['風', [3]],
      ['風景', [3]],
      ['cat', [3]],
      ['blackcat', []],
      ['k c', [3]],
      ['é', [2, 5]],
      ['école', [5]],
      ['ärger', [4]],
      ['100%', [4]],
      ['"quoted"', [4]],
      ['🐱', [4]],
      ['ΟΔΥΣΣΕΎΣ', []],
      ['ὈΔΥΣΣΕΎΣ', [4]],
      ['', [0, 1, 2, 3, 4, 5]],
      [' \u3000\n', [0, 1, 2, 3, 4, 5]],
      ['folder', [5]],
      ['\0', [0, 1, 2, 3, 4, 5]],
      ["' OR 1=1", []],
      ['x'.repeat(100_000), []],
    ])('%j finds %j', async (text, expected) => {
      const { found } = await filled(texts);
      expect(await found({ text })).toEqual(expected);
    });

    it.each(['%', '_', '*', '"', "'", '\\', '--', ';', '(', 'AND', 'NEAR'])(
      '%j means nothing but itself',
      async (text) => {
        const { found } = await filled([{ title: 'plain words' }, { title: `x ${text} y` }]);
        expect(await found({ text })).toEqual([1]);
      },
    );

    it('heeds the first 8,000 characters of a record and the first 256 of a question', async () => {
      const { found } = await filled([{ description: `${'x'.repeat(7900)} early ${'x'.repeat(200)} late` }]);
      expect(await found({ text: 'early' })).toEqual([0]);
      expect(await found({ text: 'late' })).toEqual([]);
      expect(await found({ text: `early ${' '.repeat(256)} late` })).toEqual([0]);
    });

    it('finds what a record says now, and no longer what it said', async () => {
      const { all, found } = await filled([{ title: 'before', tags: ['old'], albumIds: ['one'] }]);
      const [record = imageRecord()] = all;
      const { revision = '' } = (await records().get(record.imageId)) ?? {};
      await records().replace({ ...record, title: 'later', tags: ['new'], albumIds: [], key: 'moved/b.png' }, revision);
      for (const gone of [{ text: 'before' }, { tags: ['old'] }, { album: 'one' }])
        expect(await found(gone)).toEqual([]);
      for (const there of [{ text: 'later' }, { tags: ['new'] }, { text: 'b.png' }]) {
        expect(await found(there)).toEqual([0]);
      }
      await records().remove(record.imageId);
      expect(await found({})).toEqual([]);
    });
  });

  describe('filters', () => {
    it('know a place by its bucket and prefix, or as one key, and take any of several', async () => {
      const keys = ['a/b.png', 'a/b.png.png', 'ab/c.png', 'a/b/c.png', '图%_/猫.png', '图x_/猫.png', 'A/b.png'];
      const { bucket, found } = await filled([
        ...keys.map((key) => ({ key })),
        { bucket: newBucket(), key: 'a/b.png' },
      ]);
      const within = (...prefixes: readonly string[]) =>
        found({ within: prefixes.map((prefix) => ({ bucket, prefix })) });
      expect(await within('')).toEqual([0, 1, 2, 3, 4, 5, 6]);
      expect(await within('a')).toEqual([0, 1, 2, 3]);
      expect(await within('a/')).toEqual([0, 1, 3]);
      expect(await within('a/b.p')).toEqual([0, 1]);
      expect(await within('图%_/')).toEqual([4]);
      expect(await within('a/b/', 'A/', 'nowhere/')).toEqual([3, 6]);
      expect(await within('a/', 'a/b/')).toEqual([0, 1, 3]);
      expect(await within()).toEqual([]);
      expect(await found({ within: [{ bucket, key: 'a/b.png' }] })).toEqual([0]);
      expect(await found({ within: [{ bucket: newBucket(), prefix: '' }] })).toEqual([]);
    });

    it('combine', async () => {
      const createdAt = (day: number) => new Date(Date.UTC(2026, 0, day));
      const { find, found } = await filled([
        { createdAt: createdAt(1), ownerId: 'u_1', tags: ['a', 'b'], albumIds: ['x'], contentType: 'image/png' },
        { createdAt: createdAt(2), ownerId: 'u_2', tags: ['a'], albumIds: ['x', 'y'], contentType: 'image/png' },
        { createdAt: createdAt(3), ownerId: 'u_1', tags: ['ab'], contentType: 'image/webp', removedAt: createdAt(4) },
        { createdAt: createdAt(4), tags: ['A'], contentType: 'image/webp' },
      ]);
      expect(await found({ owner: 'u_1' })).toEqual([0]);
      expect(await found({ owner: 'u_1', state: 'removed' })).toEqual([2]);
      expect(await found({ tags: ['a'] })).toEqual([0, 1]);
      expect(await found({ tags: ['a', 'b'] })).toEqual([0]);
      expect(await found({ tags: [] })).toEqual([0, 1, 3]);
      expect(await found({ album: 'x' })).toEqual([0, 1]);
      expect(await found({ album: 'x', owner: 'u_2' })).toEqual([1]);
      expect(await found({ type: 'image/webp' })).toEqual([3]);
      expect(await found({ type: 'image/' })).toEqual([]);
      expect(await found({ from: createdAt(2) })).toEqual([1, 3]);
      expect(await found({ to: createdAt(2) })).toEqual([0]);
      expect(await found({ from: createdAt(2), to: createdAt(4), album: 'y' })).toEqual([1]);
      expect(await found({ owner: 'nobody' })).toEqual([]);
      expect(await find({ text: 'a.png', tags: ['a'] }, 'oldest')).toEqual([0, 1]);
    });
  });

  it('finds by measures, size and bytes what has them, whatever its texts say', async () => {
    const [one, other] = ['a'.repeat(64), 'b'.repeat(64)];
    const { found } = await filled([
      { width: 800, height: 600, size: 10, sha256: one },
      { width: 600, height: 800, size: 20, sha256: other },
      { width: 700, height: 700, size: 2 ** 45, sha256: one },
      { size: 30, title: `"width":900,"height":1,"sha256":"${one}"`, description: '\0 \ud800 "width":900' },
      { width: 900, size: 40, originalName: 'a","height":1,"b' },
    ]);
    expect(await found({ minWidth: 700 })).toEqual([0, 2, 4]);
    expect(await found({ minWidth: 0 })).toEqual([0, 1, 2, 4]);
    expect(await found({ orientation: 'landscape' })).toEqual([0]);
    expect(await found({ orientation: 'portrait' })).toEqual([1]);
    expect(await found({ orientation: 'square' })).toEqual([2]);
    expect(await found({ orientation: 'square', minWidth: 701 })).toEqual([]);
    expect(await found({ minSize: 20 })).toEqual([1, 2, 3, 4]);
    expect(await found({ maxSize: 20 })).toEqual([0, 1]);
    expect(await found({ minSize: 20, maxSize: 30 })).toEqual([1, 3]);
    expect(await found({ minSize: 31, maxSize: 30 })).toEqual([]);
    expect(await found({ sha256: one })).toEqual([0, 2]);
    expect(await found({ sha256: other, orientation: 'landscape' })).toEqual([]);
    expect(await found({ sha256: 'c'.repeat(64) })).toEqual([]);
  });

  it.each<[string, object]>([
    ['sha256', { sha256: 'A'.repeat(64) }],
    ['sha256', { sha256: '"' }],
    ['minSize', { minSize: -1 }],
    ['maxSize', { maxSize: 1.5 }],
    ['minWidth', { minWidth: '1' }],
    ['orientation', { orientation: 'constructor' }],
  ])('refuses a %s that none can have', async (_name, asked) => {
    const { filter } = await filled([]);
    await expect(records().count(filter(asked))).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  it('answers as long a question as may be asked', async () => {
    const names = (count: number, name: string) => Array.from({ length: count }, (_, index) => `${name}${index}`);
    const tags = names(16, 'tag');
    const title = names(16, '词语猫花').join(' ');
    const { bucket, found } = await filled([{ title, tags, key: 'p99/a.png' }, { title, tags }, { title }]);
    const within = names(100, 'p').map((prefix) => ({ bucket, prefix: `${prefix}/` }));
    expect(await found({ within, text: title, tags })).toEqual([0]);
  });

  describe('orders', () => {
    const given: readonly Partial<ImageRecord>[] = [
      { createdAt: new Date(3000), key: 'z/B.png', size: 5 },
      { createdAt: new Date(1000), key: 'y/a.png', size: 2 ** 40 },
      { createdAt: new Date(2000), key: 'x/\uff5e.png', size: 0 },
      { createdAt: new Date(4000), key: 'w/猫.png', size: 7 },
      { createdAt: new Date(5000), key: 'v/\u{1f431}.png', size: 6 },
    ];
    it.each<[ImageOrder, readonly number[]]>([
      ['newest', [4, 3, 0, 2, 1]],
      ['oldest', [1, 2, 0, 3, 4]],
      ['name', [1, 0, 2, 3, 4]],
      ['size', [1, 3, 4, 0, 2]],
      ['smallest', [2, 0, 4, 3, 1]],
    ])('%s', async (order, expected) => {
      const { find } = await filled(given);
      expect(await find({}, order)).toEqual(expected);
    });

    it.each<ImageOrder>(['newest', 'oldest', 'name', 'size', 'smallest'])(
      '%s puts each of many equals on one page, whatever comes and goes meanwhile',
      async (order) => {
        const { all, bucket, filter } = await filled(Array.from({ length: 23 }, () => ({})));
        const removed = all[11]?.imageId ?? '';
        const seen: string[] = [];
        let after: string | undefined;
        do {
          const page = await records().search({
            ...filter({}),
            order,
            limit: 4,
            ...(after !== undefined && { after }),
          });
          seen.push(...page.images.map(({ imageId }) => imageId));
          after = page.after;
          await records().put(imageRecord({ bucket, title: 'new' }));
          await records().remove(removed);
        } while (after !== undefined && seen.length < 100);
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.length).toBeLessThan(60);
        const stayed = all.map(({ imageId }) => imageId).filter((imageId) => imageId !== removed);
        expect(seen).toEqual(expect.arrayContaining(stayed));
      },
    );

    it.each<ImageOrder>(['newest', 'oldest', 'name', 'size', 'smallest'])(
      '%s passes over what comes before a page',
      async (order) => {
        // Two seconds, with several at once; words and measures are for some adapters to compare.
        const { filter } = await filled(
          Array.from({ length: 30 }, (_, index) => ({
            createdAt: new Date(1_000_000 + Math.floor(((index * 7) % 30) / 2) * 150),
            ...{
              key: `${index % 4}.png`,
              size: index % 5,
              width: 1 + (index % 3),
              title: index % 2 === 0 ? 'ab bc' : 'abc',
            },
          })),
        );
        for (const asked of [{}, { text: 'abc' }, { minWidth: 2 }]) {
          const search = { ...filter(asked), order };
          const { images } = await records().search({ ...search, limit: 1000 });
          const ids = images.map(({ imageId }) => imageId);
          const page = async (given: { readonly offset: number; readonly after?: string }) => {
            const found = await records().search({ ...search, limit: 4, ...given });
            return { ids: found.images.map(({ imageId }) => imageId), after: found.after };
          };
          for (let offset = 0; offset <= ids.length; offset += 3) {
            const { ids: shown, after } = await page({ offset });
            expect(shown).toEqual(ids.slice(offset, offset + 4));
            expect(after === undefined).toBe(offset + 4 >= ids.length);
            if (after === undefined) continue;
            expect((await page({ offset: 2, after })).ids).toEqual(ids.slice(offset + 6, offset + 10));
          }
          expect((await page({ offset: 10_000 })).ids).toEqual([]);
        }
      },
    );

    it('ends with the page that the last one is on', async () => {
      const { filter } = await filled([{}, {}]);
      const page = (limit: number) => records().search({ ...filter({}), order: 'newest', limit });
      expect((await page(2)).after).toBeUndefined();
      expect((await page(1)).after).toEqual(expect.any(String));
    });
  });

  it('counts by day, owner, type and album', async () => {
    const day = (text: string) => new Date(`${text}Z`);
    const { filter } = await filled([
      { createdAt: day('2026-01-31T23:59:59.999'), ownerId: 'u_1', albumIds: ['x', 'y'], size: 10 },
      { createdAt: day('2026-02-01T00:00:00.000'), ownerId: 'u_1', albumIds: ['y'], size: 20 },
      { createdAt: day('2026-02-01T12:00:00.000'), size: 2 ** 50, contentType: 'image/gif' },
      { createdAt: day('2026-02-01T12:00:00.000'), ownerId: 'u_2', removedAt: new Date() },
    ]);
    const countBy = (by: 'day' | 'owner' | 'type' | 'album', limit = 10) => records().countBy(filter({}), by, limit);
    expect(await countBy('day')).toEqual([
      { value: '2026-02-01', images: 2, size: 2 ** 50 + 20 },
      { value: '2026-01-31', images: 1, size: 10 },
    ]);
    expect(await countBy('owner')).toEqual([{ value: 'u_1', images: 2, size: 30 }]);
    expect(await countBy('type', 1)).toEqual([{ value: 'image/png', images: 2, size: 30 }]);
    expect(await countBy('album')).toEqual([
      { value: 'y', images: 2, size: 30 },
      { value: 'x', images: 1, size: 10 },
    ]);
    expect(await records().countBy(filter({ within: [] }), 'day', 10)).toEqual([]);
    await expect(records().countBy(filter({}), 'day', 0)).rejects.toMatchObject({ code: 'InvalidArgument' });
    // What no caller may ask for, but for the test.
    const nothing = 'constructor' as 'day';
    await expect(records().countBy(filter({}), nothing, 1)).rejects.toMatchObject({ code: 'InvalidArgument' });
  });
}
