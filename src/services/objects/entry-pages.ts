import * as v from 'valibot';
import { createTrail } from '../../concurrency/trail.ts';
import { AppError } from '../../errors.ts';
import { isReservedKey } from '../../naming/key.ts';
import type { ObjectPage, ObjectStore } from '../../ports/object-store.ts';
import type { ImageFacts } from './image-facts.ts';

/** Most entries that a listing by page number walks; beyond it, page by token. */
const MAX_COUNTED = 100_000;
/** Most entries in one answer of `pageNum: -1`: what fits into a function's 6 MB answer. */
const MAX_AT_ONCE = 10_000;
const PAGE = 1000;

/** An image of a listing. */
export interface ListedImage extends ImageFacts {
  readonly name: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: string;
}

/** A line of a listing. */
export type Entry = ListedImage | { readonly prefix: string };

/** What to list, and which part of it. */
export interface Listing {
  readonly bucketName: string;
  readonly prefix: string;
  readonly pageSize: number;
  readonly pageNum?: number | undefined;
  readonly continuationToken?: string | undefined;
  readonly recursive: boolean;
  /** Whether to look up what listed images look like. */
  readonly facts?: boolean | undefined;
}

/** A page of a listing: `total` when paged by number, a token when there is more and it was paged by token. */
export interface EntryPage {
  readonly total?: number;
  readonly continuationToken?: string;
  readonly lists: Entry[];
}

/** Where a listing of several prefixes goes on: a prefix, and the store's own token within it (empty at its beginning). */
const position = v.tuple([v.string(), v.string()]);
type Position = v.InferOutput<typeof position>;

/**
 * Creates the ways to page through what begins with any of `prefixes`, which are as `Access.listPrefixes` gives them:
 * all of one comes before all of the next, so one after the other is the order of the whole.
 */
export function createEntryPages(store: ObjectStore, prefixes: readonly string[], listing: Listing) {
  const { bucketName, pageSize, recursive } = listing;

  const listFrom = ([prefix, token]: Position, limit: number): Promise<ObjectPage> =>
    store.list(bucketName, {
      prefix,
      limit,
      ...(!recursive && { delimiter: '/' as const }),
      ...(token !== '' && { continuationToken: token }),
    });

  /** A page from a position on, over the end of a prefix if need be. */
  const walk = async (from: Position | undefined, limit: number) => {
    const pages: ObjectPage[] = [];
    const goOn = createGoingOn();
    let next = goOn(from);
    let left = limit;
    while (next !== undefined && left > 0) {
      const [prefix] = next;
      const page: ObjectPage = await listFrom(next, left);
      pages.push(page);
      left -= page.objects.length + page.prefixes.length;
      next = goOn(page.continuationToken === undefined ? after(prefix) : [prefix, page.continuationToken]);
    }
    return { entries: toEntries(pages), next };
  };

  const after = (prefix: string): Position | undefined => beginningOf(prefixes[prefixes.indexOf(prefix) + 1]);

  const collect = async (most: number): Promise<Entry[]> => {
    const entries: Entry[] = [];
    const goOn = createGoingOn();
    let next = beginningOf(prefixes[0]);
    while (next !== undefined) {
      const page = await walk(next, PAGE);
      entries.push(...page.entries);
      if (entries.length > most) throw tooManyEntries(most);
      next = goOn(page.next);
    }
    return entries;
  };

  const byToken = async (token: string): Promise<EntryPage> => {
    const { entries, next } = await walk(parseToken(token, prefixes), pageSize);
    return { ...(next !== undefined && { continuationToken: formatToken(next, prefixes) }), lists: entries };
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

/** Goes from position to position, to none of them twice. */
function createGoingOn(): <To extends Position | undefined>(to: To) => To {
  const trail = createTrail(endlessListing);
  return (to) => {
    trail(to && JSON.stringify(to));
    return to;
  };
}

const beginningOf = (prefix: string | undefined): Position | undefined =>
  prefix === undefined ? undefined : [prefix, ''];

/** With one prefix the store's token says all. */
const formatToken = (next: Position, prefixes: readonly string[]): string =>
  prefixes.length === 1 ? next[1] : Buffer.from(JSON.stringify(next)).toString('base64url');

/** @throws {AppError} InvalidArgument for a token of another listing, or of one that the caller might see more of */
function parseToken(token: string, prefixes: readonly string[]): Position | undefined {
  const [first] = prefixes;
  if (first === undefined) return undefined;
  if (prefixes.length === 1 || token === '') return [first, token];
  try {
    const [prefix, within] = v.parse(position, JSON.parse(Buffer.from(token, 'base64url').toString('utf8')));
    if (prefixes.includes(prefix)) return [prefix, within];
  } catch {
    // Refused below, as a token of another listing is.
  }
  throw new AppError(
    'InvalidArgument',
    {
      zh: 'continuationToken 无效：请使用上一页返回的值，或从 continuationToken: "" 重新开始',
      en: 'The continuationToken is not valid: use the value that the page before returned, or begin anew with continuationToken: ""',
    },
    { details: { fields: ['continuationToken'] } },
  );
}

/** Folders, then images, the service's own keys left out. */
function toEntries(pages: readonly ObjectPage[]): Entry[] {
  const prefixes = pages.flatMap((page) => page.prefixes).filter((prefix) => !isReservedKey(prefix));
  const objects = pages.flatMap((page) => page.objects).filter(({ key }) => !isReservedKey(key));
  return [
    ...prefixes.map((prefix) => ({ prefix })),
    ...objects.map(({ key, size, etag, lastModified }) => ({
      name: key,
      size,
      etag,
      lastModified: lastModified.toISOString(),
    })),
  ];
}

/** The failure of a store whose listing leads back to where it was. */
export const endlessListing = (): AppError =>
  new AppError('ServiceUnavailable', {
    zh: '存储的列表没有尽头（同一页反复出现）；请稍后重试，若一直如此请检查存储服务',
    en: 'The listing of the store has no end (a page leads back to one before it); try again later, and check the store if it stays',
  });

const tooManyEntries = (most: number): AppError =>
  new AppError(
    'EntityTooLarge',
    {
      zh: `对象超过 ${most} 个；请缩小 prefix，或从 continuationToken: "" 开始逐页读取`,
      en: `There are more than ${most} objects; narrow the prefix, or page by token, beginning with continuationToken: ""`,
    },
    { details: { limit: most } },
  );
