import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { createTrail } from '../../concurrency/trail.ts';
import { AppError } from '../../errors.ts';
import { isPrefix } from '../../naming/key.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import { type Access, type Caller, requireMember } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { defineCollection, openCollection } from '../collection.ts';
import { openCounters } from '../counters.ts';
import { type Entry, endlessListing } from '../objects/entry-pages.ts';
import type { ObjectReader } from '../objects/object-reader.ts';
import { type CompleteRecords, MAX_PLACES } from './album-page.ts';

/** Numbers never start again by themselves. */
const FOREVER_SECONDS = 100 * 365 * 24 * 60 * 60;
/** What clients call the bed itself before they have asked for any number. */
const DEFAULT_BUCKET_ID = 1;
/** Most folders that are looked at, and most images that are counted, for one listing. */
const MAX_ALBUMS = 10_000;
const MAX_COUNTED = 10_000;
const PAGE = 1000;
/** Folders that the naming template makes are no albums. */
const YEAR = /^\d{4}\/$/;

/** The folders that have a number, by it. */
export const ALBUMS = defineCollection({
  name: 'albums',
  schema: v.object({
    bucketName: v.string(),
    folder: v.string(),
    /** Who made it; absent where the folder was there before its number. */
    ownerId: v.optional(v.string()),
  }),
  retention: { kept: 'clients hold on to the numbers; removing the album removes it' },
});

/** Their numbers, by the hash of the folder. */
export const ALBUM_NUMBERS = defineCollection({
  name: 'album-numbers',
  schema: v.object({ id: v.number() }),
  retention: { kept: 'clients hold on to the numbers; removing the album removes it' },
});

/** A folder of a bucket; the empty one is the bucket itself. */
interface AlbumPlace {
  readonly bucketName: string;
  readonly folder: string;
  readonly ownerId?: string | undefined;
}

/** An album: a folder with a number that stays. */
export interface Album extends AlbumPlace {
  readonly id: number;
  /** How many images are in it, as far as 10,000. */
  readonly images: number;
}

/** Folders as upload clients know them: by number. */
export interface Albums {
  /** The number of a folder; it gets one when it has none, and is its owner's from then on. */
  numberOf(place: AlbumPlace): Promise<number>;
  /** The folder that a number stands for. @throws {AppError} InvalidArgument when there is none the caller may upload to or see */
  require(caller: Caller, id: number): Promise<AlbumPlace>;
  /** The albums that the caller sees, by number, 40 a page. */
  list(caller: Caller, page: number): Promise<{ readonly total: number; readonly albums: readonly Album[] }>;
  /** How many albums the caller sees. */
  total(caller: Caller): Promise<number>;
  /**
   * Gives up the number of a folder without images, whoever's they are: an album never takes images with it.
   *
   * @throws {AppError} InvalidArgument when there are some, AccessDenied when it is somebody else's or beyond what the caller may delete
   */
  remove(caller: Caller, id: number): Promise<void>;
  /** The buckets that the caller sees, numbered. */
  strategies(caller: Caller): Promise<readonly { readonly id: number; readonly bucketName: string }[]>;
}

interface AlbumsOptions {
  readonly documents: DocumentStore;
  readonly objectStore: ObjectStore;
  readonly buckets: Buckets;
  readonly reader: ObjectReader;
  readonly access: Access;
  readonly defaultBucket: string;
  /** Images are counted by a walk where there are none. */
  readonly completeRecords: CompleteRecords;
}

/** Albums on one page, as Lsky has it. */
const ALBUMS_A_PAGE = 40;

