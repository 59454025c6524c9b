import { mapLimited } from '../../concurrency/limit.ts';
import { AppError } from '../../errors.ts';
import { USER_ID } from '../../naming/account.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ImageRecord, ImageRecords } from '../../ports/image-records.ts';
import { type Access, type Caller, requireMember } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { type Collection, openCollection } from '../collection.ts';
import { EMPTY_SHELF, noSuchAlbum, ownerOf, type Shelf, type ShelvedAlbum, shelve, unshelve } from './album-shelf.ts';
import { createClearAlbum } from './clear-album.ts';
import type { ImageChanges, ImageOutcome } from './image-changes.ts';
import { openAlbumOrder } from './open-album-order.ts';
import { SHELVES } from './record-collections.ts';

/** What the images of an album are in order by; `manual` is the order that people gave them. */
type Ordering = NonNullable<ShelvedAlbum['order']>;

/** What people say of an album; an empty id is none, and what is absent stays. */
interface AlbumWords {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly parentId?: string | undefined;
  readonly coverId?: string | undefined;
  readonly order?: Ordering | undefined;
  readonly random?: boolean | undefined;
}

/** An album as it is shown: with a cover that is in it, and that who looks may read. */
interface ImageAlbum extends ShelvedAlbum {
  readonly albumId: string;
  readonly ownerId: string;
  readonly order: Ordering;
  readonly random: boolean;
}

/**
 * Albums of records: a picture may be in several, and stays where it is. On a shared bed members see all of them, on a
 * private one their own; who owns one and admins change it.
 *
 * @throws {AppError} NoSuchKey for what is not in sight, AccessDenied for changes of somebody else's
 */
export interface ImageAlbums {
  /** Of whoever owns its parent. @throws {AppError} InvalidArgument for too many or too deep */
  create(caller: Caller, words: AlbumWords & { readonly name: string }): Promise<ImageAlbum>;
  /** @throws {AppError} InvalidArgument for a circle, too deep, another's parent, or a cover that is not in it */
  update(caller: Caller, albumId: string, words: AlbumWords): Promise<ImageAlbum>;
  /** Takes it away at once, and out of up to 1,000 records; again until `finished`. */
  remove(caller: Caller, albumId: string): Promise<{ readonly finished: boolean }>;
  list(
    caller: Caller,
    page: { readonly pageSize: number; readonly continuationToken?: string | undefined },
  ): Promise<{ readonly albums: readonly ImageAlbum[]; readonly continuationToken?: string }>;
  require(caller: Caller, albumId: string): Promise<ImageAlbum>;
  /** Puts images into it that the caller may change; answers for each. */
  addImages(caller: Caller, albumId: string, imageIds: readonly string[]): Promise<readonly ImageOutcome[]>;
  removeImages(caller: Caller, albumId: string, imageIds: readonly string[]): Promise<readonly ImageOutcome[]>;
  /** Puts images of it before another one, or behind all; its order is `manual` from then on. @throws {AppError} InvalidArgument for what is not in it */
  reorder(caller: Caller, albumId: string, move: Move): Promise<ImageAlbum>;
}

/** Images as they are to follow each other, and the one that they are put before; behind all where there is none. */
interface Move {
  readonly imageIds: readonly string[];
  readonly beforeId?: string | undefined;
}

interface ImageAlbumsOptions {
  /** Absent where the bed keeps none: every call is refused then. */
  readonly records: ImageRecords | undefined;
  readonly documents: DocumentStore;
  readonly buckets: Pick<Buckets, 'own'>;
  readonly access: Access;
  readonly imageChanges: Pick<ImageChanges, 'changeEach'>;
  /** How all is refused without records. */
  readonly refuse: () => Promise<never>;
  readonly bed: 'shared' | 'private';
  readonly newId: () => string;
  readonly now: () => Date;
}

/** Most albums that an image is in. */
const MAX_ALBUMS_OF_IMAGE = 1000;
/** Shelves that are read at once, and covers. */
const SHELVES_A_PAGE = 20;
const AT_ONCE = 16;

