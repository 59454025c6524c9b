import { createHash, randomBytes } from 'node:crypto';
import { mapLimited } from '../../concurrency/limit.ts';
import { AppError } from '../../errors.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ImageRecord, ImageRecords } from '../../ports/image-records.ts';
import { type Access, type Caller, requireMember } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { openCollection } from '../collection.ts';
import { type RecallHolder, toHolder } from '../identity/callers.ts';
import type { ObjectReader } from '../objects/object-reader.ts';
import type { ImageAlbums } from './image-albums.ts';
import { DOWNLOADS } from './record-collections.ts';
import { writeZip, type ZipEntry } from './zip.ts';
import { createZipNames } from './zip-names.ts';

/** Which images: several, or those of an album. */
interface WantedImages {
  readonly imageIds?: readonly string[] | undefined;
  readonly albumId?: string | undefined;
}

/** Where an archive is to be had, and what will be in it. */
interface PromisedArchive {
  readonly url: string;
  readonly expiresAt: string;
  readonly images: number;
  /** Of all images together, in bytes. */
  readonly size: number;
}

/** An archive on its way. */
interface OpenArchive {
  readonly fileName: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Many images as one archive, written while it is read. */
export interface Downloads {
  /**
   * Gives the address of an archive, by which anybody has it for a quarter of an hour, as long as the caller might.
   *
   * @throws {AppError} NoSuchKey for what the caller may not read, or nothing at all; EntityTooLarge; InvalidArgument for both, or neither
   */
  order(caller: Caller, wanted: WantedImages, mountUrl: string): Promise<PromisedArchive>;
  /** What went since is left out. @throws {AppError} NoSuchKey for an address that is forged or over */
  open(token: string): Promise<OpenArchive>;
}

interface DownloadsOptions {
  readonly records: ImageRecords;
  readonly documents: DocumentStore;
  readonly buckets: Pick<Buckets, 'own'>;
  readonly access: Access;
  readonly imageAlbums: Pick<ImageAlbums, 'require'>;
  readonly reader: Pick<ObjectReader, 'openLink'>;
  readonly recallHolder: RecallHolder;
  /** How an id is refused that no image in reach has. */
  readonly noSuchImage: (imageId: string) => AppError;
  readonly now: () => Date;
}

const HOLDS_MS = 15 * 60 * 1000;
const MAX_BYTES = 10 * 1024 ** 3;
const MAX_IMAGES = 10_000;
const MAX_PLACES = 100;
const PAGE = 1000;
const AT_ONCE = 16;
const TOKEN_BYTES = 24;

/** Creates the downloads. */
export function createDownloads(options: DownloadsOptions): Downloads {
  const { records, documents, buckets, access, imageAlbums, reader, recallHolder, noSuchImage, now } = options;
  const orders = openCollection(documents, DOWNLOADS);

  const isReadable = (caller: Caller, image: ImageRecord | undefined): image is ImageRecord =>
    image !== undefined && image.removedAt === undefined && access.reaches(caller, 'read', image.bucket, image.key);

  const findThese = async (caller: Caller, imageIds: readonly string[]): Promise<readonly ImageRecord[]> => {
    const found = await mapLimited([...new Set(imageIds)], AT_ONCE, (imageId) => records.get(imageId));
    return found.filter((image) => isReadable(caller, image));
  };

  const findAlbum = async (caller: Caller, album: string): Promise<readonly ImageRecord[]> => {
    await imageAlbums.require(caller, album);
    const names = (await buckets.own()).map(({ name }) => name).filter((name) => access.seesBucket(caller, name));
    const found: ImageRecord[] = [];
    for (let first = 0; first < names.length; first += MAX_PLACES) {
      const within = names.slice(first, first + MAX_PLACES).map((bucket) => ({ bucket, prefix: '' }));
      let after: string | undefined;
      do {
        const asked = { within, album, state: 'present', order: 'oldest', limit: PAGE } as const;
        const page = await records.search({ ...asked, ...(after !== undefined && { after }) });
        found.push(...page.images.filter((image) => isReadable(caller, image)));
        if (found.length > MAX_IMAGES) throw tooManyImages();
        after = page.after;
      } while (after !== undefined);
    }
    return found;
  };

  const find = (caller: Caller, { imageIds = [], albumId }: WantedImages): Promise<readonly ImageRecord[]> =>
    albumId === undefined ? findThese(caller, imageIds) : findAlbum(caller, albumId);

  async function* entriesOf(viewer: Caller, images: readonly ImageRecord[]): AsyncGenerator<ZipEntry> {
    const nameOf = createZipNames();
    for (const image of images) {
      const wanted = { bucketName: image.bucket, objectName: image.key, withBody: true };
      const opened = await reader.openLink(viewer, wanted).catch(undefinedIfMissing);
      if (opened === undefined || !('body' in opened) || opened.body === undefined) continue;
      yield { name: nameOf(image), modifiedAt: image.createdAt, size: opened.size, body: opened.body };
    }
  }

  const requireAll = (wanted: readonly string[], images: readonly ImageRecord[]): void => {
    const found = new Set(images.map(({ imageId }) => imageId));
    const missing = wanted.find((imageId) => !found.has(imageId));
    if (missing !== undefined) throw noSuchImage(missing);
  };

  return {
    order: async (caller, wanted, mountUrl) => {
      if ((wanted.imageIds === undefined) === (wanted.albumId === undefined)) throw notOneOfThem();
      const images = await find(caller, wanted);
      requireAll(wanted.imageIds ?? [], images);
      if (images.length === 0) throw nothing();
      const size = images.reduce((sum, image) => sum + image.size, 0);
      if (size > MAX_BYTES) throw tooLarge(size);
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      const until = now().getTime() + HOLDS_MS;
      const { imageIds, albumId } = wanted;
      const holder = toHolder(requireMember(caller));
      await orders.create(toId(token), {
        ...{ holder, until },
        ...(imageIds && { imageIds: [...imageIds] }),
        ...(albumId !== undefined && { albumId }),
      });
      return {
        ...{ url: `${mountUrl}/z/${token}`, expiresAt: new Date(until).toISOString() },
        ...{ images: images.length, size },
      };
    },
    open: async (token) => {
      const order = await orders.read(toId(token));
      const viewer = order && order.until > now().getTime() ? await recallHolder(order.holder) : undefined;
      if (order === undefined || viewer === undefined) throw isOver();
      const images = await find(viewer, order);
      const fileName = `imagepic-${now().toISOString().slice(0, 10)}.zip`;
      return { fileName, body: writeZip(entriesOf(viewer, images)) };
    },
  };
}

/** Of whatever comes, so that nothing of it is a name. */
const toId = (token: string): string => createHash('sha256').update(token).digest('hex');

/** What went away while others were written. */
function undefinedIfMissing(error: unknown): undefined {
  if (error instanceof AppError && (error.code === 'NoSuchKey' || error.code === 'NoSuchBucket')) return undefined;
  throw error;
}

const notOneOfThem = (): AppError =>
  new AppError(
    'InvalidArgument',
    { zh: '请只给 imageIds 和 albumId 之一', en: 'Give either imageIds or an albumId' },
    { details: { fields: ['imageIds', 'albumId'] } },
  );

const nothing = (): AppError =>
  new AppError('NoSuchKey', {
    zh: '这个相册里没有可以下载的图片',
    en: 'There is no image in this album that could be downloaded',
  });

const tooLarge = (size: number): AppError =>
  new AppError(
    'EntityTooLarge',
    {
      zh: `这些图片共 ${size} 字节，一次至多下载 ${MAX_BYTES} 字节；请分几次下载`,
      en: `These images have ${size} bytes together, and at most ${MAX_BYTES} are downloaded at once; download some at a time`,
    },
    { details: { size, maxBytes: MAX_BYTES } },
  );

const tooManyImages = (): AppError =>
  new AppError('EntityTooLarge', {
    zh: `一次至多下载 ${MAX_IMAGES} 张图片；请用 imageIds 分几次下载`,
    en: `At most ${MAX_IMAGES} images are downloaded at once; download some at a time with imageIds`,
  });

const isOver = (): AppError =>
  new AppError('NoSuchKey', {
    zh: '下载地址无效或已过期；请重新调用 image/download',
    en: 'The address is not valid or has expired; call image/download again',
  });
