import type { RouteOutput } from '../../contract/contract.ts';
import { bed } from './bed.ts';

/** A share as whoever made it sees it, without its address. */
export type Share = RouteOutput<'album/listShares'>[number];
/** A share with its address, which is shown this once. */
export type NewShare = RouteOutput<'album/share'>;

/** How something is shared. */
export interface ShareWishes {
  /** In seconds; until it is withdrawn where there is none. */
  readonly expiresIn?: number;
  readonly password?: string;
  readonly download: boolean;
}

/** What can be done about the shares of one thing. */
export interface ShareCalls {
  /** @throws {BedError} */
  make(wishes: ShareWishes): Promise<NewShare>;
  /** Those of this thing that hold, the newest first. @throws {BedError} */
  list(): Promise<readonly Share[]>;
  /** @throws {BedError} */
  withdraw(shareId: string): Promise<void>;
}

/** The calls about the shares of an album, or of an image. */
export const toShareCalls = (shared: { readonly albumId: string } | { readonly imageId: string }): ShareCalls => ({
  make: (wishes) =>
    'albumId' in shared ? bed.album.share({ ...shared, ...wishes }) : bed.image.share({ ...shared, ...wishes }),
  list: async () => {
    const all = await bed.album.listShares();
    return all.filter(({ albumId, imageId }) =>
      'albumId' in shared ? albumId === shared.albumId : imageId === shared.imageId,
    );
  },
  withdraw: async (shareId) => {
    await bed.album.unshare({ shareId });
  },
});
