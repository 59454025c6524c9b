import { mapLimited } from '../../concurrency/limit.ts';
import type { ImageFilter, ImageGroup, ImageGrouping, ImageRecords } from '../../ports/image-records.ts';
import { type Access, type Caller, requireMember } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { createFindListedPlaces } from './listed-places.ts';

/** How many images, and their bytes together. */
interface Amount {
  readonly images: number;
  readonly bytes: number;
}

/** What there is of images: one's own, or for an admin everybody's. */
interface Counted extends Amount {
  /** The earliest first; those without an image are left out. */
  readonly days: readonly (Amount & { readonly day: string })[];
  /** Here and below those with the most images first. */
  readonly types: readonly (Amount & { readonly contentType: string })[];
  /** These two for admins alone. What came past the service is no owner's. */
  readonly owners?: readonly (Amount & { readonly ownerId: string })[];
  readonly buckets?: readonly (Amount & { readonly bucketName: string })[];
}

/** Counts images by what their records say; what is in the trash is not among them. */
export interface Statistics {
  /** @throws {AppError} NoSuchBucket, InvalidArgument for too many places */
  count(
    caller: Caller,
    asked: {
      readonly bucketName?: string | undefined;
      /** The last year unless given; of the days alone. */
      readonly from?: Date | undefined;
      readonly to?: Date | undefined;
    },
  ): Promise<Counted>;
}

interface StatisticsOptions {
  readonly records: Pick<ImageRecords, 'countBy'>;
  readonly buckets: Pick<Buckets, 'own' | 'require'>;
  readonly access: Access;
  readonly now: () => Date;
}

const YEAR_MS = 366 * 24 * 60 * 60 * 1000;
/** Most groups of a kind. */
const MAX_GROUPS = 1000;
const AT_ONCE = 4;

/** Creates what counts. */
export function createStatistics({ records, buckets, access, now }: StatisticsOptions): Statistics {
  const findPlaces = createFindListedPlaces({ buckets, access });
  const countBy = (filter: ImageFilter, by: ImageGrouping): Promise<readonly ImageGroup[]> =>
    records.countBy(filter, by, MAX_GROUPS);

  const countBuckets = async (filter: ImageFilter): Promise<NonNullable<Counted['buckets']>> => {
    const names = [...new Set(filter.within.map(({ bucket }) => bucket))];
    const counted = await mapLimited(names, AT_ONCE, async (bucketName) => {
      const within = filter.within.filter(({ bucket }) => bucket === bucketName);
      return { bucketName, ...sum(await countBy({ ...filter, within }, 'type')) };
    });
    return counted.filter(({ images }) => images > 0).sort((one, other) => other.images - one.images);
  };

  return {
    count: async (caller, { bucketName, from = new Date(now().getTime() - YEAR_MS), to }) => {
      const { userId, role } = requireMember(caller);
      const isAdmin = role === 'admin';
      const within = await findPlaces(caller, { bucketName });
      if (within.length === 0) return { images: 0, bytes: 0, days: [], types: [] };
      const filter: ImageFilter = { within, state: 'present', ...(!isAdmin && { owner: userId }) };
      const [days, types, owners] = await Promise.all([
        countBy({ ...filter, from, ...(to !== undefined && { to }) }, 'day'),
        countBy(filter, 'type'),
        isAdmin ? countBy(filter, 'owner') : undefined,
      ]);
      return {
        ...sum(types),
        days: days.map(name('day')).sort((one, other) => (one.day < other.day ? -1 : 1)),
        types: types.map(name('contentType')),
        ...(owners !== undefined && { owners: owners.map(name('ownerId')), buckets: await countBuckets(filter) }),
      };
    },
  };
}

const sum = (groups: readonly ImageGroup[]): Amount => ({
  images: groups.reduce((total, { images }) => total + images, 0),
  bytes: groups.reduce((total, { size }) => total + size, 0),
});

/** Calls a group by what it is one of. */
const name =
  <Name extends string>(key: Name) =>
  ({ value, images, size: bytes }: ImageGroup): Amount & Record<Name, string> =>
    // A computed name is any text to the compiler.
    ({ [key]: value, images, bytes }) as Amount & Record<Name, string>;