/** Creates the album service. */
export function createAlbums(options: AlbumsOptions): Albums {
  const { documents, objectStore, buckets, reader, access, defaultBucket, completeRecords } = options;
  const albums = openCollection(documents, ALBUMS);
  const numbers = openCollection(documents, ALBUM_NUMBERS);
  const addToCounter = openCounters(documents);
  const isDefault = ({ bucketName, folder }: AlbumPlace): boolean => bucketName === defaultBucket && folder === '';

  const numberOf: Albums['numberOf'] = async (place) => {
    if (isDefault(place)) return DEFAULT_BUCKET_ID;
    const known = await numbers.read(toKey(place));
    return known === undefined ? giveNumber(place) : known.id;
  };

  const giveNumber = async (place: AlbumPlace): Promise<number> => {
    const { value } = await addToCounter(ALBUMS.name, 1, FOREVER_SECONDS);
    const own = { id: value + DEFAULT_BUCKET_ID };
    await albums.create(String(own.id), place);
    const { id } = await numbers.upsert(toKey(place), (given) => given ?? own);
    // Somebody else was faster; of two numbers for one folder the first stays.
    if (id !== own.id) await albums.remove(String(own.id));
    return id;
  };

  const find = async (id: number): Promise<AlbumPlace | undefined> =>
    id === DEFAULT_BUCKET_ID ? { bucketName: defaultBucket, folder: '' } : albums.read(String(id));

  const sees = (caller: Caller, { bucketName, folder }: AlbumPlace): boolean =>
    folder === ''
      ? access.seesBucket(caller, bucketName)
      : (['upload', 'list'] as const).some((action) => access.reaches(caller, action, bucketName, `${folder}/`));

  const require: Albums['require'] = async (caller, id) => {
    const place = await find(id);
    if (place === undefined || !sees(caller, place)) throw noSuchAlbum(id);
    return place;
  };

  /** Folders that are there because images lie in them, whoever put them there. */
  const foldersOf = async (caller: Caller, bucketName: string): Promise<readonly AlbumPlace[]> => {
    const roots = access.listPrefixes(caller, bucketName, '');
    const found = await Promise.all(roots.map((root) => foldersIn(caller, bucketName, root)));
    // One grant is the caller's own top, whose images are in no album; of several, each is a folder among others.
    const tops =
      roots.length > 1 ? roots.filter((root, index) => root.endsWith('/') && found[index]?.hasImages === true) : [];
    return [
      ...tops.map((root) => ({ bucketName, folder: root.slice(0, -1) })),
      ...found.flatMap(({ folders }) => folders),
    ];
  };

  const foldersIn = async (caller: Caller, bucketName: string, root: string) => {
    const entries = await collectEntries(reader, caller, { bucketName, prefix: root, recursive: false }, MAX_ALBUMS);
    const folders = entries
      .flatMap((entry) => ('prefix' in entry ? [entry.prefix] : []))
      .filter((prefix) => !YEAR.test(prefix.slice(root.length)))
      .map((prefix) => ({ bucketName, folder: prefix.slice(0, -1) }));
    return { folders, hasImages: entries.some((entry) => 'name' in entry) };
  };

  /** Folders that have a number, with images or without. */
  const numbered = async (caller: Caller): Promise<readonly AlbumPlace[]> => {
    const places: AlbumPlace[] = [];
    let after: string | undefined;
    const trail = createTrail(endlessListing);
    do {
      const page = await albums.list({ limit: PAGE, after });
      places.push(...page.documents.map(({ doc }) => doc));
      after = trail(page.after);
    } while (after !== undefined && places.length < MAX_ALBUMS);
    return places.filter((place) => place.folder !== '' && sees(caller, place));
  };

  const count = async (caller: Caller, { bucketName, folder }: AlbumPlace): Promise<number> => {
    const prefix = `${folder}/`;
    const prefixes = access.listPrefixes(caller, bucketName, prefix);
    const canAsk = prefixes.length <= MAX_PLACES && prefixes.every(isPrefix);
    const records = canAsk ? await completeRecords() : undefined;
    if (records === undefined) return (await collectImages(reader, caller, { bucketName, prefix }, MAX_COUNTED)).length;
    const within = prefixes.map((allowed) => ({ bucket: bucketName, prefix: allowed }));
    return Math.min(MAX_COUNTED, (await records.count({ within, state: 'present' })).images);
  };

  const findAll = async (caller: Caller): Promise<ReadonlyMap<number, AlbumPlace>> => {
    const seen = await buckets.list(caller);
    const places = [
      ...(await numbered(caller)),
      ...(await Promise.all(seen.map(({ name }) => foldersOf(caller, name)))).flat(),
    ];
    const ids = new Map<number, AlbumPlace>();
    for (const place of places) ids.set(await numberOf(place), place);
    return ids;
  };

  const list: Albums['list'] = async (caller, page) => {
    const ids = await findAll(caller);
    const sorted = [...ids].sort(([one], [other]) => one - other);
    const shown = sorted.slice((page - 1) * ALBUMS_A_PAGE, page * ALBUMS_A_PAGE);
    const counted = await Promise.all(
      shown.map(async ([id, place]) => ({ id, ...place, images: await count(caller, place) })),
    );
    return { total: ids.size, albums: counted };
  };

  /** Of somebody else's album, or by a token for less than deleting, not even the number is given up. */
  const requireOwnAlbum = (caller: Caller, { bucketName, folder, ownerId }: AlbumPlace): void => {
    const { userId, role } = requireMember(caller);
    const isOwn = role === 'admin' || ownerId === undefined || ownerId === userId;
    if (!isOwn || !access.reaches(caller, 'delete', bucketName, `${folder}/`)) throw notYours(folder);
  };

  /** What the caller may not list is there all the same. */
  const requireEmpty = async (caller: Caller, place: AlbumPlace): Promise<void> => {
    const { bucketName, folder } = place;
    const { objects } = await objectStore.list(bucketName, { prefix: `${folder}/`, limit: 1 });
    if (objects.length > 0) throw notEmpty(folder, await count(caller, place));
  };

  const remove: Albums['remove'] = async (caller, id) => {
    const place = await require(caller, id);
    if (place.folder === '') throw isBucket(place.bucketName);
    await requireEmpty(caller, place);
    requireOwnAlbum(caller, place);
    await numbers.remove(toKey(place));
    await albums.remove(String(id));
  };

  return {
    numberOf,
    require,
    list,
    total: async (caller) => (await findAll(caller)).size,
    remove,
    strategies: async (caller) => {
      const seen = await buckets.list(caller);
      return Promise.all(
        seen.map(async ({ name }) => ({ id: await numberOf({ bucketName: name, folder: '' }), bucketName: name })),
      );
    },
  };
}

