import { mapLimited } from '../../concurrency/limit.ts';
import { fileNameOf, isPrefix } from '../../naming/key.ts';
import type { ImageOrder } from '../../ports/image-records.ts';
import type { ObjectMetadata, ObjectStore } from '../../ports/object-store.ts';
import type { Access, Caller } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { Embeds } from '../objects/embeds.ts';
import type { Entry } from '../objects/entry-pages.ts';
import { readFacts } from '../objects/image-facts.ts';
import type { Links } from '../objects/links.ts';
import { ORIGINAL_NAME } from '../objects/object-name.ts';
import type { ObjectReader, Place } from '../objects/object-reader.ts';
import { createWholeWalks } from '../objects/whole-walks.ts';
import { type CompleteRecords, findAlbumPage } from './album-page.ts';
import { type Albums, collectImages } from './albums.ts';

/** Images on one page, as Lsky has it. */
const IMAGES_A_PAGE = 40;
/** Most images that one page is picked from. */
const MAX_SORTED = 100_000;
const AT_ONCE = 8;

/** An image of a page. */
export interface AlbumImage extends Place {
  /** As its file was called, or else as it is called here. */
  readonly originalName: string;
  readonly etag: string;
  readonly size: number;
  readonly contentType: string;
  readonly width: number;
  readonly height: number;
  readonly lastModified: string;
  readonly url: string;
  /** Of a small picture of it; its own where none is made. */
  readonly thumbUrl: string;
}

/** Which images, and in which order: by date, or by size. */
interface AlbumQuery {
  readonly albumId?: number | undefined;
  readonly order: 'newest' | 'earliest' | 'utmost' | 'least';
  /** Part of the name. */
  readonly keyword: string;
  readonly page: number;
}

/** Pages of images as upload clients show them. */
export interface AlbumImages {
  page(
    caller: Caller,
    query: AlbumQuery,
    mountUrl: string,
  ): Promise<{ readonly total: number; readonly images: readonly AlbumImage[] }>;
}

interface AlbumImagesOptions {
  readonly objectStore: ObjectStore;
  readonly buckets: Buckets;
  readonly reader: ObjectReader;
  readonly albums: Albums;
  readonly links: Links;
  readonly embeds: Pick<Embeds, 'thumbUrl'>;
  readonly access: Access;
  /** A page is picked from all images where there are none. */
  readonly completeRecords: CompleteRecords;
}

type Found = Extract<Entry, { name: string }> & { readonly bucketName: string };
type Shown = Place & Pick<AlbumImage, 'size' | 'etag' | 'lastModified'> & { readonly head?: ObjectMetadata };

/** The orders that records are in. */
const RECORD_ORDERS: Readonly<Record<AlbumQuery['order'], ImageOrder | undefined>> = {
  newest: 'newest',
  earliest: 'oldest',
  utmost: 'size',
  least: undefined,
};

const ORDERS: Readonly<Record<AlbumQuery['order'], (one: Found, other: Found) => number>> = {
  newest: (one, other) => other.lastModified.localeCompare(one.lastModified),
  earliest: (one, other) => one.lastModified.localeCompare(other.lastModified),
  utmost: (one, other) => other.size - one.size,
  least: (one, other) => one.size - other.size,
};

/** Creates the service of image pages. */
export function createAlbumImages({
  objectStore,
  buckets,
  reader,
  albums,
  links,
  embeds,
  access,
  completeRecords,
}: AlbumImagesOptions): AlbumImages {
  const walk = createWholeWalks();
  const placesOf = async (caller: Caller, albumId: number | undefined) => {
    const places =
      albumId === undefined
        ? (await buckets.list(caller)).map(({ name }) => ({ bucketName: name, folder: '' }))
        : [await albums.require(caller, albumId)];
    return places.map(({ bucketName, folder }) => ({ bucketName, prefix: folder === '' ? '' : `${folder}/` }));
  };

  const collect = async (caller: Caller, albumId: number | undefined): Promise<Found[]> => {
    const places = await placesOf(caller, albumId);
    const found = await Promise.all(
      places.map(async ({ bucketName, prefix }) => {
        const entries = await collectImages(reader, caller, { bucketName, prefix }, MAX_SORTED);
        return entries.map((entry) => ({ ...entry, bucketName }));
      }),
    );
    return found.flat();
  };

  /** What records find; `undefined` where they cannot say what a walk would. */
  const findByRecords = async (caller: Caller, { albumId, order, keyword, page }: AlbumQuery) => {
    const recordOrder = RECORD_ORDERS[order];
    const records = keyword === '' && recordOrder !== undefined ? await completeRecords() : undefined;
    if (records === undefined || recordOrder === undefined) return undefined;
    const within = (await placesOf(caller, albumId))
      .flatMap(({ bucketName: bucket, prefix }) =>
        access.listPrefixes(caller, bucket, prefix).map((allowed) => ({ bucket, prefix: allowed })),
      )
      .filter(({ prefix }) => isPrefix(prefix));
    const wanted = { within, order: recordOrder, before: (page - 1) * IMAGES_A_PAGE, limit: IMAGES_A_PAGE };
    const found = await findAlbumPage(records, wanted);
    if (found === undefined) return undefined;
    const shown = await mapLimited(found.places, AT_ONCE, async (place): Promise<readonly Shown[]> => {
      const head = await objectStore.head(place.bucketName, place.objectName);
      // Gone since it was found.
      if (head === undefined) return [];
      const { size, etag, lastModified } = head;
      return [{ ...place, size, etag, lastModified: lastModified.toISOString(), head }];
    });
    return { total: found.total, shown: shown.flat() };
  };

  const findByWalk = async (caller: Caller, { albumId, order, keyword, page }: AlbumQuery) => {
    const all = (await walk(caller, () => collect(caller, albumId)))
      .filter(({ name }) => name.includes(keyword))
      .sort(ORDERS[order]);
    const shown = all.slice((page - 1) * IMAGES_A_PAGE, page * IMAGES_A_PAGE);
    return { total: all.length, shown: shown.map(({ name, ...rest }): Shown => ({ ...rest, objectName: name })) };
  };

  const show = async (
    { bucketName, objectName, size, etag, lastModified, head: known }: Shown,
    mountUrl: string,
  ): Promise<AlbumImage> => {
    const head = known ?? (await objectStore.head(bucketName, objectName));
    const facts = head === undefined ? {} : readFacts(head);
    const { width = 0, height = 0 } = facts;
    const contentType = head?.contentType ?? 'application/octet-stream';
    return {
      ...{ bucketName, objectName, size, etag, lastModified },
      contentType,
      originalName: head?.metadata[ORIGINAL_NAME] ?? fileNameOf(objectName),
      width,
      height,
      url: links(mountUrl, bucketName, objectName),
      thumbUrl: await embeds.thumbUrl(mountUrl, { bucketName, objectName, contentType, ...facts }),
    };
  };

  return {
    page: async (caller, query, mountUrl) => {
      const { total, shown } = (await findByRecords(caller, query)) ?? (await findByWalk(caller, query));
      return { total, images: await Promise.all(shown.map((image) => show(image, mountUrl))) };
    },
  };
}
