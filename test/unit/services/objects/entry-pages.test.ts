import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { createAccess, type Grant, type Member } from '../../../../src/services/access/access.ts';
import { createEntryPages, type EntryPage } from '../../../../src/services/objects/entry-pages.ts';
import { BUCKET } from '../../../support/memory/bed.ts';
import { createMemoryObjectStore, type MemoryObjectStore } from '../../../support/memory/object-store.ts';
import { errorOf, refusalOf } from '../../../support/refusal.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const KEYS = [
  '.imagepic/pending/x',
  '.imagepicture.png',
  'own/b.png',
  'own/y.png',
  'private/z.png',
  'team/a/x.png',
  'team/a/y/z.png',
  'team/x.png',
  'teams/q.png',
  'z.png',
];

const open = async (keys: readonly string[]): Promise<MemoryObjectStore> => {
  const store = createMemoryObjectStore({ now: () => NOW });
  await store.makeBucket(BUCKET);
  for (const key of keys) await store.put(BUCKET, key, Buffer.from(key), { contentType: 'image/png' });
  return store;
};

let store: MemoryObjectStore;
beforeEach(async () => {
  store = await open(KEYS);
});

const pagesOf = (prefixes: readonly string[], { pageSize = 10, recursive = true } = {}, from = store) =>
  createEntryPages(from, prefixes, { bucketName: BUCKET, prefix: '', pageSize, recursive });
const namesOf = ({ lists }: EntryPage): string[] =>
  lists.map((entry) => ('prefix' in entry ? entry.prefix : entry.name));
/** Reads page by page to the end. */
const walk = async (pages: ReturnType<typeof pagesOf>): Promise<readonly EntryPage[]> => {
  const read: EntryPage[] = [];
  let token: string | undefined = '';
  while (token !== undefined && read.length < 1000) {
    const page: EntryPage = await pages.byToken(token);
    read.push(page);
    token = page.continuationToken;
  }
  return read;
};

/** In byte order, without the service's own. */
const inOrder = (keys: Iterable<string>): string[] =>
  [...new Set(keys)]
    .filter((key) => key !== '.imagepic' && !key.startsWith('.imagepic/'))
    .sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
/** What a listing of the prefixes has to hold: a filter over all keys. */
function expectedOf(keys: readonly string[], prefixes: readonly string[], recursive: boolean): string[] {
  const rollUp = (key: string, prefix: string): string => {
    const end = recursive ? -1 : key.indexOf('/', prefix.length);
    return end === -1 ? key : key.slice(0, end + 1);
  };
  return inOrder(
    prefixes.flatMap((prefix) => keys.filter((key) => key.startsWith(prefix)).map((key) => rollUp(key, prefix))),
  );
}

