import type { albumContract } from '../contract/album.ts';
import type { ImageAlbums } from '../services/library/image-albums.ts';
import type { ShareServices } from '../services/library/open-shares.ts';
import type { Handlers } from './handlers.ts';
import { toOutcomes } from './image.ts';

/** What the routes under `album/*` stand on. */
export interface AlbumServices {
  readonly imageAlbums: ImageAlbums;
  /** Loaded when somebody shares something. */
  readonly openShares: () => Promise<ShareServices>;
}

/** Routes under `album/*`. */
export const albumRoutes = ({ imageAlbums, openShares }: AlbumServices): Handlers<typeof albumContract> => ({
  'album/createAlbum': (words, { caller }) => imageAlbums.create(caller, words),
  'album/updateAlbum': ({ albumId, ...words }, { caller }) => imageAlbums.update(caller, albumId, words),
  'album/removeAlbum': ({ albumId }, { caller }) => imageAlbums.remove(caller, albumId),
  'album/listAlbums': (question, { caller }) => imageAlbums.list(caller, question),
  'album/getAlbum': ({ albumId }, { caller }) => imageAlbums.require(caller, albumId),
  'album/addImages': async ({ albumId, imageIds }, { caller, language }) =>
    toOutcomes(await imageAlbums.addImages(caller, albumId, imageIds), language),
  'album/removeImages': async ({ albumId, imageIds }, { caller, language }) =>
    toOutcomes(await imageAlbums.removeImages(caller, albumId, imageIds), language),
  'album/reorder': ({ albumId, ...move }, { caller }) => imageAlbums.reorder(caller, albumId, move),
  'album/share': async ({ albumId, ...wishes }, { caller, mountUrl }) =>
    (await openShares()).shares.shareAlbum(caller, albumId, wishes, mountUrl),
  'image/share': async ({ imageId, ...wishes }, { caller, mountUrl }) =>
    (await openShares()).shares.shareImage(caller, imageId, wishes, mountUrl),
  'album/listShares': async (_, { caller }) => (await openShares()).shares.list(caller),
  'album/unshare': async ({ shareId }, { caller }) => {
    await (await openShares()).shares.withdraw(caller, shareId);
    return {};
  },
});
