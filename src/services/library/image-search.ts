import { createHash } from 'node:crypto';
import { whenAsked } from '../../concurrency/when-asked.ts';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type {
  ImageFilter,
  ImageOrder,
  ImageOrientation,
  ImagePage,
  ImageRecord,
  ImageRecords,
  ImageSearch,
} from '../../ports/image-records.ts';
import type { Access, Caller } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { Links } from '../objects/links.ts';
import type { WantedImage } from './find-image.ts';
import type { ImageAlbums } from './image-albums.ts';
import { createFindListedPlaces, type ListedPlace } from './listed-places.ts';
import { openAlbumOrder } from './open-album-order.ts';

type ShownOrder = ImageOrder | 'manual';

/** What people ask for: images that everything given holds of. */
interface Question {
  readonly text?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly albumId?: string | undefined;
  /** All of the bed's own unless one is named. */
  readonly bucketName?: string | undefined;
  readonly prefix?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly type?: string | undefined;
  readonly orientation?: ImageOrientation | undefined;
  readonly minWidth?: number | undefined;
  readonly minSize?: number | undefined;
  readonly maxSize?: number | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** The album's own unless given, or else the newest first; `manual` is of a whole album, or of what of it lies below a prefix. */
  readonly order?: ShownOrder | undefined;
  readonly pageSize: number;
  /** Where the page before ended; empty to begin. */
  readonly continuationToken?: string | undefined;
}

/** An image by its id, or by where it is. */
export interface NamedImage {
  readonly imageId?: string | undefined;
  readonly bucketName: string;
  readonly objectName?: string | undefined;
}

/** What is known of an image: what is of its picture only where the caller may read it. */
interface KnownImage extends Pick<ImageRecord, 'imageId' | 'title' | 'originalName' | 'description' | 'tags'> {
  readonly bucketName: string;
  readonly objectName: string;
  readonly url: string;
  readonly contentType: string;
  readonly size: number;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly frames?: number | undefined;
  readonly thumbhash?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When it goes by itself. */
  readonly expiresAt?: string;
}

/** One page; there is a total with the first one alone, for counting costs more than the page does. */
interface KnownImages {
  readonly total?: number;
  readonly isExact?: boolean;
  readonly continuationToken?: string;
  readonly images: readonly KnownImage[];
}

/** What can be asked of the records of images. What is beyond a caller's reach answers like what is not there. */
export interface ImageQueries {
  /**
   * Finds images that the caller may list. A page whose texts are long may have fewer than were asked for.
   *
   * @throws {AppError} NoSuchBucket, NoSuchKey for an album out of sight, InvalidArgument for a token of another question or too many places
   */
  search(caller: Caller, question: Question, mountUrl: string): Promise<KnownImages>;
  /** Shows an image that the caller may read. @throws {AppError} NoSuchKey, NoSuchBucket, InvalidArgument */
  get(caller: Caller, wanted: WantedImage, mountUrl: string): Promise<KnownImage>;
}

interface ImageSearchOptions {
  /** Absent where the bed keeps none: every question is refused then. */
  readonly records: ImageRecords | undefined;
  readonly buckets: Pick<Buckets, 'own' | 'require'>;
  readonly access: Access;
  readonly links: Links;
  readonly albums: Pick<ImageAlbums, 'require'>;
  readonly documents: DocumentStore;
}

/** What fits into a function's 6 MB answer. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
/** A page of images in any order. */
type WantedPage = Omit<ImageSearch, 'order' | 'within'> & {
  readonly order: ShownOrder;
  readonly within: readonly ListedPlace[];
};

const DIGEST_LENGTH = 24;

