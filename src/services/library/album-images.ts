import { fileNameOf } from '../../naming/key.ts';
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Caller } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { Embeds } from '../objects/embeds.ts';
import type { Entry } from '../objects/entry-pages.ts';
import { readFacts } from '../objects/image-facts.ts';
import type { Links } from '../objects/links.ts';
import { ORIGINAL_NAME } from '../objects/object-name.ts';
import type { ObjectReader, Place } from '../objects/object-reader.ts';
import { createWholeWalks } from '../objects/whole-walks.ts';
import { type Albums, collectImages } from './albums.ts';

/** Images on one page, as Lsky has it. */
const IMAGES_A_PAGE = 40;
/** Most images that one page is picked from. */
const MAX_SORTED = 100_000;

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
}

type Found = Extract<Entry, { name: string }> & { readonly bucketName: string };

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
}: AlbumImagesOptions): AlbumImages {
  const walk = createWholeWalks();
  const collect = async (caller: Caller, albumId: number | undefined): Promise<Found[]> => {
    const places =
      albumId === undefined
        ? (await buckets.list(caller)).map(({ name }) => ({ bucketName: name, folder: '' }))
        : [await albums.require(caller, albumId)];
    const found = await Promise.all(
      places.map(async ({ bucketName, folder }) => {
        const prefix = folder === '' ? '' : `${folder}/`;
        const entries = await collectImages(reader, caller, { bucketName, prefix }, MAX_SORTED);
        return entries.map((entry) => ({ ...entry, bucketName }));
      }),
    );
    return found.flat();
  };

  return {
    page: async (caller, { albumId, order, keyword, page }, mountUrl) => {
      const all = (await walk(caller, () => collect(caller, albumId)))
        .filter(({ name }) => name.includes(keyword))
        .sort(ORDERS[order]);
      const shown = all.slice((page - 1) * IMAGES_A_PAGE, page * IMAGES_A_PAGE);
      const images = await Promise.all(
        shown.map(async ({ bucketName, name, size, etag, lastModified }) => {
          const head = await objectStore.head(bucketName, name);
          const facts = head === undefined ? {} : readFacts(head);
          const { width = 0, height = 0 } = facts;
          const contentType = head?.contentType ?? 'application/octet-stream';
          return {
            ...{ bucketName, objectName: name, size, etag, lastModified },
            contentType,
            originalName: head?.metadata[ORIGINAL_NAME] ?? fileNameOf(name),
            width,
            height,
            url: links(mountUrl, bucketName, name),
            thumbUrl: await embeds.thumbUrl(mountUrl, { bucketName, objectName: name, contentType, ...facts }),
          };
        }),
      );
      return { total: all.length, images };
    },
  };
}