/** All images below a prefix, up to `most` and the rest of a page. */
export async function collectImages(
  reader: ObjectReader,
  caller: Caller,
  below: { readonly bucketName: string; readonly prefix: string },
  most: number,
): Promise<readonly ListedImage[]> {
  const entries = await collectEntries(reader, caller, { ...below, recursive: true }, most);
  return entries.flatMap((entry) => ('name' in entry ? [entry] : []));
}

type ListedImage = Extract<Entry, { name: string }>;

async function collectEntries(
  reader: ObjectReader,
  caller: Caller,
  below: { readonly bucketName: string; readonly prefix: string; readonly recursive: boolean },
  most: number,
): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  let continuationToken: string | undefined = '';
  const trail = createTrail(endlessListing);
  while (continuationToken !== undefined && found.length < most) {
    const page = await reader.list(caller, { ...below, pageSize: PAGE, continuationToken });
    found.push(...page.lists);
    continuationToken = trail(page.continuationToken);
  }
  return found;
}

const toKey = ({ bucketName, folder }: AlbumPlace): string =>
  createHash('sha256').update(`${bucketName}/${folder}`).digest('hex');

const noSuchAlbum = (id: number): AppError =>
  new AppError('InvalidArgument', {
    zh: `没有编号为 ${id} 的相册或存储策略；请留空，或用 GET /api/v1/albums、GET /api/v1/strategies 查看`,
    en: `There is no album or strategy number ${id}; leave it out, or see GET /api/v1/albums and GET /api/v1/strategies`,
  });

/** Says how many there are as far as the caller may list them. */
const notEmpty = (name: string, images: number): AppError =>
  new AppError('InvalidArgument', {
    zh: `相册 ${name} 里还有${images > 0 ? ` ${images} 张` : ''}图片；删除相册不会删除图片，请先删除或移走它们`,
    en: `The album ${name} still has ${images > 0 ? `${images} ` : ''}images; removing an album never removes images, so remove or move them first`,
  });

const isBucket = (bucketName: string): AppError =>
  new AppError('InvalidArgument', {
    zh: `这个编号是存储桶 ${bucketName}，不是相册；请用 GET /api/v1/albums 查看相册`,
    en: `This number is the bucket ${bucketName} and no album; GET /api/v1/albums shows the albums`,
  });

const notYours = (name: string): AppError =>
  new AppError('AccessDenied', {
    zh: `只能删除自己的、且 token 有权删除其中图片的相册；${name} 请由建它的人或管理员删除`,
    en: `Only an album of your own, in whose folder the token may delete, can be removed; ask whoever made ${name}, or an admin`,
  });