/** Creates what answers questions about images. */
export function createImageSearch(options: ImageSearchOptions): ImageQueries {
  const { records, buckets, access, links, albums } = options;
  if (records === undefined) return { search: refuse, get: refuse };
  const albumOrder = openAlbumOrder({ ...options, records });
  const placesOf = createFindListedPlaces(options);
  const openFind = whenAsked(async () => {
    const { createFindImage } = await import('./find-image.ts');
    return createFindImage({ records, buckets, access, links, noSuchImage });
  });

  const toKnown = (caller: Caller, record: ImageRecord, mountUrl: string): KnownImage => {
    const { imageId, bucket, key, title, originalName, description, tags, contentType, size, ownerId } = record;
    const { width, height, frames, thumbhash, createdAt, updatedAt, expiresAt } = record;
    return {
      ...{ imageId, bucketName: bucket, objectName: key, url: links(mountUrl, bucket, key) },
      ...{ title, originalName, description, tags, contentType, size },
      ...(access.reaches(caller, 'read', bucket, key) && withoutAbsent({ width, height, frames, thumbhash })),
      ...withoutAbsent({ ownerId }),
      ...{ createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() },
      ...(expiresAt !== undefined && { expiresAt: expiresAt.toISOString() }),
    };
  };

  /** A page, of which no more is taken than an answer can hold. */
  const findPage = async (
    wanted: WantedPage,
    show: (record: ImageRecord) => KnownImage,
  ): Promise<{ readonly images: readonly KnownImage[]; readonly after?: string }> => {
    const { images: found, ...rest } = await findRecords(wanted);
    const images = found.map(show);
    const fitting = countFitting(images);
    return fitting === images.length ? { ...rest, images } : findPage({ ...wanted, limit: fitting }, show);
  };

  const findRecords = async ({ order, within, ...wanted }: WantedPage): Promise<ImagePage> => {
    if (order !== 'manual') return records.search({ ...wanted, within, order });
    const { album: albumId = '', ...page } = wanted;
    return albumOrder.page({ ...page, albumId, within });
  };

  const search: ImageQueries['search'] = async (caller, question, mountUrl) => {
    const { albumId, pageSize: limit } = question;
    const album = albumId === undefined ? undefined : await albums.require(caller, albumId);
    const { digest, order, after } = toStart(question, album?.order);
    const filter = toFilter(question, await placesOf(caller, question));
    if (filter.within.length === 0) return { ...(after === undefined && NOTHING), images: [] };
    const wanted: WantedPage = { ...filter, order, limit, ...withoutAbsent({ after }) };
    const [page, total] = await Promise.all([
      findPage(wanted, (record) => toKnown(caller, record, mountUrl)).catch(refuseToken(after)),
      after === undefined ? records.count(filter) : undefined,
    ]);
    return {
      ...(total && { total: total.images, isExact: total.isExact }),
      ...(page.after !== undefined && { continuationToken: `${digest}.${order}.${page.after}` }),
      images: page.images,
    };
  };

  return {
    search,
    get: async (caller, wanted, mountUrl) => toKnown(caller, await (await openFind())(caller, wanted), mountUrl),
  };
}

const NOTHING = { total: 0, isExact: true };

type Present<Shape> = { [Name in keyof Shape]?: Exclude<Shape[Name], undefined> };

/** Without what is not known. */
const withoutAbsent = <Shape extends object>(shape: Shape): Present<Shape> =>
  // `Object.entries` forgets which name has which type.
  Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Present<Shape>;

function toFilter(
  { text, tags, albumId: album, ownerId: owner, ...question }: Question,
  within: readonly ListedPlace[],
): ImageFilter & Pick<WantedPage, 'within'> {
  const { type, orientation, minWidth, minSize, maxSize, from, to } = question;
  return {
    within,
    state: 'present',
    ...withoutAbsent({ text, album, owner, type, orientation, minWidth, minSize, maxSize, from, to }),
    tags: [...new Set(tags)],
  };
}

/** How many images, from the first one, an answer can hold; one always. */
function countFitting(images: readonly KnownImage[]): number {
  let bytes = 0;
  const tooMany = images.findIndex((image) => {
    bytes += Buffer.byteLength(JSON.stringify(image));
    return bytes > MAX_PAGE_BYTES;
  });
  return tooMany === -1 ? images.length : Math.max(1, tooMany);
}

type Part = readonly [name: string, value: unknown];
const isGiven = ([, value]: Part): boolean => value !== undefined;
const byName = ([one]: Part, [other]: Part): number => (one < other ? -1 : 1);

