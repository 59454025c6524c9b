import type { ImageFilter, ImageOrder, ImageRecord, ImageRecords } from '../../ports/image-records.ts';

/** Records that tell of every image, or `undefined` as long as there are none or they are still being made. */
export type CompleteRecords = () => Promise<ImageRecords | undefined>;

/** Places that records can be asked for at once. */
export const MAX_PLACES = 100;
/** Most that are passed over for a page. */
const MAX_PASSED = 10_000;

interface Wanted {
  readonly within: ImageFilter['within'];
  /** Words that each image has. */
  readonly text: string;
  readonly order: ImageOrder;
  /** How many come before the page, and how many are on it. */
  readonly before: number;
  readonly limit: number;
}

/** Finds a page by records: it costs by how deep it is, to a bound, and not by how many images there are; `undefined` beyond the bound. */
export async function findAlbumPage(
  records: ImageRecords,
  { within, text, order, before, limit }: Wanted,
): Promise<{ readonly total: number; readonly images: readonly ImageRecord[] } | undefined> {
  if (within.length > MAX_PLACES || before > MAX_PASSED) return undefined;
  if (within.length === 0) return { total: 0, images: [] };
  const filter = { within, text, state: 'present' } as const;
  const [{ images: total }, { images }] = await Promise.all([
    records.count(filter),
    records.search({ ...filter, order, offset: before, limit }),
  ]);
  return { total, images };
}
