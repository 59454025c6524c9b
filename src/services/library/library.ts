// What is loaded, in one piece, as soon as somebody asks for images by what is known of them.
export { createImageChanges } from './image-changes.ts';
export { createImageSearch, noSuchImage, refuse } from './image-search.ts';
