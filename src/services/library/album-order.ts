import { mapLimited } from '../../concurrency/limit.ts';
import { whenAsked } from '../../concurrency/when-asked.ts';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ImagePage, ImageRecord, ImageRecords, StoredImageRecord } from '../../ports/image-records.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { openCollection } from '../collection.ts';
import { ALBUM_ORDERS } from './record-collections.ts';

/** Which images of an album, in the order that people gave them. */
interface WantedPage {
  readonly albumId: string;
  /** In any of these. */
  readonly within: readonly { readonly bucket: string; readonly prefix: string }[];
  /** Where the page before ended. */
  readonly after?: string;
  readonly limit: number;
}

/**
 * The order that people give the images of an album: a list of up to 10,000 of them in a document, so that one
 * compare-and-set decides of each move. What came since, and what is beyond those, is behind them, the oldest first.
 */
export interface AlbumOrder {
  /**
   * Puts images of an album, as they follow each other here, before another one of it, or behind all. Of two at once both are done.
   *
   * @throws {AppError} InvalidArgument for what is not among its first 10,000, or before itself
   */
  move(albumId: string, imageIds: readonly string[], beforeId: string | undefined): Promise<void>;
  /** A page, which may have fewer than were asked for. Who turns pages while images are moved may see one twice, or not. @throws {AppError} InvalidArgument for an `after` of no page */
  page(wanted: WantedPage): Promise<ImagePage>;
  /** Forgets the order of an album that is gone. */
  forget(albumId: string): Promise<void>;
}

/** What the order of albums stands on. */
export interface AlbumOrderOptions {
  readonly records: Pick<ImageRecords, 'get' | 'search'>;
  readonly documents: DocumentStore;
  readonly buckets: Pick<Buckets, 'own'>;
}

const MAX_ARRANGED = 10_000;
/** Places that records can be asked for at once. */
const MAX_PLACES = 100;
const PAGE = 1000;
/** Images that are looked at for one page. */
const MAX_LOOKED = 2000;
const MAX_LOOKS = 20;
const AT_ONCE = 16;
const NONE = { imageIds: [] };

/** Creates the order of albums. */
export function createAlbumOrder({ records, documents, buckets }: AlbumOrderOptions): AlbumOrder {
  const orders = openCollection(documents, ALBUM_ORDERS);

  /** The images of an album, the oldest first. */
  const findMembers = async (album: string): Promise<readonly string[]> => {
    const places = (await buckets.own()).map(({ name }) => ({ bucket: name, prefix: '' }));
    const found: string[] = [];
    for (let first = 0; first < places.length; first += MAX_PLACES) {
      const within = places.slice(first, first + MAX_PLACES);
      let after: string | undefined;
      do {
        const asked = { within, album, state: 'present', order: 'oldest', limit: PAGE } as const;
        const page = await records.search({ ...asked, ...(after !== undefined && { after }) });
        found.push(...page.images.map(({ imageId }) => imageId));
        after = page.after;
      } while (after !== undefined && found.length < MAX_ARRANGED);
    }
    return found.slice(0, MAX_ARRANGED);
  };

  const move: AlbumOrder['move'] = async (albumId, imageIds, beforeId) => {
    const moved = [...new Set(imageIds)];
    if (beforeId !== undefined && moved.includes(beforeId)) throw beforeItself();
    const members = whenAsked(() => findMembers(albumId));
    await orders.upsert(albumId, async (known = NONE) => {
      const hasAll = beforeId !== undefined && includesAll(known.imageIds, [...moved, beforeId]);
      const all = hasAll ? known.imageIds : bringUpToDate(known.imageIds, await members());
      return { imageIds: put(all, moved, beforeId) };
    });
  };

  /** From a place in the list on; `at` is where it ended. */
  const findArranged = async (imageIds: readonly string[], from: number, wanted: WantedPage) => {
    const images: StoredImageRecord[] = [];
    let at = from;
    while (at < imageIds.length && images.length < wanted.limit && at - from < MAX_LOOKED) {
      const some = imageIds.slice(at, at + wanted.limit - images.length);
      const found = await mapLimited(some, AT_ONCE, (imageId) => records.get(imageId));
      images.push(...found.filter((image) => isWanted(image, wanted)));
      at += some.length;
    }
    return { images, at };
  };

  /** One look at those behind the list; no further than to the last that there is room for. */
  const look = async (listed: ReadonlySet<string>, { albumId: album, within, limit, after }: WantedPage) => {
    const asked = { within, album, state: 'present', order: 'oldest', ...(after !== undefined && { after }) } as const;
    const isBehind = ({ imageId }: ImageRecord) => !listed.has(imageId);
    const page = await records.search({ ...asked, limit: listed.size === 0 ? limit : PAGE });
    const behind = page.images.filter(isBehind);
    if (behind.length <= limit) return { ...page, images: behind };
    const last = behind[limit - 1];
    const upToLast = 1 + page.images.findIndex(({ imageId }) => imageId === last?.imageId);
    const cut = await records.search({ ...asked, limit: upToLast });
    return { ...cut, images: cut.images.filter(isBehind) };
  };

  const findBehind = async (listed: ReadonlySet<string>, { after: from, ...wanted }: WantedPage) => {
    const images: StoredImageRecord[] = [];
    let after = from;
    for (let looks = 0; looks < MAX_LOOKS && images.length < wanted.limit; looks += 1) {
      const limit = wanted.limit - images.length;
      const page = await look(listed, { ...wanted, limit, ...(after !== undefined && { after }) });
      images.push(...page.images);
      ({ after } = page);
      if (after === undefined) return { images };
    }
    return { images, after: `${BEHIND}${after ?? ''}` };
  };

  return {
    move,
    page: async (wanted) => {
      const { imageIds } = (await orders.read(wanted.albumId)) ?? NONE;
      const { after: token = '', ...rest } = wanted;
      const listed = new Set(imageIds);
      if (token.startsWith(BEHIND)) {
        const after = token.slice(BEHIND.length);
        return findBehind(listed, { ...rest, ...(after !== '' && { after }) });
      }
      const { images, at } = await findArranged(imageIds, parseStart(imageIds, token), wanted);
      if (at < imageIds.length) return { images, after: `${at}.${imageIds[at - 1]}` };
      if (images.length >= wanted.limit) return { images, after: BEHIND };
      const behind = await findBehind(listed, { ...rest, limit: wanted.limit - images.length });
      return { ...behind, images: [...images, ...behind.images] };
    },
    forget: (albumId) => orders.remove(albumId),
  };
}

