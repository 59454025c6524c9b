import type { RouteOutput } from '../../contract/contract.ts';

/** An album. */
export type Album = RouteOutput<'album/getAlbum'>;

/** How people order names. */
const byName = (one: Album, other: Album): number =>
  one.name.localeCompare(other.name, undefined, { numeric: true }) || (one.albumId < other.albumId ? -1 : 1);

/** The albums that lie in one, by their names; without one those that lie in none that is seen. */
export function albumsIn(all: readonly Album[], parentId: string | undefined): readonly Album[] {
  const seen = new Set(all.map(({ albumId }) => albumId));
  const parentOf = ({ parentId: id }: Album): string | undefined => (id !== undefined && seen.has(id) ? id : undefined);
  return all.filter((album) => parentOf(album) === parentId).sort(byName);
}

/** The albums from the outermost one to this one. */
export function wayTo(all: readonly Album[], albumId: string): readonly Album[] {
  const byId = new Map(all.map((album) => [album.albumId, album]));
  const way: Album[] = [];
  for (let at = byId.get(albumId); at !== undefined && !way.includes(at); at = byId.get(at.parentId ?? '')) {
    way.unshift(at);
  }
  return way;
}

/** Every album below what it lies in, with how deep that is. */
export function toTree(
  all: readonly Album[],
  parentId?: string,
  depth = 0,
): readonly { readonly album: Album; readonly depth: number }[] {
  return albumsIn(all, parentId).flatMap((album) => [{ album, depth }, ...toTree(all, album.albumId, depth + 1)]);
}

/** Without an album; what lay in it lies where it lay, as the bed has it. */
export function lift(all: readonly Album[], gone: string): readonly Album[] {
  const removed = all.find(({ albumId }) => albumId === gone);
  if (removed === undefined) return all;
  return all.flatMap(({ parentId, ...album }) => {
    if (album.albumId === gone) return [];
    const above = parentId === gone ? removed.parentId : parentId;
    return [{ ...album, ...(above !== undefined && { parentId: above }) }];
  });
}
