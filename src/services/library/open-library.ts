import { lazily } from '../../concurrency/when-asked.ts';
import type { ImageRecords } from '../../ports/image-records.ts';
import type { Access } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { Links } from '../objects/links.ts';
import type { ImageChanges } from './image-changes.ts';
import type { ImageQueries } from './image-search.ts';

interface LibraryOptions {
  /** Absent where the bed keeps none. */
  readonly records: ImageRecords | undefined;
  readonly buckets: Buckets;
  readonly access: Access;
  readonly links: Links;
  readonly now: () => Date;
}

/** Puts the library together; it is loaded when any part of it is asked for. */
export const openLibrary = (options: LibraryOptions) => ({
  imageSearch: lazily<ImageQueries>(async () => {
    const { createImageSearch } = await import('./library.ts');
    return createImageSearch(options);
  }),
  imageChanges: lazily<ImageChanges>(async () => {
    const { createImageChanges } = await import('./library.ts');
    return createImageChanges(options);
  }),
});
