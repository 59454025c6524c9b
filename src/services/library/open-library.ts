import { lazily, whenAsked } from '../../concurrency/when-asked.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ImageRecords } from '../../ports/image-records.ts';
import type { Access } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { RecallHolder } from '../identity/callers.ts';
import type { Passwords } from '../identity/passwords.ts';
import type { Throttle } from '../identity/throttle.ts';
import type { Links } from '../objects/links.ts';
import type { ObjectReader } from '../objects/object-reader.ts';
import type { Writes } from '../objects/writes.ts';
import type { Expiries } from './expiries.ts';
import type { ImageAlbums } from './image-albums.ts';
import type { ImageChanges } from './image-changes.ts';
import type { ImageQueries } from './image-search.ts';
import type { RandomImages } from './random-images.ts';
import type { Statistics } from './statistics.ts';
import type { Trash } from './trash.ts';
import type { TrashBin } from './trash-bin.ts';
import type { UsageReport } from './usage-report.ts';

interface LibraryOptions {
  /** Absent where the bed keeps none. */
  readonly records: ImageRecords | undefined;
  readonly documents: DocumentStore;
  readonly buckets: Buckets;
  readonly access: Access;
  readonly links: Links;
  readonly reader: ObjectReader;
  readonly recallHolder: RecallHolder;
  readonly passwords: Passwords;
  readonly throttle: Throttle;
  /** Of shares: the first signs, all of them verify. */
  readonly shareKeys: readonly [Uint8Array, ...Uint8Array[]];
  readonly bin: TrashBin | undefined;
  /** How long images lie in the trash. */
  readonly trashDays: number;
  readonly bed: 'shared' | 'private';
  readonly writes: () => Promise<Writes>;
  readonly newId: () => string;
  readonly now: () => Date;
}

/** Puts the library together; it is loaded when any part of it is asked for, and albums when they are. */
export function openLibrary(options: LibraryOptions) {
  const expiries = lazily<Expiries>(async () => {
    const { createExpiries } = await import('./expiries.ts');
    return createExpiries(options.documents);
  });
  const imageChanges = lazily<ImageChanges>(async () => {
    const { createImageChanges } = await import('./library.ts');
    return createImageChanges({ ...options, expiries });
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
  const openShares = whenAsked(async () => {
    const { records, shareKeys: keys } = options;
    const { openShares: open } = await import('./open-shares.ts');
    return open({
      ...options,
      records: records ?? (await (await import('./library.ts')).refuse()),
      imageAlbums,
      imageSearch,
      keys,
    });
  });
  const trash = lazily<Trash>(async () => {
    const { createTrash } = await import('./trash.ts');
    return createTrash({ ...options, writes: await options.writes(), days: options.trashDays });
  });
  const statistics = lazily<Statistics>(async () => {
    const records = options.records ?? (await (await import('./library.ts')).refuse());
    const { createStatistics } = await import('./statistics.ts');
    return createStatistics({ ...options, records });
  });
  const usageReport = lazily<UsageReport>(async () => {
    const { createUsageReport } = await import('./usage-report.ts');
    return createUsageReport(options.documents);
  });
  const randomImages = lazily<RandomImages>(async () => {
    const records = options.records ?? (await (await import('./library.ts')).refuse());
    const { createRandomImages } = await import('./random-images.ts');
    return createRandomImages({ ...options, records, imageAlbums });
  });
  const openDownloads = whenAsked(async () => {
    const { noSuchImage, refuse } = await import('./library.ts');
    const records = options.records ?? (await refuse());
    const { createDownloads } = await import('./downloads.ts');
    return createDownloads({ ...options, records, imageAlbums, noSuchImage });
  });
  return {
    imageAlbums,
    imageSearch,
    imageChanges,
    openShares,
    openDownloads,
    statistics,
    usageReport,
    randomImages,
    trash,
  };
}
