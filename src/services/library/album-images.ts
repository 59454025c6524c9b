import { fileNameOf, isPrefix } from '../../naming/key.ts';
import type { ImageOrder, ImageRecord } from '../../ports/image-records.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Access, Caller } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { Embeds } from '../objects/embeds.ts';
import type { Entry } from '../objects/entry-pages.ts';
import { type ImageFacts, readFacts } from '../objects/image-facts.ts';
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

/** An image of a page. */
export interface AlbumImage extends Place {
  /** As its file was called, or else as it is called here. */
  readonly originalName: string;
  /** Absent where a record tells of the image, which does not say it. */
  readonly etag?: string;
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
  /** Part of the name, or, where records are asked, words as they search for them. */
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
type Shown = Omit<AlbumImage, 'width' | 'height' | 'url' | 'thumbUrl'> &
  Pick<ImageFacts, 'width' | 'height' | 'frames'>;

/** The orders that records are in. */
const RECORD_ORDERS: Readonly<Record<AlbumQuery['order'], ImageOrder>> = {
  newest: 'newest',
  earliest: 'oldest',
  utmost: 'size',
  least: 'smallest',
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

  /** What records find, without a look at the store; `undefined` where they cannot say what a walk would. */
  const findByRecords = async (caller: Caller, { albumId, order, keyword, page }: AlbumQuery) => {
    // Records are not found by their folders' names.
    const records = keyword.includes('/') ? undefined : await completeRecords();
    if (records === undefined) return undefined;
    const within = (await placesOf(caller, albumId))
      .flatMap(({ bucketName: bucket, prefix }) =>
        access.listPrefixes(caller, bucket, prefix).map((allowed) => ({ bucket, prefix: allowed })),
      )
      .filter(({ prefix }) => isPrefix(prefix));
    const pageOf = { order: RECORD_ORDERS[order], before: (page - 1) * IMAGES_A_PAGE, limit: IMAGES_A_PAGE };
    const found = await findAlbumPage(records, { within, text: keyword, ...pageOf });
    return found && { total: found.total, shown: found.images.map(toShown) };
  };

  const findByWalk = async (caller: Caller, { albumId, order, keyword, page }: AlbumQuery) => {
    const all = (await walk(caller, () => collect(caller, albumId)))
      .filter(({ name }) => name.includes(keyword))
      .sort(ORDERS[order]);
    const shown = all.slice((page - 1) * IMAGES_A_PAGE, page * IMAGES_A_PAGE);
    return { total: all.length, shown: await Promise.all(shown.map(lookAt)) };
  };

  const lookAt = async ({ bucketName, name: objectName, ...entry }: Found): Promise<Shown> => {
    const head = await objectStore.head(bucketName, objectName);
    const { width, height, frames } = head === undefined ? {} : readFacts(head);
    return {
      ...{ bucketName, objectName, size: entry.size, etag: entry.etag, lastModified: entry.lastModified },
      originalName: head?.metadata[ORIGINAL_NAME] ?? fileNameOf(objectName),
      contentType: head?.contentType ?? 'application/octet-stream',
      ...{ width, height, frames },
    };
  };

  const show = async ({ width, height, frames, ...image }: Shown, mountUrl: string): Promise<AlbumImage> => ({
    ...image,
    ...{ width: width ?? 0, height: height ?? 0 },
    url: links(mountUrl, image.bucketName, image.objectName),
    thumbUrl: await embeds.thumbUrl(mountUrl, { ...image, width, height, frames }),
  });

  return {
    page: async (caller, query, mountUrl) => {
      const { total, shown } = (await findByRecords(caller, query)) ?? (await findByWalk(caller, query));
      return { total, images: await Promise.all(shown.map((image) => show(image, mountUrl))) };
    },
  };
}

function toShown({ bucket, key, originalName, size, contentType, createdAt, ...facts }: ImageRecord): Shown {
  return {
    ...{ bucketName: bucket, objectName: key, size, contentType, lastModified: createdAt.toISOString() },
    originalName: originalName === '' ? fileNameOf(key) : originalName,
    ...{ width: facts.width, height: facts.height, frames: facts.frames },
  };
}
