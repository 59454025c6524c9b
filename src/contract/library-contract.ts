import { albumContract } from './album.ts';
import { imageContract } from './image.ts';
import type { RouteDefinition } from './route-contract.ts';

/** What is loaded when one of these is called: all that is about images that are there. */
export const libraryContract: typeof imageContract & typeof albumContract = {
  ...imageContract,
  ...albumContract,
} satisfies Readonly<Record<string, RouteDefinition>>;
