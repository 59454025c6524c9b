import { AppError } from '../../errors.ts';
import { RESERVED_PREFIX } from '../../naming/key.ts';
import type { ObjectPage, ObjectStore } from '../../ports/object-store.ts';

/** Most entries that a listing by page number walks; beyond it, page by token. */
const MAX_COUNTED = 100_000;
/** Most entries in one answer of `pageNum: -1`: what fits into a function's 6 MB answer. */
const MAX_AT_ONCE = 10_000;
const PAGE = 1000;

/** A line of a listing. */
export type Entry =
  | { readonly name: string; readonly size: number; readonly etag: string; readonly lastModified: string }
  | { readonly prefix: string };

/** What to list, and which part of it. */
export interface Listing {
  readonly bucketName: string;
  readonly prefix: string;
  readonly pageSize: number;
  readonly pageNum?: number | undefined;
  readonly continuationToken?: string | undefined;
  readonly recursive: boolean;
}

/** A page of a listing: `total` when paged by number, a token when there is more and it was paged by token. */
export interface EntryPage {
  readonly total?: number;
  readonly continuationToken?: string;
  readonly lists: Entry[];
}

const NOTHING: ObjectPage = { objects: [], prefixes: [] };

/** Creates the ways to page through a listing; without a store there is nothing to see. */
export function createEntryPages(store: ObjectStore | undefined, { bucketName, prefix, pageSize, recursive }: Listing) {
  const walk = async (limit: number, continuationToken: string | undefined): Promise<ObjectPage> =>
    store === undefined
      ? NOTHING
      : store.list(bucketName, {
          prefix,
          limit,
          ...(!recursive && { delimiter: '/' as const }),
          ...(continuationToken && { continuationToken }),
        });

  const collect = async (most: number): Promise<Entry[]> => {
    const entries: Entry[] = [];
    let token: string | undefined;
    do {
      const page = await walk(PAGE, token);
      entries.push(...toEntries(page));
      if (entries.length > most) throw tooManyEntries(most);
      token = page.continuationToken;
    } while (token !== undefined);
    return entries;
  };

  const byToken = async (token: string): Promise<EntryPage> => {
    const page = await walk(pageSize, token);
    const next = page.continuationToken;
    return { ...(next !== undefined && { continuationToken: next }), lists: toEntries(page) };
  };

  const byNumber = async (number: number): Promise<EntryPage> => {
    const entries = await collect(MAX_COUNTED);
    return { total: entries.length, lists: entries.slice((number - 1) * pageSize, number * pageSize) };
  };

  const all = async (): Promise<EntryPage> => {
    const lists = await collect(MAX_AT_ONCE);
    return { total: lists.length, lists };
  };

  return { byToken, byNumber, all };
}

/** Folders and images in one order, the service's own keys left out. */
function toEntries(page: ObjectPage): Entry[] {
  const prefixes = page.prefixes.filter((prefix) => prefix !== RESERVED_PREFIX).map((prefix) => ({ prefix }));
  const objects = page.objects
    .filter(({ key }) => !key.startsWith(RESERVED_PREFIX))
    .map(({ key, size, etag, lastModified }) => ({ name: key, size, etag, lastModified: lastModified.toISOString() }));
  return [...prefixes, ...objects];
}

const tooManyEntries = (most: number): AppError =>
  new AppError(
    'EntityTooLarge',
    {
      zh: `对象超过 ${most} 个；请缩小 prefix，或从 continuationToken: "" 开始逐页读取`,
      en: `There are more than ${most} objects; narrow the prefix, or page by token, beginning with continuationToken: ""`,
    },
    { details: { limit: most } },
  );
