import type { libraryContract } from '../contract/library-contract.ts';
import { type AlbumServices, albumRoutes } from './album.ts';
import type { Handlers } from './handlers.ts';
import { type ImageServices, imageRoutes } from './image.ts';

/** What the routes that are loaded when one of them is called stand on. */
export type LibraryServices = ImageServices & AlbumServices;

/** Routes that are loaded when one of them is called. */
export const libraryRoutes = (services: LibraryServices): Handlers<typeof libraryContract> => ({
  ...imageRoutes(services),
  ...albumRoutes(services),
});
