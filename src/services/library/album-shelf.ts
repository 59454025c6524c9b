import type * as v from 'valibot';
import { AppError } from '../../errors.ts';
import type { SHELVES } from './record-collections.ts';

/** Most albums within each other, and most of an account. */
const MAX_DEPTH = 8;
const MAX_ALBUMS = 500;

export type Shelf = v.InferOutput<typeof SHELVES.schema>;
export type ShelvedAlbum = Shelf['albums'][string];

/** The shelf of who has no albums yet. */
export const EMPTY_SHELF: Shelf = { albums: {}, leaving: [] };

/** The shelf with an album on it, new or changed. @throws {AppError} NoSuchKey for the parent, InvalidArgument for a circle, too deep or too many */
export function shelve(shelf: Shelf, albumId: string, album: ShelvedAlbum): Shelf {
  const albums = { ...shelf.albums, [albumId]: album };
  if (Object.keys(albums).length > MAX_ALBUMS) throw tooManyAlbums();
  if (shelf.albums[albumId]?.parentId !== album.parentId || shelf.albums[albumId] === undefined) {
    if (countAbove(albums, albumId) + heightOf(albums, albumId) > MAX_DEPTH) throw tooDeep();
  }
  return { ...shelf, albums };
}

/** The shelf without an album: what lay in it lies where it lay. */
export function unshelve(shelf: Shelf, albumId: string): Shelf {
  const { [albumId]: removed, ...others } = shelf.albums;
  if (removed === undefined) return shelf;
  const albums = Object.fromEntries(
    Object.entries(others).map(([id, album]) => [
      id,
      album.parentId === albumId ? { ...album, parentId: removed.parentId } : album,
    ]),
  );
  return { albums, leaving: [...shelf.leaving, albumId] };
}

/** How many albums an album lies in. */
function countAbove(albums: Shelf['albums'], albumId: string): number {
  let above = 0;
  for (let id = albums[albumId]?.parentId; id !== undefined; id = albums[id]?.parentId) {
    if (id === albumId) throw circle();
    if (albums[id] === undefined) throw noSuchAlbum(id);
    above += 1;
  }
  return above;
}

/** How many albums lie in each other from this one on. */
function heightOf(albums: Shelf['albums'], albumId: string): number {
  const within = Object.keys(albums).filter((id) => albums[id]?.parentId === albumId);
  return 1 + Math.max(0, ...within.map((id) => heightOf(albums, id)));
}

/** Whose an album is. */
export const ownerOf = (albumId: string): string => albumId.slice(0, Math.max(0, albumId.lastIndexOf('_')));

/** The refusal of an id that no album in sight has. */
export const noSuchAlbum = (albumId: string): AppError =>
  new AppError('NoSuchKey', {
    zh: `没有 albumId 为 ${albumId} 的相册；请用 album/listAlbums 查看`,
    en: `There is no album of the albumId ${albumId}; album/listAlbums shows what there is`,
  });

const invalidParent = (zh: string, en: string): AppError =>
  new AppError('InvalidArgument', { zh, en }, { details: { fields: ['parentId'] } });

const circle = (): AppError => invalidParent('相册不能放进它自己里面', 'An album cannot lie within itself');

const tooDeep = (): AppError =>
  invalidParent(`相册至多嵌套 ${MAX_DEPTH} 层`, `At most ${MAX_DEPTH} albums lie within each other`);

const tooManyAlbums = (): AppError =>
  new AppError('InvalidArgument', {
    zh: `每个账号至多 ${MAX_ALBUMS} 个相册；请先删除不用的`,
    en: `An account has at most ${MAX_ALBUMS} albums; remove some first`,
  });
