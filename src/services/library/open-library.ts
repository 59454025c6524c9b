import { lazily } from '../../concurrency/when-asked.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ImageRecords } from '../../ports/image-records.ts';
import type { Access } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { Links } from '../objects/links.ts';
import type { ImageAlbums } from './image-albums.ts';
import type { ImageChanges } from './image-changes.ts';
import type { ImageQueries } from './image-search.ts';

interface LibraryOptions {
  /** Absent where the bed keeps none. */
  readonly records: ImageRecords | undefined;
  readonly documents: DocumentStore;
  readonly buckets: Buckets;
  readonly access: Access;
  readonly links: Links;
  readonly bed: 'shared' | 'private';
  readonly newId: () => string;
  readonly now: () => Date;
}

/** Puts the library together; it is loaded when any part of it is asked for, and albums when they are. */
export function openLibrary(options: LibraryOptions) {
  const imageChanges = lazily<ImageChanges>(async () => {
    const { createImageChanges } = await import('./library.ts');
    return createImageChanges(options);
  });
  const imageAlbums = lazily<ImageAlbums>(async () => {
    const { refuse } = await import('./library.ts');
    const { createImageAlbums } = await import('./image-albums.ts');
    return createImageAlbums({ ...options, imageChanges, refuse });
  });
  const imageSearch = lazily<ImageQueries>(async () => {
    const { createImageSearch } = await import('./library.ts');
    return createImageSearch({ ...options, albums: imageAlbums });
  });
  return { imageAlbums, imageSearch, imageChanges };
}
