import { AppError } from '../../errors.ts';
import { isBucketName } from '../../naming/bucket.ts';
import { isKey } from '../../naming/key.ts';
import type { ImageRecord, ImageRecords } from '../../ports/image-records.ts';
import type { Access, Caller } from '../access/access.ts';
import type { Buckets } from '../buckets/buckets.ts';
import type { Links } from '../objects/links.ts';
import { noSuchKey, type Place } from '../objects/object-reader.ts';
import { parseLink } from './parse-link.ts';
import { recordsAt } from './settle-place.ts';

/** An image by its id, by where it is, by its address, or by its bytes: by one of them. */
export interface WantedImage {
  readonly imageId?: string | undefined;
  /** Of the `objectName`, or of a link that does not say it. */
  readonly bucketName: string;
  readonly objectName?: string | undefined;
  readonly link?: string | undefined;
  /** In lower-case hex; of several images that are made of these bytes the newest is meant. */
  readonly sha256?: string | undefined;
}

/** Finds an image that the caller may read. @throws {AppError} NoSuchKey, NoSuchBucket, InvalidArgument for two names, none, or an address of no image */
export type FindImage = (caller: Caller, wanted: WantedImage) => Promise<ImageRecord>;

interface FindImageOptions {
  readonly records: ImageRecords;
  readonly buckets: Pick<Buckets, 'own' | 'require'>;
  readonly access: Access;
  readonly links: Links;
  /** How an id is refused that no image in reach has. */
  readonly noSuchImage: (imageId: string) => AppError;
}

/** Places that records can be asked for at once, and images of the same bytes that are looked at. */
const MAX_PLACES = 100;
const MAX_SAME = 1000;

/** Creates what finds one image. */
export function createFindImage(options: FindImageOptions): FindImage {
  const { records, buckets, access, links, noSuchImage } = options;
  const isInReach = (caller: Caller, { bucket, key }: ImageRecord): boolean =>
    access.reaches(caller, 'read', bucket, key);

  const findById = async (caller: Caller, imageId: string): Promise<ImageRecord> => {
    const found = await records.get(imageId);
    if (found === undefined || found.removedAt !== undefined || !isInReach(caller, found)) throw noSuchImage(imageId);
    return found;
  };

  const findAt = async (caller: Caller, place: Place): Promise<ImageRecord> => {
    const { bucketName, objectName } = place;
    const mayBe = isKey(objectName) && access.reaches(caller, 'read', bucketName, objectName);
    const [found] = mayBe ? await recordsAt(records, place) : [];
    if (found !== undefined) return found;
    await buckets.require(caller, bucketName);
    throw noSuchKey(objectName);
  };

  const findByLink = async (caller: Caller, link: string, defaultBucket: string): Promise<ImageRecord> => {
    const linked = parseLink(link, links);
    const bucketName = linked?.bucketName ?? defaultBucket;
    if (linked === undefined || !isBucketName(bucketName)) throw noLink();
    return findAt(caller, { bucketName, objectName: linked.objectName });
  };

  const findByBytes = async (caller: Caller, sha256: string): Promise<ImageRecord> => {
    const names = (await buckets.own()).map(({ name }) => name);
    const same: ImageRecord[] = [];
    for (let first = 0; first < names.length; first += MAX_PLACES) {
      const within = names.slice(first, first + MAX_PLACES).map((bucket) => ({ bucket, prefix: '' }));
      const page = await records.search({ within, sha256, state: 'present', order: 'newest', limit: MAX_SAME });
      same.push(...page.images.filter((image) => isInReach(caller, image)));
    }
    const [newest] = same.sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime());
    if (newest === undefined) throw noSuchBytes(sha256);
    return newest;
  };

  return async (caller, { imageId, bucketName, objectName, link, sha256 }) => {
    const names = [imageId, objectName, link, sha256].filter((name) => name !== undefined);
    if (names.length !== 1) throw notOneOfNames();
    if (imageId !== undefined) return findById(caller, imageId);
    if (link !== undefined) return findByLink(caller, link, bucketName);
    if (sha256 !== undefined) return findByBytes(caller, sha256);
    return findAt(caller, { bucketName, objectName: access.place(caller, objectName ?? '') });
  };
}

const notOneOfNames = (): AppError =>
  new AppError(
    'InvalidArgument',
    {
      zh: '请只给 imageId、objectName、link、sha256 之一',
      en: 'Give one of imageId, objectName, link and sha256',
    },
    { details: { fields: ['imageId', 'objectName', 'link', 'sha256'] } },
  );

const noLink = (): AppError =>
  new AppError(
    'InvalidArgument',
    {
      zh: '这不是本图床图片的地址；应如 https://<域名>/imagepic/i/<存储桶>/<对象名>',
      en: "This is no address of the bed's images; they look like https://<host>/imagepic/i/<bucket>/<object name>",
    },
    { details: { fields: ['link'] } },
  );

const noSuchBytes = (sha256: string): AppError =>
  new AppError('NoSuchKey', {
    zh: `没有 sha256 为 ${sha256} 的图片；请注意，图床存的是去掉隐私信息之后的字节`,
    en: `There is no image of the sha256 ${sha256}; mind that the bed keeps images without what is private in them`,
  });
