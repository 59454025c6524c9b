import type { libraryContract } from '../contract/library-contract.ts';
import type { Handlers } from './handlers.ts';
import { type ImageServices, imageRoutes } from './image.ts';

/** Routes that are loaded when one of them is called. */
export const libraryRoutes = (services: ImageServices): Handlers<typeof libraryContract> => imageRoutes(services);
