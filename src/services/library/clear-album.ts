import { mapLimited } from '../../concurrency/limit.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ImageFilter, ImageRecords, StoredImageRecord } from '../../ports/image-records.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { openCollection } from '../collection.ts';
import { ownerOf } from './album-shelf.ts';
import { ALBUM_ORDERS, SHELVES } from './record-collections.ts';

/** What it stands on. */
export interface ClearAlbumOptions {
  readonly records: ImageRecords;
  readonly documents: DocumentStore;
  readonly buckets: Pick<Buckets, 'own'>;
  readonly now: () => Date;
}

/** Records of one call, and those that are changed at the same time. */
const MOST = 1000;
const AT_ONCE = 16;
/** Places that records can be asked for at once. */
const MAX_PLACES = 100;

/** Takes an album that is leaving out of up to 1,000 records, also of images in the trash; `true` once none that was found names it, and it is forgotten. */
type ClearAlbum = (albumId: string) => Promise<boolean>;

/** Creates what clears albums. */
export function createClearAlbum({ records, documents, buckets, now }: ClearAlbumOptions): ClearAlbum {
  const shelves = openCollection(documents, SHELVES);
  const orders = openCollection(documents, ALBUM_ORDERS);
  /** `false` where somebody else was faster: the next look finds it again. */
  const takeOut = (albumId: string, { revision, ...record }: StoredImageRecord): Promise<boolean> => {
    const albumIds = record.albumIds.filter((id) => id !== albumId);
    return records.replace({ ...record, albumIds, updatedAt: now() }, revision);
  };

  const filtersOf = async (album: string): Promise<readonly ImageFilter[]> => {
    const places = (await buckets.own()).map(({ name }) => ({ bucket: name, prefix: '' }));
    const starts = Array.from({ length: Math.ceil(places.length / MAX_PLACES) }, (_, index) => index * MAX_PLACES);
    return starts.flatMap((start) =>
      (['present', 'removed'] as const).map((state) => ({
        within: places.slice(start, start + MAX_PLACES),
        album,
        state,
      })),
    );
  };

  return async (albumId) => {
    let left = MOST;
    for (const filter of await filtersOf(albumId)) {
      if (left === 0) return false;
      const page = await records.search({ ...filter, order: 'newest', limit: left });
      const taken = await mapLimited(page.images, AT_ONCE, (record) => takeOut(albumId, record));
      if (page.after !== undefined || taken.includes(false)) return false;
      left -= page.images.length;
    }
    await orders.remove(albumId);
    await shelves.update(ownerOf(albumId), (shelf) => ({
      ...shelf,
      leaving: shelf.leaving.filter((id) => id !== albumId),
    }));
    return true;
  };
}
