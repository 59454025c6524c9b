import { createHmac } from 'node:crypto';
import { AppError } from '../../errors.ts';
import { fileNameOf } from '../../naming/key.ts';
import type { ImagePage, ImageRecord, ImageRecords, ImageSearch } from '../../ports/image-records.ts';
import type { Access, Member } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { openCollection } from '../collection.ts';
import type { RecallHolder } from '../identity/callers.ts';
import type { Rate, Throttle } from '../identity/throttle.ts';
import type { Place } from '../objects/object-reader.ts';
import type { ImageAlbums } from './image-albums.ts';
import { openAlbumOrder } from './open-album-order.ts';
import { SHARE_LISTS, type StoredShare } from './record-collections.ts';
import { digestOf, isSame, parseShareToken } from './share-token.ts';
import { isOver, isTheirs, type SharesOptions } from './shares.ts';

/** A picture as those see it who were given it. */
interface SharedImage {
  readonly imageId: string;
  readonly title: string;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** What a share shows. */
interface SharedView {
  readonly shareId: string;
  /** Wants the password first: all else is empty then. */
  readonly isLocked: boolean;
  readonly title: string;
  readonly description: string;
  readonly isAlbum: boolean;
  readonly download: boolean;
  readonly images: readonly SharedImage[];
  /** Where the next page goes on. */
  readonly after?: string;
}

/** An image to be opened as whoever shares it may read it. */
interface OpenedShare {
  readonly viewer: Member;
  readonly place: Place;
  readonly fileName: string;
  readonly download: boolean;
}

/** What opens a share that has a password, for a while. */
interface ShareKey {
  readonly shareId: string;
  readonly key: string;
  readonly seconds: number;
}

/** Who looks, and by what. */
interface Visit {
  readonly token: string;
  /** The keys that a browser has, by the share's id. */
  readonly keys: ReadonlyMap<string, string>;
}

/**
 * Shares as those see them who were given one. Each look asks the documents anew, so that what is withdrawn is gone for
 * every process at once; what whoever shares may no longer read is not shown.
 *
 * @throws {AppError} NoSuchKey for what is forged, over or withdrawn, alike
 */
export interface ShareViews {
  /** @throws {AppError} InvalidArgument for an `after` of no page */
  look(visit: Visit, after: string): Promise<SharedView>;
  /** @throws {AppError} AccessDenied without its password */
  open(visit: Visit, imageId: string): Promise<OpenedShare>;
  /** @throws {AppError} AccessDenied for a wrong password, TooManyRequests */
  unlock(token: string, password: string, clientIp: string | undefined): Promise<ShareKey>;
}

interface ShareViewsOptions extends SharesOptions {
  readonly records: ImageRecords;
  readonly access: Access;
  readonly buckets: Pick<Buckets, 'own'>;
  readonly recallHolder: RecallHolder;
  readonly throttle: Throttle;
  /** The first signs, all of them verify. */
  readonly keys: readonly [Uint8Array, ...Uint8Array[]];
}

interface WantedPage extends Pick<ImageSearch, 'limit' | 'after'> {
  readonly within: readonly { readonly bucket: string; readonly prefix: string }[];
  readonly album: string;
  readonly order: SharedAlbum['order'];
}

type SharedAlbum = Awaited<ReturnType<ImageAlbums['require']>>;

interface Found {
  readonly shareId: string;
  readonly share: StoredShare;
  readonly viewer: Member;
}

/** As of accounts. */
const PASSWORDS: Rate = { name: 'share-password', most: 20, windowSeconds: 15 * 60 };
const PASSWORDS_FROM: Rate = { name: 'share-password-ip', most: 100, windowSeconds: 15 * 60 };
const KEY_SECONDS = 12 * 60 * 60;
const PAGE = 60;
/** Pages of records that are looked at for one of pictures, and places at once. */
const MAX_LOOKS = 20;
const MAX_PLACES = 100;

/** Creates the side of those who were given a share. */
export function createShareViews(options: ShareViewsOptions): ShareViews {
  const { records, documents, access, imageAlbums, passwords, buckets, recallHolder, throttle, keys, now } = options;
  const lists = openCollection(documents, SHARE_LISTS);
  const albumOrder = openAlbumOrder(options);

  const find = async (token: string): Promise<Found> => {
    const { ownerId = '', shareId = '', secret } = parseShareToken(token) ?? {};
    const list = secret && (await lists.read(ownerId));
    const share = new Map(Object.entries(list?.shares ?? {})).get(shareId);
    const isGiven = secret !== undefined && share !== undefined && isSame(share.hash, digestOf(secret));
    if (!isGiven || isOver(share, now())) throw noSuchShare();
    const viewer = await recallHolder(share.holder);
    if (viewer === undefined) throw noSuchShare();
    return { shareId, share, viewer };
  };

  const sign = ({ shareId, share }: Found, until: string, key: Uint8Array): string =>
    createHmac('sha256', key).update(`${shareId}.${share.passwordHash}.${until}`).digest('base64url');

  const isLocked = (found: Found, key = ''): boolean => {
    if (found.share.passwordHash === undefined) return false;
    const [, until = '', signature = ''] = /^(\d{10})\.([\w-]{43})$/.exec(key) ?? [];
    if (Number(until) * 1000 <= now().getTime()) return true;
    return !keys.some((one) => isSame(sign(found, until, one), signature));
  };

  const isShown = ({ viewer, share }: Found, image: ImageRecord): boolean =>
    image.removedAt === undefined &&
    access.reaches(viewer, 'read', image.bucket, image.key) &&
    (share.albumId === undefined ? image.imageId === share.imageId : image.albumIds.includes(share.albumId));

  /** The album, as long as it is of whoever shares it. */
  const requireAlbum = async ({ viewer }: Found, albumId: string) => {
    const album = await imageAlbums.require(viewer, albumId).catch(hideMissing);
    if (!isTheirs(viewer, album.ownerId)) throw noSuchShare();
    return album;
  };

  const requireImage = async (found: Found, imageId: string): Promise<ImageRecord> => {
    const image = await records.get(imageId);
    if (image === undefined || !isShown(found, image)) throw noSuchShare();
    return image;
  };

  const search = ({ order, album, ...wanted }: WantedPage): Promise<ImagePage> =>
    order === 'manual'
      ? albumOrder.page({ ...wanted, albumId: album })
      : records.search({ ...wanted, album, order, state: 'present' });

  const findPage = async (found: Found, { albumId: album, order: own }: SharedAlbum, from: string) => {
    const names = (await buckets.own()).map(({ name }) => name).filter((name) => access.seesBucket(found.viewer, name));
    const within = names.slice(0, MAX_PLACES).map((bucket) => ({ bucket, prefix: '' }));
    const images: ImageRecord[] = [];
    // Who turned a page goes on in its order.
    const { order, ...begin } = from === '' ? { order: own, after: undefined } : parsePage(from);
    let { after } = begin;
    for (let looks = 0; looks < MAX_LOOKS && images.length < PAGE; looks += 1) {
      const limit = PAGE - images.length;
      const page = await search({ within, album, order, limit, ...(after !== undefined && { after }) });
      images.push(...page.images.filter((image) => isShown(found, image)));
      after = page.after;
      if (after === undefined) break;
    }
    return { images: images.map(toShared), ...(after !== undefined && { after: `${order}.${after}` }) };
  };

  const lookAt = async (found: Found, after: string) => {
    const { albumId, imageId = '' } = found.share;
    if (albumId !== undefined) {
      const album = await requireAlbum(found, albumId);
      const { name: title, description } = album;
      return { title, description, isAlbum: true, ...(await findPage(found, album, after)) };
    }
    const image = await requireImage(found, imageId);
    return { title: titleOf(image), description: image.description, isAlbum: false, images: [toShared(image)] };
  };

  return {
    look: async ({ token, keys: held }, after) => {
      const found = await find(token);
      const { shareId, share } = found;
      if (isLocked(found, held.get(shareId))) {
        return {
          ...{ shareId, isLocked: true, isAlbum: false, title: '', description: '' },
          download: false,
          images: [],
        };
      }
      return { shareId, isLocked: false, download: share.download, ...(await lookAt(found, after)) };
    },
    open: async ({ token, keys: held }, imageId) => {
      const found = await find(token);
      if (isLocked(found, held.get(found.shareId))) throw wantsPassword();
      if (found.share.albumId !== undefined) await requireAlbum(found, found.share.albumId);
      const image = await requireImage(found, imageId);
      const { bucket: bucketName, key: objectName } = image;
      const fileName = image.originalName || fileNameOf(objectName);
      return { viewer: found.viewer, place: { bucketName, objectName }, fileName, download: found.share.download };
    },
    unlock: async (token, password, clientIp) => {
      const found = await find(token);
      const { shareId, share } = found;
      await throttle.consumeFrom(PASSWORDS_FROM, clientIp);
      await throttle.consume(PASSWORDS, [shareId]);
      if ((await passwords.verify(share.passwordHash, password)) === 'wrong') throw wrongPassword();
      await Promise.all([throttle.refundFrom(PASSWORDS_FROM, clientIp), throttle.refund(PASSWORDS, [shareId])]);
      const until = String(Math.floor(now().getTime() / 1000) + KEY_SECONDS);
      return { shareId, key: `${until}.${sign(found, until, keys[0])}`, seconds: KEY_SECONDS };
    },
  };
}

const titleOf = ({ title, originalName, key }: ImageRecord): string => title || originalName || fileNameOf(key);

const toShared = (image: ImageRecord): SharedImage => ({
  ...{ imageId: image.imageId, title: titleOf(image), width: image.width, height: image.height },
});

const noSuchShare = (): AppError =>
  new AppError('NoSuchKey', {
    zh: '没有这个分享，或者它已到期、已被撤回；请向分享给你的人再要一个链接',
    en: 'There is no such share, or it has ended; ask whoever gave it to you for another link',
  });

/** Where a page begins, and in which order. */
function parsePage(from: string): { readonly order: SharedAlbum['order']; readonly after?: string } {
  const [, order, after = ''] = /^(newest|oldest|name|size|manual)\.(.+)$/s.exec(from) ?? [];
  if (order === undefined) throw noSuchPage();
  // The expression has matched one of them.
  return { order: order as SharedAlbum['order'], after };
}

const noSuchPage = (): AppError =>
  new AppError('InvalidArgument', {
    zh: '没有这一页；请从第一页看起',
    en: 'There is no such page; begin with the first',
  });

/** What became of an album is nobody's business. */
const hideMissing = (error: unknown): never => {
  throw error instanceof AppError && error.code === 'NoSuchKey' ? noSuchShare() : error;
};

const wantsPassword = (): AppError =>
  new AppError('AccessDenied', {
    zh: '这个分享需要密码；请先在分享页面输入',
    en: 'This share wants a password; enter it on its page first',
  });

const wrongPassword = (): AppError =>
  new AppError('AccessDenied', { zh: '密码不对，请再试一次', en: 'The password is wrong; try again' });