/** What a page begins with that is behind the list. */
const BEHIND = 'behind.';

/** Where in the list a page begins: behind the image that the one before ended on, wherever that is now. */
function parseStart(imageIds: readonly string[], token: string): number {
  if (token === '') return 0;
  const [, at, last = ''] = /^(\d{1,5})\.(\w{26})$/.exec(token) ?? [];
  if (at === undefined) throw invalidPage();
  if (imageIds[Number(at) - 1] === last) return Number(at);
  const found = imageIds.indexOf(last);
  return found === -1 ? Math.min(Number(at), imageIds.length) : found + 1;
}

const isWanted = (
  image: StoredImageRecord | undefined,
  { albumId, within }: Pick<WantedPage, 'albumId' | 'within'>,
): image is StoredImageRecord =>
  image !== undefined &&
  image.removedAt === undefined &&
  image.albumIds.includes(albumId) &&
  within.some(({ bucket, prefix }) => image.bucket === bucket && image.key.startsWith(prefix));

function includesAll(imageIds: readonly string[], wanted: readonly string[]): boolean {
  const listed = new Set(imageIds);
  return wanted.every((imageId) => listed.has(imageId));
}

/** The list without those that have left the album, and with those that came since behind it. */
function bringUpToDate(imageIds: readonly string[], members: readonly string[]): readonly string[] {
  const [listed, left] = [new Set(imageIds), new Set(members)];
  const stayed = imageIds.filter((imageId) => left.has(imageId));
  return [...stayed, ...members.filter((imageId) => !listed.has(imageId))];
}

function put(all: readonly string[], moved: readonly string[], beforeId: string | undefined): string[] {
  const [listed, moving] = [new Set(all), new Set(moved)];
  const missing = [...moved, ...(beforeId === undefined ? [] : [beforeId])].find((imageId) => !listed.has(imageId));
  if (missing !== undefined) throw notInAlbum(missing);
  const others = all.filter((imageId) => !moving.has(imageId));
  const at = beforeId === undefined ? others.length : others.indexOf(beforeId);
  return [...others.slice(0, at), ...moved, ...others.slice(at)];
}

const invalidPage = (): AppError =>
  new AppError('InvalidArgument', {
    zh: '没有这一页；请从第一页开始',
    en: 'There is no such page; begin with the first',
  });

const beforeItself = (): AppError =>
  new AppError(
    'InvalidArgument',
    { zh: 'beforeId 不能是要移动的图片之一', en: 'beforeId is none of the images that are moved' },
    { details: { fields: ['beforeId'] } },
  );

const notInAlbum = (imageId: string): AppError =>
  new AppError(
    'InvalidArgument',
    {
      zh: `${imageId} 不在这个相册里，或不在前 ${MAX_ARRANGED} 张里；请先用 album/addImages 放进来`,
      en: `${imageId} is not in this album, or not among its first ${MAX_ARRANGED}; put it there with album/addImages first`,
    },
    { details: { fields: ['imageIds', 'beforeId'] } },
  );
