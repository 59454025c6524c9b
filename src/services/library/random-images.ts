import { AppError } from '../../errors.ts';
import { USER_ID } from '../../naming/account.ts';
import type { DocumentStore } from '../../ports/document-store.ts';
import type { ImageRecord, ImageRecords } from '../../ports/image-records.ts';
import type { Access, Caller } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import { openCollection } from '../collection.ts';
import type { Links } from '../objects/links.ts';
import { noSuchAlbum, ownerOf } from './album-shelf.ts';
import type { ImageAlbums } from './image-albums.ts';
import { createFindListedPlaces, type ListedPlace } from './listed-places.ts';
import { SHELVES } from './record-collections.ts';

/** One image of an album by chance, each as likely as another among its newest 10,000. */
export interface RandomImages {
  /** For a member: of those that it may list and read. @throws {AppError} NoSuchKey, AccessDenied for an album that does not allow it */
  pick(caller: Caller, albumId: string): Promise<string>;
  /** The address of one for everybody, in a bucket that everybody sees. @throws {AppError} NoSuchKey, also for an album that does not allow it */
  link(albumId: string, mountUrl: string): Promise<string>;
}

interface RandomImagesOptions {
  readonly records: Pick<ImageRecords, 'get' | 'search'>;
  readonly documents: DocumentStore;
  readonly buckets: Pick<Buckets, 'own' | 'require' | 'isPublic'>;
  readonly access: Access;
  readonly links: Links;
  readonly imageAlbums: Pick<ImageAlbums, 'require'>;
  readonly now: () => Date;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

interface Kept {
  readonly at: number;
  readonly imageIds: Promise<readonly string[]>;
}

const PAGE = 1000;
const MAX_IMAGES = 10_000;
const MAX_PLACES = 100;
/** What is in an album is asked once a minute, and of so many albums it is known at a time. */
const KEPT_MS = 60_000;
const MAX_KEPT = 16;
/** Images that are tried which may have left the album since. */
const MAX_TRIES = 20;

/** Creates what picks. Which images there are may be a minute old; whether the one that is picked still is one is not. */
export function createRandomImages(options: RandomImagesOptions): RandomImages {
  const { records, documents, buckets, access, links, imageAlbums, now, random = Math.random } = options;
  const shelves = openCollection(documents, SHELVES);
  const placesOf = createFindListedPlaces({ buckets, access });
  const kept = new Map<string, Kept>();

  const findIds = async (album: string, within: readonly ListedPlace[]): Promise<readonly string[]> => {
    const found: string[] = [];
    let after: string | undefined;
    do {
      const asked = { within, album, state: 'present', order: 'newest', limit: PAGE } as const;
      const page = await records.search({ ...asked, ...(after !== undefined && { after }) });
      found.push(...page.images.map(({ imageId }) => imageId));
      after = page.after;
    } while (after !== undefined && found.length < MAX_IMAGES);
    return found;
  };

  const idsOf = (albumId: string, within: readonly ListedPlace[]): Promise<readonly string[]> => {
    const name = JSON.stringify([albumId, within]);
    const known = kept.get(name);
    if (known !== undefined && now().getTime() - known.at < KEPT_MS) return known.imageIds;
    const imageIds = findIds(albumId, within);
    kept.delete(name);
    kept.set(name, { at: now().getTime(), imageIds });
    imageIds.catch(() => kept.delete(name));
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    return imageIds;
  };

  const pickFrom = async (
    albumId: string,
    within: readonly ListedPlace[],
    isShown: (image: ImageRecord) => boolean,
  ): Promise<ImageRecord> => {
    const imageIds = within.length === 0 ? [] : await idsOf(albumId, within);
    for (let tries = 0; tries < MAX_TRIES && imageIds.length > 0; tries += 1) {
      const image = await records.get(imageIds[Math.floor(random() * imageIds.length)] ?? '');
      if (image?.removedAt === undefined && image?.albumIds.includes(albumId) && isShown(image)) return image;
    }
    throw nothing();
  };

  return {
    pick: async (caller, albumId) => {
      const { random: isAllowed, name } = await imageAlbums.require(caller, albumId);
      if (!isAllowed) throw notAllowed(name);
      const isReadable = ({ bucket, key }: ImageRecord) => access.reaches(caller, 'read', bucket, key);
      return (await pickFrom(albumId, await placesOf(caller, {}), isReadable)).imageId;
    },
    link: async (albumId, mountUrl) => {
      const ownerId = ownerOf(albumId);
      const shelf = USER_ID.test(ownerId) ? await shelves.read(ownerId) : undefined;
      const album = new Map(Object.entries(shelf?.albums ?? {})).get(albumId);
      if (album?.random !== true) throw noSuchAlbum(albumId);
      const names = (await buckets.own()).map(({ name }) => name);
      const open = (await Promise.all(names.map((name) => buckets.isPublic(name)))).map((isPublic, index) =>
        isPublic ? [{ bucket: names[index] ?? '', prefix: '' }] : [],
      );
      const within = open.flat().slice(0, MAX_PLACES);
      const isShown = ({ bucket }: ImageRecord) => within.some((place) => place.bucket === bucket);
      const { bucket, key } = await pickFrom(albumId, within, isShown);
      return links(mountUrl, bucket, key);
    },
  };
}

const nothing = (): AppError =>
  new AppError('NoSuchKey', {
    zh: '这个相册里没有可以显示的图片；对所有人只显示公开存储桶里的',
    en: 'There is no image in this album that could be shown; everybody is shown those in public buckets alone',
  });

const notAllowed = (name: string): AppError =>
  new AppError('AccessDenied', {
    zh: `相册 ${name} 没有开启随机图片；请用 album/updateAlbum 把 random 设为 true`,
    en: `The album ${name} does not allow it; set random to true with album/updateAlbum`,
  });