/** Creates the albums. */
export function createImageAlbums(options: ImageAlbumsOptions): ImageAlbums {
  const { records, documents, access, imageChanges, refuse, bed, newId, now } = options;
  if (records === undefined) {
    const withImages = { addImages: refuse, removeImages: refuse, reorder: refuse };
    return { ...{ create: refuse, update: refuse, remove: refuse, list: refuse, require: refuse }, ...withImages };
  }
  const shelves = openCollection(documents, SHELVES);
  const albumOrder = openAlbumOrder({ ...options, records });
  const clear = createClearAlbum({ ...options, records });

  const sees = (caller: Caller, ownerId: string): boolean => bed === 'shared' || mayChange(caller, ownerId);

  const findShelf = async (caller: Caller, albumId: string): Promise<Shelf> => {
    const shelf = sees(caller, ownerOf(albumId)) ? await shelves.read(ownerOf(albumId)) : undefined;
    return shelf ?? EMPTY_SHELF;
  };

  const find = async (caller: Caller, albumId: string): Promise<ShelvedAlbum> => {
    const found = (await findShelf(caller, albumId)).albums[albumId];
    if (found === undefined) throw noSuchAlbum(albumId);
    return found;
  };

  const requireOwn = async (caller: Caller, albumId: string): Promise<ShelvedAlbum> => {
    const found = await find(caller, albumId);
    if (!mayChange(caller, ownerOf(albumId))) throw notYours(found.name);
    return found;
  };

  const isCover = async (caller: Caller, albumId: string, coverId: string): Promise<boolean> => {
    const found = await records.get(coverId);
    const isIn = found?.removedAt === undefined && found?.albumIds.includes(albumId) === true;
    return isIn && access.reaches(caller, 'read', found.bucket, found.key);
  };

  const show = async (
    caller: Caller,
    albumId: string,
    { coverId, order = 'newest', random = false, ...album }: ShelvedAlbum,
  ): Promise<ImageAlbum> => {
    const isShown = coverId !== undefined && (await isCover(caller, albumId, coverId));
    return { albumId, ownerId: ownerOf(albumId), ...album, order, random, ...(isShown && { coverId }) };
  };

  const create: ImageAlbums['create'] = async (caller, { name, description = '', parentId = '' }) => {
    if (parentId !== '') await requireOwn(caller, parentId);
    const ownerId = parentId === '' ? requireMember(caller).userId : ownerOf(parentId);
    const albumId = `${ownerId}_${newId()}`;
    const at = now().toISOString();
    const album: ShelvedAlbum = { name, description, parentId: parentId || undefined, createdAt: at, updatedAt: at };
    await shelves.upsert(ownerId, (shelf = EMPTY_SHELF) => shelve(shelf, albumId, album));
    return show(caller, albumId, album);
  };

  const update: ImageAlbums['update'] = async (caller, albumId, words) => {
    await requireOwn(caller, albumId);
    const { coverId = '', parentId = '' } = words;
    if (coverId !== '' && !(await isCover(caller, albumId, coverId))) throw notIn(coverId);
    if (parentId !== '' && ownerOf(parentId) !== ownerOf(albumId)) throw noSuchAlbum(parentId);
    await shelves.update(ownerOf(albumId), (shelf) => {
      const known = shelf.albums[albumId];
      if (known === undefined) throw noSuchAlbum(albumId);
      return shelve(shelf, albumId, { ...withWords(known, words), updatedAt: now().toISOString() });
    });
    return show(caller, albumId, await find(caller, albumId));
  };

  const remove: ImageAlbums['remove'] = async (caller, albumId) => {
    const isLeaving = (await findShelf(caller, albumId)).leaving.includes(albumId);
    if (!isLeaving || !mayChange(caller, ownerOf(albumId))) await requireOwn(caller, albumId);
    await shelves.update(ownerOf(albumId), (shelf) => unshelve(shelf, albumId));
    return { finished: await clear(albumId) };
  };

  const reorder: ImageAlbums['reorder'] = async (caller, albumId, { imageIds, beforeId }) => {
    await requireOwn(caller, albumId);
    await albumOrder.move(albumId, imageIds, beforeId);
    await shelves.update(ownerOf(albumId), (shelf) => {
      const known = shelf.albums[albumId];
      if (known === undefined || known.order === 'manual') return shelf;
      return shelve(shelf, albumId, { ...known, order: 'manual', updatedAt: now().toISOString() });
    });
    // Who removed it meanwhile may have forgotten its order before.
    if ((await findShelf(caller, albumId)).albums[albumId] === undefined) await albumOrder.forget(albumId);
    return show(caller, albumId, await find(caller, albumId));
  };

  const addTo = (albumId: string) => (record: ImageRecord) => {
    if (record.albumIds.includes(albumId)) return record;
    if (record.albumIds.length >= MAX_ALBUMS_OF_IMAGE) throw inTooMany();
    return { ...record, albumIds: [...record.albumIds, albumId] };
  };

  return {
    create,
    update,
    remove,
    reorder,
    list: async (caller, { pageSize, continuationToken: after = '' }) => {
      const found: (readonly [string, ShelvedAlbum])[] = [];
      for await (const shelf of shelvesFrom(shelves, caller, { bed, after })) {
        found.push(...albumsAfter(shelf, after));
        if (found.length > pageSize) break;
      }
      const page = found.slice(0, pageSize);
      const albums = await mapLimited(page, AT_ONCE, ([albumId, album]) => show(caller, albumId, album));
      const last = page.at(-1)?.[0];
      return { albums, ...(found.length > pageSize && last !== undefined && { continuationToken: last }) };
    },
    require: async (caller, albumId) => show(caller, albumId, await find(caller, albumId)),
    addImages: async (caller, albumId, imageIds) => {
      await requireOwn(caller, albumId);
      const outcomes = await imageChanges.changeEach(caller, imageIds, addTo(albumId));
      // Who removed it meanwhile may have looked at these records before.
      if ((await findShelf(caller, albumId)).albums[albumId] !== undefined) return outcomes;
      await imageChanges.changeEach(caller, imageIds, takeOutOf(albumId));
      throw noSuchAlbum(albumId);
    },
    removeImages: async (caller, albumId, imageIds) => {
      await requireOwn(caller, albumId);
      return imageChanges.changeEach(caller, imageIds, takeOutOf(albumId));
    },
  };
}