describe('a listing', () => {
  it.each<[string, readonly string[], boolean, readonly string[]]>([
    ['of everything', [''], true, KEYS.slice(1)],
    [
      'of everything as folders, which come first',
      [''],
      false,
      ['own/', 'private/', 'team/', 'teams/', '.imagepicture.png', 'z.png'],
    ],
    ['of nothing', [], true, []],
    ['of what is not there', ['x/'], true, []],
    ['of two prefixes', ['own/', 'team/'], true, KEYS.filter((key) => /^(own|team)\//.test(key))],
    ['of two prefixes as folders', ['own/', 'team/'], false, ['team/a/', 'own/b.png', 'own/y.png', 'team/x.png']],
    [
      'of prefixes that end within a name',
      ['o', 'te'],
      true,
      KEYS.filter((key) => key.startsWith('o') || key.startsWith('te')),
    ],
    ['of prefixes of which the first and last are empty', ['a/', 'own/', 'x/'], true, ['own/b.png', 'own/y.png']],
    ['of the service’s own', ['.imagepic/'], true, []],
    ['of what begins like the service’s own', ['.imagepic'], true, ['.imagepicture.png']],
  ])('%s is the same at once, by number and by token', async (_, prefixes, recursive, expected) => {
    const pages = pagesOf(prefixes, { recursive });
    expect(namesOf(await pages.all())).toEqual(expected);
    expect((await pages.all()).total).toBe(expected.length);
    expect(namesOf(await pages.byNumber(1))).toEqual(expected);
    expect(namesOf(await pages.byToken(''))).toEqual(expected);
  });

  it('says of each image what the store knows, and of a folder its name', async () => {
    const [folder, first] = (await pagesOf(['own/', 'team/'], { recursive: false }).all()).lists;
    expect(folder).toEqual({ prefix: 'team/a/' });
    const etag = (await store.head(BUCKET, 'own/b.png'))?.etag;
    expect(first).toEqual({ name: 'own/b.png', size: 9, etag, lastModified: NOW.toISOString() });
  });

  it('says how many there are by number, and by token only where to go on', async () => {
    const pages = pagesOf(['own/', 'team/'], { pageSize: 2 });
    expect(Object.keys(await pages.byNumber(1)).sort()).toEqual(['lists', 'total']);
    expect(Object.keys(await pages.all()).sort()).toEqual(['lists', 'total']);
    const read = await walk(pages);
    expect(read.map((page) => Object.keys(page).sort())).toEqual([
      ['continuationToken', 'lists'],
      ['continuationToken', 'lists'],
      ['lists'],
    ]);
  });

  it.each([1, 2, 3, 4, 5, 6])('by number has pages of %i', async (pageSize) => {
    const expected = expectedOf(KEYS, ['own/', 'team/'], true);
    const pages = pagesOf(['own/', 'team/'], { pageSize });
    for (let number = 1; number <= 6; number += 1) {
      const page = await pages.byNumber(number);
      expect(page.total).toBe(5);
      expect(namesOf(page)).toEqual(expected.slice((number - 1) * pageSize, number * pageSize));
    }
  });

  it('does not ask the store for more than a page is to hold', async () => {
    const seen: unknown[] = [];
    const counting = {
      ...store,
      list: (...args: Parameters<typeof store.list>) => {
        seen.push(args[1]);
        return store.list(...args);
      },
    };
    await createEntryPages(counting, ['own/', 'team/'], {
      ...{ bucketName: BUCKET, prefix: '', pageSize: 3 },
      recursive: false,
    }).byToken('');
    expect(seen).toEqual([
      { prefix: 'own/', limit: 3, delimiter: '/' },
      { prefix: 'team/', limit: 1, delimiter: '/' },
    ]);
  });
});

describe('a token', () => {
  const PREFIXES = ['own/', 'team/'];
  const pack = (position: unknown): string =>
    Buffer.from(typeof position === 'string' ? position : JSON.stringify(position)).toString('base64url');

  it('of one prefix is the store’s own', async () => {
    const page = await pagesOf(['team/'], { pageSize: 1 }).byToken('');
    const ofStore = await store.list(BUCKET, { prefix: 'team/', limit: 1 });
    expect(page.continuationToken).toBe(ofStore.continuationToken);
  });

  it('goes on in the same prefix, and at the beginning of the next', async () => {
    const [first, second] = await walk(pagesOf(PREFIXES, { pageSize: 2 }));
    expect(first?.continuationToken).toBe(pack(['team/', '']));
    expect(second?.continuationToken).not.toBe(pack(['team/', '']));
  });

  it.each<[string, string]>([
    ['no base64', '***'],
    ['no JSON', pack('{')],
    ['null', pack(null)],
    ['a number', pack(1)],
    ['a list that is too short', pack(['own/'])],
    ['what is no text', pack(['own/', 1])],
    ['a prefix that is not listed', pack(['private/', ''])],
    ['a prefix that holds those that are', pack(['', ''])],
    ['a part of a prefix', pack(['own', ''])],
    ['a name of the language', pack(['__proto__', ''])],
    ['another listing, of one prefix', 'dGVhbS9hL3gucG5n'],
  ])('of %s is refused', async (_, token) => {
    const refused = await errorOf(pagesOf(PREFIXES).byToken(token));
    expect(refused?.code).toBe('InvalidArgument');
    expect(refused?.details).toEqual({ fields: ['continuationToken'] });
    expect(refused?.text.en).toContain('begin anew');
    expect(refused?.text.zh).toContain('重新开始');
  });

  it('shows nothing of a listing that has nothing to show', async () => {
    expect(await pagesOf([]).byToken(pack(['private/', '']))).toEqual({ lists: [] });
  });

  it('of before a grant was taken away is refused', async () => {
    const [first] = await walk(pagesOf(['own/', 'private/', 'team/'], { pageSize: 2 }));
    expect(await refusalOf(pagesOf(PREFIXES).byToken(first?.continuationToken ?? ''))).toBe('InvalidArgument');
  });
});

describe('a listing that is too long', () => {
  /** A store of so many entries, a thousand a page, without holding them. */
  const endless = (entries: number): MemoryObjectStore => ({
    ...store,
    list: async (_bucket, { limit, continuationToken = '0' }) => {
      const from = Number(continuationToken);
      const length = Math.min(limit, entries - from);
      const objects = Array.from({ length }, (_, index) => ({
        key: `${from + index}`,
        size: 1,
        etag: '',
        lastModified: NOW,
      }));
      const isLast = from + length >= entries;
      return { objects, prefixes: [], ...(!isLast && { continuationToken: String(from + length) }) };
    },
  });

  it.each([
    ['all', 10_000],
    ['byNumber', 100_000],
  ] as const)('%s reads up to %i', async (way, most) => {
    const read = (entries: number) => pagesOf([''], {}, endless(entries))[way](1);
    expect((await read(most)).total).toBe(most);
    const refused = await errorOf(read(most + 1));
    expect(refused?.code).toBe('EntityTooLarge');
    expect(refused?.details).toEqual({ limit: most });
    expect(refused?.text.en).toContain(String(most));
    expect(refused?.text.zh).toContain('prefix');
  });
});

describe('whatever the prefixes, the keys and the size of a page', () => {
  const segment = fc.constantFrom('a', 'b', 'ab', 'a-', '图', '\uff5e', '🐱', '.imagepic', 'A');
  const key = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'));
  const prefix = fc.oneof(
    fc.constant(''),
    key,
    key.map((folder) => `${folder}/`),
  );
  /** No name is both an image and a folder on a disk, but in a store it may be. */
  const keys = fc.uniqueArray(key, { maxLength: 12 });
  const member = (prefixes: readonly string[]): Member => ({
    ...{ kind: 'member', userId: 'u_1', role: 'member', quota: {} },
    grants: prefixes.map((granted): Grant => ({ bucketName: BUCKET, prefix: granted, actions: ['list'] })),
  });

  it('the pages make up the whole, which is a filter over all keys', async () => {
    await fc.assert(
      fc.asyncProperty(
        keys,
        fc.array(prefix, { maxLength: 4 }),
        prefix,
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (names, granted, asked, pageSize, recursive) => {
          const bucket = await open(names);
          const prefixes = createAccess('shared').listPrefixes(member(granted), BUCKET, asked);
          const pages = pagesOf(prefixes, { pageSize, recursive }, bucket);
          const expected = expectedOf(names, prefixes, recursive);
          if (recursive) {
            const seen = names.filter((name) => name.startsWith(asked) && granted.some((one) => name.startsWith(one)));
            expect(expected).toEqual(inOrder(seen));
          }

          const whole = await pages.all();
          expect(whole.total).toBe(expected.length);
          expect(namesOf(whole).sort()).toEqual([...expected].sort());
          const read = await walk(pages);
          for (const page of read) expect(page.lists.length).toBeLessThanOrEqual(pageSize);
          expect(inOrder(read.flatMap(namesOf))).toEqual(expected);
          expect(read.flatMap(namesOf)).toHaveLength(expected.length);
          if (recursive) expect(read.flatMap(namesOf)).toEqual(expected);
          const numbered: string[] = [];
          for (let number = 1; (number - 1) * pageSize < expected.length; number += 1) {
            numbered.push(...namesOf(await pages.byNumber(number)));
          }
          expect(numbered).toEqual(namesOf(whole));
        },
      ),
      { numRuns: Number(process.env['IMAGEPIC_FUZZ_RUNS'] ?? 500) },
    );
  });
});