/** What a question is told from others by: pages of any size are of one. */
function digestOf({ tags = [], pageSize, continuationToken, ...asked }: Question): string {
  const parts = [[...new Set(tags)].sort(), Object.entries(asked).filter(isGiven).sort(byName)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, DIGEST_LENGTH);
}

/** Where a page begins, and in which order: the album's own unless one is asked for. */
function toStart(question: Question, own: ShownOrder | undefined) {
  const digest = digestOf(question);
  const begun = parseToken(question.continuationToken ?? '', digest);
  const { order, after } = begun ?? { order: orderOf(question, own), after: undefined };
  if (order === 'manual' && !isWholeAlbum(question)) throw begun === undefined ? notInOrder() : invalidToken();
  return { digest, order, after };
}

/** Where the page before ended, and what it was in order by: the album's own may have changed since. */
function parseToken(
  token: string,
  digest: string,
): { readonly order: ShownOrder; readonly after: string | undefined } | undefined {
  if (token === '') return undefined;
  const [, asked, order, after = ''] = /^(\w+)\.(newest|oldest|name|size|manual)\.(.+)$/s.exec(token) ?? [];
  if (asked !== digest) throw invalidToken();
  // The expression has matched one of them.
  return { order: order as ShownOrder, after };
}

/** Where an album is asked for and nothing else, it is shown in its own order. */
const orderOf = (question: Question, own: ShownOrder = 'newest'): ShownOrder =>
  question.order ?? (own === 'manual' && !isWholeAlbum(question) ? 'newest' : own);

/** Whether nothing but an album, and where in it, is asked for: by more the order that people gave it does not find. */
const isWholeAlbum = ({ albumId, tags = [], ...question }: Question): boolean =>
  albumId !== undefined &&
  tags.length === 0 &&
  Object.entries(question).every(([name, value]) => value === undefined || PLACES.has(name));

const PLACES = new Set(['bucketName', 'prefix', 'order', 'pageSize', 'continuationToken']);

/** All but the token has been checked. */
const refuseToken =
  (after: string | undefined) =>
  (error: unknown): never => {
    if (after === undefined || !(error instanceof AppError) || error.code !== 'InvalidArgument') throw error;
    throw invalidToken(error);
  };

/** Refuses every call where the bed keeps no records. */
export const refuse = async (): Promise<never> => {
  throw new AppError('NotImplemented', {
    zh: '图床没有保存图片记录，因此没有图片库；请设置 IMAGEPIC_RECORDS=sqlite，账号在数据库时与 IMAGEPIC_DOCUMENTS 相同：postgres、mongodb 或 cloudbase',
    en: 'The bed keeps no records of images, so there is no library; set IMAGEPIC_RECORDS=sqlite, or where accounts are in a database the same as IMAGEPIC_DOCUMENTS: postgres, mongodb or cloudbase',
  });
};

const notInOrder = (): AppError =>
  new AppError(
    'InvalidArgument',
    {
      zh: '手动顺序（manual）只用于整个相册：请给出 albumId，除 bucketName 和 prefix 外不要其他条件',
      en: 'The manual order is of a whole album: name its albumId, and ask for nothing else but bucketName and prefix',
    },
    { details: { fields: ['order'] } },
  );

const invalidToken = (cause?: unknown): AppError =>
  new AppError(
    'InvalidArgument',
    {
      zh: 'continuationToken 无效：请用上一页返回的值，其他条件保持不变，或去掉它重新开始',
      en: 'The continuationToken is not valid: use the value that the page before returned and ask for the same, or begin anew without it',
    },
    { details: { fields: ['continuationToken'] }, ...(cause !== undefined && { cause }) },
  );

/** The refusal of an image without a name, or with two. */
export const notOneName = (): AppError =>
  new AppError(
    'InvalidArgument',
    { zh: '请只给 imageId 和 objectName 之一', en: 'Give either the imageId or the objectName' },
    { details: { fields: ['imageId', 'objectName'] } },
  );

/** The refusal of an id that no image in reach has. */
export const noSuchImage = (imageId: string): AppError =>
  new AppError('NoSuchKey', {
    zh: `没有 imageId 为 ${imageId} 的图片；请用 image/search 查看`,
    en: `There is no image of the imageId ${imageId}; image/search shows what there is`,
  });