/** The shelves that a caller sees, from the one that a page ended on. */
async function* shelvesFrom(
  shelves: Collection<Shelf>,
  caller: Caller,
  { bed, after }: { readonly bed: 'shared' | 'private'; readonly after: string },
): AsyncGenerator<Shelf> {
  if (after !== '' && !USER_ID.test(ownerOf(after))) throw invalidToken();
  const { userId, role } = requireMember(caller);
  if (bed === 'private' && role !== 'admin') {
    yield (await shelves.read(userId)) ?? EMPTY_SHELF;
    return;
  }
  let ownerId = after === '' ? undefined : ownerOf(after);
  if (ownerId !== undefined) yield (await shelves.read(ownerId)) ?? EMPTY_SHELF;
  do {
    const page = await shelves.list({ after: ownerId, limit: SHELVES_A_PAGE });
    yield* page.documents.map(({ doc }) => doc);
    // A page that leads to itself would never end.
    ownerId = page.after === ownerId ? undefined : page.after;
  } while (ownerId !== undefined);
}

/** The albums of a shelf in their order, behind the one that a page ended on where that is of the same shelf. */
const albumsAfter = ({ albums }: Shelf, after: string): readonly (readonly [string, ShelvedAlbum])[] =>
  Object.entries(albums)
    .filter(([albumId]) => after === '' || ownerOf(albumId) !== ownerOf(after) || albumId > after)
    .sort(([one], [other]) => (one < other ? -1 : 1));

const takeOutOf =
  (albumId: string) =>
  (record: ImageRecord): ImageRecord =>
    record.albumIds.includes(albumId)
      ? { ...record, albumIds: record.albumIds.filter((id) => id !== albumId) }
      : record;

const withWords = (known: ShelvedAlbum, words: AlbumWords): ShelvedAlbum => ({
  ...known,
  name: words.name ?? known.name,
  description: words.description ?? known.description,
  parentId: (words.parentId ?? known.parentId) || undefined,
  coverId: (words.coverId ?? known.coverId) || undefined,
  order: words.order ?? known.order,
  random: words.random ?? known.random,
});

const mayChange = (caller: Caller, ownerId: string): boolean =>
  caller.kind === 'member' && (caller.role === 'admin' || caller.userId === ownerId);

const notYours = (name: string): AppError =>
  new AppError('AccessDenied', {
    zh: `只能修改自己的相册；${name} 请由建它的人或管理员修改`,
    en: `Only an album of your own can be changed; ask whoever made ${name}, or an admin`,
  });

const notIn = (coverId: string): AppError =>
  new AppError(
    'InvalidArgument',
    {
      zh: `封面须是相册里的图片；请先用 album/addImages 把 ${coverId} 放进相册`,
      en: `The cover is an image of the album; put ${coverId} into it with album/addImages first`,
    },
    { details: { fields: ['coverId'] } },
  );

const inTooMany = (): AppError =>
  new AppError('InvalidArgument', {
    zh: `一张图片至多在 ${MAX_ALBUMS_OF_IMAGE} 个相册里`,
    en: `An image is in at most ${MAX_ALBUMS_OF_IMAGE} albums`,
  });

const invalidToken = (): AppError =>
  new AppError(
    'InvalidArgument',
    {
      zh: 'continuationToken 无效：请用上一页返回的值，或去掉它重新开始',
      en: 'The continuationToken is not valid: use the value that the page before returned, or begin anew without it',
    },
    { details: { fields: ['continuationToken'] } },
  );
