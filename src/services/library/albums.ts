import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { Access, Caller } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { parseDocument } from '../documents.ts';
import type { Entry } from '../objects/entry-pages.ts';
import type { ObjectReader } from '../objects/object-reader.ts';

const ALBUMS = 'albums';
const ALBUM_NUMBERS = 'album-numbers';
const COUNTERS = 'counters';
/** Numbers never start again by themselves. */
const FOREVER_SECONDS = 100 * 365 * 24 * 60 * 60;
/** What clients call the bed itself before they have asked for any number. */
const DEFAULT_BUCKET_ID = 1;
/** Most albums that are numbered and most images that are counted for one listing. */
const MAX_ALBUMS = 1000;
const MAX_COUNTED = 10_000;
const PAGE = 1000;
/** Folders that the naming template makes are no albums. */
const YEAR = /^\d{4}\/$/;

const placeDocument = v.object({ bucketName: v.string(), folder: v.string() });
const numberDocument = v.object({ id: v.number() });

/** A folder of a bucket; the empty one is the bucket itself. */
interface AlbumPlace {
  readonly bucketName: string;
  readonly folder: string;
}

/** An album: a folder with a number that stays. */
interface Album extends AlbumPlace {
  readonly id: number;
  /** How many images are in it, as far as 10,000. */
  readonly images: number;
}

/** Folders as upload clients know them: by number. */
export interface Albums {
  /** The number of a folder; it gets one when it has none. */
  numberOf(place: AlbumPlace): Promise<number>;
  /** The folder that a number stands for. @throws {AppError} InvalidArgument when there is none the caller may upload to or see */
  require(caller: Caller, id: number): Promise<AlbumPlace>;
  /** The albums that the caller sees, by number, 40 a page. */
  list(caller: Caller, page: number): Promise<{ readonly total: number; readonly albums: readonly Album[] }>;
  /** Gives up the number of a folder without images. @throws {AppError} InvalidArgument when it has some: an album never takes images with it */
  remove(caller: Caller, id: number): Promise<void>;
  /** The buckets that the caller sees, numbered. */
  strategies(caller: Caller): Promise<readonly { readonly id: number; readonly bucketName: string }[]>;
}

interface AlbumsOptions {
  readonly documents: DocumentStore;
  readonly buckets: Buckets;
  readonly reader: ObjectReader;
  readonly access: Access;
  readonly defaultBucket: string;
}

/** Albums on one page, as Lsky has it. */
const ALBUMS_A_PAGE = 40;

/** Creates the album service. */
export function createAlbums({ documents, buckets, reader, access, defaultBucket }: AlbumsOptions): Albums {
  const isDefault = ({ bucketName, folder }: AlbumPlace): boolean => bucketName === defaultBucket && folder === '';

  const numberOf: Albums['numberOf'] = async (place) => {
    if (isDefault(place)) return DEFAULT_BUCKET_ID;
    const key = toKey(place);
    const stored = await documents.read(ALBUM_NUMBERS, key);
    if (stored) return parseDocument(numberDocument, stored.doc).id;
    const counter = await documents.increment(COUNTERS, ALBUMS, { by: 1, expiresInSeconds: FOREVER_SECONDS });
    const id = counter.value + DEFAULT_BUCKET_ID;
    await documents.create(ALBUMS, String(id), { ...place });
    if (await documents.create(ALBUM_NUMBERS, key, { id })) return id;
    // Somebody else was faster; of two numbers for one folder the first stays.
    await documents.remove(ALBUMS, String(id));
    return numberOf(place);
  };

  const find = async (id: number): Promise<AlbumPlace | undefined> => {
    if (id === DEFAULT_BUCKET_ID) return { bucketName: defaultBucket, folder: '' };
    const stored = await documents.read(ALBUMS, String(id));
    return stored && parseDocument(placeDocument, stored.doc);
  };

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
    const root = access.listPrefix(caller, bucketName, '') ?? '';
    const { lists } = await reader.list(caller, {
      bucketName,
      prefix: root,
      recursive: false,
      pageSize: PAGE,
      continuationToken: '',
    });
    return lists
      .flatMap((entry) => ('prefix' in entry ? [entry.prefix] : []))
      .filter((prefix) => !YEAR.test(prefix.slice(root.length)))
      .map((prefix) => ({ bucketName, folder: prefix.slice(0, -1) }));
  };

  /** Folders that have a number, with images or without. */
  const numbered = async (caller: Caller): Promise<readonly AlbumPlace[]> => {
    const page = await documents.list(ALBUMS, { limit: MAX_ALBUMS });
    return page.documents
      .map(({ doc }) => parseDocument(placeDocument, doc))
      .filter((place) => place.folder !== '' && sees(caller, place));
  };

  const count = async (caller: Caller, { bucketName, folder }: AlbumPlace): Promise<number> => {
    const images = await collectEntries(reader, caller, { bucketName, prefix: `${folder}/` }, MAX_COUNTED);
    return images.length;
  };

  const list: Albums['list'] = async (caller, page) => {
    const seen = await buckets.list(caller);
    const places = [
      ...(await numbered(caller)),
      ...(await Promise.all(seen.map(({ name }) => foldersOf(caller, name)))).flat(),
    ];
    const ids = new Map<number, AlbumPlace>();
    for (const place of places) ids.set(await numberOf(place), place);
    const sorted = [...ids].sort(([one], [other]) => one - other);
    const shown = sorted.slice((page - 1) * ALBUMS_A_PAGE, page * ALBUMS_A_PAGE);
    const albums = await Promise.all(
      shown.map(async ([id, place]) => ({ id, ...place, images: await count(caller, place) })),
    );
    return { total: ids.size, albums };
  };

  const remove: Albums['remove'] = async (caller, id) => {
    const place = await require(caller, id);
    const images = place.folder === '' ? MAX_COUNTED : await count(caller, place);
    if (images > 0) throw notEmpty(place.folder === '' ? place.bucketName : place.folder, images);
    await documents.remove(ALBUM_NUMBERS, toKey(place));
    await documents.remove(ALBUMS, String(id));
  };

  return {
    numberOf,
    require,
    list,
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
export async function collectEntries(
  reader: ObjectReader,
  caller: Caller,
  { bucketName, prefix }: { readonly bucketName: string; readonly prefix: string },
  most: number,
): Promise<readonly Extract<Entry, { name: string }>[]> {
  const found: Extract<Entry, { name: string }>[] = [];
  let continuationToken: string | undefined = '';
  while (continuationToken !== undefined && found.length < most) {
    const listing = { bucketName, prefix, recursive: true, pageSize: PAGE, continuationToken };
    const page = await reader.list(caller, listing);
    found.push(...page.lists.flatMap((entry) => ('name' in entry ? [entry] : [])));
    continuationToken = page.continuationToken;
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

const notEmpty = (name: string, images: number): AppError =>
  new AppError('InvalidArgument', {
    zh: `相册 ${name} 里还有 ${images} 张图片；删除相册不会删除图片，请先删除或移走它们`,
    en: `The album ${name} still has ${images} images; removing an album never removes images, so remove or move them first`,
  });
